"""Lists of feeds as other programs write them, well or not."""

from datetime import UTC, datetime

import pytest

from monitor.feeds.opml import NotOpml, Shown, read, write

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def opml(body: str, version: str = "2.0") -> bytes:
    return (
        f'<?xml version="1.0"?>\n<opml version="{version}"><body>\n{body}\n</body></opml>'.encode()
    )


FEED = '<outline type="rss" text="Harbour Post" xmlUrl="https://post.example/rss"/>'


def test_a_feed_is_read_with_everything_that_the_list_says():
    found = read(
        opml(
            '<outline type="rss" text="short" title="Harbour Post" language="en-GB"\n'
            ' xmlUrl="https://post.example/rss?a=1&amp;b=2" htmlUrl="https://post.example/"/>'
        )
    )

    (feed,) = found.feeds
    assert (feed.title, feed.url) == ("Harbour Post", "https://post.example/rss?a=1&b=2")
    assert (feed.site, feed.language, feed.line) == ("https://post.example/", "en-GB", 3)
    assert (found.unusable, found.note) == ((), "")


def test_feeds_in_folders_in_folders_are_all_found():
    nested = f'<outline text="World"><outline text="Ports">{FEED}</outline>{FEED}</outline>{FEED}'

    found = read(opml(nested))

    assert [feed.folders for feed in found.feeds] == [("World", "Ports"), ("World",), ()]


def test_a_feed_that_holds_feeds_is_one_too():
    found = read(opml(FEED.replace("/>", f">{FEED}</outline>")))

    assert len(found.feeds) == 2


@pytest.mark.parametrize(
    "spelling", ["xmlUrl", "xmlurl", "XMLURL"], ids=["as it should be", "small", "large"]
)
def test_the_spelling_of_the_attribute_does_not_matter(spelling):
    assert len(read(opml(FEED.replace("xmlUrl", spelling))).feeds) == 1


def test_an_outline_without_a_feed_is_reported_with_its_line():
    found = read(opml(f'{FEED}\n<outline text="A page" type="link" url="https://x.example/p"/>'))

    (line,) = found.unusable
    assert (line.line, line.what) == (4, "A page")
    assert line.reason == "xmlUrl is missing; its url is https://x.example/p"


# -- what is not well-formed -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("broken", "title", "url"),
    [
        (
            '<outline text="Fish & Ships" xmlUrl="https://f.example/?a=1&copy=2" type="rss" />',
            "Fish & Ships",
            "https://f.example/?a=1&copy=2",
        ),
        (
            '<outline text="The "Gull". News" title="The "Gull". News" xmlUrl="https://g.example/f"/>',
            'The "Gull". News',
            "https://g.example/f",
        ),
        (
            '<outline text="Sea > Land < Sky" xmlUrl="https://s.example/f"/>',
            "Sea > Land < Sky",
            "https://s.example/f",
        ),
        (
            "<outline text='Quay &amp; Crane &#8211; &' xmlUrl='https://q.example/f'>",
            "Quay & Crane – &",
            "https://q.example/f",
        ),
        ('<OUTLINE text="Big &" xmlUrl="https://b.example/f"/>', "Big &", "https://b.example/f"),
    ],
    ids=["stray &", "stray quotes", "angle brackets", "never closed", "capitals"],
)
def test_a_damaged_line_is_read_all_the_same(broken, title, url):
    found = read(opml(f"{FEED}\n{broken}\n{FEED}"))

    assert [feed.line for feed in found.feeds] == [3, 4, 5]
    assert (found.feeds[1].title, found.feeds[1].url) == (title, url)
    assert "is not well-formed (line " in found.note


def test_what_cannot_be_read_even_so_is_reported_with_line_and_reason():
    found = read(
        opml(f'{FEED}\n<outline text=Gull & xmlUrl=none />\n{FEED}\n<outline text="cut & o')
    )

    assert [feed.line for feed in found.feeds] == [3, 5]
    assert [(u.line, u.reason) for u in found.unusable] == [
        (4, "its attributes cannot be read"),
        (6, "the tag is not closed by >"),
    ]


def test_folders_are_known_in_a_damaged_list_too():
    found = read(opml(f'<outline text="A & B">\n{FEED}\n</outline>\n{FEED}'))

    assert [feed.folders for feed in found.feeds] == [("A & B",), ()]
    assert found.unusable == ()


def test_what_is_commented_out_stays_out_and_lines_stay_right():
    found = read(
        opml(f"<!--\n{FEED}\n-->\n{FEED}\n<outline text='&' xmlUrl='https://a.example/'/>")
    )

    assert [feed.line for feed in found.feeds] == [6, 7]


def test_an_old_encoding_is_read_as_it_says():
    body = '<?xml version="1.0" encoding="windows-1251"?><opml><body>'
    body += '<outline text="Порт & море" xmlUrl="https://p.example/f"/></body></opml>'

    assert read(body.encode("windows-1251")).feeds[0].title == "Порт & море"


# -- what is refused -------------------------------------------------------------------------

BOMB = '<!DOCTYPE opml [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><opml><body>&b;</body></opml>'
OUTSIDE = '<!DOCTYPE opml SYSTEM "file:///etc/hostname"><opml><body/></opml>'


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (BOMB, "holds a DOCTYPE, which is not read here: delete it and try again"),
        (OUTSIDE, "holds a DOCTYPE, which is not read here: delete it and try again"),
        (BOMB.replace("</opml>", "&"), "holds a DOCTYPE"),
        ("<rss><channel/></rss>", "is no OPML: it starts with <rss>"),
        ("", "is no OPML (line 1"),
        ("just words & more", "is no OPML (line 1"),
        ("x" * 5_000_001, "is larger than 5 MB"),
    ],
    ids=["entities", "external", "entities, damaged", "a feed", "empty", "text", "too large"],
)
def test_what_is_no_list_is_refused_in_words(body, reason):
    with pytest.raises(NotOpml) as refused:
        read(body.encode())

    assert str(refused.value).startswith(reason)


def test_deep_nesting_is_no_danger():
    found = read(opml('<outline text="x">' * 5_000 + FEED + "</outline>" * 5_000))

    assert len(found.feeds) == 1


# -- there and back --------------------------------------------------------------------------


def test_what_is_written_is_opml_and_is_read_back():
    shown = [
        Shown(title='Fish & "Ships"', url="https://f.example/?a=1&b=2", language="en"),
        Shown(title="Порт\n<море>", url="https://p.example/f", site="https://p.example/"),
    ]

    text = write(shown, title="Ours & theirs", at=NOW)
    found = read(text.encode())

    assert '<opml version="2.0">' in text
    assert "<dateCreated>Mon, 05 Jan 2026 09:00:00 +0000</dateCreated>" in text
    assert found.note == ""
    assert [(f.title, f.url, f.site, f.language) for f in found.feeds] == [
        ('Fish & "Ships"', "https://f.example/?a=1&b=2", "", "en"),
        ("Порт <море>", "https://p.example/f", "https://p.example/", ""),
    ]
