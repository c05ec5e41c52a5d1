"""Did they get it, and if not, why not?"""

from datetime import date, timedelta

import pytest

from monitor import store
from monitor.errors import DeliveryError
from monitor.jobs.deliver import deliver
from monitor.jobs.deliveries import deliveries, retry
from monitor.jobs.digest import make_due, sweep
from monitor.jobs.sync import sync
from monitor.jobs.unsubscribe import resubscribe, unsubscribe
from monitor.model import Message
from monitor.store import outbox, subscriptions
from tests.world import SUBSCRIBERS, a_world, entry, rss, write_files

TUESDAY = date(2026, 1, 6)
BERLIN = SUBSCRIBERS.replace("zone: UTC", "zone: Europe/Berlin")
OTHERS = """\
  - id: legal
    address: legal@example.org
    zone: UTC
    digests:
      - {id: weekly, document: treaty, at: "Mon 08:00"}
"""


@pytest.fixture
def world(tmp_path, server):
    """The way out does what `world.does` says."""

    def send(message):
        world.does(message)
        world.sent.append(message)

    feeds = {"wire": server.url("/wire")}
    with a_world(tmp_path, feeds, send=send, subscribers=BERLIN) as world:
        world.does = lambda message: None
        yield world


def say(world, server, guid):
    server.says("/wire", body=rss(entry(guid, f"Port strike {guid}", at=world.clock.now)))
    world.poll()


def shown(world, **how):
    return deliveries(world.app, now=world.clock.now, **how).lines


def only(world, **how):
    [line] = shown(world, **how)
    return line


def down(message):
    raise DeliveryError("connection refused")


def gone(message):
    raise DeliveryError("550 no such user", permanent=True)


def test_a_digest_that_left_says_when_to_whom_and_under_what_name(world, server):
    say(world, server, "a1")
    world.morning()

    line = only(world, on=TUESDAY)

    assert (line.state, line.to, line.hits, line.late) == ("sent", "desk@example.org", 1, True)
    assert line.sent_at == world.clock.now
    assert line.message_id == world.sent[0].headers["Message-ID"]
    assert line.at.astimezone().timestamp() == (world.clock.now - timedelta(hours=1)).timestamp()


def test_a_digest_that_waits_says_why_and_until_when(world):
    world.does = down
    world.morning()

    line = only(world)

    assert (line.state, line.attempts, line.why) == ("waiting", 1, "connection refused")
    assert line.next_try_at > world.clock.now


def test_a_digest_that_was_refused_is_among_the_failed(world):
    world.morning()
    world.does = gone
    world.morning()

    failed = only(world, failed=True)

    assert (failed.state, failed.why) == ("failed", "550 no such user")
    assert only(world, failed=True, on=date(2026, 1, 7)) == failed
    assert shown(world, failed=True, on=TUESDAY) == ()


def test_missed_mornings_are_shown_by_the_digest_that_stands_for_them(world, server):
    say(world, server, "a1")
    world.clock.pass_(days=3)
    world.tell()

    line = only(world, on=TUESDAY)

    assert (line.state, line.late) == ("sent", True)
    assert TUESDAY in {slot.date() for slot in line.missed}


def test_a_digest_that_a_crash_left_is_made_and_not_written(world):
    world.clock.pass_(days=1)
    with store.reading(world.app.engine) as session:
        [subscription] = subscriptions.active(session)
    make_due(world.app, subscription, now=world.clock.now)

    assert only(world).state == "not written"


def test_a_quiet_day_without_a_mail_is_told_from_a_lost_one(tmp_path, server):
    quiet = SUBSCRIBERS.replace('at: "07:00"}', 'at: "07:00", quiet_days: false}')
    with a_world(tmp_path, {}, subscribers=quiet) as world:
        world.morning()

        line = only(world)

    assert (line.state, "quiet_days is false" in line.why) == ("no mail", True)


