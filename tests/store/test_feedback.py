"""What people say: of hits, and of mail that they want or do not want."""

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor import store
from monitor.model import DigestRun, Message
from monitor.store import digests, feedback, outbox, subscriptions, unsubscribes
from monitor.store.feedback import Verdict
from tests.store.kit import DESK, add_hit, set_up

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
LEGAL = replace(DESK, id="legal/weekly", subscriber="legal")


@pytest.fixture
def session(engine, now):
    with store.writing(engine) as session:
        set_up(session, now, subscribers=(DESK, LEGAL))
        yield session


def said(item, verdict, now, **fields):
    fields = {"provision": "treaty/ports", "rules_version": "v1", "by": "ada"} | fields
    return Verdict(item=item, verdict=verdict, at=now, **fields)


def make(session, now, id_="desk/daily", *, queue=True):
    run = DigestRun(subscription=id_, slot=now, window_start=now - DAY, window_end=now, made_at=now)
    made = digests.make(session, run)
    if queue:
        digests.mark_queued(session, made, now=now)
        mail = Message(key=f"{id_}:{now}", kind="digest", to=DESK.address, subject="s", text="t")
        outbox.put(session, mail, now=now, run=made.id)
    session.flush()
    return made


def states(session):
    session.expire_all()
    return {d.message.key: d.state for d in outbox.deliveries(session)}


# -- feedback


def test_the_latest_word_counts_and_the_earlier_ones_are_kept(session, now):
    add_hit(session, "a", now)
    add_hit(session, "b", now)
    feedback.record(session, [said("a", "not", now)])
    feedback.record(session, [said("b", "relevant", now)])
    feedback.record(session, [said("a", "belongs-to", now + HOUR, target="treaty/fish")])

    found = [(item.id, v.verdict, v.target) for v, item in feedback.latest(session)]

    assert found == [("a", "belongs-to", "treaty/fish"), ("b", "relevant", "")]
    assert session.connection().exec_driver_sql("SELECT count(*) FROM feedback").scalar() == 3


def test_words_on_one_provision_say_nothing_of_another(session, now):
    add_hit(session, "a", now)
    feedback.record(session, [said("a", "not", now)])
    feedback.record(session, [said("a", "relevant", now, provision="treaty/fish")])

    assert [v.verdict for v, _ in feedback.latest(session, provision="treaty/ports")] == ["not"]
    assert len(feedback.latest(session, limit=1)) == 1


def test_a_verdict_comes_out_as_it_went_in(session, now):
    add_hit(session, "a", now)
    verdict = said("a", "belongs-to", now, target="treaty/fish", by="Zoë")

    feedback.record(session, [verdict])

    [(found, item)] = feedback.latest(session)
    assert (found, item) == (verdict, feedback.item(session, "a"))
    assert feedback.item(session, "no such id") is None


# -- unsubscribe


def test_who_unsubscribed_is_active_no_more_and_others_are(session, now):
    unsubscribes.stop(session, DESK.id, by="ada", now=now)

    assert [s.id for s in subscriptions.active(session)] == [LEGAL.id]
    assert unsubscribes.in_force(session, DESK.id).by == "ada"
    assert unsubscribes.in_force(session, LEGAL.id) is None


def test_files_that_still_list_it_do_not_bring_it_back(session, now):
    unsubscribes.stop(session, DESK.id, by="ada", now=now)

    for subscribers in ([DESK, LEGAL], [LEGAL], [DESK, LEGAL]):
        ids = {"treaty": ["ports"]}
        subscriptions.sync(session, subscribers, ids, since=lambda _: now, now=now)
        session.flush()

    assert [s.id for s in subscriptions.active(session)] == [LEGAL.id]


def test_a_second_unsubscribe_says_that_it_was_so_already(session, now):
    made = [unsubscribes.stop(session, DESK.id, by="ada", now=now) for _ in range(2)]
    undone = [unsubscribes.undo(session, DESK.id, by="b", start=now, now=now) for _ in range(2)]

    assert (made, undone) == ([0, None], [0, None])


def test_what_waits_is_cancelled_and_what_left_or_is_somebody_elses_is_not(session, now):
    make(session, now - DAY)
    outbox.mark_sent(session, f"{DESK.id}:{now - DAY}", now=now)
    make(session, now)
    make(session, now, LEGAL.id)

    cancelled = unsubscribes.stop(session, DESK.id, by="ada", now=now + HOUR)

    assert cancelled == 1
    assert states(session) == {
        f"{DESK.id}:{now - DAY}": "sent",
        f"{DESK.id}:{now}": "cancelled",
        f"{LEGAL.id}:{now}": "waiting",
    }
    assert [m.key for m in outbox.due(session, now=now + 9 * DAY)] == [f"{LEGAL.id}:{now}"]


def test_a_run_that_is_made_and_not_written_is_never_written(session, now):
    run = make(session, now, queue=False)

    cancelled = unsubscribes.stop(session, DESK.id, by="ada", now=now + HOUR)

    session.expire_all()
    assert (cancelled, digests.unqueued(session)) == (1, [])
    assert digests.mark_queued(session, run, now=now) is False  # a sweep that was just writing it
    [told] = unsubscribes.told(session, [DESK.id], limit=9)
    assert told.cancelled


