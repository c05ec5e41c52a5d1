"""What one body showed, beside what is stored: which items are new, changed, or moved. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.feeds.normalise import Read, first_fetch
from monitor.feeds.outlets import Outlets
from monitor.feeds.revisions import Changed, Known, Moved, New, reconcile, told_apart
from monitor.model import Drop, Feed, Item, Outlet


@dataclass(frozen=True, slots=True, kw_only=True)
class Revised:
    """A known item in its new revision."""

    item: Item
    announce: bool
    why: str  #: what changed, for a person


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """The items of one body that are news to us, and what was dropped of it."""

    new: tuple[Item, ...] = ()
    revised: tuple[Revised, ...] = ()
    moved: tuple[Item, ...] = ()  #: the same words under another key or link
    drops: tuple[Drop, ...] = ()
    outlets: tuple[Outlet, ...] = ()  #: that an aggregator named, and no file does
    entries: int = 0


def apart(read: Read, known: Iterable[Item]) -> Read:
    """`read`, its items under keys that are not those of other reports in `known`."""
    items = told_apart(read.items, known)
    if items == read.items:
        return read
    now = {old.id: new.id for old, new in zip(read.items, items, strict=True)}
    sources = {now.get(id_, id_): source for id_, source in read.sources.items()}
    return replace(read, items=items, sources=sources)


def sight(
    feed: Feed,
    read: Read,
    known: Iterable[Item],
    outlets: Outlets,
    *,
    fresh_for: timedelta,
    now: datetime,
) -> Sighting:
    """Tell new from changed from known.

    feed: as it was before this body.
    known: everything stored that any of the body's items may be.
    fresh_for: how old an item of a first fetch may be and still be news.
    """
    items, named = _with_outlets(feed, read, outlets)
    if feed.first_taken_at is None:
        items = first_fetch(items, now=now, fresh_for=_fresh_for(feed, fresh_for, now=now))
    decisions = reconcile(items, [_known(item) for item in known])
    return Sighting(
        new=tuple(d.item for d in decisions if isinstance(d, New)),
        revised=tuple(
            Revised(item=d.item, announce=d.announce, why=d.why)
            for d in decisions
            if isinstance(d, Changed)
        ),
        moved=tuple(d.item for d in decisions if isinstance(d, Moved)),
        drops=read.drops + tuple(d for d in decisions if isinstance(d, Drop)),
        outlets=named,
        entries=len(read.items) + len(read.drops),
    )


def _fresh_for(feed: Feed, usual: timedelta, *, now: datetime) -> timedelta:
    """A feed that was here under another address: whatever came since it last answered is news."""
    if feed.last_ok_at is None:
        return usual
    return max(usual, now - feed.last_ok_at + usual)


def _with_outlets(
    feed: Feed, read: Read, outlets: Outlets
) -> tuple[tuple[Item, ...], tuple[Outlet, ...]]:
    """The items with the outlet that each is of, and the outlets that no file names."""
    if not feed.spec.aggregator:
        return read.items, ()
    named = {i.id: outlets.of(read.sources.get(i.id), i.url) for i in read.items}
    items = tuple(replace(i, outlet=named[i.id].id) for i in read.items)
    return items, tuple({o.id: o for o in named.values() if not o.verified}.values())


def _known(item: Item) -> Known:
    return Known(
        id=item.id,
        key=item.key,
        alt_key=item.alt_key,
        rev=item.rev,
        title=item.title,
        text=item.text,
        content_hash=item.content_hash,
        first_seen=item.first_seen,
        published=item.published,
        archived=item.archived,
    )
