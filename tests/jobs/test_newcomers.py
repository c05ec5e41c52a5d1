"""Which outlet a new feed is of, and what both are called."""

import pytest

from monitor.jobs.newcomers import Refused, Register, Wish
from monitor.model import FeedSpec, Outlet

OUTLETS = (
    Outlet(id="post", name="Harbour Post", aliases=("HP", "harbourpost.com")),
    Outlet(id="wire", name="The Wire"),
    Outlet(id="tide", name="The Tide"),
    Outlet(id="ebb", name="The Ebb"),
)
FEEDS = (
    FeedSpec(id="wire-en", outlet="wire", url="https://rss.wire-news.com/en"),
    FeedSpec(id="tide-en", outlet="tide", url="https://tide.house.com/rss"),
    FeedSpec(id="ebb-en", outlet="ebb", url="https://ebb.house.com/rss"),
    FeedSpec(id="burner", outlet="ebb", url="https://feeds.feedburner.com/ebb"),
)


@pytest.fixture
def register() -> Register:
    return Register(OUTLETS, FEEDS)


@pytest.mark.parametrize(
    ("wish", "outlet"),
    [
        (Wish(url="https://new.org/f", outlet="post"), "post"),
        (Wish(url="https://new.org/f", outlet="harbour post"), "post"),
        (Wish(url="https://new.org/f", outlet="hp"), "post"),
        (Wish(url="https://feeds.harbourpost.com/world"), "post"),
        (Wish(url="https://x.feedburner.com/y", site="https://www.harbourpost.com/"), "post"),
        (Wish(url="https://www.wire-news.com/de"), "wire"),
        (Wish(url="https://tide.house.com/de"), "tide"),
        (Wish(url="https://feeds.feedburner.com/z", title="The Tide"), "tide"),
        (Wish(url="https://feeds.feedburner.com/z", title="HP - World"), "post"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.title or value.outlet or value.url,
)
def test_a_known_outlet_is_found(register, wish, outlet):
    assert register.add(wish).outlet == outlet
    assert register.outlets == []


@pytest.mark.parametrize(
    ("wish", "id_", "name", "aliases"),
    [
        (Wish(url="https://g.org/f", outlet="Gull & Co"), "gull-co", "Gull & Co", ("g.org",)),
        (Wish(url="https://www.gull.org/f"), "gull-org", "gull.org", ()),
        (Wish(url="https://gull.org/f", title="Home | The Gull"), "the-gull", "The Gull", None),
        (Wish(url="https://gull.org/f", title="World news - Gull"), "gull", "Gull", None),
        (Wish(url="https://x.org/f", title="Gull » Ports"), "gull", "Gull", ("x.org",)),
        (Wish(url="https://x.org/f", title="Latest news"), "x-org", "x.org", ()),
        (Wish(url="https://port.ua/f", title="Порт"), "port-ua", "Порт", ("port.ua",)),
        (Wish(url="https://new.house.com/f", title="Flood"), "flood", "Flood", ("new.house.com",)),
        (Wish(url="https://medium.com/feed/@gull", title="Gull"), "gull", "Gull", ()),
        (Wish(url="http://10.0.0.7/f"), "10-0-0-7", "10.0.0.7", ()),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_new_outlet_is_called_what_can_be_known(register, wish, id_, name, aliases):
    register.add(wish)

    (outlet,) = register.outlets
    assert (outlet.id, outlet.name) == (id_, name)
    assert aliases is None or outlet.aliases == aliases


def test_two_feeds_of_one_new_site_are_of_one_outlet(register):
    first = register.add(Wish(url="https://www.gull.org/world", title="Gull - World"))
    second = register.add(Wish(url="https://rss.gull.org/ports", title="All about ports"))

    assert (first.outlet, second.outlet) == ("gull", "gull")


def test_papers_of_one_house_are_several_outlets(register):
    first = register.add(Wish(url="https://north.big.com/f", title="North"))
    second = register.add(Wish(url="https://south.big.com/f", title="South"))

    assert (first.outlet, second.outlet) == ("north", "south")


def test_ids_are_made_of_title_or_outlet_and_are_never_taken_twice(register):
    ids = [
        register.add(Wish(url=f"https://gull.org/{n}", title=title, language=language)).id
        for n, (title, language) in enumerate(
            [("Gull, daily!", ""), ("Gull daily", ""), ("", "en-gb"), ("", "en"), ("", "")]
        )
    ]

    assert ids == ["gull-daily", "gull-daily-2", "gull-daily-en", "gull-daily-en-2", "gull-daily-3"]


def test_a_collecting_feed_has_no_outlet(register):
    found = register.add(Wish(url="https://news.google.com/rss/search?q=port"))
    other = register.add(Wish(url="https://gull.org/all", aggregator=True))

    assert (found.aggregator, found.outlet, other.aggregator) == (True, "", True)
    assert register.outlets == []


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("feed://gull.org/f", "https://gull.org/f"),
        ("feed:http://gull.org/f", "http://gull.org/f"),
        ("  https://gull.org/f ", "https://gull.org/f"),
    ],
    ids=["feed://", "feed:http://", "blanks"],
)
def test_addresses_are_taken_as_lists_write_them(register, written, url):
    assert register.add(Wish(url=written)).url == url


@pytest.mark.parametrize(
    ("written", "language"),
    [("en", "en"), ("EN-us", "en"), ("pt_BR", "pt"), ("english", ""), ("", "")],
)
def test_a_language_that_is_none_is_left_out(register, written, language):
    assert register.add(Wish(url="https://gull.org/f", language=written)).language == language


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        (Wish(url="ftp://gull.org/f"), "is no web address"),
        (Wish(url="gull.org"), "is no web address"),
        (Wish(url="http://rss.wire-news.com/en/"), "is watched already, as feed 'wire-en'"),
        (Wish(url="https://gull.org/f", id="burner"), "there is a feed 'burner' already"),
    ],
    ids=["ftp", "no scheme", "the same but for https and a slash", "id"],
)
def test_what_cannot_be_is_refused_with_the_reason(register, wish, reason):
    with pytest.raises(Refused) as refused:
        register.add(wish)

    assert str(refused.value).startswith(reason)
    assert (register.feeds, register.outlets) == ([], [])
