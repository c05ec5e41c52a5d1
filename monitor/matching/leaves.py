"""The leaf table: where do the leaves of all rules stand in one item? Pure.

A leaf that stands in many rules is looked for once an item. What a word can touch depends on the
word alone, so it is worked out once for each distinct word (stems, prefixes) and remembered; after
that a token costs one look-up, and most touch nothing. A leaf of several words is looked at more
closely where one of its words is there and the next one may be, too: its first two, or the two of
which fewest leaves share the first.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final, NamedTuple

from monitor.matching.bound import Filter, Leaf, Term
from monitor.matching.look import Look, Numbered, Touched
from monitor.matching.terms import folded_value
from monitor.matching.tree import FILTERS
from monitor.matching.words import Words, may_follow
from monitor.model import Item
from monitor.remembered import MOST, Remembered
from monitor.tokens import (
    WORD_LIMIT,
    Form,
    Gap,
    Stream,
    amount_of,
    completes,
    form_of,
    spells_one,
    stream,
)

Streams = Mapping[str, Stream]  #: field -> its tokens

_NOTHING: Final = frozenset[str]()
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
    _sentences: dict[str, list[int]] = field(default_factory=dict)

    def characters(self, span: Span) -> tuple[int, int]:
        """`span` in code points of the item's field."""
        if span.first == _WHOLE:
            return 0, len(text_of(self.item, span.field))
        return self.streams[span.field].span(span.first, span.last)

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
        numbers = self._sentences.get(span.field)
        if numbers is None:
            numbers = self._sentences[span.field] = self.streams[span.field].sentences()
        first, last = numbers[span.first], numbers[span.last]
        return first if first == last else None


def _cumulated(text: Stream) -> list[int]:
    return list(accumulate((1 if form_of(raw).char else 2 for raw in text.raws), initial=0))


def text_of(item: Item, name: str) -> str:
    """The text of one field of an item. `body` is empty until items have one."""
    value = getattr(item, "language" if name == "lang" else name, "")
    return value if isinstance(value, str) else ""


# -- the table -------------------------------------------------------------------------------


