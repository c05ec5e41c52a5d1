"""Ordinary feeds, read by expat as feedparser would read them, in a fifteenth of its time. Pure.

    text -> events -> the values that `parse` takes from feedparser, or Odd

feedparser is the authority. This knows the elements that nearly all feeds are made of and what they
do to each other (a second summary is a content; a guid is the link where there is none; the title
of a picture is no title). At anything else it raises Odd, and feedparser is asked: a document that
is not well-formed, a DOCTYPE, markup inside a text, base addresses, encodings within encodings.
"""

import re
from collections.abc import Callable
from typing import Any, Final, NamedTuple
from xml.parsers import expat

from feedparser.datetimes import _parse_date
from feedparser.mixin import _FeedParserMixin
from feedparser.urls import _urljoin

Values = dict[str, Any]  #: as feedparser names them


class Odd(Exception):
    """A document that feedparser must read."""


class Document(NamedTuple):
    """What a feed says."""

    feed: Values
    entries: list[Values]


_NONE = ""
_ATOM, _RSS1 = "http://www.w3.org/2005/atom", "http://purl.org/rss/1.0/"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_XML = "http://www.w3.org/xml/1998/namespace"
_PREFIXES: Final = {
    _NONE: "",
    _ATOM: "",
    _RSS1: "",
    _RDF: "rdf:",
    "http://purl.org/dc/elements/1.1/": "dc:",
    "http://purl.org/dc/terms/": "dcterms:",
    "http://purl.org/rss/1.0/modules/content/": "content:",
    "http://search.yahoo.com/mrss/": "media:",
    "http://search.yahoo.com/mrss": "media:",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes:",
}
# Other namespaces mean nothing, unless they look like one of feedparser's own
_ITS_OWN = {uri.lower(): prefix for uri, prefix in _FeedParserMixin.namespaces.items()}
_READ_ATTRIBUTES: Final = frozenset((
    "type", "mode", "src", "href", "url", "uri", "rel", "ispermalink", "base", "lang", "lastmod",
    "about",
))  # fmt: skip
_TYPES: Final = {
    "text": "text/plain", "plain": "text/plain", "text/plain": "text/plain",
    "html": "text/html", "text/html": "text/html",
}  # fmt: skip
_HTML: Final = frozenset({"text/html", "application/xhtml+xml"})
# What feedparser mends in a text: UTF-8 that was taken for Latin-1, and what Windows puts there
_RECODED: Final = re.compile("[\x80-\x9f]|[\xc2-\xf4][\x80-\xbf]")
_ENTITY: Final = re.compile("&([A-Za-z0-9_]+);")
_IN_IMAGE: Final = frozenset({"title", "link", "description", "url", "href", "width", "height"})
_IN_TEXTINPUT: Final = frozenset({"title", "link", "description", "name"})
_IN_PERSON: Final = frozenset({"name", "uri", "url", "homepage", "email"})
# Elements whose names are those of values, and such that do more than is known here
_REFUSED: Final = frozenset((
    "links", "authors", "author_detail", "title_detail", "summary_detail", "published_parsed",
    "updated_parsed", "created_parsed", "guidislink", "tags", "contributors", "where", "body",
    "fullitem", "abstract", "newlocation", "source_detail", "feedburner_browserfriendly",
))  # fmt: skip


def read(text: str) -> Document:
    """The values of a feed.

    Raises:
        Odd: only feedparser knows
    """
    if "<!DOCTYPE" in text or "<!ENTITY" in text or "<!doctype" in text:
        raise Odd("a DOCTYPE")
    reader = _Reader()
    parser = expat.ParserCreate("utf-8", " ")
    parser.namespace_prefixes = True
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.data
    parser.StartNamespaceDeclHandler = reader.namespace
    try:
        parser.Parse(text.encode("utf-8"), True)
    except (expat.ExpatError, UnicodeEncodeError) as e:
        raise Odd(str(e)) from e
    return Document(reader.feed, reader.entries)


