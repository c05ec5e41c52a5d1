from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds.outcomes import Failed, FailureKind, Fetched, NotModified
from monitor.feeds.schedule import (
    GONE_EVERY,
    Pace,
    SiteGate,
    after_failure,
    after_gone,
    after_not_modified,
    after_success,
    first_poll_at,
)
from monitor.model import Feed, FeedSpec

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
PACE = Pace(every=HOUR, min_interval=timedelta(minutes=5))
EVEN = 1 / 3  #: the luck that neither shortens nor lengthens


def a_feed(id="f", *, url="https://example.org/rss", every=None, **memory):
    return Feed(spec=FeedSpec(id=id, url=url, every=every), next_poll_at=NOW, **memory)


def succeed(feed, *, luck=EVEN, new=False, **more):
    fetched = Fetched(feed=feed, url=feed.url, body=b"", body_hash="h2", etag='"2"')
    return after_success(feed, fetched, new=new, now=NOW, pace=PACE, luck=luck, **more)


def fail(feed, kind=FailureKind.HTTP, *, times=1, now=NOW, luck=EVEN, **said):
    for _ in range(times):
        failed = Failed(feed=feed, kind=kind, reason="no", **said)
        feed = after_failure(feed, failed, now=now, pace=PACE, luck=luck)
    return feed


def wait(feed):
    return feed.next_poll_at - NOW


@pytest.mark.parametrize(
    ("every", "luck", "expected"),
    [
        (None, EVEN, HOUR),
        (None, 0, HOUR * 0.95),
        (None, 1, HOUR * 1.10),
        (timedelta(minutes=30), EVEN, timedelta(minutes=30)),
        (timedelta(seconds=1), 0, timedelta(minutes=5)),
    ],
)
def test_a_feed_is_polled_at_its_own_pace_spread_a_little(every, luck, expected):
    after = succeed(a_feed(every=every), luck=luck)

    assert wait(after).total_seconds() == pytest.approx(expected.total_seconds())


def test_a_new_body_replaces_the_validators_as_a_pair():
    before = a_feed(etag='"1"', last_modified="Monday", body_hash="h1")

    after = succeed(before, new=True)

    assert (after.etag, after.last_modified, after.body_hash) == ('"2"', None, "h2")
    assert (after.first_taken_at, after.last_ok_at, after.last_new_at) == (NOW, NOW, NOW)


def test_a_body_that_was_cut_off_leaves_no_validators():
    after = succeed(a_feed(etag='"1"', last_modified="Monday"), complete=False)

    assert (after.etag, after.last_modified, after.body_hash) == (None, None, "")
    assert after.last_ok_at == NOW


def test_nothing_new_keeps_the_time_of_the_last_news_and_of_the_first_body():
    before = a_feed(last_new_at=NOW - DAY, first_taken_at=NOW - DAY)

    after = succeed(before)

    assert (after.last_new_at, after.first_taken_at) == (NOW - DAY, NOW - DAY)


def test_not_modified_renews_only_what_it_mentions_and_ends_a_failure():
    before = fail(a_feed(etag='"1"', last_modified="Monday", body_hash="h1"))
    answer = NotModified(feed=before, etag='"1b"')

    after = after_not_modified(before, answer, now=NOW, pace=PACE, luck=EVEN)

    assert (after.etag, after.last_modified, after.body_hash) == ('"1b"', "Monday", "h1")
    assert (after.failures, after.failing_since, after.error) == (0, None, "")


def test_a_failure_keeps_the_validators_and_is_remembered():
    before = a_feed(etag='"1"', last_modified="Monday", body_hash="h1", last_ok_at=NOW - DAY)

    after = fail(fail(before, FailureKind.NOT_A_FEED), now=NOW + HOUR)

    assert (after.etag, after.last_modified, after.body_hash) == ('"1"', "Monday", "h1")
    assert (after.failures, after.failing_since, after.error) == (2, NOW, "no")
    assert after.last_ok_at == NOW - DAY


