"""Short ways to make documents and items for tests."""

from datetime import UTC, datetime

from monitor.matching import Percolator
from monitor.model import Document, Item, Provision, Rule

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LANGUAGES = ("en", "ru", "uk", "zh", "de", "fr", "es", "pl")


def rules(*texts):
    return tuple(text if isinstance(text, Rule) else Rule(text=text) for text in texts)


def provision(
    *keywords, id="one", exclude=(), context=None, hits=(), misses=(), document="doc", **more
):
    return Provision(
        document=document,
        id=id,
        title=id,
        keywords=rules(*keywords),
        exclude=rules(*exclude),
        context=Rule(text=context) if context else None,
        hits=rules(*hits),
        misses=rules(*misses),
        **more,
    )


def document(*provisions, aliases=None, languages=LANGUAGES):
    return Document(
        id="doc",
        title="doc",
        languages=languages,
        aliases={name: rules(*lines) for name, lines in (aliases or {}).items()},
        provisions=provisions,
    )


def item(title="", text="", **more):
    return Item(id="item", feed="feed", key="key", title=title, text=text, first_seen=NOW, **more)


def hit(rule, news, *, aliases=None, languages=LANGUAGES):
    """The hit of one rule on one item, or None; a text stands for its title."""
    made = document(provision(rule), aliases=aliases, languages=languages)
    news = item(news) if isinstance(news, str) else news
    return next(iter(Percolator([made]).match(news).hits), None)


def matched(rule, news, **more):
    """What the evidence of a hit shows, in the order of the text; [] if there is no hit."""
    found = hit(rule, news, **more)
    news = item(news) if isinstance(news, str) else news
    if found is None:
        return []
    places = sorted({(e.field != "title", e.field, e.start, e.end) for e in found.evidence})
    names = {"lang": "language"}
    return [getattr(news, names.get(field, field))[start:end] for _, field, start, end in places]
