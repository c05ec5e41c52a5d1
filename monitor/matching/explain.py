"""Says why a provision was hit: one wording for terminal, mail and pages. Pure.

The evidence is cut from the item, so a reader sees the words as the outlet wrote them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from monitor.errors import RuleError
from monitor.matching.leaves import text_of
from monitor.matching.printer import brief, unparse
from monitor.matching.syntax import parse
from monitor.matching.terms import label
from monitor.matching.tree import Alias, And, Field, Near, Node, Not, Or, Phrase
from monitor.model import Evidence, Hit, Item, Provision, Rule

_WORDS_SHOWN = 4
_RULE_SHOWN = 80  #: characters; the words that matched say more than the rest of a long rule
_PLACES = {
    "title": "in the title",
    "text": "in the text",
    "body": "in the article",
    "url": "in the address",
    "outlet": "as the outlet",
    "lang": "as the language",
}


@dataclass(frozen=True, slots=True)
class Matched:
    """One stretch of the item that a leaf matched."""

    text: str  #: as the outlet wrote it
    field: str
    start: int
    end: int
    leaf: str


@dataclass(frozen=True, slots=True)
class Reason:
    """One keyword that held, and the words that made it hold."""

    rule: Rule | None  #: None if the provision has lost that keyword since
    words: tuple[Matched, ...]


def reasons(hit: Hit, provision: Provision, item: Item) -> tuple[Reason, ...]:
    """Why `hit` is one, by keyword; the one that says most first."""
    by_rule: dict[int, list[Evidence]] = {}
    for one in hit.evidence:
        by_rule.setdefault(one.rule, []).append(one)
    made = [
        (_rule(provision, rule), tuple(_matched(one, item) for one in found))
        for rule, found in sorted(by_rule.items())
    ]
    made.sort(key=lambda pair: (-(pair[0].weight if pair[0] else 0), not _in_title(pair[1])))
    return tuple(Reason(rule, words) for rule, words in made)


def why(hit: Hit, provision: Provision, item: Item) -> str:
    """One short line: `G8 NEAR/8 @russia: "G8" and "Russia" in the title`."""
    found = reasons(hit, provision, item)
    if not found:
        return ""
    first, *others = found
    labels = dict.fromkeys(word.leaf for word in first.words)
    name = told(first.rule.text, frozenset(labels)) if first.rule else " ".join(labels)
    more = f"; and {len(others)} more keyword{'s' * (len(others) > 1)}" if others else ""
    return f"{brief(name, _RULE_SHOWN)}: {said(first.words)}{more}"


@lru_cache(maxsize=2_000)
def told(rule: str, labels: frozenset[str]) -> str:
    """`rule` without the alternatives that did not hold: of a list in eight languages, one word.

    labels: the leaves that held. What an alias stands for is not known here, so aliases stay.
    A stored hit may cite a rule of an earlier version of the language, which stays whole.
    """
    try:
        return unparse(_held(parse(rule), "", labels))
    except RuleError:
        return rule


def _held(node: Node, name: str, labels: frozenset[str]) -> Node:
    match node:
        case Or(parts=parts):
            kept = [part for part in parts if _may_hold(part, name, labels)] or list(parts)
            made = tuple(_held(part, name, labels) for part in kept)
            return made[0] if len(made) == 1 else replace(node, parts=made)
        case And(parts=parts):
            made = tuple(_held(p, name, labels) for p in parts if not isinstance(p, Not))
            return made[0] if len(made) == 1 else replace(node, parts=made)
        case Near(left=left, right=right):
            sides = _held(left, name, labels), _held(right, name, labels)
            return replace(node, left=sides[0], right=sides[1])
        case Field(name=inner, part=part):
            return replace(node, part=_held(part, inner, labels))
        case _:
            return node


def _may_hold(node: Node, name: str, labels: frozenset[str]) -> bool:
    match node:
        case Phrase():
            return label(node, name) in labels
        case Alias():
            return True
        case Not():
            return False
        case Or(parts=parts):
            return any(_may_hold(part, name, labels) for part in parts)
        case And(parts=parts):
            return all(_may_hold(p, name, labels) for p in parts if not isinstance(p, Not))
        case Near(left=left, right=right):
            return _may_hold(left, name, labels) and _may_hold(right, name, labels)
        case Field(name=inner, part=part):
            return _may_hold(part, inner, labels)


def said(words: Iterable[Matched]) -> str:
    """`"G8" and "Russia" in the title, "envoy" in the text`."""
    by_field: dict[str, dict[str, str]] = {}
    seen: set[str] = set()
    for word in sorted(words, key=lambda one: (list(_PLACES).index(one.field), one.start)):
        if word.text.casefold() not in seen:
            seen.add(word.text.casefold())
            by_field.setdefault(word.field, {})[word.text] = ""
    return ", ".join(f"{_list(found)} {_PLACES[field]}" for field, found in by_field.items())


def _list(words: Iterable[str]) -> str:
    shown = [f'"{word}"' for word in words]
    if len(shown) > _WORDS_SHOWN:
        return f"{', '.join(shown[:_WORDS_SHOWN])} and {len(shown) - _WORDS_SHOWN} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def _rule(provision: Provision, index: int) -> Rule | None:
    return provision.keywords[index] if index < len(provision.keywords) else None


def _matched(one: Evidence, item: Item) -> Matched:
    text = text_of(item, one.field)[one.start : one.end]
    return Matched(text, one.field, one.start, one.end, one.leaf)


def _in_title(words: Iterable[Matched]) -> bool:
    return any(word.field == "title" for word in words)
