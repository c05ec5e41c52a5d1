"""What was learned from verdicts: one row a UTC day and provision, written once; and what is not
to be learned, append-only.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, exists, func, select

from monitor.model import Item
from monitor.store.items import _item
from monitor.store.tables import FeedbackRow, ForgottenRow, HitRow, ItemRow, LearnedRow


@dataclass(frozen=True, slots=True)
class Stored:
    """What was learned for one provision, as it was written."""

    provision: str  #: its key
    verdicts: int
    base: float
    words: list[list[str | float]]  #: stem, how it is written, weight


@dataclass(frozen=True, slots=True)
class Said:
    """A verdict in force at some moment, with its item."""

    provision: str
    verdict: str
    target: str
    item: Item


def newest(session: Session, day: date) -> date | None:
    """The newest day on which something was learned, not later than `day`."""
    query = select(func.max(LearnedRow.day)).where(col(LearnedRow.day) <= day)
    return session.exec(query).one()


def of_day(session: Session, day: date) -> list[Stored]:
    """What was written on `day`."""
    rows = session.exec(
        select(LearnedRow).where(LearnedRow.day == day).order_by(col(LearnedRow.provision))
    )
    return [Stored(row.provision, row.verdicts, row.base, row.words) for row in rows]


def add(session: Session, day: date, found: Iterable[Stored]) -> None:
    """Write what was learned by `day`, unless something was: what was written once stays."""
    if of_day(session, day):
        return
    for one in found:
        session.add(
            LearnedRow(
                day=day,
                provision=one.provision,
                verdicts=one.verdicts,
                base=one.base,
                words=one.words,
            )
        )
    session.flush()


def said(session: Session, *, before: datetime) -> list[Said]:
    """The verdicts that were in force at `before`, in the order in which they were given."""
    row = FeedbackRow
    last = select(func.max(row.number)).where(col(row.at) < before)
    query = (
        select(row, ItemRow)
        .join(ItemRow, col(ItemRow.id) == col(row.item))
        .where(col(row.number).in_(last.group_by(row.item, row.provision)))
        .order_by(col(row.number))
    )
    return [
        Said(one.provision, one.verdict, one.target, _item(item))
        for one, item in session.exec(query)
    ]


def without_hit(session: Session, *, before: datetime, limit: int) -> list[Item]:
    """The newest items seen before `before` that no provision ever hit."""
    query = (
        select(ItemRow)
        .where(col(ItemRow.first_seen) < before, ~exists().where(HitRow.item == ItemRow.id))  # type: ignore[arg-type]
        .order_by(col(ItemRow.first_seen).desc(), col(ItemRow.id))
        .limit(limit)
    )
    return [_item(row) for row in session.exec(query)]


def forget(
    session: Session, provision: str, word: str, *, by: str, now: datetime, restored: bool = False
) -> None:
    """Note that nothing is to be learned of `word`, or, if `restored`, that it is again."""
    session.add(ForgottenRow(provision=provision, word=word, at=now, by=by, restored=restored))
    session.flush()


def forgotten(session: Session, *, before: datetime | None = None) -> dict[str, list[str]]:
    """The words that nothing was to be learned of at `before`, or is now, by provision."""
    found: dict[str, dict[str, None]] = {}
    query = select(ForgottenRow).order_by(col(ForgottenRow.number))
    if before:
        query = query.where(col(ForgottenRow.at) < before)
    for row in session.exec(query):
        words = found.setdefault(row.provision, {})
        words.pop(row.word, None)
        if not row.restored:
            words[row.word] = None
    return {provision: list(words) for provision, words in found.items() if words}
