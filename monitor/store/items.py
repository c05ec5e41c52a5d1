"""Items and their earlier revisions."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import TypeVar

from sqlalchemy import insert
from sqlmodel import Session, col, or_, select, update

from monitor.model import Item
from monitor.store.tables import ItemRevisionRow, ItemRow

# SQLite takes 32,766 variables in one statement, PostgreSQL 65,535
_CHUNK = 5_000

T = TypeVar("T")

_FIELDS = tuple(Item.__dataclass_fields__)


def known(session: Session, feed: str, items: Collection[Item], *, since: datetime) -> list[Item]:
    """What of `feed` is stored that any of `items` may be: by key, second key, or recent title.

    since: how far back a same title counts.
    """
    found: dict[str, Item] = {}
    for some in _chunks(items):
        query = select(ItemRow).where(
            ItemRow.feed == feed,
            or_(
                col(ItemRow.key).in_([i.key for i in some]),
                col(ItemRow.alt_key).in_([i.alt_key for i in some if i.alt_key]),
            ),
        )
        found |= {row.id: _item(row) for row in session.exec(query)}
        recent = select(ItemRow).where(
            ItemRow.feed == feed,
            col(ItemRow.first_seen) >= since,
            col(ItemRow.title).in_([i.title for i in some]),
        )
        found |= {row.id: _item(row) for row in session.exec(recent)}
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
    changed = {n: v for n, v in _values(item).items() if n not in {"id", "first_seen", "archived"}}
    session.exec(update(ItemRow).where(col(ItemRow.id) == item.id).values(**changed))


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