class _Reader:
    """Keeps what feedparser keeps while it goes through a document."""

    def __init__(self) -> None:
        self.feed: Values = {}
        self.entries: list[Values] = []
        self._root = ""
        self._atom = False  #: no type is guessed
        self._declared: set[str] = set()  #: namespaces
        self._names: dict[str, str] = {}  #: as expat gives them -> as they are known here
        self._open: list[str] = []  #: the elements that are open
        self._skipping = 0  #: depth of the picture or search box that is skipped
        self._skipped = _IN_IMAGE  #: what may be in it
        self._texts: list[tuple[str, list[str]]] = []  #: the elements whose text is read
        self._type = ""
        self._languages: list[tuple[int, str]] = []  #: (depth, language) of those that say one
        self._entry: Values | None = None
        self._depths: dict[str, int] = {}  #: of the values of the entry
        self._in_feed = False
        self._title_depth = -1
        self._has_content = False
        self._as_content = False  #: a second summary
        self._guid_is_link = False
        self._source_url = ""
        self._person = ""  #: author, contributor or owner that is open

    # -- events ------------------------------------------------------------------------------

    def namespace(self, _: str | None, uri: str) -> None:
        self._declared.add((uri or "").lower())
        if self._root == "rdf:rdf" and _ATOM in self._declared:
            raise Odd("Atom within RDF")

    def start(self, raw: str, attributes: dict[str, str]) -> None:
        name = self._names.get(raw) or self._named(raw)
        self._open.append(name)
        if self._skipping:
            if name not in self._skipped:
                raise Odd(f"<{name}> in a picture")
            return
        if self._texts and not (self.reading == "author" and name in _IN_PERSON):
            raise Odd(f"<{name}> in a text")
        if not self._root:
            self._begin(name, raw)
        known = self._attributes(attributes) if attributes else {}
        begin = _STARTS.get(name)
        if begin:
            begin(self, known)

    def end(self, _: str) -> None:
        if not self._skipping:
            finish = _ENDS.get(self._open[-1])
            if finish:
                finish(self)
        elif len(self._open) == self._skipping:
            self._skipping = 0
        if self._languages and self._languages[-1][0] == len(self._open):
            self._languages.pop()
        self._open.pop()

    def data(self, text: str) -> None:
        if self._texts:
            self._texts[-1][1].append(text)

    # -- names ---------------------------------------------------------------------------------

    def _named(self, raw: str) -> str:
        parts = raw.split(" ")
        uri, local, prefix = {1: ("", parts[0], ""), 2: (*parts, "")}.get(len(parts)) or parts
        known = _PREFIXES.get(uri.lower())
        local = local.lower()
        if known is not None:
            name = known + local
        else:
            own = _ITS_OWN.get(uri.lower(), prefix.lower())
            if not own or f"{own}:" in _PREFIXES.values() or own in ("xhtml", "gml", "psc"):
                raise Odd(f"{uri} as {prefix or 'the namespace of all'}")
            name = f"{own}_{local}"
        if name in _REFUSED:
            raise Odd(f"<{name}>")
        self._names[raw] = name
        return name

    def _begin(self, name: str, raw: str) -> None:
        atom = name == "feed" and raw.lower().startswith(_ATOM)
        rdf = name == "rdf:rdf" and _RSS1 in self._declared and _ATOM not in self._declared
        if not (atom or rdf or raw == "rss"):
            raise Odd(f"<{raw}> as root")
        self._root, self._atom = name, atom

    def _attributes(self, given: dict[str, str]) -> dict[str, str]:
        known = {}
        for raw, value in given.items():
            uri, _, rest = raw.rpartition(" ")[0].partition(" ") if " " in raw else ("", "", raw)
            name = rest.lower()
            if uri:
                name = self._foreign(uri.lower(), name)
            known[name] = value.lower() if name in ("rel", "type") else value
        if "base" in known or "lastmod" in known:
            raise Odd("a base address, or the times of a channel")
        self._language(known)
        return known

    def _foreign(self, uri: str, name: str) -> str:
        if uri == _XML:
            return "base" if name == "base" else f"xml:{name}"
        if uri == _RDF and name == "about":
            return "rdf:about"
        if name in _READ_ATTRIBUTES:
            raise Odd(f"{name} of {uri}")
        return f"{uri}:{name}"

    def _language(self, known: dict[str, str]) -> None:
        language = known.get("xml:lang", known.get("lang"))
        if language is None:
            return
        self._languages.append((len(self._open), language))
        if language and self._open[-1] in ("feed", "rss"):
            self.feed["language"] = language.replace("_", "-")

    # -- texts ---------------------------------------------------------------------------------

    def read_text(self, name: str) -> None:
        """What stands in this element is read."""
        self._texts.append((name, []))

    def read_content(self, name: str, known: dict[str, str], default: str) -> None:
        """The same of an element that may hold HTML."""
        made = _TYPES.get(known.get("type", default), "")
        if not made or "mode" in known or "src" in known:
            raise Odd(f"{name} of type {known.get('type')}")
        self._type = made
        self.read_text(name)

    def taken(self) -> str:
        """What stands in the element that ends."""
        value = "".join(self._texts.pop()[1]).strip()
        if not value.isascii() and _RECODED.search(value):
            raise Odd("characters in a wrong encoding")
        return value

    def taken_content(self) -> tuple[str, Values]:
        """The same with its type, which RSS does not say and feedparser guesses."""
        value = self.taken()
        guessed = self._type == "text/plain" and not self._atom and ("<" in value or "&" in value)
        if guessed and _FeedParserMixin.looks_like_html(value):
            self._type = "text/html"
        language = self._languages[-1][1].replace("_", "-") if self._languages else ""
        return value, {"type": self._type, "language": language or None}

    @property
    def reading(self) -> str:
        """The innermost element whose text is read."""
        return self._texts[-1][0] if self._texts else ""

    def keep(self, name: str, value: str, detail: Values | None = None) -> None:
        """Store a value; in an entry, one from further down does not replace one from above."""
        entry, depth = self._entry, len(self._open)
        if entry is None:
            self.feed["subtitle" if name == "description" else name] = value
            return
        name = "summary" if name == "description" else name
        if depth <= self._depths.get(name, depth):
            self._depths[name] = depth
            entry[name] = value
        if detail is not None:
            entry[f"{name}_detail"] = detail

    @property
    def _context(self) -> Values:
        return self.feed if self._entry is None else self._entry

    # -- feeds and entries ---------------------------------------------------------------------

    def start_feed(self, known: dict[str, str]) -> None:
        if "href" in known:
            raise Odd("a channel with a link of its own")
        self._in_feed = True

    def end_feed(self) -> None:
        self._in_feed = False

    def start_entry(self, known: dict[str, str]) -> None:
        if self._entry is not None or "href" in known:
            raise Odd("an entry in an entry, or with a link of its own")
        self._entry = {"id": known["rdf:about"]} if known.get("rdf:about") else {}
        self.entries.append(self._entry)
        self._depths = {}
        self._guid_is_link, self._title_depth = False, -1

    def end_entry(self) -> None:
        self._entry, self._has_content = None, False

    def start_skipped(self, _: dict[str, str]) -> None:
        self._title_depth = -1
        if self._entry is not None:
            self.read_text("picture")
            return
        self._skipping = len(self._open)
        self._skipped = _IN_IMAGE if self._open[-1] == "image" else _IN_TEXTINPUT

    def start_dropped(self, _: dict[str, str]) -> None:
        self.read_text("dropped")

    def end_dropped(self) -> None:
        if self._texts:
            self._texts.pop()

    # -- what entries have -----------------------------------------------------------------------

    def start_title(self, known: dict[str, str]) -> None:
        self._somewhere()
        self.read_content("title", known, "text/plain")

    def end_title(self) -> None:
        value, detail = self.taken_content()
        depth = len(self._open)
        if not -1 < self._title_depth <= depth:
            self.keep("title", value, detail)
        if value:
            self._title_depth = depth

    def end_media_title(self) -> None:
        before = self._title_depth
        self.end_title()
        self._title_depth = before

    def start_description(self, known: dict[str, str]) -> None:
        self._somewhere()
        self._start_summary("description", known, "text/html")

    def start_summary(self, known: dict[str, str]) -> None:
        self._start_summary("summary", known, "text/plain")

    def _start_summary(self, name: str, known: dict[str, str], default: str) -> None:
        if "summary" in self._context and not self._has_content:
            self._as_content = True
            self.start_content(known)
        else:
            self.read_content(name, known, default)

    def end_summary(self) -> None:
        if self._as_content:
            self.end_content()
        else:
            name = self.reading
            self.keep(name, *self.taken_content())
        self._as_content = False

    def start_content(self, known: dict[str, str]) -> None:
        self._has_content = True
        self.read_content("content", known, "text/plain")

    def start_encoded(self, known: dict[str, str]) -> None:
        self._has_content = True
        self.read_content("content", known, "text/html")

    def end_content(self) -> None:
        value, detail = self.taken_content()
        if self._entry is not None:
            self._entry.setdefault("content", []).append({**detail, "value": value})
        self._context.setdefault("summary", value)

    def start_link(self, known: dict[str, str]) -> None:
        self._somewhere()
        href = known.get("url", known.get("uri", known.get("href"))) or known.get("href")
        if href is None:
            self.read_text("link")
            return
        rel = known.get("rel", "alternate")
        kind = known.get("type", "text/html")
        if rel == "alternate" and _FeedParserMixin.map_content_type(kind) in _HTML:
            self._context["link"] = _urljoin("", href)

    def end_link(self) -> None:
        if self.reading != "link":
            return
        value = self.taken()
        if value:
            value = _ENTITY.sub(r"&\1", _urljoin("", value).replace("&amp;", "&"))
        self._context["link"] = value

    def start_id(self, known: dict[str, str]) -> None:
        self._guid_is_link = known.get("ispermalink", "true") == "true"
        self.read_text("id")

    def end_id(self) -> None:
        value = self.taken()
        if value and self._guid_is_link:
            value = _urljoin("", value)
        self.keep("id", value)
        if self._guid_is_link:
            self._context.setdefault("link", value)

    def start_source(self, known: dict[str, str]) -> None:
        if self._entry is None:
            raise Odd("a source of no entry")
        self._source_url, self._title_depth = known.get("url", ""), -1
        self.read_text("source")

    def end_source(self) -> None:
        value = self.taken()
        self._context["source"] = {"title": value, "href": self._source_url}

    def start_language(self, _: dict[str, str]) -> None:
        self.read_text("language")

    def end_language(self) -> None:
        self.keep("language", self.taken())

    def start_date(self, _: dict[str, str]) -> None:
        self.read_text(_DATES[self._open[-1]])

    def end_date(self) -> None:
        name = self.reading
        value = self.taken()
        self.keep(name, value)
        self._context[f"{name}_parsed"] = _parse_date(value)

    # -- people --------------------------------------------------------------------------------

    def start_author(self, _: dict[str, str]) -> None:
        self._start_person("author")
        self.read_text("author")
        self._context.setdefault("authors", []).append({})

    def end_author(self) -> None:
        self.keep("author", self.taken())
        self._person = ""
        self._name_author()

    def start_owner(self, _: dict[str, str]) -> None:
        if self._entry is not None:
            raise Odd("the owner of an entry")
        self._start_person("owner")

    def start_contributor(self, _: dict[str, str]) -> None:
        self._start_person("contributor")

    def end_person(self) -> None:
        self._person = ""

    def start_of_person(self, _: dict[str, str]) -> None:
        if self._person == "author":
            self.read_text(self._open[-1])

    def end_of_person(self) -> None:
        if self._person != "author":
            return
        if "@" in self._context.get("author", ""):
            raise Odd("an author with an address before one with a name")
        field, value = self._open[-1], self.taken()
        self._name_author()
        self._context["authors"][-1][field if field in ("name", "email") else "href"] = value

    def _start_person(self, kind: str) -> None:
        if self._person:
            raise Odd("a person within a person")
        self._person = kind

    def _name_author(self) -> None:
        """What is said of the last author becomes its name, or its name is what is said of it."""
        context = self._context
        last, author = context["authors"][-1], context.get("author")
        name, email = last.get("name"), last.get("email")
        if last:
            if name or email:
                context["author"] = f"{name} ({email})" if name and email else name or email
        elif author:
            last["name"] = author

    def _somewhere(self) -> None:
        if self._entry is None and not self._in_feed:
            raise Odd("a text that belongs to nothing")


