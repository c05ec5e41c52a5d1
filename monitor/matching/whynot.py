"""Says why a provision was not hit: the keyword that came closest, and what it lacked. Pure.

How close a rule came is a share from 0 to 1 that a person can work out by hand:

* a word, a name of a list: 1 if it is there, else 0; a phrase whose words are there, but not side
  by side, counts half of those
* AND: the mean of its parts; OR: the best of its parts; NOT: 1 unless its part is there
* NEAR, THEN, SAME: with both sides in one field, between a half and one, the more the closer they
  stand; with both in different fields a half; else half the mean of its sides: words that are there
  and too far apart count more than words that are missing

The rule is taken apart as the person wrote it, not in its normal form, so that what is missing can
be named in the person's own words: `@russia`, not its ninety names.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from statistics import fmean

from monitor.matching.bound import Bound, Close, Filter, Leaf, leaves
from monitor.matching.compile import Binder, Compiled
from monitor.matching.evaluate import Answers, Match
from monitor.matching.explain import Matched, said
from monitor.matching.leaves import LeafTable, Span, text_of
from monitor.matching.printer import brief, unparse
from monitor.matching.syntax import parse
from monitor.matching.tree import Alias, And, Field, Near, Node, Not, Or, Phrase
from monitor.model import Document, Item, Rule

_SHOWN = 60  #: characters of a part of a rule
_ALMOST = 0.99  #: the most that a rule which does not hold may come to
_NAMES_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyNot:
    """Why one item does not hit one provision."""

    provision: str  #: Provision.key
    rule: Rule | None  #: the keyword that came closest; None if nothing of any is there
    number: int = 0  #: its place among the provision's keywords, 1-based
    share: float = 0.0  #: how close it came, 0 to 1; 1 = it holds
    there: str = ""  #: what of it is there, with the item's words
    missing: tuple[str, ...] = ()  #: what of it failed, in words
    context: str = ""  #: what the context lacked; "" where it holds or there is none
    excluded: tuple[Rule, ...] = ()  #: the excludes that hold

    @property
    def hits(self) -> bool:
        """Do the rules of today hit after all? Then they changed since the item was matched."""
        return self.share == 1 and not self.context and not self.excluded

    def __str__(self) -> str:
        """In one line."""
        if self.rule is None:
            return "nothing of any keyword is there"
        if self.hits:
            return f"keyword {self.number} holds under the rules of today: {self.there}"
        lacks = [*self.missing, *([self.context] if self.context else [])]
        lacks += [f"the exclude {rule.text} holds" for rule in self.excluded]
        there = f"{self.there}, but " if self.there else ""
        return f"keyword {self.number}, {brief(self.rule.text, _SHOWN)}: {there}{'; '.join(lacks)}"


def nearest(document: Document, item: Item, *, without: Collection[str] = ()) -> tuple[WhyNot, ...]:
    """How close `item` came to each provision but those with the keys `without`; closest first.

    Raises:
        RuleError: a rule cannot be used; a document that was checked has none.
    """
    return Distances(document).of(item, without=without)


class Distances:
    """The rules of a document, taken apart once to be asked about many items."""

    def __init__(self, document: Document) -> None:
        """Take them apart.

        Raises:
            RuleError: a rule cannot be used; a document that was checked has none.
        """
        binder = Binder(document)
        self._asked = {p.key: _Asked(binder.provision(p), binder) for p in document.provisions}
        self._table = LeafTable(leaf for one in self._asked.values() for leaf in one.leaves())

    def of(self, item: Item, *, without: Collection[str] = ()) -> tuple[WhyNot, ...]:
        """How close `item` came to each provision but those with the keys `without`."""
        seen = _Seen(Answers(self._table.find(item)))
        found = [one.answer(seen) for key, one in self._asked.items() if key not in without]
        # the sort is stable: of two that are equally close, the document's order counts
        return tuple(sorted(found, key=lambda one: -one.share))


# -- a rule, taken apart ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece of a rule as it was written. Groups have parts; what has a place is bound."""

    node: Node
    text: str
    bound: Bound | None = None
    parts: "tuple[_Part, ...]" = ()

    def leaves(self) -> Iterator[Leaf | Filter]:
        """What has to be looked for to judge it."""
        if self.bound is not None:
            yield from leaves(self.bound)
        for part in self.parts:
            yield from part.leaves()


