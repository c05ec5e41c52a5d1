"""Tables of how common words are: some a UTC day, written once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, func, select

from monitor.store.tables import ItemRow, WordTableRow


@dataclass(frozen=True, slots=True)
class Stored:
    """The words of one language, as they were written."""

    language: str  #: "" = of all items
    items: int
    counts: Mapping[str, int]


def newest(session: Session, day: date) -> date | None:
    """The newest day that has tables, not later than `day`."""
    query = select(func.max(WordTableRow.day)).where(col(WordTableRow.day) <= day)
    return session.exec(query).one()


def of_day(session: Session, day: date) -> list[Stored]:
    """The tables of `day`; none if none were written."""
    query = select(WordTableRow).where(WordTableRow.day == day)
    rows = session.exec(query.order_by(col(WordTableRow.language)))
    return [Stored(row.language, row.items, row.counts) for row in rows]


def add(session: Session, day: date, tables: Iterable[Stored]) -> None:
    """Write the tables of `day`, unless it has some: what was written once stays."""
    if of_day(session, day):
        return
    for one in tables:
        counts = dict(one.counts)
        row = WordTableRow(day=day, language=one.language, items=one.items, counts=counts)
        session.add(row)
    session.flush()


def texts(session: Session, *, before: datetime, limit: int) -> list[tuple[str, str, str]]:
    """(language, title, text) of the `limit` newest items first seen before `before`."""
    query = (
        select(ItemRow.language, ItemRow.title, ItemRow.text)
        .where(col(ItemRow.first_seen) < before)
        .order_by(col(ItemRow.first_seen).desc(), col(ItemRow.id))
        .limit(limit)
    )
    return [(language, title, text) for language, title, text in session.exec(query)]
