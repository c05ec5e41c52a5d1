"""The archive's index proposes whatever a rule holds for, on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from monitor import store
from monitor.jobs.shortlist import shortlist
from monitor.matching.indexing import Every, Form, Some, asked, stems_in
from monitor.store import items, search
from tests.matching.making import LANGUAGES
from tests.store.kit import an_item
from tests.store.searching import in_archive, node_of, put, stem


def proposed(engine, rule, **how):
    with store.reading(engine) as session:
        query = asked(node_of(rule, **how), search.Vocabulary(session, LANGUAGES))
        return search.candidates(session, query, after=0, until=search.upto(session))


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
