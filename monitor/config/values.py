"""Values of the configuration, from how a person writes them; each says what it expected."""

import re
from collections.abc import Callable
from datetime import timedelta
from email.utils import parseaddr
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator

from monitor.source import check_url, nearest, wrong

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_SIZES = {"B": 1, "KB": 1000, "MB": 1000**2, "GB": 1000**3}
_LONGEST = timedelta(days=366)
_WEEK = timedelta(days=7)
_DIGESTED = timedelta(days=14)  #: a digest looks back so far
# only what any mail server takes without extensions
_ADDRESS = re.compile(
    r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[a-z0-9](?:-*[a-z0-9])*(?:\.[a-z0-9](?:-*[a-z0-9])*)*",
    re.ASCII | re.IGNORECASE,
)
_DAY = r"weekdays|mon(?:day)?|tue(?:sday)?|wed(?:nesday)?|thu(?:rsday)?|fri(?:day)?"
_AT = re.compile(
    rf"(?:(?:{_DAY}|sat(?:urday)?|sun(?:day)?)\s+)?(?:[01]?\d|2[0-3]):[0-5]\d",
    re.ASCII | re.IGNORECASE,
)


def _length(written: Any) -> timedelta:
    if isinstance(written, timedelta):
        return written
    text = str(written).strip()
    found = re.fullmatch(r"([0-9]{1,9}) ?([smhd])", text)
    if not found:
        hint = f"did you mean '{text}m'?" if text.isdecimal() else "units are s, m, h and d"
        raise wrong("expected a duration like 30m", hint)
    return timedelta(seconds=int(found[1]) * _UNITS[found[2]])


def _duration(written: Any) -> timedelta:
    made = _length(written)
    if made > _LONGEST:
        raise wrong("must be at most 366d")
    return made


def _age(written: Any) -> timedelta:
    made = _length(written)
    if made < _DIGESTED:
        raise wrong(f"must be at least {duration_text(_DIGESTED)}", "digests look back so far")
    if made > 100 * _LONGEST:
        raise wrong("must be at most 36600d")
    return made


def _positive(length: timedelta) -> timedelta:
    if not length:
        raise wrong("must be longer than 0s")
    return length


def _asked_weekly(length: timedelta) -> timedelta:
    if length > _WEEK:
        raise wrong("must be at most 7d", "a feed that moves or ends is noticed within a week")
    return length


def duration_text(length: timedelta) -> str:
    """`length` as a person writes it: 90m, 2h."""
    seconds = int(length.total_seconds())
    unit = next(unit for unit in "dhms" if seconds % _UNITS[unit] == 0)
    return f"{seconds // _UNITS[unit]}{unit}"


def _size(written: Any) -> int:
    if isinstance(written, int) and not isinstance(written, bool):
        return written
    found = re.fullmatch(r"([0-9]{1,9}) ?([KMG]?B)", str(written).strip().upper())
    if not found or int(found[1]) == 0:
        raise wrong("expected a size like 10MB", "units are KB, MB and GB")
    return int(found[1]) * _SIZES[found[2]]


def _network(written: Any) -> IPv4Network | IPv6Network:
    try:
        return ip_network(str(written))
    except ValueError:
        raise wrong("expected a network", "as in 10.0.0.0/8 or fd00::/8") from None


def _slow_site(written: Any) -> tuple[str, timedelta]:
    """A domain and the time between two starts there, as in "example.org 60s"."""
    if isinstance(written, tuple):
        return str(written[0]), _length(written[1])
    name, _, gap = str(written).strip().partition(" ")
    if not re.fullmatch(r"([a-z0-9-]+\.)+[a-z0-9-]+", name.lower()) or not gap:
        raise wrong("expected a domain and a duration", "as in reddit.com 60s")
    return name.lower(), _duration(gap)


def _address(text: str) -> str:
    if len(text) > 254 or ".." in text or not _ADDRESS.fullmatch(text):
        raise wrong("expected a mail address", "as in desk@example.org")
    return text


