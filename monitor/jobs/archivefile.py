"""Archives of old news: files of JSON lines, also gzipped, and the items that their lines come to.

A line has a title, and as far as known url, summary, published, source, lang, seen. Whoever asks
gets good lines in the order of the news, and of each bad one what is wrong with it.
"""

import gzip
import json
import re
import shutil
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from errno import EIO
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO
from unicodedata import normalize

from monitor.feeds.normalise import KEY_CHARACTERS, EntrySource, item_id, sane
from monitor.feeds.outlets import Outlets
from monitor.feeds.urls import canonical, site
from monitor.model import Item, Outlet
from monitor.text import plain, squeeze

_NAMES = ("url", "title", "summary", "published", "source", "lang", "seen")
_LANGUAGE = re.compile(r"([a-z]{2})(?:[-_].*)?")
_NOT_IN_IDS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of an archive, understood."""

    title: str  #: plain text
    url: str = ""  #: as it came
    summary: str = ""  #: as it came
    source: str = ""  #: plain text
    language: str = ""
    published: datetime | None = None
    first_seen: datetime
    day: date | None = None  #: the line's own, however odd; nothing of it depends on today


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that was not taken, and what to write instead."""

    number: int  #: 1-based
    reason: str


@dataclass(frozen=True, slots=True)
class Lines:
    """Where the good lines of a file begin, in order of `seen`, and what is wrong with others."""

    offsets: tuple[int, ...]
    bad: tuple[BadLine, ...]


def read_line(raw: bytes, *, now: datetime) -> Line:
    """Understand one line.

    Raises:
        ValueError: it says what is wrong, and what to write instead.
    """
    said = _fields(raw)
    title = plain(said["title"])
    if not title:
        raise ValueError("title is missing")
    seen = _moment(said, "seen")
    if seen and (sane(seen, now=now) is None or seen > now):
        raise ValueError(f"seen: {said['seen']!r} is no moment of the past")
    said_published = _moment(said, "published")
    published = sane(said_published, now=seen or now)
    dated = said_published or seen
    language = _LANGUAGE.fullmatch(said["lang"].strip().lower())
    return Line(
        title=title,
        url=said["url"],
        summary=said["summary"],
        source=plain(said["source"]),
        language=language[1] if language else "",
        published=published,
        first_seen=seen or min(published or now, now),
        day=dated.date() if dated else None,
    )


def _fields(raw: bytes) -> dict[str, str]:
    try:
        said = json.loads(raw)
    except (ValueError, RecursionError) as e:
        raise ValueError(f"not JSON: {e}") from None
    if not isinstance(said, dict):
        raise ValueError('not an object; write {"title": "...", "url": "..."}')
    found = {name: said.get(name) for name in _NAMES}
    for name, value in found.items():
        if not isinstance(value, str | None):
            raise ValueError(f'{name} must be a text; write it as "{name}": "..."')
    return {name: value or "" for name, value in found.items()}


def _moment(said: Mapping[str, str], name: str) -> datetime | None:
    if not (written := said[name].strip()):
        return None
    try:
        at = datetime.fromisoformat(written)
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise ValueError(
            f"{name}: {written!r} is no date; write it as 2025-11-24T07:00:00Z"
        ) from None


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """`path` to read from any place; what is gzipped is unpacked into a temporary file.

    Raises:
        OSError: it cannot be read, or its end is missing.
    """
    with ExitStack() as stack:
        file: IO[bytes] = stack.enter_context(path.open("rb"))
        if file.read(2) == b"\x1f\x8b":
            file.seek(0)
            unpacked = stack.enter_context(TemporaryFile())
            _unpack(file, unpacked, path)
            file = unpacked
        file.seek(0)
        yield file


def _unpack(file: IO[bytes], target: IO[bytes], path: Path) -> None:
    try:
        with gzip.open(file) as packed:
            shutil.copyfileobj(packed, target)
    except (EOFError, zlib.error):
        raise OSError(EIO, "damaged, or its end is missing", str(path)) from None


def list_lines(file: IO[bytes], *, now: datetime) -> Lines:
    """Judge every line, and put the good ones in order of `seen`.

    Items get their numbers, and stories their first item, in the order of the news, whatever the
    order of the file. Only places are kept in memory.
    """
    good: list[tuple[float, int]] = []
    bad = []
    offset = 0
    for number, raw in enumerate(file, start=1):
        if raw.strip():
            try:
                good.append((read_line(raw, now=now).first_seen.timestamp(), offset))
            except ValueError as e:
                bad.append(BadLine(number, str(e)))
        offset += len(raw)
    return Lines(tuple(offset for _, offset in sorted(good)), tuple(bad))


def batches(
    file: IO[bytes], offsets: Iterable[int], *, size: int, now: datetime
) -> Iterator[list[Line]]:
    """The lines at `offsets`, `size` at a time."""
    places = iter(offsets)
    while some := list(islice(places, size)):
        batch = []
        for offset in some:
            file.seek(offset)
            batch.append(read_line(file.readline(), now=now))
        yield batch


# -- items -----------------------------------------------------------------------------------


def feed_of(source: str, url: str) -> str:
    """The id of the never-polled feed that an item belongs to: one for each source.

    It depends on nothing but the line: with the outlet in it, an alias that a person adds would
    make the same archive look new.
    """
    name = normalize("NFKC", source).casefold() or site(url)
    return f"import-{_NOT_IN_IDS.sub('-', name).strip('-')[:60] or 'unnamed'}"


def item_of(line: Line, outlets: Outlets) -> tuple[Item, Outlet]:
    """The item that a line comes to, and whose it is."""
    url = canonical(squeeze(line.url))
    feed, identity = feed_of(line.source, url), url or f"{line.title}|{line.day or ''}"
    if len(identity) > KEY_CHARACTERS:  # an index has limits
        identity = f"{identity[: KEY_CHARACTERS - 40]}#{item_id('', identity)}"
    outlet = outlets.of(EntrySource(line.source) if line.source else None, url)
    item = Item(
        id=item_id(feed, identity),
        feed=feed,
        key=identity,
        url=url,
        outlet=outlet.id,
        language=line.language,
        title=line.title,
        text=plain(line.summary),
        published=line.published,
        first_seen=line.first_seen,
        archived=True,
    )
    return item, outlet
