"""The service stops within seconds whatever it does, and takes up changed files while it runs."""

import signal
import socket
from contextlib import closing
from threading import Event
from time import monotonic

import pytest

from monitor.model import Message
from monitor.store import outbox, writing
from tests.feeds.server import Reply, Server
from tests.test_service import EARLY, PATIENCE_S, count, monitor, running, wait_for
from tests.world import SEED, SETTINGS, a_world, entry, rss, write_files

SOON_S = 8
LOG = '[log]\nformat = "json"\n'

pytestmark = pytest.mark.slow


@pytest.fixture
def server():
    with Server() as made:
        yield made


@pytest.fixture
def silent():
    """A port that takes connections and never says a word."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        listening.settimeout(PATIENCE_S)
        yield listening


def queue(world, number):
    with writing(world.app.engine) as session:
        for n in range(number):
            message = Message(key=f"k{n}", kind="test", to="a@example.org", subject="s", text="t")
            outbox.put(session, message, now=world.clock.now)


def stopped_within(process, seconds):
    began = monotonic()
    process.send_signal(signal.SIGTERM)
    wait_for(process, "service stopped")
    code = process.wait(PATIENCE_S)
    return code == 0 and monotonic() - began < seconds


def test_during_a_fetch_that_hangs(tmp_path, server):
    asked = Event()

    def hang(_):
        asked.set()
        return Reply(body=[b"<rss>", 60.0])

    url = server.answers("/wire", hang)
    with running(write_files(tmp_path, {EARLY[0]: url}, settings=SETTINGS + LOG)) as process:
        assert asked.wait(PATIENCE_S)

        assert stopped_within(process, SOON_S)
    assert count(tmp_path, "ledger") == 0


def test_during_a_mail_that_hangs_after_that_mail(tmp_path, silent):
    port = silent.getsockname()[1]
    smtp = f'[mail]\nvia = "smtp"\n[smtp]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\n'
    settings = SETTINGS + LOG + smtp + 'timeout = "2s"\n'
    with a_world(tmp_path, {"wire": "http://127.0.0.1:1/"}, settings=settings) as world:
        queue(world, 9)
    with running(tmp_path / "config") as process:
        connection, _ = silent.accept()
        with connection:
            assert stopped_within(process, SOON_S)


def test_during_a_heartbeat_that_hangs(tmp_path, silent):
    url = f"http://127.0.0.1:{silent.getsockname()[1]}/ping"
    settings = f'heartbeat_url = "{url}"\n{SETTINGS}{LOG}'
    feeds = {"wire": "http://127.0.0.1:1/"}
    with running(write_files(tmp_path, feeds, settings=settings)) as process:
        connection, _ = silent.accept()
        with connection:
            assert stopped_within(process, SOON_S)


def test_a_running_service_takes_up_changed_files(tmp_path, server):
    wire = server.says("/wire", body=rss(entry("1", "Cats win", at=None)))
    gull = server.says("/gull", body=rss(entry("1", "Port strike begins", at=None)))
    config = write_files(tmp_path, {EARLY[0]: wire}, settings=SETTINGS + LOG)
    with running(config) as process:
        wait_for(process, "service started")
        (tmp_path / "seeds" / "treaty.yaml").write_text(SEED.replace("dock walkout", "dock AND"))
        assert "treaty.yaml:7:" in wait_for(process, "files are wrong")["problem"]
        ill = monitor(config, "status", "--check")
        write_files(tmp_path, {EARLY[0]: wire, EARLY[1]: gull}, settings=SETTINGS + LOG)

        changes = wait_for(process, "files changed")["changes"]

        assert f"1 feed added: {EARLY[1]}" in changes
        assert wait_for(process, "feed polled", feed=EARLY[1])["hits"] == 1
        well = monitor(config, "status", "--check")
        assert stopped_within(process, SOON_S)
    assert (ill.returncode, ill.stdout.count("files are wrong")) == (1, 1)
    assert (well.returncode, well.stdout) == (0, "All is well.\n")