def test_a_mistake_that_is_mended_before_the_next_slot_costs_nothing(session, now):
    add_hit(session, "a", now - 2 * HOUR)
    run = make(session, now - HOUR, queue=False)
    make(session, now)
    since = subscriptions.since(session, DESK.id)
    unsubscribes.stop(session, DESK.id, by="ada", now=now + HOUR)

    back = unsubscribes.undo(session, DESK.id, by="ada", start=now, now=now + 2 * HOUR)

    session.expire_all()
    assert back == 2
    assert [r.id for r in digests.unqueued(session)] == [run.id]
    assert states(session) == {f"{DESK.id}:{now}": "waiting"}
    assert subscriptions.since(session, DESK.id) == since


def test_after_a_longer_silence_its_news_count_anew(session, now):
    make(session, now)
    unsubscribes.stop(session, DESK.id, by="ada", now=now + HOUR)
    add_hit(session, "while silent", now + 10 * DAY)
    add_hit(session, "since its last slot", now + 30 * DAY + HOUR)
    start = now + 30 * DAY

    back = unsubscribes.undo(session, DESK.id, by="ada", start=start, now=start + 2 * HOUR)
    session.expire_all()
    run = make(session, now + 31 * DAY, queue=False)

    assert back == 0
    assert subscriptions.since(session, DESK.id) == start
    assert states(session) == {f"{DESK.id}:{now}": "cancelled"}
    assert [h.item.id for h in digests.held(session, run)] == ["since its last slot"]


def test_a_mistake_does_not_bring_back_what_an_earlier_silence_cancelled(session, now):
    make(session, now)
    unsubscribes.stop(session, DESK.id, by="ada", now=now)
    unsubscribes.undo(session, DESK.id, by="ada", start=now + 9 * DAY, now=now + 9 * DAY)
    unsubscribes.stop(session, DESK.id, by="ada", now=now + 9 * DAY)

    back = unsubscribes.undo(session, DESK.id, by="b", start=now + 9 * DAY, now=now + 9 * DAY)

    assert (back, states(session)) == (0, {f"{DESK.id}:{now}": "cancelled"})


def test_all_silences_are_remembered(session, now):
    for n in range(2):
        unsubscribes.stop(session, DESK.id, by="ada", now=now + n * DAY)
        unsubscribes.undo(session, DESK.id, by="bo", start=now, now=now + n * DAY + HOUR)

    silences = unsubscribes.known(session)[DESK.id].silences

    assert [s.holds(now + 30 * timedelta(minutes=1)) for s in silences] == [True, False]
    assert [s.holds(now + HOUR) for s in silences] == [False, False]
    assert unsubscribes.known(session)[DESK.id].silence is None
    assert [s.undone_by for s in silences] == ["bo", "bo"]


def test_one_may_unsubscribe_before_the_first_start(session, now):
    unsubscribes.stop(session, "new/daily", by="ada", now=now)

    assert unsubscribes.undo(session, "new/daily", by="ada", start=now + DAY, now=now) == 0


# -- single messages


def test_a_message_that_is_kept_back_is_not_in_the_delivery_round(session, now):
    outbox.put(session, Message(key="t", kind="test", to="a@b.c", subject="", text=""), now=now)

    unsubscribes.keep_back(session, "t", now=now)

    session.flush()
    assert outbox.due(session, now=now + DAY) == []
    assert outbox.begin(session, "t", now=now) is False


def test_what_failed_waits_again_with_all_its_tries(session, now):
    make(session, now)
    key = f"{DESK.id}:{now}"
    outbox.begin(session, key, now=now)
    outbox.mark_unsent(session, key, reason="no such user", permanent=True)
    session.flush()
    assert unsubscribes.given_up(session) == [key]

    unsubscribes.put_back(session, key, to="right@example.org", now=now + DAY)

    session.flush()
    [message] = outbox.due(session, now=now + DAY)
    assert (message.key, message.to) == (key, "right@example.org")
    delivery, subscription = unsubscribes.message(session, key)
    assert (delivery.attempts, subscription) == (0, DESK.id)
    assert unsubscribes.message(session, "no such key") is None


# -- the record


def test_the_record_joins_runs_with_their_mails(session, now):
    add_hit(session, "a", now - HOUR)
    make(session, now)
    make(session, now + DAY, queue=False)
    make(session, now, LEGAL.id)

    newest, oldest = unsubscribes.told(session, [DESK.id], limit=9)

    assert (newest.mail, newest.queued_at, newest.held) == (None, None, 0)
    assert (oldest.mail.state, oldest.queued_at, oldest.held) == ("waiting", now, 1)
    assert unsubscribes.told(session, [DESK.id], limit=1) == [newest]
    assert unsubscribes.told(session, [DESK.id], failed=True, limit=9) == []
    assert unsubscribes.told_between(session, DESK.id, start=now, end=now + DAY) == [oldest]
    assert unsubscribes.told_after(session, DESK.id, now) == newest
    assert unsubscribes.told_after(session, DESK.id, now + DAY) is None


def test_messages_that_are_no_digest_are_listed_by_themselves(session, now):
    make(session, now)
    for n, to in enumerate(("a@example.org", "b@example.org")):
        message = Message(key=to, kind="report", to=to, subject="s", text="t")
        outbox.put(session, message, now=now + n * HOUR)
    session.flush()

    def keys(**how):
        return [d.message.key for d in unsubscribes.others(session, limit=9, **how)]

    assert keys() == ["b@example.org", "a@example.org"]
    assert keys(to=["a@example.org"]) == ["a@example.org"]
    assert keys(start=now + HOUR, end=now + DAY) == ["b@example.org"]
    assert keys(failed=True) == []
