"""Why an item hit what it hit, and why not the rest; or why it was never seen.

What is stored is told as it is stored, with the rules that were in force then. What was not hit is
judged by the rules of today.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from monitor import store
from monitor.app import App, Loaded
from monitor.feeds.outlets import Outlets
from monitor.feeds.urls import canonical, site
from monitor.jobs.status import FeedState, feed_state
from monitor.matching import WhyNot, brief, nearest
from monitor.matching.explain import told
from monitor.model import Feed, Hit, HitState, Item, Origin, Provision
from monitor.store import archive, documents, feeds, hits, items
from monitor.tokens import tokens

_RULE_SHOWN = 120  #: characters
_NO_LONGER_KNOWN = "a keyword that is no longer known"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Words of an item that made a keyword hold, and the sentence that they stand in."""

    field: str
    text: str  #: as the outlet wrote it
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Because:
    """One keyword that held."""

    rule: str  #: as it was written
    told: str  #: the same for a person: without the alternatives that did not hold
    words: tuple[Words, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldHit:
    """One stored hit."""

    hit: Hit
    title: str  #: of the provision
    found_at: datetime
    because: tuple[Because, ...]
    notes: tuple[str, ...]  #: what is not as it would be today

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "provision": self.hit.provision,
            "title": self.title,
            "state": self.hit.state.value,
            "origin": self.hit.origin.value,
            "found_at": self.found_at,
            "score": self.hit.score,
            "band": self.hit.band.value,
            "contributions": [list(one) for one in self.hit.contributions],
            "basis": self.hit.basis,
            "rules_version": self.hit.rules_version,
            "item_rev": self.hit.item_rev,
            "because": [
                {
                    "rule": one.rule,
                    "words": [
                        {"field": w.field, "text": w.text, "sentence": w.sentence}
                        for w in one.words
                    ],
                }
                for one in self.because
            ],
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldItem:
    """One stored item, what it hit, and how far it was from the rest."""

    item: Item
    outlet: str  #: its name
    hits: tuple[ToldHit, ...]
    others: tuple[WhyNot, ...]  #: provisions without a hit that holds; closest first
    titles: Mapping[str, str]  #: of provisions, by key

    @property
    def held_back(self) -> tuple[WhyNot, ...]:
        """The provisions that an exclude alone kept from being hit."""
        return tuple(o for o in self.others if o.share == 1 and not o.context and o.excluded)

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        item = self.item
        return {
            "id": item.id,
            "title": item.title,
            "url": item.url,
            "outlet": self.outlet,
            "feed": item.feed,
            "language": item.language,
            "published": item.published,
            "first_seen": item.first_seen,
            "rev": item.rev,
            "archived": item.archived,
            "hits": [hit.as_json() for hit in self.hits],
            "not_hit": [_not_hit(one) for one in self.others],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Unseen:
    """An address that no feed brought, and who could have brought it."""

    url: str  #: canonical
    outlet: str  #: the name of whose it is, or its site
    feeds: tuple[FeedState, ...]  #: of that outlet
    aggregators: int  #: feeds that collect from many outlets, which may bring it as well

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "url": self.url,
            "outlet": self.outlet,
            "feeds": [
                {
                    "feed": f.feed,
                    "state": f.state,
                    "last_ok_at": f.last_ok_at,
                    "last_new_at": f.last_new_at,
                    "next_poll_at": f.next_poll_at,
                    "error": f.error,
                }
                for f in self.feeds
            ],
            "aggregators": self.aggregators,
        }


def why(app: App, what: str) -> tuple[ToldItem, ...] | Unseen:
    """Everything about `what`, a web address or the id of an item; newest first.

    Raises:
        LookupError: it is neither.
    """
    url = canonical(what)
    with store.reading(app.engine) as session:
        found = _found(session, what.strip(), url)
        if not found and not url:
            raise LookupError(
                f"'{what}' is neither a web address nor the id of a stored item;"
                " write it as https://example.org/news/1"
            )
        if not found:
            return _unseen(session, url)
        names = {id_: outlet.name for id_, outlet in feeds.outlets(session).items()}
        stored = {item.id: _hits(session, app.loaded, item) for item in found}
    return tuple(
        _told(app.loaded, item, names.get(item.outlet, item.outlet), stored[item.id])
        for item in found
    )


# -- what is stored ----------------------------------------------------------------------------


def _found(session: store.Session, id_: str, url: str) -> list[Item]:
    """By address; one that differs from it in http, www. or the last slash will do."""
    if not url:
        item = archive.get(session, id_)
        return [item] if item else []
    return archive.at_urls(session, [url]) or archive.at_urls(session, _spellings(url))


def _spellings(url: str) -> list[str]:
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.removeprefix("www.").partition("/")
    path = path.removesuffix("/")
    return [
        f"{s}://{www}{host}{slash}{path}{end}"
        for s in dict.fromkeys((scheme, "https", "http"))
        for www in ("", "www.")
        for end in dict.fromkeys(("", "/" if path else ""))
    ]


def _hits(session: store.Session, loaded: Loaded, item: Item) -> list[ToldHit]:
    """The stored hits of `item`, those that hold first, best first."""
    dated = archive.found_at(session, item.id)
    found = hits.of_items(session, [item.id]).get(item.id, [])
    found.sort(key=lambda hit: (hit.state is not HitState.HOLDS, -hit.score, hit.provision))
    provisions = {p.key: p for d in loaded.documents for p in d.provisions}
    return [
        ToldHit(
            hit=hit,
            title=provisions[hit.provision].title if hit.provision in provisions else "",
            found_at=dated[hit.provision],
            because=_because(
                hit,
                _as_cited(session, item, hit),
                _rules(session, loaded, provisions.get(hit.provision), hit),
            ),
            notes=tuple(_notes(loaded, hit, item)),
        )
        for hit in found
    ]


def _as_cited(session: store.Session, item: Item, hit: Hit) -> Item:
    """The item in the revision whose words the hit's evidence marks."""
    if hit.item_rev == item.rev:
        return item
    old = items.revision(session, item.id, hit.item_rev)
    return replace(item, rev=hit.item_rev, title=old[0], text=old[1]) if old else item


def _rules(
    session: store.Session, loaded: Loaded, provision: Provision | None, hit: Hit
) -> Sequence[str]:
    """The keywords under which the hit was found."""
    if provision and loaded.percolator.versions.get(provision.key) == hit.rules_version:
        return [rule.text for rule in provision.keywords]
    return documents.rules(session, hit.provision, hit.rules_version) or ()


def _because(hit: Hit, item: Item, rules: Sequence[str]) -> tuple[Because, ...]:
    words: dict[int, dict[Words, None]] = {}
    leaves: defaultdict[int, set[str]] = defaultdict(set)
    for one in hit.evidence:
        leaves[one.rule].add(one.leaf)
        text = {"title": item.title, "text": item.text, "url": item.url}.get(one.field, "")
        said = text[one.start : one.end] or one.leaf
        sentence = text if one.field == "url" else sentence_of(text, one.start, one.end)
        words.setdefault(one.rule, {})[Words(field=one.field, text=said, sentence=sentence)] = None
    return tuple(
        Because(
            rule=rules[at] if at < len(rules) else _NO_LONGER_KNOWN,
            told=_told_rule(rules[at], leaves[at]) if at < len(rules) else _NO_LONGER_KNOWN,
            words=tuple(found),
        )
        for at, found in sorted(words.items())
    )


def _told_rule(rule: str, leaves: Collection[str]) -> str:
    return brief(told(rule, frozenset(leaves)), _RULE_SHOWN)


def sentence_of(text: str, start: int, end: int) -> str:
    """The sentence, or sentences, of `text` that hold start to end."""
    stream = tokens(text)
    within = {token.sentence for token in stream if token.start < end and token.end > start}
    if not within:
        return text[start:end]
    begin = min(token.start for token in stream if token.sentence == min(within))
    after = (token.start for token in stream if token.sentence > max(within))
    return text[begin if min(within) else 0 : next(after, len(text))].strip()


def _notes(loaded: Loaded, hit: Hit, item: Item) -> list[str]:
    notes = []
    version = loaded.percolator.versions.get(hit.provision)
    if hit.state is HitState.WITHDRAWN:
        revised, ruled = hit.item_rev != item.rev, hit.rules_version != version
        notes.append(_why_withdrawn(revised=revised, ruled=ruled))
    if hit.origin is Origin.IMPORT:
        notes.append("from an imported archive, so it was never announced")
    if version is None:
        notes.append("the files do not have this provision any more")
    elif version != hit.rules_version:
        notes.append(f"found under earlier rules ({hit.rules_version}, now {version})")
    if hit.item_rev != item.rev:
        notes.append(f"the words are those of revision {hit.item_rev}, now {item.rev}")
    return notes


def _why_withdrawn(*, revised: bool, ruled: bool) -> str:
    """Which of the two changed; where both did, nothing stored tells which one it was."""
    if revised and ruled:
        return "withdrawn: with the item's later revision and later rules it does not hit any more"
    if ruled:
        return "withdrawn: later rules do not hit it any more"
    return "withdrawn: a later revision of the item does not hit any more"


# -- what is not -------------------------------------------------------------------------------


def _told(loaded: Loaded, item: Item, outlet: str, stored: list[ToldHit]) -> ToldItem:
    hit = {one.hit.provision for one in stored if one.hit.state is HitState.HOLDS}
    found = [one for document in loaded.documents for one in nearest(document, item, without=hit)]
    today = {one.provision for one in loaded.percolator.match(item).hits}
    known = loaded.percolator.versions
    return ToldItem(
        item=item,
        outlet=outlet,
        hits=tuple(
            _gone(one) if one.hit.provision in (hit & known.keys()) - today else one
            for one in stored
        ),
        others=tuple(sorted(found, key=lambda one: -one.share)),
        titles={p.key: p.title for d in loaded.documents for p in d.provisions},
    )


def _gone(told: ToldHit) -> ToldHit:
    return replace(told, notes=(*told.notes, "the rules of today do not hit it"))


def _not_hit(one: WhyNot) -> dict[str, Any]:
    return {
        "provision": one.provision,
        "share": one.share,
        "keyword": one.number or None,
        "rule": one.rule.text if one.rule else None,
        "there": one.there,
        "missing": list(one.missing),
        "context": one.context,
        "excluded_by": [rule.text for rule in one.excluded],
        "hits_today": one.hits,
        "words": str(one),
    }


def _unseen(session: store.Session, url: str) -> Unseen:
    polled = feeds.active(session)
    sites = {site(f.url): f.spec.outlet for f in polled if f.spec.outlet}
    outlet = Outlets(feeds.outlets(session).values(), sites).of(None, url)
    return Unseen(
        url=url,
        outlet=outlet.name,
        feeds=tuple(feed_state(f) for f in polled if _may_bring(f, outlet.id, url)),
        aggregators=sum(f.spec.aggregator for f in polled),
    )


def _may_bring(feed: Feed, outlet: str, url: str) -> bool:
    return feed.spec.outlet == outlet or (not feed.spec.aggregator and site(feed.url) == site(url))