def test_a_run_without_its_document_says_so(world):
    world.app.loaded = type(world.app.loaded)(
        world.app.loaded.config, (), world.app.loaded.percolator
    )
    world.clock.pass_(days=1)
    sweep(world.app, now=world.clock.now)

    line = only(world)

    assert (line.state, "treaty was not in the files" in line.why) == ("no mail", True)


# -- why there is none


@pytest.mark.parametrize(
    ("on", "state", "why"),
    [
        (date(2026, 1, 2), "not subscribed", "counts its news since Mon 2026-01-05 07:00"),
        (TUESDAY, "overdue", "nobody has looked yet"),
        (date(2026, 1, 20), "coming", "not due yet"),
    ],
    ids=["before", "nobody awake", "tomorrow"],
)
def test_a_day_without_a_run_has_a_reason(world, on, state, why):
    world.clock.pass_(days=2)

    line = only(world, on=on)

    assert (line.state, why in line.why, line.to) == (state, True, "desk@example.org")


def test_an_overdue_digest_says_since_when_nobody_looked(world):
    world.morning()
    world.clock.pass_(days=1)

    assert "nobody has looked since Tue 2026-01-06 08:00" in only(world, on=date(2026, 1, 7)).why


def test_a_day_between_two_weekly_digests_says_when_they_come(tmp_path):
    with a_world(tmp_path, {}, subscribers=SUBSCRIBERS + OTHERS) as world:
        line = only(world, who="legal", on=TUESDAY)

    assert (line.state, line.why) == ("no slot", "its digests come at: Mon 08:00")


def test_a_morning_that_a_digest_by_hand_went_before_says_which(world):
    from monitor.service import make_now

    world.clock.pass_(days=1)
    make_now(world.app, world.app.config.subscriptions, now=world.clock.now)

    by_hand, morning = shown(world, on=TUESDAY)

    assert (by_hand.state, morning.state) == ("waiting", "told later")
    assert "Tue 2026-01-06 10:00 holds what was new" in morning.why


def test_the_time_of_an_unsubscribe_is_told_as_that(world):
    unsubscribe(world.app, "desk", by="ada", now=world.clock.now)
    world.clock.pass_(days=2)
    world.tell()
    during = only(world, on=TUESDAY)
    silent = deliveries(world.app, now=world.clock.now).silent
    resubscribe(world.app, "desk", by="bo", now=world.clock.now)
    after = only(world, on=TUESDAY)

    assert (during.state, after.state) == ("unsubscribed", "unsubscribed")
    assert "by ada; to undo: monitor unsubscribe desk/daily --undo" in during.why
    assert "until Wed 2026-01-07 10:00" in after.why
    assert [s.subscription for s in silent] == ["desk/daily"]
    assert deliveries(world.app, now=world.clock.now).silent == ()


def test_a_cancelled_digest_says_who_unsubscribed(world):
    world.clock.pass_(days=1)
    sweep(world.app, now=world.clock.now)
    unsubscribe(world.app, "desk", by="ada", now=world.clock.now)

    line = only(world)

    assert (line.state, line.why) == ("cancelled", "unsubscribed by ada")


def test_a_run_cancelled_before_it_was_written_is_no_quiet_day(world):
    world.clock.pass_(days=1)
    with store.reading(world.app.engine) as session:
        [subscription] = subscriptions.active(session)
    make_due(world.app, subscription, now=world.clock.now)
    unsubscribe(world.app, "desk", by="ada", now=world.clock.now)

    assert only(world).state == "cancelled"


def test_a_digest_that_left_the_files_says_when(tmp_path, world):
    from monitor.jobs.check import load

    config = world.app.loaded.config
    write_files(tmp_path, {"wire": config.feeds[0].url}, subscribers="subscribers: []\n")
    world.app.loaded = load(tmp_path / "config", {})
    sync(world.app, now=world.clock.now)
    world.clock.pass_(days=2)

    line = only(world, on=TUESDAY)

    assert (line.state, "left subscribers.yaml on Mon 2026-01-05 10:00" in line.why) == (
        "retired",
        True,
    )


