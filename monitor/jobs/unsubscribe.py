"""Stop somebody's digests at once, and begin again.

It is remembered in the database: subscribers.yaml stays the person's, and a subscription that is
still in it stays silent, through restarts and changes of the files, until somebody undoes it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import structlog

from monitor import store
from monitor.app import App
from monitor.jobs.sync import one_period_back
from monitor.model import Subscription
from monitor.source import nearest
from monitor.store import unsubscribes

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What a word about one subscription came to."""

    subscription: str
    changed: bool  #: False: it was so already
    mails: int = 0  #: digests cancelled; or, undone, on their way again
    listed: bool = True  #: subscribers.yaml has it


def unsubscribe(app: App, name: str, *, by: str, now: datetime) -> list[Changed]:
    """No digest for `name` from now on: a subscription, or a subscriber with all of theirs.

    Raises:
        LookupError: there is no such name.
    """
    with store.writing(app.engine) as session:
        done = [
            _changed(app, s, unsubscribes.stop(session, s.id, by=by, now=now))
            for s in _named(app, session, name)
        ]
    _log("unsubscribed", done, by=by)
    return done


def resubscribe(app: App, name: str, *, by: str, now: datetime) -> list[Changed]:
    """Undo it.

    Before the next slot has come it was a mistake: nothing is lost. Later, the subscription counts
    its news anew, from one period back.

    Raises:
        LookupError: there is no such name.
    """
    with store.writing(app.engine) as session:
        done = [
            _changed(
                app,
                s,
                unsubscribes.undo(session, s.id, by=by, start=one_period_back(s, now), now=now),
            )
            for s in _named(app, session, name)
        ]
    _log("unsubscribe undone", done, by=by)
    return done


def silent(app: App) -> dict[str, unsubscribes.Silence]:
    """The silences in force, by subscription."""
    with store.reading(app.engine) as session:
        found = unsubscribes.silences_of(session)
    return {id_: all_[-1] for id_, all_ in found.items() if all_[-1].undone_at is None}


def unsynced(app: App, wanted: Iterable[Subscription]) -> list[str]:
    """Which of `wanted` only the files know so far."""
    with store.reading(app.engine) as session:
        stored = unsubscribes.known(session)
    return [s.id for s in wanted if s.id not in stored]


def everyone(app: App, session: store.Session) -> dict[str, Subscription]:
    """Every subscription of the files, and those that left them, by id."""
    stored = {id_: k.subscription for id_, k in unsubscribes.known(session).items()}
    return stored | {s.id: s for s in app.config.subscriptions}


def chosen(known: dict[str, Subscription], name: str) -> list[Subscription]:
    """The subscription `name`, or those of the subscriber `name`; "" = all.

    Raises:
        LookupError: there is no such name; it says which there are.
    """
    found = [s for s in known.values() if name in ("", s.id, s.subscriber)]
    if not found and name:
        names = sorted({n for s in known.values() for n in (s.subscriber, s.id)})
        hint = nearest(name, names)
        there_is = f"there is: {', '.join(names)}" if names else "there is none yet"
        raise LookupError(f"no subscriber or digest '{name}'; {hint or there_is}")
    return found


def _named(app: App, session: store.Session, name: str) -> list[Subscription]:
    return chosen(everyone(app, session), name)


def _changed(app: App, subscription: Subscription, mails: int | None) -> Changed:
    return Changed(
        subscription=subscription.id,
        changed=mails is not None,
        mails=mails or 0,
        listed=subscription.id in {s.id for s in app.config.subscriptions},
    )


def _log(event: str, done: list[Changed], *, by: str) -> None:
    for one in done:
        if one.changed:
            log.info(event, subscription=one.subscription, by=by, mails=one.mails)
