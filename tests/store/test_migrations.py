import sqlite3
from contextlib import closing

import pytest
from alembic import command
from sqlalchemy import inspect, text
from sqlalchemy.exc import OperationalError

from monitor import store
from monitor.errors import Locked, NewerDatabase
from monitor.store.migrate import alembic_config, current


def test_tables_and_migrations_agree(engine):
    with engine.begin() as connection:
        command.check(alembic_config(connection))  # raises if a migration is missing


def test_down_and_up_again(engine):
    with engine.begin() as connection:
        command.downgrade(alembic_config(connection), "base")
        command.upgrade(alembic_config(connection), "head")
        assert connection.execute(text("SELECT count(*) FROM item")).scalar() == 0


def test_a_migration_that_fails_half_way_leaves_nothing(tmp_path):
    engine = store.open_engine(f"sqlite:///{tmp_path / 'half.db'}")
    with store.writing(engine) as session:  # stands in the way of one of the last tables
        session.execute(text("CREATE TABLE digest_entry (x)"))

    with pytest.raises(OperationalError, match="digest_entry already exists"):
        store.upgrade(engine)

    assert inspect(engine).get_table_names() == ["digest_entry"]
    engine.dispose()


def test_an_older_database_is_copied_before_it_is_changed(sqlite, tmp_path):
    with store.writing(sqlite) as session:
        session.execute(text("INSERT INTO fact VALUES ('kept', '2026-01-01', '')"))
        command.downgrade(alembic_config(session.connection()), "0001")

    copy = store.upgrade(sqlite)

    assert copy == tmp_path / "test.db.before-0001"
    assert copy.stat().st_mode & 0o077 == 0  # as private as the database
    with closing(sqlite3.connect(copy)) as old:
        assert old.execute("SELECT name FROM fact").fetchall() == [("kept",)]
    assert current(sqlite) != "0001"


def test_the_database_of_a_newer_version_is_left_alone_and_said_so(sqlite, tmp_path):
    with store.writing(sqlite) as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(NewerDatabase, match="newer version"):
        store.upgrade(sqlite)

    assert not list(tmp_path.glob("*.before-*"))


def test_the_schema_does_not_change_under_a_running_service(sqlite):
    with store.writing(sqlite) as session:
        command.downgrade(alembic_config(session.connection()), "0001")

    with store.service_lock(sqlite, holder="monitor run, pid 1"), pytest.raises(Locked):
        store.upgrade(sqlite)


def test_a_database_that_is_up_to_date_is_left_alone(engine, tmp_path):
    assert store.upgrade(engine) is None
    assert current(engine) is not None
    assert not list(tmp_path.glob("*.before-*"))
