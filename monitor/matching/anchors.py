"""Under which leaves a rule is filed, so that few rules are tried for an item. Pure.

What a rule needs is a row of clauses: sets of leaves of which one must be true. AND and NEAR need
what each of their parts does; OR needs one of what its parts need most; NOT needs nothing. A rule
is filed under its rarest clause, its *anchors*, and is tried where all the others are there, too.
An anchor is a whole leaf, a phrase as such and not one of its words: measured, that halves the
rules that are tried. What is rare is a guess by the length of words, or known from counts; it never
changes a result.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from monitor.matching.bound import All, Bound, Close, Either, Filter, Leaf, Term, Without

Shares = Mapping[str, float]  #: folded word -> the share of items that hold it, 0 to 1
NO_SHARES: Final[Shares] = {}

_FURTHER: Final = 0.1  #: of the items with the rarest word of a phrase, those with all of it
_UNSEEN: Final = 1e-6  #: of a word that no item has held yet, at most
_MOST_FORMS: Final = 1_000  #: more words with one beginning make it common anyway


class Clause(NamedTuple):
    """Leaves of which one must be true."""

    cost: float  #: how often they are expected, only to compare
    keys: frozenset[str]


class Anchors:
    """Chooses anchors; what a list of names comes to is worked out once."""

    def __init__(self, shares: Shares) -> None:
        self._shares = shares
        self._words = sorted(shares)
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
                return (Clause(self._share(node), frozenset((node.key,))),)
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

    def _share(self, leaf: Leaf | Filter) -> float:
        if isinstance(leaf, Filter):
            return 0.2 if leaf.field == "outlet" else 0.5
        if not self._shares:
            return _guess(leaf)
        rarest = min(map(self._of_term, (step.term for step in leaf.steps)))
        return rarest * _FURTHER ** (len(leaf.steps) - 1)

    def _of_term(self, term: Term) -> float:
        if not term.prefix:
            return self._shares.get(term.text, 0.0) or _UNSEEN * 1.5 ** -min(len(term.text), 40)
        at = bisect_left(self._words, term.text)
        some = self._words[at : at + _MOST_FORMS]
        return sum(self._shares[word] for word in some if word.startswith(term.text)) or _UNSEEN


def _guess(leaf: Leaf) -> float:
    """Long words and phrases are rare."""
    letters = sum(len(step.term.text) * (3 if step.term.char else 1) for step in leaf.steps)
    return float(1.5 ** -min(letters, 40))
