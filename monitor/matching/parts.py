"""A rule taken apart as the person wrote it, so that each piece of it can be asked alone. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from monitor.matching.bound import Bound, Filter, Leaf, leaves
from monitor.matching.compile import Binder
from monitor.matching.printer import unparse
from monitor.matching.syntax import parse
from monitor.matching.tree import Alias, And, Field, Near, Node, Not, Or, Phrase
from monitor.model import Rule


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a rule as it was written. Groups have parts; what has a place is bound."""

    node: Node
    field: str  #: the one that it stands in, or ""
    bound: Bound | None = None
    parts: "tuple[Part, ...]" = ()

    @property
    def text(self) -> str:
        """As a person writes it."""
        return unparse(Field(self.field, self.node) if self.field else self.node)

    def leaves(self) -> Iterator[Leaf | Filter]:
        """What has to be looked for to judge it."""
        if self.bound is not None:
            yield from leaves(self.bound)
        for part in self.parts:
            yield from part.leaves()


class _Taker:
    """Takes one rule apart."""

    def __init__(self, rule: Rule, binder: Binder) -> None:
        self._rule = rule
        self._binder = binder

    def part(self, node: Node, field: str = "") -> Part:
        """`node` with its parts; `field` is the one that it stands in, or ""."""
        match node:
            case Field(name=name, part=inner):
                return self.part(inner, name)
            case And(parts=parts):
                return Part(node, field, None, self._each(parts, field))
            case Or(parts=parts):
                return Part(node, field, None, self._alternatives(parts, field))
            case Not(part=inner):
                return Part(node, field, None, (self.part(inner, field),))
            case Near(left=left, right=right):
                return self._bound(node, field, self._each((left, right), field))
            case Phrase(words=words) if len(words) > 1:
                single = [Phrase((word,), node.exact) for word in words]
                return self._bound(node, field, self._each(single, field))
            case _:
                return self._bound(node, field)

    def _each(self, nodes: Iterable[Node], field: str) -> tuple[Part, ...]:
        return tuple(self.part(node, field) for node in nodes)

    def _alternatives(self, nodes: tuple[Node, ...], field: str) -> tuple[Part, ...]:
        """A list of words is asked as a whole: which of them is missing says nothing."""
        plain = tuple(node for node in nodes if isinstance(node, Phrase | Alias))
        others = self._each([n for n in nodes if not isinstance(n, Phrase | Alias)], field)
        if len(plain) < 2:
            return (*self._each(plain, field), *others)
        return (self._bound(Or(plain), field), *others)

    def _bound(self, node: Node, field: str, parts: tuple[Part, ...] = ()) -> Part:
        made = Part(node, field, None, parts)
        rule = Rule(text=made.text, languages=self._rule.languages)
        return replace(made, bound=self._binder.line(rule).node)


def taken(rule: Rule, binder: Binder) -> Part:
    """`rule` with its parts."""
    return _Taker(rule, binder).part(parse(rule.text))
