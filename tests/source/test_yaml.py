"""YAML as it is read: texts, anchors, and an answer to everything else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import ConfigError
from monitor.source import Source, yaml_source


def test_scalars_stay_as_they_were_written():
    text = "[1.10, NO, 07:00, 2024-03-05, 0x1F, true, ~, null, '', \"null\"]"

    assert yaml_source(text, file="x.yaml").data == [
        *("1.10", "NO", "07:00", "2024-03-05", "0x1F", "true"),
        *(None, None, "", "null"),
    ]


def test_anchors_are_unfolded_and_keep_their_place():
    source = yaml_source("a: &words [one, two]\nb: *words\n", file="x.yaml")

    assert source.data == {"a": ["one", "two"], "b": ["one", "two"]}
    assert source.at(("b", 1)) == (1, 17)


def test_what_is_not_written_is_where_its_surroundings_are():
    source = yaml_source("a:\n  b: 1\nc:\n", file="x.yaml")

    assert source.at(("a", "missing")) == (2, 3)
    assert source.at(("c",)) == (3, 1)
    assert source.at(("missing",)) == (1, 1)
    assert Source("none.yaml").at(("a",)) == (0, 0)


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n"
    for before, name in zip("abcdefg", "bcdefgh", strict=True)
)
CHAIN = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 5000))


@pytest.mark.parametrize("text", [BOMB, CHAIN], ids=["wide", "deep"])
def test_anchors_cannot_grow_without_end(text):
    with pytest.raises(ConfigError, match="is too large once its anchors"):
        yaml_source(text, file="x.yaml")


def test_an_anchor_cannot_hold_itself():
    with pytest.raises(ConfigError, match=r"x.yaml:1:8: '\*a' refers to nothing above it"):
        yaml_source("a: &a [*a]", file="x.yaml")


@given(
    st.text(st.sampled_from("a:- \n\t'\"[]{}&*!|>#%@`,?\\x0é\x07\x85\u2028\ufeff~<."), max_size=40)
)
def test_any_text_is_read_or_answered(text):
    source, problems = read(text)

    assert all(problem.line and problem.column for problem in problems)
    for keys in source.marks:
        source.place(keys).at(0)


def read(text):
    try:
        return yaml_source(text, file="x.yaml"), ()
    except ConfigError as e:
        return Source("x.yaml"), e.problems
