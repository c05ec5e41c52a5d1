"""Where each character of a YAML text is, in every style that YAML has.

A scalar is made of words, so that the source can be written in each style and the column of
every character is known: the value's characters that are no white space must be found there.
"""

from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from monitor.source import yaml_source

WORDS = st.lists(
    st.text(st.sampled_from("aЖ俄é*@:'\"#()-x\u00a0\U0001f600"), min_size=1, max_size=4),
    min_size=1,
    max_size=5,
)
GAPS = st.sampled_from([" ", "   ", "\n", "\n\n", " \n"])
NAMED = {"\t": "\\t", '"': '\\"', "\\": "\\\\", "\n": "\\n"}


@st.composite
def pieces(draw, gaps=GAPS):
    words = draw(WORDS)
    return [words[0], *(part for word in words[1:] for part in (draw(gaps), word))]


@st.composite
def plain(draw):
    words = ["w" + "".join(c for c in word if c not in "#:") for word in draw(WORDS)]
    return "".join(word + draw(st.sampled_from([" ", "\n    ", "\n\n    "])) for word in words)


@st.composite
def single(draw):
    text = "".join(draw(pieces())).replace("'", "''")
    return "'" + text.replace("\n", "\n   ") + "'"


@st.composite
def double(draw):
    said = ""
    for char in "".join(draw(pieces())):
        how = draw(st.sampled_from(["plain", "\\x", "\\U", "named"]))
        if how == "\\x" and ord(char) < 256:
            said += f"\\x{ord(char):02x}"
        elif how == "\\U":
            said += f"\\U{ord(char):08X}"
        elif char in NAMED and (how == "named" or char in '"\\'):
            said += NAMED[char]
        else:
            said += "\n  " if char == "\n" else char
    return f'"{said}"'


@st.composite
def block(draw):
    lines = "".join(draw(pieces())).split("\n")
    head = draw(st.sampled_from("|>")) + draw(st.sampled_from(["", "-", "+"]))
    indents = [draw(st.sampled_from(["    ", "      ", "    \t"])) for _ in lines]
    # the first line that is not blank says how far the text is indented
    indents[next((at for at, line in enumerate(lines) if line.strip()), 0)] = "    "
    body = [
        indent + line if line.strip() else "" for indent, line in zip(indents, lines, strict=True)
    ]
    return head + draw(st.sampled_from(["", "  # why"])) + "\n" + "\n".join(body) + "\n"


def written_as(escape):
    """The character that a double-quoted text starts with."""
    return YAML(typ="safe", pure=True).load(f'"{escape}"')


@given(st.one_of(plain(), single(), block()), st.sampled_from(["key: ", "- ", "key: &anchor "]))
def test_each_character_of_a_value_is_found_where_it_is_written(scalar, before):
    text = f"{before}{scalar}\n"
    keys = (0,) if before == "- " else ("key",)

    source = yaml_source(text, file="x.yaml")

    assert not wrongly_placed(source, keys, text)


def wrongly_placed(source, keys, text):
    lines, place = text.split("\n"), source.place(keys)
    wrong = []
    for offset, char in enumerate(source.value(keys)):
        line, column = place.at(offset)
        found = lines[line - 1][column - 1 : column]
        if found != char and not char.isspace():
            wrong.append((offset, char, found))
    return wrong


@given(double())
def test_an_escaped_character_is_where_its_backslash_is(scalar):
    text = f"key: {scalar}\n"
    source = yaml_source(text, file="x.yaml")
    lines, place = text.split("\n"), source.place(("key",))

    for offset, char in enumerate(source.value(("key",))):
        line, column = place.at(offset)
        rest = lines[line - 1][column - 1 :]
        length = {"\\x": 4, "\\U": 10}.get(rest[:2], 2 if rest[:1] == "\\" else 1)
        if not char.isspace():
            assert written_as(rest[:length]) == char


def test_offsets_in_a_folded_rule_lead_to_its_own_lines():
    text = "keywords:\n  - >-\n    (fee OR toll)\n    NEAR/6 ferry\n"

    place = yaml_source(text, file="x.yaml").place(("keywords", 0))

    assert [place.at(offset) for offset in (0, 12, 14, 25)] == [(3, 5), (3, 17), (4, 5), (4, 16)]


def test_the_end_of_a_text_has_a_place_too():
    place = yaml_source("a: 'it''s'\n", file="x.yaml").place(("a",))

    assert place.at(4) == (1, 10)


def test_doubled_quotes_and_escapes_count_as_they_are_written():
    source = yaml_source("a: 'it''s x'\nb: \"\\u0041\\tB\"\n", file="x.yaml")

    assert [source.place(("a",)).at(n) for n in (2, 3, 5)] == [(1, 7), (1, 9), (1, 11)]
    assert [source.place(("b",)).at(n) for n in (0, 1, 2)] == [(2, 5), (2, 11), (2, 13)]


def test_a_line_end_that_is_escaped_is_no_character():
    place = yaml_source('a: "one\\\n  two"\n', file="x.yaml").place(("a",))

    assert [place.at(offset) for offset in (2, 3, 5)] == [(1, 7), (2, 3), (2, 5)]


def test_indentation_inside_a_literal_text_is_where_it_stands():
    place = yaml_source("a: |\n  one\n    two\n", file="x.yaml").place(("a",))

    assert [place.at(offset) for offset in (4, 5, 6)] == [(3, 3), (3, 4), (3, 5)]
