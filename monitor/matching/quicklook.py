"""A quick look at words that no index knows yet: may a rule hold for them? Pure.

It lets through every text that the rule may hold for and few others; `evaluate` then decides. It
looks for pieces of words in the text without anything between them, in a tenth of the time that
cutting it into tokens takes.
"""

import re
from collections.abc import Callable, Iterator
from unicodedata import normalize

from monitor.amounts import halves
from monitor.matching.bound import (
    All,
    Bound,
    Close,
    Either,
    Filter,
    Leaf,
    Step,
    Term,
    Without,
    leaves,
)
from monitor.matching.languages import root
from monitor.matching.terms import stems_of
from monitor.model import Item
from monitor.tokens import fold

_MOST_NEEDLES = 100  #: looking for more takes longer than asking the rule
# letters beyond Latin, and what may turn into them
_FAR = re.compile("[\u00b5\u023a\u023e\u0345\u0370-\u1fff\u2100-\U0010ffff]")
# letters, and the digits of other scripts, that `fold` makes ASCII ones of and Unicode does not
_SPECIAL = re.compile("[łŁøØǾǿđĐðÐþÞæÆǢǣǼǽœŒıħĦℏ\u0660-\u1fff\ua620-\uabff\U00010000-\U0001ffff]")
# apostrophes among the letters belong to no word, whatever Unicode calls them
_NOT_A_WORD = re.compile("[\\W_\u02b9\u02bb\u02bc]+")
_ASCII_SIGNS = str.maketrans("", "", "".join(c for c in map(chr, range(128)) if not c.isalnum()))

Clause = frozenset[str]  #: texts of which one must be there; empty = no saying


def quick_look(node: Bound) -> Callable[[Item], bool]:
    """Says no only of what `node` cannot hold for."""
    found = sorted({c for c in clauses(node) if len(c) <= _MOST_NEEDLES}, key=_rarity)
    if not found:
        return lambda _: True
    first, *others = [re.compile("|".join(map(re.escape, sorted(c)))).search for c in found]
    squeezed = bare if any(not n.isascii() for c in found for n in c) else bare_latin
    far = any(all(map(_FAR.search, c)) for c in found)
    urls = any("url" in leaf.fields for leaf in leaves(node) if isinstance(leaf, Leaf))

    def may_hold(item: Item) -> bool:
        text = f"{item.title} {item.text} {item.url}" if urls else f"{item.title} {item.text}"
        if far and not _FAR.search(text):
            return False
        there = squeezed(text)
        return bool(first(there)) and all(search(there) for search in others)

    return may_hold


def clauses(node: Bound) -> list[Clause]:
    """What the text of an item must contain for `node` to hold: one of each."""
    match node:
        case Leaf():
            return _of_leaf(node)
        case All(parts=parts):
            return [clause for part in parts for clause in clauses(part)]
        case Close(left=left, right=right):
            return clauses(left) + clauses(right)
        case Either(parts=parts):
            rarest = [min(clauses(part), key=_rarity, default=frozenset()) for part in parts]
            return [frozenset().union(*rarest)] if all(rarest) else []
        case Filter() | Without():
            return []


def bare(text: str) -> str:
    """`text` folded like its words, without anything between them: cease-fire, cease fire.

    A word, or two that are taken for one, is always a part of it.
    """
    if text.isascii():
        return text.lower().translate(_ASCII_SIGNS)
    return _NOT_A_WORD.sub("", fold(normalize("NFKC", text))).lower()


def bare_latin(text: str) -> str:
    """As `bare`, but only its letters a to z and digits, in a tenth of the time."""
    if text.isascii():
        return text.lower().translate(_ASCII_SIGNS)
    if _SPECIAL.search(text):
        return bare(text)
    plain = normalize("NFKD", text).casefold().encode("ascii", "ignore").decode()
    return plain.translate(_ASCII_SIGNS)


def _rarity(clause: Clause) -> int:
    """The shortest text is the most common one; less is rarer."""
    return -min(map(len, clause), default=0)


def _of_leaf(leaf: Leaf) -> list[Clause]:
    """One for each word that stands by itself, and is not taken in by the one before."""
    free = [s for at, s in enumerate(leaf.steps) if at == 0 or leaf.steps[at - 1].solid is None]
    return [clause for clause in map(_forms, free) if clause]


def _forms(step: Step) -> Clause:
    """What a word of the text that answers `step` begins with, or is."""
    terms = (step.term, step.solid) if step.solid else (step.term,)
    if any(any(halves(term.text)) for term in terms):
        return frozenset()  # an amount is written in a hundred ways
    found = {_NOT_A_WORD.sub("", form).lower() for term in terms for form in _beginnings(term)}
    return frozenset() if "" in found else frozenset(found)


def _beginnings(term: Term) -> Iterator[str]:
    yield term.text
    yield from map(root, stems_of(term))
