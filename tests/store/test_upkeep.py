"""Old rows go, on either database, and never one that something else needs."""

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.model import Message, PollRecord
from monitor.store import items, ledger, outbox, reading, upkeep, writing
from tests.store.kit import add_hit, an_item, set_up

LATER = timedelta(days=100)


@pytest.fixture
def filled(engine, now):
    with writing(engine) as session:
        set_up(session, now)
        add_hit(session, "told", now)
        add_hit(session, "quiet", now, announce=False)
    return engine


def revise(engine, id, now, *revs):
    with writing(engine) as session:
        for rev in revs:
            items.revise(session, replace(an_item(id, now), rev=rev, title=f"title {rev}"), now=now)


def test_only_revisions_that_nothing_cites_go(filled, now):
    revise(filled, "told", now, 2, 3)
    revise(filled, "quiet", now, 2, 3)

    with writing(filled) as session:
        gone = upkeep.drop_revisions(session, before=now + LATER, limit=10)

    with reading(filled) as session:
        kept = {(id, rev) for id in ("told", "quiet") for rev in (1, 2)}
        kept = {key for key in kept if items.revision(session, *key)}
    # both hits cite revision 1
    assert (gone, kept) == (2, {("told", 1), ("quiet", 1)})


def test_a_young_revision_stays(filled, now):
    revise(filled, "told", now, 2, 3)

    with writing(filled) as session:
        assert upkeep.drop_revisions(session, before=now, limit=10) == 0


def test_a_batch_is_as_large_as_it_is_told(filled, now):
    revise(filled, "told", now, *range(2, 9))

    with writing(filled) as session:
        gone = [upkeep.drop_revisions(session, before=now + LATER, limit=4) for _ in range(3)]

    assert gone == [4, 2, 0]


def test_the_ledger_loses_its_beginning(filled, now):
    for days in (0, 1, 50):
        with writing(filled) as session:
            record = PollRecord(feed="wire-en", outcome="fetched")
            ledger.record_polls(session, [record] * 2, now=now + timedelta(days=days))

    with writing(filled) as session:
        before = now + timedelta(days=2)
        gone = [upkeep.drop_ledger(session, before=before, limit=3) for _ in range(3)]

    with reading(filled) as session:
        assert ledger.asked(session, after=now, until=now + LATER) == {"wire-en": True}
    assert gone == [3, 1, 0]


def test_texts_of_what_left_go_and_the_key_still_bars_a_second_mail(filled, now):
    message = Message(key="k", kind="digest", to="a@example.org", subject="s", text="t", html="h")
    with writing(filled) as session:
        outbox.put(session, message, now=now)
        assert upkeep.drop_texts(session, before=now + LATER, limit=10) == 0
        outbox.mark_sent(session, "k", now=now)
        session.flush()
        gone = [upkeep.drop_texts(session, before=now + LATER, limit=10) for _ in range(2)]

    with writing(filled) as session:
        again = outbox.put(session, message, now=now)
        (kept,) = outbox.deliveries(session)
    assert (gone, again) == ([1, 0], False)
    assert (kept.message.subject, kept.message.text, kept.message.html) == ("s", "", "")


def test_optimising_is_possible_at_any_time(filled):
    with reading(filled):
        upkeep.optimise(filled)
    upkeep.optimise(filled)
