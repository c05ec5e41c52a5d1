"""New and changed rules go through the archive: what they would have found becomes a hit.

    begin, after the new rules are in force -> pages of items: gather -> decide (pure) -> apply

`begin` notes the newest item under the write lock, when no batch can be written any more that the
old rules matched (jobs.poll does such a batch again): every item is seen by the new rules, in the
stream or here. How far we are is written with each page, in one short transaction; whatever stops
us, the next call goes on. Nothing of it is announced unless a person asks.

A hit that both rules find stays as it was, with the version that found it. One that the new rules
do not find is withdrawn, and comes back if they find it again.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from monitor import store
from monitor.app import App
from monitor.jobs import wordtables
from monitor.jobs.backtest import node_of
from monitor.jobs.wordtables import Words, table_of
from monitor.matching import Percolator
from monitor.matching.indexing import Query, asked
from monitor.model import Change, Document, Hit, HitEvent, HitState, Item, Origin
from monitor.store import archive, backfills, hits, search
from monitor.store.archive import Dated
from monitor.store.backfills import Backfill

log = structlog.get_logger()

PAGE = 100  #: items in one transaction
_SPAN = 50_000  #: numbers for which the index is asked at once
WHY = "the rules changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Everything that one page writes."""

    found: tuple[Dated, ...] = ()
    changed: tuple[Hit, ...] = ()  #: withdrawn or restored; they replace the stored ones
    events: tuple[HitEvent, ...] = ()

    def of(self, revisions: Mapping[str, int], read: Mapping[str, int]) -> "Page":
        """Without the items that were revised since they were read: those were matched anew."""
        same = {id_ for id_, rev in read.items() if revisions.get(id_) == rev}
        return Page(
            found=tuple(one for one in self.found if one.hit.item in same),
            changed=tuple(hit for hit in self.changed if hit.item in same),
            events=tuple(event for event in self.events if event.item in same),
        )

    def count(self, change: Change) -> Counter[str]:
        """How many events of that kind, by provision."""
        return Counter(event.provision for event in self.events if event.change is change)


def begin(app: App, *, now: datetime) -> list[str]:
    """Let new and changed rules begin; call it once they are in force. The provisions."""
    with store.writing(app.engine) as session:
        return backfills.begin(session, app.loaded.percolator.versions, now=now)


def past(app: App, provisions: Sequence[str] = ()) -> list[Backfill]:
    """How far each of `provisions` came; () = all that the files know."""
    wanted = provisions or tuple(app.loaded.percolator.versions)
    with store.reading(app.engine) as session:
        return [one for one in backfills.every(session) if one.provision in wanted]


def work(app: App, *, now: datetime, stopping: Callable[[], bool] = lambda: False) -> None:
    """Go on with what is not done, until `stopping` says so."""
    wordtables.write_today(app, now=now)
    while group := _next(app):
        if stopping() or not _through(app, group, now=now, stopping=stopping):
            return


def announce(app: App, provisions: Sequence[str], *, now: datetime) -> int:
    """Put the past hits of `provisions` into the next digest of those who get them; how many."""
    versions = {key: v for key, v in app.loaded.percolator.versions.items() if key in provisions}
    with store.writing(app.engine) as session:
        found = backfills.untold(session, versions)
        why = "found in the archive"
        events = [HitEvent.of(h, Change.FOUND, at=now, announce=True, why=why) for h in found]
        hits.record(session, events)
    return len(found)


def _next(app: App) -> list[Backfill]:
    """Those that are at one place and can go on together; the hindmost first."""
    versions = app.loaded.percolator.versions
    left = [one for one in past(app) if not one.done and versions[one.provision] == one.version]
    first = min(left, key=lambda one: one.at, default=None)
    return [one for one in left if first and (one.at, one.upto) == (first.at, first.upto)]


def _through(
    app: App, group: list[Backfill], *, now: datetime, stopping: Callable[[], bool]
) -> bool:
    """Take `group` to its end; False if `stopping` came first."""
    documents = _only(app.loaded.documents, {one.provision for one in group})
    percolator, node = Percolator(documents), node_of(documents)
    with store.reading(app.engine) as session:
        query = asked(node, search.Vocabulary(session, app.loaded.languages))
        indexed = search.upto(session)
    for numbers, to in _pages(app, group, query, indexed):
        if stopping():
            return False
        if not _page(app, group, numbers, to, percolator, now=now):
            return True  # the rules changed again, or somebody else was faster
        group = [replace(one, at=to) for one in group]
    _report(app, group)
    return True


