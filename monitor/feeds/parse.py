"""Bytes to entries. Pure; this and `strict` are the only modules that know feedparser.

feedparser is the authority on what feeds are like, with its two HTML passes off (they are four
fifths of its time; `monitor.text` cleans what is kept). What nine of ten feeds are, `strict` reads
as feedparser would, in a fraction of the time.
"""

import re
from calendar import timegm
from datetime import UTC, datetime
from io import BytesIO
from time import struct_time
from typing import Any

import feedparser

from monitor.errors import NotAFeed
from monitor.feeds import jsonfeed, strict
from monitor.feeds.charset import decoded
from monitor.feeds.entries import Entry, Parsed
from monitor.feeds.urls import resolve
from monitor.feeds.wishes import wishes

__all__ = ["Entry", "Parsed", "parse", "quickly"]

_DECLARATION = '<?xml version="1.0" encoding="utf-8"?>'
_ROOT = re.compile(r"<([A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)")
_END = re.compile(r"</\s*([\w.-]+:)?(rss|feed|rdf|channel|xml)\s*>$", re.I)
# What may stand around the root element. Cut off one by one: a single expression for several of
# these takes exponential time on a document made of comments.
_OPENINGS = {"<?": "?>", "<!--": "-->", "<!doctype": ">"}
_HEAD_CHARACTERS = 4096
_LISTED = re.compile(r"<([\w.-]+:)?(item|entry)\b", re.I)
_ENDS_ENTRY = re.compile(r"</(?:[\w.-]+:)?(?:item|entry)\b", re.I)
_PLACE = re.compile(r"^<unknown>:(\d+):(\d+): ")
_WALLS = {  # what stands in front of a feed, by words in the first part of its page
    "a challenge page": r"just a moment|captcha|cf[-_]chl|challenge-platform|are you (a )?human"
    r"|checking your browser|enable javascript|access denied|request blocked|ddos",
    "a login page": r"type=[\"']?password|log ?in|sign ?in|anmelden|connexion|iniciar sesi|войти",
    "a page about consent": r"cookie|consent|gdpr",
    "an error page": r"not found|page introuvable|nicht gefunden|maintenance|unavailable|error",
}


def parse(body: bytes, *, url: str, content_type: str) -> Parsed:
    """Read RSS, RDF, Atom, CDF or JSON Feed that came from `url`.

    Raises:
        NotAFeed: it is something else; the message says what
    """
    text, notes = decoded(body, content_type=content_type)
    if not text.strip():
        raise NotAFeed("an empty body")
    says_json = "json" in content_type.lower() and not text.startswith("<")
    if says_json or text.startswith("{"):
        return jsonfeed.read(text, url=url)
    if _root(text) in ("html", "head", "body"):
        raise NotAFeed(_page(text))
    return _read_xml(text, url=url, notes=notes)


def quickly(body: bytes, *, url: str, content_type: str) -> Parsed | None:
    """What `parse` says of an ordinary feed, in time that is linear in it; None of all else."""
    text, notes = decoded(body, content_type=content_type)
    try:
        return _read_ordinary(text, url=url, notes=notes)
    except strict.Odd:
        return None


def _read_ordinary(text: str, *, url: str, notes: tuple[str, ...]) -> Parsed:
    found = strict.read(text)
    language = str(found.feed.get("language", ""))
    return Parsed(
        title=str(found.feed.get("title", "")),
        entries=tuple(_entry(e, url=url, language=language) for e in found.entries),
        notes=notes,
        complete=_is_complete(text),
        wishes=wishes(text),
    )


def _read_xml(text: str, *, url: str, notes: tuple[str, ...]) -> Parsed:
    try:
        return _read_ordinary(text, url=url, notes=notes)
    except strict.Odd:
        return _read_anything(text, url=url, notes=notes)


def _read_anything(text: str, *, url: str, notes: tuple[str, ...]) -> Parsed:
    result = _feedparser(text)
    complete = _is_complete(text)
    problem = _problem(result)
    broken = problem and (not complete or _LISTED.search(text))
    if not result.entries and (not result.version or broken):
        raise NotAFeed(_what_it_is(text, problem))
    language = str(result.feed.get("language", ""))
    entries, torn = result.entries, not complete and _is_torn(text)
    if torn:  # without its guid, or with half a link, it would come back whole as another one
        entries, notes = (
            entries[:-1],
            (*notes, "cut off in its last entry, which is left for later"),
        )
    return Parsed(
        title=str(result.feed.get("title", "")),
        entries=tuple(_entry(e, url=url, language=language) for e in entries),
        notes=notes + ((f"not well-formed: {problem}",) if problem else ()),
        complete=complete,
        wishes=wishes(text),
    )


def _is_complete(text: str) -> bool:
    return _END.search(_without_comments_behind(text[-1000:])) is not None


