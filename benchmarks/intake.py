"""What taking in a batch of a hundred feeds costs, and whether that grows with what is stored.

    python -m benchmarks.intake [--json] [--full] [--tiny]

Take-in is everything behind the fetch: parse and normalise in the guarded process, gather, match
against the shipped seeds, join stories, write. Growth is measured without the parser, which never
sees the database: the same batches, already read, go into a small database and a large one in turn.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import blake2b
from io import BytesIO
from random import Random
from statistics import median

import feedparser

from benchmarks import _feeds
from benchmarks._common import Figure, Size, command, cpu_s, figure, folder, say
from benchmarks._project import NOW, Clock, opened, rows, write_project
from monitor import store
from monitor.app import App
from monitor.feeds.guarded import GuardedReader, read_here
from monitor.feeds.normalise import Read
from monitor.feeds.outcomes import Fetched, NotModified, Outcome
from monitor.jobs.poll import lease_due, take_in
from monitor.model import Feed, FeedSpec, Item, Origin, Story
from monitor.store import archive, feeds
from monitor.stories import key

NEWS = 3  #: new items a feed in a later batch, of `SHOWN`
GROWTH = 1.3  #: the bar: at most so many times the cost
CHUNK = 5_000  #: items stored at once when a database is filled
FEWER = 1_000
ALONE = 10  #: feeds given to feedparser alone, with its defaults


def measure(size: Size) -> Iterator[Figure]:
    """All figures; about three minutes."""
    count, rounds = size.pick(4, 100, 100), size.pick(2, 5, 9)
    yield figure("feeds a batch", count, "")
    yield from _speed(count, rounds=size.pick(1, 3, 5))
    yield from _growth_by_items(count, rounds, more=size.pick(2_000, 100_000, 1_000_000))
    yield from _growth_by_feeds(count, rounds, more=size.pick(50, 10_000, 10_000))


def urls(count: int) -> list[str]:
    """An address each; nobody asks it."""
    return [f"https://news{n}.example/feed" for n in range(count)]


def batch(app: App, count: int, *, newest: int) -> list[Outcome]:
    """What fetching the first `count` feeds gives once their item `newest` has appeared."""
    with store.reading(app.engine) as session:
        known = feeds.active(session)[:count]
    return [_fetched(feed, n, newest) for n, feed in enumerate(known)]


def _fetched(feed: Feed, number: int, newest: int) -> Fetched:
    body = _feeds.feed(number, newest=newest)
    return Fetched(
        feed=feed,
        url=feed.url,
        body=body,
        body_hash=blake2b(body, digest_size=16).hexdigest(),
        etag=f'"{newest}"',
        content_type=_feeds.content_type(number),
        downloaded_bytes=len(body),
    )


# -- speed -------------------------------------------------------------------------------------


def _speed(count: int, *, rounds: int) -> Iterator[Figure]:
    """A first fetch, where all is new, and later ones, in databases that hold nothing else."""
    first, later, alone = [], [], []
    with GuardedReader() as reader:
        for number in range(rounds):
            say(f"speed, round {number + 1} of {rounds}")
            with folder() as home:
                config = write_project(home, urls(count))
                with opened(config, reader=reader) as app:
                    take_in(app, batch(app, 1, newest=_feeds.SHOWN))  # starts the parser
                    first.append(_taking_in(app, batch(app, count, newest=_feeds.SHOWN + 1)))
                    newest = _feeds.SHOWN + 1 + NEWS
                    later.append(_taking_in(app, batch(app, count, newest=newest)))
            alone.append(_feedparser_alone(min(count, ALONE)))
    ours, items = median(first), count * _feeds.SHOWN
    yield figure("first fetch", items / ours, "items a CPU s")
    yield figure("first fetch", ours / count * 1000, "CPU ms a feed")
    steady = median(later) / count * 1000
    yield figure(f"later, {NEWS} new of {_feeds.SHOWN}", steady, "CPU ms a feed")
    yield figure("feedparser alone, defaults", median(alone) * 1000, "CPU ms a feed")
    yield figure("feedparser alone / first fetch (later: 8)", median(alone) / (ours / count), "x")


def _taking_in(app: App, outcomes: Sequence[Outcome]) -> float:
    """CPU seconds, the parser's included."""
    before = cpu_s()
    take_in(app, outcomes)
    return cpu_s() - before


def _feedparser_alone(count: int) -> float:
    """CPU seconds a feed, for its entries and nothing else."""
    bodies = [_feeds.feed(n) for n in range(count)]
    before = cpu_s()
    for body in bodies:
        feedparser.parse(BytesIO(body))
    return (cpu_s() - before) / count


# -- growth ------------------------------------------------------------------------------------


class ReadAhead(GuardedReader):
    """Reads here, and only what it has not read before."""

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[tuple[str, bytes], Read] = {}

    def read(
        self, body: bytes, *, url: str, content_type: str, feed: FeedSpec, now: datetime
    ) -> Read:
        """What the same call gave before."""
        same = (feed.id, blake2b(body, digest_size=16).digest())
        if same not in self._known:
            self._known[same] = read_here(
                body, url=url, content_type=content_type, feed=feed, now=now
            )
        return self._known[same]

    def forget(self) -> None:
        """Free the memory."""
        self._known.clear()


