"""Under which leaves a rule is filed, so that few rules are tried for an item. Pure.

What a rule needs is a row of clauses: sets of leaves of which one must be true. AND and NEAR need
what each of their parts does; OR needs one of what its parts need most; NOT needs nothing. A rule
is filed under its rarest clause, its *anchors*, and is tried where all the others are there, too.
An anchor is a whole leaf, a phrase as such and not one of its words: measured, that halves the
rules that are tried. What is rare is a guess by the length of words: it never changes a result, and
counts were no faster (docs/decisions/anchors.md).
"""

from collections.abc import Iterable
from typing import NamedTuple

from monitor.matching.bound import All, Bound, Close, Either, Filter, Leaf, Without


class Clause(NamedTuple):
    """Leaves of which one must be true."""

    cost: float  #: how often they are expected, only to compare
    keys: frozenset[str]


class Anchors:
    """Chooses anchors; what a list of names comes to is worked out once."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Bound, tuple[Clause, ...]]] = {}  #: by identity, and kept so

    def of(self, node: Bound) -> tuple[Clause, ...]:
        """What `node` needs to hold, rarest first; nothing if it may hold for any item."""
        known = self._known.get(id(node))
        if known is None:
            known = self._known[id(node)] = node, self._needed(node)
        return known[1]

    def _needed(self, node: Bound) -> tuple[Clause, ...]:
        match node:
            case Leaf() | Filter():
                return (Clause(_guess(node), frozenset((node.key,))),)
            case All(parts=parts):
                return self._each(parts)
            case Either(parts=parts):
                rarest = [self.of(part)[:1] for part in parts]
                if not all(rarest):
                    return ()
                keys = frozenset().union(*(clause.keys for (clause,) in rarest))
                return (Clause(sum(clause.cost for (clause,) in rarest), keys),)
            case Close(left=left, right=right):
                return self._each((left, right))
            case Without():
                return ()

    def _each(self, parts: Iterable[Bound]) -> tuple[Clause, ...]:
        needed = (clause for part in parts for clause in self.of(part))
        return tuple(sorted(needed, key=lambda clause: clause.cost))


def _guess(leaf: Leaf | Filter) -> float:
    """How often it is true: long words and phrases are rare."""
    if isinstance(leaf, Filter):
        return 0.2 if leaf.field == "outlet" else 0.5
    letters = sum(len(step.term.text) * (3 if step.term.char else 1) for step in leaf.steps)
    return float(1.5 ** -min(letters, 40))
