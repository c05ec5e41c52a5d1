"""Import an archive: old news, kept and matched as if the monitor had been there, never announced.

    archivefile: every line read and judged once, put in order of `seen`
    -> batches -> gather -> decide (pure) -> apply, one transaction each

An item is known again by its canonical URL, without one by source,
title and date; so the same file can be imported again, after a crash or a correction, and adds what
is missing. Nothing that an import does is ever put in a digest, an alert or the outbox.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from monitor import store
from monitor.app import App
from monitor.feeds.outlets import Outlets
from monitor.feeds.urls import site
from monitor.jobs import wordtables
from monitor.jobs.archivefile import BadLine, Line, batches, item_of, list_lines, opened
from monitor.jobs.sync import sync
from monitor.jobs.wordtables import Words, table_of
from monitor.matching import Percolator
from monitor.model import Change, Drop, HitEvent, Item, Origin, Outlet, Story
from monitor.store import archive, feeds, search, stories
from monitor.store.archive import Dated, Known
from monitor.stories import WINDOW, assign, key

BATCH = 500  #: items in one transaction: a tenth of a second of writing


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
        for lines in batches(file, listed.offsets, size=BATCH, now=now):
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
        events=tuple(HitEvent.of(dated.hit, Change.FOUND, at=dated.at) for dated in hits),
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
