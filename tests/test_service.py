"""The service as a process: it starts, polls, stops when told, and is alone."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from datetime import timedelta
from time import monotonic

import pytest

from monitor.feeds.schedule import first_poll_at
from tests.feeds.server import Reply, Server
from tests.world import SETTINGS, START, entry, rss, write_files

MONITOR = [sys.executable, "-c", "from monitor.cli import main; main()"]
PATIENCE_S = 60

# new feeds are first polled within a minute, each at a second of its own; these come early
EARLY = [
    f"feed{n}"
    for n in range(500)
    if first_poll_at(f"feed{n}", START) - START < timedelta(seconds=3)
][:4]


@pytest.fixture
def server():
    with Server() as running:
        yield running


def write(tmp_path, feeds):
    return write_files(tmp_path, feeds, settings=SETTINGS + '[log]\nformat = "json"\n')


def monitor(config, *arguments):
    env = {**os.environ, "MONITOR_CONFIG": str(config)}
    return subprocess.run(
        [*MONITOR, *arguments], env=env, capture_output=True, text=True, timeout=PATIENCE_S
    )


@contextmanager
def running(config):
    """`monitor run`, and its log as it comes."""
    env = {**os.environ, "MONITOR_CONFIG": str(config)}
    with subprocess.Popen([*MONITOR, "run"], env=env, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for(process, event, **fields):
    """Read the log until that event."""
    deadline = monotonic() + PATIENCE_S
    for line in process.stderr:
        found = json.loads(line)
        if found["event"] == event and fields.items() <= found.items():
            return found
        assert monotonic() < deadline, f"no {event}"
    pytest.fail(f"the service ended before {event}")


def count(tmp_path, table):
    with closing(sqlite3.connect(tmp_path / "data" / "monitor.db")) as database:
        return database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


@pytest.mark.slow
@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
def test_it_polls_a_new_feed_by_itself_and_stops_cleanly(tmp_path, server, name):
    url = server.says("/wire", body=rss(entry("1", "Port strike begins", at=None)))
    with running(write(tmp_path, {EARLY[0]: url})) as process:
        polled = wait_for(process, "feed polled")
        process.send_signal(name)
        wait_for(process, "service stopped")

        assert process.wait(PATIENCE_S) == 0
    assert (polled["outcome"], polled["new"]) == ("fetched", 1)
    assert count(tmp_path, "item") == 1


@pytest.mark.slow
def test_a_second_service_is_told_that_one_is_running(tmp_path, server):
    config = write(tmp_path, {"wire": server.url("/wire")})
    with running(config) as process:
        wait_for(process, "service started")

        second = monitor(config, "poll")

    assert second.returncode == 3
    assert f"in use by monitor run, pid {process.pid}" in second.stderr


@pytest.mark.slow
def test_without_a_network_it_says_so_plainly_and_recovers(tmp_path, server):
    feeds = {id_: f"http://127.0.0.{n}:{server.port}/wire" for n, id_ in enumerate(EARLY, 2)}
    with running(write(tmp_path, feeds)) as process:
        # nobody listens on these addresses but the server's own, and that one hangs up
        server.answers("/wire", lambda _: Reply(raw=b"?"))
        wait_for(process, "no feed answered")
        assert process.poll() is None


@pytest.mark.slow
def test_a_restart_does_not_ask_again_before_the_time(tmp_path, server):
    config = write(tmp_path, {"wire": server.says("/wire", body=rss(entry("1", "Cats win")))})
    first = monitor(config, "poll", "--all")
    with running(config) as process:
        wait_for(process, "service started")
        process.send_signal(signal.SIGTERM)
        wait_for(process, "service stopped")

    assert first.returncode == 0
    assert [r.path for r in server.requests] == ["/wire"]
