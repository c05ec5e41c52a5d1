"""The demo's outlet group, asked by a real client over a real socket."""

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from xml.etree import ElementTree

import feedparser
import httpx
import pytest

from monitor.demo import outlet as demo

DAY1 = datetime(2025, 11, 21, 6, 0, tzinfo=UTC)
DAY2 = DAY1 + timedelta(days=1)
FILES = sorted(file for day in (1, 2) for file in (demo.SITE / f"day{day}").iterdir())
XML_FILES = [file for file in FILES if file.suffix == ".xml"]


@pytest.fixture
def outlet() -> Iterator[demo.Outlet]:
    with demo.serve(now=DAY1) as outlet:
        yield outlet


@pytest.fixture
def client(outlet: demo.Outlet) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=outlet.base, trust_env=False) as client:
        yield client


def named(file: Path) -> str:
    return f"{file.parent.name}/{file.name}"


def parsed(body: bytes) -> feedparser.FeedParserDict:
    parse = feedparser.parse  # noqa: TID251 - it is handed BytesIO
    return parse(io.BytesIO(body))


def filled(file: Path) -> bytes:
    return demo.fill(file.read_text(encoding="utf-8"), now=DAY2, day1=DAY1).encode()


def guids(file: Path) -> list[str]:
    if file.suffix == ".json":
        return [item["id"] for item in json.loads(filled(file))["items"]]
    return [e.get("id", e.link) for e in parsed(filled(file)).entries]


def entries(client: httpx.Client, path: str) -> dict[str, feedparser.FeedParserDict]:
    """By the last part of the guid."""
    return {e.id.rpartition(":")[2]: e for e in parsed(client.get(path).content).entries}


# -- the files ---------------------------------------------------------------------------------


@pytest.mark.parametrize("file", XML_FILES, ids=named)
def test_each_xml_file_is_well_formed_and_feedparser_finds_no_fault_in_it(file: Path) -> None:
    body = filled(file)

    feed = parsed(body)

    ElementTree.fromstring(body)
    assert not feed.bozo
    assert feed.version
    assert feed.entries
    assert all(e.title and e.link and e.summary and e.get("id", e.link) for e in feed.entries)


@pytest.mark.parametrize("day", [1, 2])
def test_the_json_feed_says_what_json_feed_asks_for(day: int) -> None:
    feed = json.loads(filled(demo.SITE / f"day{day}" / "delta-wire.json"))

    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    for item in feed["items"]:
        assert item["id"] and item["url"] and item["title"] and item["content_text"]  # noqa: PT018
        assert datetime.fromisoformat(item["date_published"]) < DAY2


@pytest.mark.parametrize("file", FILES, ids=named)
def test_no_guid_stands_twice_in_a_feed(file: Path) -> None:
    assert len(guids(file)) == len(set(guids(file)))


@pytest.mark.parametrize("file", FILES, ids=named)
def test_every_feed_mixes_news_of_the_document_with_other_news(file: Path) -> None:
    others = [guid for guid in guids(file) if guid.endswith("-other")]

    assert 0 < len(others) < len(guids(file))


def test_the_group_writes_all_formats_and_six_languages() -> None:
    feeds = [parsed(filled(file)) for file in XML_FILES]

    assert {feed.version for feed in feeds} == {"rss20", "atom10", "rss10"}
    assert {feed.feed.language for feed in feeds} == {"en", "ru", "uk", "de", "zh", "fr"}


@pytest.mark.parametrize("day", [1, 2])
def test_every_feed_of_the_configuration_has_an_answer_on_every_day(
    outlet: demo.Outlet, day: int
) -> None:
    asked = {
        line.partition(outlet.base)[2].partition('"')[0]
        for line in outlet.feeds_yaml().splitlines()
        if outlet.base in line
    }

    assert asked == set(demo.pages(day, now=DAY1, day1=DAY1))


# -- the marks ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mark", "date"),
    [
        ("@@-90m@@", "Sat, 22 Nov 2025 04:30:00 +0000"),
        ("@@-3h@@", "Sat, 22 Nov 2025 03:00:00 +0000"),
        ("@@+2d@@", "Mon, 24 Nov 2025 06:00:00 +0000"),
        ("@@day1-3h@@", "Fri, 21 Nov 2025 03:00:00 +0000"),
        ("@@iso:-26h@@", "2025-11-21T04:00:00+00:00"),
        ("@@iso:day1-1h@@", "2025-11-21T05:00:00+00:00"),
    ],
)
def test_a_mark_becomes_a_date(mark: str, date: str) -> None:
    assert demo.fill(f"<d>{mark}</d>", now=DAY2, day1=DAY1) == f"<d>{date}</d>"


def test_a_mistyped_mark_is_not_served_as_news() -> None:
    with pytest.raises(ValueError, match="not a mark: '@@-3 hours@@'"):
        demo.fill("@@-3 hours@@", now=DAY2, day1=DAY1)


# -- the server --------------------------------------------------------------------------------


def test_an_unchanged_feed_is_answered_304_to_either_validator(client: httpx.Client) -> None:
    first = client.get("/northern-ledger.xml")

    by_etag = client.get("/northern-ledger.xml", headers={"If-None-Match": first.headers["ETag"]})
    by_date = client.get(
        "/northern-ledger.xml", headers={"If-Modified-Since": first.headers["Last-Modified"]}
    )

    assert first.status_code == 200
    assert parsedate_to_datetime(first.headers["Last-Modified"]) == DAY1
    assert (by_etag.status_code, by_etag.content) == (304, b"")
    assert (by_date.status_code, by_date.content) == (304, b"")