def _is_torn(text: str) -> bool:
    """Does the text end within an entry?"""
    start = max((m.end() for m in _LISTED.finditer(text)), default=-1)
    ends = text.find(">", start)
    alone = ends > 0 and text[ends - 1] == "/"  # <item href="..."/>
    return start >= 0 and not alone and _ENDS_ENTRY.search(text, start) is None


def _feedparser(text: str) -> Any:
    """feedparser's result for this text and nothing else.

    Only ever BytesIO: bytes are tried as the name of a local file first, a str as a URL. The URL is
    not handed on: feedparser would put it in front of every guid that is not one, and an item's
    name would change with the feed's address.
    """
    if not text.startswith("<?xml"):  # feedparser would add it as a line of its own, and miscount
        text = _DECLARATION + text
    return feedparser.parse(  # noqa: TID251 - this is the wrapper
        BytesIO(text.encode("utf-8", "replace")),
        response_headers={"content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,
        resolve_relative_uris=False,
    )


def _problem(result: Any) -> str:
    """What is wrong with the document, apart from its charset and media type; "" if nothing is."""
    error = result.get("bozo_exception")
    harmless = (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType)
    if not result.bozo or isinstance(error, harmless):
        return ""
    reason = " ".join(str(error).split())[:200] or type(error).__name__
    return _PLACE.sub(r"line \1, column \2: ", reason)


def _entry(e: Any, *, url: str, language: str) -> Entry:
    raw, published = _published(e)
    source = e.get("source") or {}
    return Entry(
        id=_text(e.get("id")),
        url=resolve(url, _text(e.get("link"))),
        title=_value(e, "title"),
        summary=_value(e, "summary"),
        content=_content(e),
        author=_text(e.get("author")),
        published_raw=raw,
        published=published,
        source_name=_text(source.get("title")),
        source_url=resolve(url, _text(source.get("href") or source.get("link"))),
        language=_text(e.get("language") or _detail(e, "title").get("language")) or language,
    )


def _published(e: Any) -> tuple[str, datetime | None]:
    """The first of its dates that can be read, as written and as a time in UTC."""
    # dict.get, because feedparser's own answers "updated" with "published", and warns about it
    dates = [
        (_text(dict.get(e, name)), _utc(dict.get(e, f"{name}_parsed")))
        for name in ("published", "updated", "created")
    ]
    given = [(raw, date) for raw, date in dates if raw]
    return next((d for d in given if d[1]), given[0] if given else ("", None))


def _utc(t: struct_time | None) -> datetime | None:
    try:
        return datetime.fromtimestamp(timegm(t), UTC) if t else None
    except (ValueError, OverflowError, OSError):  # year 0, year 10000
        return None


def _content(e: Any) -> str:
    """The longest of several: some feeds give a teaser and the article, or HTML and plain text."""
    return max((_as_html(c) for c in e.get("content") or ()), key=len, default="")


def _value(e: Any, name: str) -> str:
    return _as_html({**_detail(e, name), "value": e.get(name)})


def _as_html(detail: dict[str, Any]) -> str:
    """Where the feed says plain text, a `<` is a character and no tag."""
    value = _text(detail.get("value"))
    return value.replace("<", "&lt;") if detail.get("type") == "text/plain" else value


def _detail(e: Any, name: str) -> dict[str, Any]:
    return e.get(f"{name}_detail") or {}


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


# what a page begins with whose author left <html> out, as HTML allows
_PAGE_ROOTS = {"html", "head", "title", "meta", "body", "script", "div", "p", "h1", "center"}


def _what_it_is(text: str, problem: str) -> str:
    """For the operator: what came in the place of a feed."""
    root, head = _root(text), text[:_HEAD_CHARACTERS].lower()
    if root in _PAGE_ROOTS or "<!doctype html" in head or (not root and "<html" in head):
        return _page(text)
    if not root:
        return "plain text"
    if root in ("rss", "feed", "rdf", "channel"):
        return f"a feed broken before its first entry: {problem or 'it has no version'}"
    return f"XML, but not a feed: <{root}>"


def _root(text: str) -> str:
    """The name of the first element, in lower case and without prefix; "" if none is near."""
    head = text[:_HEAD_CHARACTERS].lstrip()
    while closing := next((c for o, c in _OPENINGS.items() if head.lower().startswith(o)), ""):
        before, found, head = head.partition(closing)
        if "[" in before and closing == ">":  # a DOCTYPE with declarations of its own inside
            head = head.partition("]")[2].partition(">")[2]
        if not found:
            return ""
        head = head.lstrip()
    root = _ROOT.match(head)
    return root[2].lower() if root else ""


def _without_comments_behind(text: str) -> str:
    text = text.rstrip()
    while text.endswith("-->"):
        text = text.rpartition("<!--")[0].rstrip()
    return text


def _page(text: str) -> str:
    head = text[:20_000]
    for name, words in _WALLS.items():
        if re.search(words, head, re.IGNORECASE):
            return f"{name} (HTML)"
    return "an HTML page"
