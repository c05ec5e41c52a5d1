"""The fetch loop: it ends when it is told to, and when nobody is left to read."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.feeds.gate import SiteGate
from monitor.feeds.outcomes import FailureKind, NotModified
from monitor.jobs.fetching import RESULTS_AT_MOST, FetchLoop
from monitor.model import Feed, FeedSpec
from tests.world import START, DrivenClock


def some_feeds(count):
    specs = [FeedSpec(id=f"f{n}", url=f"https://site{n}.example/feed") for n in range(count)]
    return [Feed(spec=spec, next_poll_at=START) for spec in specs]


async def unchanged(feed):
    return NotModified(feed=feed)


def a_loop(fetch=unchanged):
    gate = SiteGate(at_once=1_000, spacing=timedelta(0))
    return FetchLoop(fetch, gate, DrivenClock())


async def all_of(loop):
    found = []
    while (outcome := await loop.results.get()) is not None:
        found.append(outcome)
    return found


def test_a_closed_loop_ends_when_everything_is_fetched():
    async def run():
        loop = a_loop()
        loop.offer(some_feeds(RESULTS_AT_MOST * 3))
        loop.close()
        async with asyncio.TaskGroup() as group:
            group.create_task(loop.run())
            return await all_of(loop)

    assert len(asyncio.run(run())) == RESULTS_AT_MOST * 3


def test_a_loop_whose_reader_died_ends_with_it():
    async def reader():
        raise ZeroDivisionError("a bug of the intake")

    async def run():
        loop = a_loop()
        loop.offer(some_feeds(RESULTS_AT_MOST + 50))
        async with asyncio.timeout(10), asyncio.TaskGroup() as group:
            group.create_task(loop.run())
            while not loop.results.full():  # noqa: ASYNC110 - until the brake is on
                await asyncio.sleep(0)
            group.create_task(reader())

    with pytest.raises(ExceptionGroup) as raised:
        asyncio.run(run())

    assert raised.group_contains(ZeroDivisionError)


def test_a_bug_that_one_feed_meets_is_a_value_and_stops_nobody():
    async def fetch(feed):
        if feed.id == "f1":
            raise ZeroDivisionError("odd feed")
        return NotModified(feed=feed)

    async def run():
        loop = a_loop(fetch)
        loop.offer(some_feeds(3))
        loop.close()
        async with asyncio.TaskGroup() as group:
            group.create_task(loop.run())
            return await all_of(loop)

    kinds = {o.feed.id: getattr(o, "kind", None) for o in asyncio.run(run())}
    assert kinds == {"f0": None, "f1": FailureKind.INTAKE, "f2": None}


def test_what_is_abandoned_comes_back_by_its_lease():
    async def never(feed):
        await asyncio.Event().wait()

    async def run():
        loop = a_loop(never)
        feeds = some_feeds(5)
        loop.offer([*feeds, replace(feeds[0], failures=1)])
        async with asyncio.timeout(10), asyncio.TaskGroup() as group:
            group.create_task(loop.run())
            await asyncio.sleep(0)
            loop.abandon()
            return await all_of(loop), loop.in_hand

    assert asyncio.run(run()) == ([], 0)
