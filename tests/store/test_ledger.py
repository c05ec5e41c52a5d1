from datetime import timedelta

import pytest

from monitor import store
from monitor.model import Drop, PollRecord
from monitor.store import facts, ledger
from monitor.store.ledger import Tally
from tests.store.kit import add_hit, set_up

HOUR = timedelta(hours=1)


@pytest.fixture
def session(engine, now):
    with store.writing(engine) as session:
        set_up(session, now)
        yield session


def test_polls_of_a_time_span_add_up(session, now):
    good = PollRecord(feed="wire-en", outcome="fetched", new=3, undated=1, archived=2)
    for at in (now, now + HOUR, now + 2 * HOUR):
        ledger.record_polls(session, [good], now=at)

    assert ledger.tally(session, after=now, until=now + 2 * HOUR) == Tally(
        answered=frozenset({"wire-en"}), new=6, undated=2, archived=4
    )


def test_a_feed_that_only_failed_did_not_answer(session, now):
    ledger.record_polls(session, [PollRecord(feed="wire-en", outcome="failed")], now=now)

    found = ledger.tally(session, after=now - HOUR, until=now)

    assert found == Tally(answered=frozenset(), new=0, undated=0, archived=0)


def test_drops_are_counted_by_reason_and_provision(session, now):
    add_hit(session, "a", now)
    held = Drop(
        reason="excluded", feed="wire-en", item="a", provision="treaty/ports", detail="wine"
    )
    ledger.record_drops(session, [held, held, Drop(reason="repeated", feed="wire-en")], now=now)

    assert ledger.drops(session, after=now - HOUR, until=now) == {
        ("excluded", "treaty/ports"): 2,
        ("repeated", ""): 1,
    }


def test_a_fact_is_replaced_by_its_newer_self(session, now):
    for hours in (0, 1):
        facts.note(session, "last-sweep", now=now + hours * HOUR, value=str(hours))

    assert facts.noted(session) == {"last-sweep": (now + HOUR, "1")}


def test_polls_after_a_number_are_those_that_came_since(session, now):
    old, new = (PollRecord(feed="wire-en", outcome="fetched", new=n) for n in (1, 2))
    ledger.record_polls(session, [old], now=now)
    before = ledger.newest(session)
    ledger.record_polls(session, [new], now=now)

    assert ledger.polls(session, after=before) == [new]


def test_the_last_poll_of_each_feed_says_if_it_answers(session, now):
    for outcome in ("failed", "fetched", "failed"):
        ledger.record_polls(session, [PollRecord(feed="wire-en", outcome=outcome)], now=now)

    assert ledger.asked(session, after=now - HOUR, until=now) == {"wire-en": False}
    assert ledger.asked(session, after=now, until=now + HOUR) == {}
