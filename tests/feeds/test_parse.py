"""What golden pairs cannot say: refusals, attacks, and odd corners."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import NotAFeed
from monitor.feeds.parse import parse

RSS = "<rss version='2.0'><channel><title>N</title>{}</channel></rss>"


def read(body, content_type="text/xml"):
    body = body if isinstance(body, bytes) else body.encode()
    return parse(body, url="https://example.org/feed", content_type=content_type)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param("", "an empty body", id="nothing"),
        pytest.param(" \r\n\t", "an empty body", id="blanks"),
        pytest.param("<!DOCTYPE html><html><body>Hi</body></html>", "an HTML page", id="html"),
        pytest.param("<!doctype html><title>Hi</title><p>x", "an HTML page", id="html cut short"),
        pytest.param("<title>Hi</title><p>x", "an HTML page", id="html without a word of it"),
        pytest.param(
            "<html><title>Just a moment...</title></html>",
            "a challenge page (HTML)",
            id="challenge",
        ),
        pytest.param(
            "\n<?xml version='1.0'?><!-- x --><html><form><input type='password'></form></html>",
            "a login page (HTML)",
            id="login",
        ),
        pytest.param("<html>404 Not Found</html>", "an error page (HTML)", id="error page"),
        pytest.param("OK", "plain text", id="text"),
        pytest.param("<urlset><url/></urlset>", "XML, but not a feed: <urlset>", id="sitemap"),
        pytest.param(
            "<?xml version='1.0'?><opml><body/></opml>", "XML, but not a feed: <opml>", id="opml"
        ),
        pytest.param(
            "<rss version='2.0'><channel><title>N</title><item", "a feed broken before", id="cut"
        ),
        pytest.param(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "plain text", id="image"),
        pytest.param("{", "broken JSON", id="half of JSON"),
        pytest.param("{} []", "broken JSON", id="more than JSON"),
        pytest.param("{}", "JSON, but not a JSON Feed", id="other JSON"),
        pytest.param('{"items": {}}', "JSON, but not a JSON Feed", id="items of another kind"),
        pytest.param('{"items": ' + "[" * 100_000, "broken JSON", id="deep JSON"),
    ],
)
def test_what_is_no_feed_is_refused_and_named(body, reason):
    with pytest.raises(NotAFeed) as e:
        read(body)

    assert str(e.value).startswith(reason)


def test_json_that_is_a_list_is_refused_as_json():
    with pytest.raises(NotAFeed, match="it is not an object"):
        read("[1]", "application/feed+json")


def test_a_feed_that_is_served_as_json_is_read_as_what_it_is():
    assert read(RSS.format("<item><title>t</title></item>"), "application/json").entries


@pytest.mark.parametrize(
    "body",
    [
        RSS.format(""),
        "<feed xmlns='http://www.w3.org/2005/Atom'><title>N</title></feed>",
        '{"version": "https://jsonfeed.org/version/1", "title": "N", "items": []}',
        RSS.format("<description>a &nbsp; b</description>"),
    ],
    ids=["rss", "atom", "json", "rss with an entity of HTML"],
)
def test_a_feed_without_entries_is_a_feed(body):
    assert read(body).entries == ()


def test_a_feed_that_was_cut_off_says_so():
    whole = RSS.format("<item><title>a</title><guid>1</guid></item>" * 3)

    cut = read(whole[:-60])

    assert read(whole).complete
    assert not cut.complete
    assert cut.entries
    assert cut.notes[0].startswith("not well-formed: line 1, column ")


def test_a_body_that_is_the_name_of_a_file_is_not_opened(tmp_path):
    canary = tmp_path / "canary.xml"
    canary.write_text(RSS.format("<item><title>secret</title></item>"))

    for body in (str(canary), f"file://{canary}"):
        with pytest.raises(NotAFeed, match="plain text"):
            read(body)


@pytest.mark.timeout(20)
def test_entities_that_multiply_do_not_and_files_are_not_included(tmp_path):
    canary = tmp_path / "canary.txt"
    canary.write_text("secret")
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    doctype = f'<!DOCTYPE rss [<!ENTITY l0 "lol"><!ENTITY x SYSTEM "file://{canary}">{laughs}]>'

    parsed = read(doctype + RSS.format("<item><title>&l9;&x;</title><guid>1</guid></item>"))

    assert "secret" not in repr(parsed)
    assert len(repr(parsed)) < 100_000


def test_a_date_that_is_none_does_not_cost_the_entry():
    item = "<item><title>t</title><pubDate>{}</pubDate></item>"

    parsed = read(RSS.format("".join(map(item.format, ["0000-01-01T00:00:00Z", "soon", ""]))))

    assert [e.published for e in parsed.entries] == [None, None, None]
    assert [e.published_raw for e in parsed.entries] == ["0000-01-01T00:00:00Z", "soon", ""]


@pytest.mark.parametrize(
    ("declared", "content_type"),
    [
        ("punycode", "text/xml; charset=idna"),
        ("unicode_escape", "text/xml; charset=undefined"),
        ("zlib", "text/xml; charset=base64"),
        ("no-such-thing", "text/xml; charset=\x00"),
    ],
)
def test_a_charset_that_is_none_is_passed_over(declared, content_type):
    item = "<item><title>Übung</title></item>"
    body = f"<?xml version='1.0' encoding='{declared}'?>" + RSS.format(item)

    assert read(body, content_type).entries[0].title == "Übung"
    assert read(body.encode("latin-1"), content_type).entries[0].title == "Übung"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_byte_order_mark_or_its_absence_is_understood(encoding):
    body = "<?xml version='1.0'?>" + RSS.format("<item><title>Жито</title></item>")

    assert read(body.encode(encoding)).entries[0].title == "Жито"


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
json_items = st.dictionaries(
    st.sampled_from(
        ["id", "url", "title", "summary", "content_html", "content_text", "author", "authors",
         "date_published", "language", "external_url"]
    ),
    json_values,
)  # fmt: skip


@given(st.lists(json_items | json_values), json_values, json_values)
def test_no_json_item_costs_the_others(items, title, authors):
    good = {"id": "good", "title": "t"}
    feed = {"title": title, "authors": authors, "items": [*items, good]}

    assert read(json.dumps(feed)).entries[-1].id == "good"


@given(st.binary(max_size=300))
def test_bytes_are_a_feed_or_they_are_not(noise):
    for body in (noise, RSS.format("").encode().replace(b"N", noise)):
        with suppress(NotAFeed):
            read(body)


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "body",
    [
        "<!--" * 100_000,
        "<!---->" * 50_000,
        "<!DOCTYPE " * 50_000,
        "<?" * 100_000,
        "<!DOCTYPE x [" * 9,
    ],
)
def test_what_stands_before_a_root_element_takes_no_time(body):
    with pytest.raises(NotAFeed):
        read(body)

    assert read(RSS.format("<item><title>t</title></item>") + "<!---->" * 50_000).entries
