"""Small facts about the service itself: when it started, when it last swept and delivered."""

from datetime import datetime

from sqlmodel import Session, select

from monitor.store.tables import FactRow


def note(session: Session, name: str, *, now: datetime, value: str = "") -> None:
    """`name` happened at `now`; an earlier note of the same name is replaced."""
    session.merge(FactRow(name=name, at=now, value=value))


def noted(session: Session) -> dict[str, tuple[datetime, str]]:
    """All facts: name -> (at, value)."""
    return {row.name: (row.at, row.value) for row in session.exec(select(FactRow))}
