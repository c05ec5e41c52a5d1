"""Outlets and feeds with their poll state. They are retired, never deleted: their items stay."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, or_, select, update

from monitor.model import Feed, FeedSpec, Outlet
from monitor.store.tables import FeedRow, OutletRow

LONGEST_WAIT = timedelta(days=8)  #: a feed that is gone is asked once a week
LONGEST_LEASE = timedelta(hours=1)

_MEMORY = (
    "effective_url",
    "moving_to",
    "moving_votes",
    "moving_since",
    "etag",
    "last_modified",
    "body_hash",
    "asks_with",
    "asks_since",
    "ignored",
    "whole_at",
    "fresh_s",
    "bare",
    "wish_s",
    "interval_s",
    "first_taken_at",
    "last_ok_at",
    "last_new_at",
    "failures",
    "failing_since",
    "gone_since",
    "error",
)
_LISTS = ("skip_hours", "skip_days", "gaps_s")


def sync_outlets(session: Session, outlets: Collection[Outlet], *, now: datetime) -> None:
    """Make the stored outlets those of the files; what left the files is retired.

    Outlets that only an aggregator named stay, until a person writes them down.
    """
    for row in session.exec(select(OutletRow).where(col(OutletRow.verified))):
        row.retired_at = row.retired_at or now
    for outlet in outlets:
        session.merge(_outlet_row(outlet))


def add_outlets(session: Session, outlets: Iterable[Outlet]) -> None:
    """Add outlets that an aggregator named; known ones are left as they are."""
    for outlet in outlets:
        if session.get(OutletRow, outlet.id) is None:
            session.add(_outlet_row(outlet))
    session.flush()


def outlets(session: Session) -> dict[str, Outlet]:
    """Every outlet by id, retired ones too: their items are still shown."""
    return {row.id: _outlet(row) for row in session.exec(select(OutletRow))}


def sync(
    session: Session,
    specs: Collection[FeedSpec],
    *,
    first_poll_at: Callable[[str], datetime],
    now: datetime,
) -> None:
    """Make the stored feeds those of the files; memory of known feeds is kept.

    A changed URL is another document: its validators and back-off are forgotten. Feeds without a
    URL stay: an archive was imported into them, and no file knows of them.
    """
    known = {row.id: row for row in session.exec(select(FeedRow))}
    for row in known.values():
        if row.url:
            row.retired_at = row.retired_at or now
    for spec in specs:
        row = known.get(spec.id) or FeedRow(id=spec.id, url="", next_poll_at=now)  # type: ignore[call-arg]
        if row.url != spec.url:
            _forget(row, next_poll_at=first_poll_at(spec.id))
        _write_spec(row, spec)
        session.add(row)


def lease(session: Session, *, now: datetime, until: datetime, limit: int = 500) -> list[Feed]:
    """Feeds to poll by `now`, longest overdue first; nobody else gets them before `until`."""
    query = (
        select(FeedRow)
        .where(
            *_due(now),
            or_(
                col(FeedRow.leased_until).is_(None),
                _has_come(col(FeedRow.leased_until), now, within=LONGEST_LEASE),
            ),
        )
        .order_by(col(FeedRow.next_poll_at), col(FeedRow.id))
        .limit(limit)
    )
    rows = session.exec(query).all()
    for row in rows:
        row.leased_until = until
    return [_feed(row) for row in rows]


def _due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        _has_come(col(FeedRow.next_poll_at), now, within=LONGEST_WAIT),
        col(FeedRow.retired_at).is_(None),
        col(FeedRow.paused).is_(False),
    )


def _has_come(moment: Any, now: datetime, *, within: timedelta) -> ColumnElement[bool]:
    """Past, or further ahead than anything is planned: written while the clock stood wrong."""
    return or_(moment <= now, moment > now + within)


def free_leases(session: Session) -> None:
    """Nobody is polling: call it only under the service lock."""
    session.exec(update(FeedRow).values(leased_until=None))


def make_due(session: Session, *, now: datetime) -> None:
    """Poll every feed that is not paused, retired or leased now, whatever its interval says."""
    waiting = col(FeedRow.paused).is_(False) & (col(FeedRow.next_poll_at) > now)
    session.exec(update(FeedRow).where(waiting).values(next_poll_at=now))


def make_new_due(session: Session, *, now: datetime) -> None:
    """Ask every feed now that was never asked: nobody spreads their first polls by hand."""
    new = (
        col(FeedRow.last_ok_at).is_(None)
        & col(FeedRow.failing_since).is_(None)
        & (col(FeedRow.next_poll_at) > now)
    )
    session.exec(update(FeedRow).where(new).values(next_poll_at=now))


def make_due_now(session: Session, ids: Collection[str], *, now: datetime) -> None:
    """Ask these again now, unless they have answered since."""
    failing = col(FeedRow.id).in_(ids) & col(FeedRow.failing_since).is_not(None)
    later = col(FeedRow.next_poll_at) > now
    session.exec(update(FeedRow).where(failing & later).values(next_poll_at=now))


def any_due(session: Session, *, now: datetime) -> bool:
    """Is a feed to be polled by `now`, leased or not?"""
    return session.exec(select(FeedRow.id).where(*_due(now)).limit(1)).first() is not None


def next_due(session: Session) -> datetime | None:
    """When the next feed is to be polled; None if there is none to poll."""
    query = (
        select(FeedRow.next_poll_at)
        .where(col(FeedRow.retired_at).is_(None), col(FeedRow.paused).is_(False))
        .order_by(col(FeedRow.next_poll_at))
        .limit(1)
    )
    return session.exec(query).first()


def save(session: Session, feed: Feed) -> None:
    """Write what is remembered of `feed` and end its lease; its spec stays as the files say.

    A poll that ends late writes nothing over a feed whose URL the files changed meanwhile.
    """
    row = session.get_one(FeedRow, feed.id)
    row.leased_until = None
    if row.url != feed.spec.url:
        return
    row.next_poll_at = feed.next_poll_at
    for name in _MEMORY:
        setattr(row, name, getattr(feed, name))
    for name in _LISTS:
        setattr(row, name, list(getattr(feed, name)))


def active(session: Session) -> list[Feed]:
    """Every feed that has an address to poll and is not retired, by id."""
    query = select(FeedRow).where(FeedRow.url != "", col(FeedRow.retired_at).is_(None))
    return [_feed(row) for row in session.exec(query.order_by(col(FeedRow.id)))]


def at(session: Session, url: str) -> list[str]:
    """The ids of the feeds that are asked at `url`, or are meant to be."""
    where = or_(col(FeedRow.url) == url, col(FeedRow.effective_url) == url)
    query = select(FeedRow.id).where(where, col(FeedRow.retired_at).is_(None))
    return list(session.exec(query.order_by(FeedRow.id)))


def _feed(row: FeedRow) -> Feed:
    every = None if row.every_s is None else timedelta(seconds=row.every_s)
    spec = FeedSpec(
        id=row.id,
        url=row.url,
        outlet=row.outlet or "",
        aggregator=row.aggregator,
        language=row.language,
        every=every,
        paused=row.paused,
    )
    memory = {name: getattr(row, name) for name in _MEMORY}
    memory |= {name: tuple(getattr(row, name)) for name in _LISTS}
    return Feed(spec=spec, next_poll_at=row.next_poll_at, **memory)


def _write_spec(row: FeedRow, spec: FeedSpec) -> None:
    row.url, row.outlet, row.aggregator = spec.url, spec.outlet or None, spec.aggregator
    row.language, row.paused, row.retired_at = spec.language, spec.paused, None
    row.every_s = None if spec.every is None else spec.every.total_seconds()


def _forget(row: FeedRow, *, next_poll_at: datetime) -> None:
    row.next_poll_at = next_poll_at
    row.effective_url, row.etag, row.last_modified, row.body_hash = "", None, None, ""
    row.moving_to, row.moving_votes, row.moving_since = "", 0, None
    row.asks_with, row.asks_since, row.ignored, row.whole_at = "both", None, 0, None
    row.failures, row.failing_since, row.gone_since, row.error = 0, None, None, ""
    row.fresh_s, row.bare, row.wish_s, row.interval_s = None, 0, 0.0, None
    row.skip_hours, row.skip_days, row.gaps_s = [], [], []
    row.first_taken_at = None  # its back catalogue is no news; last_ok_at says how far back is


def _outlet(row: OutletRow) -> Outlet:
    fields = row.model_dump(exclude={"aliases", "retired_at"})
    return Outlet(**fields, aliases=tuple(row.aliases))


def _outlet_row(outlet: Outlet) -> OutletRow:
    return OutletRow(
        id=outlet.id,
        name=outlet.name,
        aliases=list(outlet.aliases),
        country=outlet.country,
        language=outlet.language,
        ownership=outlet.ownership,
        zone=outlet.zone,
        verified=outlet.verified,
    )
