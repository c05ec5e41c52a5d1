"""Once a day, take out of the database what the configuration does not keep.

Small batches, each its own transaction: polling and mailing go on between them, and whatever stops
us in the middle, the next day goes on. Items, hits, events and digests are never touched.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import structlog

from monitor import store
from monitor.app import App
from monitor.store import facts, upkeep

log = structlog.get_logger()

EVERY = timedelta(days=1)
BATCH = 500
FACT = "housekeeping"
WORD_TABLES = timedelta(days=60)  #: 0.3 MB a day; older news that is matched now is scored alike


@dataclass(frozen=True, slots=True, kw_only=True)
class Tidied:
    """How many rows each part came to."""

    revisions: int = 0
    texts: int = 0  #: mails whose text was dropped
    ledger: int = 0
    word_tables: int = 0
    learned: int = 0


def tidy_when_due(
    app: App, *, now: datetime, stopping: Callable[[], bool] = lambda: False
) -> Tidied | None:
    """Tidy up if that was not done for a day; None if it was."""
    with store.reading(app.engine) as session:
        last, _ = facts.noted(session).get(FACT, (None, ""))
    if last and last <= now < last + EVERY:
        return None
    return tidy(app, now=now, stopping=stopping)


def tidy(app: App, *, now: datetime, stopping: Callable[[], bool] = lambda: False) -> Tidied:
    """Take out what is too old; what is left when `stopping` says so is for the next time."""
    keep = app.config.keep
    old = {
        "revisions": (upkeep.drop_revisions, keep.revisions),
        "texts": (upkeep.drop_texts, keep.outbox),
        "ledger": (upkeep.drop_ledger, keep.ledger),
        "word_tables": (upkeep.drop_word_tables, WORD_TABLES),
        "learned": (upkeep.drop_learned, WORD_TABLES),
    }
    done = {name: _in_batches(app, drop, now - age, stopping) for name, (drop, age) in old.items()}
    if not stopping():
        upkeep.optimise(app.engine)
        with store.writing(app.engine, durable=False) as session:
            facts.note(session, FACT, now=now)
    tidied = Tidied(**done)
    log.info("tidied up", **asdict(tidied))
    return tidied


def _in_batches(
    app: App, drop: Callable[..., int], before: datetime, stopping: Callable[[], bool]
) -> int:
    total = 0
    while not stopping():
        with store.writing(app.engine, durable=False) as session:
            gone = drop(session, before=before, limit=BATCH)
        total += gone
        if gone < BATCH:
            break
    return total
