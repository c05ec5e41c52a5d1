"""When a feed has moved for good. Pure.

A permanent redirect may be a slip, a login page or a captive network. It is believed when three
answers in a row, over a day or more, came from one and the same address, and each was the feed.
`fetch` gives the address: the end of the permanent redirects before the first other one, and never
one that gives up encryption.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from monitor.feeds.validators import BOTH
from monitor.model import Feed

VOTES = 3
APART = timedelta(days=1)  #: the first and the last of them, at the least


def after_answer(feed: Feed, permanent_url: str, *, now: datetime) -> Feed:
    """The feed answered from `permanent_url`; "" = from where it was asked.

    At a new address the validators of the old one mean nothing.
    """
    if not permanent_url or permanent_url == feed.url:
        return stays(feed)
    if permanent_url != feed.moving_to or feed.moving_since is None:
        return replace(feed, moving_to=permanent_url, moving_votes=1, moving_since=now)
    votes = feed.moving_votes + 1
    if votes < VOTES or now - feed.moving_since < APART:
        return replace(feed, moving_votes=votes)
    return replace(
        stays(feed),
        effective_url="" if permanent_url == feed.spec.url else permanent_url,
        etag=None,
        last_modified=None,
        asks_with=BOTH,
        asks_since=None,
        ignored=0,
    )


def stays(feed: Feed) -> Feed:
    """It is not on its way anywhere."""
    return replace(feed, moving_to="", moving_votes=0, moving_since=None)
