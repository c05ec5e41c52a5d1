"""Under which leaves a rule is filed, so that few rules are tried for an item. Pure.

One of a rule's anchors must be true for the rule to hold. AND needs all its parts, so its rarest
part stands for it; OR needs any, so all of them do; NOT stands for nothing. An anchor is a whole
leaf, a phrase as such and not one of its words: measured, that halves the rules that are tried.
What is rare is a guess by the length of words, or known from counts; it never changes a result.
"""

from bisect import bisect_left
from collections.abc import Mapping
from typing import Final, NamedTuple

from monitor.matching.bound import All, Bound, Close, Either, Filter, Leaf, Term, Without

Shares = Mapping[str, float]  #: folded word -> the share of items that hold it, 0 to 1
NO_SHARES: Final[Shares] = {}

_FURTHER: Final = 0.1  #: of the items with the rarest word of a phrase, those with all of it
_UNSEEN: Final = 1e-6  #: of a word that no item has held yet, at most
_MOST_FORMS: Final = 1_000  #: more words with one beginning make it common anyway


class _Anchors(NamedTuple):
    cost: float  #: how often they are expected, only to compare
    keys: frozenset[str]


_ANYTHING: Final = _Anchors(float("inf"), frozenset())


class Anchors:
    """Chooses anchors; what a list of names comes to is worked out once."""

    def __init__(self, shares: Shares) -> None:
        self._shares = shares
        self._words = sorted(shares)
        self._known: dict[int, tuple[Bound, _Anchors]] = {}  #: by identity, and kept so

    def of(self, node: Bound) -> frozenset[str]:
        """Keys of leaves of which one must be true for `node` to hold."""
        return self._of(node).keys

    def _of(self, node: Bound) -> _Anchors:
        known = self._known.get(id(node))
        if known is None:
            known = self._known[id(node)] = node, self._chosen(node)
        return known[1]

    def _chosen(self, node: Bound) -> _Anchors:
        match node:
            case Leaf() | Filter():
                return _Anchors(self._share(node), frozenset((node.key,)))
            case All(parts=parts):
                return min(map(self._of, parts), key=lambda one: one.cost)
            case Either(parts=parts):
                found = [self._of(part) for part in parts]
                keys = frozenset().union(*(one.keys for one in found))
                return _Anchors(sum(one.cost for one in found), keys)
            case Close(left=left, right=right):
                return min(self._of(left), self._of(right), key=lambda one: one.cost)
            case Without():
                return _ANYTHING

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
