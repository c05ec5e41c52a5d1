"""Tables of words are written once, and found by their day."""

from datetime import timedelta

from monitor import store
from monitor.store import upkeep, wordtables
from monitor.store.wordtables import Stored

DAY = timedelta(days=1)


def test_the_first_table_of_a_day_stays(engine, now):
    day = now.date()
    tables = [Stored("", 9, {"port": 3, "порт": 4}), Stored("ru", 4, {"порт": 4})]

    with store.writing(engine) as session:
        wordtables.add(session, day, tables)
        wordtables.add(session, day, [Stored("", 1, {})])

    with store.reading(engine) as session:
        assert wordtables.of_day(session, day) == tables
        assert wordtables.newest(session, day + 5 * DAY) == day
        assert wordtables.newest(session, day - DAY) is None


def test_tables_of_days_before_a_moment_go(engine, now):
    with store.writing(engine) as session:
        for days in range(3):
            tables = [Stored("", 9, {}), Stored("ru", 4, {})]
            wordtables.add(session, now.date() + days * DAY, tables)

        assert upkeep.drop_word_tables(session, before=now + DAY, limit=1) == 1
        assert upkeep.drop_word_tables(session, before=now + DAY, limit=9) == 1

        assert wordtables.newest(session, now.date()) is None
        assert len(wordtables.of_day(session, now.date() + DAY)) == 2
