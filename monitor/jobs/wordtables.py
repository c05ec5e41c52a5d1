"""Which table of words an item's score is made with, and the writing of today's.

    write_today: once a UTC day, before its first item is matched
    of_days    : the tables that some items belong to, from memory or the database

See monitor/matching/frequency.py for what a table is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time

import structlog

from monitor import store
from monitor.app import App
from monitor.jobs import learning
from monitor.matching.frequency import AT_MOST, START, Seen, WordTable, counted
from monitor.model import Item
from monitor.store import wordtables
from monitor.store.wordtables import Stored

log = structlog.get_logger()

_REMEMBERED = 7  #: days; a table takes about 2 MB of memory

Words = Mapping[date, WordTable]  #: by the day on which an item was first seen


def write_today(app: App, *, now: datetime) -> None:
    """Write the table of the UTC day of `now`, unless it was; with too few items there is none."""
    day = _day(now)
    if day in app.words:
        return
    with store.reading(app.engine) as session:
        written = wordtables.newest(session, day) == day
        texts = [] if written else wordtables.texts(session, before=_midnight(day), limit=AT_MOST)
    made = counted(map(Seen._make, texts), day=day)
    if made is not START:
        # what a power cut undoes is counted again
        with store.writing(app.engine, durable=False) as session:
            wordtables.add(session, day, _stored(made))
        log.info("words counted", day=made.name, items=made.items, words=len(made.counts))
    with store.reading(app.engine) as session:
        table = _read(session, day)
    learning.write(app, day, table, before=_midnight(day))
    with store.reading(app.engine) as session:
        app.words[day] = _read(session, day)


def of_items(app: App, session: store.Session, items: Iterable[Item]) -> Words:
    """The table of each day on which one of `items` was first seen."""
    days = {_day(item.first_seen) for item in items}
    found = {day: app.words.get(day) or _read(session, day) for day in sorted(days)}
    if len(app.words) > _REMEMBERED:
        app.words.clear()
    app.words |= found
    return found


def table_of(words: Words, item: Item) -> WordTable:
    """The table that `item` belongs to."""
    return words.get(_day(item.first_seen), START)


def _stored(table: WordTable) -> list[Stored]:
    every = {"": table, **table.languages}
    return [Stored(language, one.items, one.counts) for language, one in every.items()]


def _read(session: store.Session, day: date) -> WordTable:
    table, learned = _table(session, day), learning.known(session, day)
    return replace(table, learned=learned) if learned else table


def _table(session: store.Session, day: date) -> WordTable:
    written = wordtables.newest(session, day)
    if written is None:
        return START
    name = written.isoformat()
    tables = {
        one.language: WordTable(name, one.items, one.counts)
        for one in wordtables.of_day(session, written)
    }
    every = tables.pop("")
    return WordTable(name, every.items, every.counts, tables)


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