class _Taker:
    """Takes one rule apart."""

    def __init__(self, rule: Rule, binder: Binder) -> None:
        self._rule = rule
        self._binder = binder

    def part(self, node: Node, field: str = "") -> _Part:
        """`node` with its parts; `field` is the one that it stands in, or ""."""
        match node:
            case Field(name=name, part=inner):
                return self.part(inner, name)
            case And(parts=parts):
                return _Part(node, _text(node, field), None, self._each(parts, field))
            case Or(parts=parts):
                return _Part(node, _text(node, field), None, self._alternatives(parts, field))
            case Not(part=inner):
                return _Part(node, _text(node, field), None, (self.part(inner, field),))
            case Near(left=left, right=right):
                return self._bound(node, field, self._each((left, right), field))
            case Phrase(words=words) if len(words) > 1:
                single = [Phrase((word,), node.exact) for word in words]
                return self._bound(node, field, self._each(single, field))
            case _:
                return self._bound(node, field)

    def _each(self, nodes: Iterable[Node], field: str) -> tuple[_Part, ...]:
        return tuple(self.part(node, field) for node in nodes)

    def _alternatives(self, nodes: tuple[Node, ...], field: str) -> tuple[_Part, ...]:
        """A list of words is asked as a whole: which of them is missing says nothing."""
        plain = tuple(node for node in nodes if isinstance(node, Phrase | Alias))
        others = self._each([n for n in nodes if not isinstance(n, Phrase | Alias)], field)
        if len(plain) < 2:
            return (*self._each(plain, field), *others)
        return (self._bound(Or(plain), field), *others)

    def _bound(self, node: Node, field: str, parts: tuple[_Part, ...] = ()) -> _Part:
        text = _text(node, field)
        rule = Rule(text=text, languages=self._rule.languages)
        return _Part(node, text, self._binder.line(rule).node, parts)


def _text(node: Node, field: str) -> str:
    return unparse(Field(field, node) if field else node)


class _Asked:
    """One provision, with its rules taken apart."""

    def __init__(self, compiled: Compiled, binder: Binder) -> None:
        self._compiled = compiled
        self._keywords = [_taken(line.rule, binder) for line in compiled.keywords]
        self._context = _taken(compiled.context.rule, binder) if compiled.context else None

    def leaves(self) -> Iterator[Leaf | Filter]:
        """What has to be looked for to answer."""
        one = self._compiled
        for line in (*one.keywords, *one.exclude, *((one.context,) if one.context else ())):
            yield from leaves(line.node)
        for part in (*self._keywords, *((self._context,) if self._context else ())):
            yield from part.leaves()

    def answer(self, seen: "_Seen") -> WhyNot:
        """What was lacking, for what was seen in an item."""
        one = self._compiled
        shares = [
            1.0 if seen.holds(line.node) else min(seen.share(part), _ALMOST)
            for line, part in zip(one.keywords, self._keywords, strict=True)
        ]
        weights = [line.rule.weight for line in one.keywords]
        at = max(range(len(shares)), key=lambda i: (shares[i], weights[i], -i), default=0)
        if not shares or not shares[at]:
            return WhyNot(provision=one.provision.key, rule=None)
        return WhyNot(
            provision=one.provision.key,
            rule=one.keywords[at].rule,
            number=at + 1,
            share=round(shares[at], 2),
            there=seen.there(self._keywords[at]),
            missing=() if shares[at] == 1 else tuple(seen.missing(self._keywords[at])),
            context=self._context_lacks(seen),
            excluded=tuple(line.rule for line in one.exclude if seen.holds(line.node)),
        )

    def _context_lacks(self, seen: "_Seen") -> str:
        context = self._compiled.context
        if context is None or self._context is None or seen.holds(context.node):
            return ""
        return f"the context fails: {'; '.join(seen.missing(self._context))}"


def _taken(rule: Rule, binder: Binder) -> _Part:
    return _Taker(rule, binder).part(parse(rule.text))


# -- what an item has of it --------------------------------------------------------------------