def _growth_by_items(count: int, rounds: int, *, more: int) -> Iterator[Figure]:
    """Later batches, beside few items and beside many."""
    reader, costs = ReadAhead(), {FEWER: list[float](), more: list[float]()}
    with ExitStack() as stack:
        apps = {}
        for stored in costs:
            say(f"filling a database with {stored:,} items")
            home = stack.enter_context(folder())
            config = write_project(home, urls(count))
            apps[stored] = app = stack.enter_context(opened(config, reader=reader, clock=Clock()))
            fill(app, stored, count)
            take_in(app, batch(app, count, newest=_feeds.SHOWN))
        for number in range(rounds):
            newest = _feeds.SHOWN + NEWS * (number + 1)
            for app in apps.values():  # all are read before one is measured
                for outcome in batch(app, count, newest=newest):
                    _read_ahead(app, outcome)
            for stored, app in apps.items():
                costs[stored].append(_taking_in(app, batch(app, count, newest=newest)))
            reader.forget()
        held = {stored: _count(app) for stored, app in apps.items()}
    for stored, found in costs.items():
        name = f"batch without parsing, {stored:,} items stored before"
        yield figure(name, median(found) * 1000, "CPU ms")
        yield figure(f"items stored in the end, of {stored:,}", held[stored], "")
    ratio = median(costs[more]) / median(costs[FEWER])
    yield figure(f"growth, {FEWER:,} to {more:,} items", ratio, "x", at_most=GROWTH)


def _read_ahead(app: App, outcome: Outcome) -> None:
    """Read, and let the matcher meet the new words: neither has to do with what is stored."""
    assert isinstance(outcome, Fetched)
    read = app.reader.read(
        outcome.body,
        url=outcome.url,
        content_type=outcome.content_type,
        feed=outcome.feed.spec,
        now=app.clock(),
    )
    for item in sorted(read.items, key=lambda i: i.published or NOW)[-NEWS:]:
        app.loaded.percolator.match(item, origin=Origin.STREAM)


def _count(app: App) -> int:
    return int(str(rows(app, "SELECT count(*) FROM item")[0][0]))


def fill(app: App, count: int, per: int) -> None:
    """Store `count` old items of the first `per` feeds, each a story, without matching them."""
    random = Random(_feeds.SEED)
    texts = [" ".join(_feeds.sentence(random) for _ in range(8)) for _ in range(500)]
    titles = [" ".join(_feeds.some(random, 8)) for _ in range(500)]
    with store.reading(app.engine) as session:
        ids = [feed.id for feed in feeds.active(session)[:per]]
    for start in range(0, count, CHUNK):
        numbers = range(start, min(start + CHUNK, count))
        found = [_old(n, ids[n % per], titles, texts, count) for n in numbers]
        stories = [
            Story(id=i.id, key=key(i.title), first_seen=i.first_seen, last_seen=i.first_seen)
            for i in found
        ]
        with store.writing(app.engine, durable=False) as session:
            archive.add_stories(session, stories, [])
            archive.add_items(session, [(item, item.id) for item in found])


def _old(number: int, feed: str, titles: list[str], texts: list[str], count: int) -> Item:
    """One of `count` items of the hundred days before."""
    name = blake2b(str(number).encode(), digest_size=8).hexdigest()
    return Item(
        id=name,
        feed=feed,
        key=f"urn:{name}",
        alt_key=f"alt:{name}",
        url=f"https://{feed}.example/{name}",
        outlet=feed,
        language="en",
        title=f"{titles[number % len(titles)]} {name}",
        text=texts[number % len(texts)],
        published=NOW - timedelta(days=100) * (1 - number / count) - timedelta(days=1),
        first_seen=NOW - timedelta(days=100) * (1 - number / count) - timedelta(days=1),
        content_hash=name,
    )


def _growth_by_feeds(count: int, rounds: int, *, more: int) -> Iterator[Figure]:
    """Leasing and taking in `count` answers 304, among few feeds and among many."""
    fewer = max(more // 10, count)
    costs = {fewer: list[float](), more: list[float]()}
    with ExitStack() as stack:
        apps = {stored: stack.enter_context(_among(stored)) for stored in costs}
        for number in range(rounds):
            for stored, app in apps.items():
                _make_due(app, count, number)
                before = cpu_s()
                leased = lease_due(app, now=app.clock())
                take_in(app, [NotModified(feed=feed) for feed in leased])
                costs[stored].append(cpu_s() - before)
    for stored, found in costs.items():
        yield figure(f"batch of 304s among {stored:,} feeds", median(found) * 1000, "CPU ms")
    ratio = median(costs[more]) / median(costs[fewer])
    yield figure(f"growth, {fewer:,} to {more:,} feeds", ratio, "x", at_most=GROWTH)


@contextmanager
def _among(count: int) -> Iterator[App]:
    """A database with `count` feeds, none of them due."""
    with folder() as home, opened(write_project(home, urls(1))) as app:
        specs = [FeedSpec(id=f"feed{n:05}", url=url) for n, url in enumerate(urls(count))]
        later = app.clock() + timedelta(days=1)
        with store.writing(app.engine, durable=False) as session:
            feeds.sync(session, specs, first_poll_at=lambda _: later, now=app.clock())
        yield app


def _make_due(app: App, count: int, number: int) -> None:
    """`count` feeds out of the middle of all of them, others each time."""
    with store.reading(app.engine) as session:
        every = feeds.active(session)
    start = number * count % len(every)
    chosen = (every[start:] + every[:start])[:count]
    with store.writing(app.engine, durable=False) as session:
        for feed in chosen:
            feeds.save(session, replace(feed, next_poll_at=app.clock()))


if __name__ == "__main__":
    command(__doc__, measure)
