"""Who says stop gets nothing more, at once and for good; who takes it back loses nothing."""

from datetime import timedelta

import pytest

from monitor import store
from monitor.jobs.deliver import deliver
from monitor.jobs.digest import make_due, queue_made, sweep
from monitor.jobs.sync import sync
from monitor.jobs.unsubscribe import resubscribe, silent, unsubscribe
from monitor.store import subscriptions
from tests.world import SUBSCRIBERS, a_world, entry, rss

TWO = (
    SUBSCRIBERS
    + """\
      - {id: evening, document: treaty, at: "19:00"}
  - id: legal
    address: legal@example.org
    zone: UTC
    digests:
      - {id: daily, document: treaty, at: "07:00"}
"""
)


@pytest.fixture
def world(tmp_path, server):
    with a_world(tmp_path, {"wire": server.url("/wire")}, subscribers=TWO) as made:
        yield made


def say(world, server, guid):
    server.says("/wire", body=rss(entry(guid, f"Port strike {guid}", at=world.clock.now)))
    world.poll()


def stop(world, name):
    return unsubscribe(world.app, name, by="ada", now=world.clock.now)


def undo(world, name):
    return resubscribe(world.app, name, by="ada", now=world.clock.now)


def to(mails):
    return [m.to for m in mails]


def test_no_digest_is_made_for_who_unsubscribed(world, server):
    say(world, server, "a1")
    stop(world, "desk")

    mails = world.morning() + world.morning()

    assert to(mails) == ["legal@example.org"] * 2
    assert world.rows("SELECT DISTINCT subscription FROM digest_run") == [("legal/daily",)]


def test_one_digest_of_a_subscriber_can_stop_alone(world, server):
    stop(world, "desk/evening")
    world.clock.pass_(days=2)
    world.tell()

    assert sorted(to(world.sent)) == ["desk@example.org", "legal@example.org"]


def test_what_was_queued_does_not_leave(world, server):
    world.clock.pass_(days=1)
    sweep(world.app, now=world.clock.now)

    changed = stop(world, "desk")
    deliver(world.app, now=world.clock.now)

    assert to(world.sent) == ["legal@example.org"]
    assert [(c.subscription, c.mails) for c in changed] == [("desk/daily", 1), ("desk/evening", 1)]
    assert dict(world.rows("SELECT state, count(*) FROM outbox GROUP BY 1"))["cancelled"] == 2


def test_an_unsubscribe_in_the_middle_of_a_delivery_round_still_counts(tmp_path, server):
    def send(message):
        world.sent.append(message)
        stop(world, "legal")

    with a_world(tmp_path, {}, subscribers=TWO, send=send) as world:
        world.clock.pass_(days=1)
        world.tell()

    assert set(to(world.sent)) == {"desk@example.org"}


def test_it_outlives_restarts_and_the_files(world, server):
    stop(world, "desk")

    sync(world.app, now=world.clock.now)
    world.clock.pass_(days=40)
    sync(world.app, now=world.clock.now)

    assert to(world.morning()) == ["legal@example.org"]
    assert set(silent(world.app)) == {"desk/daily", "desk/evening"}


def test_a_mistake_that_is_undone_at_once_costs_no_news_and_doubles_none(world, server):
    say(world, server, "a1")
    world.clock.now = world.clock.now.replace(hour=7) + timedelta(days=1)
    sweep(world.app, now=world.clock.now)
    stop(world, "desk")
    world.clock.pass_(minutes=5)

    changed = undo(world, "desk")
    world.tell()

    [mail] = [m for m in world.sent if "desk/daily" in m.key]
    assert "a1" in mail.text
    assert {c.subscription: c.mails for c in changed}["desk/daily"] == 1


def test_a_run_that_was_made_and_not_written_is_written_after_the_mistake(world, server):
    from monitor import store
    from monitor.jobs.digest import make_due
    from monitor.store import subscriptions

    say(world, server, "a1")
    world.clock.now = world.clock.now.replace(hour=7) + timedelta(days=1)
    with store.reading(world.app.engine) as session:
        subscription = subscriptions.get(session, "desk/daily")
    make_due(world.app, subscription, now=world.clock.now)
    stop(world, "desk/daily")
    queued = queue_made(world.app, now=world.clock.now)
    undo(world, "desk/daily")

    world.tell()

    assert queued == 0
    assert ["a1" in m.text for m in world.sent if "desk/daily" in m.key] == [True]


def test_after_a_month_of_silence_only_the_last_day_is_news(world, server):
    world.morning()
    stop(world, "desk/daily")
    say(world, server, "a1")
    world.clock.pass_(days=30)
    say(world, server, "b2")
    world.sent.clear()

    undo(world, "desk/daily")
    sweep(world.app, now=world.clock.now)
    world.morning()

    text = "".join(m.text for m in world.sent if "desk/daily" in m.key)
    assert ("a1" in text, "b2" in text) == (False, True)


def test_a_second_time_says_so(world):
    assert [c.changed for c in stop(world, "legal") + stop(world, "legal")] == [True, False]
    assert [c.changed for c in undo(world, "legal") + undo(world, "legal")] == [True, False]


def test_an_unknown_name_says_what_is_near(world):
    with pytest.raises(LookupError, match="did you mean 'desk/daily'"):
        stop(world, "desk/dayly")
    with pytest.raises(LookupError, match="there is: desk, desk/daily"):
        stop(world, "xyz")


def test_who_left_the_files_can_unsubscribe_too(world, tmp_path, server):
    from monitor.jobs.check import load
    from tests.world import write_files

    files = write_files(tmp_path, {"wire": server.url("/wire")}, subscribers=SUBSCRIBERS)
    world.app.loaded = load(files, {})
    sync(world.app, now=world.clock.now)

    [changed] = stop(world, "legal")

    assert (changed.changed, changed.listed) == (True, False)


def test_after_a_month_of_silence_the_next_mail_comes_in_its_time_and_is_not_late(world, server):
    world.morning()
    stop(world, "desk/daily")
    world.clock.pass_(days=30, hours=2)
    world.tell()
    world.sent.clear()

    undo(world, "desk/daily")
    world.tell()
    at_once = [m for m in world.sent if "desk/daily" in m.key]
    world.morning()

    assert at_once == []
    [mail] = [m for m in world.sent if "desk/daily" in m.key]
    assert "late" not in mail.text.lower()


def test_an_unsubscribe_between_the_sweeps_look_and_its_run_still_counts(world):
    world.clock.pass_(days=1)
    with store.reading(world.app.engine) as session:
        seen = subscriptions.active(session)

    stop(world, "desk")
    made = {s.id: make_due(world.app, s, now=world.clock.now) for s in seen}

    assert [id_ for id_, run in made.items() if run] == ["legal/daily"]