class LeafTable:
    """All leaves of all rules. Immutable but for what it remembers of distinct words."""

    def __init__(self, leaves: Iterable[Leaf | Filter], *, remembered: int = MOST) -> None:
        """remembered: distinct words, at most."""
        self._words = Words()
        self._leaves: list[Numbered] = []
        self._alone: defaultdict[int, list[int]] = defaultdict(list)  #: term -> leaves
        self._longer: defaultdict[int, list[int]] = defaultdict(list)  #: of several words
        self._solid: defaultdict[int, list[int]] = defaultdict(list)  #: by the first two in one
        self._filters: list[Filter] = []
        self._field_sets: dict[tuple[str, ...], frozenset[str]] = {}
        self._add_all({leaf.key: leaf for leaf in leaves}.values())
        self._terms = tuple(self._words.numbers)
        #: word as it stands in the text -> what it can be, None where it is in no leaf
        self._memory = Remembered(self._touched, most=remembered, longest=WORD_LIMIT)
        self._pairs = Remembered(self._joined, most=remembered)

    def find(self, item: Item) -> Found:
        """Every leaf that is true of `item`, and where."""
        streams = {name: stream(text_of(item, name)) for name in self._fields}
        spans: dict[str, list[Span]] = {}
        for name, text in streams.items():
            self._find_in(name, text, spans)
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
        filed = 0
        if plain and len(steps) > 1:
            filed = min(range(len(steps) - 1), key=lambda n: shared[leaf.steps[n].term])
        fields = self._field_sets.setdefault(leaf.fields, frozenset(leaf.fields))
        if len(steps) == 1:
            self._leaves.append(Numbered(leaf.key, fields, (), plain, filed))
            self._alone[steps[0][0]].append(at)
            return
        self._leaves.append(Numbered(leaf.key, fields, steps, plain, filed))
        self._longer[steps[filed][0]].append(at)
        if steps[0][2] >= 0:
            self._solid[steps[0][2]].append(at)

    # Every word of every item passes here; the rest runs for what may be there.

    def _find_in(self, name: str, text: Stream, spans: dict[str, list[Span]]) -> None:
        words: list[Touched | None] = [*map(self._memory.__getitem__, text.raws), None]
        twos = self._twos(text, words)
        leaves, new = self._leaves, tuple.__new__  # a frozen tuple in a third of the time
        here = Look(text, words, twos, leaves, self._is_number)
        for at, word in enumerate(words):
            if word is None:
                continue
            for number in word.alone:
                leaf = leaves[number]
                if name in leaf.fields:
                    spans.setdefault(leaf.key, []).append(new(Span, (name, at, at)))
            if word.solid or twos[at] or twos[at + 1] or _goes_on(word, words[at + 1]):
                for leaf, first, last in here.starting(at, word):
                    if name in leaf.fields:
                        spans.setdefault(leaf.key, []).append(new(Span, (name, first, last)))

    def _twos(self, text: Stream, words: Sequence[Touched | None]) -> list[Touched | None]:
        """What each token and the next spell together."""
        found: list[Touched | None] = [None] * len(words)
        raws = text.raws
        for at, word in enumerate(words[: len(raws) - 1]):
            if word is None or not word.then:
                continue
            other = raws[at + 1]
            if may_follow(form_of(other).text, word.then) and not text.breaks(at + 1):
                found[at] = self._pairs[raws[at], other, text.gap(at + 1)]
        return found

    def _is_number(self, term: int) -> bool:
        return self._terms[term].text.isdigit()

    def _touched(self, raw: str) -> Touched | None:
        form = form_of(raw)
        terms = self._words.touched(form.text, form.written)
        then = _NOTHING if form.char else self._words.then(form.text)
        return self._made(frozenset(terms), then=then) if terms or then else None

    def _made(
        self, terms: frozenset[int], *, then: frozenset[str] = _NOTHING, whole: bool = True
    ) -> Touched:
        alone = {leaf for term in terms for leaf in self._alone.get(term, ())}
        longer = {leaf for term in terms for leaf in self._longer.get(term, ())}
        solid = {leaf for term in terms for leaf in self._solid.get(term, ())} if whole else set()
        by_next: dict[int, list[int]] = {}
        for number in sorted(longer - solid):
            leaf = self._leaves[number]
            term, _, joined = leaf.steps[leaf.filed + 1]
            for key in {term, joined, leaf.steps[leaf.filed][2]} - {-1}:
                by_next.setdefault(key, []).append(number)
        following = {key: tuple(some) for key, some in by_next.items()}
        return Touched(terms, tuple(sorted(alone)), following, tuple(sorted(solid)), then)

    def _joined(self, neighbours: tuple[str, str, Gap]) -> Touched | None:
        left, right = form_of(neighbours[0]), form_of(neighbours[1])
        gap = neighbours[2]
        value = amount_of(left.text, right.text, gap)
        if value:
            found = self._words.touched(value, value)
            terms = frozenset(number for number in found if self._terms[number].joins)
            return self._made(terms) if terms else None
        if right.char or not spells_one(left.text, right.text, gap):
            return None
        found = self._words.touched(left.text + right.text, left.written + right.written)
        terms = frozenset(one for one in found if _completes(self._terms[one], left, right))
        return self._made(terms, whole=False) if terms else None


def _goes_on(word: Touched, after: Touched | None) -> bool:
    """Is the next word one that a leaf filed under `word` goes on with?"""
    return after is not None and not word.longer.keys().isdisjoint(after.terms)


def _completes(term: Term, left: Form, right: Form) -> bool:
    """Is `left` only the first half of `term`, and may `right` be the other?"""
    rest = term.text[len(left.text) :]
    return term.joins and term.text.startswith(left.text) and completes(rest, right.text)


def _passes(one: Filter, value: str) -> bool:
    return value.startswith(one.value) if one.prefix else value == one.value
