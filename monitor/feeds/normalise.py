"""Entries to items: what identifies them, what is kept of them. Pure.

Identity is where news gets lost or doubled. The key of an item is its guid, or its link, or what it
says. Feeds break every promise about these, so

* a key that several entries of one document share names none of them: all get their link behind it,
  or a hash of what they say where the links are one too. Never their position, which shifts.
* a feed may change all its guids at once: `alt_key`, the link without its changeable parts, is a
  second chance (see `revisions`). One that several entries share is none.
"""

from base64 import b32encode
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from monitor.feeds import urls
from monitor.feeds.entries import Entry
from monitor.feeds.wishes import NO_WISHES, Wishes
from monitor.model import Drop, FeedSpec, Item
from monitor.text import plain, squeeze

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)  #: older dates are placeholders: year 1, 1970
AHEAD = timedelta(hours=24)  #: a wrong time zone explains this much future, no more
FRESH = timedelta(hours=24)  #: how old news of a feed's first fetch may be
TITLE_WORDS = 12  #: of the text, for entries without a title
TITLE_CHARACTERS = 100  #: the same where words have no spaces between them
KEY_CHARACTERS = 300  #: a longer key is shortened by a hash; indexes have limits


@dataclass(frozen=True, slots=True)
class EntrySource:
    """Who published an aggregator's entry first, as plain text."""

    name: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Normalised:
    """What one document comes to."""

    items: tuple[Item, ...] = ()  #: oldest first
    drops: tuple[Drop, ...] = ()
    sources: Mapping[str, EntrySource] = field(default_factory=dict)  #: by Item.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What a document comes to."""

    title: str = ""
    notes: tuple[str, ...] = ()
    complete: bool = True
    wishes: Wishes = NO_WISHES
    items: tuple[Item, ...] = ()
    drops: tuple[Drop, ...] = ()
    sources: Mapping[str, EntrySource] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Draft:
    """An item on its way to its key."""

    item: Item
    link: str  #: with its fragment, which may be all that tells two entries apart
    source: EntrySource


def normalise(entries: Iterable[Entry], *, feed: FeedSpec, now: datetime) -> Normalised:
    """Clean the entries of one document that is seen at `now`."""
    home = urls.site(feed.url)
    drafts = [_draft(e, feed=feed, home=home, now=now) for e in entries]
    drops = [Drop(reason="empty", feed=feed.id) for d in drafts if d is None]
    kept, repeated = _without_repetitions([d for d in drafts if d is not None])
    named = _without_shared_alternates(_with_own_keys(kept))
    return Normalised(
        items=_oldest_first([d.item for d in named]),
        drops=(*drops, *repeated),
        sources={d.item.id: d.source for d in named if d.source.name or d.source.url},
    )


def first_fetch(
    items: Iterable[Item], *, now: datetime, fresh_for: timedelta = FRESH
) -> tuple[Item, ...]:
    """Mark as archived what was in a new feed already: kept and matched, never announced.

    News is what says that it is younger than `fresh_for`. An undated item is news where the item
    before it (oldest first) is, for it can only be younger; in a feed without dates none is. So a
    new feed never floods a digest, nothing of it is lost to searches, and from the second fetch on
    every item that appears is news by appearing.
    """
    marked = []
    fresh = False
    for item in items:
        if item.published is not None:
            fresh = item.published > now - fresh_for
        marked.append(item if fresh else replace(item, archived=True))
    return tuple(marked)


def sane(published: datetime | None, *, now: datetime) -> datetime | None:
    """`published` if it can be true, else None: no date is better than an invented one."""
    if published is None or not EARLIEST <= published <= now + AHEAD:
        return None
    return published


def item_id(feed: str, key: str) -> str:
    """Stable over polls and runs: 16 characters of a-z and 2-7."""
    return b32encode(blake2b(_bytes(feed, key), digest_size=10).digest()).decode().lower()


def under_its_link(item: Item) -> Item:
    """`item` under a key of its own, where the one it has is that of another report."""
    key = _short(f"{item.key}|{item.url}")
    return replace(item, key=key, id=item_id(item.feed, key))