@pytest.mark.parametrize(
    ("kind", "failures", "every", "expected"),
    [
        (FailureKind.HTTP, 1, HOUR, HOUR),
        (FailureKind.HTTP, 2, HOUR, 2 * HOUR),
        (FailureKind.HTTP, 5, HOUR, 16 * HOUR),
        (FailureKind.HTTP, 6, HOUR, 24 * HOUR),
        (FailureKind.HTTP, 10_000, HOUR, 24 * HOUR),
        (FailureKind.HTTP, 7, HOUR / 6, HOUR * 64 / 6),
        (FailureKind.HTTP, 10_000, HOUR / 6, HOUR * 64 / 6),
        (FailureKind.DNS, 10_000, HOUR, 6 * HOUR),
        (FailureKind.SERVER, 10_000, HOUR, 6 * HOUR),
        (FailureKind.TIMEOUT, 3, 7 * DAY, 7 * DAY),
    ],
)
def test_failures_back_off_by_powers_of_two_up_to_a_cap(kind, failures, every, expected):
    after = fail(a_feed(every=every, failures=failures - 1), kind)

    assert wait(after).total_seconds() == pytest.approx(expected.total_seconds())


def test_a_feed_is_asked_no_sooner_than_the_server_said():
    after = fail(a_feed(), luck=0, retry_after=3 * HOUR)
    unasked = fail(a_feed(every=timedelta(minutes=5)), site_wide=True)

    assert wait(after) == 3 * HOUR
    assert wait(unasked) == timedelta(minutes=15)


def test_gone_is_believed_the_second_time_a_day_later():
    first = after_gone(a_feed(), now=NOW, luck=0)
    hasty = after_gone(first, now=NOW + HOUR, luck=0)
    second = after_gone(first, now=first.next_poll_at, luck=0)

    assert (wait(first), first.gone_since, first.error) == (DAY, None, "HTTP 410 Gone")
    assert hasty.gone_since is None
    assert second.gone_since == NOW + DAY
    assert second.next_poll_at == NOW + DAY + GONE_EVERY


def test_another_failure_between_starts_the_count_of_gone_again():
    first = after_gone(a_feed(), now=NOW, luck=0)
    between = fail(first, now=NOW + DAY)

    again = after_gone(between, now=NOW + 2 * DAY, luck=0)

    assert again.gone_since is None


def test_a_feed_that_is_gone_is_asked_weekly_and_may_come_back():
    gone = after_gone(after_gone(a_feed(), now=NOW - DAY, luck=0), now=NOW, luck=0)

    failing, back = fail(gone), succeed(gone)

    assert wait(failing) == GONE_EVERY
    assert back.gone_since is None
    assert wait(back) == HOUR


@given(st.text(), st.sampled_from([NOW, NOW + HOUR]))
def test_first_polls_are_spread_over_a_minute_and_stable(feed_id, now):
    at = first_poll_at(feed_id, now)

    assert now <= at < now + timedelta(minutes=1)
    assert at == first_poll_at(feed_id, now)


def test_first_polls_do_not_gather():
    seconds = {first_poll_at(f"feed-{n}", NOW) for n in range(1000)}

    assert len(seconds) == 60


# -- the gate


def gate_with(*feeds, **options):
    gate = SiteGate(**options)
    gate.offer(feeds)
    return gate


def seconds(n):
    return NOW + timedelta(seconds=n)


def site_feeds(count, host="example.org"):
    return [a_feed(f"{host}-{n}", url=f"https://{host}/{n}") for n in range(count)]


def test_one_feed_of_a_site_at_a_time():
    one, two = site_feeds(2)
    gate = gate_with(one, two)

    assert gate.take(NOW) == ((one,), None)
    assert gate.take(seconds(5)) == ((), None)

    gate.done(one, seconds(6))

    assert gate.take(seconds(6)) == ((two,), None)


def test_starts_on_one_site_are_apart():
    one, two = site_feeds(2)
    gate = gate_with(one, two, per_site=2)

    assert gate.take(NOW) == ((one,), seconds(1))
    assert gate.take(seconds(0.5)) == ((), seconds(1))
    assert gate.take(seconds(1)) == ((two,), None)


