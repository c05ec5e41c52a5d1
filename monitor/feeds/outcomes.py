"""What can come of asking for a feed: values, not exceptions. Pure."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from monitor.model import Feed

IM_USED = 226  #: RFC 3229: the answer holds new entries only


class FailureKind(StrEnum):
    """What went wrong; a person reads the reason, the schedule reads this."""

    URL = "url"  #: the address cannot be one of a feed
    FORBIDDEN = "forbidden"  #: leads into a network that is not opened
    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    TIMEOUT = "timeout"
    NETWORK = "network"  #: broken off, or not HTTP
    REDIRECT = "redirect"
    HTTP = "http"  #: a status that says no
    SERVER = "server"  #: 5xx
    TOO_LARGE = "too-large"
    ENCODING = "encoding"
    NOT_A_FEED = "not-a-feed"
    PARSER = "parser"  #: did not finish, or died
    INTAKE = "intake"  #: our own fault

    @property
    def passing(self) -> bool:
        """Is this weather, between us and them, rather than something said on purpose?"""
        return self in _PASSING


_PASSING = {
    FailureKind.DNS,
    FailureKind.CONNECT,
    FailureKind.TLS,
    FailureKind.TIMEOUT,
    FailureKind.NETWORK,
    FailureKind.SERVER,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A body, complete and inflated."""

    feed: Feed
    url: str  #: where it came from in the end
    status: int = 200
    body: bytes
    body_hash: str  #: blake2b-128 of `body`, hex
    etag: str | None = None
    last_modified: str | None = None
    fresh_for: timedelta | None = None  #: nothing newer is to be had before; None = not said
    content_type: str = ""
    charset: str = ""  #: as the HTTP header says; "" if it does not
    permanent_url: str = ""  #: end of the leading run of 301 and 308; "" if there was none
    downloaded_bytes: int = 0
    took_s: float = 0.0

    @property
    def partial(self) -> bool:
        """Is it only what is new since the last one? Nothing follows from what is not in it."""
        return self.status == IM_USED

    @property
    def known(self) -> bool:
        """Is it, byte for byte, the body that was taken in last?"""
        return not self.partial and self.body_hash == self.feed.body_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """304: the body we know is still the newest."""

    feed: Feed
    url: str = ""
    etag: str | None = None  #: None = not mentioned, the stored one stays
    last_modified: str | None = None
    fresh_for: timedelta | None = None
    permanent_url: str = ""
    took_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """410: the owner says that the feed will not come back."""

    feed: Feed
    url: str = ""
    took_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """No body that could be used."""

    feed: Feed
    kind: FailureKind
    reason: str  #: for the operator
    status: int = 0  #: of the answer; 0 if there was none
    retry_after: timedelta | None = None  #: the server's wish, between a minute and a day
    site_wide: bool = False  #: 429: every feed of the site should wait
    took_s: float = 0.0


Outcome = Fetched | NotModified | Gone | Failed
