"""Two hundred feeds that change at every poll and fail in between: nothing is lost or doubled.

The truth is the newsroom's own books. They know reports by a mark in their text, and nothing of
guids, links, dates and validators.
"""

import re
from collections import Counter

import pytest

from monitor.jobs.wordtables import of_items, table_of
from monitor.model import HitState
from monitor.store import hits, items, reading
from tests.faults.newsroom import EDITIONS, Newsroom
from tests.feeds.server import Server
from tests.world import a_world

PAPERS = 200
ROUNDS = 2 * EDITIONS + 1  #: each edition may come after a trouble

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def after(tmp_path_factory):
    """The world after all rounds and a week of mornings, its newsroom, and bad validators seen."""
    folder = tmp_path_factory.mktemp("changing")
    with Server() as server:
        room = Newsroom(server, papers=PAPERS, seed=1)
        with a_world(folder, room.feeds) as world:
            unearned = []
            for n in range(ROUNDS):
                world.poll()
                unearned += kept_without_a_body(world, room)
                world.clock.pass_(hours=2)
                if n % 4 == 3:
                    world.morning()
            world.morning()
            yield world, room, unearned


def kept_without_a_body(world, room):
    """Validators in the database that are not those of the edition that was taken in."""
    good = {p.name: {None, *(p.etag(n) for n in range(p.number + 1))} for p in room.papers}
    rows = world.rows("SELECT id, etag FROM feed")
    return [(id_, etag) for id_, etag in rows if etag not in good[id_]]


def marks(text):
    return re.findall(r"\bp\d+m\d+x\b", text)


def test_every_report_that_was_ever_shown_is_stored_once_as_it_was_last(after):
    world, room, _ = after
    rows = world.rows("SELECT feed, title, text FROM item")
    stored = Counter((feed, mark) for feed, _, text in rows for mark in marks(text))

    assert room.settled
    assert stored == Counter(dict.fromkeys(room.expected(), 1))
    assert {(f, marks(text)[0]): (t, text) for f, t, text in rows} == room.expected()


def test_hits_are_what_the_percolator_says_of_the_newest_revision(after):
    world, _, _ = after
    with reading(world.app.engine) as session:
        found = [item for _, item in items.every(session, limit=100_000)]
        stored = hits.of_items(session, [item.id for item in found])
        words = of_items(world.app, session, found)
    percolator = world.app.loaded.percolator

    def now(item):
        return percolator.match(item, words=table_of(words, item)).hits

    def told(hit):
        return hit.item, hit.provision, hit.item_rev, hit.rules_version, hit.score, hit.evidence

    holding = {told(h) for some in stored.values() for h in some if h.state is HitState.HOLDS}
    assert holding == {told(h) for item in found for h in now(item)}
    assert len(holding) > PAPERS


def test_no_validator_was_kept_or_sent_for_a_body_that_was_not_taken_in(after):
    _, room, unearned = after

    assert (unearned, room.wrong) == ([], [])


def test_digests_hold_every_announceable_event_once(after):
    world, _, _ = after
    held = world.rows("SELECT event FROM digest_entry ORDER BY event")
    announceable = world.rows("SELECT number FROM hit_event WHERE announce ORDER BY number")

    assert held == announceable
    assert len(held) > PAPERS
    assert world.rows("SELECT count(*) FROM digest_run WHERE queued_at IS NULL") == [(0,)]
    assert len(world.sent) == len({m.key for m in world.sent}) > 1
