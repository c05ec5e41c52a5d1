"""Is this item new, the same, or a new state of one we know? Pure.

Lost news and double mail both begin here. Requirements: an edited item is one item with a higher
revision; a feed that changes its guids does not flood anybody; and two reports are never taken for
one, because the second would then be lost. In doubt an item is new: a twin is grouped with the
first by its story later, a lost report never comes back.

So an item is known by, in this order,

1. its key, or the id made of it, unless it has another link and shares less than a third: then one
   guid is given to everything, and shown for one report at a time (`told_apart`);
2. its alternate key, if the two also share a third of their words: a page that always stands at
   one address may report something else every day;
3. its title, if both are less than two days apart, the title is long enough to be nobody else's
   ("Morning briefing" comes every day) and they share half of their words.

An item that the document itself still lists under its old key takes no part in 2 and 3.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from unicodedata import normalize

from monitor.feeds.normalise import under_its_link
from monitor.model import Drop, Item

MAX_REVISIONS = 24  #: for small edits: a text with a clock in it would be matched for ever
ANNOUNCED_SHARE = 0.1  #: of the words changed: more than this is told to readers
SAME_TITLE_WITHIN = timedelta(days=2)
TITLE_WORDS = 4
TITLE_CHARACTERS = 24
_ALTERNATE_SHARE = 1 / 3
_TITLE_SHARE = 1 / 2

# Han and kana are written without spaces: each character counts as a word
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W\u3040-\u30ff\u3400-\u9fff]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is stored of an item, as far as a decision needs it."""

    id: str
    key: str
    alt_key: str = ""
    rev: int = 1
    title: str
    text: str = ""
    content_hash: str = ""
    first_seen: datetime
    published: datetime | None = None
    archived: bool = False


@dataclass(frozen=True, slots=True)
class New:
    """Nothing we know."""

    item: Item


@dataclass(frozen=True, slots=True)
class Seen:
    """Exactly what is stored."""

    id: str


@dataclass(frozen=True, slots=True)
class Moved:
    """The same words under another key or link: the row learns them, the revision stays."""

    item: Item


@dataclass(frozen=True, slots=True)
class Changed:
    """The next revision of a stored item."""

    item: Item  #: with the stored id, first_seen and the new rev
    announce: bool  #: do readers hear of it?
    why: str  #: for a person: "title changed"


Decision = New | Seen | Moved | Changed | Drop


def told_apart(items: Iterable[Item], known: Iterable[Known | Item]) -> tuple[Item, ...]:
    """`items`; one whose key is that of another report gets its link behind it."""
    names = {name: k for k in known for name in (k.id, k.key)}
    return tuple(
        under_its_link(i) if _is_another(names.get(i.key) or names.get(i.id), i) else i
        for i in items
    )


def reconcile(items: Iterable[Item], known: Iterable[Known]) -> tuple[Decision, ...]:
    """A decision for each item of one document, in their order; each known one is used once."""
    items, stored = tuple(items), tuple(known)
    found = _by_name(items, stored)
    if None in found:
        used = {k.id for k in found if k}
        _recognise_all(items, found, rest=[k for k in stored if k.id not in used])
    ids = {k.id for k in stored}
    return tuple(
        compare(k, item) if k else New(under_its_link(item) if item.id in ids else item)
        for k, item in zip(found, items, strict=True)
    )


def _by_name(items: Sequence[Item], stored: Sequence[Known]) -> list[Known | None]:
    """The one that has each item's key; else, if nobody claimed it by key, the one with its id.

    A row that learned a new key keeps the id of its old one, and a document may list both.
    """
    keys, ids = {k.key: k for k in stored}, {k.id: k for k in stored}
    found = [keys.get(item.key) for item in items]
    claimed = {k.id for k in found if k}
    for n, item in enumerate(items):
        if found[n] is None and item.id in ids and item.id not in claimed:
            found[n] = ids[item.id]
            claimed.add(item.id)
    return found


