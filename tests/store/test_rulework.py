"""What each rule has done, as it is stored."""

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor import store
from monitor.model import Drop, Evidence, HitState, Rule, Story
from monitor.store import documents, feedback, hits, items, ledger, rulework, stories
from monitor.store.feedback import Verdict
from tests.store.kit import a_document, a_hit, a_provision, an_item, set_up

DAY = timedelta(days=1)
PORTS = "treaty/ports"


@pytest.fixture
def session(engine, now):
    with store.writing(engine) as session:
        set_up(session, now)
        yield session


def add(session, id, at, *lines, version="v1", state=HitState.HOLDS):
    """A hit that the keywords at these places made."""
    stories.save(session, [Story(id=id, key="", first_seen=at, last_seen=at)])
    items.add(session, [(an_item(id, at), id)])
    evidence = tuple(Evidence(line, "leaf", "title", 0, 5) for line in lines)
    made = replace(a_hit(id), evidence=evidence, rules_version=version, state=state)
    hits.save(session, [made], known=False, now=at)


def change_rules(session, version, *texts, exclude=(), now):
    rules = tuple(Rule(text=text) for text in texts)
    made = replace(
        a_provision(), keywords=rules, exclude=tuple(Rule(text=text) for text in exclude)
    )
    documents.sync(session, [a_document(made)], {PORTS: version}, now=now)
    session.flush()


def test_hits_name_their_lines_as_they_read_when_they_were_found(session, now):
    add(session, "a", now, 0)
    change_rules(session, "v2", "walkout", "port strike", now=now)
    add(session, "b", now, 0, 1, 7, version="v2")
    add(session, "c", now, 0, version="v0")

    found, last = rulework.fired(session, since=now - DAY)

    assert [(one.item, set(one.rules)) for one in found] == [
        ("a", {"port strike"}),
        ("b", {"walkout", "port strike"}),
        ("c", set()),
    ]
    assert {(one.provision, one.at) for one in found} == {(PORTS, now)}
    assert rulework.fired(session, since=now - DAY, after=last) == ([], last)


def test_hits_come_in_pages_and_without_what_is_old_or_withdrawn(session, now):
    add(session, "old", now - 9 * DAY, 0)
    add(session, "gone", now, 0, state=HitState.WITHDRAWN)
    for id in "abc":
        add(session, id, now, 0)

    first, last = rulework.fired(session, since=now - DAY, limit=2)
    second, _ = rulework.fired(session, since=now - DAY, after=last, limit=2)

    assert [one.item for one in (*first, *second)] == ["a", "b", "c"]


def test_the_last_hit_is_the_newest_that_holds(session, now):
    add(session, "a", now - 9 * DAY, 0)
    add(session, "b", now, 0, state=HitState.WITHDRAWN)

    assert rulework.last_hits(session) == {PORTS: now - 9 * DAY}


def test_an_exclude_counts_each_item_once(session, now):
    add(session, "a", now, 0)
    add(session, "b", now, 0)
    drops = [
        Drop(reason="excluded", feed="wire-en", item=item, provision=PORTS, detail="wine")
        for item in ("a", "a", "b")
    ]
    other = Drop(reason="repeated", feed="wire-en", item="a", provision=PORTS, detail="wine")
    ledger.record_drops(session, drops[:1], now=now - 9 * DAY)
    ledger.record_drops(session, [*drops, other], now=now)

    assert rulework.held_back(session, since=now - DAY) == {(PORTS, "wine"): 2}


def test_a_line_is_tried_since_the_first_version_that_had_it(session, now):
    change_rules(session, "v2", "port strike", "walkout", exclude=["wine"], now=now + DAY)

    assert rulework.tried_since(session, since=now) == {
        (PORTS, "port strike"): now,
        (PORTS, "walkout"): now + DAY,
        (PORTS, "wine"): now + DAY,
    }


def test_the_last_word_of_a_reader_counts(session, now):
    add(session, "a", now, 0)
    for verdict in ("relevant", "not"):
        said = Verdict(
            item="a", provision=PORTS, verdict=verdict, rules_version="v1", at=now, by="ada"
        )
        feedback.record(session, [said])

    assert rulework.verdicts(session) == {(PORTS, "a"): "not"}


def test_a_line_was_tried_on_the_archive_that_its_version_hit(session, now):
    add(session, "a", now - 9 * DAY, 0)
    add(session, "b", now - 3 * DAY, 0)
    add(session, "c", now - 2 * DAY, 0)

    assert rulework.tried_since(session, since=now - 5 * DAY) == {
        (PORTS, "port strike"): now - 3 * DAY
    }
