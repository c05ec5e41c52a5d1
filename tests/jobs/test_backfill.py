"""New and changed rules go through the archive: nothing is missed, nothing is mailed."""

from datetime import timedelta

import pytest

from monitor import service, store
from monitor.errors import Locked
from monitor.jobs import backfill, reload
from monitor.jobs.archive import import_archive
from monitor.jobs.check import load
from monitor.model import Change, HitEvent
from monitor.store import backfills
from tests.jobs.test_archive import archive, lines
from tests.world import START, a_world, entry, rss

RULE = "'port strike*', 'dock walkout'"
NOW = "SELECT provision, origin, state FROM hit ORDER BY number"


@pytest.fixture
def world(tmp_path, server):
    with a_world(tmp_path, {"wire": server.url("/wire")}) as made:
        backfill.begin(made.app, now=START)
        yield made


def rewrite(tmp_path, old, new):
    seed = tmp_path / "seeds" / "treaty.yaml"
    text = seed.read_text()
    assert old in text
    seed.write_text(text.replace(old, new))
    return load(tmp_path / "config", {})


def change(world, tmp_path, new, old=RULE, **how):
    """Edit the seed while the monitor runs."""
    return reload.apply(world.app, rewrite(tmp_path, old, new), now=world.clock.now, **how)


def says(server, *titles):
    entries = (entry(str(n), t, at=START - timedelta(hours=1)) for n, t in enumerate(titles))
    server.says("/wire", body=rss(*entries))


def test_a_new_rule_finds_its_past_hits_and_says_how_many(world, server, tmp_path):
    says(server, "Ferry sinks", "Port strike begins", "Ferry sails")
    world.poll()

    changes = change(world, tmp_path, f"{RULE}, ferry")

    assert "2 past hits added: treaty/strikes 2" in changes.lines
    assert sorted(world.rows("SELECT origin, state FROM hit")) == [
        ("backfill", "holds"),
        ("backfill", "holds"),
        ("stream", "holds"),
    ]
    assert world.rows("SELECT announce, count(*) FROM hit_event GROUP BY 1") == [(0, 2), (1, 1)]
    assert (
        "2 past hits added"
        in world.rows("SELECT value FROM fact WHERE name = 'files-applied'")[0][0]
    )


def test_past_hits_are_dated_by_when_the_item_was_seen(world, server, tmp_path):
    says(server, "Ferry sinks")
    world.poll()
    world.clock.pass_(days=3)

    change(world, tmp_path, "ferry")

    found = world.rows("SELECT found_at FROM hit UNION SELECT at FROM hit_event")
    assert found == world.rows("SELECT first_seen FROM item")


def test_a_new_provision_goes_through_the_archive_too(world, tmp_path):
    import_archive(world.app, archive(tmp_path, *lines(3)), holder="the test")

    old = "  - id: storms"
    changes = change(world, tmp_path, f"  - {{id: all, title: A, keywords: [port]}}\n{old}", old)

    assert "3 past hits added: treaty/all 3" in changes.lines


def test_nothing_of_it_is_mailed_and_the_bars_count_it(world, server, tmp_path):
    says(server, "Ferry sinks")
    world.poll()
    world.clock.pass_(days=2)
    change(world, tmp_path, "ferry")

    [mail] = world.morning()

    assert "Ferry sinks" not in mail.text
    from monitor.store import digests

    with store.reading(world.app.engine) as session:
        span = {"after": START - timedelta(days=1), "until": world.clock.now}
        [(provision, at)] = digests.found_times(session, ["treaty/strikes"], **span)
        last = digests.last_found(session, ["treaty/strikes"], before=world.clock.now)
    assert (provision, at.date()) == ("treaty/strikes", START.date())
    assert last == {"treaty/strikes": at}


def test_what_was_archive_when_it_came_is_not_in_the_bars(world, tmp_path):
    import_archive(world.app, archive(tmp_path, *lines(1)), holder="the test")
    change(world, tmp_path, "port")

    from monitor.store import digests

    with store.reading(world.app.engine) as session:
        span = {"after": START - timedelta(days=90), "until": world.clock.now}
        assert digests.found_times(session, ["treaty/strikes"], **span) == []


def test_past_hits_are_mailed_once_if_a_person_asks(world, server, tmp_path):
    says(server, "Ferry sinks")
    world.poll()
    change(world, tmp_path, "ferry")

    told = [backfill.announce(world.app, ["treaty/strikes"], now=world.clock.now) for _ in "12"]

    assert told == [1, 0]
    [mail] = world.morning()
    assert "Ferry sinks" in mail.text
    from monitor.store import digests

    with store.reading(world.app.engine) as session:
        span = {"after": START - timedelta(days=1), "until": world.clock.now}
        assert len(digests.found_times(session, ["treaty/strikes"], **span)) == 1


def test_imported_hits_are_not_announced_even_then(world, tmp_path):
    import_archive(world.app, archive(tmp_path, *lines(2)), holder="the test")
    change(world, tmp_path, "number")

    assert backfill.announce(world.app, ["treaty/strikes"], now=world.clock.now) == 0


