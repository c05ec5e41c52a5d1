"""Verdicts move the scores of the next day's items, can be taken back, and drop nothing."""

import pytest

from monitor.jobs.feedback import judge
from monitor.jobs.housekeeping import WORD_TABLES, tidy
from monitor.jobs.learning import forget, learned, restore
from tests.world import entry, rss

A, B = "https://wire.example/a1", "https://wire.example/b2"


@pytest.fixture
def world(world, server):
    first = [entry("a1", "Port strike begins at Euroclear"), entry("b2", "Port strike in stadium")]
    server.says("/wire", body=rss(*first))
    world.poll()
    world.clock.pass_(minutes=1)
    for link, verdict in ((A, "relevant"), (B, "not")):
        now = world.clock.now
        judge(world.app, link, verdict, provision="strikes", by="ada", now=now)
    return world


def next_day(world, server, *entries):
    world.clock.pass_(days=1)
    server.says("/wire", body=rss(*entries))
    world.poll()


def contributions(world, title):
    [(found,)] = world.rows(
        f"SELECT h.contributions FROM hit h JOIN item i ON i.id = h.item WHERE i.title = '{title}'"
    )
    return found


def test_the_next_days_hits_are_scored_by_what_was_said(world, server):
    assert "learned" not in contributions(world, "Port strike begins at Euroclear")

    c3, d4 = "Port strike: Euroclear speaks", "Port strike: stadium speaks"
    next_day(world, server, entry("c3", c3), entry("d4", d4))

    assert "learned from 2 verdicts of" in contributions(world, c3)
    assert "euroclear" in contributions(world, c3)
    assert "not stadium" in contributions(world, d4)


def test_what_was_learned_is_shown_with_what_it_would_do(world, server):
    assert learned(world.app, limit=9, now=world.clock.now) == []

    next_day(world, server, entry("d4", "Port strike: stadium speaks"))

    [shown] = learned(world.app, provision="strikes", limit=9, now=world.clock.now)
    [word] = [one for one in shown.words if one.word == "stadium"]
    assert (shown.provision, shown.verdicts) == ("treaty/strikes", 2)
    assert (word.hits, word.relevant, word.not_relevant) == (2, 0, 1)
    assert word.weight < 0


def test_a_forgotten_word_is_learned_no_more(world, server):
    next_day(world, server, entry("c3", "Nothing"))
    now = world.clock.now
    assert forget(world.app, "Stadium", provision="strikes", by="ada", now=now) == ["stadium"]

    [shown] = learned(world.app, limit=99, now=now)
    assert {one.word for one in shown.words if one.forgotten} == {"stadium"}

    next_day(world, server, entry("d4", "Nothing again"))
    [shown] = learned(world.app, limit=99, now=world.clock.now)
    assert "stadium" not in {one.word for one in shown.words}


def test_a_forgotten_word_can_be_learned_again(world, server):
    next_day(world, server, entry("c3", "Nothing"))
    forget(world.app, "stadium", provision="strikes", by="ada", now=world.clock.now)
    next_day(world, server, entry("d4", "Nothing again"))
    said = restore(world.app, "Stadium", provision="strikes", by="ada", now=world.clock.now)
    next_day(world, server, entry("e5", "Nothing at all"))

    [shown] = learned(world.app, limit=99, now=world.clock.now)
    assert said == ["stadium"]
    assert "stadium" in {one.word for one in shown.words}
    assert shown.forgotten == ()


def test_all_can_be_forgotten(world, server):
    next_day(world, server, entry("c3", "Nothing"))
    forget(world.app, "", provision="strikes", by="ada", now=world.clock.now)

    next_day(world, server, entry("d4", "Nothing again"))

    [shown] = learned(world.app, limit=99, now=world.clock.now)
    assert shown.words == ()


def test_a_word_that_was_not_learned_cannot_be_forgotten(world):
    with pytest.raises(LookupError, match="nothing was learned of 'cat'"):
        forget(world.app, "cat", provision="strikes", by="ada", now=world.clock.now)


def test_an_item_that_belongs_elsewhere_is_relevant_there(world, server):
    now = world.clock.now
    judge(world.app, B, "belongs-to", provision="strikes", target="storms", by="bo", now=now)
    next_day(world, server, entry("c3", "Nothing"))

    shown = {s.provision: s for s in learned(world.app, limit=99, now=world.clock.now)}

    assert shown["treaty/storms"].verdicts == 1
    assert all(one.weight > 0 for one in shown["treaty/storms"].words)


def test_what_was_learned_long_ago_goes(world, server):
    next_day(world, server, entry("c3", "Nothing"))
    world.clock.pass_(days=1)

    tidy(world.app, now=world.clock.now + WORD_TABLES)

    assert world.rows("SELECT * FROM learned") == []
