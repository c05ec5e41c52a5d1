"""Where leaves of several words stand in one field of an item. Pure.

What each word can be is known by then (`leaves`); this looks at what stands beside it.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from monitor.tokens import Gap, Stream

_NONE: Final = frozenset[int]()


class Numbered(NamedTuple):
    """A leaf with numbers for terms."""

    key: str
    fields: frozenset[str]
    steps: tuple[tuple[int, bool, int], ...]  #: term, tight, solid or -1; none of a single word
    plain: bool  #: no two of its words, or of the text's, can be one
    filed: int  #: the step that it is looked for by: of a plain leaf its least shared one


class Touched(NamedTuple):
    """What one distinct word can be, or two neighbours that spell one. Leaves are numbers."""

    terms: frozenset[int]
    alone: tuple[int, ...]  #: leaves of no more than this word
    longer: Mapping[int, tuple[int, ...]]  #: leaves filed under it, by terms that may follow
    solid: tuple[int, ...]  #: leaves whose first two words it is in one
    then: frozenset[str]  #: if this is half of a term: what the other half may begin with


@dataclass(frozen=True, slots=True)
class Look:
    """One field of an item, while leaves are looked for in it. Both rows end with a None."""

    text: Stream
    words: Sequence[Touched | None]  #: of each token
    twos: Sequence[Touched | None]  #: of each token and the next in one word
    leaves: Sequence[Numbered]
    is_number: Callable[[int], bool]  #: is this term one?

    def starting(self, at: int, word: Touched) -> Iterator[tuple[Numbered, int, int]]:
        """Leaves that are filed under what stands at `at`, with their first and last token.

        Not those of this word alone.
        """
        tried = self._likely(at, word)
        yield from self._standing(tried, at)
        both = self.twos[at]
        if both is None:
            return
        for number in both.alone:
            if number not in word.alone:
                yield self.leaves[number], at, at + 1
        yield from self._standing({*both.solid}.union(*both.longer.values()) - tried, at)

    def _likely(self, at: int, word: Touched) -> set[int]:
        """Leaves of which the next word may be there, too."""
        likely = {*word.solid}
        if word.longer:
            for one in (self.words[at + 1], self.twos[at], self.twos[at + 1]):
                for term in one.terms if one else ():
                    likely.update(word.longer.get(term, ()))
        return likely

    def _standing(self, numbers: Collection[int], at: int) -> Iterator[tuple[Numbered, int, int]]:
        for number in numbers:
            leaf = self.leaves[number]
            first = at - leaf.filed
            last = self._straight(leaf, first) if leaf.plain else self._last(leaf, first)
            if last is not None:
                yield leaf, first, last

    def _straight(self, leaf: Numbered, at: int) -> int | None:
        """Where `leaf` ends if it begins at `at`; of leaves whose words can only stand singly."""
        last = at + len(leaf.steps) - 1
        if at < 0 or last >= len(self.text):
            return None
        for token, (term, tight, _) in enumerate(leaf.steps, at):
            if term not in self._terms(token):
                return None
            if token > at and not self._follows(token, tight=tight):
                return None
        return last

    def _last(self, leaf: Numbered, at: int) -> int | None:
        """Where `leaf` ends if it begins at `at`; the shortest way."""
        end: int | None = None
        states = {(0, at)}
        while states:
            later = set()
            for step, token in states:
                for state in self._next(leaf, step, token, at):
                    if state[0] < len(leaf.steps):
                        later.add(state)
                    else:
                        end = state[1] - 1 if end is None else min(end, state[1] - 1)
            states = later
        return end

    def _next(self, leaf: Numbered, step: int, at: int, first: int) -> Iterator[tuple[int, int]]:
        """The states after one token, or after two that spell one word."""
        term, tight, solid = leaf.steps[step]
        if at >= len(self.text) or (at > first and not self._follows(at, tight=tight)):
            return
        terms = self._terms(at)
        if term in terms:
            yield step + 1, at + 1
        if solid in terms:
            yield step + 2, at + 1
        both = self.twos[at]
        if both is None:
            return
        if term in both.terms:
            yield step + 1, at + 2
        if solid in both.terms and self.is_number(solid):
            yield step + 2, at + 2

    def _terms(self, at: int) -> frozenset[int]:
        word = self.words[at]
        return word.terms if word else _NONE

    def _follows(self, at: int, *, tight: bool) -> bool:
        """May the token `at` follow the one before it within a phrase?"""
        if self.text.breaks(at):
            return False
        return not tight or self.text.gap(at) is not Gap.OTHER
