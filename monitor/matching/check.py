"""Everything that is wrong with the rules of a document, at once. Pure; never raises for a rule.

* what cannot be read: syntax, unknown names, lists that lead back to themselves
* what can be read and is surely not meant: a keyword that holds for nearly every item, or never
* examples that do not come out as the person said they must
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from monitor.errors import RuleError
from monitor.matching.bound import All, Bound, Close, Either, Filter, Leaf, Without
from monitor.matching.compile import AliasCycle, Binder, Compiled, UnusableAlias
from monitor.matching.evaluate import matches
from monitor.matching.explain import why
from monitor.matching.percolator import Percolator
from monitor.model import Document, Item, Provision, Rule


@dataclass(frozen=True, slots=True)
class RuleProblem:
    """One thing a person wrote wrong in a rule or an example, and what to write instead."""

    rule: Rule  #: as it stands in the document, with its place
    position: int  #: offset in the rule's text
    reason: str
    hint: str = ""


def problems(document: Document, *, examples: bool = True) -> tuple[RuleProblem, ...]:
    """All problems of all rules and examples, in the order of the document.

    examples: try them too, which takes seconds.
    """
    binder = Binder(document)
    found = [*_of_aliases(document, binder)]
    for provision in document.provisions:
        found += _of_rules(provision, binder)
    if examples:
        found += _of_examples(document, binder)
    return tuple(_each_once(found))


def _each_once(found: Iterable[RuleProblem]) -> Iterator[RuleProblem]:
    """The document's context stands in every provision and is reported once."""
    seen = set()
    for one in found:
        name = (one.rule, one.rule.key, one.rule.place, one.position, one.reason)
        if name not in seen:
            seen.add(name)
            yield one


# -- rules that cannot be used, or hold for everything -----------------------------------------


def _of_aliases(document: Document, binder: Binder) -> Iterator[RuleProblem]:
    for name, rules in document.aliases.items():
        for rule in rules:
            try:
                node = binder.alias_line(name, rule)
            except UnusableAlias:
                continue  # said where that list is defined
            except RuleError as error:
                yield RuleProblem(rule, error.position, error.reason, error.hint)
            else:
                yield from _too_wide(rule, node)


def _of_rules(provision: Provision, binder: Binder) -> Iterator[RuleProblem]:
    context = (provision.context,) if provision.context else ()
    for rule in (*provision.keywords, *provision.exclude, *context):
        try:
            node = binder.line(rule).node
        except (UnusableAlias, AliasCycle):
            continue  # said where that list is defined
        except RuleError as error:
            yield RuleProblem(rule, error.position, error.reason, error.hint)
        else:
            if rule not in context:
                yield from _too_wide(rule, node, filters=rule in provision.keywords)
    yield from _that_cannot_hit(provision, binder)


def _that_cannot_hit(provision: Provision, binder: Binder) -> Iterator[RuleProblem]:
    """Keywords that forbid what they ask for, or that an exclude always holds back."""
    excluded = {part for rule in provision.exclude for part in _enough(_bound(rule, binder))}
    for rule in provision.keywords:
        node = _bound(rule, binder)
        needed = set(node.parts) if isinstance(node, All) else {node}
        refused = {p for part in needed if isinstance(part, Without) for p in _enough(part.part)}
        if needed & refused:
            yield RuleProblem(
                rule, 0, "this can never hold", "it asks for a word and forbids it by NOT"
            )
        elif node is not None and needed & excluded:
            hint = "take the exclude out, or make it narrower"
            yield RuleProblem(rule, 0, "this can never hit: an exclude here always holds too", hint)


def _bound(rule: Rule, binder: Binder) -> Bound | None:
    """None for a rule that cannot be used, of which enough is said."""
    try:
        return binder.line(rule).node
    except RuleError:
        return None


def _enough(node: Bound | None) -> tuple[Bound, ...]:
    """Parts of which each alone makes `node` hold."""
    if node is None:
        return ()
    return (node, *node.parts) if isinstance(node, Either) else (node,)


