"""Clocks that jump, stand still or keep odd hours: one digest a local day, late ones marked late.

The world's own clock is driven; what waits for the machine's clock (the scheduler, the gate that
keeps us polite) is asked directly.
"""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from threading import Event
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from apscheduler.schedulers.background import BackgroundScheduler

from monitor import service
from monitor.feeds.gate import SiteGate
from monitor.jobs.deliver import deliver
from monitor.jobs.digest import sweep
from monitor.model import Feed, FeedSpec
from monitor.store import outbox, writing
from tests.delivery.post import message
from tests.feeds.server import Server
from tests.world import START, DrivenClock, a_world, entry, rss

PATIENCE_S = 30
HOURS = ("00:00", "00:30", "02:30", "07:00", "23:45")
EVERY_ZONE_HAS_ONE = """\
subscribers:
  - id: desk
    address: desk@example.org
    zone: {zone}
    digests:
"""
# zone, the day on which its clocks are changed (or that is odd otherwise), what happens
ODD_DAYS = [
    ("Europe/Berlin", "2026-03-29", "an hour is left out at two"),
    ("Europe/Berlin", "2026-10-25", "two to three comes twice"),
    ("America/New_York", "2026-03-08", "an hour is left out at two"),
    ("America/New_York", "2026-11-01", "one to two comes twice"),
    ("Australia/Lord_Howe", "2026-10-04", "half an hour is left out"),
    ("Australia/Lord_Howe", "2026-04-05", "half an hour comes twice"),
    ("America/Sao_Paulo", "2018-11-04", "midnight is left out"),
    ("America/Sao_Paulo", "2018-02-18", "the hour before midnight comes twice"),
    ("Africa/Casablanca", "2026-03-22", "an hour is left out after Ramadan"),
    ("Africa/Casablanca", "2026-02-15", "an hour comes twice before Ramadan"),
    ("Europe/Berlin", "2028-02-29", "a leap day"),
    ("Pacific/Apia", "2011-12-30", "a day is left out"),
]


@pytest.fixture
def server():
    with Server() as running:
        yield running


def say(world, server, guid, title="Port strike begins in the north"):
    """Something new; the world is left to poll it by itself."""
    server.says("/wire", body=rss(entry(guid, f"{title} {guid}", at=world.clock.now)))


def passing(world, **how):
    """Time passes as for the running service: poll what is due, sweep, deliver."""
    world.clock.pass_(**how)
    world.poll(every=False)
    world.tell()


def told(world, guid):
    return sum(f"in the north {guid}" in mail.text for mail in world.sent)


@pytest.mark.slow
@pytest.mark.parametrize(("zone", "day", "what"), ODD_DAYS)
def test_there_is_one_digest_a_local_day_on_odd_days_too(tmp_path, zone, day, what):
    local = ZoneInfo(zone)
    noon = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=local).astimezone(UTC)
    digests = "".join(
        f'      - {{id: d{n}, document: treaty, at: "{h}"}}\n' for n, h in enumerate(HOURS)
    )
    subscribers = EVERY_ZONE_HAS_ONE.format(zone=zone) + digests
    clock = DrivenClock(noon - timedelta(days=2))
    with a_world(tmp_path, {}, clock=clock, subscribers=subscribers) as world:
        while clock.now < noon + timedelta(days=2):
            clock.pass_(minutes=30)
            sweep(world.app, now=clock.now)
        deliver(world.app, now=clock.now)
        runs = world.rows("SELECT subscription, slot, made_at, missed FROM digest_run")

    slots = [datetime.fromisoformat(s).replace(tzinfo=UTC).astimezone(local) for _, s, _, _ in runs]
    days = Counter((id_, s.date()) for (id_, _, _, _), s in zip(runs, slots, strict=True))
    whole = {noon.astimezone(local).date() + timedelta(n) for n in (-1, 0, 1)}
    whole -= {d for d in whole if (zone, str(d)) == ("Pacific/Apia", "2011-12-30")}
    assert set(days.values()) == {1}
    assert {(id_, d) for id_, d in days if d in whole} == {
        (f"desk/d{n}", d) for n in range(len(HOURS)) for d in whole
    }
    assert [made for _, slot, made, _ in runs if _late(slot, made)] == []
    assert {missed for _, _, _, missed in runs} == {"[]"}
    assert len(world.sent) == len(runs)


def _late(slot, made):
    return datetime.fromisoformat(made) - datetime.fromisoformat(slot) >= timedelta(minutes=30)


def test_a_digest_hour_slept_through_brings_one_digest_marked_late(tmp_path, server):
    with a_world(tmp_path, {"wire": server.url("/wire")}) as world:
        say(world, server, "a1")
        passing(world, hours=12)
        passing(world, hours=14)  # from nine in the evening to eleven in the morning
        passing(world, hours=1)

    [mail] = world.sent
    assert "late" in mail.text.lower()
    assert told(world, "a1") == 1


@pytest.mark.slow
def test_a_clock_set_back_by_six_hours_stops_nothing_and_repeats_nothing(tmp_path, server):
    with a_world(tmp_path, {"wire": server.url("/wire")}) as world:
        say(world, server, "a1")
        passing(world, minutes=5)
        world.clock.now = START.replace(hour=7, minute=1) + timedelta(days=1)
        say(world, server, "b2")
        passing(world, minutes=0)
        world.clock.pass_(hours=-6)
        say(world, server, "c3")
        passing(world, minutes=2)  # long before the clock is as late as it was
        early = world.rows("SELECT title FROM item WHERE title LIKE '%c3'")
        for _ in range(24):
            passing(world, minutes=30)
        today = len(world.sent)
        for _ in range(48):
            passing(world, minutes=30)

    assert len(early) == 1
    assert (today, len(world.sent)) == (1, 2)
    assert [told(world, guid) for guid in ("a1", "b2", "c3")] == [1, 1, 1]


