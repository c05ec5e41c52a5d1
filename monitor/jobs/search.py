"""Find stored items with a rule of the query language, newest first.

    rule -> what it asks of the archive's index -> the items that may answer it -> evaluate

The same `evaluate` as in the stream decides. Items are read page by page, each page in a snapshot
of its own: memory does not grow with the archive, and the first results come at once.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitor import store
from monitor.app import App
from monitor.digest.snippet import Run, Span, marked, snippet
from monitor.jobs.shortlist import shortlist
from monitor.matching.bound import Bound, leaves
from monitor.matching.compile import Binder
from monitor.matching.evaluate import Matches, evaluate
from monitor.matching.leaves import Found, LeafTable
from monitor.model import Document, Evidence, Item, Rule
from monitor.store import feeds


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
    node = Binder(vocabulary(app.loaded.documents)).line(Rule(text=words)).node
    return _search(app, node, since=since, language=language)


def vocabulary(documents: Iterable[Document]) -> Document:
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
    table = LeafTable(leaves(node))
    names: dict[str, str] | None = None
    for page in shortlist(app.engine, node, languages=app.loaded.languages, since=since):
        for item in page.items:
            if language and item.language != language:
                continue
            found = table.find(item)
            if (held := evaluate(node, found)) is not None:
                names = names or outlet_names(app)
                yield _result(found, held, names.get(item.outlet, item.outlet))


def outlet_names(app: App) -> dict[str, str]:
    """By id."""
    with store.reading(app.engine) as session:
        return {o.id: o.name for o in feeds.outlets(session).values()}


def _result(found: Found, held: Matches, outlet: str) -> Result:
    places = (Evidence(0, m.label, m.span.field, *found.characters(m.span)) for m in held)
    return shown(found.item, places, outlet)


def shown(item: Item, evidence: Iterable[Evidence], outlet: str) -> Result:
    """`item` with what its evidence points to marked; outlet: its name."""
    spans: dict[str, list[Span]] = {}
    for one in evidence:
        spans.setdefault(one.field, []).append(Span(one.start, one.end, one.leaf))
    title = marked(item.title, spans.get("title", ()))
    within = snippet(item.text, spans.get("text", ())) if item.text else ()
    words = [item.title[s.start : s.end] for s in sorted(spans.get("title", ()))]
    words += [item.text[s.start : s.end] for s in sorted(spans.get("text", ()))]
    return Result(
        item=item, outlet=outlet, title=title, snippet=within, words=tuple(dict.fromkeys(words))
    )
