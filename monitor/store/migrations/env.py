"""Alembic's entry point; see monitor.store.migrate."""

from typing import Any, Literal

from alembic import context
from sqlmodel.sql.sqltypes import AutoString

from monitor.store.tables import Utc, metadata


def plain_types(type_: str, obj: Any, _: Any) -> str | Literal[False]:
    """Write stock column types, so that old migrations do not import today's code."""
    if type_ == "type" and isinstance(obj, Utc):
        return "sa.DateTime(timezone=True)"
    if type_ == "type" and isinstance(obj, AutoString):
        return "sa.String()"
    return False


def is_ours(name: str | None, type_: str, _: Any) -> bool:
    """All but the archive's index: FTS5 in one database and tsvector in the other; see 0004."""
    return type_ != "table" or not (name or "").startswith("archive_index")


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    render_item=plain_types,
    compare_type=True,
    include_name=is_ours,
)
with context.begin_transaction():
    context.run_migrations()
