"""Files change while the service runs: valid as a whole and in force, or not at all."""

import os
from dataclasses import replace
from datetime import timedelta

import pytest
import structlog

from monitor.jobs.reload import Watch, differences, kept_settings
from monitor.jobs.status import complaints, status
from monitor.store import facts, feeds, reading
from tests.world import SEED, SETTINGS, entry, rss

MORE = """\
  - id: fires
    title: Fires in the port
    keywords: ['fire NEAR/8 port']
"""


@pytest.fixture
def watch(world, tmp_path):
    """Begun with the files that are in force."""
    return Watch.begin(tmp_path / "config", {})


@pytest.fixture
def logged():
    with structlog.testing.capture_logs() as entries:
        yield entries


def write(path, text):
    """As an editor does; the time of the file is another one in any case."""
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(text, encoding="utf-8")
    os.utime(path, ns=(before + 1_000_000, before + 1_000_000))


def looks(world, watch, times=2):
    """What the looks of the next seconds come to; the last one that says something."""
    found = [watch.look(world.app, now=world.clock.pass_(seconds=2)) for _ in range(times)]
    return next((changes for changes in reversed(found) if changes), None)


def fact(world, name):
    with reading(world.app.engine) as session:
        return facts.noted(session).get(name, (None, ""))[1]


def with_feed(tmp_path, url):
    path = tmp_path / "config" / "feeds.yaml"
    text = path.read_text().replace("feeds:", "  - {id: gull, name: The Gull}\nfeeds:")
    write(path, f'{text}  - {{id: gull, outlet: gull, url: "{url}", language: en}}\n')


def test_nothing_happens_while_nothing_changes(world, watch, logged):
    assert looks(world, watch, times=5) is None
    assert logged == []


def test_a_new_feed_is_polled_without_a_restart(world, server, watch, tmp_path, logged):
    with_feed(tmp_path, server.says("/gull", body=rss(entry("1", "Port strike begins"))))

    changes = looks(world, watch)
    world.poll()

    assert changes.lines == ("1 feed added: gull", "1 outlet added: gull")
    assert world.rows("SELECT feed, provision FROM item JOIN hit ON hit.item = item.id") == [
        ("gull", "treaty/strikes")
    ]
    assert {"event": "files changed", "log_level": "info", "changes": list(changes.lines)} in logged
    assert fact(world, "files-applied") == "1 feed added: gull; 1 outlet added: gull"


def test_a_feed_that_left_the_file_is_retired_and_its_items_stay(world, server, watch, tmp_path):
    server.says("/echo", body=rss(entry("1", "Port strike begins")))
    server.says("/wire", body=rss())
    world.poll()
    path = tmp_path / "config" / "feeds.yaml"
    write(path, path.read_text().replace("  - {id: echo, outlet", "#"))

    changes = looks(world, watch)

    assert changes.lines == ("1 feed retired: echo",)
    with reading(world.app.engine) as session:
        assert [feed.id for feed in feeds.active(session)] == ["wire"]
    assert world.rows("SELECT feed FROM item") == [("echo",)]


def test_a_new_provision_matches_what_comes_next(world, server, watch, tmp_path):
    write(tmp_path / "seeds" / "treaty.yaml", SEED + MORE)

    changes = looks(world, watch)
    server.says("/wire", body=rss(entry("1", "A fire in the port")))
    world.poll()

    assert changes.lines == ("1 provision added: treaty/fires",)
    assert world.rows("SELECT provision FROM hit") == [("treaty/fires",)]


def test_changed_rules_are_named(world, watch, tmp_path):
    write(tmp_path / "seeds" / "treaty.yaml", SEED.replace("dock walkout", "lockout"))

    assert looks(world, watch).lines == (
        "1 provision changed: treaty/strikes",
        "rules changed of treaty/strikes",
    )


def test_a_new_document_is_seen(world, watch, tmp_path):
    write(tmp_path / "seeds" / "other.yaml", SEED.replace("id: treaty", "id: other"))

    assert looks(world, watch).lines == ("2 provisions added: other/strikes, other/storms",)


def test_a_change_while_the_files_are_loaded_is_not_missed(world, watch, tmp_path):
    write(tmp_path / "seeds" / "treaty.yaml", SEED + MORE)  # before the first look

    assert looks(world, watch).lines == ("1 provision added: treaty/fires",)


def test_files_that_are_wrong_from_the_beginning_are_for_loading_to_say(tmp_path):
    assert Watch.begin(tmp_path / "nowhere", {"MONITOR_NONSENSE": "1"}) is not None


def test_a_file_is_read_once_it_has_settled(world, watch, tmp_path):
    path = tmp_path / "seeds" / "treaty.yaml"
    write(path, SEED + "  - id: half")
    assert watch.look(world.app, now=world.clock.now) is None
    write(path, SEED + MORE)
    assert watch.look(world.app, now=world.clock.now) is None

    assert watch.look(world.app, now=world.clock.now).lines == ("1 provision added: treaty/fires",)


def test_the_same_words_written_again_are_no_change(world, watch, tmp_path, logged):
    write(tmp_path / "seeds" / "treaty.yaml", SEED)

    assert looks(world, watch, times=4) is None
    assert logged == []


