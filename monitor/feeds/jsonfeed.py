"""Read a JSON Feed (versions 1 and 1.1). Pure.

Values of the wrong type count as absent: one bad entry must not cost the others.
"""

import json
from datetime import UTC, datetime
from html import escape
from typing import Any

from monitor.errors import NotAFeed
from monitor.feeds.entries import Entry, Parsed
from monitor.feeds.urls import resolve


def read(text: str, *, url: str) -> Parsed:
    """The feed in `text`; raises NotAFeed."""
    document = _document(text)
    listed = document.get("items")
    if not isinstance(listed, list):
        raise NotAFeed("JSON, but not a JSON Feed: it has no list of items")
    entries = [_entry(item, feed=document, url=url) for item in listed if isinstance(item, dict)]
    odd = len(listed) - len(entries)
    return Parsed(
        title=_html(document.get("title")),
        entries=tuple(entries),
        notes=(f"{odd} items are not objects",) if odd else (),
    )


def _document(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as e:
        raise NotAFeed(f"broken JSON: {e}") from e
    if not isinstance(document, dict):
        raise NotAFeed("JSON, but not a JSON Feed: it is not an object")
    return document


def _entry(item: dict[str, Any], *, feed: dict[str, Any], url: str) -> Entry:
    raw = _text(item.get("date_published")) or _text(item.get("date_modified"))
    return Entry(
        id=_text(item.get("id")),
        url=resolve(url, _text(item.get("url")) or _text(item.get("external_url"))),
        title=_html(item.get("title")),
        summary=_html(item.get("summary")),
        content=_text(item.get("content_html")) or _html(item.get("content_text")),
        author=_author(item) or _author(feed),
        published_raw=raw,
        published=_date(raw),
        language=_text(item.get("language")) or _text(feed.get("language")),
    )


def _text(value: object) -> str:
    """Ids are numbers in some feeds, against the rules; True is an int and still no text."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value.strip() if isinstance(value, str) else ""


def _html(value: object) -> str:
    """JSON Feed's plain texts as HTML that shows the same."""
    return escape(_text(value), quote=False)


def _author(thing: dict[str, Any]) -> str:
    authors = thing.get("authors") or [thing.get("author")]  # version 1 had one
    if not isinstance(authors, list):
        return ""
    names = [_html(a.get("name")) for a in authors if isinstance(a, dict)]
    return ", ".join(filter(None, names))


def _date(raw: str) -> datetime | None:
    try:
        date = datetime.fromisoformat(raw)
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
