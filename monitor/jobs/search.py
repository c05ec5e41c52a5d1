"""Find stored items with a rule of the query language, newest first.

    pages of words -> a quick look for what the rule cannot do without -> the item -> evaluate

The quick look lets through every item that the rule may hold for and few others; the same
`evaluate` as in the stream then decides. Pages are read one by one, each in a snapshot of its own:
memory does not grow with the archive, and the first results come at once.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from unicodedata import normalize

from monitor import store
from monitor.app import App
from monitor.digest.snippet import Run, Span, marked, snippet
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
from monitor.matching.compile import Binder
from monitor.matching.evaluate import Matches, evaluate
from monitor.matching.languages import root
from monitor.matching.leaves import Found, LeafTable
from monitor.matching.terms import stems_of
from monitor.model import Document, Item, Rule
from monitor.store import archive, feeds
from monitor.store.archive import Text
from monitor.tokens import fold

PAGE = 1_000
_MOST_NEEDLES = 100  #: looking for more takes longer than asking the rule
# letters beyond Latin, and what may turn into them
_FAR = re.compile("[\u00b5\u023a\u023e\u0345\u0370-\u1fff\u2100-\U0010ffff]")
# letters, and the digits of other scripts, that `fold` makes ASCII ones of and Unicode does not
_SPECIAL = re.compile("[łŁøØǾǿđĐðÐþÞæÆǢǣǼǽœŒıħĦℏ\u0660-\u1fff\ua620-\uabff\U00010000-\U0001ffff]")
# apostrophes among the letters belong to no word, whatever Unicode calls them
_NOT_A_WORD = re.compile("[\\W_\u02b9\u02bb\u02bc]+")
_ASCII_SIGNS = str.maketrans("", "", "".join(c for c in map(chr, range(128)) if not c.isalnum()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One stored item that the rule holds for, its matched words marked."""

    item: Item
    outlet: str  #: its name
    title: tuple[Run, ...]
    snippet: tuple[Run, ...]  #: of the text; empty where it has none
    words: tuple[str, ...]  #: what matched, as the outlet wrote it

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        item = self.item
        return {
            "id": item.id,
            "title": item.title,
            "url": item.url,
            "outlet": self.outlet,
            "language": item.language,
            "published": item.published,
            "first_seen": item.first_seen,
            "matched": list(self.words),
            "snippet": "".join(run.text for run in self.snippet),
        }


def search(
    app: App, words: str, *, since: datetime | None = None, language: str = ""
) -> Iterator[Result]:
    """Every item that the rule `words` holds for, newest first; read on for as long as you like.

    since: first seen at that time or later.

    Raises:
        RuleError: at once, with the position in `words`.
    """
    node = Binder(_vocabulary(app.loaded.documents)).line(Rule(text=words)).node
    return _search(app, node, since=since, language=language)


def _vocabulary(documents: Iterable[Document]) -> Document:
    """The lists and languages of all documents; a name that two of them know stands for both."""
    aliases: dict[str, tuple[Rule, ...]] = {}
    languages: dict[str, None] = {}
    for document in documents:
        languages |= dict.fromkeys(document.languages)
        for name, rules in document.aliases.items():
            aliases[name] = aliases.get(name, ()) + rules
    found = tuple(languages) or ("en",)
    return Document(id="search", title="", languages=found, aliases=aliases, provisions=())


def _search(app: App, node: Bound, *, since: datetime | None, language: str) -> Iterator[Result]:
    table, may_hold = LeafTable(leaves(node)), quick_look(node)
    names: dict[str, str] | None = None
    for page in _pages(app, since=since, language=language):
        numbers = [one.number for one in page if may_hold(one)]
        if not numbers:
            continue
        with store.reading(app.engine) as session:
            items = archive.numbered(session, numbers)
            names = names or {o.id: o.name for o in feeds.outlets(session).values()}
        for number in numbers:
            item = items.get(number)
            found = table.find(item) if item else None
            if found and (held := evaluate(node, found)) is not None:
                yield _result(found, held, names.get(found.item.outlet, found.item.outlet))


def _pages(app: App, *, since: datetime | None, language: str) -> Iterator[list[Text]]:
    before = None
    while True:
        with store.reading(app.engine) as session:
            page = archive.texts(session, before=before, since=since, language=language, limit=PAGE)
        if not page:
            return
        yield page
        before = page[-1].first_seen, page[-1].number


def _result(found: Found, held: Matches, outlet: str) -> Result:
    item = found.item
    spans: dict[str, list[Span]] = {}
    for match in held:
        start, end = found.characters(match.span)
        spans.setdefault(match.span.field, []).append(Span(start, end, match.label))
    title = marked(item.title, spans.get("title", ()))
    within = snippet(item.text, spans.get("text", ())) if item.text else ()
    words = [item.title[s.start : s.end] for s in sorted(spans.get("title", ()))]
    words += [item.text[s.start : s.end] for s in sorted(spans.get("text", ()))]
    return Result(
        item=item, outlet=outlet, title=title, snippet=within, words=tuple(dict.fromkeys(words))
    )


# -- the quick look --------------------------------------------------------------------------

Clause = frozenset[str]  #: texts of which one must be there; empty = no saying


def quick_look(node: Bound) -> Callable[[Text], bool]:
    """Says no only of what `node` cannot hold for."""
    found = sorted({c for c in clauses(node) if len(c) <= _MOST_NEEDLES}, key=_rarity)
    if not found:
        return lambda _: True
    first, *others = [re.compile("|".join(map(re.escape, sorted(c)))).search for c in found]
    squeezed = bare if any(not n.isascii() for c in found for n in c) else bare_latin
    far = any(all(map(_FAR.search, c)) for c in found)
    urls = any("url" in leaf.fields for leaf in leaves(node) if isinstance(leaf, Leaf))

    def may_hold(one: Text) -> bool:
        text = f"{one.title} {one.text} {one.url}" if urls else f"{one.title} {one.text}"
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
    found = {_NOT_A_WORD.sub("", form).lower() for term in terms for form in _beginnings(term)}
    return frozenset() if "" in found else frozenset(found)


def _beginnings(term: Term) -> Iterator[str]:
    yield term.text
    yield from map(root, stems_of(term))
