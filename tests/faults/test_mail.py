"""A mail server that is down, slow, fussy or hangs up: each digest arrives, and none twice.

But for one case that nobody can avoid: a server that took a mail and hung up before it said so gets
it again, with the same Message-ID.
"""

import asyncio
import re
import socket
from collections import Counter
from contextlib import closing, contextmanager, suppress
from datetime import timedelta

import pytest

from monitor.delivery.smtp import smtp_sender
from tests.delivery.post import Post, Settings, serving
from tests.feeds.server import Server
from tests.world import SUBSCRIBERS, a_world, entry, rss

FIVE = [f"r{n}@example.org" for n in range(5)]
READERS = "subscribers:\n" + "".join(
    SUBSCRIBERS.partition("\n")[2].replace("desk", f"r{n}") for n in range(5)
)
PATIENT_S, HASTY_S = 20, 0.5
THINKS_S = 0.3

pytestmark = pytest.mark.slow


class SlowPost(Post):
    """Takes its time, but no more than a client allows."""

    async def handle_DATA(self, server, session, envelope) -> str:
        with suppress(TimeoutError):
            async with asyncio.timeout(THINKS_S):
                await asyncio.Event().wait()
        return await super().handle_DATA(server, session, envelope)


@contextmanager
def five_readers(folder, post):
    """A world with one report for five readers, whose mail goes to `post`."""
    with Server() as server:
        server.says("/wire", body=rss(entry("1", "Port strike begins in the north")))
        with a_world(folder, {"wire": server.url("/wire")}, subscribers=READERS) as world:
            world.app.send = smtp_sender(Settings(port=post.port, timeout_s=PATIENT_S))
            world.poll()
            world.clock.pass_(hours=21, minutes=50)  # ten to seven
            yield world


def until(world, done):
    """The service's rounds, every ten minutes, until `done`."""
    for _ in range(12):
        world.clock.pass_(minutes=10)
        world.tell()
        if done():
            return
    pytest.fail("not done in time")


def all_sent(world):
    return world.rows("SELECT DISTINCT state FROM outbox") == [("sent",)]


def copies(post):
    """How often each mail arrived, by recipient and Message-ID."""
    return Counter((mail["To"], mail["Message-ID"]) for mail in post.mails)


def test_a_server_that_is_down_for_three_days_gets_every_digest_once_when_it_is_back(tmp_path):
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        closed = taken.getsockname()[1]  # and nobody will answer there
    with serving() as post, five_readers(tmp_path, post) as world:
        up, down = world.app.send, smtp_sender(Settings(port=closed))
        back = world.clock.now + timedelta(days=3)
        world.app.send = lambda m: (up if world.clock.now >= back else down)(m)
        while world.clock.now < back + timedelta(hours=2):
            world.clock.pass_(hours=1)
            world.tell()

        assert all_sent(world)
        assert world.rows("SELECT count(*) FROM digest_run") == [(20,)]
    assert set(copies(post).values()) == {1}
    assert Counter(mail["To"] for mail in post.mails) == dict.fromkeys(FIVE, 4)
    first = [m for m in post.mails if "in the north" in m.get_body(("plain",)).get_content()]
    assert sorted(mail["To"] for mail in first) == FIVE


def test_one_of_five_who_is_refused_keeps_nobody_waiting_and_is_not_asked_again(tmp_path):
    with serving(Post(refused=frozenset(FIVE[2:3]))) as post, five_readers(tmp_path, post) as world:
        until(world, lambda: len(post.mails) == 4)
        world.clock.pass_(hours=23)
        until(world, lambda: len(post.mails) == 8)

        states = Counter(world.rows("SELECT recipient, state, attempts FROM outbox"))
    assert states[(FIVE[2], "failed", 1)] == 2
    assert set(copies(post).values()) == {1}
    assert {mail["To"] for mail in post.mails} == {*FIVE[:2], *FIVE[3:]}


def test_nobody_sees_another(tmp_path):
    with serving() as post, five_readers(tmp_path, post) as world:
        until(world, lambda: len(post.mails) == 5)

    for mail, envelope in zip(post.mails, post.envelopes, strict=True):
        assert envelope.rcpt_tos == [mail["To"]]
        assert sum(envelope.content.count(to.encode()) for to in FIVE if to != mail["To"]) == 0


def test_a_connection_that_dies_after_the_mail_and_before_the_answer_repeats_that_mail(tmp_path):
    with serving(Post(drop_at="DATA")) as post, five_readers(tmp_path, post) as world:
        until(world, lambda: len(post.mails) == 5)
        post.drop_at = ""
        until(world, lambda: all_sent(world))
        world.clock.pass_(hours=22)
        until(world, lambda: len(post.mails) == 15)

    assert Counter(copies(post).values()) == {2: 5, 1: 5}


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param({"MAIL": ["421 4.3.2 closing down"] * 7}, id="at the sender"),
        pytest.param({"RCPT": ["450 4.2.1 try later"] * 7}, id="at the recipient"),
        pytest.param({"DATA": ["451 4.7.1 greylisted"] * 7}, id="at the text"),
        pytest.param({"DATA": ["554 5.7.1 looks like spam"] * 3}, id="for good, but of the text"),
    ],
)
def test_what_is_not_taken_now_is_taken_later_and_once(tmp_path, answers):
    with serving(Post(answers=answers)) as post, five_readers(tmp_path, post) as world:
        until(world, lambda: len(post.mails) == 5 and all_sent(world))

    assert list(answers.values()) == [[]]
    assert copies(post).total() == len(copies(post)) == 5


def test_a_slow_server_gets_each_digest_once(tmp_path):
    with serving(SlowPost()) as post, five_readers(tmp_path, post) as world:
        until(world, lambda: all_sent(world))

    assert copies(post).total() == len(copies(post)) == 5


def test_a_server_that_is_too_slow_is_left_and_gets_each_digest_once_later(tmp_path):
    with serving(Post(silent_at="DATA")) as post, five_readers(tmp_path, post) as world:
        patient = world.app.send
        world.app.send = smtp_sender(Settings(port=post.port, timeout_s=HASTY_S))
        until(world, lambda: world.rows("SELECT min(attempts) FROM outbox") == [(1,)])
        reasons = world.rows("SELECT DISTINCT reason FROM outbox")
        post.silent_at, world.app.send = "", patient
        until(world, lambda: all_sent(world))

    assert [re.search("no answer|timed out", reason) is not None for (reason,) in reasons] == [True]
    assert copies(post).total() == len(copies(post)) == 5
