"""A tree as the shortest text that reads as that tree. Pure."""

from dataclasses import replace

from monitor.errors import RuleError
from monitor.matching.syntax import Parser
from monitor.matching.tree import Alias, And, Field, Near, Node, Not, Or, Phrase

_OR, _AND, _NOT, _NEAR, _ATOM = range(5)


def unparse(node: Node) -> str:
    """The shortest text that `parse` reads as `node`."""
    return _text(node, _OR)


def _text(node: Node, least: int) -> str:
    """`node` as text, in parentheses if it binds less tightly than `least`."""
    strength, text = _printed(node)
    return f"({text})" if strength < least else text


def _printed(node: Node) -> tuple[int, str]:
    match node:
        case Or(parts=parts):
            return _OR, " OR ".join(_text(part, _AND) for part in parts)
        case And(parts=parts):
            return _AND, " ".join(_text(part, _NOT) for part in parts)
        case Not(part=part):
            return _NOT, f"NOT {_text(part, _NOT)}"
        case Near(left=left, right=right):
            return _NEAR, f"{_text(left, _NEAR)} {sign(node)} {_text(right, _ATOM)}"
        case Field(name=name, part=part):
            return _ATOM, f"{name}:{_text(part, _ATOM)}"
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
