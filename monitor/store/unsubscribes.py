"""What people do about mail, and the record of what became of it.

* unsubscribe, and undo it: a log, one row a time of silence; the files are not touched
* put a message back that failed, or keep one from the delivery round
* each digest run with its mail, for the person who asks "did they get it?"

States of a message beside waiting, sent and failed:

cancelled   its subscriber unsubscribed before it left; `due_at` is when
direct      whoever put it in sends it, the delivery round does not
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, exists, func, select, update

from monitor.model import DigestRun, Subscription
from monitor.store.digests import _run
from monitor.store.outbox import Delivery, _delivery
from monitor.store.subscriptions import _subscription
from monitor.store.tables import (
    DigestEntryRow,
    DigestRunRow,
    OutboxRow,
    SubscriptionProvisionRow,
    SubscriptionRow,
    UnsubscribeRow,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """The time for which a subscription gets nothing, because somebody said so."""

    subscription: str
    at: datetime
    by: str
    undone_at: datetime | None = None
    undone_by: str = ""

    def holds(self, moment: datetime) -> bool:
        """Was it in force then?"""
        return self.at <= moment and (self.undone_at is None or moment < self.undone_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A subscription as it is stored, whatever its state."""

    subscription: Subscription
    since: datetime  #: from when on it counts its news
    retired_at: datetime | None
    silences: tuple[Silence, ...] = ()  #: oldest first

    @property
    def silence(self) -> Silence | None:
        """The one that is in force."""
        return next((s for s in self.silences if s.undone_at is None), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A digest run and what became of its mail."""

    run: DigestRun
    queued_at: datetime | None  #: None: made, and not written yet
    held: int  #: hit events
    mail: Delivery | None  #: None: not written yet, or there was none to write
    cancelled: bool  #: closed by an unsubscribe before it was written


# -- silence ---------------------------------------------------------------------------------


def stop(session: Session, subscription: str, *, by: str, now: datetime) -> int | None:
    """Begin a silence; how many digests it kept from leaving. None if it was silent already."""
    if in_force(session, subscription):
        return None
    session.add(UnsubscribeRow(subscription=subscription, at=now, by=by))
    session.flush()
    return _close_unwritten(session, subscription, now=now) + _cancel(
        session, subscription, reason=f"unsubscribed by {by}", now=now
    )


def undo(
    session: Session, subscription: str, *, by: str, start: datetime, now: datetime
) -> int | None:
    """End its silence; how many cancelled digests go out after all. None if there was none.

    start: its slot before `now`. A silence that began after it was a mistake, soon mended: all
    is as if it had not been. After a longer one it counts its news anew from `start`.
    """
    row = session.exec(_open(subscription)).first()
    if row is None:
        return None
    row.undone_at, row.undone_by = now, by
    session.flush()
    if row.at >= start:
        return _restore(session, subscription, since=row.at, now=now)
    _count_anew(session, subscription, start=start)
    return 0


def in_force(session: Session, subscription: str) -> Silence | None:
    """The silence of `subscription`, if it has one now."""
    row = session.exec(_open(subscription)).first()
    return _silence(row) if row else None


def known(session: Session) -> dict[str, Known]:
    """Every subscription that was ever stored, retired and silent ones too, by id."""
    silences = silences_of(session)
    return {
        row.id: Known(
            subscription=_subscription(row),
            since=row.since,
            retired_at=row.retired_at,
            silences=tuple(silences.get(row.id, ())),
        )
        for row in session.exec(select(SubscriptionRow).order_by(col(SubscriptionRow.id)))
    }


def silences_of(session: Session) -> dict[str, list[Silence]]:
    """All silences, ended ones too, by subscription, oldest first."""
    found: dict[str, list[Silence]] = {}
    for row in session.exec(select(UnsubscribeRow).order_by(col(UnsubscribeRow.number))):
        found.setdefault(row.subscription, []).append(_silence(row))
    return found


def _open(subscription: str) -> Any:
    return select(UnsubscribeRow).where(
        UnsubscribeRow.subscription == subscription, col(UnsubscribeRow.undone_at).is_(None)
    )


def _silence(row: UnsubscribeRow) -> Silence:
    return Silence(
        subscription=row.subscription,
        at=row.at,
        by=row.by,
        undone_at=row.undone_at,
        undone_by=row.undone_by,
    )


def _runs_of(subscription: str) -> Any:
    return select(DigestRunRow.id).where(DigestRunRow.subscription == subscription)


def _close_unwritten(session: Session, subscription: str, *, now: datetime) -> int:
    """Runs that are made and not written count as written, so that no sweep writes them."""
    written = col(DigestRunRow.queued_at)
    runs = (col(DigestRunRow.subscription) == subscription, written.is_(None))
    return session.exec(update(DigestRunRow).where(*runs).values(queued_at=now)).rowcount


def _cancel(session: Session, subscription: str, *, reason: str, now: datetime) -> int:
    mails = (col(OutboxRow.state) == "waiting", col(OutboxRow.run).in_(_runs_of(subscription)))
    values = {"state": "cancelled", "due_at": now, "reason": reason}
    return session.exec(update(OutboxRow).where(*mails).values(**values)).rowcount


def _restore(session: Session, subscription: str, *, since: datetime, now: datetime) -> int:
    """Digests that were cancelled since then wait again; unwritten runs are open again."""
    cancelled = (
        col(OutboxRow.state) == "cancelled",
        col(OutboxRow.due_at) >= since,
        col(OutboxRow.run).in_(_runs_of(subscription)),
    )
    unwritten = (
        col(DigestRunRow.subscription) == subscription,
        col(DigestRunRow.queued_at) >= since,
        ~exists().where(col(OutboxRow.run) == col(DigestRunRow.id)),
    )
    waiting = {"state": "waiting", "due_at": now, "reason": ""}
    back = session.exec(update(OutboxRow).where(*cancelled).values(**waiting)).rowcount
    return (
        back + session.exec(update(DigestRunRow).where(*unwritten).values(queued_at=None)).rowcount
    )


def _count_anew(session: Session, subscription: str, *, start: datetime) -> None:
    """What was found before `start` is no news to it; what joined it later stays later."""
    table = SubscriptionProvisionRow
    own, earlier = col(table.subscription) == subscription, col(table.since) < start
    session.exec(update(table).where(own, earlier).values(since=start))
    row = session.get(SubscriptionRow, subscription)
    if row is not None:  # None: never started with
        row.since = max(row.since, start)
    session.flush()


# -- single messages -------------------------------------------------------------------------


def message(session: Session, key: str) -> tuple[Delivery, str] | None:
    """What became of the message `key`, and the subscription whose digest it is ("" = none)."""
    row = session.get(OutboxRow, key)
    if row is None:
        return None
    run = session.get(DigestRunRow, row.run) if row.run else None
    return _delivery(row), run.subscription if run else ""


def given_up(session: Session, *, limit: int = 10) -> list[str]:
    """Keys of messages that failed, newest first."""
    query = select(OutboxRow.key).where(OutboxRow.state == "failed")
    return list(session.exec(query.order_by(col(OutboxRow.queued_at).desc()).limit(limit)))


def put_back(session: Session, key: str, *, to: str, now: datetime) -> None:
    """`key` waits, is due at once, goes to `to`, and has all its tries before it."""
    row = session.get_one(OutboxRow, key)
    row.state, row.due_at, row.attempts, row.recipient = "waiting", now, 0, to


def keep_back(session: Session, key: str, *, now: datetime) -> None:
    """`key`, put in by this transaction, is sent by who put it in and nobody else: a try begins."""
    session.flush()
    row = session.get_one(OutboxRow, key)
    row.state, row.attempts, row.tried_at = "direct", 1, now
    row.reason = "the try was not finished"


# -- the record ------------------------------------------------------------------------------


def told(
    session: Session, subscriptions: Collection[str], *, failed: bool = False, limit: int
) -> list[Told]:
    """The newest runs of `subscriptions`; failed: only those whose mail was given up."""
    query = select(DigestRunRow).where(col(DigestRunRow.subscription).in_(list(subscriptions)))
    if failed:
        mail = (col(OutboxRow.run) == col(DigestRunRow.id), col(OutboxRow.state) == "failed")
        query = query.where(exists().where(*mail))
    return _told(session, session.exec(query.order_by(col(DigestRunRow.id).desc()).limit(limit)))


def told_between(
    session: Session, subscription: str, *, start: datetime, end: datetime
) -> list[Told]:
    """Its runs with `start` <= slot < `end`, earliest first."""
    slot = col(DigestRunRow.slot)
    query = select(DigestRunRow).where(
        DigestRunRow.subscription == subscription, slot >= start, slot < end
    )
    return _told(session, session.exec(query.order_by(slot)))


def told_after(session: Session, subscription: str, slot: datetime) -> Told | None:
    """Its first run after `slot`: the one that holds what was new at `slot`."""
    query = select(DigestRunRow).where(
        DigestRunRow.subscription == subscription, col(DigestRunRow.slot) > slot
    )
    found = _told(session, session.exec(query.order_by(col(DigestRunRow.slot)).limit(1)))
    return found[0] if found else None


def others(
    session: Session,
    *,
    to: Collection[str] | None = None,
    failed: bool = False,
    start: datetime | None = None,
    end: datetime | None = None,
    limit: int,
) -> list[Delivery]:
    """Messages that are no digest, newest first.

    to: only to these addresses; None = to all.
    """
    queued = col(OutboxRow.queued_at)
    query = select(OutboxRow).where(col(OutboxRow.run).is_(None))
    if to is not None:
        query = query.where(col(OutboxRow.recipient).in_(list(to)))
    if failed:
        query = query.where(OutboxRow.state == "failed")
    if start and end:
        query = query.where(queued >= start, queued < end)
    return [_delivery(row) for row in session.exec(query.order_by(queued.desc()).limit(limit))]


def _told(session: Session, rows: Any) -> list[Told]:
    rows = list(rows)
    ids = [row.id for row in rows]
    held, mails, silences = _held(session, ids), _mails(session, ids), silences_of(session)
    return [
        Told(
            run=_run(row),
            queued_at=row.queued_at,
            held=held.get(row.id, 0),
            mail=mails.get(row.id),
            cancelled=row.id not in mails
            and any(s.at == row.queued_at for s in silences.get(row.subscription, ())),
        )
        for row in rows
    ]


def _held(session: Session, runs: Sequence[int]) -> dict[int, int]:
    run = col(DigestEntryRow.run)
    query = select(run, func.count()).where(run.in_(runs)).group_by(run)
    return dict(session.exec(query).all())


def _mails(session: Session, runs: Sequence[int]) -> dict[int, Delivery]:
    query = select(OutboxRow).where(col(OutboxRow.run).in_(runs))
    return {row.run: _delivery(row) for row in session.exec(query) if row.run is not None}
