"""All terms of all rules, by what makes them equal to a word of the news. Pure.

A term is equal to a word that is folded alike, or written alike, or has a stem in common, or begins
with it. Which terms a word can be depends on the word alone; the leaf table remembers the answer.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Container, Iterator
from functools import cached_property
from typing import Final

from monitor.amounts import FACTORS, halves
from monitor.matching.bound import Term
from monitor.matching.languages import TAG, beginnings, endings, forms, inflecting, root
from monitor.matching.terms import stems_of
from monitor.tokens import SHARED

_NONE: Final = frozenset[str]()


def may_follow(text: str, then: Container[str]) -> bool:
    """May a word complete what `Words.then` was asked about?"""
    return text[:SHARED] in then or text[0] in then


def _start(rest: str) -> str:
    """Of a number the first digit, since numbers may go on."""
    return rest[0] if rest[0].isdigit() else rest[:SHARED]


class Words:
    """Numbers for terms, and tables that lead from a word to the numbers."""

    def __init__(self) -> None:
        self.numbers: dict[Term, int] = {}
        self._literal: defaultdict[str, list[int]] = defaultdict(list)
        self._written: defaultdict[str, list[int]] = defaultdict(list)
        self._stems: defaultdict[str, list[int]] = defaultdict(list)
        self._prefixes: defaultdict[str, list[int]] = defaultdict(list)
        self._written_prefixes: defaultdict[str, list[int]] = defaultdict(list)
        self._lengths: list[int] = []
        #: language, and `=` for dictionary forms or `:` for stems by rules -> what they begin with
        self._roots: dict[str, set[str]] = {}
        self._languages: tuple[str, ...] = ()
        self._amounts = False  #: is one of the terms an amount, as 100bn is?

    def number(self, term: Term) -> int:
        """The number of `term`; a new one if it is new."""
        known = self.numbers.get(term)
        if known is None:
            known = self.numbers[term] = len(self.numbers)
            self._file(term, known)
        return known

    def _file(self, term: Term, number: int) -> None:
        table, word = self._table(term)
        table[word].append(number)
        if term.prefix:
            self._lengths = sorted({*self._lengths, len(word)})
        for stem in stems_of(term):
            self._stems[stem].append(number)
            self._roots.setdefault(stem[:TAG], set()).add(root(stem))
            self._languages = tuple({**dict.fromkeys(self._languages), stem[:2]: None})
        if term.joins and any(halves(term.text)):
            self._amounts = True

    def then(self, text: str) -> frozenset[str]:
        """What the next word may begin with, for both to spell one term; see `may_follow`."""
        found = {_start(rest) for rest in self._rests(text)}
        if self._amounts and text[0].isdigit():
            found.update(map(_start, FACTORS))
        return frozenset(found)

    def _rests(self, text: str) -> Iterator[str]:
        """What `text` leaves of each term that it is the first half of."""
        some = self._halved
        for at in range(bisect_right(some, text), len(some)):
            if not some[at].startswith(text):
                break
            yield some[at][len(text) :]

    @cached_property
    def _halved(self) -> list[str]:
        """All that two neighbours may spell together, sorted; made when all terms are known."""
        return sorted({term.text for term in self.numbers if term.joins and not term.char})

    def _table(self, term: Term) -> tuple[defaultdict[str, list[int]], str]:
        if term.prefix:
            if term.written:
                return self._written_prefixes, term.written
            return self._prefixes, term.text
        return (self._written, term.written) if term.written else (self._literal, term.text)

    def touched(self, text: str, written: str) -> set[int]:
        """The terms that a word is a form of."""
        found = set(self._literal.get(text, ()))
        found.update(self._written.get(written, ()))
        for language in inflecting(text, self._languages):
            found.update(self._inflected(text, written, language))
        for size in self._lengths[: bisect_right(self._lengths, max(len(text), len(written)))]:
            found.update(self._prefixes.get(text[:size], ()))
            found.update(self._written_prefixes.get(written[:size], ()))
        return found

    def _inflected(self, text: str, written: str, language: str) -> Iterator[int]:
        # a stemmer is slow, and most words begin like no word of any rule
        begin = beginnings(text)
        for sign, stems in (("=", forms), (":", endings)):
            if self._roots.get(language + sign, _NONE).isdisjoint(begin):
                continue
            for stem in stems(written, language):
                if stem in self._stems and text.startswith(root(stem)):
                    yield from self._stems[stem]
