"""One service per database: the lock that long jobs take, and who holds it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine, text

from monitor.errors import Locked

# Any constant: names the service among the advisory locks of a PostgreSQL database.
_SERVICE_LOCK = 0x6D6F6E69


@contextmanager
def service_lock(engine: Engine, *, holder: str) -> Iterator[None]:
    """Hold the database's service lock; `holder` tells others who does ("monitor run, pid 42").

    The operating system (or the database server) frees it when the process dies, however.

    Raises:
        Locked: another process holds it.
    """
    lock = _server_lock if engine.dialect.name == "postgresql" else _file_lock
    with lock(engine, holder):
        yield


@contextmanager
def _file_lock(engine: Engine, holder: str) -> Iterator[None]:
    path = Path(f"{engine.url.database}.lock")
    who = Path(f"{engine.url.database}.holder")
    lock = FileLock(path)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        known = who.read_text(encoding="utf-8").strip() if who.exists() else "an unknown process"
        raise Locked(f"{engine.url.database} is in use by {known}") from None
    try:
        who.write_text(holder + "\n", encoding="utf-8")
        yield
    finally:
        who.unlink(missing_ok=True)
        lock.release()


@contextmanager
def _server_lock(engine: Engine, holder: str) -> Iterator[None]:
    with engine.connect() as connection:
        free = connection.scalar(text(f"SELECT pg_try_advisory_lock({_SERVICE_LOCK})"))
        connection.commit()
        if not free:
            raise Locked(f"{engine.url.database} is in use by {_server_holder(connection)}")
        name = text("SELECT set_config('application_name', :name, false)")
        connection.execute(name, {"name": holder[:63]})
        connection.commit()
        try:
            yield
        finally:
            connection.execute(text(f"SELECT pg_advisory_unlock({_SERVICE_LOCK})"))
            connection.commit()


def _server_holder(connection: Connection) -> str:
    query = text(
        "SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
        " WHERE l.locktype = 'advisory' AND l.granted AND l.objid = :lock LIMIT 1"
    )
    found = connection.scalar(query, {"lock": _SERVICE_LOCK})
    return str(found or "an unknown process")
