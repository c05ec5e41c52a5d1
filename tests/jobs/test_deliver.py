"""Mail leaves once, whatever happens on the way."""

from datetime import timedelta

import pytest

from monitor import store
from monitor.errors import DeliveryError
from monitor.jobs.deliver import deliver
from monitor.model import Message
from monitor.store import outbox
from tests.world import a_world

FIVE = [f"r{n}@example.org" for n in range(5)]


def put(world, *recipients):
    with store.writing(world.app.engine) as session:
        for to in recipients:
            message = Message(key=f"k:{to}", kind="digest", to=to, subject="s", text="t")
            outbox.put(session, message, now=world.clock.now)


def states(world):
    return dict(world.rows("SELECT recipient, state FROM outbox"))


@pytest.fixture
def mail_world(tmp_path):
    """A world whose way out does what `world.does` says."""

    def send(message):
        world.does(message)
        world.sent.append(message)

    with a_world(tmp_path, {}, send=send) as world:
        world.does = lambda message: None
        yield world


def test_a_server_down_for_three_days_costs_nobody_a_mail(mail_world):
    world, up_at = mail_world, mail_world.clock.now + timedelta(days=3)

    def down(_):
        if world.clock.now < up_at:
            raise DeliveryError("connection refused")

    world.does = down
    put(world, *FIVE)
    while world.clock.now < up_at + timedelta(hours=2):
        deliver(world.app, now=world.clock.now)
        world.clock.pass_(minutes=10)

    assert sorted(m.to for m in world.sent) == FIVE
    assert set(states(world).values()) == {"sent"}


def test_one_recipient_that_is_refused_keeps_none_of_the_others_waiting(mail_world):
    world = mail_world

    def refuse(message):
        if message.to == FIVE[2]:
            raise DeliveryError("550 no such user", permanent=True)

    world.does = refuse
    put(world, *FIVE)
    deliver(world.app, now=world.clock.now)
    world.clock.pass_(days=1)
    deliver(world.app, now=world.clock.now)

    assert sorted(m.to for m in world.sent) == FIVE[:2] + FIVE[3:]
    assert states(world)[FIVE[2]] == "failed"
    assert world.rows("SELECT reason FROM outbox WHERE state = 'failed'") == [("550 no such user",)]


def test_a_bug_in_sending_one_message_does_not_stop_the_others(mail_world):
    world = mail_world

    def fail(message):
        if message.to == FIVE[0]:
            raise ZeroDivisionError

    world.does = fail
    put(world, *FIVE)

    deliver(world.app, now=world.clock.now)

    assert sorted(m.to for m in world.sent) == FIVE[1:]
    assert states(world)[FIVE[0]] == "waiting"
