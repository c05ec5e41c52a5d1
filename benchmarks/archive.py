"""What it costs to ask an archive: index, search and backtest.

    python -m benchmarks.archive [--json] [--full] [--tiny]

The archive is made of generated news, 50,000 items or, with --full, a million; with MONITOR_CORPUS
it is real news, each item many times with some words changed. Hits of the shipped seeds are stored
for the items that are repeated. Rules are asked that have few, some and many candidates.
"""

import gzip
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from time import perf_counter, process_time

from benchmarks import _feeds
from benchmarks._common import Figure, Size, command, figure, folder, say
from benchmarks._project import write_project
from monitor import observe, store
from monitor.app import App, open_app
from monitor.jobs.backtest import Backtest, backtest, chosen
from monitor.jobs.check import load
from monitor.jobs.indexing import build
from monitor.jobs.search import search as search_job
from monitor.jobs.sync import sync
from monitor.model import Hit, Item, Origin, Story
from monitor.store import archive, hits, items, search

BATCH = 5_000
FEED = "import-bench"
RULES = {
    "rare": '"black sea" NEAR/8 (grain OR corridor)',
    "some": "sanctions NEAR/6 (lift* OR eas*)",
    "wide": "(ceasefire OR talks OR peace) AND (ukraine OR russia)",
}
MOST_CANDIDATES = 50_000  #: below, an answer is to take five seconds


def measure(size: Size) -> Iterator[Figure]:
    """All figures."""
    observe.configure(form="text", level="error")  # what is printed is figures
    count = size.pick(300, 50_000, 1_000_000)
    with folder() as home:
        loaded = load(write_project(home, []), {})
        with open_app(loaded) as app:
            sync(app, now=_feeds.NEWEST)
            yield from _built(app, home, count, distinct=size.pick(100, 5_000, 10_000))
            now = _feeds.NEWEST + timedelta(minutes=1)
            for name, rule in RULES.items():
                yield from _searched(app, name, rule)
                asked = chosen(app.loaded.documents, rule=rule)
                yield from _tested(name, backtest(app, asked, now=now))
            first = app.loaded.documents[0].provisions[0].id
            one = chosen(app.loaded.documents, provision=first)
            yield from _tested("one provision", backtest(app, one, now=now))
            yield from _tested("all provisions", backtest(app, app.loaded.documents, now=now))


def _built(app: App, home: Path, count: int, distinct: int) -> Iterator[Figure]:
    """Fill the archive, then index it: so that the index can be told from the rest."""
    say(f"{count:,} items")
    news = list(islice(_news(), distinct))
    verdicts = [app.loaded.percolator.match(one, origin=Origin.IMPORT).hits for one in news]
    with store.writing(app.engine, durable=False) as session:
        archive.add_feeds(session, {FEED})
        story = Story(id="s", key="", first_seen=_feeds.NEWEST, last_seen=_feeds.NEWEST)
        archive.add_stories(session, [story], [])
    for start in range(0, count, BATCH):
        numbers = range(start, min(start + BATCH, count))
        made = [_varied(news[n % len(news)], n, count) for n in numbers]
        found = [
            replace(hit, item=item.id)
            for n, item in zip(numbers, made, strict=True)
            for hit in verdicts[n % len(news)]
        ]
        _store(app, made, found)
    bare = _size(home)
    began, indexed = process_time(), 0
    while True:
        with store.writing(app.engine, durable=False) as session:
            some = search.catch_up(session, limit=500)
        indexed += some
        if not some:
            break
    seconds = process_time() - began
    yield figure("items", indexed, "")
    yield figure("index: time", 1e6 * seconds / count, "µs of CPU an item")
    began = process_time()
    build(app)
    yield figure("index: stems", 1e6 * (process_time() - began) / count, "µs of CPU an item")
    yield figure("index: size", (_size(home) - bare) / count, "bytes an item")
    yield figure("archive: size without it", bare / count, "bytes an item")


def _store(app: App, made: list[Item], found: Iterable[Hit]) -> None:
    with store.writing(app.engine, durable=False) as session:
        items.add(session, [(item, "s") for item in made])
        hits.save(session, list(found), known=False, now=_feeds.NEWEST)


def _size(home: Path) -> int:
    return sum(path.stat().st_size for path in home.rglob("monitor.db*"))


def _searched(app: App, name: str, rule: str) -> Iterator[Figure]:
    began = perf_counter()
    found = search_job(app, rule)
    first = next(found, None)
    yield figure(f"search, {name}: first", perf_counter() - began, "s", at_most=1)
    if first:
        shown = len(list(islice(found, 19))) + 1
        yield figure(f"search, {name}: first {shown}", perf_counter() - began, "s")


def _tested(name: str, steps: Iterator[Backtest]) -> Iterator[Figure]:
    began = last = perf_counter()
    first, longest, found = 0.0, 0.0, None
    for found in steps:
        now = perf_counter()
        longest, last = max(longest, now - last), now
        if not first and any(one.hits for one in found.tested.values()):
            first = now - began
    assert found is not None
    seconds = perf_counter() - began
    bar = 5 if found.looked_at <= MOST_CANDIDATES else None
    total = sum(one.hits for one in found.tested.values())
    yield figure(f"backtest, {name}: candidates", found.looked_at, "")
    yield figure(f"backtest, {name}: hits", total, "")
    yield figure(f"backtest, {name}: first hit", first, "s", at_most=1)
    yield figure(f"backtest, {name}: all", seconds, "s", at_most=bar)
    yield figure(f"backtest, {name}: longest step", longest, "s", at_most=2)


# -- news ------------------------------------------------------------------------------------


def _news() -> Iterator[Item]:
    corpus = os.environ.get("MONITOR_CORPUS")
    if corpus:
        with gzip.open(Path(corpus) / "news" / "replay.jsonl.gz", "rt", encoding="utf-8") as file:
            # every ninth: from all months
            for line in islice(file, 0, None, 9):
                said = json.loads(line)
                yield _item(said["title"], said["summary"] or "", said["lang"] or "")
        return
    for number in range(1 << 30):
        random = Random(f"{_feeds.SEED}/{number}")
        yield _item(_feeds.title(random), " ".join(_feeds.sentence(random) for _ in range(3)), "en")


def _item(title: str, text: str, language: str) -> Item:
    return Item(
        id="i", feed=FEED, key="", title=title, text=text, language=language,
        first_seen=_feeds.NEWEST, archived=True,
    )  # fmt: skip


def _varied(item: Item, number: int, count: int) -> Item:
    """The same item as another outlet has it, at another time: a word or two are different."""
    random = Random(number)
    words = item.text.split()
    for _ in range(min(2, len(words))):
        words[random.randrange(len(words))] = f"{random.choice(words)[:4]}{random.randrange(900)}"
    at: datetime = _feeds.NEWEST - (count - number) * timedelta(seconds=60)
    return replace(item, id=f"{number}", key=f"{number}", text=" ".join(words), first_seen=at)


if __name__ == "__main__":
    command(__doc__, measure)
