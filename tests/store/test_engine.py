import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

import pytest
from sqlalchemy import event, text

from monitor import store
from monitor.store import feeds
from tests.store.kit import set_up


@pytest.fixture
def feed(engine, now):
    with store.writing(engine) as session:
        set_up(session, now)
    with store.reading(engine) as session:
        [feed] = feeds.active(session)
    return feed


def failures(session):
    return [feed.failures for feed in feeds.active(session)]


def test_a_write_that_raises_leaves_nothing(engine, feed):
    def fail_half_way():
        with store.writing(engine) as session:
            feeds.save(session, replace(feed, failures=1))
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()

    with store.reading(engine) as session:
        assert failures(session) == [0]


def test_a_reader_sees_one_state_from_first_to_last(engine, feed):
    with store.reading(engine) as session:
        before = failures(session)
        with store.writing(engine) as other:
            feeds.save(other, replace(feed, failures=1))
        session.expire_all()
        after = failures(session)

    assert (before, after) == ([0], [0])


def test_writers_queue_here_and_do_not_lean_on_the_busy_timeout(engine, feed):
    if engine.dialect.name == "sqlite":
        event.listen(engine, "checkout", lambda raw, *_: raw.execute("PRAGMA busy_timeout = 0"))

    def fail_once_more(_):
        with store.writing(engine) as session:
            [known] = feeds.active(session)
            feeds.save(session, replace(known, failures=known.failures + 1))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(fail_once_more, range(40)))

    with store.reading(engine) as session:
        assert failures(session) == [40]


def test_a_writer_holds_the_lock_before_its_first_write(sqlite):
    other = sqlite3.connect(sqlite.url.database, timeout=0)
    with (
        closing(other),
        store.writing(sqlite),
        pytest.raises(sqlite3.OperationalError, match="database is locked"),
    ):
        other.execute("BEGIN IMMEDIATE")


@pytest.mark.parametrize(("how", "level"), [({}, 2), ({"durable": False}, 1)])
def test_what_is_durable_waits_for_the_disk(sqlite, how, level):
    with store.writing(sqlite, **how) as session:
        assert session.execute(text("PRAGMA synchronous")).scalar() == level


@pytest.mark.parametrize(("how", "level"), [({}, "on"), ({"durable": False}, "off")])
def test_what_is_durable_waits_for_the_disk_of_the_server(postgres, how, level):
    with store.writing(postgres, **how) as session:
        assert session.execute(text("SHOW synchronous_commit")).scalar() == level
