"""A feed is asked elsewhere when it has moved for good, and not before."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.feeds.habits import Pace
from monitor.feeds.outcomes import Failed, FailureKind, Fetched, NotModified
from monitor.feeds.schedule import after_failure, after_not_modified, after_success
from monitor.model import Feed, FeedSpec

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
OLD, NEW, ELSEWHERE = "https://old.example/rss", "https://new.example/rss", "https://x.example/"
EVERY = timedelta(hours=12)


def a_feed(**memory):
    return Feed(spec=FeedSpec(id="f", url=OLD), next_poll_at=NOW, **memory)


def polled(feed, *came_from, every=EVERY):
    """The feed after answers from these addresses; "" = from where it was asked."""
    for n, url in enumerate(came_from):
        how = {"now": NOW + n * every, "pace": Pace(), "luck": 0}
        match url:
            case FailureKind() as kind:
                feed = after_failure(feed, Failed(feed=feed, kind=kind, reason="no"), **how)
            case "304", there:
                feed = after_not_modified(feed, NotModified(feed=feed, permanent_url=there), **how)
            case there:
                answer = {"body": b"", "body_hash": "h", "etag": "1", "last_modified": "x"}
                body = Fetched(feed=feed, url=there or OLD, permanent_url=there, **answer)
                feed = after_success(feed, body, new=False, **how)
    return feed


@pytest.mark.parametrize(
    ("came_from", "asked_at"),
    [
        pytest.param([NEW] * 2, OLD, id="twice"),
        pytest.param([NEW] * 3, NEW, id="three times"),
        pytest.param([NEW, ("304", NEW), ("304", NEW)], NEW, id="also by 304"),
        pytest.param([NEW, NEW, "", NEW], OLD, id="not in a row"),
        pytest.param([NEW, NEW, ELSEWHERE, NEW], OLD, id="not always the same"),
        pytest.param([NEW, FailureKind.TIMEOUT, NEW, NEW], NEW, id="no answer in between"),
        pytest.param([NEW, NEW, FailureKind.NOT_A_FEED, NEW], OLD, id="no feed in between"),
    ],
)
def test_a_move_is_believed_when_three_answers_in_a_row_came_from_there(came_from, asked_at):
    assert polled(a_feed(), *came_from).url == asked_at


def test_a_move_is_not_believed_within_a_day():
    assert polled(a_feed(), *[NEW] * 20, every=timedelta(hours=1)).url == OLD
    assert polled(a_feed(), *[NEW] * 25, every=timedelta(hours=1)).url == NEW


def test_a_feed_that_has_moved_is_asked_without_the_validators_of_the_old_address():
    before, after = polled(a_feed(), NEW, NEW), polled(a_feed(ignored=2), NEW, NEW, NEW)

    assert (before.etag, before.last_modified) == ("1", "x")
    assert (after.etag, after.last_modified, after.moving_to) == (None, None, "")
    assert (after.asks_with, after.ignored) == ("both", 0)


def test_a_feed_may_move_on_and_come_back():
    moved = polled(a_feed(), NEW, NEW, NEW)

    assert polled(moved, ELSEWHERE, ELSEWHERE, ELSEWHERE).url == ELSEWHERE
    assert polled(moved, OLD, OLD, OLD).effective_url == ""
