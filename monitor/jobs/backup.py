"""Copy the database while the service runs."""

import sqlite3
from datetime import datetime
from pathlib import Path

from monitor.config import Config
from monitor.errors import MonitorError
from monitor.store.backup import BadCopy, copy_database, database_file, without_password


class CannotBackUp(MonitorError):
    """There is no copy; the message says why, and what to do."""


def back_up(config: Config, target: Path | None, *, now: datetime) -> Path:
    """Copy the database to `target`, by default into backups/ under `data`; where the copy is.

    Raises:
        CannotBackUp: there is none to copy, it is a server's, the target exists ...
    """
    source = database_file(config.database)
    if source is None:
        shown = without_password(config.database).replace("postgresql+psycopg:", "postgresql:")
        dump = f"pg_dump --format=custom --file=monitor.dump '{shown}'"
        raise CannotBackUp(f"this database is on a server, which makes its own copies: {dump}")
    if not source.is_file():
        raise CannotBackUp(f"there is no database yet: {source} does not exist")
    if target is None:
        target = config.data / "backups" / f"monitor-{now:%Y%m%d-%H%M%S}.db"
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        copy_database(source, target)
    except FileExistsError:
        raise CannotBackUp(f"{target} exists; choose another name") from None
    except BadCopy as e:
        reason = f"the database is damaged ({e}); keep your earlier copies, and see docs/how-to"
        raise CannotBackUp(reason) from None
    except (OSError, sqlite3.Error) as e:
        raise CannotBackUp(f"{target} cannot be written: {e}") from None
    return target
