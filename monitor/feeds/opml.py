"""OPML, the lists of feeds that feed readers exchange. Pure: bytes in, feeds out, and back.

Read twice where needed. First strictly, by expat; a DOCTYPE is refused, so that no entity can
unfold or be fetched. What is not well-formed (mostly an `&` or a quote that somebody forgot to
escape) is read again tag by tag: there an attribute's value ends where the next attribute or the
tag's end follows. Nothing is left out silently: every outline is a feed, a folder, or `Unusable`
with its line and a reason.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import format_datetime
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

MAX_BYTES = 5_000_000

_CALLED = re.compile(rb"^\s*<\?xml[^>]*?encoding\s*=\s*[\"']([\w.:-]+)", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)", re.DOTALL)
_TAG = re.compile(r"(?=</?outline\b)", re.IGNORECASE)
_NEXT = re.compile(r"</?(?:body|opml|head)\b", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"([\w:.-]+)\s*=\s*([\"'])(.*?)\2(?=\s+[\w:.-]+\s*=\s*[\"']|\s*/?\s*>?\s*\Z)", re.DOTALL
)
_ENTITY = re.compile(r"&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|(amp|lt|gt|quot|apos));")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """A feed as the list says it."""

    line: int
    url: str
    title: str = ""
    site: str = ""  #: the address of the web site
    language: str = ""  #: as written
    folders: tuple[str, ...] = ()  #: outermost first


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusable:
    """A line that is not a feed, and why."""

    line: int
    what: str  #: its title or address, as far as there is one
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlines:
    """Everything in one list."""

    feeds: tuple[Outline, ...] = ()
    unusable: tuple[Unusable, ...] = ()
    note: str = ""  #: that the file is not well-formed, and where


class NotOpml(ValueError):
    """It is no OPML at all; the message says what it is instead."""


def read(body: bytes) -> Outlines:
    """The feeds in `body`.

    Raises:
        NotOpml: nothing in it can be read.
    """
    if len(body) > MAX_BYTES:
        raise NotOpml(f"is larger than {MAX_BYTES // 1_000_000} MB")
    try:
        return _strictly(body)
    except expat.ExpatError as e:
        where = f"line {e.lineno}, column {e.offset + 1}: {expat.ErrorString(e.code)}"
    found = _tolerantly(_text(body))
    if not found.feeds and not found.unusable:
        raise NotOpml(f"is no OPML ({where})")
    return replace(found, note=f"is not well-formed ({where}); it was read tag by tag")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A feed as it is written into a list."""

    title: str
    url: str
    site: str = ""
    language: str = ""


def write(feeds: Iterable[Shown], *, title: str, at: datetime) -> str:
    """OPML 2.0."""
    outlines = "\n".join(f"    <outline {_attributes(feed)}/>" for feed in feeds)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<opml version="2.0">\n'
        f"  <head>\n    <title>{escape(title)}</title>\n"
        f"    <dateCreated>{format_datetime(at)}</dateCreated>\n  </head>\n"
        f"  <body>\n{outlines}\n  </body>\n</opml>\n"
    )


def _attributes(feed: Shown) -> str:
    said = {"type": "rss", "text": feed.title, "title": feed.title, "xmlUrl": feed.url}
    said |= {"htmlUrl": feed.site, "language": feed.language}
    return " ".join(f"{name}={quoteattr(value)}" for name, value in said.items() if value)


# -- outlines, from whichever reader ---------------------------------------------------------


