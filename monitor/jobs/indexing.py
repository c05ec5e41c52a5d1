"""Index what the archive holds and its index does not: after an upgrade, all of it.

Small batches, each its own transaction: polling and mailing go on between them, and whatever stops
us in the middle, the next call goes on. What is new is indexed where it is stored.
"""

from collections.abc import Callable

import structlog

from monitor import store
from monitor.app import App
from monitor.matching.indexing import stems_in
from monitor.store import search

log = structlog.get_logger()

BATCH = 500  #: items in one transaction: a tenth of a second
_SAY_EVERY = 20_000  #: items


def build(app: App, *, stopping: Callable[[], bool] = lambda: False) -> int:
    """Index what is missing until `stopping` says so; how many items it were."""
    with store.reading(app.engine) as session:
        missing = search.missing(session)
    done = 0
    while missing and not stopping():
        with store.writing(app.engine, durable=False) as session:
            indexed = search.catch_up(session, limit=BATCH)
        done += indexed
        if indexed < BATCH:
            log.info("archive indexed", items=done)
            break
        if done % _SAY_EVERY == 0:
            log.info("archive being indexed", items=done, missing=max(0, missing - done))
    _stem(app, stopping)
    return done


def _stem(app: App, stopping: Callable[[], bool]) -> None:
    """Make the stems of new words, so that the next question need not."""
    names = tuple(sorted(app.loaded.languages))
    while not stopping():
        with store.reading(app.engine) as session:
            forms = search.unstemmed(session, names, limit=BATCH)
        if not forms:
            return
        found = {form: stems_in(form, names) for form in forms}
        with store.writing(app.engine, durable=False) as session:
            search.add_stems(session, found, names)
