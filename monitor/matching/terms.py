"""Makes a leaf of a phrase: which words, in which spellings and inflections. Pure."""

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass, replace
from typing import NamedTuple

from monitor.matching.bound import Filter, Leaf, Step, Term
from monitor.matching.languages import TAG, inflecting, root, stems
from monitor.matching.tree import TEXT_FIELDS, Phrase, Word
from monitor.tokens import Gap, Token, amount_of, fold, spells_one, tokens


class _Part(NamedTuple):
    """A term, the token of the rule that it was made of, and how that follows the last one."""

    term: Term
    token: Token
    tight: bool


class Leaves:
    """Makes leaves; the same words give the same leaf, and equal terms are one object."""

    def __init__(self) -> None:
        self._made: dict[tuple[Phrase, tuple[str, ...], str], Leaf] = {}
        self._makers: dict[tuple[tuple[str, ...], bool, bool], _Maker] = {}
        self._terms: dict[Term, Term] = {}

    def of(self, node: Phrase, languages: tuple[str, ...], name: str) -> Leaf:
        """What `node` looks for in the field `name`, or wherever there is text."""
        known = self._made.get((node, languages, name))
        if known is None:
            known = self._made[node, languages, name] = self._leaf(node, languages, name)
        return known

    def _leaf(self, node: Phrase, languages: tuple[str, ...], name: str) -> Leaf:
        make = self._maker(() if name == "url" else languages, node.exact, name != "url")
        parts = [part for word in node.words for part in make.parts(word)]
        steps = tuple(
            Step(part.term, part.tight, make.solid(parts, at)) for at, part in enumerate(parts)
        )
        fields = (name,) if name else TEXT_FIELDS
        return Leaf(_key(fields, steps), label(node, name), fields, steps)

    def _maker(self, languages: tuple[str, ...], exact: bool, as_written: bool) -> "_Maker":
        key = languages, exact, as_written
        known = self._makers.get(key)
        if known is None:
            known = self._makers[key] = _Maker(
                languages, self._terms, exact=exact, as_written=as_written
            )
        return known


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes terms. An address has neither inflections nor codes in capitals."""

    languages: tuple[str, ...]
    known: dict[Term, Term]
    _: KW_ONLY
    exact: bool
    as_written: bool  #: are short words in capitals taken as they are written?

    def parts(self, word: Word) -> Iterator[_Part]:
        """The terms of one written word: two for cease-fire, three for 俄罗斯."""
        found = tokens(word.text)
        for at, token in enumerate(found):
            prefix = word.prefix and at == len(found) - 1
            term = self._exact(token) if self.exact else self._term(token, prefix=prefix)
            term = self.known.setdefault(term, term)
            yield _Part(term, token, at > 0 and token.gap is not Gap.OTHER)

    def solid(self, parts: list[_Part], at: int) -> Term | None:
        """The word that this part and the next spell together, if they may."""
        if at + 1 == len(parts):
            return None
        one, other = parts[at : at + 2]
        value = self._amount(one, other)
        if value:
            return Term(value)
        if any(part.term.char or not part.term.joins for part in (one, other)) or one.term.prefix:
            return None
        left, right = one.token, other.token
        if not spells_one(left.text, right.text, right.gap if other.tight else Gap.SPACE):
            return None
        joined = left._replace(text=left.text + right.text, written=left.written + right.written)
        made = self._term(joined, prefix=other.term.prefix)
        # a stemmer may take the second word for an ending: westernallies -> western
        return replace(made, whole=len(left.text)) if made.languages else made

    def _amount(self, one: _Part, other: _Part) -> str:
        """The digits of `100 billion`."""
        if self.exact or one.term.prefix or other.term.prefix:
            return ""
        gap = other.token.gap if other.tight else Gap.SPACE
        return amount_of(one.token.text, other.token.text, gap)

    def _exact(self, token: Token) -> Term:
        return Term(token.text, token.written, joins=False, char=token.char)

    def _term(self, token: Token, *, prefix: bool) -> Term:
        if is_code(token) and self.as_written:
            return Term(token.text, token.written, prefix)
        if prefix or token.char:
            return Term(token.text, prefix=prefix, char=token.char)
        languages = inflecting(token.text, self.languages)
        return Term(
            token.text, languages=languages, form=token.written.lower() if languages else ""
        )


def stems_of(term: Term) -> frozenset[str]:
    """What a word may have in common with `term` to be a form of it.

    Not a part of the term: a rule is compared and has its version without a dictionary being read.
    A term that begins unlike its stem is no form of it, as a word is none: `war` finds no *sein*.
    """
    found = (stem for language in term.languages for stem in stems(term.form, language))
    return frozenset(
        stem for stem in found if len(stem) - TAG > term.whole and term.text.startswith(root(stem))
    )


def filter_(node: Phrase, name: str) -> Filter:
    """The outlet or language that `node` names."""
    value = folded_value(" ".join(word.text for word in node.words))
    prefix = node.words[-1].prefix
    key = f"{name}:{value}{'*' * prefix}"
    return Filter(key, label(node, name), name, value, prefix)


def folded_value(value: str) -> str:
    """An outlet or language as filters compare it."""
    return fold(value.strip())


def label(node: Phrase, name: str) -> str:
    """`node` as a person would write it; evidence names it so."""
    text = " ".join(word.text + "*" * word.prefix for word in node.words)
    quoted = f'"{text}"' if len(node.words) > 1 or node.exact else text
    return (f"{name}:" if name else "") + ("=" if node.exact else "") + quoted


def _key(fields: tuple[str, ...], steps: tuple[Step, ...]) -> str:
    words = " ".join(_term_key(step) for step in steps)
    return f"{'|'.join(fields)} {words}"


def _term_key(step: Step) -> str:
    solid = f"+{_term_text(step.solid)}" if step.solid else ""
    return f"{'~' * step.tight}{_term_text(step.term)}{solid}"


def _term_text(term: Term) -> str:
    word = f"={term.written}" if term.written else term.text
    form = term.form if term.form != term.text else ""
    inflected = "/".join((form, *sorted(term.languages)))
    return f"{word}{'*' * term.prefix}{'!' * (not term.joins)}{inflected}{term.whole or ''}"


def is_code(token: Token) -> bool:
    """US, UN, G8, NATO: short words in capitals are meant as they are written."""
    return len(token.written) <= 5 and token.written.isupper() and not token.text.isdigit()