class _Collector:
    """Takes opening and closing tags; knows the folders that are open."""

    def __init__(self) -> None:
        self.feeds: list[Outline] = []
        self.unusable: list[Unusable] = []
        self._open: list[_Opened] = []

    def start(self, line: int, attributes: Mapping[str, str]) -> None:
        """`<outline ...>`."""
        said = {name.lower(): " ".join(value.split()) for name, value in attributes.items()}
        title = said.get("title") or said.get("text") or ""
        if self._open:
            self._open[-1].empty = False
        url = said.get("xmlurl", "")
        if url:
            self.feeds.append(
                Outline(
                    line=line,
                    url=url,
                    title=title,
                    site=said.get("htmlurl", ""),
                    language=said.get("language", ""),
                    folders=tuple(o.title for o in self._open if o.folder and o.title),
                )
            )
        self._open.append(_Opened(line, title, folder=not url, link=said.get("url", "")))

    def end(self) -> None:
        """`</outline>`."""
        if not self._open:
            return
        last = self._open.pop()
        if last.folder and last.empty:
            hint = "xmlUrl is missing" + (f"; its url is {last.link}" if last.link else "")
            self.cannot(last.line, last.title, hint)

    def cannot(self, line: int, what: str, reason: str) -> None:
        """Something that looks like an outline and is none."""
        self.unusable.append(Unusable(line=line, what=what[:80], reason=reason))

    def found(self) -> Outlines:
        """Everything, in the order of the file."""
        while self._open:
            self.end()
        unusable = tuple(sorted(self.unusable, key=lambda u: u.line))
        return Outlines(feeds=tuple(self.feeds), unusable=unusable)


@dataclass(slots=True)
class _Opened:
    line: int
    title: str
    folder: bool
    link: str
    empty: bool = True


def _strictly(body: bytes) -> Outlines:
    parser, collector = expat.ParserCreate(), _Collector()
    seen: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        seen.append(name.lower()) if not seen else None
        if name.lower() == "outline":
            collector.start(parser.CurrentLineNumber, attributes)

    def end(name: str) -> None:
        if name.lower() == "outline":
            collector.end()

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    parser.Parse(body, True)
    if seen != ["opml"]:
        raise NotOpml(f"is no OPML: it starts with <{seen[0]}>")
    return collector.found()


def _refuse(*_: object) -> None:
    raise NotOpml("holds a DOCTYPE, which is not read here: delete it and try again")


def _tolerantly(text: str) -> Outlines:
    if re.search(r"<!(?:DOCTYPE|ENTITY)\b", text, re.IGNORECASE):
        _refuse()
    collector = _Collector()
    for line, chunk in _chunks(_COMMENT.sub(_lines_only, text)):
        if chunk.startswith("</"):
            collector.end()
            continue
        tag = chunk[: chunk.rfind(">") + 1]
        attributes = {m[1]: _unescaped(m[3]) for m in _ATTRIBUTE.finditer(tag)}
        if not tag or not attributes:
            reason = "its attributes cannot be read" if tag else "the tag is not closed by >"
            collector.cannot(line, " ".join(chunk.split()), reason)
            continue
        collector.start(line, attributes)
        if tag.endswith("/>"):
            collector.end()
    return collector.found()


def _chunks(text: str) -> Iterator[tuple[int, str]]:
    """(line, text from one tag of an outline to the next)."""
    line = 1
    for chunk in _TAG.split(text):
        if chunk.lower().startswith(("<outline", "</outline")):
            yield line, _NEXT.split(chunk, maxsplit=1)[0]
        line += chunk.count("\n")


def _lines_only(found: re.Match[str]) -> str:
    return "\n" * found[0].count("\n")


def _unescaped(value: str) -> str:
    """Only what XML itself names: HTML would make `&copy=1` of an address a sign."""
    return _ENTITY.sub(_character, value)


def _character(found: re.Match[str]) -> str:
    if found[3]:
        return _NAMED[found[3]]
    code = int(found[1]) if found[1] else int(found[2], 16)
    return chr(code) if 32 <= code < 0x110000 and not 0xD800 <= code < 0xE000 else ""


def _text(body: bytes) -> str:
    """In the encoding that it names, else UTF-8; what does not fit becomes a sign."""
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return body.decode("utf-16", errors="replace")
    named = _CALLED.search(body[:200])
    try:
        return body.decode(named[1].decode("ascii") if named else "utf-8-sig", errors="replace")
    except LookupError:
        return body.decode("utf-8-sig", errors="replace")