def _draft(entry: Entry, *, feed: FeedSpec, home: str, now: datetime) -> _Draft | None:
    """None for an entry that says nothing at all."""
    title, text = plain(entry.title), _longer(plain(entry.summary), plain(entry.content))
    guid, link = squeeze(entry.id), squeeze(entry.url)
    if not (title or text or link):
        return None
    url = urls.canonical(link)
    content_hash = _hash(url, title, text)
    key = guid or link or _hash(*([title, entry.published_raw] if title else [content_hash]))
    item = Item(
        id="",
        feed=feed.id,
        key=_short(key),
        alt_key=_short(urls.alternate(link or guid, home="" if feed.aggregator else home)),
        url=url,
        outlet=feed.outlet,
        language=_language(feed.language) or _language(entry.language),
        title=title or _first_words(text) or link,
        text=text,
        author=plain(entry.author),
        published=sane(entry.published, now=now),
        first_seen=now,
        content_hash=content_hash,
    )
    return _Draft(
        item, link, EntrySource(plain(entry.source_name), urls.canonical(entry.source_url))
    )


def _without_repetitions(drafts: Sequence[_Draft]) -> tuple[list[_Draft], list[Drop]]:
    """The first of entries that are one for a reader: the same page, the same words."""
    kept: dict[tuple[str, ...], _Draft] = {}
    drops = []
    for draft in drafts:
        item = draft.item
        same = kept.setdefault(_sameness(draft), draft)
        if same is not draft:
            drops.append(Drop(reason="repeated", feed=item.feed, detail=item.title[:200]))
    return list(kept.values()), drops


def _sameness(draft: _Draft) -> tuple[str, ...]:
    """Collected feeds list one article under several guids and tracking parameters.

    A fragment tells the entries of a live blog apart; where there is no link, only the guid does.
    """
    words = draft.item.content_hash
    if draft.item.url:
        return draft.item.url, draft.link.partition("#")[2], words
    return draft.item.key, draft.link, words


def _with_own_keys(drafts: Sequence[_Draft]) -> list[_Draft]:
    """Every key once, and the id that follows from it."""
    by_link = [d if alone else _suffixed(d, _link_suffix(d)) for d, alone in _told_apart(drafts)]
    by_hash = [
        d if alone else _suffixed(d, d.item.content_hash) for d, alone in _told_apart(by_link)
    ]
    return [replace(d, item=replace(d.item, id=item_id(d.item.feed, d.item.key))) for d in by_hash]


def _told_apart(drafts: Sequence[_Draft]) -> list[tuple[_Draft, bool]]:
    """Each with whether its key is its own."""
    counts = Counter(d.item.key for d in drafts)
    return [(d, counts[d.item.key] == 1) for d in drafts]


def _link_suffix(draft: _Draft) -> str:
    return draft.link if draft.link not in ("", draft.item.key) else draft.item.content_hash


def _suffixed(draft: _Draft, suffix: str) -> _Draft:
    return replace(draft, item=replace(draft.item, key=_short(f"{draft.item.key}|{suffix}")))


def _without_shared_alternates(drafts: Sequence[_Draft]) -> list[_Draft]:
    counts = Counter(d.item.alt_key for d in drafts)
    return [
        d if counts[d.item.alt_key] == 1 else replace(d, item=replace(d.item, alt_key=""))
        for d in drafts
    ]


def _oldest_first(items: Sequence[Item]) -> tuple[Item, ...]:
    """Document order reversed, then by date; an undated item stays behind its older neighbour."""
    at = EARLIEST
    dated = []
    for item in reversed(items):
        at = item.published or at
        dated.append((at, item))
    return tuple(item for _, item in sorted(dated, key=lambda pair: pair[0]))


def _longer(summary: str, content: str) -> str:
    return content if len(content) > len(summary) else summary


def _first_words(text: str) -> str:
    words = text.split()
    head = " ".join(words[:TITLE_WORDS])[:TITLE_CHARACTERS]
    return head if len(head) == len(text) else f"{head} …"


def _language(tag: str) -> str:
    """The two letters of en-GB, zh_Hans, "de, en"; "" for what is no such tag."""
    code = tag.strip().lower().replace("_", "-").partition("-")[0].partition(",")[0]
    return code if len(code) == 2 and code.isascii() and code.isalpha() else ""


def _short(key: str) -> str:
    return key if len(key) <= KEY_CHARACTERS else f"{key[: KEY_CHARACTERS - 40]}#{_hash(key)}"


def _hash(*parts: str) -> str:
    return blake2b(_bytes(*parts), digest_size=16).hexdigest()


def _bytes(*parts: str) -> bytes:
    return "\0".join(parts).encode("utf-8", "replace")
