"""A fortnight of real news through the whole service, under a clock of our own.

    MONITOR_CORPUS=... python -m benchmarks.fortnight [--full] [--days N] [--feeds N] [--keep DIR]

The items of news/replay.jsonl.gz are published at their moment by their source, as RSS feeds on a
server on this machine; the shipped seeds watch them, polled hourly; digests go into files. What is
measured is what a service that runs for long must keep still: memory, open files, bytes stored an
item, lines logged. Without the corpus there is nothing to replay, and that is said.
"""

import argparse
import asyncio
import gzip
import io
import json
import os
import resource
import shutil
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from time import perf_counter
from typing import Any
from xml.sax.saxutils import escape

from monitor import observe, service, shipped, store
from monitor.app import App, open_app
from monitor.jobs.check import load
from monitor.jobs.deliver import deliver
from monitor.jobs.digest import sweep
from monitor.jobs.fetching import FetchLoop
from monitor.jobs.poll import lease_due
from monitor.jobs.sync import sync
from monitor.store import feeds

START = datetime(2025, 11, 17, tzinfo=UTC)
SHOWN = 30  #: items that a feed shows at a time
SETTINGS = """\
[polling]
allow_networks = ["127.0.0.0/8"]
spacing = "0s"
per_site = 16
[log]
format = "json"
"""
SUBSCRIBERS = """\
subscribers:
  - id: desk
    address: desk@example.org
    zone: Europe/Berlin
    digests:
      - {id: daily, document: us-28-point-plan, at: "07:00"}
"""


@dataclass
class Clock:
    """Time that the replay sets."""

    now: datetime = START

    def __call__(self) -> datetime:
        """Now, in UTC."""
        return self.now

    async def wait(self, event: asyncio.Event, *, until: datetime | None) -> None:
        """Nobody waits for a time here."""
        if until is None:
            await event.wait()
        else:
            await asyncio.sleep(0)


@dataclass
class Press:
    """What each source has published so far, as a feed."""

    items: dict[str, list[dict[str, Any]]]
    now: datetime = START
    bodies: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    shown: Counter[str] = field(default_factory=Counter)

    def publish(self, now: datetime) -> None:
        """Everything that was seen by `now`."""
        until = now.isoformat().replace("+00:00", "Z")
        for name, items in self.items.items():
            count = self.shown[name]
            while count < len(items) and items[count]["seen"] <= until:
                count += 1
            if count != self.shown[name] or name not in self.bodies:
                self.shown[name] = count
                body = _rss(name, items[max(0, count - SHOWN) : count][::-1])
                self.bodies[name] = (f'"{sha256(body).hexdigest()[:16]}"', body)


def _rss(name: str, items: list[dict[str, Any]]) -> bytes:
    entries = "".join(_entry(item) for item in items)
    head = f"<title>{escape(name)}</title><link>https://example.org/</link>"
    return f'<rss version="2.0"><channel>{head}{entries}</channel></rss>'.encode()


def _entry(item: dict[str, Any]) -> str:
    at = datetime.fromisoformat(item["published"]) if item.get("published") else None
    date = f"<pubDate>{format_datetime(at)}</pubDate>" if at else ""
    link = escape(item["url"])
    return (
        f"<item><guid>{link}</guid><link>{link}</link><title>{escape(item['title'])}</title>"
        f"<description>{escape(item['summary'])}</description>{date}</item>"
    )


