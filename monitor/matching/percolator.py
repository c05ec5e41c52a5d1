"""Matches one item against all provisions without trying them all. Pure.

    item -> leaf table -> leaves that are true -> rules filed under one of them
         -> of these, the ones of which nothing is missing -> evaluate

Each rule is filed under its *anchors*: leaves of which one must be true for the rule to hold.
"""

import gc
from collections import defaultdict
from collections.abc import Iterable, Iterator, KeysView, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from monitor.matching.anchors import Anchors
from monitor.matching.bound import Bound, distinct
from monitor.matching.compile import Compiled, compiled
from monitor.matching.evaluate import Answers, Match
from monitor.matching.frequency import START, WordTable
from monitor.matching.leaves import Found, LeafTable
from monitor.matching.score import scored
from monitor.model import Document, Evidence, Hit, Item, Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBack:
    """Keywords and context held, but an exclude of the same provision did too."""

    provision: str  #: Provision.key
    exclude: int  #: index of the first exclude that held
    rule: str  #: its text


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the rules say about one item."""

    hits: tuple[Hit, ...]  #: best first, then by key
    held_back: tuple[HeldBack, ...]  #: by key


@contextmanager
def _uncollected() -> Iterator[None]:
    """Look for no garbage: what is built has no cycles, and looking takes a third of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


class Percolator:
    """All provisions of all documents, compiled once. An immutable snapshot.

    What only matching needs is made when it is first needed: most commands ask for versions alone.
    """

    def __init__(self, documents: Iterable[Document], *, late: bool = False) -> None:
        """Compile.

        late: at the first question, so that what asks none works beside a rule that is wrong.

        Raises:
            RuleError: for the first rule that cannot be used; `problems` finds them all.
        """
        self._documents = tuple(documents)
        if not late:
            _ = self._provisions

    @property
    def versions(self) -> Mapping[str, str]:
        """The rules_version of each provision, by its key."""
        return {one.provision.key: one.version for one in self._provisions}

    def match(
        self, item: Item, *, origin: Origin = Origin.STREAM, words: WordTable | None = START
    ) -> Verdict:
        """The provisions that `item` hits, and those that an exclude held back.

        words: the table that scores are made with; None = all are 0, nobody will look at them.
        """
        asked = Answers(self._table.find(item))
        hits: list[Hit] = []
        held_back: list[HeldBack] = []
        for provision, keywords in self._candidates(asked.found):
            compiled = self._provisions[provision]
            evidence = _evidence(compiled, keywords, asked)
            if not evidence or not _in_context(compiled, asked):
                continue
            excluded = _excluded(compiled, asked)
            if excluded:
                held_back.append(excluded)
            else:
                hits.append(_hit(compiled, item, evidence, origin, words))
        hits.sort(key=lambda hit: (-hit.score, hit.provision))
        return Verdict(hits=tuple(hits), held_back=tuple(held_back))

    def prepare(self) -> None:
        """Read dictionaries and build tables now; else the first `match` does, in seconds."""
        _ = self._table, self._filed

    @cached_property
    @_uncollected()
    def _provisions(self) -> tuple[Compiled, ...]:
        found = [one for document in self._documents for one in compiled(document)]
        return tuple(sorted(found, key=lambda one: one.provision.key))

    @cached_property
    @_uncollected()
    def _table(self) -> LeafTable:
        return LeafTable(distinct(node for one in self._provisions for node in _nodes(one)))

    @cached_property
    @_uncollected()
    def _filed(self) -> "_Filed":
        """All keywords, each with the context it stands in."""
        filed = _Filed([], defaultdict(list))
        anchors = Anchors()
        for at, one in enumerate(self._provisions):
            around = anchors.of(one.context.node) if one.context else ()
            for index, line in enumerate(one.keywords):
                filed.add(at, index, [clause.keys for clause in (*anchors.of(line.node), *around)])
        return filed

    def _candidates(self, found: Found) -> Iterator[tuple[int, list[int]]]:
        """Provisions with the keywords that may hold, in order."""
        keywords: dict[int, list[int]] = {}
        for provision, index in self._filed.likely(found.spans.keys()):
            keywords.setdefault(provision, []).append(index)
        yield from keywords.items()


class _Keyword(NamedTuple):
    provision: int
    at: int  #: among the provision's keywords
    needs: Sequence[frozenset[str]]  #: beside one of its anchors, one leaf of each


class _Filed(NamedTuple):
    """All keywords, and which of them are filed under a leaf."""

    keywords: list[_Keyword]
    by_leaf: defaultdict[str, list[int]]

    def add(self, provision: int, index: int, needed: Sequence[frozenset[str]]) -> None:
        for key in needed[0]:
            self.by_leaf[key].append(len(self.keywords))
        self.keywords.append(_Keyword(provision, index, needed[1:]))

    def likely(self, there: KeysView[str]) -> Iterator[tuple[int, int]]:
        """Keywords that lack no leaf, as (provision, keyword), in order."""
        by_leaf, keywords = self.by_leaf, self.keywords
        for number in sorted({one for key in there if key in by_leaf for one in by_leaf[key]}):
            provision, at, needs = keywords[number]
            for keys in needs:
                if there.isdisjoint(keys):
                    break
            else:
                yield provision, at


def _nodes(one: Compiled) -> Iterator[Bound]:
    for line in (*one.keywords, *one.exclude, *((one.context,) if one.context else ())):
        yield line.node


def _evidence(one: Compiled, keywords: list[int], asked: Answers) -> tuple[Evidence, ...]:
    found = set()
    for index in keywords:
        for match in asked.holds(one.keywords[index].node) or ():
            found.add(evidence(index, match, asked.found))
    return tuple(sorted(found))


def evidence(rule: int, match: Match, found: Found) -> Evidence:
    """`match` in code points of the item's field."""
    start, end = found.characters(match.span)
    return Evidence(rule, match.label, match.span.field, start, end)


def _in_context(one: Compiled, asked: Answers) -> bool:
    return one.context is None or asked.holds(one.context.node) is not None


def _excluded(one: Compiled, asked: Answers) -> HeldBack | None:
    for index, line in enumerate(one.exclude):
        if asked.holds(line.node) is not None:
            return HeldBack(provision=one.provision.key, exclude=index, rule=line.rule.text)
    return None


def _hit(
    one: Compiled,
    item: Item,
    evidence: tuple[Evidence, ...],
    origin: Origin,
    words: WordTable | None,
) -> Hit:
    text = one.texts.get(item.language)
    score, contributions = (
        scored(one.provision, item, evidence, text=text, words=words) if words else (0.0, ())
    )
    return Hit(
        provision=one.provision.key,
        item=item.id,
        item_rev=item.rev,
        rules_version=one.version,
        origin=origin,
        score=score,
        basis=words.name if words else "",
        contributions=contributions,
        evidence=evidence,
    )
