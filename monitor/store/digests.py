"""Which hit events each digest holds.

A run takes, in the transaction that creates it, every announceable event of its subscription's
provisions that no earlier run of that subscription took. Times play no part in that, so neither
a clock that jumps nor an item that comes late can lose an event or tell it twice.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, insert, literal
from sqlmodel import Session, and_, col, exists, func, or_, select

from monitor.model import (
    Change,
    DigestRun,
    Hit,
    HitEvent,
    HitState,
    Item,
    Origin,
)
from monitor.store.hits import _event, _hit
from monitor.store.items import _item
from monitor.store.tables import (
    DigestEntryRow,
    DigestRunRow,
    HitEventRow,
    HitRow,
    ItemRow,
    StoryRow,
    SubscriptionProvisionRow,
)


@dataclass(frozen=True, slots=True)
class Held:
    """One event that a digest holds, with its hit and item as they are now."""

    event: HitEvent
    hit: Hit
    item: Item
    story: str


def last(session: Session, subscription: str) -> DigestRun | None:
    """The newest run of `subscription`."""
    query = (
        select(DigestRunRow)
        .where(DigestRunRow.subscription == subscription)
        .order_by(col(DigestRunRow.slot).desc())
        .limit(1)
    )
    row = session.exec(query).first()
    return _run(row) if row else None


def make(session: Session, run: DigestRun) -> DigestRun | None:
    """Create `run` with its entries; None if another was faster: the slot has its run."""
    same = (DigestRunRow.subscription == run.subscription, DigestRunRow.slot == run.slot)
    if session.exec(select(DigestRunRow.id).where(*same)).first():
        return None
    row = DigestRunRow(
        subscription=run.subscription,
        slot=run.slot,
        window_start=run.window_start,
        window_end=run.window_end,
        missed=[slot.isoformat() for slot in run.missed],
        made_at=run.made_at,
    )
    session.add(row)
    session.flush()
    _take_entries(session, row)
    return _run(row)


def unqueued(session: Session) -> list[DigestRun]:
    """Runs that were made but not composed yet: work of a moment, or what a crash left."""
    query = select(DigestRunRow).where(col(DigestRunRow.queued_at).is_(None))
    return [_run(row) for row in session.exec(query.order_by(col(DigestRunRow.id)))]


def overdue(session: Session, *, before: datetime) -> list[DigestRun]:
    """Runs that were made before `before` and still have no mail: something keeps them back."""
    return [run for run in unqueued(session) if run.made_at < before]


def held(session: Session, run: DigestRun) -> list[Held]:
    """What `run` holds, in order of recording."""
    query = (
        select(HitEventRow, HitRow, ItemRow, StoryRow)
        .join(DigestEntryRow, col(DigestEntryRow.event) == col(HitEventRow.number))
        .join(HitRow, _same_hit())
        .join(ItemRow, col(ItemRow.id) == col(HitEventRow.item))
        .join(StoryRow, col(StoryRow.id) == col(ItemRow.story))
        .where(DigestEntryRow.run == run.id)
        .order_by(col(HitEventRow.number))
    )
    return [
        Held(_event(event), _hit(hit), _item(item), story.merged_into or story.id)
        for event, hit, item, story in session.exec(query)
    ]


def pending(session: Session, subscription: str) -> list[Held]:
    """What the next run of `subscription` would hold, in order of recording."""
    query = (
        select(HitEventRow, HitRow, ItemRow, StoryRow)
        .join(HitRow, _same_hit())
        .join(ItemRow, col(ItemRow.id) == col(HitEventRow.item))
        .join(StoryRow, col(StoryRow.id) == col(ItemRow.story))
        .join(
            SubscriptionProvisionRow,
            col(SubscriptionProvisionRow.provision) == col(HitEventRow.provision),
        )
        .where(*_untold(subscription))
        .order_by(col(HitEventRow.number))
    )
    return [
        Held(_event(event), _hit(hit), _item(item), story.merged_into or story.id)
        for event, hit, item, story in session.exec(query)
    ]


def rehearsed(
    session: Session, provisions: Collection[str], *, after: datetime, until: datetime
) -> list[Held]:
    """What a digest over items first seen in that time would hold; from the archive, too."""
    query = (
        select(HitRow, ItemRow, StoryRow)
        .join(ItemRow, col(ItemRow.id) == col(HitRow.item))
        .join(StoryRow, col(StoryRow.id) == col(ItemRow.story))
        .where(
            col(HitRow.provision).in_(list(provisions)),
            HitRow.state == HitState.HOLDS,
            col(ItemRow.first_seen) > after,
            col(ItemRow.first_seen) <= until,
        )
        .order_by(col(ItemRow.first_seen), col(HitRow.number))
    )
    return [_rehearsed(*found) for found in session.exec(query)]


def mark_queued(session: Session, run: DigestRun, *, now: datetime) -> bool:
    """The mail of `run` is in the outbox; False if it was already."""
    row = session.get_one(DigestRunRow, run.id)
    if row.queued_at is not None:
        return False
    row.queued_at = now
    return True


def last_found(
    session: Session, provisions: Collection[str], *, before: datetime
) -> dict[str, datetime]:
    """When each provision last had news before `before`; see `_is_news`."""
    query = (
        select(HitEventRow.provision, func.max(HitEventRow.at))
        .join(HitRow, _same_hit())
        .join(ItemRow, col(ItemRow.id) == col(HitEventRow.item))
        .where(
            col(HitEventRow.provision).in_(list(provisions)),
            _is_news(),
            col(HitEventRow.at) <= before,
        )
        .group_by(HitEventRow.provision)
    )
    return dict(session.exec(query).all())


def found_times(
    session: Session, provisions: Collection[str], *, after: datetime, until: datetime
) -> list[tuple[str, datetime]]:
    """(provision, moment) of every hit found in that time; see `_is_news`."""
    query = (
        select(HitEventRow.provision, HitEventRow.at)
        .join(HitRow, _same_hit())
        .join(ItemRow, col(ItemRow.id) == col(HitEventRow.item))
        .where(
            col(HitEventRow.provision).in_(list(provisions)),
            HitEventRow.change == Change.FOUND,
            _is_news(),
            col(HitEventRow.at) > after,
            col(HitEventRow.at) <= until,
        )
    )
    return [(provision, at) for provision, at in session.exec(query)]


def _is_news() -> ColumnElement[bool]:
    """What bars and baselines count: what was announced, and what new rules found in the archive.

    The latter on the day when it was seen, also if a person had it announced later; not what was
    archive when it came.
    """
    past = col(HitRow.origin) == Origin.BACKFILL.value
    found = and_(col(HitEventRow.change) == Change.FOUND, ~col(HitEventRow.announce))
    return or_(and_(~past, col(HitEventRow.announce)), and_(past, found, ~col(ItemRow.archived)))


def seen_times(
    session: Session, provisions: Collection[str], *, after: datetime, until: datetime
) -> list[tuple[str, datetime]]:
    """(provision, moment) of every hit that holds, by when its item was first seen."""
    query = (
        select(HitRow.provision, ItemRow.first_seen)
        .join(ItemRow, col(ItemRow.id) == col(HitRow.item))
        .where(
            col(HitRow.provision).in_(list(provisions)),
            HitRow.state == HitState.HOLDS,
            col(ItemRow.first_seen) > after,
            col(ItemRow.first_seen) <= until,
        )
    )
    return [(provision, at) for provision, at in session.exec(query)]


def last_seen(
    session: Session, provisions: Collection[str], *, before: datetime
) -> dict[str, datetime]:
    """When the newest item that hits each provision was first seen, up to `before`."""
    query = (
        select(HitRow.provision, func.max(ItemRow.first_seen))
        .join(ItemRow, col(ItemRow.id) == col(HitRow.item))
        .where(
            col(HitRow.provision).in_(list(provisions)),
            HitRow.state == HitState.HOLDS,
            col(ItemRow.first_seen) <= before,
        )
        .group_by(HitRow.provision)
    )
    return dict(session.exec(query).all())


def _take_entries(session: Session, run: DigestRunRow) -> None:
    news = (
        select(literal(run.id), HitEventRow.number, literal(run.subscription))
        .join(
            SubscriptionProvisionRow,
            col(SubscriptionProvisionRow.provision) == col(HitEventRow.provision),
        )
        .where(*_untold(run.subscription))
    )
    session.execute(insert(DigestEntryRow).from_select(["run", "event", "subscription"], news))


def _untold(subscription: str) -> tuple[ColumnElement[bool], ...]:
    """Announceable events of its provisions, since they count, that no run of it holds."""
    taken = exists().where(
        col(DigestEntryRow.subscription) == subscription,
        col(DigestEntryRow.event) == col(HitEventRow.number),
    )
    return (
        col(SubscriptionProvisionRow.subscription) == subscription,
        col(HitEventRow.announce).is_(True),
        col(HitEventRow.at) >= col(SubscriptionProvisionRow.since),
        ~taken,
    )


def _same_hit() -> ColumnElement[bool]:
    return (col(HitRow.provision) == col(HitEventRow.provision)) & (
        col(HitRow.item) == col(HitEventRow.item)
    )


def _rehearsed(hit: HitRow, item: ItemRow, story: StoryRow) -> Held:
    event = HitEvent(
        provision=hit.provision,
        item=hit.item,
        item_rev=hit.item_rev,
        change=Change.FOUND,
        at=item.first_seen,
        announce=True,
    )
    return Held(event, _hit(hit), _item(item), story.merged_into or story.id)


def _run(row: DigestRunRow) -> DigestRun:
    return DigestRun(
        id=row.id or 0,
        subscription=row.subscription,
        slot=row.slot,
        window_start=row.window_start,
        window_end=row.window_end,
        missed=tuple(datetime.fromisoformat(slot) for slot in row.missed),
        made_at=row.made_at,
        queued=row.queued_at is not None,
    )