@pytest.mark.slow
def test_a_clock_three_days_ahead_and_back_costs_no_news_and_no_morning_but_the_one_it_took(
    tmp_path, server
):
    with a_world(tmp_path, {"wire": server.url("/wire")}) as world:
        say(world, server, "a1")
        passing(world, minutes=5)
        passing(world, days=3)  # wrong: a digest for today, yesterday and the day before
        world.clock.pass_(days=-3)
        mornings = []
        for day in range(5):
            say(world, server, f"n{day}")
            for _ in range(24):
                passing(world, hours=1)
            mornings.append(len(world.sent))

    assert mornings == [2, 3, 3, 4, 5]  # the third is the one that came too early
    assert [told(world, guid) for guid in ("a1", "n0", "n1", "n2", "n3")] == [1] * 5
    assert len({mail.key for mail in world.sent}) == len(world.sent)


def test_three_days_lost_bring_one_late_digest_with_everything(tmp_path, server):
    with a_world(tmp_path, {"wire": server.url("/wire")}) as world:
        say(world, server, "a1")
        passing(world, minutes=5)
        passing(world, days=3)
        say(world, server, "b2")
        for _ in range(24):
            passing(world, hours=1)

    first, second = world.sent
    assert "late" in first.text.lower()
    assert "late" not in second.text.lower()
    assert [told(world, guid) for guid in ("a1", "b2")] == [1, 1]


@pytest.mark.slow
def test_a_monitor_installed_while_the_clock_was_a_week_ahead_loses_no_news(tmp_path, server):
    clock = DrivenClock(START + timedelta(days=7))
    with a_world(tmp_path, {"wire": server.url("/wire")}, clock=clock) as world:
        server.says("/wire", body=rss(entry("0", "Cats win the show", at=START)))
        passing(world, minutes=5)
        clock.now = START + timedelta(hours=1)
        say(world, server, "a1")
        for _ in range(24):
            passing(world, hours=1)

    assert told(world, "a1") == 1


@pytest.mark.slow
def test_jobs_go_on_at_once_when_the_clock_is_set_back():
    """Their next time is hours ahead then, by a clock that will take hours to get there."""
    ran, stop, scheduler = Event(), asyncio.Event(), BackgroundScheduler(timezone="UTC")
    ahead = datetime.now(UTC) + timedelta(hours=6)  # noqa: TID251 - the scheduler reads it, too
    scheduler.add_job(ran.set, "interval", seconds=60, next_run_time=ahead)
    readings = iter([START + timedelta(hours=6), START])
    app = SimpleNamespace(clock=lambda: next(readings, START))

    async def mind():
        minding = asyncio.create_task(service.mind_the_clock(app, scheduler, stop))
        came = await asyncio.to_thread(ran.wait, PATIENCE_S)
        stop.set()
        await minding
        return came

    scheduler.start()
    try:
        assert asyncio.run(mind())
    finally:
        scheduler.shutdown()


def test_what_waits_for_a_moment_waits_no_longer_when_the_clock_is_set_back(tmp_path, server):
    with a_world(tmp_path, {"wire": server.url("/wire")}) as world:
        server.says("/wire", body=rss())
        world.poll()
        with writing(world.app.engine) as session:
            for key in ("waits", "under way"):
                outbox.put(session, message(key=key), now=world.clock.now)
            outbox.begin(session, "waits", now=world.clock.now)
            outbox.mark_unsent(session, "waits", reason="451 later", permanent=False)
            outbox.begin(session, "under way", now=world.clock.now)
        world.clock.pass_(hours=-6)

        service.wait_no_longer(world.app, now=world.clock.now)

        polled, sent = world.poll(every=False), deliver(world.app, now=world.clock.now)
    assert (polled.asked, sent) == (1, 1)
    assert [mail.key for mail in world.sent] == ["waits"]


def test_news_count_from_now_on_when_a_running_service_finds_its_clock_set_back(tmp_path):
    clock = DrivenClock(START + timedelta(days=7))
    with a_world(tmp_path, {}, clock=clock) as world:
        service.wait_no_longer(world.app, now=START)

        since = world.rows("SELECT max(since) FROM subscription_provision")
    assert since == [("2026-01-05 07:00:00.000000",)]


def test_a_site_is_asked_on_when_the_clock_is_set_back():
    spec = FeedSpec(id="a", url="https://news.example/a")
    feeds = [
        Feed(spec=spec, next_poll_at=START),
        Feed(spec=FeedSpec(id="b", url=spec.url), next_poll_at=START),
    ]
    gate = SiteGate(spacing=timedelta(seconds=1))
    gate.offer(feeds)
    [first], _ = gate.take(START)
    gate.done(first, START)
    earlier = START - timedelta(hours=6)
    too_soon, again_at = gate.take(earlier)

    assert (too_soon, again_at) == ((), earlier + timedelta(seconds=1))
    assert gate.take(again_at)[0] == (feeds[1],)
