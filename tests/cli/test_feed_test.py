"""`monitor feeds test`, against a real server."""

import json
import sys

import pytest

from monitor.cli import main
from tests.feeds.server import Reply, Server
from tests.world import write_files

RSS = (
    b'<rss version="2.0"><channel><title>Wire</title>'
    b"<item><title>Port strikes in Norhaven</title><guid>1</guid>"
    b"<pubDate>Mon, 05 Jan 2026 08:00:00 GMT</pubDate></item>"
    b"<item><title>Weather</title><guid>2</guid></item>"
    b"<item/></channel></rss>"
)
ATOM_ETAG = {"ETag": '"v1"', "Content-Type": "application/rss+xml"}


@pytest.fixture
def server():
    with Server() as running:
        yield running


@pytest.fixture
def tested(capsys, tmp_path, server):
    """Runs the command on the feed `wire`; (exit code, what was printed)."""
    config = write_files(tmp_path, {"wire": server.url("/rss")})

    def run(feed="wire", *options):
        before, sys.argv = sys.argv, ["monitor", "feeds", "test", feed, *options]
        sys.argv += ["--config", str(config)]
        try:
            main()
        except SystemExit as e:
            code = e.code or 0
        finally:
            sys.argv = before
        printed = capsys.readouterr()
        return code, printed.out + printed.err

    return run


def conditional(request):
    """Says 304 to who knows the newest."""
    known = request.headers.get("if-none-match") == '"v1"'
    return Reply(304) if known else Reply(body=RSS, headers=ATOM_ETAG)


def test_everything_that_a_fetch_did_is_said(tested, server):
    server.says("/rss", status=301, headers={"Location": "/new"})
    server.answers("/new", conditional)

    code, said = tested()

    assert code == 0
    for line in (
        "  301 ",
        "location: /new",
        server.url("/new"),
        'etag: "v1"',
        "asked again with its validators: 304, nothing is sent twice",
        "read:    as an ordinary feed",
        "title:   Wire",
        "items:   2, the newest of 2026-01-05 08:00 UTC",
        "dropped, empty",
        "hits:    1 of its items would hit",
        "Port strikes in Norhaven",
    ):
        assert line in said


def test_validators_that_do_not_work_and_a_feed_that_is_odd_are_told(tested, server):
    odd = b"<!DOCTYPE rss>" + RSS
    server.says("/rss", body=odd, headers={"ETag": '"v1"'})

    code, said = tested()

    assert code == 0
    assert "the same body again: its validators do not work" in said
    assert "by feedparser, in the guarded process" in said


@pytest.mark.parametrize(
    ("status", "body", "answer"),
    [
        (200, b"<html><title>Hi</title></html>", "no feed: an HTML page"),
        (404, b"", "failed:  HTTP 404 Not Found (http)"),
        (410, b"", "gone:    its owner says"),
    ],
)
def test_what_is_no_feed_is_told_and_ends_with_1(tested, server, status, body, answer):
    server.says("/rss", status=status, body=body)

    code, said = tested()

    assert code == 1
    assert answer in said


def test_an_address_that_is_in_no_file_can_be_tested_and_nothing_is_stored(
    tested, server, tmp_path
):
    server.answers("/other", conditional)

    code, said = tested(server.url("/other"), "--json")

    assert code == 0
    found = json.loads(said)
    assert (found["items"], found["quick"], found["validators_work"]) == (2, True, True)
    assert [hit["title"] for hit in found["hits"]] == ["Port strikes in Norhaven"]
    assert not list(tmp_path.glob("data/*.db"))


def test_what_is_neither_a_feed_nor_an_address_is_refused(tested):
    assert tested("wires") == (
        2,
        "'wires' is no feed of feeds.yaml and no address (https://...)\n",
    )
