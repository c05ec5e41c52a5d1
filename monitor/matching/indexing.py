"""What the archive's index holds of an item, and what a rule asks of it. Pure.

    item -> index_words -> words, and the forms that each was written in
    rule -> asked, with the forms that the index knows -> Query: an AND and OR of words

A query is a superset: the index holds whatever item the rule may hold for, and `evaluate` decides.
So it may be coarse wherever exact would be slow: order, nearness, fields, case, outlets, NOT.

* Each word is held folded. Inflections and prefixes are spelled out on the asking side, over the
  forms that occur: a rule that is new today needs no other index. Their stems are known where they
  were made in time (working them out takes a millisecond a word), and else made when asked.
* In scripts without spaces each character is a word, and each two neighbours are one more: a name
  of several characters is asked by its pairs, as selective as whole words.
* Two words that only a hyphen or an apostrophe parts are held as one word, too: cease-fire is found
  as ceasefire. Words with a space between them (cease fire) are asked as both halves.
"""

import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import sha256
from importlib.metadata import version
from inspect import getsource
from typing import Final, NamedTuple, Protocol

from monitor.amounts import halves
from monitor.matching import languages
from monitor.matching.bound import All, Bound, Close, Either, Filter, Leaf, Step, Term, Without
from monitor.matching.bound import leaves as leaves_of
from monitor.matching.languages import inflecting, root, stems
from monitor.matching.terms import stems_of
from monitor.matching.words import Words
from monitor.tokens import FORMAT as TOKENS
from monitor.tokens import SHARED, Gap, Token, tokens

#: names what the words of an index are; of another name, it is built anew
FORMAT: Final = f"1.{TOKENS}.{unicodedata.unidata_version}"
EVERYTHING: Final = ",all"  #: held by an item that is too large to be indexed; no token looks so
_MOST_WORDS: Final = 20_000  #: of one item
_LONGEST: Final = 64  #: letters of a word; longer ones are cut
_DEEPEST: Final = 12  #: SQLite reads no deeper nesting


class Form(NamedTuple):
    """A word of the news as the index knows it."""

    text: str  #: folded
    written: str  #: in lower case, with accents


@dataclass(frozen=True, slots=True)
class Indexed:
    """What one item gives to the index."""

    words: frozenset[str]
    forms: frozenset[Form]


@dataclass(frozen=True, slots=True)
class Some:
    """One of the words is there, or one of the parts holds."""

    words: frozenset[str]
    parts: "tuple[Query, ...]" = ()


@dataclass(frozen=True, slots=True)
class Every:
    """All parts hold."""

    parts: "tuple[Query, ...]"


Query = Some | Every


class Vocabulary(Protocol):
    """The words of the whole index."""

    languages: frozenset[str]  #: whose stems may be known

    def beginning(self, letters: str) -> Sequence[Form]:
        """All forms that begin like that."""

    def unstemmed(self, letters: str) -> Sequence[Form]:
        """Those of them whose stems are not known."""

    def sharing(self, stems: Collection[str]) -> Sequence[str]:
        """The words of which one of these stems is known."""


def index_words(*texts: str) -> Indexed:
    """The words of an item's texts."""
    found: set[Form] = set()
    pairs: set[str] = set()
    for text in texts:
        last: Token | None = None
        for token in tokens(text):
            found.add(_form(token.text, token.written))
            if last and token.gap < Gap.SPACE and not (last.char or token.char):
                found.add(_form(last.text + token.text, last.written + token.written))
            elif last and last.char and token.char:
                pairs.add(last.text + token.text)
            last = token
    words = pairs.union(form.text for form in found)
    return Indexed(frozenset({EVERYTHING} if len(words) > _MOST_WORDS else words), frozenset(found))


@lru_cache(maxsize=100_000)
def _form(text: str, written: str) -> Form:
    return Form(_cut(text), _cut(written.lower()))


def _cut(word: str) -> str:
    return word[:_LONGEST]


# -- asking ----------------------------------------------------------------------------------


def asked(node: Bound, vocabulary: Vocabulary) -> Query | None:
    """What an item must hold for `node`; None = the index cannot say.

    The answer holds for the items that are indexed when it is asked.
    """
    return _Asker(node, vocabulary).query(node)


@cache
def stem_format() -> str:
    """Names what makes stems; of another name, they are made anew."""
    made_by = [getsource(languages), version("PyStemmer"), version("simplemma")]
    return sha256("".join(made_by).encode()).hexdigest()[:8]


def stems_in(form: Form, names: tuple[str, ...]) -> frozenset[str]:
    """All stems of a word of the news, in those of the languages that it may be of."""
    used = inflecting(form.text, names)
    return frozenset(stem for name in used for stem in stems(form.written, name))


