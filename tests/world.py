"""A small world to run the monitor in: files, a real web server, a clock that we drive.

with a_world(tmp_path, server) as world:
    server.says("/wire", body=rss(entry("1", "Port strike begins")))
    world.poll()
    world.morning()          # the clock goes on to the next digest; sweep and deliver
"""

import asyncio
import atexit
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.sax.saxutils import escape

from monitor import service, store
from monitor.app import App, Loaded, open_app
from monitor.feeds.guarded import GuardedReader
from monitor.jobs.check import load
from monitor.jobs.deliver import deliver
from monitor.jobs.digest import sweep
from monitor.jobs.sync import sync
from monitor.model import Message

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)

SEED = """\
id: treaty
title: Harbour treaty
languages: [en]
provisions:
  - id: strikes
    title: No strikes in the port
    keywords: ['port strike*', 'dock walkout']
    exclude: ['wine']
  - id: storms
    title: The port closes in storms
    keywords: ['storm* NEAR/8 port']
"""
SUBSCRIBERS = """\
subscribers:
  - id: desk
    address: desk@example.org
    zone: UTC
    digests:
      - {id: daily, document: treaty, at: "07:00"}
"""
SETTINGS = """\
maintainer = "keeper@example.org"
[polling]
allow_networks = ["127.0.0.0/8"]
spacing = "0s"
per_site = 8
"""


@cache
def shared_reader() -> GuardedReader:
    """One parser process for all tests; starting one takes a second."""
    reader = GuardedReader()
    atexit.register(reader.close)
    return reader


@cache
def _empty_database() -> bytes:
    """A file with the newest schema and nothing in it; making one takes half a second."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        engine = store.open_engine(f"sqlite:///{path}")
        store.upgrade(engine)
        engine.dispose()
        return path.read_bytes()


def copy_empty_database(url: str) -> None:
    """So that nothing need be migrated at `url`; what is there already stays."""
    path = Path(url.removeprefix("sqlite:///"))
    if url.startswith("sqlite:///") and not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_empty_database())


class DrivenClock:
    """Time that passes when a test says so, or when somebody waits for a moment."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **how: float) -> datetime:
        self.now += timedelta(**how)
        return self.now

    async def wait(self, event: asyncio.Event, *, until: datetime | None) -> None:
        """What is under way on the loopback gets a moment; then it is `until`."""
        try:
            async with asyncio.timeout(None if until is None else 0.05):
                await event.wait()
        except TimeoutError:
            self.now = max(self.now, until or self.now)


def entry(guid: str, title: str, text: str = "", *, at: datetime | None = START, link: str = ""):
    """One RSS item; `at` None = undated, `guid` "" = none."""
    parts = [f"<title>{escape(title)}</title>", f"<description>{escape(text)}</description>"]
    parts.append(f"<link>{escape(link or f'https://wire.example/{guid}')}</link>")
    if guid:
        parts.append(f'<guid isPermaLink="false">{escape(guid)}</guid>')
    if at:
        parts.append(f"<pubDate>{format_datetime(at)}</pubDate>")
    return f"<item>{''.join(parts)}</item>"


def rss(*entries: str) -> bytes:
    """A feed of them, newest first."""
    head = "<title>Wire</title><link>https://wire.example/</link>"
    return f'<rss version="2.0"><channel>{head}{"".join(entries)}</channel></rss>'.encode()


def write_files(project: Path, feeds: dict[str, str], **others: str) -> Path:
    """A project's files; feeds: id -> URL. Returns its config folder."""
    config = project / "config"
    for folder in (config, project / "seeds"):
        folder.mkdir(parents=True, exist_ok=True)
    outlets = "".join(f"  - {{id: {id_}, name: The {id_.title()}}}\n" for id_ in feeds)
    lines = "".join(
        f'  - {{id: {id_}, outlet: {id_}, url: "{url}", language: en}}\n'
        for id_, url in feeds.items()
    )
    texts = {
        config / "feeds.yaml": f"outlets:\n{outlets}feeds:\n{lines}",
        config / "subscribers.yaml": others.get("subscribers", SUBSCRIBERS),
        config / "monitor.toml": others.get("settings", SETTINGS),
        project / "seeds" / "treaty.yaml": others.get("seed", SEED),
    }
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")
    return config


@dataclass
class World:
    """The monitor with everything around it."""

    app: App
    clock: DrivenClock
    sent: list[Message] = field(default_factory=list)

    def poll(self, *, every: bool = True) -> service.Polled:
        """One round: by default of every feed, as if it were due."""
        return service.poll_alone(self.app, every=every)

    def morning(self) -> list[Message]:
        """Go on to the next 07:00, make digests, deliver; what was sent by that."""
        start, before = self.clock.now, len(self.sent)
        self.clock.now = start.replace(hour=7, minute=0, second=0, microsecond=0)
        if self.clock.now <= start:
            self.clock.pass_(days=1)
        self.tell()
        return self.sent[before:]

    def tell(self) -> None:
        """What the scheduler does: sweep, then deliver."""
        sweep(self.app, now=self.clock.now)
        deliver(self.app, now=self.clock.now)

    def rows(self, query: str) -> list[tuple]:
        """Whatever is stored, by plain SQL."""
        with self.app.engine.connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(query)]


@contextmanager
def a_world(
    project: Path,
    feeds: dict[str, str],
    *,
    send: Callable[[Message], None] | None = None,
    clock: DrivenClock | None = None,
    **files: str,
) -> Iterator[World]:
    """The monitor over `feeds` (id -> URL), its files applied at `clock`'s time."""
    loaded: Loaded = load(write_files(project, feeds, **files), {})
    copy_empty_database(loaded.config.database)
    clock, sent = clock or DrivenClock(), []
    with open_app(
        loaded, clock=clock, send=send or sent.append, reader=shared_reader(), rng=lambda: 0.5
    ) as app:
        sync(app, now=clock.now)
        yield World(app, clock, sent)


def everything(world: World) -> dict[str, list[tuple]]:
    """Items, hits with evidence, events and entries: what must come out the same, always."""
    return {
        # which feed answers first decides the name of a story, never who shares it
        "items": world.rows(
            "SELECT id, title, text, rev, archived,"
            " (SELECT min(id) FROM item same WHERE same.story = item.story) FROM item ORDER BY id"
        ),
        "hits": world.rows(
            "SELECT provision, item, item_rev, rules_version, origin, state, score, evidence"
            " FROM hit ORDER BY provision, item"
        ),
        "events": world.rows(
            "SELECT provision, item, item_rev, change, announce FROM hit_event"
            " ORDER BY provision, item, item_rev, change"
        ),
        "told": world.rows(
            "SELECT e.subscription, h.provision, h.item, h.change FROM digest_entry e"
            " JOIN hit_event h ON h.number = e.event ORDER BY 1, 2, 3, 4"
        ),
    }