def _host(text: str) -> str:
    if not re.fullmatch(r"[\w.-]+|[0-9a-fA-F:]*::[0-9a-fA-F:.]*", text, re.ASCII):
        raise wrong("expected the name of a server", "the port has its own key")
    return text


def _folder(written: Any) -> Any:
    if written == "":
        raise wrong("is empty", "write a directory, or delete the line")
    return written


def _sender(text: str) -> str:
    _, address = parseaddr(text)
    if not text.isprintable() or not _ADDRESS.fullmatch(address):
        raise wrong("expected a sender", "as in Provision monitor <monitor@example.org>")
    return text


def _contact(text: str) -> str:
    if _ADDRESS.fullmatch(text):
        return text
    try:
        return check_url(text)
    except ValueError:
        hint = "as in https://example.org/monitor or desk@example.org"
        raise wrong("expected a web or mail address", hint) from None


def _public_url(text: str) -> str:
    return check_url(text).rstrip("/")


_zones = cache(available_timezones)


def _zone(name: str) -> str:
    if name not in _zones():
        raise wrong(f"unknown time zone '{name}'", nearest(name, _zones()) or "as in Europe/Berlin")
    return name


def _country(code: str) -> str:
    if code.upper() == "UK":
        raise wrong("expected a country's two capital letters", "write 'GB', or 'UA' for Ukraine")
    if not re.fullmatch("[A-Z]{2}", code):
        hint = f"write '{code.upper()}'" if re.fullmatch("[a-z]{2}", code) else "as in UA or DE"
        raise wrong("expected a country's two capital letters", hint)
    return code


def _database(url: str) -> str:
    # the message never repeats the URL: it may hold a password
    if re.match(r"sqlite:///.|postgresql(\+psycopg)?://.", url):
        return url
    raise wrong(
        "expected a database address", "sqlite:///data/monitor.db or postgresql://user@host/name"
    )


def _proxy(url: str) -> str:
    if not re.fullmatch(r"https?://[^\s/]+/?", url):
        raise wrong("expected a proxy's address", "as in http://proxy.example.org:3128")
    return url


def _heartbeat(url: str) -> str:
    # the message never repeats the address: whoever knows it can send a false sign of life
    try:
        return check_url(url)
    except ValueError:
        hint = "as in https://checks.example.org/ping/monitor"
        raise wrong("expected a web address", hint) from None


def _at(text: str) -> str:
    if not _AT.fullmatch(text.strip()):
        raise wrong("expected a time", "write 07:00, weekdays 07:00 or Mon 08:00")
    return text.strip()


def _or_empty(check: Callable[[str], str]) -> AfterValidator:
    return AfterValidator(lambda text: check(text) if text else text)


Duration = Annotated[timedelta, BeforeValidator(_duration)]
Span = Annotated[Duration, AfterValidator(_positive)]  #: a duration that takes time
Interval = Annotated[Span, AfterValidator(_asked_weekly)]  #: between two visits
Age = Annotated[timedelta, BeforeValidator(_age)]  #: how old something is when it goes
Size = Annotated[int, BeforeValidator(_size)]  #: in bytes
Network = Annotated[IPv4Network | IPv6Network, BeforeValidator(_network)]
SlowSite = Annotated[tuple[str, timedelta], BeforeValidator(_slow_site)]
Address = Annotated[str, AfterValidator(_address)]
Sender = Annotated[str, AfterValidator(_sender)]
Folder = Annotated[Path, BeforeValidator(_folder)]
Zone = Annotated[str, AfterValidator(_zone)]
Country = Annotated[str, AfterValidator(_country)]
Database = Annotated[str, AfterValidator(_database)]
At = Annotated[str, AfterValidator(_at)]  #: as digest.schedule reads it
MaybeAddress = Annotated[str, _or_empty(_address)]
MaybeHost = Annotated[str, _or_empty(_host)]
MaybeContact = Annotated[str, _or_empty(_contact)]
MaybePublicUrl = Annotated[str, _or_empty(_public_url)]
MaybeHeartbeat = Annotated[str, _or_empty(_heartbeat)]
MaybeProxy = Annotated[str, _or_empty(_proxy)]
