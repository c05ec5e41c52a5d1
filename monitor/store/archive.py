"""Archives: what an import writes, and what searches and questions read page by page.

An imported item belongs to a feed without a URL, one for each source that the archive names. Such a
feed is never polled, never listed among those that are, and outlives every change of the files.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, func, insert, tuple_
from sqlalchemy import select as select_columns
from sqlmodel import Session, SQLModel, col, select, update

from monitor.model import Drop, Hit, HitEvent, Item, Story
from monitor.store import hits, items, ledger
from monitor.store.hits import _values
from monitor.store.items import _FIELDS, _chunks, _item
from monitor.store.stories import _PLAIN
from monitor.store.tables import FeedRow, HitRow, ItemRow, StoryRow

# no poll comes after it, so that these feeds never stand in the way of those that are due
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)

# -- importing -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What of a batch is stored already."""

    ids: frozenset[str]
    polled: frozenset[str]  #: canonical URLs that a polled feed brought
    imported: frozenset[str]  #: canonical URLs that an import brought


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """A hit of an imported item, and when it would have been found."""

    hit: Hit
    at: datetime


def known(session: Session, ids: Collection[str], urls: Collection[str]) -> Known:
    """Which of `ids` and `urls` are stored, and how they came."""
    same: set[str] = set()
    for some in _chunks(ids):
        same.update(session.exec(select(ItemRow.id).where(col(ItemRow.id).in_(some))))
    polled: set[str] = set()
    imported: set[str] = set()
    for some in _chunks(urls):
        query = select(ItemRow.url, FeedRow.url).join(FeedRow, col(FeedRow.id) == col(ItemRow.feed))
        for url, feed in session.exec(query.where(col(ItemRow.url).in_(some))):
            (polled if feed else imported).add(url)
    return Known(ids=frozenset(same), polled=frozenset(polled), imported=frozenset(imported))


def add_feeds(session: Session, ids: Collection[str]) -> None:
    """Add the feeds that imported items belong to; known ones are left as they are.

    A feed of such an id with a URL is a person's. Imported items may stand beside its own.
    """
    new = set(ids)
    for some in _chunks(sorted(new)):
        there = session.exec(select(FeedRow.id).where(col(FeedRow.id).in_(some)))
        new.difference_update(there)
    if new:
        session.execute(insert(FeedRow), [_never_polled(id_) for id_ in sorted(new)])


def add_stories(session: Session, new: Iterable[Story], moved: Iterable[Story]) -> None:
    """Add `new` stories; of `moved` ones, which are stored, only `last_seen` changes."""
    rows = [{n: getattr(s, n) for n in _PLAIN} | {"merged_into": None} for s in new]
    if rows:
        session.execute(insert(StoryRow), rows)
    for story in moved:
        same = (col(StoryRow.id) == story.id, col(StoryRow.last_seen) < story.last_seen)
        session.exec(update(StoryRow).where(*same).values(last_seen=story.last_seen))


def add_items(session: Session, found: Sequence[tuple[Item, str]]) -> None:
    """Add new (item, story) pairs."""
    items.add(session, found)


def add_hits(session: Session, found: Sequence[Dated], events: Iterable[HitEvent]) -> None:
    """Add hits with their events, dated as if the monitor had been there."""
    rows = [_values(one.hit) | {"found_at": one.at, "changed_at": one.at} for one in found]
    if rows:
        session.execute(insert(HitRow), rows)
    hits.record(session, events)


def add_drops(session: Session, drops: Iterable[tuple[datetime, Drop]]) -> None:
    """Append one ledger row a dropped thing, dated likewise; `drops` in order of time."""
    for at, some in groupby(drops, key=lambda pair: pair[0]):
        ledger.record_drops(session, [drop for _, drop in some], now=at)


def _never_polled(id_: str) -> dict[str, object]:
    return {
        "id": id_,
        "url": "",
        "outlet": None,  # each item names its own
        "aggregator": True,
        "language": "",
        "every_s": None,
        "paused": True,
        "next_poll_at": _NEVER,
        "effective_url": "",
        "body_hash": "",
        "failures": 0,
        "error": "",
    }


# -- searching and asking --------------------------------------------------------------------


Moment = tuple[datetime, int]  #: (first_seen, number): a place in the order of the archive


def walk(
    session: Session,
    *,
    before: Moment | None = None,
    since: datetime | None = None,
    limit: int = 1_000,
) -> tuple[list[int], Moment | None]:
    """The numbers of some items, newest first, and where to go on: `before` of the next time."""
    item = _columns()
    query = select_columns(item.number).order_by(item.first_seen.desc(), item.number.desc())
    for condition in _span(since=since, before=before):
        query = query.where(condition)
    connection = session.connection()
    numbers = list(connection.execute(query.limit(limit)).scalars())
    if not numbers:
        return numbers, before
    last = select_columns(item.first_seen).where(item.number == numbers[-1])
    return numbers, (connection.execute(last).scalar_one(), numbers[-1])


def count(session: Session, *, since: datetime | None, until: datetime | None) -> int:
    """How many items were first seen at `since` or later and before `until`."""
    query = select_columns(func.count(_columns().number))
    for condition in _span(since=since, before=(until, 0) if until else None):
        query = query.where(condition)
    return int(session.connection().execute(query).scalar_one())


def rows(session: Session, numbers: Sequence[int]) -> list[tuple[int, Item]]:
    """The items with these numbers, in this order."""
    # Core and not the ORM, which takes as long as all the rest of a search
    columns = _columns()
    query = select_columns(columns.number, *(columns[name] for name in _FIELDS))
    found: dict[int, Item] = {}
    for some in _chunks(numbers):
        for number, *values in session.connection().execute(query.where(columns.number.in_(some))):
            fields = dict(zip(_FIELDS, values, strict=True))
            found[number] = Item(**fields | {"outlet": fields["outlet"] or ""})
    return [(number, found[number]) for number in numbers if number in found]


def _span(*, since: datetime | None, before: Moment | None) -> list[ColumnElement[bool]]:
    item = _columns()
    conditions = [item.first_seen >= since] if since else []
    if before:
        conditions.append(tuple_(item.first_seen, item.number) < before)
    return conditions


def _columns() -> Any:
    return SQLModel.metadata.tables["item"].c


def get(session: Session, id_: str) -> Item | None:
    """The item `id_`; None if there is none."""
    row = session.exec(select(ItemRow).where(ItemRow.id == id_)).first()
    return _item(row) if row else None


def at_urls(session: Session, urls: Collection[str]) -> list[Item]:
    """Items whose canonical URL is one of `urls`, newest first."""
    query = select(ItemRow).where(col(ItemRow.url).in_(list(urls)))
    newest = query.order_by(col(ItemRow.first_seen).desc(), col(ItemRow.number).desc())
    return [_item(row) for row in session.exec(newest)]


def found_at(session: Session, item: str) -> dict[str, datetime]:
    """When each hit of `item` was found, by provision key."""
    query = select(HitRow.provision, HitRow.found_at).where(HitRow.item == item)
    return dict(session.exec(query).all())