def test_a_hit_that_both_rules_find_stays_as_it_was(world, server, tmp_path):
    says(server, "Port strike begins")
    world.poll()
    before = world.rows("SELECT * FROM hit")

    change(world, tmp_path, f"begins, {RULE}")

    assert world.rows("SELECT * FROM hit") == before


def test_a_hit_that_the_new_rules_do_not_find_is_withdrawn_and_may_come_back(
    world, server, tmp_path
):
    says(server, "Port strike begins")
    world.poll()

    changes = change(world, tmp_path, "ferry")
    assert "1 past hits withdrawn: treaty/strikes 1" in changes.lines
    assert world.rows(NOW) == [("treaty/strikes", "stream", "withdrawn")]

    change(world, tmp_path, "'port strike'", "ferry")
    assert world.rows(NOW) == [("treaty/strikes", "stream", "holds")]
    assert world.rows("SELECT change, announce, why FROM hit_event") == [
        ("found", 1, ""),
        ("withdrawn", 0, backfill.WHY),
        ("restored", 0, backfill.WHY),
    ]


def test_a_batch_that_the_old_rules_matched_is_matched_again(world, server, tmp_path):
    """Between the decision and the commit of a batch new rules come into force."""
    says(server, "Ferry sinks", "Port strike begins")
    new = rewrite(tmp_path, RULE, "ferry")
    applied = []

    def luck():
        if not applied:
            applied.append(reload.apply(world.app, new, now=world.clock.now))
        return 0.5

    world.app.random = luck
    world.poll()

    assert len(applied) == 1
    assert world.rows("SELECT i.title FROM hit JOIN item i ON i.id = hit.item") == [
        ("Ferry sinks",)
    ]
    [past] = backfill.past(world.app, ["treaty/strikes"])
    assert (past.done, past.upto) == (True, 0)


def test_what_was_stopped_goes_on_where_it_was(world, tmp_path):
    count = 2 * backfill.PAGE + 7
    import_archive(world.app, archive(tmp_path, *lines(count)), holder="the test")
    stops = iter([False, False, True])

    changes = change(world, tmp_path, "number", stopping=lambda: next(stops))

    [past] = backfill.past(world.app, ["treaty/strikes"])
    assert (past.done, past.found, past.at) == (False, 0, backfill.PAGE)
    assert "the archive is still gone through for treaty/strikes" in changes.lines

    backfill.work(world.app, now=world.clock.now)

    [past] = backfill.past(world.app, ["treaty/strikes"])
    assert (past.done, past.found) == (True, 0)
    assert world.rows("SELECT count(*) FROM hit WHERE state = 'holds'") == [(count,)]


def test_rules_that_change_on_the_way_begin_anew(world, tmp_path):
    import_archive(world.app, archive(tmp_path, *lines(3)), holder="the test")
    change(world, tmp_path, "ferry", stopping=lambda: True)
    with store.reading(world.app.engine) as session:
        old = [one for one in backfills.every(session) if not one.done]

    change(world, tmp_path, "number", "ferry")

    with store.writing(world.app.engine) as session:
        assert not backfills.advance(session, old, to=3, found={}, withdrawn={}, now=START)
    [past] = backfill.past(world.app, ["treaty/strikes"])
    assert (past.done, past.at) == (True, 3)


def test_an_item_that_is_revised_meanwhile_is_left_to_the_stream(world):
    page = backfill.Page(
        events=(HitEvent.of(a_hit("a"), Change.FOUND, at=START),),
        changed=(a_hit("b"),),
    )

    assert page.of({"a": 2, "b": 1}, {"a": 1, "b": 1}) == backfill.Page(changed=(a_hit("b"),))


def a_hit(item):
    from tests.store.kit import a_hit as made

    return made(item)


def test_rules_of_the_first_start_have_nothing_to_do(world):
    assert {one.done for one in backfill.past(world.app)} == {True}


def test_a_start_finds_what_changed_while_nobody_was_there(world, server, tmp_path):
    says(server, "Ferry sinks")
    world.poll()
    world.app.loaded = rewrite(tmp_path, RULE, "ferry")

    world.poll()

    assert world.rows(NOW) == [("treaty/strikes", "backfill", "holds")]


def test_items_that_are_not_indexed_are_not_passed_over(world, server, tmp_path):
    says(server, "Ferry sinks", "Port strike begins")
    world.poll()
    with world.app.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE indexed SET upto = 0")

    changes = change(world, tmp_path, f"{RULE}, ferry")

    assert "1 past hits added: treaty/strikes 1" in changes.lines


def test_by_hand_it_needs_the_database_for_itself(world):
    with store.service_lock(world.app.engine, holder="monitor run"), pytest.raises(Locked):
        service.backfill_alone(world.app)


def test_a_provision_that_is_renamed_does_not_begin_anew(world, tmp_path):
    old = "- id: strikes"
    change(world, tmp_path, "- id: walkouts\n    renamed_from: strikes", old)

    assert {one.provision for one in backfill.past(world.app)} == {
        "treaty/storms",
        "treaty/walkouts",
    }