def test_hosts_of_one_domain_are_one_site_and_other_sites_do_not_wait():
    mine = a_feed("a", url="https://a.example.org/"), a_feed("b", url="https://b.example.org/")
    other = a_feed("c", url="https://example.com/")
    gate = gate_with(*mine, other)

    assert gate.take(NOW) == ((mine[0], other), None)


def test_no_more_than_so_many_at_once():
    feeds = [a_feed(str(n), url=f"https://example{n}.org/") for n in range(5)]
    gate = gate_with(*feeds, at_once=2)

    assert gate.take(NOW) == (tuple(feeds[:2]), None)
    assert gate.take(seconds(9)) == ((), None)

    gate.done(feeds[0], seconds(9))

    assert gate.take(seconds(9)) == ((feeds[2],), None)
    assert gate.in_flight == 2


def test_a_feed_that_waits_or_runs_is_not_taken_twice():
    (feed,) = site_feeds(1)
    gate = gate_with(feed, feed)

    assert gate.take(NOW) == ((feed,), None)
    gate.offer([feed])
    gate.done(feed, NOW)
    gate.done(feed, NOW)

    assert gate.take(seconds(9)) == ((), None)

    gate.offer([feed])

    assert gate.take(seconds(9)) == ((feed,), None)


def test_done_before_taken_changes_nothing():
    (feed,) = site_feeds(1)
    gate = gate_with(feed)

    gate.done(feed, NOW)

    assert gate.take(NOW) == ((feed,), None)


def test_those_that_wait_can_be_forgotten_and_offered_again():
    one, two = site_feeds(2)
    gate = gate_with(one, two)
    gate.take(NOW)

    gate.clear()

    assert (gate.in_flight, gate.waiting) == (1, 0)
    gate.done(one, seconds(5))
    assert gate.take(seconds(5)) == ((), None)
    gate.offer([two])
    assert gate.waiting == 1
    assert gate.take(seconds(5)) == ((two,), None)


def test_a_paused_site_waits_and_the_others_do_not():
    (one,), (other,) = site_feeds(1), site_feeds(1, host="example.com")
    gate = gate_with(one, other)
    gate.pause("example.org", seconds(60))
    gate.pause("example.org", seconds(30))

    assert gate.take(NOW) == ((other,), seconds(60))
    assert gate.take(seconds(60)) == ((one,), None)


def test_a_feed_without_a_web_address_is_a_site_of_its_own():
    feeds = a_feed("a", url="x"), a_feed("b", url="y")

    assert gate_with(*feeds).take(NOW) == (feeds, None)


@given(
    st.lists(st.integers(0, 4), max_size=40),
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 20)), max_size=80),
    st.integers(1, 3),
    st.integers(1, 4),
)
def test_the_gate_keeps_its_promises_and_forgets_nobody(sites, steps, per_site, at_once):
    feeds = [a_feed(str(n), url=f"https://e{s}.org/{n}") for n, s in enumerate(sites)]
    gate = gate_with(*feeds, per_site=per_site, at_once=at_once)
    now, running, started, last_start = NOW, [], [], {}

    def move(action, amount):
        nonlocal now
        now += timedelta(seconds=amount / 10)
        if action == 0 and running:
            gate.done(running.pop(amount % len(running)), now)
        if action == 1:
            gate.pause(f"e{amount % 5}.org", now + timedelta(seconds=amount / 10))
        took, ask_at = gate.take(now)
        for feed in took:
            host = feed.url[8:10]
            assert now - last_start.get(host, NOW - DAY) >= timedelta(seconds=1)
            last_start[host] = now
            running.append(feed)
            started.append(feed.id)
        assert len(running) <= at_once
        assert ask_at is None or ask_at > now
        for site in {f.url[8:10] for f in running}:
            assert sum(f.url[8:10] == site for f in running) <= per_site

    for action, amount in steps:
        move(action, amount)
    for _ in range(3 * len(feeds)):
        move(0, 20)

    assert sorted(started) == sorted(f.id for f in feeds)
