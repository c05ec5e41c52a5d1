"""What is taken out of the database when it is old enough, a small batch at a time.

Never an item, a hit, an event or a digest; never what one of them cites. Each function says how
many rows it changed; fewer than `limit` means that it is done.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, delete, text
from sqlmodel import Session, col, exists, or_, select, tuple_, update

from monitor.store.engine import writing
from monitor.store.tables import (
    HitEventRow,
    HitRow,
    ItemRevisionRow,
    LearnedRow,
    LedgerRow,
    OutboxRow,
    WordTableRow,
)

CHECKPOINT_WAIT_MS = 1_000  #: for readers; while it waits, nobody writes


def drop_ledger(session: Session, *, before: datetime, limit: int) -> int:
    """Polls and drops recorded before `before`.

    Numbers grow with time: only the lowest are looked at, never the whole of the largest table.
    """
    lowest = select(LedgerRow.number, LedgerRow.at).order_by(col(LedgerRow.number)).limit(limit)
    numbers = [number for number, at in session.exec(lowest) if at < before]
    session.execute(delete(LedgerRow).where(col(LedgerRow.number).in_(numbers)))
    return len(numbers)


def drop_texts(session: Session, *, before: datetime, limit: int) -> int:
    """The texts of messages queued before `before` that do not wait; the rows stay for ever.

    A key that went away could be queued, and sent, a second time.
    """
    row = OutboxRow
    old = select(row.key).where(
        col(row.queued_at) < before,
        col(row.state) != "waiting",
        or_(row.text != "", row.html != ""),
    )
    keys = session.exec(old.limit(limit)).all()
    session.execute(update(row).where(col(row.key).in_(keys)).values(text="", html=""))
    return len(keys)


def drop_revisions(session: Session, *, before: datetime, limit: int) -> int:
    """Earlier words of items, replaced before `before`, that no hit and no digest cites.

    A digest cites what an announceable event does, whether it was told already or is to be.
    """
    row = ItemRevisionRow
    old = select(row.item, row.rev).where(
        col(row.replaced_at) < before, ~_cited_by_hit(), ~_cited_by_event()
    )
    keys: Sequence[Any] = session.exec(old.limit(limit)).all()
    same = tuple_(col(row.item), col(row.rev)).in_([tuple(key) for key in keys])
    session.execute(delete(row).where(same))
    return len(keys)


def drop_word_tables(session: Session, *, before: datetime, limit: int) -> int:
    """Tables of days before `before`; the scores that were made with them stay."""
    row = WordTableRow
    old = select(col(row.day), col(row.language)).where(col(row.day) < before.date()).limit(limit)
    keys: Sequence[Any] = session.exec(old).all()
    same = tuple_(col(row.day), col(row.language)).in_([tuple(key) for key in keys])
    session.execute(delete(row).where(same))
    return len(keys)


def drop_learned(session: Session, *, before: datetime, limit: int) -> int:
    """What was learned by days before `before`; the scores that were made with it stay."""
    row = LearnedRow
    old = select(col(row.day), col(row.provision)).where(col(row.day) < before.date()).limit(limit)
    keys: Sequence[Any] = session.exec(old).all()
    same = tuple_(col(row.day), col(row.provision)).in_([tuple(key) for key in keys])
    session.execute(delete(row).where(same))
    return len(keys)


def stuck(session: Session, *, failed_after: datetime) -> bool:
    """Is there a message whose last try failed, and that waits or was given up lately?"""
    row = OutboxRow
    waits = (col(row.state) == "waiting") & (col(row.reason) != "")
    failed = (col(row.state) == "failed") & (col(row.tried_at) > failed_after)
    return session.exec(select(row.key).where(or_(waits, failed)).limit(1)).first() is not None


def optimise(engine: Engine) -> None:
    """Fresh statistics for SQLite's planner, a short write-ahead log; a server does it itself."""
    if engine.dialect.name != "sqlite":
        return
    with writing(engine, durable=False) as session:  # it writes: it waits for its turn
        session.execute(text("PRAGMA optimize"))
    with engine.connect().execution_options(begin=()) as connection:  # in no transaction
        patience = connection.exec_driver_sql("PRAGMA busy_timeout").scalar()
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {CHECKPOINT_WAIT_MS}")
        try:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").close()
        finally:
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {patience}")


def _cited_by_hit() -> Any:
    row = ItemRevisionRow
    return exists().where(col(HitRow.item) == col(row.item), col(HitRow.item_rev) == col(row.rev))


def _cited_by_event() -> Any:
    row = ItemRevisionRow
    return exists().where(
        col(HitEventRow.item) == col(row.item),
        col(HitEventRow.item_rev) == col(row.rev),
        col(HitEventRow.announce),
    )
