"""Send what waits in the outbox."""

from collections.abc import Callable
from datetime import datetime

import structlog

from monitor import store
from monitor.app import App
from monitor.errors import DeliveryError
from monitor.model import Message
from monitor.store import facts, outbox

log = structlog.get_logger()


def deliver(app: App, *, now: datetime, stopping: Callable[[], bool] = lambda: False) -> int:
    """Try each due message once; how many left. Once `stopping`, no further try begins.

    A try is noted before it and its success after it, both on the disk. A crash between the
    handing over and the second note sends the message twice under one Message-ID; nothing loses it.
    """
    _mark_forgotten(app, now=now)
    with store.reading(app.engine) as session:
        due = outbox.due(session, now=now)
    sent = sum(_try(app, message, now=now) for message in due if not stopping())
    with store.writing(app.engine, durable=False) as session:
        facts.note(session, "last-delivery", now=now)
    return sent


def _mark_forgotten(app: App, *, now: datetime) -> None:
    """What was handed over while the database took no note must not go out again."""
    with store.writing(app.engine) as session:
        for key in app.handed_over:
            outbox.mark_sent(session, key, now=now)
    app.handed_over.clear()


def _try(app: App, message: Message, *, now: datetime) -> bool:
    """One of the three broad nets: what one message does must not keep back the others."""
    with store.writing(app.engine) as session:
        if not outbox.begin(session, message.key, now=now):
            return False
    try:
        app.send(message)
    except DeliveryError as e:
        _unsent(app, message, str(e), permanent=e.permanent)
        return False
    except Exception as e:
        log.exception("sending raised", key=message.key)
        _unsent(app, message, f"{type(e).__name__}: {e}", permanent=False)
        return False
    app.handed_over.add(message.key)
    with store.writing(app.engine) as session:
        outbox.mark_sent(session, message.key, now=now)
    app.handed_over.discard(message.key)
    log.info("message sent", key=message.key, to=message.to)
    return True


def _unsent(app: App, message: Message, reason: str, *, permanent: bool) -> None:
    with store.writing(app.engine) as session:
        gave_up = outbox.mark_unsent(session, message.key, reason=reason, permanent=permanent)
    level = log.error if gave_up else log.warning
    level("message not sent", key=message.key, to=message.to, reason=reason, gave_up=gave_up)
