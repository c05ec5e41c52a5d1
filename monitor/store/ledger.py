"""One row per poll and per dropped thing, with the reason."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, insert
from sqlmodel import Session, col, func, select

from monitor.model import Drop, PollRecord
from monitor.store.tables import LedgerRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The polls of a time span, added up."""

    answered: frozenset[str]  #: feeds that answered at least once
    new: int
    undated: int
    archived: int


def record_polls(session: Session, polls: Iterable[PollRecord], *, now: datetime) -> None:
    """Append one row a poll."""
    names = PollRecord.__dataclass_fields__
    values = [{n: getattr(p, n) for n in names} | {"kind": "poll", "at": now} for p in polls]
    if values:
        session.execute(insert(LedgerRow), values)


def record_drops(session: Session, drops: Iterable[Drop], *, now: datetime) -> None:
    """Append one row a dropped thing."""
    values = [
        {
            "at": now,
            "kind": "drop",
            "feed": drop.feed,
            "outcome": drop.reason,
            "detail": drop.detail,
            "item": drop.item or None,
            "provision": drop.provision or None,
        }
        for drop in drops
    ]
    if values:
        session.execute(insert(LedgerRow), values)


def newest(session: Session) -> int:
    """The number of the newest row; 0 if there is none."""
    return session.exec(select(func.max(LedgerRow.number))).one() or 0


def polls(session: Session, *, after: int) -> list[PollRecord]:
    """Every poll with a number greater than `after`, oldest first."""
    query = select(LedgerRow).where(LedgerRow.kind == "poll", col(LedgerRow.number) > after)
    names = PollRecord.__dataclass_fields__
    return [
        PollRecord(**{name: getattr(row, name) for name in names})
        for row in session.exec(query.order_by(col(LedgerRow.number)))
    ]


def asked(session: Session, *, after: datetime, until: datetime) -> dict[str, bool]:
    """The feeds that were polled in that time: did the last poll of each get an answer?"""
    query = select(LedgerRow.feed, LedgerRow.outcome).where(*_polls(after, until))
    rows = session.exec(query.order_by(col(LedgerRow.number)))
    return {feed: outcome != "failed" for feed, outcome in rows}


def tally(session: Session, *, after: datetime, until: datetime) -> Tally:
    """The polls with after < at <= until."""
    answered = session.exec(
        select(LedgerRow.feed)
        .where(*_polls(after, until), LedgerRow.outcome != "failed", LedgerRow.outcome != "gone")
        .distinct()
    ).all()
    sums = select(
        func.coalesce(func.sum(LedgerRow.new), 0),
        func.coalesce(func.sum(LedgerRow.undated), 0),
        func.coalesce(func.sum(LedgerRow.archived), 0),
    )
    new, undated, archived = session.exec(sums.where(*_polls(after, until))).one()
    return Tally(answered=frozenset(answered), new=new, undated=undated, archived=archived)


def drops(session: Session, *, after: datetime, until: datetime) -> Counter[tuple[str, str]]:
    """How many things were dropped, by (reason, provision key)."""
    query = (
        select(LedgerRow.outcome, LedgerRow.provision, func.count())
        .where(LedgerRow.kind == "drop", LedgerRow.at > after, LedgerRow.at <= until)
        .group_by(col(LedgerRow.outcome), col(LedgerRow.provision))
    )
    return Counter({(why, provision or ""): n for why, provision, n in session.exec(query)})


def _polls(after: datetime, until: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        col(LedgerRow.kind) == "poll",
        col(LedgerRow.at) > after,
        col(LedgerRow.at) <= until,
    )
