"""The page for people says all that the parser knows, and says nothing that is not so."""

import re
from pathlib import Path

import pytest

from monitor.errors import RuleError
from monitor.matching import parse
from monitor.matching.compile import MAX_LEAVES
from monitor.matching.languages import DICTIONARIES, STEMMERS
from monitor.matching.tree import FIELDS, MAX_DEPTH, MAX_DISTANCE

PAGE = (Path(__file__).parents[2] / "docs/reference/query-language.md").read_text(encoding="utf-8")
OPERATORS = ["AND", "OR", "NOT", "-", "NEAR/n", "THEN/n", "SAME", "( )", '" "', "=", "@name"]


@pytest.mark.parametrize("sign", [*OPERATORS, *(f"{field}:" for field in FIELDS)])
def test_every_operator_and_field_has_a_heading(sign):
    headings = [line for line in PAGE.splitlines() if line.startswith("## ")]

    assert any(f"`{sign}`" in heading for heading in headings)


def test_every_rule_of_the_first_table_can_be_read():
    table = PAGE.partition("## In one minute")[2].partition("## Words")[0]
    rules = re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)

    assert len(rules) > 12
    for rule in rules:
        parse(rule)


def test_every_bound_is_the_one_in_force():
    assert f"largest number is {MAX_DISTANCE}" in PAGE
    assert f"nest up to {MAX_DEPTH} deep" in PAGE
    assert f"more than {MAX_LEAVES} words" in PAGE


def test_the_languages_named_have_a_stemmer():
    assert {"en", "de", "fr", "es", "pl", "ru"} <= STEMMERS.keys()
    assert {"de", "ru", "uk"} == DICTIONARIES


@pytest.mark.parametrize(
    "wrong",
    [
        "", '"a', "(a", "a)", "()", '""', "a NEAR b", "a THEN b", "a SAME/2 b", "a or b", "a OR",
        "OR a", "NOT a", "a NEAR/2 NOT b", "a NEAR/2 (b c)", "re*", "s*x", '="abc*"', "a =", "x:a",
        "title:(url:b)", "lang:(a NEAR/1 b)", "a, b", "a & b", "/abc/", "a - b", "@", "title:",
        "a NEAR/500 b", "(" * 50 + "a", "a near b", "a w/5 b", "a ＯＲ b", "+a", "!a",
        "'a b'", "a oder b", "a" * 101, '"' + "a " * 101 + '"',
    ],
)  # fmt: skip
def test_every_message_of_the_parser_is_explained(wrong):
    with pytest.raises(RuleError) as caught:
        parse(wrong)

    assert any(part in PAGE for part in _parts(caught.value.reason)), caught.value.reason


def _parts(reason):
    """The message with what depends on the rule cut off."""
    yield f"`{reason}`"
    found = re.search(
        r"(needs something \w+ it|no position in the text|no letter or digit)", reason
    )
    yield f"{found[0]}" if found else f"`{reason}"
    yield re.sub(r"'.*?'|\d+|\"x\"", "...", reason)
