"""Feeds as they are: everything is read or refused, nothing crashes."""

import pytest

from monitor.errors import NotAFeed
from monitor.feeds.guarded import read_here
from monitor.model import FeedSpec


@pytest.mark.slow
def test_every_feed_found_is_read_or_refused_with_a_reason(corpus, now):
    feed = FeedSpec(id="f", url="https://example.org/feed")
    read = refused = 0
    for path in corpus:
        try:
            done = read_here(path.read_bytes(), url=feed.url, content_type="", feed=feed, now=now)
        except NotAFeed:
            refused += 1
            continue
        read += 1
        keys = {item.key for item in done.items}
        assert len(keys) == len({item.id for item in done.items}) == len(done.items), path
        assert all(item.title for item in done.items), path

    assert read > refused
