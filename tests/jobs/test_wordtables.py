"""Tables of words: one a UTC day, from what was seen before it, whoever asks first."""

from datetime import timedelta

import pytest

from monitor import store
from monitor.jobs import wordtables
from monitor.jobs.housekeeping import WORD_TABLES, tidy
from monitor.matching.frequency import NEEDED, START
from monitor.model import Story
from monitor.store import items, stories
from tests.store.kit import an_item, set_up

DAY = timedelta(days=1)


@pytest.fixture
def app(world):
    with store.writing(world.app.engine) as session:
        set_up(session, world.clock.now)
        add(session, range(NEEDED), world.clock.now - DAY, "Port strike")
    return world.app


def add(session, numbers, at, title):
    found = [an_item(f"i{n}", at, title=title) for n in numbers]
    stories.save(session, [Story(id=i.id, key="", first_seen=at, last_seen=at) for i in found])
    items.add(session, [(i, i.id) for i in found])


def table(app, at):
    item = an_item("x", at)
    with store.reading(app.engine) as session:
        return wordtables.table_of(wordtables.of_items(app, session, [item]), item)


def test_todays_table_is_of_what_was_seen_before_today(app, world):
    with store.writing(app.engine) as session:
        add(session, ["today"], world.clock.now, "Today")

    wordtables.write_today(app, now=world.clock.now)

    made = table(app, world.clock.now)
    assert (made.name, made.items) == (f"{world.clock.now:%Y-%m-%d}", NEEDED)
    assert made.counts == {"port": NEEDED, "strike": NEEDED}


def test_a_table_is_written_once_whatever_comes_later(app, world):
    wordtables.write_today(app, now=world.clock.now)
    with store.writing(app.engine) as session:
        add(session, ["late"], world.clock.now - DAY, "Late")

    app.words.clear()  # as after a restart
    wordtables.write_today(app, now=world.clock.now)

    assert table(app, world.clock.now).items == NEEDED


def test_an_item_belongs_to_the_table_of_its_day_or_the_last_before_it(app, world):
    wordtables.write_today(app, now=world.clock.now)

    assert table(app, world.clock.now + 3 * DAY).name == f"{world.clock.now:%Y-%m-%d}"
    assert table(app, world.clock.now - DAY) is START


def test_with_few_items_there_is_no_table(world):
    wordtables.write_today(world.app, now=world.clock.now)

    assert table(world.app, world.clock.now) is START
    assert world.rows("SELECT count(*) FROM word_table") == [(0,)]


def test_old_tables_go(app, world):
    wordtables.write_today(app, now=world.clock.now)

    tidy(app, now=world.clock.now + WORD_TABLES)
    assert len(world.rows("SELECT * FROM word_table")) == 1

    tidy(app, now=world.clock.now + WORD_TABLES + DAY)
    assert world.rows("SELECT * FROM word_table") == []
