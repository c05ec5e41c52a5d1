"""The archive's index proposes whatever a rule holds for, on both databases."""

import gzip
import json
from dataclasses import replace
from datetime import timedelta
from itertools import islice

import pytest
from hypothesis import given, settings
from sqlalchemy import text

from monitor import store
from monitor.jobs.shortlist import shortlist
from monitor.matching import Percolator
from monitor.matching.bound import All, Either, leaves
from monitor.matching.compile import Binder
from monitor.matching.evaluate import evaluate
from monitor.matching.indexing import Every, Form, Some, asked, stems_in
from monitor.matching.leaves import LeafTable
from monitor.model import Document, Rule, Story
from monitor.store import archive, items, search
from tests.matching.making import LANGUAGES
from tests.matching.reference import Reference
from tests.matching.strategies import Maker, makers
from tests.store.kit import an_item, set_up


def put(engine, now, texts):
    """Store and index items of (title, text); by id."""
    with store.writing(engine) as session:
        set_up(session, now)
        found = []
        for n, fields in enumerate(texts):
            at = now - timedelta(minutes=n % 7)
            item = replace(an_item(f"i{n}", at), outlet="wire", **fields)
            archive.add_stories(
                session, [Story(id=item.id, key="", first_seen=at, last_seen=at)], []
            )
            found.append((item, item.id))
        items.add(session, found)
        search.catch_up(session, limit=10_000)
    return {item.id: item for item, _ in found}


def stem(engine, limit=100_000):
    """Make the stems of the words that are indexed."""
    with store.writing(engine) as session:
        forms = search.unstemmed(session, LANGUAGES, limit=limit)
        found = {form: stems_in(form, LANGUAGES) for form in forms}
        if found:
            search.add_stems(session, found, LANGUAGES)
    return len(found)


def made(seed):
    item = Maker(seed).item()
    return {"title": item.title, "text": item.text, "url": item.url, "language": item.language}


def in_archive(engine, node, **how):
    """Which items a rule holds for and why, by way of the index."""
    table, found = LeafTable(leaves(node)), {}
    for page in shortlist(engine, node, languages=LANGUAGES, **how):
        for item in page.items:
            if (held := evaluate(node, table.find(item))) is not None:
                found[item.id] = held
    return found


def node_of(rule, languages=LANGUAGES):
    document = Document(id="d", title="", languages=languages, provisions=())
    return Binder(document).line(Rule(text=rule)).node


def proposed(engine, rule, **how):
    with store.reading(engine) as session:
        query = asked(node_of(rule, **how), search.Vocabulary(session, LANGUAGES))
        return search.candidates(session, query, after=0, until=search.upto(session))


def agree(engine, stored, document, *, asked_too):
    """Archive, stream and, for the items `asked_too`, the language said as simply as possible."""
    binder, percolator = Binder(document), Percolator([document])
    verdicts = {id: percolator.match(item) for id, item in stored.items()}
    references = {id: Reference(document, stored[id]) for id in asked_too}
    for one in map(binder.provision, document.provisions):
        key = one.provision.key
        context = (one.context.node,) if one.context else ()
        either = Either(tuple(line.node for line in one.keywords))
        there = set(in_archive(engine, All((*context, either))))
        hit = {id for id, v in verdicts.items() if key in {h.provision for h in v.hits}}
        held = {id for id, v in verdicts.items() if key in {h.provision for h in v.held_back}}
        assert there == hit | held
        assert {id for id, r in references.items() if key in r.hits()} == hit & set(asked_too)


def test_archive_search_stream_and_reference_find_the_same(engine, now):
    stored = put(engine, now, [made(seed) for seed in range(100)])
    stem(engine, limit=40)  # of others they are made when asked

    @settings(max_examples=40 if engine.dialect.name == "sqlite" else 10, deadline=None)
    @given(makers)
    def check(make):
        agree(engine, stored, make.document(), asked_too=make.random.sample(sorted(stored), 4))

    check()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_archive_search_stream_and_reference_find_the_same_at_length(engine, now):
    stored = put(engine, now, [made(seed) for seed in range(300)])
    stem(engine)

    @settings(max_examples=100, deadline=None)
    @given(makers)
    def check(make):
        agree(engine, stored, make.document(), asked_too=make.random.sample(sorted(stored), 20))

    check()