def test_a_digest_that_is_only_in_the_files_has_not_begun(tmp_path, world):
    from monitor.jobs.check import load

    config = world.app.loaded.config
    subscribers = SUBSCRIBERS + OTHERS
    write_files(tmp_path, {"wire": config.feeds[0].url}, subscribers=subscribers)
    world.app.loaded = load(tmp_path / "config", {})
    world.clock.pass_(days=10)

    line = only(world, who="legal/weekly", on=date(2026, 1, 12))

    assert (line.state, line.why) == ("not subscribed", "the monitor has not begun with it yet")


# -- others, limits, names


def test_other_messages_are_shown_beside_the_digests(world):
    with store.writing(world.app.engine) as session:
        for to in ("keeper@example.org", "desk@example.org"):
            message = Message(key=f"r:{to}", kind="report", to=to, subject="s", text="t")
            outbox.put(session, message, now=world.clock.now)
    world.morning()

    assert [line.kind for line in shown(world)] == ["digest", "report", "report"]
    assert [line.kind for line in shown(world, limit=1)] == ["digest"]
    assert [line.to for line in shown(world, who="desk")] == ["desk@example.org"] * 2
    assert [line.kind for line in shown(world, on=date(2026, 1, 5))][:2] == ["report"] * 2


def test_an_unknown_name_says_what_is_near(world):
    with pytest.raises(LookupError, match="did you mean 'desk'"):
        shown(world, who="dest")


def test_a_script_gets_everything(world):
    unsubscribe(world.app, "desk", by="ada", now=world.clock.now)
    found = deliveries(world.app, on=TUESDAY, now=world.clock.now).as_json()

    assert found["deliveries"][0]["state"] == "coming"
    assert found["unsubscribed"][0]["by"] == "ada"


# -- retry


def test_what_failed_is_sent_again_when_a_person_says_so(world):
    world.does = gone
    world.morning()
    world.does = lambda message: None

    retry(world.app, only(world).key, now=world.clock.now)
    deliver(world.app, now=world.clock.now)

    assert [m.to for m in world.sent] == ["desk@example.org"]
    assert only(world).state == "sent"


def test_a_retry_goes_to_the_address_that_was_mended(tmp_path, world):
    from monitor.jobs.check import load

    world.does = gone
    world.morning()
    world.does = lambda message: None
    mended = BERLIN.replace("desk@example.org", "right@example.org")
    write_files(tmp_path, {"wire": world.app.config.feeds[0].url}, subscribers=mended)
    world.app.loaded = load(tmp_path / "config", {})

    waiting = retry(world.app, only(world).key, now=world.clock.now)
    deliver(world.app, now=world.clock.now)

    assert waiting.message.to == "right@example.org"
    assert [m.to for m in world.sent] == ["right@example.org"]


def test_a_retry_of_what_waits_does_not_wait_for_the_next_try(world):
    world.does = down
    world.morning()
    world.does = lambda message: None

    retry(world.app, only(world).key, now=world.clock.now)
    deliver(world.app, now=world.clock.now)

    assert len(world.sent) == 1


def test_what_was_sent_or_cancelled_is_not_sent_again(world):
    world.morning()
    sent = only(world).key
    world.does = down
    world.morning()
    unsubscribe(world.app, "desk", by="ada", now=world.clock.now)
    cancelled = shown(world)[0].key

    with pytest.raises(LookupError, match="was sent; a second one would be double"):
        retry(world.app, sent, now=world.clock.now)
    with pytest.raises(LookupError, match="monitor unsubscribe desk/daily --undo"):
        retry(world.app, cancelled, now=world.clock.now)
    world.does = lambda message: None
    world.clock.pass_(days=9)
    deliver(world.app, now=world.clock.now)
    assert len(world.sent) == 1


def test_an_unknown_key_shows_those_that_failed(world):
    with pytest.raises(LookupError, match="none has failed"):
        retry(world.app, "digest:x", now=world.clock.now)
    world.does = gone
    world.morning()
    with pytest.raises(LookupError, match="failed are: digest:desk/daily"):
        retry(world.app, "digest:x", now=world.clock.now)