def _pages(
    app: App, group: Sequence[Backfill], query: Query | None, indexed: int
) -> Iterator[tuple[list[int], int]]:
    """(items to look at, how far we are after them), ascending to the end."""
    keys, at, upto = [one.provision for one in group], group[0].at, group[0].upto
    while at < upto:
        until = min(at + _SPAN, upto)
        with store.reading(app.engine) as session:
            wanted = set(backfills.hit_numbers(session, keys, after=at, until=until))
            known = min(until, indexed) if query else at
            if query and known > at:
                wanted.update(search.candidates(session, query, after=at, until=known))
            if known < until:
                wanted.update(backfills.numbers(session, after=max(at, known), until=until))
        listed = sorted(wanted)
        for start in range(0, len(listed), PAGE):
            some = listed[start : start + PAGE]
            last = start + PAGE >= len(listed)
            yield some, until if last else some[-1]
        if not listed:
            yield [], until
        at = until


def _page(
    app: App,
    group: Sequence[Backfill],
    numbers: Sequence[int],
    to: int,
    percolator: Percolator,
    *,
    now: datetime,
) -> bool:
    with store.reading(app.engine) as session:
        found = [item for _, item in archive.rows(session, numbers)]
        known = hits.of_items(session, [item.id for item in found])
        words = wordtables.of_items(app, session, found)
    keys = {one.provision for one in group}
    page = decide(found, known, percolator, keys, words, now=now)
    # what a power cut undoes is done again: `advance` is in the same transaction
    with store.writing(app.engine, durable=False) as session:
        touched = {event.item for event in page.events}
        read = {item.id: item.rev for item in found if item.id in touched}
        page = page.of(backfills.revisions(session, touched), read)
        found_, gone = page.count(Change.FOUND), page.count(Change.WITHDRAWN)
        back = page.count(Change.RESTORED)
        if not backfills.advance(
            session, group, to=to, found=found_ + back, withdrawn=gone, now=now
        ):
            return False
        archive.add_hits(session, page.found, ())
        hits.save(session, page.changed, known=True, now=now)
        hits.record(session, page.events)
    return True


def decide(
    found: Sequence[Item],
    known: Mapping[str, Sequence[Hit]],
    percolator: Percolator,
    provisions: set[str],
    words: Words,
    *,
    now: datetime,
) -> Page:
    """What the rules of `provisions` make of stored items. Pure.

    known: all stored hits of each item.
    words: the tables that the items are scored with.
    """
    new: list[Dated] = []
    changed: list[Hit] = []
    events: list[HitEvent] = []
    for item in found:
        before = {hit.provision: hit for hit in known.get(item.id, ())}
        table = table_of(words, item)
        for hit in percolator.match(item, origin=Origin.BACKFILL, words=table).hits:
            old = before.pop(hit.provision, None)
            if old is None:
                new.append(Dated(hit=hit, at=item.first_seen))
                events.append(HitEvent.of(hit, Change.FOUND, at=item.first_seen))
            elif old.state is HitState.WITHDRAWN:
                changed.append(replace(hit, origin=old.origin))
                events.append(HitEvent.of(hit, Change.RESTORED, at=now, why=WHY))
        for old in before.values():
            if old.provision in provisions and old.state is HitState.HOLDS:
                changed.append(replace(old, state=HitState.WITHDRAWN))
                events.append(HitEvent.of(old, Change.WITHDRAWN, at=now, why=WHY))
    return Page(found=tuple(new), changed=tuple(changed), events=tuple(events))


def _only(documents: Sequence[Document], keys: set[str]) -> tuple[Document, ...]:
    found = (
        replace(d, provisions=tuple(p for p in d.provisions if p.key in keys)) for d in documents
    )
    return tuple(d for d in found if d.provisions)


def _report(app: App, group: Sequence[Backfill]) -> None:
    keys = [one.provision for one in group]
    for one in past(app, keys):
        log.info(
            "archive gone through",
            provision=one.provision,
            found=one.found,
            withdrawn=one.withdrawn,
        )