class _Asker:
    """Spells out the terms of one rule, all at once: their beginnings have much in common."""

    def __init__(self, node: Bound, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._words = Words()
        self._ranges: dict[str, Sequence[Form]] = {}
        self._unstemmed: dict[str, Sequence[Form]] = {}
        self._touched: dict[Form, set[int]] = {}
        self._found: dict[Term, set[str]] = {}  #: single words that are a form of the term
        self._halves: dict[Term, tuple[Query, ...]] = {}  #: two words that are
        leaves = [leaf for leaf in leaves_of(node) if isinstance(leaf, Leaf) and _is_indexed(leaf)]
        steps = [step for leaf in leaves for step in leaf.steps]
        terms = dict.fromkeys(term for s in steps for term in (s.term, s.solid) if term)
        for term in terms:
            self._words.number(term)
        for term in terms:
            self._found[term] = self._spelled(term)

    def query(self, node: Bound, depth: int = 0) -> Query | None:
        """What `node` needs; None = no saying."""
        if depth > _DEEPEST:
            return None
        match node:
            case Leaf():
                return self._leaf(node) if _is_indexed(node) else None
            case All(parts=parts):
                return _every(self.query(part, depth + 1) for part in parts)
            case Close(left=left, right=right):
                return _every(self.query(part, depth + 1) for part in (left, right))
            case Either(parts=parts):
                return _some(self.query(part, depth + 1) for part in parts)
            case Filter() | Without():
                return None

    def _leaf(self, leaf: Leaf) -> Query | None:
        return _every(self._steps(leaf.steps))

    def _steps(self, steps: Sequence[Step]) -> Iterator[Query]:
        for at, step in enumerate(steps):
            before = steps[at - 1] if at else None
            if before and _is_pair(before.term, step.term):
                yield Some(frozenset({_cut(before.term.text + step.term.text)}))
            elif at + 1 == len(steps) or not _is_pair(step.term, steps[at + 1].term):
                yield self._step(step, before)

    def _step(self, step: Step, before: Step | None) -> Query:
        """By the word itself, by it and its neighbour as one word, or by its two halves."""
        solids = [s.solid for s in (step, before) if s and s.solid]
        words = self._found[step.term].union(*(self._found[solid] for solid in solids))
        if step.term not in self._halves:
            self._halves[step.term] = tuple(self._in_two(step.term))
        amounts = (part for term in (step.term, *solids) for part in _amounts(term))
        return Some(frozenset(words), (*self._halves[step.term], *amounts))

    def _spelled(self, term: Term) -> set[str]:
        """All words that occur and are a form of `term`, and perhaps some that are not."""
        found = {_cut(term.text)}
        if term.prefix:
            found.update(form.text for form in self._range(_cut(term.text)))
        number, wanted = self._words.number(term), stems_of(term)
        known = self._vocabulary.languages.issuperset(term.languages)
        if wanted and known:
            found.update(self._vocabulary.sharing(wanted))
        for beginning in {root(stem) for stem in wanted}:
            found.update(
                form.text
                for form in (self._fresh if known else self._range)(beginning)
                if len(form.text) == _LONGEST or number in self._touch(form)
            )
        return found

    def _in_two(self, term: Term) -> Iterator[Query]:
        """The pairs of words that spell `term` across a space."""
        if not term.joins or term.char:
            return
        for size in range(1, len(term.text)):
            left, rest = term.text[:size], term.text[size:]
            if rest.isdigit() or min(size, len(rest)) >= SHARED:
                right = frozenset(map(_cut, self._rights(term, left, rest)))
                if right:
                    yield Every((Some(frozenset({_cut(left)})), Some(right)))

    def _rights(self, term: Term, left: str, rest: str) -> Iterator[str]:
        """What may follow `left` so that both are a form of `term`."""
        if term.prefix:
            yield from (form.text for form in self._range(rest))
            return
        yield rest
        if term.languages and self._occurs(left):
            yield from (right.text for right in self._range(rest[:SHARED]))

    def _occurs(self, text: str) -> bool:
        return any(form.text == text for form in self._range(text[:SHARED]))

    def _range(self, letters: str) -> Sequence[Form]:
        known = self._ranges.get(letters)
        if known is None:
            known = self._ranges[letters] = self._vocabulary.beginning(letters)
        return known

    def _fresh(self, letters: str) -> Sequence[Form]:
        known = self._unstemmed.get(letters)
        if known is None:
            known = self._unstemmed[letters] = self._vocabulary.unstemmed(letters)
        return known

    def _touch(self, form: Form) -> set[int]:
        known = self._touched.get(form)
        if known is None:
            known = self._touched[form] = self._words.touched(form.text, form.written)
        return known


def _amounts(term: Term) -> Iterator[Query]:
    """The pairs of words that are the amount `term`."""
    if term.joins and term.text.isdigit() and len(term.text) > len("000"):
        yield Every((Some(frozenset({term.text[:-3]})), Some(frozenset({term.text[-3:]}))))
    for number, words in halves(term.text) if term.joins else ():
        yield Every((Some(frozenset({number})), Some(words)))


def _is_indexed(leaf: Leaf) -> bool:
    """Addresses are not: they are full of words that no other text has."""
    return "url" not in leaf.fields


def _is_pair(one: Term, other: Term) -> bool:
    return one.char and other.char and not one.prefix and not other.prefix


def _every(parts: Iterable[Query | None]) -> Query | None:
    known = tuple(dict.fromkeys(part for part in parts if part))
    return known[0] if len(known) == 1 else Every(known) if known else None


def _some(parts: Iterable[Query | None]) -> Query | None:
    """Flat: the words of all parts that are nothing but words are one list."""
    words: set[str] = set()
    others: dict[Query, None] = {}
    for part in parts:
        if part is None:
            return None
        if isinstance(part, Some):
            words |= part.words
            others |= dict.fromkeys(part.parts)
        else:
            others[part] = None
    return Some(frozenset(words), tuple(others))
