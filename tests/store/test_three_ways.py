"""Stream, archive search and the language said as simply as possible: the same hits, word by word.

The archive's answer is put together from one search for each keyword, context and exclude, so that
none of them can hide behind another. Nothing is missing, nothing is there besides.
"""

import pytest
from hypothesis import given, settings

from monitor import documents, shipped
from monitor.jobs.backtest import node_of
from monitor.jobs.shortlist import shortlist
from monitor.matching import Percolator
from monitor.matching.compile import Binder
from tests.matching.making import LANGUAGES
from tests.matching.news import NewsMaker, recorded
from tests.matching.reference import Reference
from tests.matching.strategies import ListMaker, Maker, seeds
from tests.store.searching import in_archive, put, stem

EDGE = 49_950  #: the index is asked for 50,000 numbers at once: news stands on both sides


def maker(seed):
    return (Maker, ListMaker)[seed % 2](seed)


def made(seed):
    item = maker(seed).item()
    return {"title": item.title, "text": item.text, "url": item.url, "language": item.language}


def check(engine, stored, *, examples, references, make=maker):
    """references: of how many items the simple answer is asked, which takes long."""

    @settings(max_examples=examples, deadline=None)
    @given(seeds)
    def each(seed):
        made = make(seed)
        some = made.random.sample(sorted(stored), references)
        agree(engine, stored, made.document(), asked_too=some)

    each()


def test_archive_search_stream_and_reference_find_the_same(engine, now):
    stored = put(engine, now, map(made, range(40)))
    stem(engine, limit=40)  # of others they are made when asked

    check(engine, stored, examples=6 if engine.dialect.name == "sqlite" else 3, references=2)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_archive_search_stream_and_reference_find_the_same_at_length(engine, now):
    stored = put(engine, now, map(made, range(100)), first=EDGE)
    stem(engine)

    check(engine, stored, examples=40, references=5)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_they_find_the_same_in_real_news(sqlite, now, corpus):
    news = recorded(corpus, 250)
    names = ("title", "text", "url", "language")
    stored = put(sqlite, now, [{name: getattr(one, name) for name in names} for one in news])
    stem(sqlite)

    def make(seed):
        return NewsMaker(seed, news)

    check(sqlite, stored, examples=60, references=10, make=make)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_shipped_rules_find_the_same_in_real_news(sqlite, now, corpus):
    names = ("title", "text", "url", "language")
    news = [{name: getattr(one, name) for name in names} for one in recorded(corpus, 250)]
    stored = put(sqlite, now, news)

    for document in documents.load_all(shipped.SEEDS):
        agree(sqlite, stored, document, asked_too=[])


def agree(engine, stored, document, *, asked_too):
    percolator = Percolator([document])
    verdicts = {id: percolator.match(item) for id, item in stored.items()}
    streamed = {id: by_provision(verdict) for id, verdict in verdicts.items()}

    assert archived(engine, document) == {id: found for id, found in streamed.items() if found}
    for id in asked_too:
        assert Reference(document, stored[id]).hits() == streamed[id]
    held = {id for id, v in verdicts.items() if v.hits or v.held_back}
    pages = shortlist(engine, node_of([document]), languages=LANGUAGES)
    assert held <= {item.id for page in pages for item in page.items}


def by_provision(verdict):
    """provision -> {(keyword, field, start, end)}"""
    return {
        hit.provision: {(e.rule, e.field, e.start, e.end) for e in hit.evidence}
        for hit in verdict.hits
    }


def archived(engine, document):
    """item -> what `by_provision` says, by nothing but archive searches."""
    answers, binder = {}, Binder(document)
    for one in map(binder.provision, document.provisions):
        out = {id for line in one.exclude for id in in_archive(engine, line.node)}
        within = in_archive(engine, one.context.node) if one.context else None
        for number, line in enumerate(one.keywords):
            for id, places in in_archive(engine, line.node).items():
                if id not in out and (within is None or id in within):
                    why = {(number, *place) for place in places}
                    of_item = answers.setdefault(id, {})
                    of_item[one.provision.key] = of_item.get(one.provision.key, set()) | why
    return answers