_DATES: Final = {
    "published": "published", "issued": "published", "pubdate": "published",
    "dcterms:issued": "published",
    "updated": "updated", "modified": "updated", "lastbuilddate": "updated",
    "dc:date": "updated", "dcterms:modified": "updated",
    "created": "created", "dcterms:created": "created",
}  # fmt: skip
_DROPPED: Final = (
    "rights", "copyright", "dc:rights", "subtitle", "tagline", "itunes:subtitle", "info",
)  # fmt: skip
_AUTHORS: Final = ("author", "managingeditor", "dc:creator", "dc:author", "itunes:author")
_Start = Callable[[_Reader, dict[str, str]], None]
_End = Callable[[_Reader], None]
_KNOWN: Final[tuple[tuple[tuple[str, ...], _Start, _End], ...]] = (
    (("channel", "feed"), _Reader.start_feed, _Reader.end_feed),
    (("item", "entry"), _Reader.start_entry, _Reader.end_entry),
    (("image", "textinput"), _Reader.start_skipped, _Reader.end_dropped),
    (_DROPPED, _Reader.start_dropped, _Reader.end_dropped),
    (("title", "dc:title"), _Reader.start_title, _Reader.end_title),
    (("media:title",), _Reader.start_title, _Reader.end_media_title),
    (
        ("description", "dc:description", "media:description"),
        _Reader.start_description,
        _Reader.end_summary,
    ),
    (("summary", "itunes:summary"), _Reader.start_summary, _Reader.end_summary),
    (("content",), _Reader.start_content, _Reader.end_content),
    (("content:encoded",), _Reader.start_encoded, _Reader.end_content),
    (("link",), _Reader.start_link, _Reader.end_link),
    (("guid", "id"), _Reader.start_id, _Reader.end_id),
    (("source",), _Reader.start_source, _Reader.end_source),
    (("language", "dc:language"), _Reader.start_language, _Reader.end_language),
    (tuple(_DATES), _Reader.start_date, _Reader.end_date),
    (_AUTHORS, _Reader.start_author, _Reader.end_author),
    (("itunes:owner",), _Reader.start_owner, _Reader.end_person),
    (("contributor",), _Reader.start_contributor, _Reader.end_person),
    (tuple(_IN_PERSON), _Reader.start_of_person, _Reader.end_of_person),
)
_STARTS: Final = {name: start for names, start, _ in _KNOWN for name in names}
_ENDS: Final = {name: end for names, _, end in _KNOWN for name in names}
