"""Fetching over real sockets: what a MockTransport cannot show."""

import asyncio
import gzip
import tracemalloc
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import repeat

import pytest

from monitor.feeds.addresses import networks
from monitor.feeds.fetch import (
    Failed,
    FailureKind,
    Fetched,
    FetchLimits,
    Gone,
    NotModified,
    fetch,
    open_client,
)
from monitor.model import Feed, FeedSpec

RSS = b"<rss version='2.0'><channel><title>News</title></channel></rss>"
LIMITS = FetchLimits(connect_s=2, read_s=2, total_s=5, allow_networks=networks(["127.0.0.0/8"]))


def a_feed(url, **memory):
    at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    return Feed(spec=FeedSpec(id="f", url=url), next_poll_at=at, **memory)


def get(url, *, limits=LIMITS, now=None, resolver=None, **memory):
    options = {"resolver": resolver} if resolver else {}

    async def run():
        client = open_client(limits, user_agent="monitor-test/1", contact="mail@e.org", **options)
        async with client:
            return await fetch(client, a_feed(url, **memory), limits=limits, now=now)

    return asyncio.run(run())


# -- bodies


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        pytest.param(None, RSS, id="plain"),
        pytest.param("identity", RSS, id="identity"),
        pytest.param("gzip", gzip.compress(RSS), id="gzip"),
        pytest.param("X-GZIP", gzip.compress(RSS), id="x-gzip"),
        pytest.param("gzip", gzip.compress(RSS[:9]) + gzip.compress(RSS[9:]), id="two members"),
        pytest.param("gzip", gzip.compress(RSS) + bytes(512), id="gzip and padding"),
        pytest.param("deflate", zlib.compress(RSS), id="deflate"),
        pytest.param("deflate", zlib.compress(RSS)[2:-4], id="bare deflate"),
        pytest.param(None, gzip.compress(RSS), id="a gzip file"),
        pytest.param("utf-8", RSS, id="a charset in the wrong place"),
    ],
)
def test_a_body_comes_inflated(server, encoding, body):
    url = server.says("/", body=body, headers={"Content-Encoding": encoding} if encoding else {})

    result = get(url)

    assert isinstance(result, Fetched)
    assert result.body == RSS
    assert result.downloaded_bytes == len(body)


def test_a_body_that_arrives_byte_by_byte_is_the_same_body(server):
    body = gzip.compress(RSS)
    url = server.says("/", body=[bytes([b]) for b in body], headers={"Content-Encoding": "gzip"})

    assert get(url).body == RSS


@pytest.mark.parametrize(
    ("encoding", "body", "kind", "reason"),
    [
        pytest.param("gzip", gzip.compress(RSS)[:-9], "encoding", "ends too early", id="cut"),
        pytest.param("gzip", b"\x1f", "encoding", "ends too early", id="one byte"),
        pytest.param("gzip", b"no gzip", "encoding", "damaged", id="garbage"),
        pytest.param("br", b"?", "encoding", "'br'", id="brotli"),
        pytest.param("gzip, gzip", b"?", "encoding", "more than once", id="twice"),
        pytest.param("gzip", gzip.compress(b"") * 1200, "encoding", "pieces", id="many members"),
        pytest.param("", bytes(6_000_000), "too-large", "5000000 bytes sent", id="large"),
        pytest.param("gzip", gzip.compress(bytes(9_000_000)), "too-large", "100 times", id="ratio"),
    ],
)
def test_a_body_that_cannot_be_taken_is_a_failure_with_a_reason(
    server, encoding, body, kind, reason
):
    url = server.says("/", body=body, headers={"Content-Encoding": encoding})

    result = get(url)

    assert isinstance(result, Failed)
    assert result.kind == kind
    assert reason in result.reason


def test_the_inflated_size_has_a_limit_of_its_own(server):
    body = gzip.compress(bytes(range(256)) * 8000)  # 2 MB, and far less than 100:1 is not the point
    url = server.says("/", body=body, headers={"Content-Encoding": "gzip"})

    result = get(url, limits=replace(LIMITS, max_body_bytes=1_500_000, max_ratio=10_000))

    assert (result.kind, result.reason) == ("too-large", "more than 1500000 bytes")


