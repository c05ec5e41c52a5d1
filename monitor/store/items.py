"""Items and their earlier revisions."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

from sqlalchemy import ColumnElement, insert
from sqlmodel import Session, col, func, select, update

from monitor.model import Item
from monitor.store import search
from monitor.store.tables import ItemRevisionRow, ItemRow

# SQLite takes 32,766 variables in one statement, PostgreSQL 65,535
_CHUNK = 5_000

T = TypeVar("T")

_FIELDS = tuple(Item.__dataclass_fields__)
_FIXED = {"id", "first_seen", "archived"}


def known(session: Session, feed: str, items: Collection[Item], *, within: timedelta) -> list[Item]:
    """What of `feed` is stored that any of `items` may be: by key, id or second key; else by title.

    By id too: a row that learned a new key keeps the id of its old one, which may come back.

    within: how much older than an item a stored one of the same title may be.
    """
    found: dict[str, Item] = {}
    for some in _chunks(items):
        keys, second = [i.key for i in some], [i.alt_key for i in some if i.alt_key]
        ids = [i.id for i in some]
        # one look for each index: of an OR the planner reads all of the feed
        found |= _found(session, ItemRow.feed == feed, col(ItemRow.key).in_(keys))
        found |= _found(session, ItemRow.feed == feed, col(ItemRow.id).in_(ids))
        found |= _found(session, ItemRow.feed == feed, col(ItemRow.alt_key).in_(second))
    keys_found = {item.key for item in found.values()}
    # mostly the few new ones, so that the time span that is searched for titles is a short one
    strangers = [item for item in items if item.key not in keys_found]
    for some in _chunks(strangers):
        since = min(i.published or i.first_seen for i in some) - within
        titles = col(ItemRow.title).in_([i.title for i in some])
        found |= _found(session, ItemRow.feed == feed, col(ItemRow.first_seen) >= since, titles)
    return list(found.values())


def add(session: Session, items: Sequence[tuple[Item, str]]) -> None:
    """Add new (item, story) pairs.

    Raises:
        IntegrityError: one of them is stored already.
    """
    if items:
        session.execute(insert(ItemRow), [_values(item) | {"story": s} for item, s in items])


def revise(session: Session, item: Item, *, now: datetime) -> None:
    """Replace a stored item by its new revision; the old one is kept beside it."""
    row = session.exec(select(ItemRow).where(ItemRow.id == item.id)).one()
    session.add(
        ItemRevisionRow(item=row.id, rev=row.rev, title=row.title, text=row.text, replaced_at=now)
    )
    _write(session, row, item)


def move(session: Session, item: Item) -> None:
    """Write what a stored item is now: the same words under another key or link."""
    _write(session, session.exec(select(ItemRow).where(ItemRow.id == item.id)).one(), item)


def stories(session: Session, ids: Iterable[str]) -> dict[str, str]:
    """The story of each stored item of `ids`."""
    found: dict[str, str] = {}
    for some in _chunks(ids):
        query = select(ItemRow.id, ItemRow.story).where(col(ItemRow.id).in_(some))
        found |= dict(session.exec(query).all())
    return found


def by_url(session: Session, url: str) -> list[Item]:
    """Items that link to `url` (canonical), newest first."""
    query = select(ItemRow).where(ItemRow.url == url).order_by(col(ItemRow.number).desc())
    return [_item(row) for row in session.exec(query)]


def revision(session: Session, item: str, rev: int) -> tuple[str, str] | None:
    """(title, text) of an earlier revision; None if it is the stored one, or unknown."""
    row = session.get(ItemRevisionRow, (item, rev))
    return (row.title, row.text) if row else None


def every(session: Session, *, after: int = 0, limit: int = 1_000) -> list[tuple[int, Item]]:
    """A page of all items by their number, for long work that must not hold a snapshot."""
    query = select(ItemRow).where(col(ItemRow.number) > after).order_by(col(ItemRow.number))
    return [(row.number or 0, _item(row)) for row in session.exec(query.limit(limit))]


def first(session: Session) -> datetime | None:
    """When the first of all items was seen."""
    return session.exec(select(func.min(ItemRow.first_seen))).one()


def seen(session: Session, *, after: datetime, until: datetime) -> tuple[int, int, int]:
    """(items, feeds they came from, undated ones) that were first seen in that time."""
    counts = select(
        func.count(),
        func.count(func.distinct(ItemRow.feed)),
        func.count().filter(col(ItemRow.published).is_(None)),
    )
    span = (col(ItemRow.first_seen) > after, col(ItemRow.first_seen) <= until)
    items, feeds, undated = session.exec(counts.where(*span)).one()
    return items, feeds, undated


def _write(session: Session, row: ItemRow, item: Item) -> None:
    search.replace(session, row.number or 0, (row.title, row.text), (item.title, item.text))
    changed = {n: v for n, v in _values(item).items() if n not in _FIXED}
    session.exec(update(ItemRow).where(col(ItemRow.id) == item.id).values(**changed))


def _found(session: Session, *conditions: ColumnElement[bool] | bool) -> dict[str, Item]:
    return {row.id: _item(row) for row in session.exec(select(ItemRow).where(*conditions))}


def _item(row: ItemRow) -> Item:
    values = {name: getattr(row, name) for name in _FIELDS}
    return Item(**values | {"outlet": row.outlet or ""})


def _values(item: Item) -> dict[str, object]:
    values = {name: getattr(item, name) for name in _FIELDS}
    return values | {"outlet": item.outlet or None}


def _chunks(values: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(values)
    while some := list(islice(iterator, _CHUNK)):
        yield some
