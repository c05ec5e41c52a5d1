"""The documents that come with the monitor are right, and the template shows what it explains."""

from dataclasses import replace

import pytest

from monitor import shipped
from monitor.documents import load
from monitor.matching import Percolator, parse, problems
from monitor.matching.check import example_item
from monitor.matching.tree import FIELDS, Alias, And, Field, Near, Not, Or, Phrase, walk

TEMPLATE = shipped.SEEDS / "TEMPLATE.yaml"
MERCOSUR = shipped.SEEDS / "examples" / "eu-mercosur.yaml"
#: lines that an example cannot show: a headline has no address, outlet or language
WITHOUT_EXAMPLE = {"pilot* strike outlet:bbc", "Lotse* Streik lang:de", "url:night-pilots"}


@pytest.mark.parametrize("path", [TEMPLATE, MERCOSUR], ids=lambda path: path.stem)
def test_every_rule_can_be_read_and_every_example_holds(path):
    assert problems(load(path)) == ()


@pytest.mark.parametrize("path", [TEMPLATE, MERCOSUR], ids=lambda path: path.stem)
def test_every_provision_has_examples_of_both_kinds(path):
    lacking = [p.id for p in load(path).provisions if not (p.hits and p.misses)]

    assert lacking == []


def test_every_line_of_the_template_is_shown_by_an_example():
    document = load(TEMPLATE)

    unshown = {
        rule.text
        for provision in document.provisions
        for rule in provision.keywords
        if not _shown(document, provision, rule)
    }

    assert unshown == WITHOUT_EXAMPLE


def test_every_exclude_and_context_of_the_template_is_shown_by_an_example():
    document = load(TEMPLATE)

    for provision in document.provisions:
        for without in ({"exclude": ()}, {"context": None}):
            changed = {name: value for name, value in without.items() if getattr(provision, name)}
            other = replace(document, provisions=(replace(provision, **changed),))
            freed = [text for text in provision.misses if _hits(other, text)]
            assert not changed or freed, (provision.id, changed)


def test_the_template_shows_every_sign_of_the_language():
    document = load(TEMPLATE)
    lines = [rule for p in document.provisions for rule in (*p.keywords, *p.exclude)]
    nodes = [node for rule in lines for node in walk(parse(rule.text))]
    text = TEMPLATE.read_text(encoding="utf-8")

    assert {type(node) for node in nodes} == {Alias, And, Field, Near, Not, Or, Phrase}
    near = {(node.distance is None, node.ordered) for node in nodes if isinstance(node, Near)}
    assert near == {(False, False), (False, True), (True, False)}
    assert {node.name for node in nodes if isinstance(node, Field)} == set(FIELDS) - {"body"}
    phrases = [node for node in nodes if isinstance(node, Phrase)]
    assert any(node.exact for node in phrases)
    assert any(len(node.words) > 1 for node in phrases)
    assert any(node.words[0].prefix for node in phrases)
    assert any(line.weight != 1 and line.note and line.languages for line in lines)
    assert all(sign in text for sign in (" AND ", " NOT ", " -(", "body:", "renamed_from:"))
    assert {p.kind for p in document.provisions} == {"provision", "claim", "whole"}


def _shown(document, provision, rule):
    """Does a hit example hold with this line alone?"""
    alone = replace(document, provisions=(replace(provision, keywords=(rule,)),))
    return any(_hits(alone, text) for text in provision.hits)


def _hits(document, example):
    return Percolator([document]).match(example_item(example.text)).hits
