"""docs/reference/tables.md names every table, every column, every reason and every fact."""

import ast

import pytest

from monitor.store.tables import metadata
from tests.docs.pages import calls, page, rows, sections, texts

PAGE = page("docs/reference/tables.md")
SECTIONS = sections(PAGE)


def test_every_table_is_explained_and_no_other():
    assert sorted(SECTIONS) == sorted(metadata.tables)


@pytest.mark.parametrize("table", metadata.tables)
def test_every_column_is_explained_in_its_order(table):
    first = SECTIONS.get(table, "").partition("| column | meaning |")[2].split("\n\n")[0]

    assert [row[0] for row in rows(first)] == [c.name for c in metadata.tables[table].columns]


def test_every_explanation_says_something():
    assert [row for section in SECTIONS.values() for row in rows(section) if not row[1]] == []


def test_every_reason_of_a_drop_is_explained():
    reasons = {
        text
        for call, names in calls()
        if ast.unparse(call.func) == "Drop"
        for keyword in call.keywords
        if keyword.arg == "reason"
        for text in texts(keyword.value, names)
    }

    assert explained("| reason |") == reasons


def test_every_fact_is_explained():
    known = {
        text
        for call, names in calls()
        if ast.unparse(call.func) == "facts.note"
        for text in texts(call.args[1], names)
    }

    assert explained("| fact |") == known


def explained(head: str) -> set[str]:
    return {row[0] for row in rows(PAGE.partition(f"\n{head}")[2].split("\n\n")[0])}
