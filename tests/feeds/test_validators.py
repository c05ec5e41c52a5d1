"""What is asked with, day after day, of servers that tell the truth and of others."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from monitor.feeds.habits import Pace
from monitor.feeds.outcomes import Failed, FailureKind, Fetched, NotModified
from monitor.feeds.schedule import after_failure, after_not_modified, after_success
from monitor.feeds.validators import conditions
from monitor.model import Feed, FeedSpec

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TAG, DATE = '"1"', "Mon, 05 Jan 2026 08:00:00 GMT"
WITH = {(TAG, DATE): "both", (None, DATE): "date", (TAG, None): "tag", (None, None): "nothing"}


def a_feed(**memory):
    known = {"etag": TAG, "last_modified": DATE, "body_hash": "h", "last_ok_at": NOW}
    spec = FeedSpec(id="f", url="https://example.org/rss", every=HOUR)
    return Feed(spec=spec, next_poll_at=NOW, **known | memory)


def body(feed, hash="h", **more):
    return Fetched(
        feed=feed, url=feed.url, body=b"", body_hash=hash, etag=TAG, last_modified=DATE, **more
    )


def not_modified(feed):
    return NotModified(feed=feed)


def down(feed):
    return Failed(feed=feed, kind=FailureKind.TIMEOUT, reason="no answer")


def live(feed, server, *, until):
    """(when, with what) it was asked each hour, and the feed that `server` makes of it."""
    asked, pace = [], Pace(every=HOUR)
    while (now := feed.next_poll_at) < until:
        sent = conditions(feed)
        asked.append((now, WITH[sent]))
        how = {"now": now, "pace": pace, "luck": 1 / 3}
        match server(feed, sent):
            case Fetched() as fetched:
                feed = after_success(feed, fetched, new=False, **how)
            case NotModified() as same:
                feed = after_not_modified(feed, same, **how)
            case failed:
                feed = after_failure(feed, failed, **how)
    return asked, feed


def times(asked, *, nothing="nothing"):
    return [at for at, what in asked if what == nothing]


def test_a_week_of_nothing_but_304_brings_one_request_for_the_whole():
    def stuck(feed, sent):
        return not_modified(feed) if any(sent) else body(feed, "h2")

    asked, _ = live(a_feed(), stuck, until=NOW + 30 * DAY)

    whole = [NOW, *times(asked)]
    assert len(whole) == 1 + 3
    assert all(7 * DAY <= later - at <= 8 * DAY + 3 * HOUR for at, later in pairwise(whole))


def test_feeds_that_began_together_are_not_asked_for_the_whole_together():
    def stuck(feed, sent):
        return not_modified(feed) if any(sent) else body(feed)

    feeds = [replace(a_feed(), spec=FeedSpec(id=str(n), url="x", every=HOUR)) for n in range(8)]
    first = [times(live(feed, stuck, until=NOW + 9 * DAY)[0])[0] for feed in feeds]

    assert len(set(first)) > 4


def test_a_request_for_the_whole_that_fails_is_made_again_a_day_later():
    def stuck(feed, sent):
        return not_modified(feed) if any(sent) else down(feed)

    asked, feed = live(a_feed(), stuck, until=NOW + 12 * DAY)

    whole = times(asked)
    assert len(whole) >= 3
    assert all(DAY <= later - at <= DAY + 4 * HOUR for at, later in pairwise(whole))
    assert (feed.etag, feed.last_modified) == (TAG, DATE)


def test_a_feed_that_is_asked_every_fortnight_is_not_taken_for_stuck():
    feed = a_feed(whole_at=NOW, last_ok_at=NOW)

    assert conditions(feed) == (TAG, DATE)


@pytest.mark.parametrize("heeded", ["date", "tag"])
def test_a_server_that_heeds_one_validator_is_asked_with_that_one(heeded):
    def odd(feed, sent):
        return not_modified(feed) if WITH[sent] == heeded else body(feed)

    asked, feed = live(a_feed(), odd, until=NOW + 2 * DAY)

    assert [what for _, what in asked[:3]] == ["both"] * 3
    assert {what for _, what in asked[6:]} == {heeded}
    assert feed.asks_with == heeded


def test_both_validators_are_tried_again_after_thirty_days():
    def odd(feed, sent):
        return not_modified(feed) if WITH[sent] == "date" else body(feed)

    asked, _ = live(a_feed(), odd, until=NOW + 35 * DAY)

    again = [at for at, what in asked[3:] if what == "both"]
    assert len(again) == 3
    assert again[0] - NOW >= 30 * DAY


def test_a_server_that_heeds_neither_is_left_in_peace_for_thirty_days():
    asked, feed = live(a_feed(), lambda feed, _: body(feed), until=NOW + 25 * DAY)

    assert [what for _, what in asked[:9]] == ["both"] * 3 + ["date"] * 3 + ["tag"] * 3
    assert {what for _, what in asked[9:]} == {"both"}
    assert (feed.ignored, feed.asks_with) == (0, "both")


def test_a_304_or_another_body_between_starts_the_count_again():
    feed = a_feed(ignored=2)

    heard = after_not_modified(feed, not_modified(feed), now=NOW, pace=Pace(), luck=0)
    changed = after_success(feed, body(feed, "h2"), new=False, now=NOW, pace=Pace(), luck=0)

    assert (heard.ignored, changed.ignored) == (0, 0)


def test_a_feed_with_one_validator_is_asked_with_that_one_for_ever():
    feed = a_feed(last_modified=None)
    only_tag = replace(body(feed), last_modified=None)

    asked, _ = live(feed, lambda feed, _: replace(only_tag, feed=feed), until=NOW + DAY)

    assert {what for _, what in asked} == {"tag"}


def test_a_partial_body_is_never_the_one_that_we_have_and_leaves_no_hash():
    feed = a_feed(ignored=2)
    partial = body(feed, status=226)

    after = after_success(feed, partial, new=True, now=NOW, pace=Pace(), luck=0)

    assert not partial.known
    assert (after.body_hash, after.etag, after.ignored) == ("", TAG, 0)
