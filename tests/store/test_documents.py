from dataclasses import replace
from datetime import timedelta

import pytest

from monitor import store
from monitor.store import digests, documents, hits, subscriptions
from tests.store.kit import DESK, a_document, a_provision, add_hit, set_up

DAY = timedelta(days=1)


@pytest.fixture
def session(engine, now):
    with store.writing(engine) as session:
        set_up(session, now)
        yield session


def sync(session, document, version, *, now):
    versions = {p.key: version for p in document.provisions}
    documents.sync(session, [document], versions, now=now)
    session.flush()


def test_a_provision_keeps_the_day_it_was_first_known(session, now):
    sync(session, a_document(a_provision(), a_provision("fish")), "v1", now=now + DAY)

    assert documents.since(session) == {"treaty/ports": now, "treaty/fish": now + DAY}


def test_what_leaves_the_files_is_retired_and_can_come_back(session, now):
    sync(session, a_document(a_provision("fish")), "v1", now=now)
    gone = set(documents.since(session))

    sync(session, a_document(), "v1", now=now)

    assert gone == {"treaty/fish"}
    assert set(documents.since(session)) == {"treaty/ports"}


def test_the_rules_of_every_version_stay_readable(session, now):
    sync(session, a_document(a_provision(rule="dock strike")), "v2", now=now + DAY)

    assert documents.rules(session, "treaty/ports", "v1") == ["port strike"]
    assert documents.rules(session, "treaty/ports", "v2") == ["dock strike"]
    assert documents.rules(session, "treaty/ports", "v3") is None


def test_a_provision_takes_its_history_to_its_new_name(session, now):
    add_hit(session, "a", now)
    renamed = replace(a_provision("docks"), renamed_from="ports")

    for _ in range(2):  # the line stays in the file
        sync(session, a_document(renamed), "v2", now=now + DAY)

    assert documents.since(session) == {"treaty/docks": now}
    assert [f.hit.provision for f in hits.latest(session)] == ["treaty/docks"]
    assert documents.rules(session, "treaty/docks", "v1") == ["port strike"]
    assert digests.pending(session, DESK.id)[0].event.provision == "treaty/docks"


def resubscribe(session, *wanted, since, now):
    ids = {"treaty": ["ports"]}
    subscriptions.sync(session, wanted, ids, since=lambda _: since, now=now)
    session.flush()


def test_a_subscription_keeps_its_start_when_its_address_changes(session, now):
    moved = replace(DESK, address="new@example.org")

    resubscribe(session, moved, since=now + DAY, now=now + DAY)

    assert subscriptions.active(session) == [moved]
    assert subscriptions.since(session, DESK.id) == now - DAY


def test_a_subscription_that_comes_back_brings_no_news_of_its_absence(session, now):
    resubscribe(session, since=now, now=now)
    none = subscriptions.active(session)

    resubscribe(session, DESK, since=now + 30 * DAY, now=now + 30 * DAY)

    assert none == []
    assert subscriptions.since(session, DESK.id) == now + 30 * DAY


def test_subscriptions_can_be_asked_for_by_subscriber(session, now):
    assert subscriptions.active(session, subscriber="desk") == [DESK]
    assert subscriptions.active(session, subscriber="nobody") == []
