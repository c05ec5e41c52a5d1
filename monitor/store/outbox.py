"""Messages waiting to leave. Written in the transaction that caused them.

A message is waiting, then sent or failed. Failed is what a person must look at.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select, update

from monitor.model import Message
from monitor.store.tables import OutboxRow

# After 1, 2, 4 .. 32 minutes, then hourly: seven days of trying. A mail server may be
# down for three. Tries are counted, not days, so our own downtime costs none of them.
LONGEST_WAIT_MINUTES = 60
MAX_ATTEMPTS = 6 + 7 * 24 + 1

UNFINISHED = "the try was not finished"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one message."""

    message: Message
    state: str  #: waiting, sent, failed
    attempts: int
    queued_at: datetime
    due_at: datetime
    sent_at: datetime | None
    reason: str


def put(session: Session, message: Message, *, now: datetime, run: int | None = None) -> bool:
    """Queue `message` unless its key was ever queued before; say if it was queued."""
    if session.get(OutboxRow, message.key):
        return False
    session.add(
        OutboxRow(
            key=message.key,
            kind=message.kind,
            recipient=message.to,
            subject=message.subject,
            text=message.text,
            html=message.html,
            headers=dict(message.headers),
            run=run,
            queued_at=now,
            due_at=now,
        )
    )
    return True


def due(session: Session, *, now: datetime, limit: int = 100) -> list[Message]:
    """Messages to send by `now`, longest waiting first."""
    query = (
        select(OutboxRow)
        .where(OutboxRow.state == "waiting", col(OutboxRow.due_at) <= now)
        .order_by(col(OutboxRow.due_at), col(OutboxRow.key))
    )
    return [_message(row) for row in session.exec(query.limit(limit))]


def make_due(session: Session, *, now: datetime) -> None:
    """Try every message that waits, whenever its next try was to be; none that is under way."""
    row = OutboxRow
    waiting = (col(row.state) == "waiting") & (col(row.reason) != UNFINISHED)
    session.exec(update(row).where(waiting, col(row.due_at) > now).values(due_at=now))


def next_due(session: Session) -> datetime | None:
    """When the next message is to be tried; None if none waits."""
    return session.exec(
        select(func.min(OutboxRow.due_at)).where(OutboxRow.state == "waiting")
    ).one()


def deliveries(session: Session, *, state: str = "", limit: int = 100) -> list[Delivery]:
    """What became of messages, newest first."""
    query = select(OutboxRow).order_by(col(OutboxRow.queued_at).desc(), col(OutboxRow.key))
    if state:
        query = query.where(OutboxRow.state == state)
    return [_delivery(row) for row in session.exec(query.limit(limit))]


def counts(session: Session) -> dict[str, int]:
    """How many messages are in each state."""
    query = select(OutboxRow.state, func.count()).group_by(OutboxRow.state)
    return dict(session.exec(query).all())


def begin(session: Session, key: str, *, now: datetime) -> bool:
    """A try begins; False if the message waits no more, or somebody's try is under way.

    Written before the message is handed over: a database that takes no such note would take none
    of the success either, and the message would go out again and again. Should nothing be written
    after it, the next try comes as late as after a failure.
    """
    row = session.get(OutboxRow, key)
    if row is None or row.state != "waiting" or row.due_at > now:
        return False
    row.due_at = now + timedelta(minutes=min(2 ** min(row.attempts, 10), LONGEST_WAIT_MINUTES))
    row.attempts += 1
    row.tried_at, row.reason = now, UNFINISHED
    return True


def mark_sent(session: Session, key: str, *, now: datetime) -> None:
    """`key` left."""
    row = session.get_one(OutboxRow, key)
    row.state, row.sent_at, row.reason = "sent", now, ""


def mark_unsent(session: Session, key: str, *, reason: str, permanent: bool) -> bool:
    """`key` did not leave; it is tried again later, unless it is given up; say if it is."""
    row = session.get_one(OutboxRow, key)
    row.reason = reason
    if permanent or row.attempts >= MAX_ATTEMPTS:
        row.state = "failed"
    return row.state == "failed"


def _message(row: OutboxRow) -> Message:
    return Message(
        key=row.key,
        kind=row.kind,
        to=row.recipient,
        subject=row.subject,
        text=row.text,
        html=row.html,
        headers=row.headers,
        at=row.queued_at,
    )


def _delivery(row: OutboxRow) -> Delivery:
    return Delivery(
        _message(row),
        row.state,
        row.attempts,
        row.queued_at,
        row.due_at,
        row.sent_at,
        row.reason,
    )
