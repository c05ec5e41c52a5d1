"""The whole way with real parts: a web server, a database file, a mail server."""

import pytest

from monitor.app import sender_for
from tests.delivery.post import serving
from tests.feeds.server import Server
from tests.world import SETTINGS, a_world, entry, rss

STRIKE = entry("1", "Port strike begins in the north", "Dockers of two ports walked out & sang.")
STORM = entry("2", "Storm closes the port for two days", "Waves of <b>six</b> metres.")


@pytest.fixture
def mailbox():
    with serving() as post:
        yield post


@pytest.fixture
def world(tmp_path, mailbox):
    settings = f"""{SETTINGS}
[mail]
via = "smtp"
sender = "Provision monitor <monitor@example.org>"
[smtp]
host = "127.0.0.1"
port = {mailbox.port}
security = "none"
"""
    with Server() as server:
        feeds = {"wire": server.url("/wire"), "echo": server.url("/echo")}
        with a_world(tmp_path, feeds, settings=settings) as world:
            world.app.send = sender_for(world.app.config)
            world.server = server
            yield world


def test_feed_bytes_become_one_mail_per_morning(world, mailbox):
    world.server.says("/wire", body=rss(STRIKE, STORM))
    world.server.says("/echo", body=rss(entry("e", "Port strike begins in the north")))
    world.poll()
    world.morning()
    world.tell()

    [mail], [envelope] = mailbox.mails, mailbox.envelopes
    text = mail.get_body(("plain",)).get_content()
    html = mail.get_body(("html",)).get_content()
    assert envelope.rcpt_tos == ["desk@example.org"]
    assert mail["To"] == "desk@example.org"
    assert mail["From"].addresses[0].addr_spec == "monitor@example.org"
    assert mail["List-Unsubscribe"].startswith("<mailto:keeper@example.org")
    assert mail["Message-ID"].endswith("@example.org>")
    assert text.index("No strikes in the port") < text.index("The port closes in storms")
    assert "Port strike begins in the north" in text
    assert ("The Wire" in text, "The Echo" in text) == (True, True)
    assert "https://wire.example/2" in html
    assert world.rows("SELECT state, attempts FROM outbox") == [("sent", 1)]


def test_the_second_morning_tells_only_what_is_new(world, mailbox):
    world.server.says("/wire", body=rss(STRIKE))
    world.poll()
    world.morning()
    world.server.says("/wire", body=rss(STORM, STRIKE))
    world.poll()
    world.morning()

    texts = [mail.get_body(("plain",)).get_content() for mail in mailbox.mails]
    assert ["Port strike begins" in text for text in texts] == [True, False]
    assert ["Storm closes the port" in text for text in texts] == [False, True]
    assert mailbox.mails[0]["Message-ID"] != mailbox.mails[1]["Message-ID"]
