"""The copy of docs/how-to/move-to-postgresql.md takes everything along."""

import importlib.util
from datetime import timedelta
from itertools import count

import pytest
import sqlalchemy
from sqlmodel import Session, select

from monitor import store
from monitor.store.tables import HitEventRow, StoryRow, metadata
from tests.docs.pages import ROOT
from tests.feeds.server import Server
from tests.world import a_world, entry, rss

NUMBERS = count()


def script():
    path = ROOT / "docs" / "how-to" / "copy_to_postgresql.py"
    spec = importlib.util.spec_from_file_location("copy_to_postgresql", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def postgres(postgres_server):
    """The address of an empty database."""
    name = f"copied{next(NUMBERS)}"
    admin = sqlalchemy.create_engine(postgres_server.format(database="postgres"))
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sqlalchemy.text(f"CREATE DATABASE {name} TEMPLATE template0"))
    admin.dispose()
    return postgres_server.format(database=name)


@pytest.fixture
def copied(postgres):
    engine = store.open_engine(postgres)
    yield engine
    engine.dispose()


def contents(engine):
    with engine.connect() as connection:
        return {
            table.name: sorted(
                repr(sorted(dict(row).items()))
                for row in connection.execute(sqlalchemy.select(table)).mappings()
            )
            for table in metadata.sorted_tables
        }


@pytest.fixture
def filled(tmp_path):
    """A SQLite file in which something has happened."""
    with Server() as server, a_world(tmp_path, {"wire": server.url("/wire")}) as world:
        news = [entry(str(n), f"Port strike number {n} begins today") for n in range(3)]
        server.says("/wire", body=rss(*news))
        world.poll()
        world.morning()
        with store.writing(world.app.engine) as session:
            first, second = session.exec(select(StoryRow).order_by(StoryRow.id)).all()[:2]
            first.merged_into = second.id
        yield world.app.engine


def test_everything_is_there_and_counting_goes_on(filled, postgres, copied, capsys):
    script().main(filled.url.database, postgres)

    assert contents(copied) == contents(filled)
    assert "outbox: 1 rows" in capsys.readouterr().out
    with Session(copied) as session:
        old = session.exec(select(HitEventRow).order_by(HitEventRow.number.desc())).first()
        new = HitEventRow(**old.model_dump(exclude={"number", "at"}), at=old.at + timedelta(1))
        session.add(new)
        session.commit()
        assert new.number > old.number


def test_a_database_with_something_in_it_is_left_alone(filled, postgres):
    script().main(filled.url.database, postgres)

    with pytest.raises(SystemExit, match="is not empty there"):
        script().main(filled.url.database, postgres)
