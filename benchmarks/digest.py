"""What a digest costs: one over very many hits, and those of very many subscriptions.

    python -m benchmarks.digest [--json] [--full] [--tiny]

The items say what the examples of the shipped seeds say, so that rules find them, with evidence, as
in life; one in ten says what another says. Making (run and entries), composing, rendering and
queueing are one call, as in the service, in a process of its own, whose memory is counted. The bars
are meant for 100,000 hits and 1,000 subscriptions; what fewer miss already, those will not hold.
"""

import json
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from statistics import median
from time import process_time

from benchmarks import _feeds
from benchmarks._common import ROOT, Figure, Size, command, cost, figure, folder, peak_mb, say
from benchmarks._project import NOW, Clock, opened, rows, write_project
from monitor import shipped, store
from monitor.app import App
from monitor.documents import load_all
from monitor.jobs.digest import sweep
from monitor.model import Change, Hit, HitEvent, Item, Origin
from monitor.store import archive, hits
from monitor.stories import assign

OUTLETS = 40
A_DAY = 1_000  #: hits that the many subscriptions share
BAR_HITS, BAR_READERS = 100_000, 1_000  #: what the bars are for
ONE_S, ONE_MB = 2.0, 200.0
EACH_MS = 60.0  #: a minute for all
LATER = timedelta(days=1)  #: when the digest after these hits is due
CHUNK = 2_000
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Tokyo", "UTC")


def measure(size: Size) -> Iterator[Figure]:
    """All figures; about three minutes."""
    found = size.pick(20, 10_000, 100_000)
    with folder() as home:
        say(f"storing {found:,} hits")
        config = write_project(home, _urls(), subscribers=_subscribers(1))
        one = _medians(_stored(home, config, found), rounds=size.pick(1, 3, 3))
    yield figure("hits", one["hits"], "")
    whole = found >= BAR_HITS  # fewer prove nothing
    yield figure("one digest", one["cpu_s"], "CPU s", at_most=ONE_S if whole else None)
    most = one["memory"]
    yield figure("one digest: most memory", most, "MB", at_most=ONE_MB if whole else None)
    yield figure("one digest: memory before", one["before"], "MB")
    yield figure("one digest: mail, text and HTML", one["mail"] / 1000, "KB")
    readers = size.pick(3, 100, 1_000)
    with folder() as home:
        say(f"{readers:,} subscriptions")
        config = write_project(home, _urls(), subscribers=_subscribers(readers))
        hits_a_day = size.pick(20, A_DAY, A_DAY)
        many = _medians(_stored(home, config, hits_a_day), rounds=size.pick(1, 3, 3))
    yield figure("subscriptions", readers, "")
    yield figure("mails", many["mails"], "", at_least=readers)
    yield figure("all digests", many["cpu_s"], "CPU s")
    each = many["cpu_s"] / readers * 1000
    judged = EACH_MS if readers >= BAR_READERS else None
    yield figure("all digests, each", each, "CPU ms", at_most=judged)
    yield figure("all digests: most memory", many["memory"], "MB")


def _urls() -> list[str]:
    return [f"https://news{n}.example/feed" for n in range(OUTLETS)]


def _subscribers(count: int) -> str:
    """So many readers, no two of whom have the same provisions while there are enough sets."""
    (document,) = load_all(shipped.SEEDS)
    ids = [p.id for p in document.provisions]
    lines = ["subscribers:"]
    for n in range(count):
        # the first reads all; the bits of n + 1 say what others leave out
        wanted = [id_ for bit, id_ in enumerate(ids) if not n >> bit & 1] or ids[:1]
        digest = f"id: d, document: {document.id}, at: '07:00', provisions: [{', '.join(wanted)}]"
        lines.append(f"  - id: r{n}\n    address: r{n}@example.org\n    zone: {ZONES[n % 4]}")
        lines.append(f"    digests:\n      - {{{digest}}}")
    return "\n".join([*lines, ""])


# -- the measured process ----------------------------------------------------------------------


def _medians(prepared: Path, *, rounds: int) -> dict[str, float]:
    """Each round works on a copy of the database."""
    found = []
    for _ in range(rounds):
        done = cost([sys.executable, "-m", "benchmarks.digest", "--sweep", prepared])
        found.append(json.loads(done.out))
    return {name: median(one[name] for one in found) for name in found[0]}


def swept(project: Path) -> dict[str, float]:
    """Make and queue what is due, in this process; nothing of it stays."""
    with opened(project / "config", clock=Clock(NOW + LATER)) as app:
        before, memory = process_time(), peak_mb()
        sweep(app, now=app.clock())
        took = process_time() - before
        mails = rows(app, "SELECT length(html) + length(text) FROM outbox")
        result = {
            "cpu_s": took,
            "before": memory,
            "memory": peak_mb(),
            "mails": len(mails),
            "mail": max((float(str(size)) for (size,) in mails), default=0),
            "hits": float(str(rows(app, "SELECT count(*) FROM digest_entry")[0][0])),
        }
        _undo(app)
        return result


def _undo(app: App) -> None:
    with app.engine.begin() as connection:
        for table in ("digest_entry", "outbox", "digest_run"):
            connection.exec_driver_sql(f"DELETE FROM {table}")


# -- what was found ----------------------------------------------------------------------------


def _stored(project: Path, config: Path, wanted: int) -> Path:
    """Store items of the last hours until they have `wanted` hits."""
    with opened(config) as app:
        found = 0
        for start in range(0, sys.maxsize, CHUNK):
            if found >= wanted:
                break
            found += _store(app, start, min(CHUNK, wanted - found))
    return project


def _store(app: App, start: int, count: int) -> int:
    items = [_item(number) for number in range(start, start + count)]
    found: list[Hit] = []
    for item in items:
        found += app.loaded.percolator.match(item, origin=Origin.STREAM).hits
    found = found[:count]
    hit = {h.item for h in found}
    kept = [item for item in items if item.id in hit]
    joined = assign(kept, ())
    events = [
        HitEvent(
            provision=h.provision,
            item=h.item,
            item_rev=1,
            change=Change.FOUND,
            at=NOW,
            announce=True,
        )
        for h in found
    ]
    with store.writing(app.engine, durable=False) as session:
        archive.add_stories(session, joined.stories, ())
        archive.add_items(session, [(item, joined.story_of[item.id]) for item in kept])
        hits.save(session, found, known=False, now=NOW)
        hits.record(session, events)
    return len(found)


def _item(number: int) -> Item:
    """One in ten says what the one before said."""
    random = Random(f"{_feeds.SEED}/{number - (number % 10 == 9)}")
    about = random.choice(_feeds.headlines())
    feed = f"feed{number % OUTLETS:05}"
    return Item(
        id=f"{number:016x}",
        feed=feed,
        key=str(number),
        url=f"https://news{number % OUTLETS}.example/{number}",
        outlet=feed,
        language="en",
        title=f"{about}: {' '.join(_feeds.some(random, 4))}",
        text=" ".join(_feeds.sentence(random) for _ in range(4)),
        published=NOW - timedelta(seconds=number % 3_600),
        first_seen=NOW,
        content_hash=str(number),
    )


if __name__ == "__main__":
    if "--sweep" in sys.argv:
        print(json.dumps(swept(ROOT / sys.argv[-1])))
    else:
        command(__doc__, measure)
