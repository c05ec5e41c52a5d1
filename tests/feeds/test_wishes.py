"""When a feed wishes not to be asked, as the feed says it."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.feeds.parse import parse
from monitor.feeds.wishes import Wishes, allowed, wishes

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
HOURS = "".join(f"<hour>{n}</hour>" for n in range(24))
SY = "http://purl.org/rss/1.0/modules/syndication/"


def rss(inside, behind=""):
    head = f'<rss version="2.0" xmlns:sy="{SY}"><channel><title>News</title>'
    return f"{head}{inside}<item><title>One</title></item>{behind}</channel></rss>"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("<ttl>90</ttl>", Wishes(every=90 * MINUTE)),
        ("<ttl> 90 </ttl>", Wishes(every=90 * MINUTE)),
        ("<ttl>0</ttl>", Wishes()),
        ("<ttl>10081</ttl>", Wishes()),
        ("<ttl>soon</ttl>", Wishes()),
        ("<sy:updatePeriod>hourly</sy:updatePeriod>", Wishes()),
        ("<sy:updatePeriod>\n daily\n</sy:updatePeriod>", Wishes(every=DAY)),
        (
            "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>",
            Wishes(),
        ),
        (
            "<sy:updatePeriod>weekly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>",
            Wishes(every=DAY),
        ),
        (
            "<skipHours><hour>24</hour><hour>3</hour><hour>77</hour></skipHours>",
            Wishes(skip_hours=(0, 3)),
        ),
        (f"<skipHours>{HOURS}</skipHours>", Wishes()),
        (
            "<skipDays><day>Sunday</day><day>saturday</day><day>x</day></skipDays>",
            Wishes(skip_days=(5, 6)),
        ),
    ],
)
def test_a_feed_says_when_not_to_come(said, expected):
    assert wishes(rss(said)) == expected


def test_what_stands_within_entries_is_no_wish():
    assert wishes(rss("", behind="<ttl>90</ttl>")) == Wishes()


@pytest.mark.parametrize("strange", ["", "<!DOCTYPE rss>"], ids=["quickly", "by feedparser"])
def test_both_readers_hand_the_wishes_on(strange):
    body = strange + rss("<ttl>90</ttl>")

    parsed = parse(body.encode(), url="https://example.org/", content_type="application/rss+xml")

    assert parsed.wishes == Wishes(every=90 * MINUTE)


@pytest.mark.parametrize(
    ("hours", "days", "expected"),
    [
        ((), (), "2026-01-05T09:17"),
        ((9, 10), (), "2026-01-05T11:17"),
        ((22, 9), (), "2026-01-05T10:17"),
        ((), (0, 1), "2026-01-07T00:17"),
        ((0, 1), (0,), "2026-01-06T02:17"),
    ],
)
def test_a_poll_moves_to_the_first_hour_that_is_allowed(hours, days, expected):
    monday = datetime(2026, 1, 5, 9, 17, tzinfo=UTC)

    moved = allowed(monday, hours=hours, days=days)

    assert moved == datetime.fromisoformat(expected).replace(tzinfo=UTC)
