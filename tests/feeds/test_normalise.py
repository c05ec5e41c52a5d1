"""Identity, dates and order; what an item looks like is in the golden pairs."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds.normalise import KEY_CHARACTERS, first_fetch, item_id, normalise
from monitor.feeds.parse import Entry
from monitor.model import FeedSpec

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
FEED = FeedSpec(id="f", url="https://feeds.example.org/rss", outlet="courier", language="en-GB")


def normal(*entries, feed=FEED):
    return normalise(entries, feed=feed, now=NOW)


def only(entry):
    (item,) = normal(entry).items
    return item


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        pytest.param(None, False, id="no date"),
        pytest.param(datetime(1, 1, 1, tzinfo=UTC), False, id="year 1"),
        pytest.param(datetime(1970, 1, 1, tzinfo=UTC), False, id="epoch"),
        pytest.param(datetime(1990, 1, 1, tzinfo=UTC), True, id="1990"),
        pytest.param(NOW + timedelta(days=400), False, id="next year"),
        pytest.param(NOW + timedelta(hours=24), True, id="tomorrow"),
        pytest.param(NOW + timedelta(hours=24, seconds=1), False, id="after tomorrow"),
        pytest.param(NOW - timedelta(days=2), True, id="two days ago"),
    ],
)
def test_only_a_sane_date_is_kept_and_none_is_invented(said, kept):
    item = only(Entry(id="1", title="t", published=said))

    assert (item.published, item.first_seen) == (said if kept else None, NOW)


def test_an_item_has_the_outlet_and_language_of_its_feed():
    item = only(Entry(id="1", title="t", language="de"))
    other = normal(Entry(id="1", title="t", language="zh_Hans"), feed=FeedSpec(id="g", url="x"))

    assert (item.feed, item.outlet, item.language) == ("f", "courier", "en")
    assert other.items[0].language == "zh"


def test_an_id_is_made_of_feed_and_key():
    item = only(Entry(id=" 1 ", title="t"))

    assert item.key == "1"
    assert item.id == item_id("f", "1")
    assert len(item.id) == 16
    assert item_id("f", "1") not in {item_id("f", "2"), item_id("g", "1"), item_id("f1", "")}


def test_the_longer_of_summary_and_content_is_the_text():
    short, long = "<p>Two words</p>", "<p>Rather more words</p>"

    assert only(Entry(id="1", summary=short, content=long)).text == "Rather more words"
    assert only(Entry(id="1", summary=long, content=short)).text == "Rather more words"


def test_no_date_is_in_the_content_hash():
    early = only(Entry(id="1", title="t", published=NOW, published_raw="now"))
    late = only(Entry(id="1", title="t", published=NOW - timedelta(days=1)))
    other = only(Entry(id="1", title="T", published=NOW))

    assert early.content_hash == late.content_hash
    assert early.content_hash != other.content_hash


def test_an_item_without_guid_and_link_keeps_its_key_when_its_text_changes():
    one = only(Entry(title="t", published_raw="Monday", summary="before"))
    two = only(Entry(title="t", published_raw="Monday", summary="after"))

    assert one.key == two.key


def test_all_items_under_one_guid_are_kept_under_stable_keys():
    entries = [Entry(id="x", url=f"https://example.org/{n}", title=f"T{n}") for n in range(10)]

    before = {i.url: i.id for i in normal(*entries[1:]).items}
    after = {i.url: i.id for i in normal(*entries[:-1]).items}

    assert len(before) == len(after) == 9
    assert all(after[url] == before[url] for url in before.keys() & after.keys())


def test_an_exact_repetition_is_dropped_and_told():
    entry = Entry(id="1", url="https://example.org/1", title="Twice")

    result = normal(entry, Entry(id="2", title="Once"), entry)

    assert sorted(i.key for i in result.items) == ["1", "2"]
    assert [(d.reason, d.feed, d.detail) for d in result.drops] == [("repeated", "f", "Twice")]


def test_items_that_share_a_page_have_no_alternate_key():
    page = "https://example.org/live"

    items = normal(
        Entry(id="1", url=f"{page}#1", title="One"),
        Entry(id="2", url=f"{page}#2", title="Two"),
        Entry(id="3", url="https://www.example.org/other", title="Three"),
    ).items

    assert {i.key: i.alt_key for i in items} == {"1": "", "2": "", "3": "/other"}


def test_an_endless_guid_becomes_a_key_that_fits_an_index():
    long = only(Entry(id="x" * 10_000, title="t")).key
    other = only(Entry(id="x" * 10_000 + "y", title="t")).key

    assert len(long) <= KEY_CHARACTERS
    assert long != other


def test_oldest_first_whatever_the_document_does():
    def at(name, day):
        date = datetime(2026, 1, day, tzinfo=UTC) if day else None
        return Entry(id=name, title=name, published=date)

    newest_first = normal(at("d", 4), at("c", None), at("b", 2), at("a", None)).items
    oldest_first = normal(at("a", 1), at("b", 2), at("c", 3)).items
    undated = normal(at("c", None), at("b", None), at("a", None)).items

    assert [i.key for i in newest_first] == ["a", "b", "c", "d"]
    assert [i.key for i in oldest_first] == ["a", "b", "c"]
    assert [i.key for i in undated] == ["a", "b", "c"]


def test_of_a_new_feed_only_the_last_day_is_news():
    def at(name, hours):
        date = None if hours is None else NOW - timedelta(hours=hours)
        return Entry(id=name, title=name, published=date)

    items = normal(at("e", None), at("d", 1), at("c", 23), at("b", None), at("a", 25)).items
    marked = first_fetch(items, now=NOW)

    assert {i.key: i.archived for i in marked} == {
        "a": True, "b": True, "c": False, "d": False, "e": False,
    }  # fmt: skip
    assert not any(i.archived for i in items)


def test_of_a_new_feed_without_dates_nothing_is_news():
    items = normal(*(Entry(id=str(n), title="t") for n in range(50))).items

    assert all(i.archived for i in first_fetch(items, now=NOW))


def test_a_feed_of_500_is_taken_whole():
    entries = [Entry(id=str(n), title=f"Item {n}") for n in range(500)]

    assert len(normal(*entries).items) == 500


texts = st.text(alphabet=st.characters(exclude_categories=())) | st.sampled_from(
    ["", "<p>", "\ud800", "https://example.org/", "x" * 400, "&#x110000;", "<![CDATA[", "\0"]
)
times = st.none() | st.datetimes(timezones=st.just(UTC))
entries = st.builds(
    Entry, id=texts, url=texts, title=texts, summary=texts, content=texts, author=texts,
    published_raw=texts, published=times, source_name=texts, source_url=texts, language=texts,
)  # fmt: skip


@given(st.lists(entries, max_size=8), st.booleans())
def test_nothing_a_feed_says_is_lost_or_raises(listed, aggregator):
    feed = FeedSpec(id="f", url="https://example.org/", aggregator=aggregator)

    result = normalise(listed, feed=feed, now=NOW)

    assert len(result.items) + len(result.drops) == len(listed)
    assert len({i.key for i in result.items}) == len({i.id for i in result.items})
    assert len({i.key for i in result.items}) == len(result.items)
    for item in result.items:
        assert item.title
        repr_of_all = "".join(
            (item.key, item.alt_key, item.url, item.title, item.text, item.author)
        )
        assert repr_of_all.encode()  # no lone surrogates: the database takes none
        assert "\0" not in repr_of_all
    assert set(result.sources) <= {i.id for i in result.items}


@given(st.lists(entries, max_size=6))
def test_the_same_document_gives_the_same_items(listed):
    assert normalise(listed, feed=FEED, now=NOW) == normalise(listed, feed=FEED, now=NOW)


def test_one_article_under_two_tracking_parameters_and_guids_is_one_item(now):
    links = [f"https://example.org/a?utm_source={n}" for n in (1, 2)]
    entries = [Entry(title="Pact signed", id=f"g{n}", url=link) for n, link in enumerate(links)]

    clean = normalise(entries, feed=FEED, now=now)

    assert [(i.key, i.url) for i in clean.items] == [("g0", "https://example.org/a")]
    assert [d.reason for d in clean.drops] == ["repeated"]


def test_entries_of_a_live_blog_differ_by_their_fragment_only(now):
    entries = [
        Entry(title="Pact signed", id="", url=f"https://example.org/live#{n}") for n in (1, 2)
    ]

    assert len(normalise(entries, feed=FEED, now=now).items) == 2
