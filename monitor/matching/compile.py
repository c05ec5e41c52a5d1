"""Binds a document's rules: aliases and languages in, a normal form of leaves out. Pure.

Rule.text -> parse -> Node -> Binder -> Bound: All, Either, Without, Close over Leaf and Filter
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from hashlib import sha256
from typing import Final

from monitor.errors import RuleError
from monitor.matching.bound import All, Bound, Close, Either, Leaf, Without, normal
from monitor.matching.printer import sign, unparse
from monitor.matching.syntax import parse
from monitor.matching.terms import Leaves, filter_
from monitor.matching.tree import FILTERS, Alias, And, Field, Near, Node, Not, Or, Phrase
from monitor.model import Document, Provision, Rule

MATCHER_VERSION: Final = 5  #: raise it when the same rules and bytes may give other hits or scores
MAX_LEAVES: Final = 20_000  #: of one rule with its aliases spelled out
MAX_HEIGHT: Final = 120


@dataclass(frozen=True, slots=True)
class Line:
    """One rule, bound."""

    rule: Rule
    node: Bound


@dataclass(frozen=True, slots=True)
class Compiled:
    """One provision, ready to be asked."""

    provision: Provision
    context: Line | None
    keywords: tuple[Line, ...]
    exclude: tuple[Line, ...]
    texts: Mapping[str, str]  #: the provision's own, by language
    version: str  #: changes whenever the same bytes may give another hit


def compiled(document: Document) -> Iterator[Compiled]:
    """The provisions of `document`, one by one.

    Raises:
        RuleError: for the first rule that cannot be used; `check.problems` finds them all.
    """
    binder = Binder(document)
    for provision in document.provisions:
        yield binder.provision(provision)


# -- binding ---------------------------------------------------------------------------------


class UnusableAlias(RuleError):
    """An alias that the rule names is wrong itself; what is wrong is said where it is defined."""


class AliasCycle(RuleError):
    """An alias leads back to itself."""


class TooLarge(RuleError):
    """A rule with its aliases spelled out passes a bound. No single line of it is to blame."""


@dataclass(frozen=True, slots=True)
class _Spelled:
    """An alias, spelled out."""

    node: Bound
    leaves: int
    height: int


class Binder:
    """Binds the rules of one document; each alias is spelled out once a field."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._spelled: dict[tuple[str, str], _Spelled] = {}
        self._bound: dict[tuple[str, tuple[str, ...]], Bound] = {}  #: a context stands in many
        self._read: dict[str, Node] = {}  #: lists that lead on and on are met at every step
        self._normal: dict[int, str] = {}  #: of what is kept in the two above, by identity
        self._made = Leaves()
        self._open: list[str] = []  #: the aliases being spelled out now, outermost first
        self._leaves = 0
        self._tallest = 0

    def provision(self, provision: Provision) -> Compiled:
        """`provision` with all its rules bound."""
        context = self.line(provision.context) if provision.context else None
        keywords = tuple(map(self.line, provision.keywords))
        exclude = tuple(map(self.line, provision.exclude))
        version = self._version(context, keywords, exclude)
        return Compiled(provision, context, keywords, exclude, self._texts(provision), version)

    def _texts(self, provision: Provision) -> dict[str, str]:
        """What has no language of its own is written in the document's first."""
        own = {self._document.languages[0]: provision.text} if provision.text else {}
        return {**own, **provision.texts}

    def line(self, rule: Rule) -> Line:
        """`rule`, bound."""
        node = self._bound.get((rule.text, rule.languages))
        if node is None:
            self._leaves = self._tallest = 0
            self._open.clear()
            node = self._bound[rule.text, rule.languages] = self._rule(rule, "", 0)
        return Line(rule, node)

    def alias_line(self, name: str, rule: Rule) -> Bound:
        """One line of `@name`, so that it can be judged alone."""
        self._leaves = self._tallest = 0
        self._open[:] = [name]
        return self._rule(rule, "", 0)

    def _rule(self, rule: Rule, name: str, height: int) -> Bound:
        languages = rule.languages or self._document.languages
        node = self._read.get(rule.text)
        if node is None:
            node = self._read[rule.text] = parse(rule.text)
        return self._bind(node, languages, name, height)

    def _bind(self, node: Node, languages: tuple[str, ...], name: str, height: int) -> Bound:
        """`name` is the field that `node` stands in, or ""."""
        self._measure(node, height)

        def bind(part: Node) -> Bound:
            return self._bind(part, languages, name, height + 1)

        match node:
            case And() | Or():
                return _group(All if isinstance(node, And) else Either, map(bind, node.parts))
            case Not():
                return Without(bind(node.part))
            case Near():
                sides = [_placed(bind(side), side, node) for side in (node.left, node.right)]
                return Close(sides[0], sides[1], node.distance, node.ordered)
            case Field():
                return self._bind(node.part, languages, node.name, height + 1)
            case Alias():
                return self._alias(node, name, height)
            case Phrase():
                return self._phrase(node, languages, name)

    def _measure(self, node: Node, height: int) -> None:
        self._tallest = max(self._tallest, height)
        if self._tallest > MAX_HEIGHT:
            raise TooLarge("aliases are nested too deeply", position=node.position)
        if self._leaves > MAX_LEAVES:
            raise TooLarge(
                f"with its aliases this rule has more than {MAX_LEAVES} words",
                position=node.position,
                hint="split the rule, or the list",
            )

    def _phrase(self, node: Phrase, languages: tuple[str, ...], name: str) -> Bound:
        self._leaves += 1
        return filter_(node, name) if name in FILTERS else self._made.of(node, languages, name)

    def _alias(self, node: Alias, name: str, height: int) -> Bound:
        spelled = self._spelled.get((node.name, name))
        if spelled is None:
            self._check_alias(node)
            spelled = self._spelled[node.name, name] = self._spell(node, name, height)
        self._leaves += spelled.leaves
        self._measure(node, height + spelled.height)
        return spelled.node

    def _spell(self, node: Alias, name: str, height: int) -> _Spelled:
        before, tallest, self._tallest = self._leaves, self._tallest, height
        self._open.append(node.name)
        try:
            lines = self._document.aliases[node.name]
            bound = _group(Either, [self._rule(rule, name, height + 1) for rule in lines])
        except (AliasCycle, TooLarge) as error:
            raise type(error)(error.reason, position=node.position, hint=error.hint) from None
        except RuleError as error:
            raise UnusableAlias(
                f"@{node.name} is wrong: {error.reason}", position=node.position, hint=error.hint
            ) from error
        self._open.pop()
        made = _Spelled(bound, self._leaves - before, self._tallest - height)
        self._leaves, self._tallest = before, max(tallest, self._tallest)
        return made

    def _check_alias(self, node: Alias) -> None:
        if node.name in self._open:
            path = [*self._open[self._open.index(node.name) :], node.name]
            raise AliasCycle(
                "the list leads back to itself: " + " > ".join(f"@{one}" for one in path),
                position=node.position,
                hint="take one of the names out of the other's list",
            )
        if not self._document.aliases.get(node.name):
            raise RuleError(
                f"no list @{node.name} in this document",
                position=node.position,
                hint=_known(node.name, self._document.aliases),
            )

    def _version(
        self, context: Line | None, keywords: tuple[Line, ...], exclude: tuple[Line, ...]
    ) -> str:
        parts = [
            str(MATCHER_VERSION),
            " ".join(self._document.languages),
            normal(context.node, self._normal) if context else "none",
            *(f"+{line.rule.weight:g} {normal(line.node, self._normal)}" for line in keywords),
            *(f"- {normal(line.node, self._normal)}" for line in exclude),
        ]
        return sha256("\n".join(parts).encode()).hexdigest()[:12]


def _placed(bound: Bound, node: Node, near: Near) -> Bound:
    """`bound`, if it has a position; the parser sees that of all but lists."""
    if not _has_place(bound):
        raise RuleError(
            f"{unparse(node)} has a line without a position in the text, which {sign(near)} needs",
            position=node.position,
            hint="put names of several words in quotes where the list is defined",
        )
    return bound


def _has_place(bound: Bound) -> bool:
    match bound:
        case Leaf() | Close():
            return True
        case Either(parts=parts):
            return all(map(_has_place, parts))
        case _:
            return False


def _known(name: str, names: Iterable[str]) -> str:
    names = sorted(names)
    if like := get_close_matches(name, names, n=1):
        return f"did you mean @{like[0]}?"
    known = ", ".join(f"@{name}" for name in names)
    return f"lists are {known}" if known else "define it under aliases:"


def _group(kind: type[All] | type[Either], parts: Iterable[Bound]) -> Bound:
    """Flat, each part once, and no group of one."""
    found: dict[Bound, None] = {}
    for part in parts:
        found.update(dict.fromkeys(part.parts if isinstance(part, kind) else (part,)))
    return next(iter(found)) if len(found) == 1 else kind(tuple(found))