@pytest.mark.parametrize("max_ratio", [100, 10**9], ids=["ratio", "size"])
def test_a_gzip_bomb_does_not_fill_the_memory(server, max_ratio):
    bomb = gzip.compress(bytes(100_000_000))
    plain = server.says("/plain", body=RSS)
    url = server.says("/", body=bomb, headers={"Content-Encoding": "gzip"})
    get(plain)  # imports and caches are not what is measured
    tracemalloc.start()
    try:
        result = get(url, limits=replace(LIMITS, max_ratio=max_ratio))
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert result.kind is FailureKind.TOO_LARGE
    assert peak_bytes < LIMITS.max_body_bytes + 4_000_000


def test_an_endless_body_is_left_at_the_limit(server):
    url = server.says("/", body=repeat(b"<item/>" * 1000))

    assert get(url).kind is FailureKind.TOO_LARGE


def test_a_slow_drip_ends_with_the_total_time(server):
    url = server.says("/", body=repeat(0.01, 1000))

    result = get(url, limits=replace(LIMITS, total_s=0.2))

    assert (result.kind, result.reason) == ("timeout", "no complete answer within 0.2 s")
    assert result.took_s < 2


def test_a_server_that_falls_silent_is_a_time_out(server):
    url = server.says("/", body=[b"<rss>", 60.0])

    assert get(url, limits=replace(LIMITS, read_s=0.1)).kind is FailureKind.TIMEOUT


def test_a_body_shorter_than_announced_is_no_body(server):
    url = server.says("/", body=RSS, length=len(RSS) + 1)

    assert get(url).kind is FailureKind.NETWORK


def test_an_empty_body_is_handed_on_for_the_parser_to_judge(server):
    url = server.says("/", headers={"Content-Encoding": "gzip"})

    assert get(url).body == b""


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"SSH-2.0-OpenSSH\r\n", id="not HTTP"),
        pytest.param(b"HTTP/1.1 200 OK\r\nBad Header: x\r\n\r\n", id="a space in a name"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n", id="length in words"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000 + b"\r\n\r\n", id="huge header"),
        pytest.param(b"HTTP/1.1 20", id="half a status line"),
    ],
)
def test_what_is_not_http_is_a_failure(server, raw):
    url = server.says("/", raw=raw)

    assert get(url).kind is FailureKind.NETWORK


# -- conditions


def test_validators_go_back_byte_for_byte(server):
    etag = b'W/"caf\xe9"'
    url = server.says("/", body=RSS, headers={"ETag": etag, "Last-Modified": "yesterday, 5ish"})

    first = get(url)
    get(url, etag=first.etag, last_modified=first.last_modified)

    plain, conditional = (r.headers for r in server.requests)
    assert "if-none-match" not in plain
    assert "if-modified-since" not in plain
    assert conditional["if-none-match"].encode("latin-1") == etag
    assert conditional["if-modified-since"] == "yesterday, 5ish"


def test_not_modified_brings_only_the_validators_it_mentions(server):
    url = server.says("/", status=304, headers={"ETag": '"v2"'})

    result = get(url, etag='"v1"')

    assert isinstance(result, NotModified)
    assert (result.etag, result.last_modified) == ('"v2"', None)


def test_not_modified_is_an_error_where_there_was_no_condition(server):
    url = server.says("/", status=304)

    assert get(url).reason == "HTTP 304 Not Modified"


def test_an_answer_that_may_not_be_stored_leaves_no_validators(server):
    headers = {"ETag": '"v1"', "Cache-Control": "private, No-Store"}
    url = server.says("/", body=RSS, headers=headers)

    assert get(url).etag is None


def test_a_request_says_who_asks_and_nothing_else(server):
    url = server.says("/", body=RSS, headers={"Set-Cookie": "id=1"})

    async def twice():
        async with open_client(LIMITS, user_agent="m/1", contact="mail@e.org") as client:
            for _ in range(2):
                await fetch(client, a_feed(url), limits=LIMITS)

    asyncio.run(twice())

    for request in server.requests:
        assert request.headers["user-agent"] == "m/1 (+mail@e.org)"
        assert request.headers["accept-encoding"] == "gzip"
        assert set(request.headers) <= {
            "host", "user-agent", "accept", "accept-encoding", "connection",
        }  # fmt: skip


def test_what_a_body_is_stands_beside_it(server):
    headers = {"Content-Type": 'text/xml; Charset="Windows-1251"'}
    url = server.says("/", body=RSS, headers=headers)

    result = get(url)

    assert (result.url, result.status, result.charset) == (url, 200, "windows-1251")
    assert result.content_type == headers["Content-Type"]
    assert len(result.body_hash) == 32
    assert result.took_s > 0


