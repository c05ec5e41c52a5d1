"""All terms of all rules, by what makes them equal to a word of the news. Pure.

A term is equal to a word that is folded alike, or written alike, or has a stem in common, or begins
with it. Which terms a word can be depends on the word alone; the leaf table remembers the answer.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from monitor.amounts import BEGINNINGS, halves
from monitor.matching.bound import Term
from monitor.matching.languages import TAG, beginnings, endings, forms, inflecting, root
from monitor.matching.terms import stems_of

_NONE: Final = frozenset[str]()


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
        #: first half of a term that two neighbours may spell -> letters the second begins with
        self.heads: dict[str, str] = {}
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
        if term.joins and not term.char:
            for size in range(1, len(term.text)):
                letters = self.heads.setdefault(term.text[:size], "")
                if term.text[size] not in letters:
                    self.heads[term.text[:size]] = letters + term.text[size]

    def then(self, text: str) -> str:
        """Letters that the next word may begin with, for both to be one term."""
        more = BEGINNINGS if self._amounts and text[0].isdigit() else ""
        return self.heads.get(text, "") + more

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
