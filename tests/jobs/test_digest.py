"""Every hit is told once: late, early, after a crash, over a clock that jumps."""

from datetime import timedelta

import pytest

from monitor import store
from monitor.jobs.digest import make_due, queue_made, rehearse, sweep
from monitor.jobs.status import complaints, status
from monitor.store import subscriptions
from tests.world import SUBSCRIBERS, a_world, entry, rss

QUIET = SUBSCRIBERS.replace('at: "07:00"}', 'at: "07:00", quiet_days: false}')


def say(world, server, guid, title="Port strike begins in the north"):
    server.says("/wire", body=rss(entry(guid, f"{title} {guid}", at=world.clock.now)))
    world.poll()


def runs(world):
    return world.rows("SELECT id, queued_at IS NOT NULL FROM digest_run ORDER BY id")


def missed(world):
    with store.reading(world.app.engine) as session:
        [subscription] = subscriptions.active(session)
    return subscription


def test_a_hit_is_in_the_next_digest_and_only_there(world, server):
    say(world, server, "a1")
    first = world.morning()
    say(world, server, "b2")
    second = world.morning()
    third = world.morning()

    told = [["a1" in m.text, "b2" in m.text] for m in first + second + third]
    assert told == [[True, False], [False, True], [False, False]]


def test_a_slot_that_was_swept_is_not_swept_again(world, server):
    say(world, server, "a1")
    world.morning()

    for _ in range(3):
        world.clock.pass_(minutes=1)
        world.tell()

    assert len(world.sent) == 1


def test_a_machine_that_slept_through_three_mornings_sends_one_late_digest(world, server):
    say(world, server, "a1")
    world.clock.pass_(days=3)

    world.tell()

    [mail] = world.sent
    assert "a1" in mail.text
    assert "late" in mail.text.lower()
    [(slots,)] = world.rows("SELECT missed FROM digest_run")
    assert slots.count("07:00") == 2


def test_a_crash_between_making_and_queueing_is_made_good_by_the_next_sweep(world, server):
    say(world, server, "a1")
    world.clock.pass_(days=1)
    with store.reading(world.app.engine) as session:
        [subscription] = subscriptions.active(session)
    make_due(world.app, subscription, now=world.clock.now)
    half = runs(world)

    world.tell()
    world.tell()

    assert half == [(1, 0)]
    assert runs(world) == [(1, 1)]
    assert len(world.sent) == 1


def test_two_sweeps_at_once_queue_one_mail(world, server):
    say(world, server, "a1")
    world.clock.pass_(days=1)

    queued = [sweep(world.app, now=world.clock.now) for _ in range(2)]

    assert queued == [1, 0]


def test_what_is_recorded_between_making_and_queueing_waits_for_the_next_digest(world, server):
    say(world, server, "a1")
    world.clock.pass_(days=1)
    with store.reading(world.app.engine) as session:
        [subscription] = subscriptions.active(session)
    make_due(world.app, subscription, now=world.clock.now)
    say(world, server, "b2")

    queue_made(world.app, now=world.clock.now)
    world.tell()
    later = world.morning()

    assert ["b2" in m.text for m in (world.sent[0], later[0])] == [False, True]


def test_a_clock_that_jumps_back_neither_loses_nor_repeats(world, server):
    say(world, server, "a1")
    world.morning()
    world.clock.pass_(hours=-5)
    say(world, server, "b2")
    world.morning()
    world.clock.pass_(minutes=1)
    world.morning()

    told = "".join(m.text for m in world.sent)
    # each hit: its line, and nowhere else
    assert told.count("begins in the north a1") == told.count("begins in the north b2") == 1


def test_a_quiet_day_is_told_so_that_quiet_and_broken_look_different(world, server):
    server.says("/wire", body=rss(entry("1", "Cats win the show")))
    world.poll()

    [mail] = world.morning()

    assert "1 of 2 feeds" in mail.text


def test_the_short_mail_can_be_switched_off(tmp_path, server):
    feeds = {"wire": server.url("/wire")}
    with a_world(tmp_path, feeds, subscribers=QUIET) as world:
        server.says("/wire", body=rss(entry("1", "Cats win the show")))
        world.poll()

        quiet = world.morning()
        say(world, server, "a1")
        busy = world.morning()

    assert (len(quiet), len(busy)) == (0, 1)


def test_an_edited_item_comes_back_marked_as_an_update(world, server):
    say(world, server, "a1")
    world.morning()
    server.says("/wire", body=rss(entry("a1", "Port strike in the north is over")))
    world.clock.pass_(hours=2)
    world.poll()

    [mail] = world.morning()

    assert "Port strike in the north is over" in mail.text
    assert "title changed" in mail.text.lower()


def test_a_hit_withdrawn_before_the_digest_is_counted_and_not_shown(world, server):
    say(world, server, "a1")
    server.says("/wire", body=rss(entry("a1", "Harbour talks begin in the south")))
    world.clock.pass_(hours=2)
    world.poll()

    [mail] = world.morning()

    assert "Port strike begins" not in mail.text
    assert "withdrawn" in mail.text.lower() or "no longer" in mail.text.lower()


def test_a_rehearsal_writes_nothing_and_shows_what_the_day_had(world, server):
    say(world, server, "a1")
    day = world.clock.now.date()
    with store.reading(world.app.engine) as session:
        [subscription] = subscriptions.active(session)
    world.clock.pass_(days=5)

    shown = rehearse(world.app, subscription, day + timedelta(days=1), now=world.clock.now)
    empty = rehearse(world.app, subscription, day + timedelta(days=3), now=world.clock.now)

    assert ["a1" in m.text for m in (shown, empty)] == [True, False]
    assert runs(world) == []


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kathmandu", "Pacific/Auckland"])
def test_the_morning_is_the_subscribers(tmp_path, server, zone):
    subscribers = SUBSCRIBERS.replace("zone: UTC", f"zone: {zone}")
    with a_world(tmp_path, {"wire": server.url("/wire")}, subscribers=subscribers) as world:
        say(world, server, "a1")
        sent_at = []
        for _ in range(24 * 4):
            world.clock.pass_(minutes=15)
            world.tell()
            sent_at += [world.clock.now] * (len(world.sent) - len(sent_at))

    from zoneinfo import ZoneInfo

    local = sent_at[0].astimezone(ZoneInfo(zone))
    assert (len(sent_at), local.hour, local.minute) == (1, 7, 0)


def test_a_digest_that_cannot_be_written_keeps_nobody_else_back_and_is_complained_of(
    tmp_path, server
):
    two = SUBSCRIBERS + SUBSCRIBERS.partition("\n")[2].replace("desk", "legal")
    with a_world(tmp_path, {"wire": server.url("/wire")}, subscribers=two) as world:
        say(world, server, "a1")
        world.clock.pass_(days=1)
        with store.reading(world.app.engine) as session:
            both = subscriptions.active(session)
        for subscription in both:
            make_due(world.app, subscription, now=world.clock.now)
        with store.writing(world.app.engine) as session:
            zone = "UPDATE subscription SET zone = 'Mars/Base' WHERE id = 'desk/daily'"
            session.connection().exec_driver_sql(zone)
        world.tell()
        world.clock.pass_(minutes=10)
        world.tell()

        assert [m.to for m in world.sent] == ["legal@example.org"]
        with store.writing(world.app.engine) as session:
            session.connection().exec_driver_sql(zone.replace("Mars/Base", "UTC"))
        found = complaints(status(world.app.engine, now=world.clock.now))
    assert [c for c in found if "desk/daily" in c] == [
        "a digest cannot be written, the log says why: desk/daily"
    ]