class _Seen:
    """What was found in one item, asked part by part."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._found = answers.found

    def holds(self, node: Bound) -> bool:
        """Does a bound rule hold?"""
        return self._answers.holds(node) is not None

    def share(self, part: _Part) -> float:
        """How close `part` came; 1 exactly where it holds."""
        if part.bound is not None and self.holds(part.bound):
            return 1.0
        shares = [self.share(one) for one in part.parts]
        match part.node:
            case Not():
                return float(shares[0] < 1)
            case And():
                return fmean(shares)
            case Or():
                return max(shares, default=0.0)
            case Near():
                return self._nearness(part) if min(shares) == 1 else fmean(shares) / 2
            case _:
                return fmean(shares) / 2 if shares else 0.0

    def missing(self, part: _Part) -> list[str]:
        """What of `part`, which does not hold, failed."""
        match part.node:
            case Not():
                return [f"{brief(part.parts[0].text, _SHOWN)} is there and must not be"]
            case And():
                return [
                    why for one in part.parts if self.share(one) < 1 for why in self.missing(one)
                ]
            case Or() if part.bound is None and (best := self._best(part)):
                return self.missing(best)
            case Near():
                lacking = [one for one in part.parts if self.share(one) < 1]
                if not lacking:
                    return [self._apart(part)]
                return [why for one in lacking for why in self.missing(one)]
            case _:
                return [self._absent(part)]

    def there(self, part: _Part) -> str:
        """The item's words that `part` found, wherever it got that far."""
        return said(_matched(self._answers, match) for match in self._matches(part))

    def _matches(self, part: _Part) -> Iterator[Match]:
        if isinstance(part.node, Not):
            return
        held = self._answers.holds(part.bound) if part.bound is not None else None
        if held is not None:
            yield from held
            return
        for one in part.parts:
            yield from self._matches(one)

    def _best(self, part: _Part) -> _Part | None:
        """The alternative that came closest; None if none came close at all."""
        best = max(part.parts, key=self.share, default=None)
        return best if best and self.share(best) else None

    def _absent(self, part: _Part) -> str:
        text = brief(part.text, _SHOWN)
        match part.node:
            case Phrase() if part.parts and min(map(self.share, part.parts)) == 1:
                return f"the words of {text} do not stand side by side"
            case Phrase():
                return f"{text} is not there"
            case Alias():
                return f"no name of {text} is there"
            case _:
                return f"none of {_names(part.node)} is there"

    def _nearness(self, part: _Part) -> float:
        """Both sides are there and not as they should be: from 0.5, in different fields, to 1."""
        close = part.bound
        gaps = self._gaps(close) if isinstance(close, Close) else []
        if not gaps or not isinstance(close, Close):
            return 0.5
        if close.distance is None:
            return 0.7
        return 0.5 + 0.45 * min(1.0, (close.distance + 1) / (min(gaps) + 1))

    def _apart(self, part: _Part) -> str:
        close = part.bound
        assert isinstance(close, Close)  # noqa: S101 - what NEAR is bound to
        left, right = (brief(one.text, _SHOWN) for one in part.parts)
        gaps = self._gaps(close)
        if not gaps:
            return f"{left} and {right} stand in different fields"
        if close.distance is None:
            return f"{left} and {right} stand in different sentences"
        if (words := min(gaps)) <= close.distance:
            return f"{right} stands before {left}"
        apart = f"{words} word{'s' * (words != 1)} apart"
        return f"{left} and {right} are {apart}, {close.distance} are allowed"

    def _gaps(self, close: Close) -> list[int]:
        """How many words are between the two sides, for each pair of places in one field."""
        sides = self._answers.places(close.left), self._answers.places(close.right)
        return [
            gap
            for left, right in product(*sides)
            if left.span.field == right.span.field
            and (gap := self._between(left.span, right.span)) is not None
        ]

    def _between(self, one: Span, other: Span) -> int | None:
        """None where they overlap."""
        first, second = sorted((one, other), key=lambda span: span.first)
        return self._found.words_between(first, second) if first.last < second.first else None


def _matched(answers: Answers, match: Match) -> Matched:
    found, name = answers.found, match.span.field
    start, end = found.characters(match.span)
    return Matched(text_of(found.item, name)[start:end], name, start, end, match.label)


def _names(node: Node) -> str:
    """`lift*, ease*, drop* and 12 more` of a list of words."""
    parts = node.parts if isinstance(node, Or) else (node,)
    shown = ", ".join(brief(unparse(part), _SHOWN) for part in parts[:_NAMES_SHOWN])
    more = len(parts) - _NAMES_SHOWN
    return shown + (f" and {more} more" if more > 0 else "")
