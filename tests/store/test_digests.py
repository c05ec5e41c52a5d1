"""Which events a digest holds: every one once, whatever the clock does."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from monitor import store
from monitor.model import DigestRun, HitState
from monitor.store import digests, hits, items, subscriptions
from tests.store.kit import DESK, a_document, a_hit, a_provision, add_hit, set_up

DAY = timedelta(days=1)
TWO = a_document(a_provision("ports"), a_provision("fish"))
LEGAL = replace(DESK, id="legal/weekly", subscriber="legal", provisions=("fish",))


@pytest.fixture
def session(engine, now):
    with store.writing(engine) as session:
        set_up(session, now, document=TWO, subscribers=(DESK, LEGAL))
        yield session


def make(session, slot, subscription="desk/daily", made_at=None):
    run = DigestRun(
        subscription=subscription,
        slot=slot,
        window_start=slot - DAY,
        window_end=slot,
        made_at=made_at or slot,
    )
    return digests.make(session, run)


def held(session, run):
    return [h.item.id for h in digests.held(session, run)]


def test_each_event_is_held_once_and_in_order_of_recording(session, now):
    add_hit(session, "b", now)
    add_hit(session, "a", now)
    first = make(session, now)
    add_hit(session, "c", now + DAY)
    second = make(session, now + DAY)
    third = make(session, now + 2 * DAY)

    assert [held(session, run) for run in (first, second, third)] == [["b", "a"], ["c"], []]


def test_an_event_recorded_while_the_clock_stood_wrong_is_neither_lost_nor_doubled(session, now):
    add_hit(session, "before", now)
    first = make(session, now)
    add_hit(session, "clock set back", now - timedelta(hours=5))
    second = make(session, now + DAY)

    assert held(session, first) == ["before"]
    assert held(session, second) == ["clock set back"]


def test_one_slot_has_one_run(session, now):
    run = make(session, now)

    assert make(session, now) is None
    assert [r.id for r in digests.unqueued(session)] == [run.id]


def test_each_subscription_holds_its_own_provisions(session, now):
    add_hit(session, "a", now)
    add_hit(session, "b", now, provision="treaty/fish")

    desk, legal = make(session, now), make(session, now, "legal/weekly")

    assert held(session, desk) == ["a", "b"]
    assert held(session, legal) == ["b"]


def test_what_is_not_announceable_is_not_held(session, now):
    add_hit(session, "archived", now, announce=False)

    assert held(session, make(session, now)) == []


def test_what_was_recorded_before_the_subscription_counted_is_not_held(session, now):
    add_hit(session, "long ago", now - 2 * DAY)
    add_hit(session, "within one period", now - DAY)

    assert held(session, make(session, now)) == ["within one period"]


def test_a_provision_that_joins_a_subscription_later_brings_no_history(session, now):
    add_hit(session, "old", now - timedelta(hours=20))
    add_hit(session, "fresh", now + DAY)
    ids = {"treaty": ["ports", "fish"]}

    wider = replace(LEGAL, provisions=("fish", "ports"))
    subscriptions.sync(session, [DESK, wider], ids, since=lambda _: now, now=now)
    session.flush()

    assert held(session, make(session, now + DAY, "legal/weekly")) == ["fresh"]


def test_an_event_that_was_told_is_not_told_again_when_its_provision_leaves_and_returns(
    session, now
):
    add_hit(session, "told", now)
    make(session, now)
    ids = {"treaty": ["ports", "fish"]}
    for provisions in (("fish",), ()):
        subscriptions.sync(
            session, [replace(DESK, provisions=provisions)], ids, since=lambda _: now - DAY, now=now
        )
        session.flush()

    assert held(session, make(session, now + DAY)) == []


def test_a_run_stays_open_until_its_mail_is_queued_once(session, now):
    run = make(session, now)

    marks = [digests.mark_queued(session, run, now=now) for _ in range(2)]

    assert marks == [True, False]
    assert digests.unqueued(session) == []
    assert digests.last(session, "desk/daily") == replace(run, queued=True)


def test_missed_slots_are_kept_with_the_run(session, now):
    run = DigestRun(
        subscription="desk/daily",
        slot=now,
        window_start=now - 3 * DAY,
        window_end=now,
        missed=(now - 2 * DAY, now - DAY),
        made_at=now,
    )

    digests.make(session, run)

    assert digests.last(session, "desk/daily").missed == run.missed


def test_a_held_item_comes_as_it_is_now(session, now):
    add_hit(session, "a", now)
    run = make(session, now)
    hits.save(session, [a_hit("a", state=HitState.WITHDRAWN)], known=True, now=now)

    [entry] = digests.held(session, run)

    assert entry.hit.state is HitState.WITHDRAWN


def test_a_merged_story_answers_for_its_items(session, now):
    add_hit(session, "a", now)
    add_hit(session, "b", now)
    session.execute(text("UPDATE story SET merged_into = 'a' WHERE id = 'b'"))

    assert {h.story for h in digests.held(session, make(session, now))} == {"a"}


def test_a_rehearsal_tells_by_first_sight_and_writes_nothing(session, now):
    add_hit(session, "a", now - DAY, announce=False)
    add_hit(session, "b", now)

    found = digests.rehearsed(session, ["treaty/ports"], after=now - 2 * DAY, until=now - DAY)
    nothing = digests.rehearsed(session, ["treaty/fish"], after=now - 2 * DAY, until=now)

    assert ([h.item.id for h in found], nothing) == (["a"], [])
    assert digests.last(session, "desk/daily") is None


def test_history_counts_found_hits(session, now):
    for n, at in enumerate((now - 3 * DAY, now - DAY, now)):
        add_hit(session, f"i{n}", at)
    key = "treaty/ports"

    assert digests.last_found(session, [key], before=now - DAY) == {key: now - DAY}
    assert digests.found_times(session, [key], after=now - 3 * DAY, until=now) == [
        (key, now - DAY),
        (key, now),
    ]


def test_a_subscription_that_comes_back_brings_no_news_of_its_absence(session, now):
    ids = {"treaty": ["ports", "fish"]}
    subscriptions.sync(session, [], ids, since=lambda _: now, now=now)
    add_hit(session, "in its absence", now + 5 * DAY)
    subscriptions.sync(session, [DESK], ids, since=lambda _: now + 29 * DAY, now=now + 30 * DAY)
    add_hit(session, "since then", now + 30 * DAY)

    assert held(session, make(session, now + 30 * DAY)) == ["since then"]


def test_the_archive_has_a_history_by_first_sight(session, now):
    add_hit(session, "a", now - DAY, announce=False)
    add_hit(session, "b", now, announce=False)
    keys = ["treaty/ports", "treaty/fish"]

    assert digests.last_seen(session, keys, before=now - DAY) == {"treaty/ports": now - DAY}
    assert digests.seen_times(session, keys, after=now - DAY, until=now) == [("treaty/ports", now)]
    assert items.first(session) == now - DAY
    assert items.seen(session, after=now - 2 * DAY, until=now) == (2, 1, 2)
