"""An archive to be searched, and the answers of its search."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import text

from monitor import store
from monitor.jobs.shortlist import shortlist
from monitor.matching.bound import leaves
from monitor.matching.compile import Binder
from monitor.matching.evaluate import evaluate
from monitor.matching.indexing import stems_in
from monitor.matching.leaves import LeafTable
from monitor.model import Document, Rule, Story
from monitor.store import archive, items, search
from tests.matching.making import LANGUAGES
from tests.store.kit import an_item, set_up


def put(engine, now, texts, *, first=1):
    """Store and index items of (title, text); by id. first: the number of the first of them."""
    with store.writing(engine) as session:
        set_up(session, now)
        found = []
        for n, fields in enumerate(texts):
            at = now - timedelta(minutes=n % 7)
            item = replace(an_item(f"i{n}", at), outlet="wire", **fields)
            archive.add_stories(
                session, [Story(id=item.id, key="", first_seen=at, last_seen=at)], []
            )
            found.append((item, item.id))
        items.add(session, found)
        if first > 1:
            session.execute(text("UPDATE item SET number = number + :n"), {"n": first - 1})
        search.catch_up(session, limit=10_000)
    return {item.id: item for item, _ in found}


def stem(engine, limit=100_000):
    """Make the stems of the words that are indexed."""
    with store.writing(engine) as session:
        forms = search.unstemmed(session, LANGUAGES, limit=limit)
        found = {form: stems_in(form, LANGUAGES) for form in forms}
        if found:
            search.add_stems(session, found, LANGUAGES)
    return len(found)


def in_archive(engine, node, **how):
    """Which items a rule holds for and why, by way of the index: id -> places in its fields."""
    table, answers = LeafTable(leaves(node)), {}
    for page in shortlist(engine, node, languages=LANGUAGES, **how):
        for item in page.items:
            found = table.find(item)
            if (held := evaluate(node, found)) is not None:
                answers[item.id] = {(m.span.field, *found.characters(m.span)) for m in held}
    return answers


def node_of(rule, languages=LANGUAGES):
    document = Document(id="d", title="", languages=languages, provisions=())
    return Binder(document).line(Rule(text=rule)).node
