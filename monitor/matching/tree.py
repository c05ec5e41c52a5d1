"""The tree of a rule, between `syntax.parse` and `compile`. Pure."""

from dataclasses import dataclass, field
from typing import Final

TEXT_FIELDS: Final = ("title", "text", "body")  #: what a word without a field is searched in
FILTERS: Final = ("outlet", "lang")  #: compared as a whole, without words
FIELDS: Final = (*TEXT_FIELDS, "url", *FILTERS)
MAX_DEPTH: Final = 40
MAX_DISTANCE: Final = 100
MIN_PREFIX: Final = 3
MAX_LETTERS: Final = 100  #: of one word
MAX_PHRASE: Final = 100  #: words, or characters of a script without spaces


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a phrase as a person wrote it; `cease-fire` is one of these."""

    text: str
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that follow each other; most often only one."""

    words: tuple[Word, ...]
    exact: bool = False
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Alias:
    """A named list, defined in the document."""

    name: str
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Field:
    """`part` is looked for in one field of an item only."""

    name: str
    part: "Node"
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    """The part must not hold."""

    part: "Node"
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Near:
    """Both parts in one field, with at most `distance` words between; None = in one sentence."""

    left: "Node"
    right: "Node"
    distance: int | None
    ordered: bool = False
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class And:
    """All parts must hold."""

    parts: "tuple[Node, ...]"
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Or:
    """One part must hold."""

    parts: "tuple[Node, ...]"
    position: int = field(default=0, compare=False)


Node = Phrase | Alias | Field | Not | Near | And | Or


def is_positive(node: Node) -> bool:
    """Does `node` hold only where something is found, and not merely missing?"""
    match node:
        case Phrase() | Alias() | Near():
            return True
        case Field(part=part):
            return is_positive(part)
        case And(parts=parts):
            return any(map(is_positive, parts))
        case Or(parts=parts):
            return all(map(is_positive, parts))
        case _:
            return False


def walk(node: Node) -> "list[Node]":
    """`node` and all below it, in the order of the text."""
    found, waiting = [], [node]
    while waiting:
        found.append(node := waiting.pop())
        waiting.extend(reversed(children(node)))
    return found


def children(node: Node) -> "tuple[Node, ...]":
    """The parts of `node`, in the order of the text."""
    match node:
        case And(parts=parts) | Or(parts=parts):
            return parts
        case Near(left=left, right=right):
            return (left, right)
        case Not(part=part) | Field(part=part):
            return (part,)
        case _:
            return ()
