"""Store tests run on SQLite and, where it is installed, on PostgreSQL."""

from collections.abc import Iterator
from itertools import count

import psycopg
import pytest

from monitor import store

_numbers = count()


def _psycopg_url(template: str, database: str) -> str:
    return template.format(database=database).replace("+psycopg", "")


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """A migrated database of the server, to be copied."""
    with psycopg.connect(_psycopg_url(postgres_server, "postgres"), autocommit=True) as server:
        server.execute("CREATE DATABASE migrated")
    engine = store.open_engine(postgres_server.format(database="migrated"))
    store.upgrade(engine)
    engine.dispose()
    return postgres_server


@pytest.fixture
def postgres(postgres_template: str) -> Iterator[store.Engine]:
    name = f"test{next(_numbers)}"
    with psycopg.connect(_psycopg_url(postgres_template, "postgres"), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE migrated")
    engine = store.open_engine(postgres_template.format(database=name))
    yield engine
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest) -> store.Engine:
    return request.getfixturevalue(request.param)
