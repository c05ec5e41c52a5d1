"""Pairs in tests/data/feeds: a document, and beside it (.expected.json) what it should become.

A bug in the field starts as a new pair. "polled" in an expectation says how it was fetched.
"""

import json
from datetime import datetime
from pathlib import Path

import pytest

from monitor.feeds.guarded import read_here
from monitor.model import FeedSpec

PAIRS = Path(__file__).parents[1] / "data" / "feeds"
NAMES = sorted(p.name for p in PAIRS.iterdir() if not p.name.endswith(".expected.json"))


def told(item):
    """What stands in a pair of an item: everything but what other tests are about."""
    fields = {
        "key": item.key,
        "alt_key": item.alt_key,
        "url": item.url,
        "language": item.language,
        "title": item.title,
        "text": item.text,
        "author": item.author,
        "published": item.published and item.published.isoformat(),
    }
    return {name: value for name, value in fields.items() if value}


def outcome(read):
    return {
        "title": read.title,
        "notes": list(read.notes),
        "complete": read.complete,
        "items": [told(i) for i in read.items],
        "drops": [d.reason for d in read.drops],
        "sources": [[s.name, s.url] for s in read.sources.values()],
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_document_becomes_what_stands_beside_it(name: str, now: datetime):
    expected = json.loads((PAIRS / f"{name}.expected.json").read_text(encoding="utf-8"))
    polled = {"content_type": "text/xml", "url": "https://www.feeds.example/rss.xml"}
    polled |= expected.pop("polled", {})
    aggregator = polled.pop("aggregator", False)
    feed = FeedSpec(id="f", url=polled["url"], aggregator=aggregator)

    read = read_here((PAIRS / name).read_bytes(), **polled, feed=feed, now=now)

    assert outcome(read) == expected