@contextmanager
def served(press: Press) -> Iterator[str]:
    """`press` on a loopback port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            etag, body = press.bodies[self.path[1:]]
            known = self.headers.get("If-None-Match") == etag
            self.send_response(304 if known else 200)
            self.send_header("ETag", etag)
            self.send_header("Content-Length", "0" if known else str(len(body)))
            self.end_headers()
            if not known:
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def replayed(corpus: Path, *, days: int, count: int) -> dict[str, list[dict[str, Any]]]:
    """The items of the busiest sources within the time, by the id of a feed."""
    by_source: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    first = START.isoformat().replace("+00:00", "Z")
    last = (START + timedelta(days=days)).isoformat().replace("+00:00", "Z")
    with gzip.open(corpus / "news" / "replay.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            item = json.loads(line)
            if first <= item["seen"] < last:
                by_source[item["source"]].append(item)
    busiest = sorted(by_source.items(), key=lambda pair: (-len(pair[1]), pair[0]))[:count]
    return {
        f"feed{n:03}": sorted(items, key=lambda i: str(i["seen"]))
        for n, (_, items) in enumerate(busiest)
    }


def write_project(project: Path, base: str, names: dict[str, list[dict[str, Any]]]) -> None:
    """Configuration over the served feeds, with the shipped seeds."""
    config = project / "config"
    config.mkdir(parents=True)
    shutil.copytree(shipped.SEEDS, project / "seeds")
    (config / "monitor.toml").write_text(SETTINGS, encoding="utf-8")
    (config / "subscribers.yaml").write_text(SUBSCRIBERS, encoding="utf-8")
    named = {id_: json.dumps(f"{items[0]['source']} {id_}") for id_, items in names.items()}
    outlets = "".join(f"  - {{id: {id_}, name: {name}}}\n" for id_, name in named.items())
    lines = "".join(f"  - {{id: {id_}, outlet: {id_}, url: '{base}/{id_}'}}\n" for id_ in names)
    (config / "feeds.yaml").write_text(f"outlets:\n{outlets}feeds:\n{lines}", encoding="utf-8")


async def settled(app: App, fetching: FetchLoop) -> None:
    """Wait until everything offered is fetched and taken in: no lease is left."""
    while True:
        await asyncio.sleep(0.02)
        if fetching.in_hand == 0 and await asyncio.to_thread(leases, app) == 0:
            return


def leases(app: App) -> int:
    """How many feeds are being polled."""
    with app.engine.connect() as connection:
        query = "SELECT count(*) FROM feed WHERE leased_until IS NOT NULL"
        return int(connection.exec_driver_sql(query).scalar_one())


def resident_kib() -> int:
    """Memory of this process, now."""
    with open("/proc/self/status", encoding="ascii") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


async def live(app: App, clock: Clock, press: Press, *, days: int) -> list[tuple[int, int]]:
    """Hour after hour; (resident KiB, open files) at the end of each day."""
    still: list[tuple[int, int]] = []
    async with service.polling(app) as fetching:
        for hour in range(days * 24):
            clock.now = START + timedelta(hours=hour, minutes=5)
            press.publish(clock.now)
            fetching.offer(await asyncio.to_thread(lease_due, app, now=clock.now))
            await settled(app, fetching)
            sweep(app, now=clock.now)
            deliver(app, now=clock.now)
            if hour % 24 == 23:
                still.append((resident_kib(), len(os.listdir("/proc/self/fd"))))
        fetching.close()
    return still


def measured(project: Path, *, days: int, count: int, corpus: Path) -> list[dict[str, Any]]:
    """Run it, and say what stood still and what grew."""
    names = replayed(corpus, days=days, count=count)
    press, clock, logged = Press(names), Clock(), io.StringIO()
    press.publish(START)
    began = perf_counter()
    with served(press) as base, redirect_stderr(logged):
        write_project(project, base, names)
        observe.configure(form="json", level="info")
        with open_app(load(project / "config", {}), clock=clock) as app:
            sync(app, now=clock.now)
            with store.writing(app.engine) as session:
                feeds.make_new_due(session, now=clock.now)
            still = asyncio.run(live(app, clock, press, days=days))
            rows = counted(app)
    size = sum(f.stat().st_size for f in (project / "data").glob("monitor.db*"))
    mails = len(list((project / "data" / "mail").glob("*.eml")))
    early, late = still[min(3, len(still) - 1)], still[-1]
    lines = logged.getvalue().count("\n")
    return [
        figure("wall time", perf_counter() - began, "s"),
        figure("feeds", len(names), ""),
        figure("polls", rows["ledger"], ""),
        figure("items", rows["item"], ""),
        figure("hits", rows["hit"], ""),
        figure("mails", mails, "", bar=days),
        figure("memory at the end", late[0] / 1024, "MiB", bar=250),
        figure("memory, end to day 4", late[0] / early[0], "x", bar=1.3),
        figure("open files, end to day 4", late[1] / early[1], "x", bar=1.1),
        figure("stored an item", size / max(rows["item"], 1), "bytes"),
        figure("logged a day", len(logged.getvalue()) / days / 1024, "KiB"),
        figure("lines logged a poll", lines / max(rows["ledger"], 1), ""),
        figure("peak memory", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MiB"),
    ]


def counted(app: App) -> dict[str, int]:
    """Rows by table."""
    with app.engine.connect() as connection:
        return {
            table: int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())
            for table in ("item", "hit", "ledger")
        }


def figure(name: str, value: float, unit: str, *, bar: float | None = None) -> dict[str, Any]:
    """One figure; it may be at most its bar."""
    holds = None if bar is None else value <= bar
    return {"name": name, "value": round(value, 3), "unit": unit, "bar": bar, "holds": holds}


def main() -> None:
    """Measure, print, and fail when a bar does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--full", action="store_true", help="fourteen days of eighty feeds")
    parser.add_argument("--tiny", action="store_true", help="a day of four feeds")
    parser.add_argument("--days", type=int)
    parser.add_argument("--feeds", type=int)
    parser.add_argument("--keep", type=Path, help="a new folder for database and mails")
    chosen = parser.parse_args()
    days, count = (14, 80) if chosen.full else (1, 4) if chosen.tiny else (2, 40)
    corpus = os.environ.get("MONITOR_CORPUS")
    if not corpus:
        found = [figure("no corpus: set MONITOR_CORPUS", 0, "")]
    else:
        project = chosen.keep or Path(tempfile.mkdtemp(prefix="fortnight-"))
        days, count = chosen.days or days, chosen.feeds or count
        found = measured(project, days=days, count=count, corpus=Path(corpus))
        if not chosen.keep:
            shutil.rmtree(project)
    if chosen.json:
        print(json.dumps(found, indent=1))
    else:
        for one in found:
            mark = {True: "holds", False: "DOES NOT HOLD", None: ""}[one["holds"]]
            print(f"{one['name']:30}{one['value']:>14} {one['unit']:8}{mark}")
    sys.exit(any(one["holds"] is False for one in found))


if __name__ == "__main__":
    main()
