"""A sign of life as long as mails leave, and silence otherwise."""

import pytest
import structlog

from monitor.errors import DeliveryError
from monitor.jobs.heartbeat import beat
from tests.feeds.server import Reply
from tests.world import SETTINGS, a_world, rss

TOKEN = "d0d0-f00d"


@pytest.fixture
def mails():
    """What the mail server says: raise what is in here."""
    return []


@pytest.fixture
def world(tmp_path, server, mails):
    def send(_):
        if mails:
            raise mails[0]

    url = server.url(f"/ping/{TOKEN}")
    settings = f'heartbeat_url = "{url}"\n{SETTINGS}'
    feeds = {"wire": server.says("/wire", body=rss())}
    with a_world(tmp_path, feeds, settings=settings, send=send) as made:
        yield made


def pings(server):
    return [r for r in server.requests if r.path.startswith("/ping")]


def test_it_is_called_about_once_a_minute(world, server):
    server.says(f"/ping/{TOKEN}", status=200)

    said = [beat(world.app, now=world.clock.pass_(seconds=20)) for _ in range(7)]

    assert said == [True, None, None, True, None, None, True]
    assert len(pings(server)) == 3
    assert pings(server)[0].headers["user-agent"].startswith("provision-monitor/")


def test_without_an_address_nobody_is_called(tmp_path, server):
    with a_world(tmp_path, {"wire": server.url("/wire")}) as world:
        assert beat(world.app, now=world.clock.now) is None


@pytest.mark.parametrize("permanent", [False, True], ids=["tried again", "given up"])
def test_a_mail_that_is_stuck_makes_it_silent(world, server, mails, permanent):
    server.says(f"/ping/{TOKEN}", status=200)
    mails.append(DeliveryError("mailbox unknown", permanent=permanent))
    world.morning()

    assert beat(world.app, now=world.clock.now) is None
    assert pings(server) == []


def test_it_is_heard_again_when_the_mail_left(world, server, mails):
    server.says(f"/ping/{TOKEN}", status=200)
    mails.append(DeliveryError("no answer"))
    world.morning()
    mails.clear()
    world.clock.pass_(hours=2)
    world.tell()

    assert beat(world.app, now=world.clock.now) is True


def test_a_mail_that_was_given_up_keeps_it_silent_for_a_day(world, server, mails):
    server.says(f"/ping/{TOKEN}", status=200)
    mails.append(DeliveryError("mailbox unknown", permanent=True))
    world.morning()

    assert beat(world.app, now=world.clock.pass_(hours=23)) is None
    assert beat(world.app, now=world.clock.pass_(hours=2)) is True


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(status=500), "it answers 500"),
        (Reply(status=404), "it answers 404"),
        (
            Reply(status=302, headers={"Location": "/elsewhere"}),
            "it answers 302: write the address that it redirects to",
        ),
        (Reply(raw=b"?"), "no answer (RemoteProtocolError)"),
    ],
    ids=["error", "gone", "redirect", "nonsense"],
)
def test_a_failure_is_said_once_without_the_address_and_never_raised(world, server, reply, reason):
    server.says("/elsewhere", status=200)
    server.answers(f"/ping/{TOKEN}", lambda _: reply)

    with structlog.testing.capture_logs() as logged:
        said = [beat(world.app, now=world.clock.pass_(minutes=2)) for _ in range(3)]

    assert said == [False, False, False]
    assert logged == [{"event": "heartbeat failed", "log_level": "warning", "reason": reason}]
    assert [r.path for r in server.requests if "elsewhere" in r.path] == []
    assert TOKEN not in str(logged)


def test_a_watchdog_that_is_back_is_said_too(world, server):
    server.says(f"/ping/{TOKEN}", status=500)
    beat(world.app, now=world.clock.now)
    server.says(f"/ping/{TOKEN}", status=200)

    with structlog.testing.capture_logs() as logged:
        beat(world.app, now=world.clock.pass_(minutes=2))

    assert [e["event"] for e in logged] == ["heartbeat is heard again"]


def test_nobody_there_is_a_reason_like_any_other(tmp_path, server):
    settings = 'heartbeat_url = "http://127.0.0.1:1/x"\n' + SETTINGS
    with a_world(tmp_path, {"wire": server.url("/wire")}, settings=settings) as world:
        assert beat(world.app, now=world.clock.now) is False
