"""All persistence. Rows never leave this package; model types do."""

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError as Unavailable
from sqlmodel import Session

from monitor.store.engine import open_engine, reading, writing
from monitor.store.lock import service_lock
from monitor.store.migrate import upgrade

__all__ = [
    "Engine",
    "Session",
    "Unavailable",
    "open_engine",
    "reading",
    "service_lock",
    "upgrade",
    "writing",
]
