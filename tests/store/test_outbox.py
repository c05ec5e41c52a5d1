from datetime import timedelta

import pytest

from monitor import store
from monitor.model import Message
from monitor.store import outbox

MAIL = Message(
    key="k",
    kind="digest",
    to="desk@example.org",
    subject="Ünï",
    text="text",
    html="<p>html",
    headers={"Message-ID": "<1@example.org>"},
)
HOUR = timedelta(hours=1)


@pytest.fixture
def session(engine, now):
    with store.writing(engine) as session:
        outbox.put(session, MAIL, now=now)
        session.flush()
        yield session


def unsent(session, now, permanent=False):
    assert outbox.begin(session, "k", now=now)
    return outbox.mark_unsent(session, "k", reason="down", permanent=permanent)


def test_a_message_is_queued_once_for_ever(session, now):
    outbox.mark_sent(session, "k", now=now)

    assert outbox.put(session, MAIL, now=now) is False
    assert outbox.due(session, now=now + 999 * HOUR) == []
    assert outbox.counts(session) == {"sent": 1}


def test_a_message_comes_out_as_it_went_in(session, now):
    [message] = outbox.due(session, now=now)

    assert message.headers == {"Message-ID": "<1@example.org>"}
    assert (message.key, message.to, message.subject, message.html) == (
        MAIL.key,
        MAIL.to,
        MAIL.subject,
        MAIL.html,
    )
    assert message.at == now


def test_a_try_that_was_never_finished_comes_back_as_one_that_failed(session, now):
    outbox.begin(session, "k", now=now)
    session.flush()

    assert outbox.due(session, now=now) == []
    assert [m.key for m in outbox.due(session, now=now + HOUR)] == ["k"]


def test_while_one_tries_nobody_else_does(session, now):
    tries = [outbox.begin(session, "k", now=now) for _ in range(2)]

    assert tries == [True, False]


def test_no_try_of_a_message_that_waits_no_more(session, now):
    outbox.mark_sent(session, "k", now=now)

    assert not outbox.begin(session, "k", now=now)
    assert not outbox.begin(session, "unknown", now=now)


def test_a_try_that_failed_comes_back_later_each_time(session, now):
    waits, at = [], now
    for _ in range(8):
        unsent(session, at)
        session.flush()
        waits.append((outbox.next_due(session) - at) / timedelta(minutes=1))
        at = outbox.next_due(session)

    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]


def test_seven_days_of_trying_end_in_a_state_that_a_person_sees(session, now):
    at, gave_up = now, False
    while not gave_up:
        gave_up = unsent(session, at)
        session.flush()
        at = outbox.next_due(session) or at

    assert timedelta(days=7) < at - now < timedelta(days=7, hours=3)
    assert [d.reason for d in outbox.deliveries(session, state="failed")] == ["down"]


def test_a_refusal_for_good_is_not_tried_again(session, now):
    assert unsent(session, now, permanent=True)
    session.flush()
    assert outbox.due(session, now=now + 999 * HOUR) == []
