from datetime import UTC, datetime, timedelta

import pytest

from monitor.model import Item, Story
from monitor.stories import WINDOW, assign, key

NOW = datetime(2026, 1, 5, tzinfo=UTC)
TITLE = "Storm closes the port of Rotterdam"


def an_item(id, title=TITLE, *, at=NOW, **fields):
    return Item(id=id, feed="f", key=id, title=title, first_seen=at, **fields)


def a_story(id="s", *, title=TITLE, last_seen=NOW, **fields):
    return Story(id=id, key=key(title), first_seen=last_seen, last_seen=last_seen, **fields)


@pytest.mark.parametrize(
    "other",
    [
        "STORM CLOSES THE PORT OF ROTTERDAM",
        "Storm closes the port of Rotterdam!",
        "“Storm” closes the port — of Rotterdam",
    ],
)
def test_case_and_punctuation_do_not_part_a_story(other):
    assert key(other) == key(TITLE)


def test_items_of_one_batch_share_a_story_and_the_earliest_names_it():
    assigned = assign([an_item("a"), an_item("b", "Cats win the big show"), an_item("c")], [])

    assert assigned.story_of == {"a": "a", "b": "b", "c": "a"}
    assert [s.id for s in assigned.stories] == ["a", "b"]


def test_an_item_joins_a_story_that_moved_within_the_window_and_moves_it_on():
    at = NOW + WINDOW

    assigned = assign([an_item("a", at=at)], [a_story()])

    assert assigned.story_of == {"a": "s"}
    assert [(s.first_seen, s.last_seen) for s in assigned.stories] == [(NOW, at)]


def test_the_same_headline_long_after_is_another_story():
    late = NOW + WINDOW + timedelta(seconds=1)

    assert assign([an_item("a", at=late)], [a_story()]).story_of == {"a": "a"}


def test_numbers_keep_stories_apart():
    titles = ["EU agrees 12th package of sanctions", "EU agrees 13th package of sanctions"]

    assigned = assign([an_item(str(n), t) for n, t in enumerate(titles)], [])

    assert len(set(assigned.story_of.values())) == 2


def test_titles_that_say_too_little_share_nothing():
    assigned = assign([an_item("a", "Live"), an_item("b", "Live")], [])

    assert assigned.story_of == {"a": "a", "b": "b"}


def test_of_two_stories_with_one_key_the_earlier_is_joined():
    early, late = a_story("early", last_seen=NOW - timedelta(hours=9)), a_story("late")

    assert assign([an_item("a")], [late, early]).story_of == {"a": "early"}


def test_an_archived_item_belongs_to_its_own_day():
    old = an_item("a", archived=True, published=NOW - timedelta(days=400))

    assert assign([old], [a_story()]).story_of == {"a": "a"}
