"""The percolator against the language said as simply as possible, and what must always be true."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from monitor.matching.anchors import Anchors
from monitor.matching.bound import leaves
from monitor.matching.compile import Binder
from monitor.matching.evaluate import evaluate
from monitor.matching.leaves import LeafTable, text_of
from monitor.matching.percolator import Percolator
from monitor.model import Rule
from tests.matching import making
from tests.matching.news import NewsMaker, recorded
from tests.matching.reference import Reference
from tests.matching.strategies import makers, seeds


@given(makers)
def test_the_percolator_finds_exactly_what_the_reference_finds(make):
    compare(make)


@pytest.mark.slow
@pytest.mark.timeout(600)
@settings(max_examples=2_000, deadline=None)
@given(makers)
def test_the_percolator_finds_exactly_what_the_reference_finds_at_length(make):
    compare(make)


@pytest.mark.slow
@pytest.mark.timeout(600)
@settings(max_examples=250, deadline=None)
@given(seeds)
def test_the_percolator_finds_in_real_news_exactly_what_the_reference_finds(corpus, seed):
    make = NewsMaker(seed, recorded(corpus, 250))
    compare(make)
    cut_out(make.document(), make.item())


def compare(make):
    document = make.document()
    percolator = Percolator([document])

    for item in make.some(make.item, 8, 8):
        verdict = percolator.match(item)

        reference = Reference(document, item)
        found = {
            hit.provision: {(e.rule, e.field, e.start, e.end) for e in hit.evidence}
            for hit in verdict.hits
        }
        assert found == reference.hits()
        assert {h.provision: h.exclude for h in verdict.held_back} == reference.held_back()


@given(makers)
def test_an_item_that_matches_is_always_a_candidate(make):
    document, item = make.document(), make.item()
    binder = Binder(document)
    for provision in document.provisions:
        for rule in provision.keywords:
            node = binder.line(rule).node
            found = LeafTable(leaves(node)).find(item)

            if evaluate(node, found) is not None:
                assert all(clause.keys & found.spans.keys() for clause in Anchors().of(node))


@given(makers)
def test_every_span_cut_from_the_text_is_its_leaf(make):
    cut_out(make.document(), make.item())


def cut_out(document, item):
    binder = Binder(document)
    lines = [binder.line(rule) for one in document.provisions for rule in one.keywords]
    table = {one.key: one for line in lines for one in leaves(line.node)}
    found = LeafTable(table.values()).find(item)

    for key, spans in found.spans.items():
        for span in spans:
            start, end = found.characters(span)
            cut = text_of(item, span.field)[start:end]
            again = LeafTable([table[key]]).find(replace(item, **{_name(span.field): cut}))
            whole = (again.characters(one) for one in again.spans[key] if one.field == span.field)
            assert (0, len(cut)) in whole


def _name(field):
    return "language" if field == "lang" else field


@given(makers)
def test_two_snapshots_give_the_same_verdict(make):
    document, item = make.document(), make.item()
    first = Percolator([document])
    first.match(item)

    assert first.match(item) == Percolator([document]).match(item)
    assert first.versions == Percolator([document]).versions


@given(makers)
def test_without_a_table_of_words_the_same_is_found_and_nothing_is_scored(make):
    document, item = make.document(), make.item()
    scored = Percolator([document]).match(item)

    verdict = Percolator([document]).match(item, words=None)

    assert verdict.held_back == scored.held_back
    assert {h.provision: h.evidence for h in verdict.hits} == {
        h.provision: h.evidence for h in scored.hits
    }
    assert {(h.score, h.basis, h.contributions) for h in verdict.hits} <= {(0.0, "", ())}


HOSTILE = {
    "one NEAR": "sanctions NEAR/100 lift",
    "pairs of pairs": "(sanctions NEAR/100 lift) NEAR/100 (lift NEAR/100 sanctions)",
    "a chain": "sanctions NEAR/100 lift NEAR/100 sanctions NEAR/100 lift NEAR/100 sanctions",
    "sentences": "(sanctions SAME lift) NEAR/50 (lift SAME sanctions)",
}


@pytest.mark.parametrize("rule", HOSTILE.values(), ids=HOSTILE.keys())
def test_near_takes_linear_steps_where_its_words_stand_everywhere(rule):
    node = Binder(making.document(making.provision(rule))).line(Rule(text=rule)).node

    few, many = (steps(node, "Sanctions lift. " * count) for count in (500, 1_000))

    assert many < 2.5 * few


def steps(node, text):
    """How often two places are compared, which is what NEAR spends its time with."""
    found = Counting(LeafTable(leaves(node)).find(making.item(text=text)))
    assert evaluate(node, found) is not None
    return found.steps


class Counting:
    """What was found, and how often it was asked."""

    def __init__(self, found):
        self.steps, self._found = 0, found

    def __getattr__(self, name):
        self.steps += 1
        return getattr(self._found, name)


def test_near_beyond_its_bound_still_holds_for_every_place():
    found = making.hit("sanctions NEAR/100 lift", making.item(text="sanctions lift " * 500))

    assert len(found.evidence) == 1_000


def test_a_beginning_does_not_take_in_the_first_letter_of_another_word():
    assert making.matched("mediac*", "the media claim it") == []
    assert making.matched("mediacla*", "the media claim it") == ["media claim"]
