"""Does a bound rule hold for an item, and why. Pure.

The percolator asks it about the stream, archive search about the archive and the check about
examples: there is one answer.

The reasons are matches: of AND all parts, of OR those that hold, of NEAR the pairs that are close
enough, of NOT none.

What NEAR costs is bounded, whatever an item says. Whether it holds, and why, is known from each
place's nearest partner: linear in the places, but for sorting them. All pairs are made only of a
NEAR inside another, which asks where each pair begins and ends; and where there are more than
`MAX_PAIRS`, only the shortest pair from each place on is taken further.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, NamedTuple

from monitor.matching.bound import All, Bound, Close, Either, Filter, Leaf, Without, leaves
from monitor.matching.leaves import Found, LeafTable, Span
from monitor.model import Item


class Match(NamedTuple):
    """A leaf that holds, and where."""

    label: str
    span: Span


Matches = frozenset[Match]
_NONE: Matches = frozenset()
MAX_PAIRS: Final = 10_000  #: of one NEAR inside another, in one field; news has a few dozen


class _Place(NamedTuple):
    """Where an operand of NEAR stands, and what makes it stand there."""

    span: Span
    matches: Matches


class Answers:
    """What rules say about one item. A list of names stands in many rules and is asked once."""

    def __init__(self, found: Found) -> None:
        self.found = found
        self._held: dict[int, Matches | None] = {}  #: by identity: nodes outlive an item
        self._placed: dict[int, list[_Place]] = {}
        self._may_stand: dict[int, bool] = {}

    def holds(self, node: Bound) -> Matches | None:
        """The reasons why `node` holds, or None if it does not."""
        if isinstance(node, Leaf | Filter):
            spans = self.found.spans.get(node.key)
            return frozenset([Match(node.label, span) for span in spans]) if spans else None
        name = id(node)
        if name not in self._held:
            self._held[name] = self._asked(node)
        return self._held[name]

    def _asked(self, node: Bound) -> Matches | None:
        match node:
            case All(parts=parts):
                return self._all(parts)
            case Either():
                held = [made for part in self._live(node) if (made := self.holds(part)) is not None]
                return _NONE.union(*held) if held else None
            case Without(part=part):
                return _NONE if self.holds(part) is None else None
            case Close(left=left, right=right) if self._may(node):
                close = _partners(node, self.places(left), self.places(right), self.found)
                return _NONE.union(*[place.matches for place in close]) if close else None
            case _:
                return None

    def _live(self, node: Either) -> list[Bound]:
        """Without the leaves that are not there: nearly all of a long list of names."""
        spans = self.found.spans
        listed = sorted(spans.keys() & node.leaves.keys()) if node.leaves else ()
        others = [o for o in node.others if not isinstance(o, Leaf) or o.key in spans]
        return [*(leaf for key in listed for leaf in node.leaves[key]), *others]

    def _all(self, parts: Iterable[Bound]) -> Matches | None:
        held = []
        for part in parts:
            made = self.holds(part)
            if made is None:
                return None
            held.append(made)
        return _NONE.union(*held)

    def _may(self, node: Bound) -> bool:
        """Is enough there for `node` to stand somewhere? Spares most of the work of NEAR."""
        if isinstance(node, Leaf):
            return node.key in self.found.spans
        if isinstance(node, Either):
            known = self._may_stand.get(id(node))
            if known is None:
                known = self._may_stand[id(node)] = not self.found.spans.keys().isdisjoint(
                    node.leaves
                ) or any(map(self._may, node.others))
            return known
        return not isinstance(node, Close) or (self._may(node.left) and self._may(node.right))

    def places(self, node: Bound) -> list[_Place]:
        """Where `node` stands; of OR, all places of all parts."""
        if isinstance(node, Leaf):
            spans = self.found.spans.get(node.key, ())
            return [_Place(span, frozenset((Match(node.label, span),))) for span in spans]
        name = id(node)
        if name not in self._placed:
            self._placed[name] = self._stands(node)
        return self._placed[name]

    def _stands(self, node: Bound) -> list[_Place]:
        match node:
            case Either():
                return [place for part in self._live(node) for place in self.places(part)]
            case Close(left=left, right=right) if self._may(left) and self._may(right):
                return _close(node, self.places(left), self.places(right), self.found)
            case _:
                return []


def evaluate(node: Bound, found: Found) -> Matches | None:
    """The reasons why `node` holds for what was found in an item, or None."""
    return Answers(found).holds(node)


def matches(node: Bound, item: Item) -> Matches | None:
    """`evaluate` for one rule and one item, where there is no percolator."""
    return evaluate(node, LeafTable(leaves(node)).find(item))


# -- NEAR, THEN, SAME ------------------------------------------------------------------------


def _partners(node: Close, left: list[_Place], right: list[_Place], found: Found) -> list[_Place]:
    """The places of either side that have a partner close enough."""
    lefts, rights = _by_field(left), _by_field(right)
    near: list[_Place] = []
    for name in lefts.keys() & rights.keys():
        if node.distance is None:
            both = _in_one_sentence(lefts[name], rights[name], found)
            near += [_Place(span, why) for span, why in both]
            continue
        near += _with_a_partner(lefts[name], rights[name], node.distance, found)
        if not node.ordered:
            near += _with_a_partner(rights[name], lefts[name], node.distance, found)
    return near


def _with_a_partner(
    before: list[_Place], after: list[_Place], distance: int, found: Found
) -> Iterator[_Place]:
    """Places of both that stand in this order and close enough; the nearest says it for each."""
    firsts = sorted(after, key=lambda place: place.span.first)
    lasts = sorted(before, key=lambda place: place.span.last)
    starts = [place.span.first for place in firsts]
    ends = [place.span.last for place in lasts]
    for one in before:
        at = bisect_right(starts, one.span.last)
        if at < len(firsts) and found.words_between(one.span, firsts[at].span) <= distance:
            yield one
    for other in after:
        at = bisect_left(ends, other.span.first) - 1
        if at >= 0 and found.words_between(lasts[at].span, other.span) <= distance:
            yield other


def fewest_between(left: list[_Place], right: list[_Place], found: Found) -> int | None:
    """The words between the nearest two of either side; None where no two stand in one field.

    Two that overlap are not near each other.
    """
    lefts, rights = _by_field(left), _by_field(right)
    return min(
        (
            words
            for name in lefts.keys() & rights.keys()
            for before, after in ((lefts[name], rights[name]), (rights[name], lefts[name]))
            for words in _to_the_next(before, after, found)
        ),
        default=None,
    )


def _to_the_next(before: list[_Place], after: list[_Place], found: Found) -> Iterator[int]:
    """For each place the words up to the first of `after` that follows it."""
    firsts = sorted(after, key=lambda place: place.span.first)
    starts = [place.span.first for place in firsts]
    for one in before:
        at = bisect_right(starts, one.span.last)
        if at < len(firsts):
            yield found.words_between(one.span, firsts[at].span)


def _close(node: Close, left: list[_Place], right: list[_Place], found: Found) -> list[_Place]:
    """The pairs that are close enough, each as one place from its first to its last word."""
    lefts, rights = _by_field(left), _by_field(right)
    spans: dict[Span, set[Match]] = defaultdict(set)
    for name in lefts.keys() & rights.keys():
        pairs = list(islice(_pairs(node, lefts[name], rights[name], found), MAX_PAIRS + 1))
        if node.distance is not None and len(pairs) > MAX_PAIRS:
            pairs = _shortest(node, node.distance, lefts[name], rights[name], found)
        for span, why in pairs:
            spans[span].update(why)
    return [_Place(span, frozenset(spans[span])) for span in sorted(spans)]


def _shortest(
    node: Close, distance: int, left: list[_Place], right: list[_Place], found: Found
) -> list[tuple[Span, Matches]]:
    """Of the pairs that begin at one word, the shortest."""
    made: dict[int, tuple[Span, Matches]] = {}
    for before, after in ((left, right),) if node.ordered else ((left, right), (right, left)):
        firsts = sorted(after, key=lambda place: place.span.first)
        starts = [place.span.first for place in firsts]
        for one in before:
            at = bisect_right(starts, one.span.last)
            if at == len(firsts) or found.words_between(one.span, firsts[at].span) > distance:
                continue
            span = one.span._replace(last=firsts[at].span.last)
            known = made.get(span.first)
            if known is None or span < known[0]:
                made[span.first] = span, one.matches | firsts[at].matches
    return list(made.values())


def _by_field(places: Iterable[_Place]) -> dict[str, list[_Place]]:
    found: dict[str, list[_Place]] = {}
    for place in places:
        found.setdefault(place.span.field, []).append(place)
    return found


def _pairs(
    node: Close, left: list[_Place], right: list[_Place], found: Found
) -> Iterator[tuple[Span, Matches]]:
    if node.distance is None:
        yield from _in_one_sentence(left, right, found)
        return
    yield from _followed(left, right, node.distance, found)
    if not node.ordered:
        yield from _followed(right, left, node.distance, found)


def _followed(
    before: list[_Place], after: list[_Place], distance: int, found: Found
) -> Iterator[tuple[Span, Matches]]:
    """Pairs in this order, without overlap, at most `distance` words apart."""
    after = sorted(after, key=lambda place: place.span.first)
    starts = [place.span.first for place in after]
    for one in before:
        # not `after[at:]`: a copy for each place takes the square of the places in time
        for at in range(bisect_right(starts, one.span.last), len(after)):
            other = after[at]
            if found.words_between(one.span, other.span) > distance:
                break
            yield (
                Span(one.span.field, one.span.first, other.span.last),
                one.matches | other.matches,
            )


def _in_one_sentence(
    left: list[_Place], right: list[_Place], found: Found
) -> Iterator[tuple[Span, Matches]]:
    """One place a sentence that holds both, from the first to the last of them."""
    lefts, rights = _by_sentence(left, found), _by_sentence(right, found)
    for sentence in lefts.keys() & rights.keys():
        both = lefts[sentence] + rights[sentence]
        first = min(place.span.first for place in both)
        last = max(place.span.last for place in both)
        why = _NONE.union(*(place.matches for place in both))
        yield Span(both[0].span.field, first, last), why


def _by_sentence(places: list[_Place], found: Found) -> dict[int, list[_Place]]:
    made: dict[int, list[_Place]] = {}
    for place in places:
        sentence = found.sentence(place.span)
        if sentence is not None:
            made.setdefault(sentence, []).append(place)
    return made
