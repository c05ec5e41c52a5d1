"""How often a feed comes to be asked: by its news, its silence, and never beyond the bounds."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds.habits import Pace, after_answer
from monitor.model import Feed, FeedSpec

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
PACE = Pace(fastest=15 * MINUTE, slowest=6 * HOUR)


def a_feed(*, every=None, **memory):
    spec = FeedSpec(id="f", url="https://example.org/rss", every=every)
    return Feed(spec=spec, next_poll_at=NOW, first_taken_at=NOW - 400 * DAY, **memory)


def live(feed, news, *, until, pace=PACE):
    """(how long each piece of news waited, the number of polls, the feed afterwards)."""
    now, waits, polls, told = NOW, [], 0, 0
    while now < until:
        polls += 1
        fresh = [at for at in news[told:] if at <= now]
        told += len(fresh)
        waits += [(now - at, pace.of(feed)) for at in fresh]
        feed = after_answer(feed, new=bool(fresh), now=now, pace=pace)
        feed = replace(feed, last_new_at=now if fresh else feed.last_new_at)
        now += pace.of(feed)
    return waits, polls, feed


def every(gap, *, until):
    return [NOW + n * gap for n in range(1, int((until - NOW) / gap))]


def test_a_new_feed_is_asked_at_the_common_pace():
    feed = a_feed()

    assert PACE.of(feed) == HOUR
    assert PACE.of(after_answer(feed, new=True, now=NOW, pace=PACE)) == HOUR


def test_something_new_halves_the_interval_and_nothing_new_lengthens_it_by_a_quarter():
    feed = a_feed(interval_s=3600.0, last_new_at=NOW - 5 * DAY)

    assert PACE.of(after_answer(feed, new=True, now=NOW, pace=PACE)) == HOUR / 2
    assert PACE.of(after_answer(feed, new=False, now=NOW, pace=PACE)) == HOUR * 1.25


def test_a_feed_is_asked_at_half_of_its_usual_gap_however_long_the_night():
    gaps = (3600,) * 9
    feed = a_feed(interval_s=6 * 3600.0, gaps_s=gaps, last_new_at=NOW - HOUR)

    assert PACE.of(after_answer(feed, new=False, now=NOW, pace=PACE)) == HOUR / 2


@pytest.mark.parametrize(
    ("gap", "least", "most"),
    [
        pytest.param(5 * MINUTE, 14 * 4 * 24, 14 * 4 * 24, id="an agency"),
        pytest.param(2 * HOUR, 14 * 12, 14 * 50, id="a paper"),
        pytest.param(7 * DAY, 14 * 4, 14 * 6, id="a weekly"),
        pytest.param(99 * DAY, 14 * 4, 14 * 5, id="a dead one"),
    ],
)
def test_two_weeks_of_a_feed_cost_what_its_news_are_worth(gap, least, most):
    end = NOW + 14 * DAY
    _, _, settled = live(a_feed(), every(gap, until=NOW + 7 * DAY), until=NOW + 7 * DAY)
    moved = replace(settled, last_new_at=settled.last_new_at and settled.last_new_at - 7 * DAY)

    waits, polls, _ = live(moved, every(gap, until=end), until=end)

    assert least <= polls <= most
    assert all(wait <= interval for wait, interval in waits)


def test_a_clock_that_is_set_back_leaves_no_gap_below_nothing():
    feed = a_feed(interval_s=3600.0, last_new_at=NOW + DAY)

    assert after_answer(feed, new=True, now=NOW, pace=PACE).gaps_s == (0,)


def test_an_interval_that_a_person_wrote_is_kept_whatever_the_habits():
    end = NOW + 3 * DAY

    _, polls, feed = live(a_feed(every=12 * HOUR), every(MINUTE, until=end), until=end)

    assert polls == 6
    assert PACE.of(feed) == 12 * HOUR


def test_the_common_pace_wins_over_a_bound_that_it_is_beyond():
    quick, slow = Pace(every=10 * MINUTE), Pace(every=DAY)

    assert quick.within(MINUTE) == 10 * MINUTE
    assert slow.within(99 * DAY) == DAY


@given(
    st.lists(st.booleans(), max_size=60),
    st.integers(5, 60),
    st.integers(5, 60),
    st.integers(60, 2000),
)
def test_no_history_leads_out_of_the_bounds(history, least, fastest, slowest):
    pace = Pace(min_interval=least * MINUTE, fastest=fastest * MINUTE, slowest=slowest * MINUTE)
    now, feed = NOW, a_feed()
    for new in history:
        feed = after_answer(feed, new=new, now=now, pace=pace)
        feed = replace(feed, last_new_at=now if new else feed.last_new_at)
        assert max(least, fastest) * MINUTE <= pace.of(feed) <= slowest * MINUTE
        assert len(feed.gaps_s) <= 20
        now += pace.of(feed)
