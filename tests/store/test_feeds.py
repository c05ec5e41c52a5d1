from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from monitor import store
from monitor.model import Outlet
from monitor.store import feeds
from tests.store.kit import FEED, WIRE, add_hit, set_up

MINUTE = timedelta(minutes=1)
OTHER = replace(FEED, id="wire-ru", url="https://wire.example/ru")


@pytest.fixture
def session(engine, now):
    with store.writing(engine) as session:
        set_up(session, now, specs=(FEED, OTHER))
        yield session


def sync(session, *specs, now):
    feeds.sync(session, specs, first_poll_at=lambda _: now, now=now)
    session.flush()


def lease(session, now, **how):
    return [f.id for f in feeds.lease(session, now=now, until=now + 10 * MINUTE, **how)]


def test_a_leased_feed_is_nobody_elses_until_the_lease_ends(session, now):
    first = lease(session, now)
    again = lease(session, now)
    after = lease(session, now + 10 * MINUTE)

    assert (first, again, after) == (["wire-en", "wire-ru"], [], ["wire-en", "wire-ru"])


def test_saving_a_feed_ends_its_lease(session, now):
    [feed, _] = feeds.lease(session, now=now, until=now + 10 * MINUTE)

    feeds.save(session, feed)

    assert lease(session, now) == ["wire-en"]


def test_leases_of_a_process_that_died_are_freed(session, now):
    lease(session, now)

    feeds.free_leases(session)

    assert lease(session, now) == ["wire-en", "wire-ru"]


def test_the_longest_overdue_comes_first(session, now):
    [feed, _] = feeds.active(session)
    feeds.save(session, replace(feed, next_poll_at=now - MINUTE))

    assert lease(session, now, limit=1) == ["wire-en"]


def test_paused_and_retired_feeds_are_not_polled(session, now):
    sync(session, replace(FEED, paused=True), now=now)

    assert lease(session, now) == []
    assert [f.id for f in feeds.active(session)] == ["wire-en"]


def test_what_leaves_the_files_can_come_back_with_its_memory(session, now):
    [feed, _] = feeds.active(session)
    feeds.save(session, replace(feed, etag='W/"1"', last_modified="never", first_taken_at=now))
    sync(session, OTHER, now=now)
    gone = [f.id for f in feeds.active(session)]

    sync(session, FEED, OTHER, now=now + MINUTE)

    assert gone == ["wire-ru"]
    [back, _] = feeds.active(session)
    assert (back.etag, back.last_modified, back.first_taken_at) == ('W/"1"', "never", now)


def test_a_new_address_forgets_the_validators_but_not_when_it_last_answered(session, now):
    [feed, _] = feeds.active(session)
    had = {"failures": 3, "error": "x", "first_taken_at": now, "last_ok_at": now}
    feeds.save(session, replace(feed, etag='"1"', **had))

    sync(session, replace(FEED, url="https://wire.example/new"), OTHER, now=now + MINUTE)

    [moved, _] = feeds.active(session)
    assert (moved.etag, moved.failures, moved.error) == (None, 0, "")
    assert (moved.first_taken_at, moved.last_ok_at) == (None, now)
    assert moved.next_poll_at == now + MINUTE


HABITS = {
    "moving_to": "https://wire.example/there",
    "moving_votes": 2,
    "asks_with": "tag",
    "ignored": 2,
    "fresh_s": 60.0,
    "bare": 1,
    "wish_s": 90.0,
    "skip_hours": (3, 4),
    "skip_days": (6,),
    "interval_s": 900.0,
    "gaps_s": (60, 3600),
}


def test_the_habits_of_a_feed_are_remembered_until_it_has_a_new_address(session, now):
    [feed, _] = feeds.active(session)
    moments = {"asks_since": now, "whole_at": now - MINUTE, "moving_since": now}
    feeds.save(session, replace(feed, **HABITS, **moments))
    session.flush()
    session.expire_all()
    [kept, _] = feeds.active(session)

    sync(session, replace(FEED, url="https://wire.example/new"), OTHER, now=now)

    [moved, _] = feeds.active(session)
    assert {name: getattr(kept, name) for name in HABITS | moments} == HABITS | moments
    forgotten = {name: getattr(moved, name) for name in HABITS | moments}
    assert forgotten == {name: getattr(feed, name) for name in HABITS | moments}


def test_a_poll_of_the_old_address_that_ends_late_is_not_remembered(session, now):
    [feed, _] = feeds.active(session)
    sync(session, replace(FEED, url="https://wire.example/new"), OTHER, now=now)

    feeds.save(session, replace(feed, etag='"of the old one"'))

    assert feeds.active(session)[0].etag is None


def test_a_poll_that_ends_late_does_not_bring_a_retired_feed_back(session, now):
    [feed, _] = feeds.active(session)
    sync(session, OTHER, now=now)

    feeds.save(session, feed)

    assert [f.id for f in feeds.active(session)] == ["wire-ru"]


def test_an_outlet_that_an_aggregator_named_outlives_the_files(session, now):
    named = Outlet(id="the-echo", name="The Echo", verified=False)
    feeds.add_outlets(session, [named, WIRE])

    feeds.sync_outlets(session, [replace(WIRE, name="Wire")], now=now)

    stored = feeds.outlets(session)
    assert stored["the-echo"] == named
    assert stored["wire"].name == "Wire"


@pytest.mark.parametrize("table", ["feed", "item", "story", "provision", "document", "outlet"])
def test_a_delete_that_would_take_news_with_it_is_refused(engine, now, table):
    with store.writing(engine) as session:
        set_up(session, now)
        add_hit(session, "i", now)

    with pytest.raises(IntegrityError), store.writing(engine) as session:
        session.execute(text(f"DELETE FROM {table}"))