def test_what_is_wrong_is_told_once_and_the_old_stays_in_force(world, watch, tmp_path, logged):
    before = world.app.loaded
    write(tmp_path / "seeds" / "treaty.yaml", SEED.replace("dock walkout", "dock AND"))
    with_feed(tmp_path, "no address")

    looks(world, watch, times=6)

    assert world.app.loaded is before
    problems = [e["problem"] for e in logged if e["event"] == "files are wrong"]
    assert len(problems) == 1  # rules are looked at once the files have the right shape
    assert "feeds.yaml" in problems[0]
    with reading(world.app.engine) as session:
        assert [feed.id for feed in feeds.active(session)] == ["echo", "wire"]


def test_status_says_what_is_wrong_until_it_is_mended(world, watch, tmp_path):
    def wrong():
        found = complaints(status(world.app.engine, now=world.clock.now))
        return [line for line in found if "files are wrong" in line]

    path = tmp_path / "seeds" / "treaty.yaml"
    write(path, SEED.replace("dock walkout", "dock AND"))
    looks(world, watch)
    (line,) = wrong()
    assert "treaty.yaml:7:" in line

    write(path, SEED)
    looks(world, watch)

    assert wrong() == []


def test_a_file_that_only_the_problem_names_is_watched_too(world, watch, tmp_path):
    """`seeds` leads elsewhere, what is there is wrong, and is mended there."""
    other = tmp_path / "other"
    other.mkdir()
    (other / "treaty.yaml").write_text(SEED.replace("'port strike*'", "'port AND'"))
    write(tmp_path / "config" / "monitor.toml", f'seeds = "other"\n{SETTINGS}')
    assert looks(world, watch) is None

    write(other / "treaty.yaml", SEED.replace("dock walkout", "lockout"))

    assert "rules changed of treaty/strikes" in looks(world, watch, times=3).lines
    assert world.app.config.seeds == other


def test_a_file_that_is_gone_is_wrong(world, watch, tmp_path, logged):
    (tmp_path / "config" / "feeds.yaml").unlink()

    looks(world, watch, times=4)

    assert [e["event"] for e in logged] == ["files are wrong"]
    assert len(world.app.config.feeds) == 2


def test_settings_that_can_change_do_and_the_others_wait_for_a_restart(
    world, watch, tmp_path, logged
):
    old = world.app.config
    settings = SETTINGS.replace("[polling]", '[polling]\nevery = "2h"\nat_once = 3')
    text = f'database = "sqlite:///other.db"\n{settings}[log]\nlevel = "error"\n'
    write(tmp_path / "config" / "monitor.toml", text)

    changes = looks(world, watch)

    new = world.app.config
    assert changes.restart == ("database", "log", "polling.at_once")
    assert (new.database, new.log, new.polling.at_once) == (old.database, old.log, 64)
    assert new.polling.every == timedelta(hours=2)
    assert changes.lines == ("settings changed: polling",)
    assert fact(world, "restart-needed") == "database, log, polling.at_once"
    assert [e["settings"] for e in logged if e["event"] == "restart needed"] == [
        ["database", "log", "polling.at_once"]
    ]


def test_a_setting_that_went_back_needs_no_restart(world, watch, tmp_path):
    path = tmp_path / "config" / "monitor.toml"
    write(path, f'contact = "desk@example.org"\n{SETTINGS}')
    looks(world, watch)
    assert fact(world, "restart-needed") == "contact"

    write(path, f"# as before\n{SETTINGS}")
    looks(world, watch)

    assert fact(world, "restart-needed") == ""


def test_a_batch_under_way_is_matched_again_by_the_new_rules(world, server, watch, tmp_path):
    """Between reading and writing, the rules it matched with have left the files."""
    server.says("/wire", body=rss(entry("1", "Port strike begins")))
    taken, before = [], world.app.loaded
    write(tmp_path / "seeds" / "treaty.yaml", SEED.replace("strikes", "walkouts"))

    def reloading(*arguments, **more):
        if not taken:
            taken.append(looks(world, watch))
        return original(*arguments, **more)

    original = before.percolator.match

    class Slow:
        versions = before.percolator.versions
        match = staticmethod(reloading)

    world.app.loaded = replace(before, percolator=Slow())
    world.poll()

    assert taken[0].lines[:2] == (
        "1 provision added: treaty/walkouts",
        "1 provision retired: treaty/strikes",
    )
    assert world.rows("SELECT provision FROM hit") == [("treaty/walkouts",)]
    assert world.rows("SELECT outcome FROM ledger WHERE feed = 'wire'") == [("fetched",)]


def test_long_lists_of_changes_are_cut(world):
    feed = world.app.config.feeds[0]
    many = tuple(replace(feed, id=f"feed{n}", url=f"https://{n}.example/") for n in range(30))
    new = replace(world.app.loaded, config=replace(world.app.config, feeds=many))

    (added, *_) = differences(world.app.loaded, new)

    assert added.startswith("30 feeds added: feed0, feed1")
    assert added.endswith("feed9 and 20 more")


def test_equal_settings_keep_everything(world):
    config = world.app.config

    assert kept_settings(config, config) == (config, ())
