"""What the headers of an answer say about asking again. Pure.

Validators are opaque and kept byte for byte; times are counted by the server's own clock.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

Raw = Sequence[tuple[bytes, bytes]]  #: the headers as they came

SHORTEST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(days=1)
AHEAD = timedelta(days=1)  #: a document that was changed later than this has a wrong date


def validators(headers: Raw, *, now: datetime | None) -> tuple[str | None, str | None]:
    """(ETag, Last-Modified) as sent; neither where the server forbids to keep the answer.

    A Last-Modified in the future is none: until then, whatever changes would be a 304.
    """
    if "no-store" in _text(headers, b"cache-control").lower():
        return None, None
    changed = _http_date(_text(headers, b"last-modified"))
    at = _http_date(_text(headers, b"date")) or now
    if changed and at and changed > at + AHEAD:
        return _raw(headers, b"etag"), None
    return _raw(headers, b"etag"), _raw(headers, b"last-modified")


def retry_after(headers: Raw, *, now: datetime | None) -> timedelta | None:
    """Seconds, or a date as seen by the server's clock; None for what is neither."""
    value = _text(headers, b"retry-after")
    if _is_number(value):
        # nine digits are 30 years, and more would be no number of seconds at all
        return _sane_wait(timedelta(seconds=int(value[:9])))
    until = _http_date(value)
    at = _http_date(_text(headers, b"date")) or now
    return _sane_wait(until - at) if until and at else None


def fresh_for(headers: Raw) -> timedelta | None:
    """For how long nothing newer is to be had there; zero: ask at any time; None: not said."""
    said = {
        name.strip().lower(): value.strip(' "')
        for name, _, value in (
            part.partition("=") for part in _text(headers, b"cache-control").split(",")
        )
    }
    if said.keys() & {"no-cache", "no-store"}:
        return timedelta(0)
    if _is_number(said.get("max-age", "")):
        age = _text(headers, b"age")
        old = int(age[:9]) if _is_number(age) else 0
        return timedelta(seconds=max(int(said["max-age"][:9]) - old, 0))
    return _until_expiry(headers)


def _until_expiry(headers: Raw) -> timedelta | None:
    expires, at = _text(headers, b"expires"), _http_date(_text(headers, b"date"))
    if not expires or not at:
        return None
    until = _http_date(expires)  # "0", and whatever is no date, is the past
    return max(until - at, timedelta(0)) if until else timedelta(0)


def _is_number(value: str) -> bool:
    return value.isascii() and value.isdigit()


def _sane_wait(wait: timedelta) -> timedelta:
    return min(max(wait, SHORTEST_WAIT), LONGEST_WAIT)


def _raw(headers: Raw, name: bytes) -> str | None:
    """Latin-1 gives every byte back; httpx would guess at an encoding."""
    values = (value for key, value in headers if key.lower() == name)
    return next((value.decode("latin-1") for value in values if value), None)


def _text(headers: Raw, name: bytes) -> str:
    """All of its values, as one list."""
    return ", ".join(v.decode("latin-1").strip() for key, v in headers if key.lower() == name)


def _http_date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
