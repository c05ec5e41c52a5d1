"""A tree as the shortest text that reads as that tree. Pure."""

from dataclasses import replace

from monitor.errors import RuleError
from monitor.matching.syntax import Parser, parse
from monitor.matching.tree import Alias, And, Field, Near, Node, Not, Or, Phrase

_OR, _AND, _NOT, _NEAR, _ATOM = range(5)
_ALL = 1_000_000  #: names of a list
_NAMES = (6, 4, 3, 2, 1)  #: of each list, until the rule is short enough


def unparse(node: Node) -> str:
    """The shortest text that `parse` reads as `node`."""
    return _text(node, _OR, _ALL)


def brief(rule: str, most: int) -> str:
    """`rule` for a person, in about `most` characters: of a long list its first names, and how
    many there are besides. What it says is no rule any more.
    """
    text = " ".join(rule.split())
    if len(text) <= most:
        return text
    try:
        node = parse(rule)
    except RuleError:  # of an earlier version of the language
        return _cut(text.split(" "), most)
    shortened = (_text(node, _OR, names) for names in _NAMES)
    return next((text for text in shortened if len(text) <= most), _cut(_parts(node), most))


def _parts(node: Node) -> list[str]:
    parts = node.parts if isinstance(node, And) else (node,)
    return [_text(part, _NOT, _NAMES[-1]) for part in parts]


def _cut(parts: list[str], most: int) -> str:
    """As many whole parts as fit, and at least one."""
    shown = parts
    while len(shown) > 1 and len(" ".join(shown)) > most - 2:
        shown = shown[:-1]
    return " ".join(shown) + " …" * (len(shown) < len(parts))


def _text(node: Node, least: int, names: int) -> str:
    """`node` as text, in parentheses if it binds less tightly than `least`."""
    strength, text = _printed(node, names)
    return f"({text})" if strength < least else text


def _printed(node: Node, names: int) -> tuple[int, str]:
    match node:
        case Or(parts=parts):
            kept = parts if len(parts) <= names + 1 else parts[:names]  # "1 more" saves nothing
            shown = [_text(part, _AND, names) for part in kept]
            more = [f"{len(parts) - len(kept)} more"] * (len(kept) < len(parts))
            return _OR, " OR ".join([*shown, *more])
        case And(parts=parts):
            return _AND, " ".join(_text(part, _NOT, names) for part in parts)
        case Not(part=part):
            return _NOT, f"NOT {_text(part, _NOT, names)}"
        case Near(left=left, right=right):
            sides = _text(left, _NEAR, names), _text(right, _ATOM, names)
            return _NEAR, f"{sides[0]} {sign(node)} {sides[1]}"
        case Field(name=name, part=part):
            return _ATOM, f"{name}:{_text(part, _ATOM, names)}"
        case Alias(name=name):
            return _ATOM, f"@{name}"
        case Phrase():
            return _ATOM, _phrase(node)


def sign(node: Near) -> str:
    """The operator as it is written: NEAR/6, THEN/6, SAME."""
    if node.distance is None:
        return "SAME"
    return f"{'THEN' if node.ordered else 'NEAR'}/{node.distance}"


def _phrase(node: Phrase) -> str:
    text = " ".join(word.text + "*" * word.prefix for word in node.words)
    equals = "=" if node.exact else ""
    return f"{equals}{text}" if _is_bare(node, text) else f'{equals}"{text}"'


def _is_bare(node: Phrase, text: str) -> bool:
    """Would the parser read `text` as this phrase without quotes?"""
    try:
        again = Parser(text).rule()
    except RuleError:
        return False
    return again == replace(node, exact=False)
