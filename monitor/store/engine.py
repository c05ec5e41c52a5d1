"""Connections and transactions. Every transaction begins here.

Python's sqlite3 would begin one at the first INSERT only, and never for SELECT or
DDL: no snapshot, no atomic migration. So it is told to begin none, and `_begin` does.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any

from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.engine import make_url
from sqlmodel import Session, create_engine

from monitor.errors import Unusable

# Writers of this process queue here, where no busy timeout makes one give up.
# Re-entrant: a writing() inside a writing() fails as locked, it does not hang.
_one_writer = RLock()

# Another process (a short CLI write) holds the database for milliseconds; a backup for seconds.
BUSY_TIMEOUT_MS = 10_000

# Any constant: names the one writer of a PostgreSQL database among all its processes.
_WRITER_LOCK = 0x70726F76


def open_engine(url: str) -> Engine:
    """An engine for `url`; SQLite gets WAL, foreign keys and a busy timeout.

    Raises:
        Unusable: its file cannot be made, or its driver is missing.
    """
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        path = Path(address.database or "")
        try:
            _make_private(path)
        except OSError as e:
            raise Unusable(f"{e.filename or path}: {e.strerror}; see `database`") from e
        engine = create_engine(address)
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin)
        return engine
    try:
        return create_engine(address.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    except ModuleNotFoundError as e:
        raise Unusable("PostgreSQL needs the Python package psycopg, which is missing") from e


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """One snapshot, taken at the first read; rolled back at the end. Keep it under two seconds."""
    with Session(engine) as session:
        if engine.dialect.name == "postgresql":
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        yield session


@contextmanager
def writing(engine: Engine, *, durable: bool = True) -> Iterator[Session]:
    """The only writer; commits at the end, rolls back if the block raises.

    durable: not even a power cut undoes it. Without, one may undo the last few
    transactions, whole; say so only for what would then be done again.
    """
    with _one_writer, Session(engine) as session, session.begin():
        if engine.dialect.name == "sqlite":
            synchronous = f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}"
            # IMMEDIATE: fail or wait now, not half way through the writes
            session.connection(execution_options={"begin": (synchronous, "BEGIN IMMEDIATE")})
        else:
            session.execute(text(f"SELECT pg_advisory_xact_lock({_WRITER_LOCK})"))
            if not durable:
                session.execute(text("SET LOCAL synchronous_commit = off"))
        yield session


def _make_private(path: Path) -> None:
    """A new database file is its owner's alone: it says who reads what."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.touch(mode=0o600)


def _begin(connection: Connection) -> None:
    for statement in connection.get_execution_options().get("begin", ("BEGIN",)):
        connection.exec_driver_sql(statement)


def _set_up_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # sqlite3 begins nothing by itself
    for pragma in (
        "journal_mode = WAL",
        "foreign_keys = ON",
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "cache_size = -65536",
        "temp_store = MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")
