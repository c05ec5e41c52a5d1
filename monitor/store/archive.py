"""Archives: what an import writes, and what searches and questions read page by page.

An imported item belongs to a feed without a URL, one for each source that the archive names. Such a
feed is never polled, never listed among those that are, and outlives every change of the files.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import insert, tuple_
from sqlalchemy import select as select_columns
from sqlmodel import Session, SQLModel, col, select, update

from monitor.model import Drop, Hit, HitEvent, Item, Story
from monitor.store import hits, items, ledger
from monitor.store.hits import _values
from monitor.store.items import _chunks, _item
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


class Text(NamedTuple):
    """What a search looks at first: the words of an item, and its place in time."""

    first_seen: datetime
    number: int
    title: str
    text: str
    url: str


def texts(
    session: Session,
    *,
    before: tuple[datetime, int] | None = None,
    since: datetime | None = None,
    language: str = "",
    limit: int = 1_000,
) -> list[Text]:
    """A page of items, newest first.

    before: (first_seen, number) of the last one of the page before.
    """
    # Core and not the ORM, which takes as long as all the rest of a search
    item = SQLModel.metadata.tables["item"].c
    query = select_columns(item.first_seen, item.number, item.title, item.text, item.url)
    if before:
        query = query.where(tuple_(item.first_seen, item.number) < before)
    if since:
        query = query.where(item.first_seen >= since)
    if language:
        query = query.where(item.language == language)
    ordered = query.order_by(item.first_seen.desc(), item.number.desc()).limit(limit)
    return [Text(*row) for row in session.connection().execute(ordered).all()]


def numbered(session: Session, numbers: Collection[int]) -> dict[int, Item]:
    """The items with these numbers, by number."""
    found: dict[int, Item] = {}
    for some in _chunks(numbers):
        for row in session.exec(select(ItemRow).where(col(ItemRow.number).in_(some))):
            found[row.number or 0] = _item(row)
    return found


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
