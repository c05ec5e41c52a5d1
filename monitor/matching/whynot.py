"""Says why a provision was not hit: the keyword that came closest, and what it lacked. Pure.

How close a rule came is a share from 0 to 1 that a person can work out by hand:

* a word, a name of a list: 1 if it is there, else 0; a phrase whose words are there, but not side
  by side, counts half of those
* AND: the mean of its parts, where a NOT counts only if it fails: what is rightly missing brings no
  item closer; OR: the best of its parts
* NEAR, THEN, SAME: with both sides in one field, between a half and one, the more the closer they
  stand; with both in different fields a half; else half the mean of its sides: words that are there
  and too far apart count more than words that are missing

The rule is taken apart as the person wrote it, not in its normal form, so that what is missing can
be named in the person's own words: `@russia`, not its ninety names.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from statistics import fmean
from unicodedata import name

from monitor.matching.bound import Bound, Close, Filter, Leaf, leaves
from monitor.matching.compile import Binder, Compiled, Line
from monitor.matching.evaluate import Answers, Match, fewest_between
from monitor.matching.explain import Matched, said, told
from monitor.matching.leaves import LeafTable, text_of
from monitor.matching.parts import Part, taken
from monitor.matching.printer import brief, unparse
from monitor.matching.tree import Alias, And, Near, Node, Not, Or, Phrase
from monitor.model import Document, Item, Rule

_SHOWN = 60  #: characters of a part of a rule
_ALMOST = 0.99  #: the most that a rule which does not hold may come to
_NAMES_SHOWN = 3
_WHERES = {
    "title": "in the title",
    "text": "in the text",
    "body": "in the article",
    "url": "in the address",
}
_FILTERS = {"outlet": "the outlet", "lang": "the language"}


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
    excluding: tuple[str, ...] = ()  #: why each of them does, in words

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
        lacks += self.excluding
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


# -- one provision, asked ----------------------------------------------------------------------


class _Asked:
    """One provision, with its rules taken apart."""

    def __init__(self, compiled: Compiled, binder: Binder) -> None:
        self._compiled = compiled
        self._keywords = [taken(line.rule, binder) for line in compiled.keywords]
        self._context = taken(compiled.context.rule, binder) if compiled.context else None

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
        held = [(n, line) for n, line in enumerate(one.exclude, 1) if seen.holds(line.node)]
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
            excluded=tuple(line.rule for _, line in held),
            excluding=tuple(f"exclude {n} holds ({seen.because(line)})" for n, line in held),
        )

    def _context_lacks(self, seen: "_Seen") -> str:
        context = self._compiled.context
        if context is None or self._context is None or seen.holds(context.node):
            return ""
        return f"the context fails: {'; '.join(seen.missing(self._context))}"


# -- what an item has of it --------------------------------------------------------------------


class _Seen:
    """What was found in one item, asked part by part."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._found = answers.found

    def holds(self, node: Bound) -> bool:
        """Does a bound rule hold?"""
        return self._answers.holds(node) is not None

    def because(self, line: Line) -> str:
        """Why a bound rule holds: what of it, with the item's words."""
        matches = sorted(self._answers.holds(line.node) or ())
        rule = told(line.rule.text, frozenset(match.label for match in matches))
        words = said(_matched(self._answers, match) for match in matches)
        return f"{brief(rule, _SHOWN)}: {words}"

    def share(self, part: Part) -> float:
        """How close `part` came; 1 exactly where it holds."""
        if part.bound is not None and self.holds(part.bound):
            return 1.0
        shares = [self.share(one) for one in part.parts]
        match part.node:
            case Not():
                return float(shares[0] < 1)
            case And():
                counted = [
                    share
                    for share, one in zip(shares, part.parts, strict=True)
                    if share < 1 or not isinstance(one.node, Not)
                ]
                return fmean(counted)
            case Or():
                return max(shares, default=0.0)
            case Near():
                return self._nearness(part) if min(shares) == 1 else fmean(shares) / 2
            case _:
                return fmean(shares) / 2 if shares else 0.0

    def missing(self, part: Part) -> list[str]:
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

    def there(self, part: Part) -> str:
        """The item's words that `part` found, wherever it got that far."""
        return said(_matched(self._answers, match) for match in self._matches(part))

    def _matches(self, part: Part) -> Iterator[Match]:
        if isinstance(part.node, Not):
            return
        held = self._answers.holds(part.bound) if part.bound is not None else None
        if held is not None:
            yield from held
            return
        for one in part.parts:
            yield from self._matches(one)

    def _best(self, part: Part) -> Part | None:
        """The alternative that came closest; None if none came close at all."""
        best = max(part.parts, key=self.share, default=None)
        return best if best and self.share(best) else None

    def _absent(self, part: Part) -> str:
        if part.field in _FILTERS:
            return f"{_FILTERS[part.field]} is not {brief(unparse(part.node), _SHOWN)}"
        where = _WHERES.get(part.field, "there")
        match part.node:
            case Phrase() if part.parts and min(map(self.share, part.parts)) == 1:
                return f"the words of {unparse(part.node)} do not stand side by side"
            case Phrase():
                return f"{unparse(part.node)} is not {where}"
            case Alias():
                return f"no name of {unparse(part.node)} is {where}"
            case _:
                return f"none of {_names(part.node, like=self._found.item.title)} is {where}"

    def _nearness(self, part: Part) -> float:
        """Both sides are there and not as they should be: from 0.5, in different fields, to 1."""
        close = part.bound
        if not isinstance(close, Close) or (words := self._fewest_between(close)) is None:
            return 0.5
        if close.distance is None:
            return 0.7
        return 0.5 + 0.45 * min(1.0, (close.distance + 1) / (words + 1))

    def _apart(self, part: Part) -> str:
        close = part.bound
        assert isinstance(close, Close)  # noqa: S101 - what NEAR is bound to
        left, right = (brief(one.text, _SHOWN) for one in part.parts)
        words = self._fewest_between(close)
        if words is None and self._share_a_field(close):
            return f"{left} and {right} are the same words there"
        if words is None:
            return f"{left} and {right} stand in different fields"
        if close.distance is None:
            return f"{left} and {right} stand in different sentences"
        if words <= close.distance:
            return f"{right} stands before {left}"
        apart = f"{words} word{'s' * (words != 1)} apart"
        return f"{left} and {right} are {apart}, {close.distance} are allowed"

    def _fewest_between(self, close: Close) -> int | None:
        left, right = self._answers.places(close.left), self._answers.places(close.right)
        return fewest_between(left, right, self._found)

    def _share_a_field(self, close: Close) -> bool:
        sides = (self._answers.places(side) for side in (close.left, close.right))
        left, right = ({place.span.field for place in places} for places in sides)
        return not left.isdisjoint(right)


def _matched(answers: Answers, match: Match) -> Matched:
    found, name = answers.found, match.span.field
    start, end = found.characters(match.span)
    return Matched(text_of(found.item, name)[start:end], name, start, end, match.label)


def _names(node: Node, *, like: str) -> str:
    """`lift*, ease*, drop* and 12 more` of a list of words; those in the script of `like` first."""
    parts = node.parts if isinstance(node, Or) else (node,)
    names = sorted((unparse(part) for part in parts), key=lambda name: not _alike(name, like))
    shown = ", ".join(brief(name, _SHOWN) for name in names[:_NAMES_SHOWN])
    more = len(names) - _NAMES_SHOWN
    return shown + (f" and {more} more" if more > 0 else "")


def _alike(name: str, text: str) -> bool:
    """Is `name` in the script of `text`? A list has names in many."""
    return name.startswith("@") or _script(name) == _script(text)


@lru_cache(maxsize=10_000)
def _script(text: str) -> str:
    """`LATIN`, `CYRILLIC`, `CJK` ...: that of most letters."""
    scripts = Counter(name(one, "").partition(" ")[0] for one in text if one.isalpha())
    return max(scripts, key=lambda script: (scripts[script], script), default="")
