"""Feeds that are to be watched: which outlet is each of, and what are they called? Pure.

An outlet is found by the name that was given, by its host or site, or by a title that is its name;
only where there is none, one is made. A site says nothing where several outlets are known (the
papers of one house) or many publish (FeedBurner and the like). Of a new outlet only the host is
taken as its own. Nothing here is fetched: a title comes from a list, or there is none.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from unicodedata import normalize
from urllib.parse import urlsplit

from monitor.config.people import same_address
from monitor.feeds.urls import site
from monitor.model import FeedSpec, Outlet
from monitor.source import LANGUAGES, check_url

COLLECTS = frozenset({"news.google.com"})  #: hosts whose feeds collect from many publishers
# sites where anybody may publish: two feeds there are rarely of one outlet
_SHARED = frozenset(
    (
        "feedblitz.com",
        "feedburner.com",
        "feedsportal.com",
        "feedspot.com",
        "github.com",
        "githubusercontent.com",
        "google.com",
        "medium.com",
        "politepol.com",
        "reddit.com",
        "rss.app",
        "substack.com",
        "youtube.com",
    )
)
_PARTS = re.compile(r"\s+(?:[|»›>·•–—:-]+|::)\s+|:\s+")
# parts of titles that name a page, not a publisher
_PAGES = frozenset(
    (
        "all",
        "all news",
        "feed",
        "front page",
        "home",
        "home page",
        "homepage",
        "latest",
        "latest news",
        "news",
        "rss",
        "rss feed",
        "top news",
        "top stories",
        "world",
        "world news",
    )
)
_MACHINE = re.compile(r"^(?:www\d?|feeds?|rss(?:feeds)?|api|m|static|cdn)\.")
_LONGEST_ID = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A feed that somebody wants; everything but the address may be unknown."""

    url: str
    title: str = ""
    site: str = ""  #: address of the web site
    language: str = ""  #: as written somewhere
    outlet: str = ""  #: id, name or alias
    id: str = ""
    every: timedelta | None = None
    aggregator: bool = False


class Refused(ValueError):
    """A wish that cannot be granted; the message says why."""


