"""Who may start now: no site is hurried, and nobody is forgotten."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds.gate import SiteGate
from monitor.feeds.outcomes import Failed, FailureKind, NotModified
from monitor.model import Feed, FeedSpec

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def a_feed(id="f", *, url="https://example.org/rss"):
    return Feed(spec=FeedSpec(id=id, url=url), next_poll_at=NOW)


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


def test_a_slow_site_is_given_its_own_time_between_starts():
    one, two = site_feeds(2, host="old.example.org")
    gate = gate_with(one, two, slow={"www.example.org": timedelta(seconds=60)})
    gate.take(NOW)
    gate.done(one, seconds(1))

    assert gate.take(seconds(1)) == ((), seconds(60))
    assert gate.take(seconds(60)) == ((two,), None)


def overloaded(feed, *, retry_after=timedelta(minutes=30)):
    return Failed(
        feed=feed, kind=FailureKind.SERVER, reason="no", status=503, retry_after=retry_after
    )


@pytest.mark.parametrize(
    ("answers", "is_paused"),
    [
        pytest.param([(0, 0)], False, id="one feed"),
        pytest.param([(0, 0), (0, 60)], False, id="the same feed twice"),
        pytest.param([(0, 0), (1, 300)], True, id="two feeds within five minutes"),
        pytest.param([(0, 0), (1, 301)], False, id="two feeds, one long ago"),
    ],
)
def test_a_site_is_overloaded_when_two_of_its_feeds_say_so(answers, is_paused):
    feeds = site_feeds(3)
    gate = gate_with(feeds[2])
    for number, at in answers:
        gate.heed(overloaded(feeds[number]), seconds(at))

    started, again_at = gate.take(seconds(302))

    assert started == (() if is_paused else (feeds[2],))
    assert again_at == (seconds(300) + timedelta(minutes=30) if is_paused else None)


def test_an_overloaded_site_that_names_no_time_is_not_paused():
    one, two, three = site_feeds(3)
    gate = gate_with(three)
    for feed in (one, two):
        gate.heed(overloaded(feed, retry_after=None), NOW)
        gate.heed(NotModified(feed=feed), NOW)

    assert gate.take(NOW) == ((three,), None)


@pytest.mark.parametrize("said", [None, timedelta(hours=2)])
def test_a_429_pauses_the_site_as_long_as_it_says_or_a_quarter_of_an_hour(said):
    one, two = site_feeds(2)
    gate = gate_with(two)
    refused = Failed(
        feed=one, kind=FailureKind.HTTP, reason="no", status=429, retry_after=said, site_wide=True
    )

    gate.heed(refused, NOW)

    assert gate.take(NOW) == ((), NOW + (said or timedelta(minutes=15)))
