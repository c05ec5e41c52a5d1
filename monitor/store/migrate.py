"""Bring a database to the newest schema, after a backup of the file."""

import os
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from monitor.errors import NewerDatabase
from monitor.store.backup import copy_database
from monitor.store.engine import writing
from monitor.store.lock import service_lock

KEPT_BACKUPS = 3


def upgrade(engine: Engine, revision: str = "head") -> Path | None:
    """Apply the missing migrations: all of them, or none if one fails.

    Returns where the backup stands that was made first; None where nothing was to do, the
    database was empty, or the server keeps its own backups (PostgreSQL).

    Raises:
        NewerDatabase: a later version of the monitor wrote it; nothing was touched.
        Locked: a service works on it, whose code belongs to the schema that is there.
    """
    at, known = current(engine), _scripts()
    if at == known.get_current_head():
        return None
    if at and at not in {script.revision for script in known.walk_revisions()}:
        raise NewerDatabase(
            f"the database is of a newer version (schema {at}); install that version of the monitor"
        )
    with service_lock(engine, holder=f"a change of the schema, pid {os.getpid()}"):
        copy = _back_up(engine, at) if at else None
        with writing(engine) as session:
            command.upgrade(alembic_config(session.connection()), revision)
    return copy


@cache
def _scripts() -> ScriptDirectory:
    """The migrations there are; reading them takes longer than most commands."""
    return ScriptDirectory.from_config(alembic_config(None))


def current(engine: Engine) -> str | None:
    """The revision that the database is at; None for an empty one."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def alembic_config(connection: object) -> Config:
    """Alembic without an ini file; it works in the transaction of `connection`."""
    config = Config()
    config.set_main_option("script_location", "monitor.store:migrations")
    config.attributes["connection"] = connection
    return config


def _back_up(engine: Engine, revision: str) -> Path | None:
    """A consistent copy beside the file, made by SQLite itself while others may be reading."""
    if engine.dialect.name != "sqlite" or not engine.url.database:
        return None
    path = Path(engine.url.database)
    copy = path.with_name(f"{path.name}.before-{revision}")
    copy.unlink(missing_ok=True)  # of a change that failed: this one has what came since
    copy_database(path, copy)
    _prune(path)
    return copy


def _prune(path: Path) -> None:
    backups = sorted(path.parent.glob(f"{path.name}.before-*"), key=lambda p: p.stat().st_mtime)
    for old in backups[:-KEPT_BACKUPS]:
        old.unlink()
