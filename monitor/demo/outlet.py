"""An outlet group that publishes two days of sample news, on a real web server on this machine.

Every outlet and every item is made up: the texts under `site/` only sound like news about the
provisions of the first document, so that the demo and the tests have something to find on any date
and without the network. Offices are named, people are not, and nobody is quoted.

`site/dayN/` holds what each feed says on day N (RSS 2.0, RSS 1.0, Atom, JSON Feed), `feeds.yaml` is
the configuration that polls it. Two marks are filled in when a day begins:

    @@-3h@@           three hours before the day's moment, as RSS writes dates; units m, h, d
    @@iso:-26h@@      the same as Atom writes dates
    @@day1-3h@@       three hours before the moment of day 1, whatever today is: items that stay
    @@base@@          address of the server (feeds.yaml only)

The guid of an item that must hit nothing ends in `-other`; two of these are held back by an exclude
only (delta-wire: iran-snapback-other, meridian-post: envoy-cairo-other). What else is there on
purpose:

    day 1   a story that an aggregator names the source of, and one whose source nobody configured
            (press-mirror: m-g8-invitation; Isla Today)
            an undated item (vestnik-zaliva: sankcii-etapy), one nine days old (haiwan-ribao:
            ershiba-dian), and one dated in the future, as announcements are (kuestenkurier:
            diskussionsabend)
    day 2   an edited headline under the same guid (northern-ledger: g8-invitation), a guid that
            changed while link and title stayed (visnyk-portu: aktyvy-rf), and a wire text that two
            outlets print under one headline (delta-wire and meridian-post: wire-nato)
    always  a feed that is down (harbour-radio: 503), and one whose address answers a web page
            (old-gazette)
"""

import gzip
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import Message
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import sha256
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

SITE = Path(__file__).parent / "site"

_MARK = re.compile(r"@@(iso:)?(day1)?([+-]\d+)([mhd])@@")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_TYPES = {".xml": "application/xml; charset=utf-8", ".json": "application/feed+json"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What one path answers."""

    body: bytes
    content_type: str
    status: HTTPStatus = HTTPStatus.OK
    modified: datetime | None = None  #: None = no validators: never answered with 304
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def etag(self) -> str:
        """Weak, as the gzipped answer carries the same one."""
        return f'W/"{sha256(self.body).hexdigest()[:16]}"'

    def validators(self) -> dict[str, str]:
        """The headers by which a client can ask whether this page is still the same."""
        if self.modified is None:
            return {}
        return {"ETag": self.etag, "Last-Modified": format_datetime(self.modified, usegmt=True)}

    def is_known(self, request: Message) -> bool:
        """Does the client have this very page? An ETag it names outweighs a date it names."""
        if self.modified is None:
            return False
        if (etags := request.get("If-None-Match")) is not None:
            return self.etag in (etag.strip() for etag in etags.split(","))
        since = _date(request.get("If-Modified-Since", ""))
        return since is not None and self.modified <= since


_NOT_FOUND = Page(status=HTTPStatus.NOT_FOUND, content_type="text/plain", body=b"No such page.\n")
_ALWAYS = {
    "/harbour-radio.xml": Page(
        status=HTTPStatus.SERVICE_UNAVAILABLE,
        content_type="text/plain",
        body=b"The newsroom's server is being repaired.\n",
        headers={"Retry-After": "3600"},
    ),
    "/old-gazette.xml": Page(
        content_type="text/html; charset=utf-8",
        body=b"<!doctype html><title>The Old Gazette</title><p>Our feeds have moved.</p>\n",
    ),
}


def fill(template: str, *, now: datetime, day1: datetime) -> str:
    """`template` with its dates.

    Raises ValueError for a mark that is none: a typo must not be served as news.
    """

    def date(mark: re.Match[str]) -> str:
        iso, first, count, unit = mark.groups()
        moment = (day1 if first else now) + int(count) * _UNITS[unit]
        return moment.isoformat(timespec="seconds") if iso else format_datetime(moment)

    text = _MARK.sub(date, template)
    if "@@" in text:
        raise ValueError(f"not a mark: {text[text.index('@@') :][:20]!r}")
    return text


def pages(day: int, *, now: datetime, day1: datetime) -> dict[str, Page]:
    """Every path of the group on one day. Raises ValueError for a day there is nothing for."""
    files = sorted((SITE / f"day{day}").glob("*.*"))
    if not files:
        raise ValueError(f"the demo has no day {day}")
    return _ALWAYS | {f"/{file.name}": _feed(file, now=now, day1=day1) for file in files}


def _feed(file: Path, *, now: datetime, day1: datetime) -> Page:
    text = fill(file.read_text(encoding="utf-8"), now=now, day1=day1)
    return Page(body=text.encode(), content_type=_TYPES[file.suffix], modified=now)


def _date(header: str) -> datetime | None:
    try:
        return parsedate_to_datetime(header)
    except ValueError:
        return None


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # stopping waits for answers under way
    pages: Mapping[str, Page]  #: replaced as a whole, so that no answer mixes two days


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 10  # seconds; a client that says nothing must not hold up the end of the demo

    def do_GET(self) -> None:
        page = self.server.pages.get(self.path.partition("?")[0], _NOT_FOUND)
        if page.is_known(self.headers):
            self._answer(HTTPStatus.NOT_MODIFIED, page.validators())
        else:
            self._send(page)

    def _send(self, page: Page) -> None:
        headers = {"Content-Type": page.content_type, "Vary": "Accept-Encoding"}
        body = page.body
        if "gzip" in self.headers.get("Accept-Encoding", ""):
            headers["Content-Encoding"] = "gzip"
            body = gzip.compress(body, mtime=0)
        headers["Content-Length"] = str(len(body))
        self._answer(page.status, {**headers, **page.validators(), **page.headers}, body)

    def _answer(self, status: HTTPStatus, headers: Mapping[str, str], body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the terminal belongs to the demo."""


class Outlet:
    """The outlet group while it is being served; see `serve`."""

    def __init__(self, server: _Server, *, now: datetime) -> None:
        self._server = server
        self._day1 = now
        self.turn_to(1, now=now)

    @property
    def base(self) -> str:
        """Address of the server, without a slash at its end."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def turn_to(self, day: int, *, now: datetime) -> None:
        """Publish what `day` has, as of `now`. Raises ValueError for a day there is nothing for."""
        now = now.astimezone(UTC).replace(microsecond=0)  # HTTP dates have no fractions
        if day == 1:
            self._day1 = now
        self._server.pages = pages(day, now=now, day1=self._day1)

    def feeds_yaml(self) -> str:
        """A config/feeds.yaml that polls this server."""
        text = (SITE / "feeds.yaml").read_text(encoding="utf-8")
        return text.replace("@@base@@", self.base)


@contextmanager
def serve(*, now: datetime) -> Iterator[Outlet]:
    """The outlet group on a free loopback port, on its first day; it stops when the block ends."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        outlet = Outlet(server, now=now)
        thread = Thread(target=server.serve_forever, args=(0.02,), name="demo outlet")
        thread.start()
        try:
            yield outlet
        finally:
            server.shutdown()
            thread.join()
