"""Copy everything from the monitor's SQLite file into an empty PostgreSQL database.

    .venv/bin/python docs/how-to/copy_to_postgresql.py FILE ADDRESS

FILE is data/monitor.db, ADDRESS is postgresql://user@host/name. The file is brought up to date and
else only read. Stop the service first; this refuses to work beside it.
"""

import sys
from contextlib import ExitStack

from sqlalchemy import Connection, Table, func, insert, select, text, update

from monitor import store
from monitor.store.tables import metadata

AT_ONCE = 1_000


def main(file: str, address: str) -> None:
    """All tables in one transaction: everything is there afterwards, or nothing."""
    with ExitStack() as stack:
        engines = [store.open_engine(url) for url in (f"sqlite:///{file}", address)]
        for engine in engines:
            stack.callback(engine.dispose)
            store.upgrade(engine)
            stack.enter_context(store.service_lock(engine, holder="copy_to_postgresql"))
        source = stack.enter_context(engines[0].connect())
        target = stack.enter_context(store.writing(engines[1])).connection()
        for table in metadata.sorted_tables:
            sys.stdout.write(f"{table.name}: {copy(source, target, table)} rows\n")


def copy(source: Connection, target: Connection, table: Table) -> int:
    """Every row of `table`; how many."""
    if target.scalar(select(func.count()).select_from(table)):
        sys.exit(f"The table {table.name} is not empty there. Copy into an empty database.")
    own = [c for c in table.columns if any(k.column.table is table for k in c.foreign_keys)]
    rows = 0
    for some in source.execute(select(table)).mappings().partitions(AT_ONCE):
        rows += len(some)
        # what points to a row of the same table, which may come later, is filled in at the end
        target.execute(insert(table), [dict(row) | {c.name: None for c in own} for row in some])
    for column in own:
        fill(source, target, table, column.name)
    continue_counting(target, table)
    return rows


def fill(source: Connection, target: Connection, table: Table, name: str) -> None:
    """Write the column `name`."""
    (key,) = table.primary_key.columns
    for row in source.execute(select(key, table.c[name]).where(table.c[name].is_not(None))):
        target.execute(update(table).where(key == row[0]).values({name: row[1]}))


def continue_counting(target: Connection, table: Table) -> None:
    """New rows get numbers after those that were copied."""
    for column in table.primary_key.columns:
        names = {"table": table.name, "column": column.name}
        counter = text("SELECT pg_get_serial_sequence(:table, :column)")
        if (sequence := target.scalar(counter, names)) is None:
            continue
        if (most := target.scalar(select(func.max(column)))) is not None:
            target.execute(text("SELECT setval(:name, :at)"), {"name": sequence, "at": most})


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