@pytest.mark.parametrize(
    ("rule", "title"),
    [
        ("ceasefire", "A cease-fire begins"),
        ("ceasefire", "A cease fire begins"),
        ("ceasefires", "The cease fire holds"),
        ("cease-fire", "Ceasefires"),
        ('"cease fire"', "No ceasefire"),
        ("G8", "The G-8 meets"),
        ("G8", "The G 8 meets"),
        ("withdrawal", "With drawals"),
        ("sanct*", "SANCTIONED"),
        ("ceasefir*", "Cease-fires"),
        ("négocier", "Les NÉGOCIATIONS, négocié"),
        ("санкции", "Новых санкций"),
        ("俄罗斯", "對俄羅斯制裁"),
        ("俄罗斯制裁", "俄罗斯 制裁"),
        ("俄*", "俄方"),
        ('="Start"', "Start now"),
        ("US", "In the U.S."),
        ("600,000", "600 000 or 600000"),
        ("مفاوضات", "مُفاوضات"),
    ],
)
def test_every_spelling_is_proposed(engine, now, rule, title):
    languages = (*LANGUAGES, "ar") if "م" in rule else LANGUAGES
    put(engine, now, [{"title": title}, {"title": "Cats win the cup"}])

    assert proposed(engine, rule, languages=languages) == [1]
    stem(engine)
    assert proposed(engine, rule, languages=languages) == [1]
    assert set(in_archive(engine, node_of(rule, languages=languages))) == {"i0"}


def test_stems_are_made_once_and_anew_for_other_languages(engine, now):
    put(engine, now, [{"title": "Sanctions lifted"}])

    assert [stem(engine), stem(engine)] == [2, 0]
    with store.reading(engine) as session:
        assert len(search.unstemmed(session, ("en",), limit=9)) == 2
        known = search.Vocabulary(session, LANGUAGES)
        assert known.unstemmed("sanct") == []
        assert known.sharing(stems_in(Form("sanction", "sanction"), ("en",))) == ["sanctions"]


def test_little_else_is_proposed(engine, now):
    put(
        engine,
        now,
        [{"title": t} for t in ["The San Marino race", "制罗俄", "former", "With love"]],
    )

    assert proposed(engine, "sanctions OR 俄罗斯 OR format OR withdrawal") == []


def test_a_rule_that_only_says_what_is_not_there_asks_for_everything(engine, now):
    stored = put(engine, now, [{"title": "Port"}, {"title": "Ship"}])

    assert set(in_archive(engine, node_of("lang:en OR outlet:wire"))) == set(stored)
    assert set(in_archive(engine, node_of("outlet:wire NOT ship"))) == {"i0"}
    assert set(in_archive(engine, node_of("url:i1"))) == {"i1"}


def test_a_revision_is_found_by_its_new_words_only(engine, now):
    stored = put(engine, now, [{"title": "Strike begins"}, {"title": "Strike ends"}])
    with store.writing(engine) as session:
        items.revise(session, replace(stored["i0"], title="Harbour opens", rev=2), now=now)
        search.catch_up(session, limit=10)

    assert proposed(engine, "strike") == [2]
    assert proposed(engine, "harbour") == [1]


def test_what_is_rolled_back_leaves_the_index_with_its_items(engine, now):
    put(engine, now, [{"title": "Strike begins"}])
    with store.writing(engine) as session:
        savepoint = session.begin_nested()
        items.add(session, [(an_item("new", now, title="Strike goes on"), "i0")])
        assert search.catch_up(session, limit=10) == 1
        savepoint.rollback()

    assert proposed(engine, "strike") == [1]
    with store.reading(engine) as session:
        assert search.upto(session) == 1


def test_an_index_of_another_version_is_built_anew(engine, now):
    put(engine, now, [{"title": "Strike begins"}, {"title": "Strike ends"}])
    with store.writing(engine) as session:
        session.execute(text("UPDATE indexed SET format = 'older'"))
    with store.reading(engine) as session:
        assert (search.upto(session), search.missing(session)) == (0, 2)

    assert set(in_archive(engine, node_of("strike"))) == {"i0", "i1"}

    with store.writing(engine) as session:
        assert [search.catch_up(session, limit=1) for _ in range(3)] == [1, 1, 0]
    assert proposed(engine, "strike") == [1, 2]


