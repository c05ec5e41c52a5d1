"""What rules would have found in the archive, beside the hits that are stored.

    rules -> what the index proposes, page by page -> match -> Tested, which grows

Nothing is written. The same matcher as in the stream decides; the pages come newest first, so that
the first hits are there at once and a caller may stop whenever it has seen enough. What is counted
is what hits, not how well: no scores are made.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from monitor import store
from monitor.app import App
from monitor.jobs.search import Result, outlet_names, shown, vocabulary
from monitor.jobs.shortlist import shortlist
from monitor.matching import Percolator
from monitor.matching.bound import All, Bound, Either
from monitor.matching.compile import compiled
from monitor.model import Document, Hit, Item, Provision, Rule
from monitor.store import hits as stored_hits
from monitor.store import items

SAMPLE = 5  #: hits that are shown of each kind
RULE = "rule"  #: the id of what stands for a rule that belongs to no provision


@dataclass(slots=True, kw_only=True)
class Tested:
    """What the rules of one provision come to; counted by when and where the items were seen."""

    provision: str  #: its key; "" for a rule alone
    title: str
    hits: int = 0
    days: Counter[date] = field(default_factory=Counter)
    outlets: Counter[str] = field(default_factory=Counter)  #: by name
    languages: Counter[str] = field(default_factory=Counter)
    overlap: Counter[str] = field(default_factory=Counter)  #: stored hits of other provisions
    new: int = 0  #: hits that are not stored
    lost: int = 0  #: stored hits that are none any more
    new_sample: list[Result] = field(default_factory=list)  #: newest first
    lost_sample: list[Result] = field(default_factory=list)
    sample: list[Result] = field(default_factory=list)  #: of the hits that are stored, too

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "provision": self.provision,
            "title": self.title,
            "hits": self.hits,
            "new": self.new,
            "lost": self.lost,
            "days": {str(day): n for day, n in sorted(self.days.items())},
            "outlets": dict(self.outlets.most_common()),
            "languages": dict(self.languages.most_common()),
            "overlap": dict(self.overlap.most_common()),
            "new_sample": [one.as_json() for one in self.new_sample],
            "lost_sample": [one.as_json() for one in self.lost_sample],
            "sample": [one.as_json() for one in self.sample],
        }


@dataclass(slots=True, kw_only=True)
class Backtest:
    """What a test came to, so far."""

    tested: Mapping[str, Tested]  #: by provision key, in the order of the documents
    since: datetime
    until: datetime
    passed: int = 0  #: items of the archive that are behind us
    total: int = 0
    looked_at: int = 0  #: of them, those that the index proposed

    @property
    def days(self) -> float:
        """How long a time the test is about; at least one day."""
        return max(1.0, (self.until - self.since) / timedelta(days=1))

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "since": self.since,
            "until": self.until,
            "items": self.total,
            "looked_at": self.looked_at,
            "provisions": [
                one.as_json() | {"expected_a_day": round(one.hits / self.days, 2)}
                for one in self.tested.values()
            ],
        }


def chosen(
    documents: Sequence[Document], *, document: str = "", provision: str = "", rule: str = ""
) -> tuple[Document, ...]:
    """The documents with nothing but what is to be tested.

    document, provision: ids, "" = all; a provision may be named by its key.
    rule: one more keyword of `provision`; without one, the only keyword of a provision of its own.

    Raises:
        LookupError: there is no such document or provision, or there are several.
    """
    if document and document not in {d.id for d in documents}:
        raise LookupError(
            f"no document '{document}'; there is {', '.join(d.id for d in documents)}"
        )
    own = [d for d in documents if document in ("", d.id)]
    if rule and not provision:
        alone = Provision(document=RULE, id=RULE, title=rule, keywords=(Rule(text=rule),))
        return (replace(vocabulary(own), id=RULE, provisions=(alone,)),)
    wanted = {_named(own, provision)} if provision else {p.key for d in own for p in d.provisions}
    more = (Rule(text=rule),) if rule else ()
    found = (
        replace(
            d,
            provisions=tuple(
                replace(p, keywords=(*p.keywords, *more)) for p in d.provisions if p.key in wanted
            ),
        )
        for d in own
    )
    return tuple(d for d in found if d.provisions)


def _named(documents: Iterable[Document], name: str) -> str:
    keys = [p.key for d in documents for p in d.provisions]
    found = [key for key in keys if name in (key, key.partition("/")[2])]
    if len(found) == 1:
        return found[0]
    if found:
        raise LookupError(f"'{name}' is in several documents; write one of {', '.join(found)}")
    raise LookupError(f"no provision '{name}'; there is: {', '.join(keys)}")


def backtest(
    app: App,
    documents: Sequence[Document],
    *,
    since: datetime | None = None,
    now: datetime,
    stored_as: Mapping[str, str] | None = None,
) -> Iterator[Backtest]:
    """Test what `chosen` gave; the same growing answer after every page, complete at the end.

    since: only items first seen at that time or later.
    stored_as: the keys under which hits of renamed provisions are stored.

    Raises:
        RuleError: at once, for the first rule that cannot be used.
    """
    percolator, node = Percolator(documents), node_of(documents)
    with store.reading(app.engine) as session:
        first = items.first(session) or now
    tester = _Tester(app, documents, stored_as or {}, since=max(since or first, first), now=now)
    return tester.run(percolator, node)


def node_of(documents: Iterable[Document]) -> Bound:
    """What an item must answer to hit any provision, excludes apart."""
    found: list[Bound] = []
    for one in (one for document in documents for one in compiled(document)):
        context = (one.context.node,) if one.context else ()
        found.append(All((*context, Either(tuple(line.node for line in one.keywords)))))
    return Either(tuple(found))


class _Tester:
    """Counts what comes, page by page."""

    def __init__(
        self,
        app: App,
        documents: Sequence[Document],
        stored_as: Mapping[str, str],
        *,
        since: datetime,
        now: datetime,
    ) -> None:
        self._engine, self._languages = app.engine, app.loaded.languages
        self._names = outlet_names(app)
        found = [p for d in documents for p in d.provisions]
        tested = {p.key: Tested(provision=_shown_key(p), title=p.title) for p in found}
        self._so_far = Backtest(tested=tested, since=since, until=now)
        self._key = {p.key: stored_as.get(p.key, p.key) for p in found}
        with store.reading(self._engine) as session:
            #: stored hits that were not found again yet
            self._left = stored_hits.holding(session, self._key.values(), since=since)

    def run(self, percolator: Percolator, node: Bound) -> Iterator[Backtest]:
        so_far = self._so_far
        for page in shortlist(self._engine, node, languages=self._languages, since=so_far.since):
            so_far.passed, so_far.total = page.passed, page.total
            so_far.looked_at += len(page.items)
            verdicts = ((item, percolator.match(item, words=None)) for item in page.items)
            self._count([(item, hit) for item, verdict in verdicts for hit in verdict.hits])
            yield so_far
        self._count_lost()
        yield so_far

    def _count(self, found: Sequence[tuple[Item, Hit]]) -> None:
        if not found:
            return
        with store.reading(self._engine) as session:
            stored = stored_hits.provisions_of(session, {item.id for item, _ in found})
        for item, hit in found:
            self._count_one(item, hit, stored.get(item.id, frozenset()))

    def _count_one(self, item: Item, hit: Hit, stored: Collection[str]) -> None:
        tested, key = self._so_far.tested[hit.provision], self._key[hit.provision]
        name = self._names.get(item.outlet, item.outlet)
        tested.hits += 1
        tested.days[item.first_seen.date()] += 1
        tested.outlets[name or "?"] += 1
        tested.languages[item.language or "?"] += 1
        tested.overlap.update(other for other in stored if other != key)
        known = key in stored if tested.provision else bool(stored)
        if tested.provision:
            self._left[key].discard(item.id)
        tested.new += not known
        sample = tested.sample if known else tested.new_sample
        if len(sample) < SAMPLE:
            sample.append(shown(item, hit.evidence, name))

    def _count_lost(self) -> None:
        for key, tested in self._so_far.tested.items():
            left = self._left.get(self._key[key], set()) if tested.provision else set()
            tested.lost = len(left)
            with store.reading(self._engine) as session:
                newest = stored_hits.newest(session, self._key[key], left, limit=SAMPLE)
            tested.lost_sample = [
                shown(item, hit.evidence, self._names.get(item.outlet, item.outlet))
                for item, hit in newest
            ]


def _shown_key(provision: Provision) -> str:
    return "" if provision.document == RULE else provision.key