def recognise(item: Item, candidates: Sequence[Known]) -> Known | None:
    """The one that `item`, whose key is not known, is another state of; None = it is new."""
    return next((known for known in candidates if _same_page(known, item)), None) or next(
        (known for known in candidates if _same_report(known, item)), None
    )


def _recognise_all(
    items: Sequence[Item], found: list[Known | None], *, rest: Iterable[Known]
) -> None:
    """Fill the gaps in `found` from `rest`; only those are compared that share a trait."""
    by_trait: defaultdict[tuple[str, str], list[Known]] = defaultdict(list)
    for known in rest:
        for trait in _traits(known):
            by_trait[trait].append(known)
    used: set[str] = set()
    for n, item in enumerate(items):
        if found[n] is None:
            alike = [k for trait in _traits(item) for k in by_trait.get(trait, ())]
            found[n] = match = recognise(item, [k for k in alike if k.id not in used])
            used |= {match.id} if match else set()


def _traits(thing: Known | Item) -> list[tuple[str, str]]:
    alternate = [("alternate", thing.alt_key)] if thing.alt_key else []
    return [*alternate, ("title", " ".join(words(thing.title)))]


def compare(known: Known, item: Item) -> Seen | Moved | Changed | Drop:
    """What became of `known`, now that its feed says `item`."""
    same_key = (known.key, known.alt_key) == (item.key, item.alt_key)
    if same_key and known.content_hash == item.content_hash:
        return Seen(known.id)
    if (known.title, known.text) == (item.title, item.text):
        return Moved(_state(known, item, rev=known.rev))
    announce, why = _worth_telling(known, item)
    if known.rev >= MAX_REVISIONS and not announce:
        detail = f"already at revision {known.rev}"
        return Drop(reason="revisions-exhausted", feed=item.feed, item=known.id, detail=detail)
    return Changed(
        _state(known, item, rev=known.rev + 1), announce=announce and not known.archived, why=why
    )


def changed_share(old: str, new: str) -> float:
    """How much of the words differ, 0 to 1; order does not count."""
    a, b = Counter(words(old)), Counter(words(new))
    longer = max(a.total(), b.total())
    return 1 - (a & b).total() / longer if longer else 0.0


def words(text: str) -> list[str]:
    """Folded words: no case, no accents' spelling variants, no punctuation."""
    return _WORD.findall(normalize("NFKC", text).casefold())


def _state(known: Known, item: Item, *, rev: int) -> Item:
    return replace(
        item,
        id=known.id,
        rev=rev,
        first_seen=known.first_seen,
        published=known.published or item.published,
        archived=known.archived,
    )


def _worth_telling(known: Known, item: Item) -> tuple[bool, str]:
    if words(known.title) != words(item.title):
        return True, "title changed"
    share = changed_share(known.text, item.text)
    return share > ANNOUNCED_SHARE, f"text changed ({share:.0%})".replace("%", " %")


def _is_another(known: Known | Item | None, item: Item) -> bool:
    """Neither the same page nor the same words."""
    if known is None or "" in (known.alt_key, item.alt_key) or known.alt_key == item.alt_key:
        return False
    return _shared(known, item) < _ALTERNATE_SHARE


def _same_page(known: Known, item: Item) -> bool:
    same = item.alt_key != "" and item.alt_key == known.alt_key
    return same and _shared(known, item) >= _ALTERNATE_SHARE


def _same_report(known: Known, item: Item) -> bool:
    title = words(item.title)
    long_enough = len(title) >= TITLE_WORDS or len(item.title) >= TITLE_CHARACTERS
    near = abs(_at(item) - _at(known)) <= SAME_TITLE_WITHIN
    return (
        long_enough
        and near
        and title == words(known.title)
        and _shared(known, item) >= _TITLE_SHARE
    )


def _at(thing: Known | Item) -> datetime:
    return thing.published or thing.first_seen


def _shared(known: Known | Item, item: Item) -> float:
    """How many of their words they share. A text that only one of them has says nothing."""
    both = bool(known.text and item.text)
    old = f"{known.title} {known.text}" if both else known.title
    new = f"{item.title} {item.text}" if both else item.title
    return 1 - changed_share(old, new)
