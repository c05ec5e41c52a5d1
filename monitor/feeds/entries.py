"""What a feed said, as parsed and not yet cleaned. Pure."""

from dataclasses import dataclass
from datetime import datetime

from monitor.feeds.wishes import NO_WISHES, Wishes


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry as its feed gave it. Texts are HTML, also where the feed meant plain text."""

    id: str = ""  #: the feed's own name for it: guid, atom:id, rdf:about
    url: str = ""  #: absolute where that was possible
    title: str = ""
    summary: str = ""
    content: str = ""
    author: str = ""
    published_raw: str = ""  #: as written
    published: datetime | None = None  #: as understood; it may be nonsense
    source_name: str = ""  #: who published it first, where an aggregator says so
    source_url: str = ""
    language: str = ""  #: its own or the feed's, as written


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A document that is a feed."""

    title: str = ""  #: HTML too
    entries: tuple[Entry, ...] = ()  #: in document order, mostly newest first
    notes: tuple[str, ...] = ()  #: what is wrong with it and was got over, for the operator
    complete: bool = True  #: False if the end is missing: keep no validators of such a body
    wishes: Wishes = NO_WISHES
