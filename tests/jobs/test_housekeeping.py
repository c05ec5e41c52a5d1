"""What is old goes, in small batches; what was found and told stays."""

from datetime import timedelta

import pytest

from monitor.jobs import housekeeping
from monitor.jobs.housekeeping import Tidied, tidy, tidy_when_due
from tests.world import SETTINGS, a_world, entry, rss

ITEM = "p1"
DAY = timedelta(days=1)


@pytest.fixture
def told(world, server):
    """An item that hit, was told, and was edited twice; one that never hit, edited once."""
    server.says("/echo", body=rss())
    stories = [
        ("Port strike begins", "Cats win"),
        ("Port strike begins on Monday at noon", "Cats win the day"),
        ("Port strike begins on Tuesday at the latest", "Cats win the day"),
    ]
    for hit, other in stories:
        server.says("/wire", body=rss(entry(ITEM, hit), entry("p2", other)))
        world.poll()
        world.morning()
    return world


def revisions(world):
    return world.rows(
        "SELECT i.key, r.rev FROM item_revision r JOIN item i ON i.id = r.item ORDER BY 1, 2"
    )


def counts(world):
    tables = ("item", "hit", "hit_event", "digest_run", "digest_entry", "outbox")
    return {table: world.rows(f"SELECT count(*) FROM {table}")[0][0] for table in tables}


def test_young_things_stay(told):
    before = (revisions(told), counts(told), told.rows("SELECT * FROM ledger"))

    assert tidy(told.app, now=told.clock.now) == Tidied()

    assert (revisions(told), counts(told), told.rows("SELECT * FROM ledger")) == before


def test_news_hits_and_digests_are_never_touched(told):
    before = counts(told)

    tidy(told.app, now=told.clock.now + 3000 * DAY)

    assert counts(told) == before


def test_revisions_that_nobody_cites_go(told):
    assert len(revisions(told)) == 3

    done = tidy(told.app, now=told.clock.now + 91 * DAY)

    assert done.revisions == 1
    # what a digest told of the first item is still there to be shown
    assert [number for key, number in revisions(told)] == [1, 2]
    assert len({key for key, _ in revisions(told)}) == 1


def test_a_withdrawn_hit_still_cites_its_revision(world, server):
    server.says("/echo", body=rss())
    for title in ("Port strike begins", "Cats win"):
        server.says("/wire", body=rss(entry("1", title)))
        world.poll()
        world.clock.pass_(hours=1)
    assert world.rows("SELECT state, item_rev FROM hit") == [("withdrawn", 1)]

    done = tidy(world.app, now=world.clock.now + 91 * DAY)

    assert done.revisions == 0


def test_mails_lose_their_text_and_keep_their_place(told):
    told.rows("SELECT 1")
    before = told.rows("SELECT key, recipient, subject, headers, state, sent_at FROM outbox")

    done = tidy(told.app, now=told.clock.now + 366 * DAY)

    after = told.rows("SELECT key, recipient, subject, headers, state, sent_at FROM outbox")
    assert (done.texts, after) == (3, before)
    assert set(told.rows("SELECT text, html FROM outbox")) == {("", "")}
    assert told.morning() != []  # the next one, and none of the old ones again


def test_a_mail_that_still_waits_keeps_its_text(tmp_path, server):
    def refuse(_):
        raise ConnectionError

    with a_world(tmp_path, {"wire": server.says("/wire", body=rss())}, send=refuse) as world:
        world.poll()
        world.morning()

        done = tidy(world.app, now=world.clock.now + 400 * DAY)

        assert done.texts == 0
        assert world.rows("SELECT state, text <> '' FROM outbox") == [("waiting", 1)]


def test_the_ledger_is_cut_at_its_age(world, server):
    for path in ("/wire", "/echo"):
        server.says(path, body=rss(entry("1", "Port strike over wine")))  # excluded: a drop
    world.poll()
    world.clock.pass_(days=50)
    world.poll()

    done = tidy(world.app, now=world.clock.now + 60 * DAY)

    assert done.ledger == 4
    assert world.rows("SELECT count(*) FROM ledger") == [(2,)]
    assert world.rows("SELECT count(*) FROM ledger WHERE kind = 'drop'") == [(0,)]


def test_much_is_done_in_batches_and_a_stop_is_heeded_between_them(world, server):
    for path in ("/wire", "/echo"):
        server.says(path, body=rss())
    world.poll()
    world.rows("SELECT 1")
    with world.app.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO ledger (at, kind, feed, outcome, detail, entries, new, changed, archived,"
            " undated, hits, bytes, took_s) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL"
            " SELECT i + 1 FROM n WHERE i < 1200) SELECT at, kind, feed, outcome, detail, entries,"
            " new, changed, archived, undated, hits, bytes, took_s FROM ledger, n"
            " WHERE number = 1"
        )
    now, asked = world.clock.now + 100 * DAY, []

    def stopping():
        asked.append(1)
        return len(asked) > 3  # one look before each batch of an empty part

    first = tidy(world.app, now=now, stopping=stopping)
    second = tidy(world.app, now=now)

    assert (first.ledger, second.ledger) == (housekeeping.BATCH, 1202 - housekeeping.BATCH)


def test_once_a_day_is_enough(world):
    now = world.clock.now

    done = [tidy_when_due(world.app, now=now + timedelta(hours=h)) for h in (0, 1, 23, 24, 47, 48)]

    assert [tidied is not None for tidied in done] == [True, False, False, True, False, True]


def test_what_was_broken_off_is_due_again(world):
    tidy_when_due(world.app, now=world.clock.now, stopping=lambda: True)

    assert tidy_when_due(world.app, now=world.clock.now) is not None


def test_a_clock_that_was_wrong_does_not_stop_it_for_ever(world):
    tidy_when_due(world.app, now=world.clock.now + 3000 * DAY)

    assert tidy_when_due(world.app, now=world.clock.now) is not None


def test_the_ages_are_settings(tmp_path, server):
    settings = SETTINGS + '[keep]\nledger = "14d"\n'
    feeds = {"wire": server.says("/wire", body=rss())}
    with a_world(tmp_path, feeds, settings=settings) as world:
        world.poll()

        assert tidy(world.app, now=world.clock.now + 15 * DAY).ledger == 1


def test_the_write_ahead_log_is_short_afterwards(told, tmp_path):
    wal = tmp_path / "data" / "monitor.db-wal"
    assert wal.stat().st_size > 0

    tidy(told.app, now=told.clock.now)

    # but for the note that it was done
    assert wal.stat().st_size < 50_000
