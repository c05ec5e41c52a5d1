from datetime import UTC, datetime, timedelta

import pytest

from monitor.feeds.outcomes import Failed, FailureKind, NotModified
from monitor.feeds.weather import RETRY_AFTER, Weather, after_outage
from monitor.model import Feed, FeedSpec

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


def a_feed(n, **memory):
    spec = FeedSpec(id=f"f{n}", url=f"https://site{n}.example/feed")
    return Feed(spec=spec, next_poll_at=NOW, **memory)


def some(what, start, stop):
    return [what(n) for n in range(start, stop)]


def lost(n, kind=FailureKind.DNS):
    return Failed(feed=a_feed(n), kind=kind, reason="no address")


def fine(n):
    return NotModified(feed=a_feed(n))


@pytest.mark.parametrize(
    ("outcomes", "down"),
    [
        pytest.param([], False, id="nobody asked"),
        pytest.param([lost(1), lost(2)], False, id="two sites may both be sick"),
        pytest.param([lost(1), lost(2), lost(3)], True, id="three of three"),
        pytest.param([lost(1), lost(2), fine(3)], False, id="one of three answers"),
        pytest.param(some(lost, 0, 6) + some(fine, 6, 10), True, id="6/10"),
        pytest.param(some(lost, 0, 5) + some(fine, 5, 10), False, id="5/10"),
        pytest.param([lost(n, FailureKind.HTTP) for n in range(3)], False, id="they said no"),
        pytest.param([lost(1), lost(2), lost(3), fine(3)], False, id="the newest answer counts"),
    ],
)
def test_it_is_our_network_when_hardly_anybody_can_be_reached(outcomes, down):
    assert Weather().after(*outcomes).down is down


def test_many_feeds_of_one_site_are_one_witness():
    feeds = [
        Feed(spec=FeedSpec(id=f"f{n}", url="https://a.example/x"), next_poll_at=NOW)
        for n in range(9)
    ]
    outcomes = [Failed(feed=f, kind=FailureKind.DNS, reason="no") for f in feeds]

    assert not Weather().after(*outcomes).down


def test_an_outage_is_shown_and_not_counted():
    feed = after_outage(a_feed(1, failures=2), lost(1), now=NOW, luck=1.0)

    assert (feed.failures, feed.error, feed.failing_since) == (2, "no address", NOW)
    assert RETRY_AFTER <= feed.next_poll_at - NOW <= timedelta(minutes=3)


def test_an_outage_keeps_the_day_a_feed_began_to_fail():
    since = NOW - timedelta(days=2)

    assert (
        after_outage(a_feed(1, failing_since=since), lost(1), now=NOW, luck=0).failing_since
        == since
    )
