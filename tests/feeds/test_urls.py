import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds.urls import alternate, canonical, resolve, site

URLISH = st.one_of(
    st.text(),
    st.from_regex(r"https?://[^/]{0,20}(:[0-9]{0,6})?(/.{0,20})?(\?.{0,30})?(#.{0,5})?"),
    st.builds("{}://{}{}".format, st.sampled_from(["http", "https", "HTTP"]), st.text(), st.text()),
)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("HTTPS://Example.ORG", "https://example.org/", id="case"),
        pytest.param(" http://example.org:80/a#b ", "http://example.org/a", id="port, fragment"),
        pytest.param("http://example.org:443/", "http://example.org:443/", id="another's port"),
        pytest.param("https://u:p@example.org./", "https://example.org/", id="user-info, dot"),
        pytest.param(
            "https://bücher.example/Straße", "https://xn--bcher-kva.example/Stra%C3%9Fe", id="IDN"
        ),
        pytest.param("http://[::0:1]:8080/", "http://[::1]:8080/", id="IPv6"),
        pytest.param("https://e.org/%c3%9f 100%", "https://e.org/%C3%9F%20100%25", id="escapes"),
        pytest.param(
            "https://e.org/a?utm_source=x&id=7&UTM_Medium=y&fbclid=z&gclid=1&mc_cid=2",
            "https://e.org/a?id=7",
            id="tracking",
        ),
        pytest.param("https://e.org/?at_medium=RSS&at_campaign=K", "https://e.org/", id="bbc"),
        pytest.param("https://e.org/?a=1&amp;utm_source=x", "https://e.org/?a=1", id="amp;"),
        pytest.param("https://e.org/?b=&a&b=1&", "https://e.org/?b=&a&b=1", id="order is kept"),
        pytest.param(
            "https://e.org/?ref=x&v=1&q=utm_x", "https://e.org/?ref=x&v=1&q=utm_x", id="kept"
        ),
    ],
)
def test_two_spellings_of_a_page_are_one(url, expected):
    assert canonical(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "", "x", "/a", "//e.org/", "ftp://e.org/", "javascript:alert(1)", "mailto:a@e.org", "http://",
        "http://[", "http://[::g]/", "http://e.org:x/", "http://e.org:0/", "http://e.org:70000/",
        "http://a b/", "http://good.org\\@evil.org/", "http://-/", "http://.../", "http://\udce9/",
        "http://" + "ü" * 300 + ".org/", "http://%00/", "http://e\u2100.org/",
    ],
)  # fmt: skip
def test_what_is_no_web_address_is_nothing(url):
    assert (canonical(url), site(url), alternate(url, home="e.org")) == ("", "", "")


@given(URLISH)
def test_canonical_is_idempotent_and_never_raises(url):
    once = canonical(url)

    assert canonical(once) == once
    assert site(once) == site(url)
    assert once.isascii()


@given(URLISH, URLISH)
def test_resolving_never_raises(base, link):
    assert isinstance(resolve(base, link), str)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://www.news.example.co.uk/a", "example.co.uk"),
        ("https://feeds.bbci.co.uk:8443/", "bbci.co.uk"),
        ("https://ada.github.io/feed", "ada.github.io"),
        ("https://co.uk/", "co.uk"),
        ("https://пример.рф/", "xn--e1afmkfd.xn--p1ai"),
        ("http://localhost:8080/", "localhost:8080"),
        ("http://wiki/", "wiki:80"),
        ("https://news.corp.internal/", "news.corp.internal:443"),
        ("http://192.0.2.1/", "192.0.2.1:80"),
        ("http://[2001:db8::1]:81/", "[2001:db8::1]:81"),
    ],
)
def test_a_site_is_whose_machine_is_asked(url, expected):
    assert site(url) == expected


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("b", "https://e.org/a/b"),
        ("/b", "https://e.org/b"),
        (" //f.org/ ", "https://f.org/"),
        ("http://f.org/", "http://f.org/"),
        ("?q", "https://e.org/a/?q"),
        ("", ""),
        ("http://[", ""),
    ],
)
def test_a_link_is_seen_from_its_document(link, expected):
    assert resolve("https://e.org/a/", link) == expected


def test_an_alternate_survives_a_move_of_the_site_but_not_another_site():
    home = site("https://feeds.example.org/rss")

    moved = {
        alternate(url, home=home)
        for url in (
            "http://example.org/news/1/",
            "https://www.example.org/news/1?utm_source=rss",
            "https://m.example.org/news/1#top",
        )
    }

    assert moved == {"/news/1"}
    assert alternate("https://www.example.com/news/1", home=home) == "example.com/news/1"
    assert alternate("https://example.org/", home=home) == ""
