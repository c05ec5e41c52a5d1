"""Bring what a person wrote into the database. The files are the truth for it."""

from datetime import datetime

import structlog

from monitor import store
from monitor.app import App, Loaded
from monitor.digest.schedule import parse_at, previous
from monitor.feeds.schedule import first_poll_at
from monitor.model import Subscription
from monitor.store import documents, feeds, subscriptions

log = structlog.get_logger()


def sync(app: App, *, now: datetime) -> None:
    """Make outlets, feeds, documents and subscriptions those of `app.loaded`, all or none."""
    with store.writing(app.engine) as session:
        _write(session, app.loaded, now=now)
    log.info(
        "files applied",
        feeds=len(app.config.feeds),
        documents=len(app.loaded.documents),
        subscriptions=len(app.config.subscriptions),
    )


def _write(session: store.Session, loaded: Loaded, *, now: datetime) -> None:
    config = loaded.config
    feeds.sync_outlets(session, config.outlets, now=now)
    session.flush()
    feeds.sync(session, config.feeds, first_poll_at=lambda id_: first_poll_at(id_, now), now=now)
    documents.sync(session, loaded.documents, loaded.percolator.versions, now=now)
    session.flush()
    ids = {d.id: [p.id for p in d.provisions] for d in loaded.documents}
    subscriptions.sync(
        session, config.subscriptions, ids, since=lambda s: one_period_back(s, now), now=now
    )


def one_period_back(subscription: Subscription, now: datetime) -> datetime:
    """From when on a subscription that is new at `now` counts its news: its slot before now."""
    return previous(parse_at(subscription.at), subscription.zone, at=now)
