"""With which validators to ask, and what the answers say of the server's care for them. Pure.

    both -> three times the body that we have -> only the date -> again -> only the tag -> both

Some servers answer 304 to one of them and not to both, because a tag is changed on its way by
whatever compresses. And some answer 304 for ever. So after a week of nothing else a feed is asked
once without any; not all on one day, and no feed twice a day.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import blake2b

from monitor.model import Feed

BOTH, BY_DATE, BY_TAG = "both", "date", "tag"  #: Feed.asks_with
IGNORED = 3  #: times in a row that the body we have came in spite of the validators
SETTLED = timedelta(days=30)  #: then both are tried again
STUCK = timedelta(days=7)
STUCK_SPREAD = timedelta(days=1)
WHOLE_AT_MOST = timedelta(days=1)  #: between two that are asked for the whole

_NEXT = {BOTH: BY_DATE, BY_DATE: BY_TAG, BY_TAG: BOTH}


def conditions(feed: Feed) -> tuple[str | None, str | None]:
    """(ETag, Last-Modified) to ask with; neither when the whole is due."""
    if _whole_is_due(feed):
        return None, None
    if feed.asks_with == BY_DATE and feed.last_modified:
        return None, feed.last_modified
    if feed.asks_with == BY_TAG and feed.etag:
        return feed.etag, None
    return feed.etag, feed.last_modified


def after_body(feed: Feed, *, same: bool, now: datetime) -> Feed:
    """A body came. `same`: the one that we have.

    feed: as it was asked.
    """
    feed = replace(_tried_again(feed, now), whole_at=now)
    if not (same and any(conditions(feed)) and feed.etag and feed.last_modified):
        return replace(feed, ignored=0)
    if feed.asks_with == BOTH and feed.asks_since:  # no way helped, lately
        return feed
    if feed.ignored + 1 < IGNORED:
        return replace(feed, ignored=feed.ignored + 1)
    return replace(feed, ignored=0, asks_with=_NEXT[feed.asks_with], asks_since=now)


def after_304(feed: Feed, *, now: datetime) -> Feed:
    """The server heeds what it was asked with."""
    return replace(_tried_again(feed, now), ignored=0, whole_at=feed.whole_at or now)


def after_nothing(feed: Feed) -> Feed:
    """No answer that could be used; if it was to be the whole, it is asked for a day later."""
    if not (_whole_is_due(feed) and feed.last_ok_at):
        return feed
    return replace(feed, whole_at=feed.last_ok_at + WHOLE_AT_MOST - _stuck_after(feed))


def _whole_is_due(feed: Feed) -> bool:
    """Did it answer 304, and nothing else, for a week?"""
    if feed.whole_at is None or feed.last_ok_at is None:
        return False
    return feed.last_ok_at - feed.whole_at >= _stuck_after(feed)


def _stuck_after(feed: Feed) -> timedelta:
    """Always the same for the same feed."""
    digest = blake2b(feed.id.encode(), digest_size=2).digest()
    return STUCK + STUCK_SPREAD * (int.from_bytes(digest, "big") / 0xFFFF)


def _tried_again(feed: Feed, now: datetime) -> Feed:
    if feed.asks_since and now - feed.asks_since >= SETTLED:
        return replace(feed, asks_with=BOTH, asks_since=None)
    return feed
