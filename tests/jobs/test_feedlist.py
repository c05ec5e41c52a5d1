"""feeds.yaml is changed by a command, checked as a whole, and never left half done."""

from dataclasses import replace

import pytest

from monitor.config import load
from monitor.errors import ConfigError
from monitor.feeds import opml
from monitor.jobs import feedlist
from monitor.jobs.feedlist import CannotChange
from monitor.jobs.newcomers import Wish
from tests.feeds.server import Reply
from tests.world import START, entry, rss, write_files

NEW = Wish(url="https://gull.example/rss", outlet="The Gull")
LIST = """\
<opml version="2.0"><body>
<outline text="Ports"><outline text="The Gull - World" xmlUrl="https://gull.example/w"/>
<outline text="The Gull - Ports" xmlUrl="https://gull.example/p"/></outline>
<outline text="Wire" xmlUrl="https://wire.example/rss"/>
<outline text="Page" type="link" url="https://page.example/"/>
<outline text="Old" xmlUrl="gopher://old.example/"/>
</body></opml>
"""


@pytest.fixture
def config(tmp_path):
    return write_files(tmp_path, {"wire": "https://wire.example/rss", "echo": "https://echo.ex/f"})


def text(config):
    return (config / "feeds.yaml").read_text(encoding="utf-8")


def test_an_added_feed_is_in_force_with_its_outlet_and_the_rest_is_as_it_was(config):
    before = text(config)

    addition = feedlist.add(config, {}, replace(NEW, language="en"))

    loaded = load(config, {})
    assert loaded.feeds[-1] == addition.feeds[0]
    assert (loaded.outlets[-1].name, loaded.feeds[-1].outlet) == ("The Gull", "the-gull")
    assert [line for line in before.splitlines() if line not in text(config).splitlines()] == []


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        (Wish(url="http://wire.example/rss/"), "is watched already, as feed 'wire'"),
        (Wish(url="wire.example"), "is no web address"),
        (replace(NEW, id="echo"), "there is a feed 'echo' already (https://echo.ex/f)"),
    ],
    ids=["known", "no address", "id taken"],
)
def test_what_cannot_be_added_changes_nothing(config, wish, reason):
    before = text(config)

    with pytest.raises(CannotChange) as refused:
        feedlist.add(config, {}, wish)

    assert reason in str(refused.value)
    assert text(config) == before


def test_files_that_are_wrong_are_not_built_upon(config):
    (config / "subscribers.yaml").write_text("subscribers: nobody")
    before = text(config)

    with pytest.raises(ConfigError):
        feedlist.add(config, {}, NEW)

    assert text(config) == before


def test_an_addition_that_makes_the_files_wrong_is_taken_back(config):
    with pytest.raises(ConfigError) as refused:  # less than polling.min_interval: seen at last
        feedlist.add(
            config,
            {"MONITOR_POLLING_MIN_INTERVAL": "2h", "MONITOR_POLLING_EVERY": "3h"},
            replace(NEW, every=START - START.replace(hour=8)),
        )

    assert "min_interval" in str(refused.value)
    assert [feed.id for feed in load(config, {}).feeds] == ["wire", "echo"]
    assert sorted(path.name for path in config.iterdir()) == [
        "feeds.yaml",
        "monitor.toml",
        "subscribers.yaml",
    ]


def test_line_ends_mode_and_link_stay_as_they_are(config):
    path = config / "feeds.yaml"
    real = config.parent / "elsewhere.yaml"
    real.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    real.chmod(0o640)
    path.unlink()
    path.symlink_to(real)

    feedlist.add(config, {}, NEW)

    body = real.read_bytes()
    assert path.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert body.startswith(b"\xef\xbb\xbf")
    assert body.count(b"\r\n") == body.count(b"\n") > 5
    assert load(config, {}).feeds[-1].url == NEW.url


def test_a_file_that_cannot_be_written_is_named(config):
    (config / ".feeds.yaml.new").mkdir()  # not even for root

    with pytest.raises(CannotChange, match="cannot be written"):
        feedlist.add(config, {}, NEW)


def test_pause_and_resume(config):
    before = text(config)

    assert feedlist.pause(config, {}, "echo", on=True) is True
    assert [feed.paused for feed in load(config, {}).feeds] == [False, True]
    assert feedlist.pause(config, {}, "echo", on=True) is False
    assert feedlist.pause(config, {}, "echo", on=False) is True
    assert text(config) == before


def test_a_feed_that_does_not_exist_cannot_be_paused(config):
    with pytest.raises(CannotChange, match=r"no feed 'ecco' \(did you mean 'echo'\?\)"):
        feedlist.pause(config, {}, "ecco", on=True)


def test_a_list_is_imported_and_every_line_is_accounted_for(config):
    addition = feedlist.import_opml(config, {}, LIST.encode())

    loaded = load(config, {})
    assert loaded.feeds[2:] == addition.feeds
    assert [(f.id, f.outlet) for f in addition.feeds] == [
        ("the-gull-world", "the-gull"),
        ("the-gull-ports", "the-gull"),
    ]
    assert [outlet.name for outlet in addition.outlets] == ["The Gull"]
    assert [u.line for u in addition.known] == [4]
    assert [(u.line, u.reason.split(":")[0].split(";")[0]) for u in addition.unusable] == [
        (5, "xmlUrl is missing"),
        (6, "is no web address"),
    ]


def test_a_second_import_adds_nothing(config):
    feedlist.import_opml(config, {}, LIST.encode())
    before = text(config)

    addition = feedlist.import_opml(config, {}, LIST.encode())

    assert (addition.feeds, len(addition.known)) == ((), 3)
    assert text(config) == before


def test_a_rehearsed_import_writes_nothing(config):
    before = text(config)

    addition = feedlist.import_opml(config, {}, LIST.encode(), dry_run=True)

    assert (len(addition.feeds), text(config)) == (2, before)


def test_what_is_exported_is_what_is_watched(config):
    loaded = load(config, {})

    found = opml.read(feedlist.export_opml(loaded, now=START).encode())

    assert [(f.title, f.url) for f in found.feeds] == [
        ("The Wire", "https://wire.example/rss"),
        ("The Echo", "https://echo.ex/f"),
    ]
    again = feedlist.chosen(loaded, found)
    assert (again.feeds, again.unusable, len(again.known)) == ((), (), 2)


def test_the_list_says_how_each_feed_is_doing(world, server):
    server.says("/wire", body=rss(entry("1", "Port strike begins")))
    server.answers("/echo", lambda _: Reply(404))
    world.poll()

    wire, echo = feedlist.listed(world.app, now=world.clock.now)

    assert (wire.outlet, wire.state.state, wire.state.last_new_at) == ("The Wire", "fine", START)
    assert (echo.state.state, echo.state.since) == ("failing", START)
    assert "404" in echo.as_json()["error"]


def test_a_feed_that_was_just_written_is_listed_before_it_is_in_the_database(world):
    spec = replace(world.app.config.feeds[0], id="new", url="https://new.example/", paused=True)
    config = replace(world.app.config, feeds=(*world.app.config.feeds, spec))
    world.app.loaded = replace(world.app.loaded, config=config)

    states = [feed.state.state for feed in feedlist.listed(world.app, now=world.clock.now)]

    assert states == ["not asked yet", "not asked yet", "paused"]
