"""TOML: where its keys and values are, and what is refused."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import ConfigError
from monitor.source import toml_source

TOML = '''\
# settings
top = 1
"a b".c = "x"

[mail]  # a section
via = "files"
text = """
[not.a.section]
key = 1 \\""" x"""
'lit eral' = \'\'\'
it's # no comment\'\'\'
networks = [
  "10.0.0.0/8",  # ], no end
  {name = "b", 'x' = [1, 2]},
]
at = 1979-05-27 07:32:00

[[people]]
id = "a"
[people.home]
zone = "UTC"
[[people]]
id = "b"
[far.away]
'''


@pytest.mark.parametrize(
    ("keys", "key", "value"),
    [
        (("top",), (2, 1), (2, 7)),
        (("a b", "c"), (3, 1), (3, 11)),
        (("mail",), (5, 1), (5, 1)),
        (("mail", "via"), (6, 1), (6, 7)),
        (("mail", "text"), (7, 1), (7, 8)),
        (("mail", "lit eral"), (10, 1), (10, 14)),
        (("mail", "networks"), (12, 1), (12, 12)),
        (("mail", "networks", 0), (13, 3), (13, 3)),
        (("mail", "networks", 1, "x"), (14, 16), (14, 22)),
        (("mail", "networks", 1, "x", 1), (14, 26), (14, 26)),
        (("mail", "at"), (16, 1), (16, 6)),
        (("people", 0, "id"), (19, 1), (19, 6)),
        (("people", 0, "home", "zone"), (21, 1), (21, 8)),
        (("people", 1, "id"), (23, 1), (23, 6)),
        (("far", "away"), (24, 1), (24, 1)),
    ],
    ids=str,
)
def test_keys_of_toml_are_found(keys, key, value):
    source = toml_source(TOML, file="x.toml")

    assert source.data == tomllib.loads(TOML)
    assert source.value(keys) is not None
    assert (source.at(keys, key=True), source.at(keys)) == (key, value)


TOML_VALUES = st.recursive(
    st.sampled_from(
        ["1", "-2.5e3", "true", '"a # b"', "'c]'", '"\\""', "1979-05-27", '"""\nx"y"""']
    ),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: "[" + " ,".join(items) + "]")
        | st.lists(inner, max_size=3).map(
            lambda items: "{" + ", ".join(f"k{n} = {item}" for n, item in enumerate(items)) + "}"
        )
    ),
    max_leaves=8,
)


@given(st.lists(TOML_VALUES, max_size=5))
def test_every_value_of_toml_has_a_place(values):
    text = "".join(f"[t{n}]\n  key = {value} # c\n" for n, value in enumerate(values))

    source = toml_source(text, file="x.toml")

    for n in range(len(values)):
        lines = text.split("\n")
        line, column = source.at((f"t{n}", "key"), key=True)
        assert lines[line - 1][column - 1 :].startswith("key = ")
    assert set(paths(source.data)) <= set(source.marks)


def paths(data, keys=()):
    inner = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in inner:
        yield (*keys, key)
        if isinstance(value, (dict, list)):
            yield from paths(value, (*keys, key))


def test_a_place_in_toml_is_where_the_value_starts():
    place = toml_source("a = 1\nb = 'text'\n", file="x.toml").place(("b",))

    assert place.at() == (2, 5)


def test_toml_that_is_nested_without_end_is_refused():
    with pytest.raises(ConfigError, match=r"^x: is nested too deep$"):
        toml_source("a = " + "[" * 9999, file="x")


@pytest.mark.parametrize(
    ("before", "after"), [("[", "]"), ("{a = ", "}")], ids=["lists", "inline tables"]
)
def test_every_depth_of_toml_is_read_or_answered(before, after):
    texts = [f"a = {before * depth}1{after * depth}" for depth in range(100, 1000, 50)]

    assert {said_of(text) for text in texts} == {"", "x: is nested too deep"}


def said_of(text):
    try:
        toml_source(text, file="x")
    except ConfigError as e:
        return str(e)
    return ""
