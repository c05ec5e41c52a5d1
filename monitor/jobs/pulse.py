"""Say plainly when no feed answers, and when they answer again."""

from datetime import datetime, timedelta

import structlog

from monitor import store
from monitor.app import App
from monitor.store import facts, feeds, ledger

log = structlog.get_logger()

LOOK_BACK = timedelta(minutes=15)
FACT = "feeds-answer"  #: yes or no; its time is since when


def pulse(app: App, *, now: datetime) -> bool | None:
    """Do feeds answer? None where nobody was asked lately. A change is logged once."""
    with store.reading(app.engine) as session:
        asked = ledger.asked(session, after=now - LOOK_BACK, until=now)
        _, before = facts.noted(session).get(FACT, (now, ""))
        waiting = len(feeds.active(session))
    if not asked:
        return None
    answers = any(asked.values())
    if before != (after := "yes" if answers else "no"):
        with store.writing(app.engine, durable=False) as session:
            facts.note(session, FACT, now=now, value=after)
        if not answers:
            hint = "is this machine connected? They are asked again by and by."
            log.warning("no feed answered", asked=len(asked), feeds=waiting, hint=hint)
        elif before:
            log.info("feeds answer again", answered=sum(asked.values()), asked=len(asked))
    return answers
