"""The normal form of rules: what is looked for, and how it must stand together. Pure.

A `Leaf` is looked for in the text: one word or several in a row. It is the same leaf in whatever
rule it stands, which is what `key` says, and is looked for once an item.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

_FEW: Final = 8  #: parts; more are a list of names


@dataclass(frozen=True, slots=True)
class Term:
    """One word that a token is compared with."""

    text: str  #: folded
    written: str = ""  #: if set: compared as written, with case and accents
    prefix: bool = False
    joins: bool = True  #: two neighbours may spell it together: cease fire = ceasefire
    char: bool = False
    languages: tuple[str, ...] = ()  #: whose inflections count
    form: str = ""  #: as written, in small letters: what it is inflected from
    whole: int = 0  #: a stem of no more letters stands for a part of the word only


@dataclass(frozen=True, slots=True)
class Step:
    """A term of a leaf, and how it follows the one before."""

    term: Term
    tight: bool  #: nothing but a hyphen, an apostrophe or space may stand before it
    solid: Term | None  #: this term and the next in one word: cease-fire -> ceasefire


@dataclass(frozen=True, slots=True)
class Leaf:
    """Words in a row, looked for in some fields."""

    key: str  #: equal for leaves that are true of the same texts
    label: str  #: as a person would write it
    fields: tuple[str, ...]
    steps: tuple[Step, ...]

    def __hash__(self) -> int:
        # groups are compared by their leaves, often; nothing else tells two leaves apart as well
        return hash(self.key)


@dataclass(frozen=True, slots=True)
class Filter:
    """The outlet or the language of an item, compared as a whole."""

    key: str
    label: str
    field: str
    value: str  #: folded
    prefix: bool


@dataclass(frozen=True, slots=True)
class All:
    """All parts must hold."""

    parts: "tuple[Bound, ...]"


_NO_LEAVES: Final[Mapping[str, tuple[Leaf, ...]]] = {}


@dataclass(frozen=True, slots=True)
class Either:
    """One part must hold."""

    parts: "tuple[Bound, ...]"
    #: of a long list, by key; `others` is what is not among them
    leaves: "Mapping[str, tuple[Leaf, ...]]" = field(init=False, compare=False, repr=False)
    others: "tuple[Bound, ...]" = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        # of a long list of names few are there: they are found by their keys, not one by one
        long = len(self.parts) > _FEW
        by_key: dict[str, tuple[Leaf, ...]] = {}
        for part in self.parts:
            if long and isinstance(part, Leaf):
                by_key[part.key] = (*by_key.get(part.key, ()), part)
        others = tuple(part for part in self.parts if not (long and isinstance(part, Leaf)))
        object.__setattr__(self, "leaves", by_key or _NO_LEAVES)
        object.__setattr__(self, "others", others if long else self.parts)


@dataclass(frozen=True, slots=True)
class Without:
    """The part must not hold."""

    part: "Bound"


@dataclass(frozen=True, slots=True)
class Close:
    """Both parts in one field, at most `distance` words apart; None = in one sentence."""

    left: "Bound"
    right: "Bound"
    distance: int | None
    ordered: bool


Bound = Leaf | Filter | All | Either | Without | Close


def normal(node: Bound, known: dict[int, str]) -> str:
    """The normal form as text: equal for rules that give the same hits and evidence.

    known: that of lists, which stand in many rules, by identity; they must live as long as it does.
    """
    match node:
        case Leaf() | Filter():
            return f"[{node.key} {node.label}]"
        case All(parts=parts):
            return f"(and {_normals(parts, known)})"
        case Either(parts=parts):
            if id(node) not in known:
                known[id(node)] = f"(or {_normals(parts, known)})"
            return known[id(node)]
        case Without(part=part):
            return f"(not {normal(part, known)})"
        case Close(left=left, right=right):
            sign = f"{node.distance}{'>' * node.ordered}"
            return f"(near {sign} {normal(left, known)} {normal(right, known)})"


def _normals(parts: Iterable[Bound], known: dict[int, str]) -> str:
    return " ".join(normal(part, known) for part in parts)


def leaves(node: Bound) -> "Iterator[Leaf | Filter]":
    """All leaves of `node`, in order; the same one may come again."""
    match node:
        case All(parts=parts) | Either(parts=parts):
            for part in parts:
                yield from leaves(part)
        case Without(part=part):
            yield from leaves(part)
        case Close(left=left, right=right):
            yield from leaves(left)
            yield from leaves(right)
        case Leaf() | Filter():
            yield node


def distinct(nodes: Iterable[Bound]) -> Iterator[Leaf | Filter]:
    """The leaves of all `nodes`, each once; a list that stands in many of them is read once."""
    seen: dict[int, Bound] = {}  # by identity, and kept so
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen[id(node)] = node
        match node:
            case All(parts=parts) | Either(parts=parts):
                waiting.extend(parts)
            case Close(left=left, right=right):
                waiting += left, right
            case Without(part=part):
                waiting.append(part)
            case Leaf() | Filter():
                yield node
