"""Import an archive: old news, kept and matched as if the monitor had been there, never announced.

    list_lines: every line read and judged once, put in order of `seen`
    -> batches -> gather -> decide (pure) -> apply, one transaction each

An archive is a file of JSON lines (also gzipped): title, and as far as known url, summary,
published, source, lang, seen. An item is known again by its canonical URL, without one by source,
title and date; so the same file can be imported again, after a crash or a correction, and adds what
is missing. Nothing that an import does is ever put in a digest, an alert or the outbox.
"""

import gzip
import json
import re
import shutil
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from errno import EIO
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any
from unicodedata import normalize

from monitor import store
from monitor.app import App
from monitor.feeds.normalise import KEY_CHARACTERS, EntrySource, item_id, sane
from monitor.feeds.outlets import Outlets
from monitor.feeds.urls import canonical, site
from monitor.jobs import wordtables
from monitor.jobs.sync import sync
from monitor.jobs.wordtables import Words, table_of
from monitor.matching import Percolator
from monitor.model import Change, Drop, Hit, HitEvent, Item, Origin, Outlet, Story
from monitor.store import archive, feeds, search, stories
from monitor.store.archive import Dated, Known
from monitor.stories import WINDOW, assign, key
from monitor.text import plain, squeeze

BATCH = 500  #: items in one transaction: a tenth of a second of writing
_NAMES = ("url", "title", "summary", "published", "source", "lang", "seen")
_LANGUAGE = re.compile(r"([a-z]{2})(?:[-_].*)?")
_NOT_IN_IDS = re.compile(r"[\W_]+")