class Register:
    """Everything that is watched, and what was added to it."""

    def __init__(self, outlets: Iterable[Outlet], feeds: Iterable[FeedSpec]) -> None:
        self.outlets: list[Outlet] = []  #: that were added
        self.feeds: list[FeedSpec] = []  #: that were added
        self._outlets: dict[str, Outlet] = {}
        self._names: dict[str, str] = {}
        self._places: dict[str, set[str]] = {}  #: host or site -> outlets that are there
        self._feeds: dict[str, str] = {}
        self._addresses: dict[str, str] = {}
        for outlet in outlets:
            self._know_outlet(outlet)
        for feed in feeds:
            self._know_feed(feed)

    def known(self, url: str) -> str:
        """The id of the feed with this address, however it is spelt; "" if there is none."""
        return self._addresses.get(same_address(url), "")

    def add(self, wish: Wish) -> FeedSpec:
        """A feed for `wish`, and an outlet where there is none yet.

        Raises:
            Refused: the address is none, or is watched; the id is taken.
        """
        url = _address(wish.url)
        if other := self.known(url):
            raise Refused(f"is watched already, as feed '{other}'")
        if wish.id and wish.id in self._feeds:
            raise Refused(f"there is a feed '{wish.id}' already ({self._feeds[wish.id]})")
        language = _language(wish.language)
        aggregator = wish.aggregator or (not wish.outlet and urlsplit(url).hostname in COLLECTS)
        outlet = "" if aggregator else self._outlet(replace(wish, url=url)).id
        feed = FeedSpec(
            id=wish.id or self._feed_id(wish.title, outlet, language),
            url=url,
            outlet=outlet,
            aggregator=aggregator,
            language=language,
            every=wish.every,
        )
        self._know_feed(feed)
        self.feeds.append(feed)
        return feed

    def _outlet(self, wish: Wish) -> Outlet:
        home = _host(wish.site) or _host(wish.url)
        if wish.outlet:
            found = self._outlets.get(wish.outlet) or self._named(wish.outlet)
            return found or self._new_outlet(wish.outlet, home)
        name = _brand(wish.title, home)
        found = self._at(home) or self._at(_own_site(wish.site)) or self._at(_own_site(wish.url))
        found = found or self._named(wish.title) or self._named(name)
        return found or self._new_outlet(name or home or urlsplit(wish.url).hostname or "", home)

    def _at(self, place: str) -> Outlet | None:
        there = self._places.get(place, set())
        return self._outlets[min(there)] if len(there) == 1 else None

    def _named(self, name: str) -> Outlet | None:
        return self._outlets.get(self._names.get(_folded(name), ""))

    def _new_outlet(self, name: str, home: str) -> Outlet:
        id_ = _free(_slug(name) or _slug(home) or "outlet", self._outlets)
        alias = (home,) if home and home not in self._names and home != _folded(name) else ()
        outlet = Outlet(id=id_, name=name, aliases=alias)
        self._know_outlet(outlet)
        self.outlets.append(outlet)
        return outlet

    def _feed_id(self, title: str, outlet: str, language: str) -> str:
        wanted = _slug(title) or "-".join(filter(None, (outlet or "feed", language)))
        return _free(wanted, self._feeds)

    def _know_outlet(self, outlet: Outlet) -> None:
        self._outlets[outlet.id] = outlet
        for name in (outlet.name, *outlet.aliases):
            self._names.setdefault(_folded(name), outlet.id)
            if "." in name and " " not in name:
                self._places.setdefault(name.casefold(), set()).add(outlet.id)

    def _know_feed(self, feed: FeedSpec) -> None:
        self._feeds[feed.id] = feed.url
        self._addresses[same_address(feed.url)] = feed.id
        new = feed.outlet in {outlet.id for outlet in self.outlets}
        places = {_host(feed.url)} if new else {_host(feed.url), _own_site(feed.url)}
        for place in places - {""}:
            if feed.outlet:
                self._places.setdefault(place, set()).add(feed.outlet)


def _address(url: str) -> str:
    """Some lists write feed://host/path or feed:https://host/path."""
    url = re.sub(r"^feed:(?=https?:)", "", url.strip(), flags=re.IGNORECASE)
    url = re.sub(r"^feed://", "https://", url, flags=re.IGNORECASE)
    try:
        return check_url(url)
    except ValueError:
        raise Refused("is no web address: it starts with https:// and has no blanks") from None


def _own_site(url: str) -> str:
    """The site of `url`; "" where many publish, and for what is no public name."""
    where = site(url)
    return "" if where in _SHARED or ":" in where else where


def _host(url: str) -> str:
    """The host without what only says what kind of machine it is."""
    host = urlsplit(url).hostname or "" if _own_site(url) else ""
    return _MACHINE.sub("", host) if host != _own_site(url) else host


def _brand(title: str, home: str) -> str:
    """The part of `title` that names the publisher: the one like its domain, else the first."""
    parts = [p.strip(" .") for p in _PARTS.split(title) if p.strip(" .")]
    label = _squashed(home.split(".")[0])
    for part in parts:
        squashed = _squashed(part)
        if label and len(squashed) > 2 and (label in squashed or squashed in label):
            return part
    return next((p for p in parts if _folded(p) not in _PAGES), "")


def _language(written: str) -> str:
    """Two letters that are a language; lists say en-us, EN, or nonsense."""
    short = re.split("[-_]", written.strip().lower())[0]
    return short if short in LANGUAGES else ""


def _slug(name: str) -> str:
    """`name` as an id; "" where it has no letter of the Latin alphabet."""
    ascii_ = normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub("[^a-z0-9]+", "-", ascii_).strip("-")[:48].rstrip("-")


def _free(wanted: str, taken: Iterable[str]) -> str:
    ids, number, id_ = set(taken), 1, wanted[:_LONGEST_ID]
    while id_ in ids:
        number += 1
        id_ = f"{wanted[: _LONGEST_ID - 6]}-{number}"
    return id_


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())


def _squashed(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())
