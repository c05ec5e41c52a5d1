"""The leaf table: where do the leaves of all rules stand in one item? Pure.

A leaf that stands in many rules is looked for once an item. What a word can touch depends on the
word alone, so it is worked out once for each distinct word (stems, prefixes) and remembered; after
that a token costs one look-up. Only a leaf of which one word is there is looked at more closely:
its first, or the one that the fewest leaves share.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from monitor.matching.bound import Filter, Leaf, Term
from monitor.matching.terms import folded_value
from monitor.matching.tree import FILTERS
from monitor.matching.words import Words
from monitor.model import Item
from monitor.tokens import Gap, Token, amount_of, completes, spells_one, tokens

Stream = tuple[Token, ...]
Streams = Mapping[str, Stream]  #: field -> its tokens

_REMEMBERED: Final = 100_000
_WHOLE: Final = -1  #: the place of a filter: the field as such


class Span(NamedTuple):
    """Where a leaf stands: its first and last token in a field's stream."""

    field: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in one item: the leaves that are true, by key, and where."""

    item: Item
    streams: Streams
    spans: Mapping[str, list[Span]]
    _units: dict[str, list[int]] = field(default_factory=dict)

    def characters(self, span: Span) -> tuple[int, int]:
        """`span` in code points of the item's field."""
        if span.first == _WHOLE:
            return 0, len(text_of(self.item, span.field))
        stream = self.streams[span.field]
        return stream[span.first].start, stream[span.last].end

    def words_between(self, before: Span, after: Span) -> int:
        """How many words stand between two spans of a field.

        Two characters of a script without spaces count as one word, as long as one is on average.
        """
        units = self._units.get(before.field)
        if units is None:
            units = self._units[before.field] = _cumulated(self.streams[before.field])
        return (units[after.first] - units[before.last + 1]) // 2

    def sentence(self, span: Span) -> int | None:
        """The sentence that holds all of `span`, or None."""
        stream = self.streams[span.field]
        first, last = stream[span.first].sentence, stream[span.last].sentence
        return first if first == last else None


def _cumulated(stream: Stream) -> list[int]:
    units, total = [0], 0
    for token in stream:
        total += 1 if token.char else 2
        units.append(total)
    return units


def text_of(item: Item, name: str) -> str:
    """The text of one field of an item. `body` is empty until items have one."""
    value = getattr(item, "language" if name == "lang" else name, "")
    return value if isinstance(value, str) else ""


# -- the table -------------------------------------------------------------------------------


class _Touched(NamedTuple):
    """What one distinct word can be: numbers of terms, and of leaves that may begin with it."""

    terms: frozenset[int]
    begins: tuple[int, ...]
    then: str = ""  #: if this is half of a term: letters that the other half may begin with


_NOTHING: Final = _Touched(frozenset(), ())


class _Numbered(NamedTuple):
    """A leaf with numbers for terms."""

    key: str
    fields: frozenset[str]
    steps: tuple[tuple[int, bool, int], ...]  #: term, tight, solid or -1
    plain: bool  #: no two of its words, or of the text's, can be one
    filed: int  #: the step that it is looked for by: of a plain leaf its least shared one
    beside: int  #: the term after that one, if a plain leaf has one, else -1


