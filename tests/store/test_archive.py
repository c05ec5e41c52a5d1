from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from monitor import store
from monitor.model import Drop, Origin, Story
from monitor.store import archive, feeds, hits, stories, subscriptions
from monitor.store.archive import Dated
from tests.store.kit import FEED, a_hit, add_hit, an_event, an_item, set_up

HOUR = timedelta(hours=1)


@pytest.fixture
def session(engine, now):
    with store.writing(engine) as session:
        set_up(session, now)
        yield session


def add(session, id, at, *, feed="wire-en", **fields):
    item = replace(an_item(id, at, **fields), feed=feed)
    story = Story(id=id, key="", first_seen=at, last_seen=at)
    archive.add_stories(session, [story], [])
    archive.add_items(session, [(item, id)])
    return item


def sync(session, *specs, now):
    feeds.sync(session, specs, first_poll_at=lambda _: now, now=now)
    session.flush()


def ids(session, numbers):
    return [item.id for _, item in archive.rows(session, numbers)]


def test_a_feed_of_an_import_outlives_a_change_of_the_files(session, now):
    archive.add_feeds(session, {"import-old"})

    sync(session, now=now)

    retired = dict(session.execute(text("SELECT id, retired_at FROM feed")).all())
    assert retired["import-old"] is None
    assert retired["wire-en"] is not None


def test_a_feed_of_an_import_is_never_polled_and_never_listed(session, now):
    archive.add_feeds(session, {"import-old"})
    session.flush()

    feeds.make_due(session, now=now)
    leased = feeds.lease(session, now=now + 1000 * HOUR, until=now + 1001 * HOUR)

    assert [feed.id for feed in leased] == ["wire-en"]
    assert [feed.id for feed in feeds.active(session)] == ["wire-en"]
    assert feeds.next_due(session) == now


def test_adding_a_feed_again_changes_nothing(session, now):
    archive.add_feeds(session, {"import-old", "wire-en"})
    archive.add_feeds(session, {"import-old", "wire-en"})

    urls = dict(session.execute(text("SELECT id, url FROM feed")).all())
    assert urls == {"import-old": "", "wire-en": FEED.url}


def test_a_person_may_later_poll_a_feed_of_that_name(session, now):
    archive.add_feeds(session, {"import-old"})

    sync(session, FEED, replace(FEED, id="import-old", url="https://old.example/feed"), now=now)

    assert [feed.id for feed in feeds.active(session)] == ["import-old", "wire-en"]
    assert len(feeds.lease(session, now=now, until=now + HOUR)) == 2


def test_known_tells_what_is_stored_and_how_it_came(session, now):
    archive.add_feeds(session, {"import-old"})
    polled = add(session, "polled", now)
    imported = add(session, "imported", now, feed="import-old")
    new = an_item("new", now)

    known = archive.known(
        session, {polled.id, imported.id, new.id}, {polled.url, imported.url, new.url}
    )

    assert known.ids == {"polled", "imported"}
    assert (known.polled, known.imported) == ({polled.url}, {imported.url})


def test_of_a_stored_story_only_the_last_sight_moves_and_never_back(session, now):
    story = Story(id="s", key="k", first_seen=now, last_seen=now)
    archive.add_stories(session, [story], [])

    archive.add_stories(session, [], [replace(story, last_seen=now + HOUR)])
    archive.add_stories(session, [], [replace(story, last_seen=now - HOUR)])

    assert stories.candidates(session, ["k"], since=now) == [replace(story, last_seen=now + HOUR)]


def test_hits_are_dated_as_if_the_monitor_had_been_there(session, now):
    past = now - 100 * HOUR
    add(session, "a", past)

    hit = replace(a_hit("a"), origin=Origin.IMPORT)
    archive.add_hits(session, [Dated(hit=hit, at=past)], [an_event("a", past, announce=False)])

    [found] = hits.latest(session)
    assert (found.hit.origin, found.found_at) == (Origin.IMPORT, past)
    assert archive.found_at(session, "a") == {"treaty/ports": past}
    assert subscriptions.since(session, "desk/daily") > past


def test_hits_of_an_archive_are_listed_behind_newer_ones(session, now):
    add_hit(session, "fresh", now)
    add(session, "old", now - HOUR)
    archive.add_hits(session, [Dated(hit=a_hit("old"), at=now - HOUR)], [])

    assert [found.item.id for found in hits.latest(session)] == ["fresh", "old"]


def test_drops_keep_their_own_time(session, now):
    add(session, "a", now)
    drop = Drop(reason="excluded", feed="wire-en", item="a", provision="treaty/ports")

    archive.add_drops(session, [(now - HOUR, drop), (now, drop), (now, drop)])

    counts = session.execute(text("SELECT count(*) FROM ledger GROUP BY at ORDER BY at")).all()
    assert [n for (n,) in counts] == [1, 2]


def test_a_walk_goes_from_the_newest_to_the_oldest_whatever_was_stored_first(session, now):
    for n, hours in enumerate([3, 1, 2, 2, 5]):
        add(session, f"{n}", now + hours * HOUR)

    first, place = archive.walk(session, limit=2)
    rest, end = archive.walk(session, before=place, limit=9)

    assert ids(session, first) == ["4", "0"]
    assert ids(session, rest) == ["3", "2", "1"]
    assert archive.walk(session, before=end, limit=9) == ([], end)


def test_a_walk_can_be_limited_in_time(session, now):
    for id, at in [("old", now - HOUR), ("now", now), ("new", now + HOUR)]:
        add(session, id, at)

    assert ids(session, archive.walk(session, since=now)[0]) == ["new", "now"]
    assert ids(session, archive.walk(session, before=(now, 0))[0]) == ["old"]
    assert archive.count(session, since=now, until=now + HOUR) == 1


def test_items_are_found_by_number_id_and_address(session, now):
    old, new = add(session, "old", now - HOUR), add(session, "new", now)
    numbers, _ = archive.walk(session)

    assert archive.rows(session, numbers) == list(zip(numbers, [new, old], strict=True))
    assert archive.get(session, "old") == old
    assert archive.get(session, "other") is None
    assert archive.at_urls(session, [old.url, new.url]) == [new, old]
