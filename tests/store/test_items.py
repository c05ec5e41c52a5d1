from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from monitor import store
from monitor.model import Change, HitState, Story
from monitor.store import hits, items, stories
from tests.store.kit import a_hit, add_hit, an_event, an_item, set_up

DAY = timedelta(days=1)


@pytest.fixture
def session(engine, now):
    with store.writing(engine) as session:
        set_up(session, now)
        yield session


def add(session, *new, now):
    stories.save(session, [Story(id=i.id, key="", first_seen=now, last_seen=now) for i in new])
    items.add(session, [(i, i.id) for i in new])


def ids(found):
    return sorted(i.id for i in found)


def test_what_goes_in_comes_out(session, now):
    item = an_item(
        "a", now, alt_key="x", title="標題 🙂", text="“q”", published=now - DAY, archived=True
    )

    add(session, item, now=now)

    assert items.by_url(session, item.url) == [item]


def test_a_known_item_is_found_by_key_by_second_key_and_by_recent_title(session, now):
    add(session, an_item("a", now, alt_key="alt-a"), an_item("b", now), an_item("c", now), now=now)
    asked = [
        an_item("z1", now, key="a"),
        an_item("z2", now, alt_key="alt-a"),
        an_item("z3", now, title="title of b"),
        an_item("c", now, key="another", title="another"),
    ]

    by_each = [ids(items.known(session, "wire-en", [i], within=DAY)) for i in asked]
    later = [replace(asked[2], first_seen=now + 3 * DAY)]
    too_old = items.known(session, "wire-en", later, within=DAY)
    elsewhere = items.known(session, "other", asked[:3], within=DAY)

    assert by_each == [["a"], ["a"], ["b"], ["c"]]
    assert (too_old, elsewhere) == ([], [])


def test_a_feed_of_very_many_items_can_be_asked_about(session, now):
    many = [an_item(f"i{n}", now) for n in range(12_000)]
    add(session, *many[::3], now=now)

    assert len(items.known(session, "wire-en", many, within=DAY)) == 4_000


def test_an_item_is_stored_once(session, now):
    add(session, an_item("a", now), now=now)

    with pytest.raises(IntegrityError), session.begin_nested():
        add(session, an_item("b", now, key="a"), now=now)


def test_a_revision_keeps_the_old_text_and_when_it_was_first_seen(session, now):
    item = an_item("a", now, text="old words")
    add(session, item, now=now)
    later = now + DAY

    newer = replace(item, title="new title", text="new", rev=2, first_seen=later, key="new-guid")
    items.revise(session, newer, now=later)

    assert items.by_url(session, item.url) == [replace(newer, first_seen=now)]
    assert items.revision(session, "a", 1) == ("title of a", "old words")
    assert items.revision(session, "a", 2) is None


def test_every_item_comes_once_page_by_page(session, now):
    add(session, *[an_item(f"i{n}", now) for n in range(7)], now=now)
    seen, after = [], 0
    while page := items.every(session, after=after, limit=3):
        seen += [item.id for _, item in page]
        after = page[-1][0]

    assert seen == [f"i{n}" for n in range(7)]


def test_stories_are_candidates_by_key_while_they_move(session, now):
    old = Story(id="a", key="k", first_seen=now - 9 * DAY, last_seen=now - 5 * DAY)
    fresh = Story(id="b", key="k", first_seen=now - DAY, last_seen=now)
    other = Story(id="c", key="other", first_seen=now, last_seen=now)
    stories.save(session, [other, fresh, old])

    assert stories.candidates(session, {"k", "none"}, since=now - 3 * DAY) == [fresh]


def test_a_story_never_moves_back_in_time_and_keeps_its_first_item(session, now):
    stories.save(session, [Story(id="a", key="k", first_seen=now, last_seen=now)])

    for last in (now + DAY, now - DAY):
        stories.save(session, [Story(id="a", key="other", first_seen=last, last_seen=last)])

    [story] = stories.candidates(session, {"k"}, since=now)
    assert (story.first_seen, story.last_seen) == (now, now + DAY)


def test_a_hit_goes_in_and_comes_out(session, now):
    item = add_hit(session, "a", now)

    assert hits.of_items(session, ["a", "b"]) == {"a": [a_hit("a")]}
    [found] = hits.latest(session)
    assert (found.hit, found.item, found.story) == (a_hit("a"), item, "a")


def test_a_second_hit_of_one_item_and_provision_is_refused(session, now):
    add_hit(session, "a", now)

    with pytest.raises(IntegrityError), session.begin_nested():
        hits.save(session, [a_hit("a")], known=False, now=now)


def test_a_withdrawn_hit_is_kept_and_not_shown(session, now):
    add_hit(session, "a", now)
    withdrawn = a_hit("a", state=HitState.WITHDRAWN)

    hits.save(session, [withdrawn], known=True, now=now)
    hits.record(session, [an_event("a", now, change=Change.WITHDRAWN, announce=False)])

    assert hits.latest(session) == []
    assert hits.of_items(session, ["a"]) == {"a": [withdrawn]}


def test_latest_hits_can_be_narrowed(session, now):
    for n in range(3):
        add_hit(session, f"i{n}", now + n * DAY)

    newest = [f.item.id for f in hits.latest(session, limit=2)]
    since = [f.item.id for f in hits.latest(session, since=now + DAY)]
    of_none = hits.latest(session, provision="treaty/other")

    assert newest == since == ["i2", "i1"]
    assert of_none == []