# -- statuses


@pytest.mark.parametrize("status", [400, 401, 403, 404, 418, 451])
def test_a_status_that_says_no_is_a_failure(server, status):
    result = get(server.says("/", status=status, body=b"<html>no</html>"))

    assert (result.kind, result.status, result.site_wide) == ("http", status, False)
    assert result.reason.startswith(f"HTTP {status}")


@pytest.mark.parametrize("status", [500, 502, 503, 599])
def test_a_sick_server_is_a_failure_of_its_own_kind(server, status):
    assert get(server.says("/", status=status)).kind is FailureKind.SERVER


def test_gone_is_gone(server):
    assert isinstance(get(server.says("/", status=410)), Gone)


def test_too_many_requests_is_about_the_whole_site(server):
    result = get(server.says("/", status=429, headers={"Retry-After": "120"}))

    assert result.site_wide
    assert result.retry_after == timedelta(minutes=2)


@pytest.mark.parametrize(
    ("said", "date", "understood"),
    [
        pytest.param("120", None, timedelta(minutes=2), id="seconds"),
        pytest.param("0", None, timedelta(minutes=1), id="at once"),
        pytest.param("9" * 5000, None, timedelta(days=1), id="for ever"),
        pytest.param("-5", None, None, id="negative"),
        pytest.param("soon", None, None, id="words"),
        pytest.param("²", None, None, id="a digit that is none"),
        pytest.param("", None, None, id="nothing"),
        pytest.param(
            "Mon, 05 Jan 2026 10:00:00 GMT",
            "Mon, 05 Jan 2026 09:30:00 GMT",
            timedelta(minutes=30),
            id="a date, by the server's clock",
        ),
        pytest.param(
            "Mon, 05 Jan 2026 10:00:00 GMT", None, timedelta(hours=1), id="a date, by our clock"
        ),
        pytest.param("Mon, 05 Jan 2009 10:00:00 -0000", None, timedelta(minutes=1), id="long ago"),
        pytest.param("Fri, 31 Dec 9999 23:59:59 GMT", None, timedelta(days=1), id="year 9999"),
        pytest.param("Mon, 99 Jan 2026 10:00:00 GMT", None, None, id="no such date"),
        pytest.param("Mon, 05 Jan 2026 10:00:00 +9999", None, None, id="no such zone"),
    ],
)
def test_retry_after_comes_in_two_forms_and_in_absurd_ones(server, now, said, date, understood):
    headers = {"Retry-After": said} | ({"Date": date} if date else {})

    result = get(server.says("/", status=503, headers=headers), now=now)

    assert result.retry_after == understood


# -- redirects


def moves(server, *steps):
    """/0 leads over the statuses to the feed."""
    for n, status in enumerate(steps):
        server.says(f"/{n}", status=status, headers={"Location": f"/{n + 1}"})
    return server.says(f"/{len(steps)}", body=RSS)


@pytest.mark.parametrize(
    ("steps", "permanent"),
    [
        pytest.param([], "", id="none"),
        pytest.param([301], "/1", id="one"),
        pytest.param([301, 308, 301], "/3", id="several"),
        pytest.param([301, 302, 301], "/1", id="only the leading run counts"),
        pytest.param([307, 301], "", id="temporary first"),
        pytest.param([302, 303, 307, 308, 301], "", id="five"),
    ],
)
def test_redirects_are_followed_and_permanent_ones_told(server, steps, permanent):
    last = moves(server, *steps)

    result = get(server.url("/0"))

    assert (result.url, result.body) == (last, RSS)
    assert result.permanent_url == (server.url(permanent) if permanent else "")


def test_the_conditions_go_along_with_a_redirect(server):
    server.says("/0", status=301, headers={"Location": "/1"})
    server.says("/1", status=304)

    result = get(server.url("/0"), etag='"v1"')

    assert isinstance(result, NotModified)
    assert [r.headers["if-none-match"] for r in server.requests] == ['"v1"', '"v1"']


