"""What people said of hits: append-only, the latest word counts. It never changes a hit."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from monitor.model import Item
from monitor.store.items import _item
from monitor.store.tables import FeedbackRow, ItemRow

_FIELDS = ("item", "provision", "verdict", "target", "rules_version", "at", "by")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One word of one person on one item under one provision."""

    item: str
    provision: str  #: its key
    verdict: str  #: relevant, not, belongs-to
    target: str = ""  #: key of the provision that it belongs to
    rules_version: str
    at: datetime
    by: str


def record(session: Session, verdicts: Iterable[Verdict]) -> None:
    """Append them."""
    session.add_all(FeedbackRow(**asdict(verdict)) for verdict in verdicts)
    session.flush()


def latest(
    session: Session, *, provision: str = "", limit: int = 100
) -> list[tuple[Verdict, Item]]:
    """The verdict in force for each item and provision, newest first, with its item."""
    newest = select(func.max(FeedbackRow.number)).group_by(FeedbackRow.item, FeedbackRow.provision)
    query = (
        select(FeedbackRow, ItemRow)
        .join(ItemRow, col(ItemRow.id) == col(FeedbackRow.item))
        .where(col(FeedbackRow.number).in_(newest))
        .order_by(col(FeedbackRow.number).desc())
        .limit(limit)
    )
    if provision:
        query = query.where(FeedbackRow.provision == provision)
    return [(_verdict(row), _item(item)) for row, item in session.exec(query)]


def item(session: Session, id_: str) -> Item | None:
    """The item with that id."""
    row = session.exec(select(ItemRow).where(ItemRow.id == id_)).first()
    return _item(row) if row else None


def _verdict(row: FeedbackRow) -> Verdict:
    return Verdict(**{name: getattr(row, name) for name in _FIELDS})