class LeafTable:
    """All leaves of all rules. Immutable but for what it remembers of distinct words."""

    def __init__(self, leaves: Iterable[Leaf | Filter]) -> None:
        self._words = Words()
        self._leaves: list[_Numbered] = []
        self._begin: defaultdict[int, list[int]] = defaultdict(list)  #: term -> leaves
        self._begin_whole: defaultdict[int, list[int]] = defaultdict(list)  #: not by halves
        self._filters: list[Filter] = []
        self._add_all({leaf.key: leaf for leaf in leaves}.values())
        self._terms = tuple(self._words.numbers)
        self._memory: dict[str, _Touched] = {}
        self._pairs: dict[tuple[str, str, Gap], _Touched] = {}

    def find(self, item: Item) -> Found:
        """Every leaf that is true of `item`, and where."""
        streams = {name: tokens(text_of(item, name)) for name in self._fields}
        spans: dict[str, list[Span]] = {}
        for name, stream in streams.items():
            self._find_in(name, stream, spans)
        for one in self._filters:
            if _passes(one, folded_value(text_of(item, one.field))):
                spans[one.key] = [Span(one.field, _WHOLE, _WHOLE)]
        return Found(item, streams, spans)

    def _add_all(self, leaves: Iterable[Leaf | Filter]) -> None:
        fields = {}
        leaves = tuple(leaves)
        shared = Counter(s.term for leaf in leaves if isinstance(leaf, Leaf) for s in leaf.steps)
        for leaf in leaves:
            if isinstance(leaf, Filter):
                self._filters.append(leaf)
            else:
                self._add(leaf, shared)
                fields.update(dict.fromkeys(leaf.fields))
        self._fields = tuple(name for name in fields if name not in FILTERS)

    def _add(self, leaf: Leaf, shared: Mapping[Term, int]) -> None:
        number = self._words.number
        at = len(self._leaves)
        steps = tuple(
            (number(s.term), s.tight, number(s.solid) if s.solid else -1) for s in leaf.steps
        )
        plain = all(s.solid is None and (s.term.char or not s.term.joins) for s in leaf.steps)
        # of 俄罗斯 and 俄新社, both begin with a character that says little
        step, beside = 0, -1
        if plain and len(steps) > 1:
            step = min(range(len(steps) - 1), key=lambda n: shared[leaf.steps[n].term])
            beside = steps[step + 1][0]
        numbered = _Numbered(leaf.key, frozenset(leaf.fields), steps, plain, step, beside)
        self._leaves.append(numbered)
        term, _, solid = steps[step]
        self._begin[term].append(at)
        if solid >= 0:
            self._begin_whole[solid].append(at)

    # The loop below sees every token of every item; the rest runs for what may be there.

    def _find_in(self, name: str, stream: Stream, spans: dict[str, list[Span]]) -> None:
        memory, leaves = self._memory, self._leaves
        for at, token in enumerate(stream):
            touched = memory.get(token.written) or self._touch(token)
            if touched is _NOTHING:
                continue
            after = self._touch(stream[at + 1]).terms if at + 1 < len(stream) else _NOTHING.terms
            for number in touched.begins:
                leaf = leaves[number]
                if leaf.beside < 0 or leaf.beside in after:
                    self._try(leaf, name, stream, at, spans, at)
            if touched.then and stream[min(at + 1, len(stream) - 1)].text[0] in touched.then:
                for number in self._pair(stream, at).begins:
                    if number not in touched.begins:
                        self._try(leaves[number], name, stream, at, spans, at + 1)

    def _try(
        self,
        leaf: _Numbered,
        name: str,
        stream: Stream,
        at: int,
        spans: dict[str, list[Span]],
        first: int,
    ) -> None:
        """A leaf that is filed under what stands at `at`, where its first word ends at `first`."""
        if name not in leaf.fields:
            return
        at -= leaf.filed
        last = first if len(leaf.steps) == 1 else self._last(leaf, stream, at)
        if last is not None:
            spans.setdefault(leaf.key, []).append(Span(name, at, last))

    def _last(self, leaf: _Numbered, stream: Stream, at: int) -> int | None:
        """Where `leaf` ends if it begins at token `at`; the shortest way."""
        if leaf.plain:
            return self._straight(leaf, stream, at)
        end: int | None = None
        states = {(0, at)}
        while states:
            later = set()
            for step, token in states:
                for state in self._next(leaf, stream, step, token, at):
                    if state[0] < len(leaf.steps):
                        later.add(state)
                    else:
                        end = state[1] - 1 if end is None else min(end, state[1] - 1)
            states = later
        return end

    def _straight(self, leaf: _Numbered, stream: Stream, at: int) -> int | None:
        """As `_last`, for leaves whose words can only stand one by one."""
        last = at + len(leaf.steps) - 1
        if at < 0 or last >= len(stream):
            return None
        for token, (term, tight, _) in enumerate(leaf.steps, at):
            if term not in self._touch(stream[token]).terms:
                return None
            if token > at and not _follows(stream, token, tight=tight):
                return None
        return last

    def _next(
        self, leaf: _Numbered, stream: Stream, step: int, at: int, first: int
    ) -> Iterator[tuple[int, int]]:
        """The states after one token, or after two that spell one word."""
        term, tight, solid = leaf.steps[step]
        if at >= len(stream) or (at > first and not _follows(stream, at, tight=tight)):
            return
        terms = self._touch(stream[at]).terms
        if term in terms:
            yield step + 1, at + 1
        if solid in terms:
            yield step + 2, at + 1
        if term in self._pair(stream, at).terms:
            yield step + 1, at + 2
        if solid in self._pair(stream, at).terms and self._terms[solid].text.isdigit():
            yield step + 2, at + 2

    def _touch(self, token: Token) -> _Touched:
        known = self._memory.get(token.written)
        if known is None:
            if len(self._memory) >= _REMEMBERED:
                self._memory.clear()
            terms = self._words.touched(token.text, token.written)
            then = "" if token.char else self._words.then(token.text)
            known = self._memory[token.written] = self._made(terms, then=then)
        return known

    def _made(self, terms: Iterable[int], *, then: str = "", whole: bool = True) -> _Touched:
        found = frozenset(terms)
        begins = {leaf for term in found for leaf in self._begin.get(term, ())}
        if whole:
            begins.update(leaf for term in found for leaf in self._begin_whole.get(term, ()))
        if not found and not then:
            return _NOTHING
        return _Touched(found, tuple(sorted(begins)), then)

    def _pair(self, stream: Stream, at: int) -> _Touched:
        """The terms that the tokens `at` and after it spell together."""
        if at + 1 >= len(stream):
            return _NOTHING
        left, right = stream[at], stream[at + 1]
        if right.text[0] not in self._touch(left).then:
            return _NOTHING
        if left.sentence != right.sentence:
            return _NOTHING
        key = left.written, right.written, right.gap
        known = self._pairs.get(key)
        if known is None:
            if len(self._pairs) >= _REMEMBERED:
                self._pairs.clear()
            known = self._pairs[key] = self._joined(left, right)
        return known

    def _joined(self, left: Token, right: Token) -> _Touched:
        value = amount_of(left.text, right.text, right.gap)
        if value:
            found = self._words.touched(value, value)
            return self._made(number for number in found if self._terms[number].joins)
        if right.char or not spells_one(left.text, right.text, right.gap):
            return _NOTHING
        found = self._words.touched(left.text + right.text, left.written + right.written)
        terms = [number for number in found if _completes(self._terms[number], left, right)]
        return self._made(terms, whole=False)


def _completes(term: Term, left: Token, right: Token) -> bool:
    """Is `left` only the first half of `term`, and may `right` be the other?"""
    rest = term.text[len(left.text) :]
    return term.joins and term.text.startswith(left.text) and completes(rest, right.text)


def _follows(stream: Stream, at: int, *, tight: bool) -> bool:
    """May the token `at` follow the one before it within a phrase?"""
    token = stream[at]
    if token.sentence != stream[at - 1].sentence:
        return False
    return not tight or token.gap is not Gap.OTHER


def _passes(one: Filter, value: str) -> bool:
    return value.startswith(one.value) if one.prefix else value == one.value