@pytest.mark.parametrize(
    ("location", "kind"),
    [
        pytest.param("/", "redirect", id="loop"),
        pytest.param(None, "redirect", id="nowhere"),
        pytest.param("http://[", "redirect", id="no URL"),
        pytest.param("file:///etc/passwd", "url", id="a file"),
        pytest.param("gopher://127.0.0.1/", "url", id="another protocol"),
        pytest.param("http://127.0.0.1:25/", "forbidden", id="the mail port"),
        pytest.param("http://10.0.0.1/", "forbidden", id="a private network"),
        pytest.param("http://[::1]/", "forbidden", id="loopback of another family"),
        pytest.param("http://169.254.169.254/latest/", "forbidden", id="the cloud's metadata"),
        pytest.param("http://0xa000001/", "forbidden", id="hexadecimal"),
        pytest.param("http://xn--a.example/" + "x" * 70_000, "url", id="too long"),
    ],
)
def test_a_redirect_that_may_not_be_followed_is_a_failure(server, location, kind):
    url = server.says("/", status=302, headers={"Location": location} if location else {})

    result = get(url)

    assert isinstance(result, Failed)
    assert result.kind == kind
    assert len(server.requests) <= LIMITS.max_redirects + 1


# -- addresses


@pytest.mark.parametrize(
    "url",
    [
        "",
        "feed",
        "ftp://example.org/",
        "http://",
        "http://exa mple.org/",
        "http://example.org:99999/",
        "http://\udce9.example/",
        "http://xn--zzzzzz-.example/\x00",
        "http://" + "a" * 70 + ".example/",
    ],
)
def test_what_is_no_web_address_is_a_failure_and_asks_nobody(url):
    async def nobody(host, port):
        raise UnicodeError("label too long")

    result = get(url, resolver=nobody)

    assert isinstance(result, Failed)
    assert result.kind in (FailureKind.URL, FailureKind.CONNECT)


def test_a_name_that_does_not_exist_is_a_dns_failure():
    async def nothing(host, port):
        return []

    assert get("http://nowhere.example/", resolver=nothing).kind is FailureKind.DNS


def test_a_port_where_nobody_listens_is_a_connect_failure(server):
    async def loopback(host, port):
        return ["127.0.0.1"]

    server.__exit__()
    result = get(f"http://feeds.example:{server.port}/", resolver=loopback)
    server.__enter__()

    assert result.kind is FailureKind.CONNECT


def test_the_checked_address_is_the_one_that_is_asked(server):
    """A name that would change its mind gets no second question."""
    answers = [["127.0.0.1"], ["10.0.0.1"]]

    async def rebinding(host, port):
        return answers.pop(0)

    server.says("/", body=RSS)
    result = get(f"http://feeds.example:{server.port}/", resolver=rebinding)

    assert isinstance(result, Fetched)
    assert answers == [["10.0.0.1"]]
    assert server.requests[0].headers["host"] == f"feeds.example:{server.port}"


def test_one_bad_answer_among_good_ones_is_enough_to_refuse(server):
    async def mixed(host, port):
        return ["127.0.0.1", "192.168.1.1"]

    result = get(f"http://feeds.example:{server.port}/", resolver=mixed)

    assert result.kind is FailureKind.FORBIDDEN
    assert "192.168.1.1" in result.reason
    assert server.requests == []


def test_a_dead_address_does_not_hide_a_living_one(server):
    async def two(host, port):
        return ["127.0.0.2", "127.0.0.1"]

    server.says("/", body=RSS)

    assert isinstance(get(f"http://feeds.example:{server.port}/", resolver=two), Fetched)


def test_credentials_in_a_url_are_used_and_not_told(server):
    server.says("/", body=RSS)

    result = get(f"http://ada:secret@127.0.0.1:{server.port}/")

    assert server.requests[0].headers["authorization"].startswith("Basic ")
    assert "secret" not in result.url


def through(proxy, url):
    async def run():
        limits = replace(LIMITS, allow_networks=())
        async with open_client(limits, user_agent="m", contact="", proxy=proxy) as client:
            return await fetch(client, a_feed(url), limits=limits)

    return asyncio.run(run())


def test_a_proxy_is_asked_instead_wherever_it_stands(server):
    server.says("http://feeds.example/rss", body=RSS)

    result = through(f"http://ada:pw@127.0.0.1:{server.port}", "http://feeds.example/rss")

    assert result.body == RSS
    assert server.requests[0].headers["proxy-authorization"].startswith("Basic ")


def test_an_inner_address_is_refused_before_a_proxy_is_asked(server):
    for url in ("http://10.0.0.1/", "http://feeds.example:22/", "http://[::ffff:127.0.0.1]/"):
        assert through(server.url(""), url).kind is FailureKind.FORBIDDEN

    assert server.requests == []


