from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds.habits import Pace
from monitor.feeds.outcomes import Failed, FailureKind, Fetched, NotModified
from monitor.feeds.schedule import (
    GONE_EVERY,
    after_failure,
    after_gone,
    after_not_modified,
    after_success,
    first_poll_at,
)
from monitor.feeds.wishes import Wishes
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


# -- no sooner than they say


def heard(feed, *, fresh_for=None, etag='"2"', times=1, **more):
    """The feed after a 200 of such freshness."""
    for _ in range(times):
        body = Fetched(
            feed=feed, url=feed.url, body=b"", body_hash="h", etag=etag, fresh_for=fresh_for
        )
        feed = after_success(feed, body, new=False, now=NOW, pace=PACE, luck=EVEN, **more)
    return feed


def unchanged(feed, fresh_for=None):
    answer = NotModified(feed=feed, fresh_for=fresh_for)
    return after_not_modified(feed, answer, now=NOW, pace=PACE, luck=EVEN)


@pytest.mark.parametrize(
    ("fresh_for", "every", "expected"),
    [
        pytest.param(HOUR / 2, None, HOUR, id="less than its pace"),
        pytest.param(3 * HOUR, None, 3 * HOUR, id="more than its pace"),
        pytest.param(3 * HOUR, HOUR / 2, 3 * HOUR, id="more than a person wrote"),
        pytest.param(5844 * DAY, None, 5 * HOUR, id="sixteen years"),
        pytest.param(5844 * DAY, 6 * HOUR, 24 * HOUR, id="sixteen years of a slow feed"),
    ],
)
def test_no_feed_is_asked_while_the_server_says_that_nothing_is_newer(fresh_for, every, expected):
    assert wait(heard(a_feed(every=every), fresh_for=fresh_for)) == expected


def test_a_304_shortens_the_freshness_of_the_last_body_and_never_lengthens_it():
    feed = heard(a_feed(every=HOUR), fresh_for=3 * HOUR)
    none = heard(a_feed(every=HOUR))
    never_heard = a_feed(every=HOUR)

    assert wait(unchanged(feed)) == 3 * HOUR
    assert wait(unchanged(feed, 2 * HOUR)) == 2 * HOUR
    assert wait(unchanged(unchanged(feed, 2 * HOUR))) == 3 * HOUR
    assert wait(unchanged(feed, 4 * HOUR)) == 3 * HOUR
    assert wait(unchanged(none, 4 * HOUR)) == HOUR
    assert wait(unchanged(never_heard, 4 * HOUR)) == 4 * HOUR


def test_a_feed_that_cannot_be_asked_cheaply_is_asked_hourly_at_most():
    quick = {"interval_s": 900.0, "gaps_s": (900,) * 9, "last_new_at": NOW}

    assert wait(heard(a_feed(**quick), etag=None, times=2)) < HOUR / 2
    assert wait(heard(a_feed(**quick), etag=None, times=3)) == HOUR
    assert wait(heard(a_feed(**quick, every=HOUR / 6), etag=None, times=3)) == HOUR / 6
    assert wait(heard(a_feed(**quick), times=3)) < HOUR / 2
    assert wait(heard(a_feed(**quick), etag=None, times=3, fresh_for=HOUR / 3)) < HOUR / 2
    assert wait(unchanged(heard(a_feed(**quick), etag=None, times=3))) < HOUR / 2


def test_a_feed_s_own_wish_is_heeded_unless_a_person_wrote_otherwise():
    wish = Wishes(every=4 * HOUR, skip_hours=(13, 14), skip_days=(6,))

    wished = heard(a_feed(), wishes=wish)
    later = heard(wished)  # a body that is known and was not read again

    assert wished.next_poll_at == later.next_poll_at == NOW.replace(hour=15)
    assert heard(wished, wishes=Wishes()).next_poll_at == NOW + HOUR
    assert wait(heard(a_feed(every=HOUR), wishes=wish)) == HOUR


def test_days_to_skip_never_put_a_feed_off_for_more_than_a_week():
    wish = Wishes(every=DAY, skip_hours=tuple(range(23)), skip_days=(0, 2, 3, 4, 5, 6))

    assert wait(heard(a_feed(), wishes=wish)) <= GONE_EVERY


def test_a_partial_body_says_nothing_about_habits():
    feed = a_feed(interval_s=3600.0, gaps_s=(60, 60, 60), last_new_at=NOW - DAY)
    body = Fetched(feed=feed, url=feed.url, body=b"", body_hash="h", status=226)

    after = after_success(feed, body, new=True, now=NOW, pace=PACE, luck=EVEN)

    assert (after.interval_s, after.gaps_s) == (3600.0, (60, 60, 60))
    assert after.last_new_at == NOW