@pytest.mark.parametrize(
    "headers",
    [
        {"If-None-Match": 'W/"other"'},
        {"If-Modified-Since": "Wed, 19 Nov 2025 06:00:00 GMT"},
        {"If-Modified-Since": "yesterday"},
        {"If-None-Match": '"other"', "If-Modified-Since": "Sun, 23 Nov 2025 06:00:00 GMT"},
    ],
    ids=["another etag", "an older date", "no date at all", "the etag outweighs the date"],
)
def test_a_client_with_something_else_gets_the_feed(
    client: httpx.Client, headers: dict[str, str]
) -> None:
    assert client.get("/northern-ledger.xml", headers=headers).status_code == 200


def test_a_feed_comes_gzipped_to_those_who_take_it_and_plain_to_the_others(
    client: httpx.Client,
) -> None:
    zipped = client.get("/haiwan-ribao.xml", headers={"Accept-Encoding": "gzip"})
    plain = client.get("/haiwan-ribao.xml", headers={"Accept-Encoding": "identity"})

    assert zipped.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert zipped.content == plain.content
    assert "八国集团" in plain.content.decode()


@pytest.mark.parametrize("day", [1, 2])
def test_one_feed_is_always_down_and_one_is_a_web_page(
    outlet: demo.Outlet, client: httpx.Client, day: int
) -> None:
    outlet.turn_to(day, now=DAY2)

    down, page, missing = (
        client.get(path) for path in ("/harbour-radio.xml", "/old-gazette.xml", "/nothing")
    )

    assert (down.status_code, down.headers["Retry-After"]) == (503, "3600")
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "ETag" not in page.headers
    assert missing.status_code == 404


def test_nothing_answers_after_the_end() -> None:
    with demo.serve(now=DAY1) as outlet, httpx.Client(trust_env=False) as client:
        client.get(outlet.base)

    with httpx.Client(trust_env=False) as client, pytest.raises(httpx.ConnectError):
        client.get(outlet.base)


# -- the second day ----------------------------------------------------------------------------


def test_the_second_day_changes_the_validators_and_brings_news(
    outlet: demo.Outlet, client: httpx.Client
) -> None:
    before = client.get("/meridian-post.xml")

    outlet.turn_to(2, now=DAY2)

    after = client.get(
        "/meridian-post.xml",
        headers={
            "If-None-Match": before.headers["ETag"],
            "If-Modified-Since": before.headers["Last-Modified"],
        },
    )
    assert after.status_code == 200
    assert parsedate_to_datetime(after.headers["Last-Modified"]) == DAY2
    assert "senators-bill" in entries(client, "/meridian-post.xml")


def test_what_stays_keeps_its_date_even_if_the_days_are_hours_apart(
    outlet: demo.Outlet, client: httpx.Client
) -> None:
    before = entries(client, "/northern-ledger.xml")

    outlet.turn_to(2, now=DAY1 + timedelta(hours=5))

    after = entries(client, "/northern-ledger.xml")
    stayed = before.keys() & after.keys()
    assert len(stayed) == 4
    assert all(before[guid].published == after[guid].published for guid in stayed)


def test_a_headline_is_edited_under_the_same_guid(
    outlet: demo.Outlet, client: httpx.Client
) -> None:
    before = entries(client, "/northern-ledger.xml")["g8-invitation"]

    outlet.turn_to(2, now=DAY2)

    after = entries(client, "/northern-ledger.xml")["g8-invitation"]
    assert before.title != after.title
    assert before.link == after.link


def test_a_guid_changes_while_link_and_title_stay(
    outlet: demo.Outlet, client: httpx.Client
) -> None:
    before = entries(client, "/visnyk-portu.xml")

    outlet.turn_to(2, now=DAY2)

    after = entries(client, "/visnyk-portu.xml")
    old, new = before["aktyvy-rf"], after["aktyvy-rf-v2"]
    assert "aktyvy-rf" not in after
    assert (old.link, old.title) == (new.link, new.title)


def test_two_outlets_print_one_wire_text_under_one_headline(
    outlet: demo.Outlet, client: httpx.Client
) -> None:
    outlet.turn_to(2, now=DAY2)

    wire = {item["title"] for item in client.get("/delta-wire.json").json()["items"]}
    print_ = {e.title for e in entries(client, "/meridian-post.xml").values()}

    assert len(wire & print_) == 1


def test_one_item_is_undated_one_is_from_the_future_and_one_is_old(client: httpx.Client) -> None:
    undated = entries(client, "/vestnik-zaliva.xml")["sankcii-etapy"]
    future = entries(client, "/kuestenkurier.xml")["diskussionsabend"]
    old = entries(client, "/haiwan-ribao.xml")["ershiba-dian"]

    assert "published" not in undated
    assert datetime.fromisoformat(future.published) == DAY1 + timedelta(days=2)
    assert parsedate_to_datetime(old.published) == DAY1 - timedelta(days=9)


def test_the_aggregator_names_the_source_of_every_entry(client: httpx.Client) -> None:
    sources = {e.source.title for e in entries(client, "/press-mirror.xml").values()}

    assert sources == {"The Northern Ledger", "Delta Wire", "Isla Today"}


def test_a_day_that_does_not_exist_leaves_the_old_one_in_place(
    outlet: demo.Outlet, client: httpx.Client
) -> None:
    with pytest.raises(ValueError, match="no day 3"):
        outlet.turn_to(3, now=DAY2)

    assert client.get("/northern-ledger.xml").status_code == 200