def test_many_feeds_side_by_side_do_not_disturb_each_other(server):
    for n in range(60):
        server.says(f"/{n}", body=RSS + str(n).encode())

    async def run():
        async with open_client(LIMITS, user_agent="m", contact="") as client:
            feeds = (a_feed(server.url(f"/{n}")) for n in range(60))
            return await asyncio.gather(*(fetch(client, f, limits=LIMITS) for f in feeds))

    assert [r.body for r in asyncio.run(run())] == [RSS + str(n).encode() for n in range(60)]


def test_a_kept_connection_that_went_stale_is_not_used_again():
    """Two requests over one connection, which the server closes before the third."""
    connections = 0

    async def answer(reader, writer):
        nonlocal connections
        connections += 1
        for _ in range(2):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n<rss>")
            await writer.drain()
        writer.close()

    async def run():
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        feed = a_feed(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
        async with server, open_client(LIMITS, user_agent="m", contact="") as client:
            return [await fetch(client, feed, limits=LIMITS) for _ in range(4)]

    assert [r.body for r in asyncio.run(run())] == [b"<rss>"] * 4
    assert connections == 2


# -- what is asked for, and with what


def test_a_feed_with_a_tag_is_asked_for_what_is_new_only(server):
    url = server.says("/", status=226, body=RSS, headers={"IM": "feed", "ETag": '"2"'})

    result = get(url, etag='"1"')
    get(url, last_modified="Mon, 05 Jan 2026 08:00:00 GMT")

    assert (result.partial, result.etag) == (True, '"2"')
    assert server.requests[0].headers["a-im"] == "feed"
    assert "a-im" not in server.requests[1].headers


def test_a_feed_that_was_304_for_long_is_asked_without_validators(server):
    url = server.says("/", status=304)
    at = datetime(2026, 1, 5, 9, tzinfo=UTC)

    result = get(url, etag='"1"', whole_at=at - timedelta(days=9), last_ok_at=at)

    assert isinstance(result, Failed)
    assert result.reason == "HTTP 304 Not Modified"
    assert not {"if-none-match", "a-im"} & set(server.requests[0].headers)


@pytest.mark.parametrize(
    ("changed", "date", "kept"),
    [
        ("Tue, 06 Jan 2026 09:00:00 GMT", "Mon, 05 Jan 2026 09:00:00 GMT", True),
        ("Tue, 06 Jan 2026 09:00:01 GMT", "Mon, 05 Jan 2026 09:00:00 GMT", False),
        ("Thu, 05 Jan 2040 09:00:00 GMT", None, False),
        ("yesterday", "Mon, 05 Jan 2026 09:00:00 GMT", True),
    ],
)
def test_a_last_modified_of_the_future_is_not_kept(server, changed, date, kept):
    headers = {"Last-Modified": changed, "ETag": '"1"'} | ({"Date": date} if date else {})
    url = server.says("/", body=RSS, headers=headers)

    result = get(url, now=datetime(2026, 1, 5, 9, tzinfo=UTC))

    assert result.etag == '"1"'
    assert result.last_modified == (changed if kept else None)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, None),
        ({"Cache-Control": "max-age=600"}, 600),
        ({"Cache-Control": 'public, Max-Age="600", stale-if-error=9'}, 600),
        ({"Cache-Control": "max-age=600", "Age": "500"}, 100),
        ({"Cache-Control": "max-age=600", "Age": "900"}, 0),
        ({"Cache-Control": "max-age=600, no-cache"}, 0),
        ({"Cache-Control": "max-age=0", "Expires": "Mon, 05 Jan 2026 10:00:00 GMT"}, 0),
        ({"Cache-Control": "max-age=never"}, None),
        ({"Expires": "Mon, 05 Jan 2026 10:00:00 GMT"}, None),
        (
            {"Expires": "Mon, 05 Jan 2026 10:00:00 GMT", "Date": "Mon, 05 Jan 2026 09:00:00 GMT"},
            3600,
        ),
        ({"Expires": "0", "Date": "Mon, 05 Jan 2026 09:00:00 GMT"}, 0),
    ],
)
@pytest.mark.parametrize("status", [200, 304])
def test_the_time_for_which_nothing_newer_is_to_be_had_is_read(server, status, said, expected):
    url = server.says("/", status=status, body=RSS if status == 200 else b"", headers=said)

    result = get(url, etag='"1"')

    assert result.fresh_for == (None if expected is None else timedelta(seconds=expected))
