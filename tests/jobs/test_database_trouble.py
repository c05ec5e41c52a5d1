"""A database that is locked, full or read-only costs time, and neither news nor a second mail."""

import sqlite3
from contextlib import closing, contextmanager

import pytest
from sqlalchemy import event

from monitor import store
from monitor.jobs.deliver import deliver
from monitor.model import Message
from monitor.service import Tolerant
from monitor.store import outbox
from tests.world import entry, rss


@contextmanager
def locked(world):
    """Another program holds the database, and we do not wait for it."""
    hurry = lambda raw, *_: raw.execute("PRAGMA busy_timeout = 0")  # noqa: E731
    event.listen(world.app.engine, "checkout", hurry)
    with closing(sqlite3.connect(world.app.engine.url.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
    event.remove(world.app.engine, "checkout", hurry)


def test_news_that_could_not_be_stored_is_asked_for_again(world, server):
    from monitor.feeds.outcomes import Fetched
    from monitor.jobs.poll import lease_due, take_in

    body = rss(entry("1", "Port strike begins in the north"))
    server.says("/wire", body=body, headers={"ETag": '"v1"'})
    feed = next(f for f in lease_due(world.app, now=world.clock.pass_(hours=1)) if f.id == "wire")
    outcome = Fetched(feed=feed, url=feed.url, body=body, body_hash="h", etag='"v1"')
    with locked(world):
        take_in(world.app, [outcome])
    lost = world.rows("SELECT count(*) FROM item")
    world.clock.pass_(hours=1)

    polled = world.poll(every=False)

    assert (lost, polled.new) == ([(0,)], 1)


def test_a_message_is_not_handed_over_while_no_note_of_it_can_be_kept(world):
    with store.writing(world.app.engine) as session:
        message = Message(key="k", kind="digest", to="a@example.org", subject="s", text="t")
        outbox.put(session, message, now=world.clock.now)

    with locked(world), pytest.raises(store.Unavailable):
        deliver(world.app, now=world.clock.now)
    none = list(world.sent)
    deliver(world.app, now=world.clock.now)

    assert (none, len(world.sent)) == ([], 1)


def test_a_message_whose_success_could_not_be_noted_is_not_sent_again(world):
    with store.writing(world.app.engine) as session:
        message = Message(key="k", kind="digest", to="a@example.org", subject="s", text="t")
        outbox.put(session, message, now=world.clock.now)

    def full(connection, cursor, statement, *_):
        if statement.startswith("UPDATE outbox") and "sent_at" in statement:
            raise sqlite3.OperationalError("database or disk is full")

    event.listen(world.app.engine, "before_cursor_execute", full)
    with pytest.raises(store.Unavailable, match="full"):
        deliver(world.app, now=world.clock.now)
    event.remove(world.app.engine, "before_cursor_execute", full)
    for _ in range(3):
        world.clock.pass_(hours=2)
        deliver(world.app, now=world.clock.now)

    assert len(world.sent) == 1
    assert world.rows("SELECT state, reason FROM outbox") == [("sent", "")]


def test_a_job_outlives_an_unavailable_database_and_says_so_once(capsys):
    trouble = [store.Unavailable("INSERT", {}, Exception("disk is full"))] * 3
    job = Tolerant(lambda: (_ for _ in ()).throw(trouble.pop()) if trouble else None, "sweep")

    for _ in range(5):
        job()

    said = capsys.readouterr().err
    assert said.count('"database unavailable"') == said.count("disk is full") == 1
    assert said.count('"database available again"') == 1
