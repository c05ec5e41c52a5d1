"""The worker is real here: a process that is really killed."""

from multiprocessing import active_children
from threading import Timer

import pytest

from monitor.errors import NotAFeed, ParseTimeout
from monitor.feeds.guarded import GuardedReader, read_here
from monitor.model import FeedSpec

FEED = FeedSpec(id="f", url="https://example.org/feed", outlet="courier")
RSS = b"<rss version='2.0'><channel><title>N &amp;amp; N</title>%s</channel></rss>"
ORDINARY = RSS % b"<item><title>t</title></item>"
SHORT = b"<!DOCTYPE rss>" + ORDINARY  # a document that only a worker may read
# feedparser looks for an address in it from every letter on: minutes, of 200 KB
SLOW = b"<!DOCTYPE rss>" + RSS % (
    b"<item><title>x</title><author>" + b"a" * 200_000 + b"</author></item>"
)


@pytest.fixture(scope="module")
def reader():
    with GuardedReader() as running:
        yield running


def how(now):
    return {"url": FEED.url, "content_type": "text/xml", "feed": FEED, "now": now}


def test_the_worker_reads_what_is_read_here(reader, now):
    assert reader.read(SHORT, **how(now)) == read_here(SHORT, **how(now))
    assert reader.read(SHORT, **how(now)).title == "N & N"


def test_an_ordinary_feed_needs_no_worker(now):
    others = set(active_children())
    with GuardedReader() as reader:
        read = reader.read(ORDINARY, **how(now))

        assert read == read_here(SHORT, **how(now))
        assert set(active_children()) == others


def test_a_large_feed_is_read_by_the_worker(reader, now):
    large = RSS % (
        b"<item><title>t</title><description>%s</description></item>" % (b"x " * 150_000)
    )

    assert reader.read(large, **how(now)) == read_here(large, **how(now))


def test_what_is_no_feed_is_refused_by_the_worker_with_the_same_words(reader, now):
    with pytest.raises(NotAFeed, match=r"^an HTML page$"):
        reader.read(b"<html>", **how(now))


def test_a_document_that_takes_too_long_is_killed_and_the_next_one_is_read(now):
    with GuardedReader(timeout_s=1.0) as reader:
        assert reader.read(SHORT, **how(now)).items  # the time to start is not the document's
        with pytest.raises(ParseTimeout, match="within 1 s"):
            reader.read(SLOW, **how(now))

        assert reader.read(SHORT, **how(now)).items


def test_a_document_that_takes_too_much_memory_is_stopped_and_the_next_one_is_read(now):
    items = b"<item><title>x</title><description>" + b"y" * 50 + b"</description></item>"
    large = RSS % (items * 50_000)

    with GuardedReader(timeout_s=60, memory_bytes=40_000_000) as reader:
        with pytest.raises(ParseTimeout, match=r"memory|died"):
            reader.read(large, **how(now))

        assert reader.read(SHORT, **how(now)).items


def test_a_worker_that_dies_costs_one_document(now):
    others = set(active_children())

    def kill():
        for process in set(active_children()) - others:
            process.kill()

    with GuardedReader(timeout_s=60) as reader:
        reader.read(SHORT, **how(now))
        timer = Timer(0.2, kill)
        timer.start()
        with pytest.raises(ParseTimeout, match="died"):
            reader.read(SLOW, **how(now))
        timer.join()

        assert reader.read(SHORT, **how(now)).items


def test_a_worker_that_does_not_start_is_given_up(now):
    with GuardedReader(timeout_s=0.01, start_s=0) as reader, pytest.raises(ParseTimeout):
        reader.read(SHORT, **how(now))


def test_a_closed_reader_starts_again_when_it_is_needed(now):
    with GuardedReader() as reader:
        reader.read(SHORT, **how(now))
        reader.close()

        assert reader.read(SHORT, **how(now)).items
