"""Small real things to store."""

from datetime import timedelta

from monitor.model import (
    Change,
    Document,
    Evidence,
    FeedSpec,
    Hit,
    HitEvent,
    Item,
    Origin,
    Outlet,
    Provision,
    Rule,
    Story,
    Subscription,
)
from monitor.store import documents, feeds, hits, items, stories, subscriptions

WIRE = Outlet(id="wire", name="The Wire", aliases=("Wire",), country="NL", language="en")
FEED = FeedSpec(id="wire-en", url="https://wire.example/feed", outlet="wire", language="en")
DESK = Subscription(
    id="desk/daily", subscriber="desk", address="desk@example.org", zone="UTC", document="treaty"
)


def a_provision(id="ports", document="treaty", rule="port strike"):
    return Provision(document=document, id=id, title=id.title(), keywords=(Rule(text=rule),))


def a_document(*provisions, id="treaty"):
    return Document(id=id, title="Harbour treaty", provisions=provisions or (a_provision(),))


def an_item(id, now, **fields):
    fields = {"key": id, "title": f"title of {id}", "url": f"https://wire.example/{id}"} | fields
    return Item(id=id, feed="wire-en", outlet="wire", first_seen=now, **fields)


def a_hit(item, provision="treaty/ports", **fields):
    evidence = (Evidence(0, "title", "title", 0, 5),)
    fields = {"item_rev": 1, "origin": Origin.STREAM, "score": 40.0, "evidence": evidence} | fields
    return Hit(
        provision=provision,
        item=item,
        rules_version="v1",
        contributions=(("ports", 40.0),),
        **fields,
    )


def an_event(item, now, *, announce=True, change=Change.FOUND, provision="treaty/ports"):
    return HitEvent(
        provision=provision, item=item, item_rev=1, change=change, at=now, announce=announce
    )


def set_up(session, now, *, document=None, specs=(FEED,), subscribers=(DESK,), since=None):
    """Outlet, feed, document and subscription, as the files would bring them."""
    document = document or a_document()
    feeds.sync_outlets(session, [WIRE], now=now)
    session.flush()
    feeds.sync(session, specs, first_poll_at=lambda _: now, now=now)
    versions = {p.key: "v1" for p in document.provisions}
    documents.sync(session, [document], versions, now=now)
    ids = {document.id: [p.id for p in document.provisions]}
    start = since or now - timedelta(days=1)
    subscriptions.sync(session, subscribers, ids, since=lambda _: start, now=now)
    session.flush()


def add_hit(session, id, now, *, announce=True, provision="treaty/ports", story=None):
    """A new item that hits, with its story and its event."""
    item = an_item(id, now)
    stories.save(session, [Story(id=story or id, key="", first_seen=now, last_seen=now)])
    items.add(session, [(item, story or id)])
    hits.save(session, [a_hit(id, provision)], known=False, now=now)
    hits.record(session, [an_event(id, now, announce=announce, provision=provision)])
    return item