def test_an_item_of_an_older_index_can_be_revised(engine, now):
    stored = put(engine, now, [{"title": "Strike begins"}])
    with store.writing(engine) as session:
        session.execute(text("UPDATE indexed SET format = 'older'"))
        items.revise(session, replace(stored["i0"], title="Harbour opens", rev=2), now=now)

    assert set(in_archive(engine, node_of("harbour"))) == {"i0"}


def test_an_enormous_item_is_always_proposed(engine, now):
    words = " ".join(f"{n:x}word" for n in range(21_000)) + " port"
    put(engine, now, [{"title": "Long", "text": words}, {"title": "Cats"}])

    assert proposed(engine, "harbour") == [1]
    assert set(in_archive(engine, node_of("port"))) == {"i0"}


def test_a_word_that_is_no_word_is_cut_and_found(engine, now):
    put(engine, now, [{"title": "x" * 90}, {"title": "y" * 3_000}, {"title": "x" * 89}])

    assert set(in_archive(engine, node_of("x" * 90))) == {"i0"}


def test_pages_go_from_the_newest_to_the_oldest(engine, now):
    stored = put(engine, now, [{"title": "Port"} for _ in range(20)])

    shown = [
        item
        for page in shortlist(engine, node_of("port"), languages=LANGUAGES)
        for item in page.items
    ]

    newest = sorted(stored.values(), key=lambda i: (i.first_seen, int(i.id[1:])), reverse=True)
    assert shown == newest
    span = {"since": now - timedelta(minutes=3), "until": now}
    assert {
        i.first_seen
        for p in shortlist(engine, node_of("port"), languages=LANGUAGES, **span)
        for i in p.items
    } == {now - timedelta(minutes=m) for m in (1, 2, 3)}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_real_news_is_found_as_in_the_stream(sqlite, now, corpus):
    with gzip.open(corpus / "news" / "replay.jsonl.gz", "rt", encoding="utf-8") as file:
        news = [
            json.loads(line)
            for line, _ in zip(islice(file, 0, None, 380), range(250), strict=False)
        ]
    fields = [{"title": n["title"], "text": n.get("summary") or ""} for n in news]
    stored = put(sqlite, now, fields)
    from monitor import documents
    from tests.docs.pages import ROOT

    [document] = documents.load_all(ROOT / "seeds")[:1]
    binder = Binder(document)
    for provision in document.provisions:
        for line in map(binder.line, provision.keywords):
            table = LeafTable(leaves(line.node))
            held = ((i.id, evaluate(line.node, table.find(i))) for i in stored.values())
            assert in_archive(sqlite, line.node) == {id: why for id, why in held if why is not None}


def test_lists_of_more_than_a_hundred_words_are_asked_in_pieces_that_are_joined(engine, now):
    put(engine, now, [{"title": f"word{n} pair{n % 2} all"} for n in range(12)])
    many = [f"none{n}" for n in range(120)]
    even = Some(frozenset({"word2", "word4", *many}))
    odd = Some(
        frozenset({"word5", *many}),
        (Every((Some(frozenset({"word7"})), Some(frozenset({"pair0"})))),),
    )
    few = Every((Some(frozenset({"word7"})), even))
    every = Every((Some(frozenset({"all"})), Some(frozenset({"pair0", "word5"})), even))

    with store.reading(engine) as session:
        numbers = range(1, 13)
        by_name = {f"word{n}": number for n, number in enumerate(numbers)}
        found = {
            name: search.candidates(session, query, after=0, until=search.upto(session))
            for name, query in {"even": even, "odd": odd, "every": every, "few": few}.items()
        }

    assert found["even"] == [by_name["word2"], by_name["word4"]]
    assert found["odd"] == [by_name["word5"]]
    assert found["every"] == found["even"]
    assert found["few"] == [by_name["word7"]]  # to look at it costs less than the list