# -- lines -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of an archive, understood."""

    title: str  #: plain text
    url: str = ""  #: as it came
    summary: str = ""  #: as it came
    source: str = ""  #: plain text
    language: str = ""
    published: datetime | None = None
    first_seen: datetime
    day: date | None = None  #: the line's own, however odd; nothing of it depends on today


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that was not taken, and what to write instead."""

    number: int  #: 1-based
    reason: str


@dataclass(frozen=True, slots=True)
class Lines:
    """Where the good lines of a file begin, in order of `seen`, and what is wrong with others."""

    offsets: tuple[int, ...]
    bad: tuple[BadLine, ...]


def read_line(raw: bytes, *, now: datetime) -> Line:
    """Understand one line.

    Raises:
        ValueError: it says what is wrong, and what to write instead.
    """
    said = _fields(raw)
    title = plain(said["title"])
    if not title:
        raise ValueError("title is missing")
    seen = _moment(said, "seen")
    if seen and (sane(seen, now=now) is None or seen > now):
        raise ValueError(f"seen: {said['seen']!r} is no moment of the past")
    said_published = _moment(said, "published")
    published = sane(said_published, now=seen or now)
    dated = said_published or seen
    language = _LANGUAGE.fullmatch(said["lang"].strip().lower())
    return Line(
        title=title,
        url=said["url"],
        summary=said["summary"],
        source=plain(said["source"]),
        language=language[1] if language else "",
        published=published,
        first_seen=seen or min(published or now, now),
        day=dated.date() if dated else None,
    )


def _fields(raw: bytes) -> dict[str, str]:
    try:
        said = json.loads(raw)
    except (ValueError, RecursionError) as e:
        raise ValueError(f"not JSON: {e}") from None
    if not isinstance(said, dict):
        raise ValueError('not an object; write {"title": "...", "url": "..."}')
    found = {name: said.get(name) for name in _NAMES}
    for name, value in found.items():
        if not isinstance(value, str | None):
            raise ValueError(f'{name} must be a text; write it as "{name}": "..."')
    return {name: value or "" for name, value in found.items()}


def _moment(said: Mapping[str, str], name: str) -> datetime | None:
    if not (written := said[name].strip()):
        return None
    try:
        at = datetime.fromisoformat(written)
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise ValueError(
            f"{name}: {written!r} is no date; write it as 2025-11-24T07:00:00Z"
        ) from None


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """`path` to read from any place; what is gzipped is unpacked into a temporary file.

    Raises:
        OSError: it cannot be read, or its end is missing.
    """
    with ExitStack() as stack:
        file: IO[bytes] = stack.enter_context(path.open("rb"))
        if file.read(2) == b"\x1f\x8b":
            file.seek(0)
            unpacked = stack.enter_context(TemporaryFile())
            _unpack(file, unpacked, path)
            file = unpacked
        file.seek(0)
        yield file


def _unpack(file: IO[bytes], target: IO[bytes], path: Path) -> None:
    try:
        with gzip.open(file) as packed:
            shutil.copyfileobj(packed, target)
    except (EOFError, zlib.error):
        raise OSError(EIO, "damaged, or its end is missing", str(path)) from None


def list_lines(file: IO[bytes], *, now: datetime) -> Lines:
    """Judge every line, and put the good ones in order of `seen`.

    Items get their numbers, and stories their first item, in the order of the news, whatever the
    order of the file. Only places are kept in memory.
    """
    good: list[tuple[float, int]] = []
    bad = []
    offset = 0
    for number, raw in enumerate(file, start=1):
        if raw.strip():
            try:
                good.append((read_line(raw, now=now).first_seen.timestamp(), offset))
            except ValueError as e:
                bad.append(BadLine(number, str(e)))
        offset += len(raw)
    return Lines(tuple(offset for _, offset in sorted(good)), tuple(bad))


def _batches(file: IO[bytes], offsets: Iterable[int], *, now: datetime) -> Iterator[list[Line]]:
    places = iter(offsets)
    while some := list(islice(places, BATCH)):
        batch = []
        for offset in some:
            file.seek(offset)
            batch.append(read_line(file.readline(), now=now))
        yield batch


# -- items -----------------------------------------------------------------------------------


def feed_of(source: str, url: str) -> str:
    """The id of the never-polled feed that an item belongs to: one for each source.

    It depends on nothing but the line: with the outlet in it, an alias that a person adds would
    make the same archive look new.
    """
    name = normalize("NFKC", source).casefold() or site(url)
    return f"import-{_NOT_IN_IDS.sub('-', name).strip('-')[:60] or 'unnamed'}"


def item_of(line: Line, outlets: Outlets) -> tuple[Item, Outlet]:
    """The item that a line comes to, and whose it is."""
    url = canonical(squeeze(line.url))
    feed, identity = feed_of(line.source, url), url or f"{line.title}|{line.day or ''}"
    if len(identity) > KEY_CHARACTERS:  # an index has limits
        identity = f"{identity[: KEY_CHARACTERS - 40]}#{item_id('', identity)}"
    outlet = outlets.of(EntrySource(line.source) if line.source else None, url)
    item = Item(
        id=item_id(feed, identity),
        feed=feed,
        key=identity,
        url=url,
        outlet=outlet.id,
        language=line.language,
        title=line.title,
        text=plain(line.summary),
        published=line.published,
        first_seen=line.first_seen,
        archived=True,
    )
    return item, outlet


# -- gather, decide, apply -------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Everything that one batch writes, and what it leaves out."""

    outlets: tuple[Outlet, ...] = ()  #: that no file names
    feeds: frozenset[str] = frozenset()
    new_stories: tuple[Story, ...] = ()
    moved_stories: tuple[Story, ...] = ()
    items: tuple[tuple[Item, str], ...] = ()  #: (item, story)
    hits: tuple[Dated, ...] = ()
    events: tuple[HitEvent, ...] = ()
    drops: tuple[tuple[datetime, Drop], ...] = ()
    repeated: int = 0  #: stored by an import already, or earlier in this batch
    polled: int = 0  #: stored from a polled feed already


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import came to, so far."""

    lines: int = 0  #: that could be read
    done: int = 0  #: of them
    items: int = 0  #: added
    repeated: int = 0
    polled: int = 0
    hits: Counter[str] = field(default_factory=Counter)  #: by provision key
    held_back: int = 0  #: by an exclude
    bad: tuple[BadLine, ...] = ()

    def with_(self, batch: Batch, lines: int) -> "Imported":
        """The same, and `batch` of so many lines."""
        return replace(
            self,
            done=self.done + lines,
            items=self.items + len(batch.items),
            repeated=self.repeated + batch.repeated,
            polled=self.polled + batch.polled,
            hits=self.hits + Counter(one.hit.provision for one in batch.hits),
            held_back=self.held_back + len(batch.drops),
        )

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "lines": self.lines,
            "items": self.items,
            "repeated": self.repeated,
            "polled": self.polled,
            "hits": self.hits.total(),
            "hits_by_provision": dict(sorted(self.hits.items())),
            "held_back": self.held_back,
            "bad": [{"line": bad.number, "reason": bad.reason} for bad in self.bad],
        }


def import_archive(
    app: App,
    path: Path,
    *,
    holder: str,
    progress: Callable[[Imported], None] = lambda _: None,
) -> Imported:
    """Store and match what `path` holds; `progress` hears of every batch.

    holder: who we are, for those who find the service lock taken.

    Raises:
        Locked: a service works on this database.
        OSError: the file cannot be read; nothing was stored.
    """
    with store.service_lock(app.engine, holder=holder), opened(path) as file:
        now = app.clock()
        listed = list_lines(file, now=now)
        sync(app, now=now)
        wordtables.write_today(app, now=now)
        result = Imported(lines=len(listed.offsets), bad=listed.bad)
        outlets = _outlets(app)
        progress(result)
        for lines in _batches(file, listed.offsets, now=now):
            result = result.with_(_import(app, lines, outlets), len(lines))
            progress(result)
    return result


def _import(app: App, lines: Sequence[Line], outlets: Outlets) -> Batch:
    drafts = [item_of(line, outlets) for line in lines]
    found = [item for item, _ in drafts]
    keys = {key(item.title) for item in found} - {""}
    earliest = min(item.published or item.first_seen for item in found)
    with store.reading(app.engine) as session:
        known = archive.known(session, {i.id for i in found}, {i.url for i in found} - {""})
        candidates = stories.candidates(session, keys, since=earliest - WINDOW)
        words = wordtables.of_items(app, session, found)
    batch = decide(drafts, known, candidates, app.loaded.percolator, words)
    # what a power cut undoes is imported again with the file
    with store.writing(app.engine, durable=False) as session:
        apply(session, batch)
    return batch


def decide(
    drafts: Sequence[tuple[Item, Outlet]],
    known: Known,
    candidates: Sequence[Story],
    percolator: Percolator,
    words: Words,
) -> Batch:
    """What one batch of items, with their outlets, means. Pure.

    candidates: stored stories under the keys of the items.
    words: the tables that the items are scored with.
    """
    new, polled = _unknown(drafts, known)
    assigned = assign(new, candidates)
    stored = {story.id for story in candidates}
    ids = {item.id for item in new}
    named = {outlet.id: outlet for item, outlet in drafts if item.id in ids}
    hits, drops = _matched(new, percolator, words)
    return Batch(
        outlets=tuple(outlet for outlet in named.values() if not outlet.verified),
        feeds=frozenset(item.feed for item in new),
        new_stories=tuple(s for s in assigned.stories if s.id not in stored),
        moved_stories=tuple(s for s in assigned.stories if s.id in stored),
        items=tuple((item, assigned.story_of[item.id]) for item in new),
        hits=tuple(hits),
        events=tuple(_event(dated.hit, dated.at) for dated in hits),
        drops=tuple(drops),
        repeated=len(drafts) - len(new) - polled,
        polled=polled,
    )


def apply(session: store.Session, batch: Batch) -> None:
    """Write `batch`."""
    feeds.add_outlets(session, batch.outlets)
    archive.add_feeds(session, batch.feeds)
    archive.add_stories(session, batch.new_stories, batch.moved_stories)
    archive.add_items(session, batch.items)
    archive.add_hits(session, batch.hits, batch.events)
    archive.add_drops(session, batch.drops)
    search.catch_up(session, limit=2 * BATCH)


def _outlets(app: App) -> Outlets:
    with store.reading(app.engine) as session:
        sites = {site(f.url): f.spec.outlet for f in feeds.active(session) if f.spec.outlet}
        return Outlets(feeds.outlets(session).values(), sites)


def _unknown(drafts: Sequence[tuple[Item, Outlet]], known: Known) -> tuple[list[Item], int]:
    """The items that are not stored, each once; and how many a polled feed has brought."""
    new: dict[str, Item] = {}
    polled = 0
    for item, _ in drafts:
        if item.url and item.url in known.polled:
            polled += 1
        elif item.id not in known.ids and item.url not in known.imported:
            new.setdefault(item.url or item.id, item)
    return list(new.values()), polled


def _matched(
    new: Iterable[Item], percolator: Percolator, words: Words
) -> tuple[list[Dated], list[tuple[datetime, Drop]]]:
    hits, drops = [], []
    for item in new:
        verdict = percolator.match(item, origin=Origin.IMPORT, words=table_of(words, item))
        hits += [Dated(hit=hit, at=item.first_seen) for hit in verdict.hits]
        drops += [
            (
                item.first_seen,
                Drop(
                    reason="excluded",
                    feed=item.feed,
                    item=item.id,
                    provision=held.provision,
                    detail=held.rule,
                ),
            )
            for held in verdict.held_back
        ]
    return hits, drops


def _event(hit: Hit, at: datetime) -> HitEvent:
    return HitEvent(
        provision=hit.provision,
        item=hit.item,
        item_rev=hit.item_rev,
        change=Change.FOUND,
        at=at,
        announce=False,
    )