def _too_wide(rule: Rule, node: Bound, *, filters: bool = False) -> Iterator[RuleProblem]:
    if _is_everywhere(node, filters=filters):
        yield RuleProblem(
            rule,
            0,
            "this would match nearly everything",
            "add a word that tells the items you want from the rest",
        )


def _is_everywhere(node: Bound, *, filters: bool) -> bool:
    """Would nearly every item make `node` true? `filters`: a language alone counts as that."""

    def everywhere(part: Bound) -> bool:
        return _is_everywhere(part, filters=filters)

    match node:
        case Filter():
            return filters and node.field == "lang"
        case Leaf():
            return len(node.steps) == 1 and _is_common(node)
        case Either(parts=parts):
            return any(map(everywhere, parts))
        case All(parts=parts):
            return all(map(everywhere, parts))
        case Close(left=left, right=right):
            return everywhere(left) and everywhere(right)
        case Without():
            return True


def _is_common(leaf: Leaf) -> bool:
    term = leaf.steps[0].term
    if term.prefix or term.written or "url" in leaf.fields:
        return False
    return term.text in _STOP_WORDS or (len(term.text) == 1 and not term.char)


_COMMON = {
    "en": "the of and in to for on is with at by that as from it be an are was has will after over",
    "de": "der die das und zu den von mit im ist auf ein eine des dem nicht fur sich bei nach",
    "fr": "le la les de et un une du en pour dans que qui sur est au aux par",
    "es": "el los las y del se por con para al su lo",
    "pl": "w i na z do nie sie o ze za po od dla jest",
    "ru": "и в на с по не что о к за из для от у как это до",
    "uk": "і й та з що про від як це",
    "zh": "的 是 在 了 和 有 不 一 中 人 国 上 为 与 对",
}
_STOP_WORDS = frozenset(word for words in _COMMON.values() for word in words.split())

# -- examples --------------------------------------------------------------------------------


def _of_examples(document: Document, binder: Binder) -> Iterator[RuleProblem]:
    """Examples of provisions that can be asked; a broken rule says enough about the others."""
    usable = [one for provision in document.provisions if (one := _compiled(provision, binder))]
    percolator = Percolator([replace(document, provisions=tuple(u.provision for u in usable))])
    for one in usable:
        for rule in one.provision.hits:
            if not _hits(percolator, one, rule):
                yield RuleProblem(rule, 0, f"this example must hit and does not: {_gap(one, rule)}")
        for rule in one.provision.misses:
            if reason := _hits(percolator, one, rule):
                yield RuleProblem(rule, 0, f"this example must not hit and does: {reason}")


def _compiled(provision: Provision, binder: Binder) -> Compiled | None:
    try:
        return binder.provision(provision)
    except RuleError:
        return None


def _hits(percolator: Percolator, one: Compiled, example: Rule) -> str:
    """Why `example` hits the provision, or ""."""
    item = example_item(example.text)
    for hit in percolator.match(item).hits:
        if hit.provision == one.provision.key:
            return why(hit, one.provision, item)
    return ""


def example_item(text: str) -> Item:
    """An item that says `text`; the first of several lines is its title.

    One line stands as title and text, so that it can show what either field does.
    """
    title, _, rest = text.strip().partition("\n")
    moment = datetime(2000, 1, 1, tzinfo=UTC)
    return Item(
        id="example", feed="", key="", title=title, text=rest.strip() or title, first_seen=moment
    )


def _gap(one: Compiled, example: Rule) -> str:
    """What was missing, or in the way."""
    item = example_item(example.text)
    held = [at for at, line in enumerate(one.keywords) if matches(line.node, item) is not None]
    if not held:
        return "no keyword holds"
    keyword = f"keyword {held[0] + 1} holds ({one.keywords[held[0]].rule.text})"
    if one.context and matches(one.context.node, item) is None:
        return f"{keyword}, but not the context ({one.context.rule.text})"
    held = [at for at, line in enumerate(one.exclude) if matches(line.node, item) is not None]
    return f"{keyword}, but so does exclude {held[0] + 1} ({one.exclude[held[0]].rule.text})"
