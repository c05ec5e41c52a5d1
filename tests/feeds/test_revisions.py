"""New, seen, moved, changed: every confusion of these loses news or repeats it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.feeds.normalise import normalise
from monitor.feeds.parse import Entry
from monitor.feeds.revisions import (
    MAX_REVISIONS,
    Changed,
    Known,
    Moved,
    New,
    Seen,
    changed_share,
    compare,
    reconcile,
)
from monitor.model import Drop, FeedSpec

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
FEED = FeedSpec(id="f", url="https://example.org/rss")
TEXT = "Envoys met for a third day and left without a word about the nine open clauses of it"


def document(*entries, at=NOW):
    return normalise(entries, feed=FEED, now=at).items


def stored(item, **changes):
    names = Known.__dataclass_fields__
    return replace(Known(**{n: getattr(item, n) for n in names}), **changes)


def poll(before, after):
    """What the second poll decides when the first one took in `before`."""
    return reconcile(document(*after, at=LATER), [stored(i) for i in document(*before)])


def an_entry(**said):
    return Entry(
        **({"id": "1", "url": "https://example.org/a", "title": "Talks", "summary": TEXT} | said)
    )


def test_what_is_not_known_is_new():
    assert [type(d) for d in poll([], [an_entry()])] == [New]


def test_what_did_not_change_is_seen():
    (decision,) = poll([an_entry(published=NOW)], [an_entry(published=LATER)])

    assert isinstance(decision, Seen)


@pytest.mark.parametrize(
    ("said", "announce", "why"),
    [
        pytest.param({"title": "Talks fail"}, True, "title changed", id="title"),
        pytest.param({"title": "TALKS!"}, False, "text changed (0 %)", id="title's dress"),
        pytest.param({"summary": TEXT + " today"}, False, "text changed (5 %)", id="a word"),
        pytest.param({"summary": TEXT + " today in vain"}, True, "text changed (14 %)", id="more"),
        pytest.param({"summary": ""}, True, "text changed (100 %)", id="text gone"),
    ],
)
def test_a_changed_item_is_the_next_revision_and_only_told_if_it_matters(said, announce, why):
    (decision,) = poll([an_entry()], [an_entry(**said)])

    assert isinstance(decision, Changed)
    assert (decision.announce, decision.why) == (announce, why)
    assert (decision.item.rev, decision.item.first_seen) == (2, NOW)


def test_the_words_of_a_script_without_spaces_are_its_characters():
    assert changed_share("谈判继续进行", "谈判继续举行") == pytest.approx(1 / 6)


def test_a_text_with_a_clock_in_it_stops_being_revised_and_that_is_told():
    words = " ".join(f"word{n}" for n in range(20))
    (item,) = document(an_entry(summary=f"{words} 12:00"))
    known = stored(document(an_entry(summary=f"{words} 11:59"))[0], rev=MAX_REVISIONS)

    decision = compare(known, item)

    assert decision == Drop(
        reason="revisions-exhausted", feed="f", item=known.id, detail="already at revision 24"
    )


def test_a_change_that_readers_hear_of_is_taken_however_often_there_was_one():
    (item,) = document(an_entry(title="Talks fail"))
    known = stored(document(an_entry())[0], rev=MAX_REVISIONS)

    decision = compare(known, item)

    assert (decision.item.rev, decision.announce) == (MAX_REVISIONS + 1, True)


def test_an_archived_item_stays_archived_and_is_never_announced():
    (item,) = document(an_entry(title="Talks fail"))

    decision = compare(stored(document(an_entry())[0], archived=True), item)

    assert (decision.announce, decision.item.archived) == (False, True)


def test_a_date_once_known_is_kept():
    (decision,) = poll([an_entry(published=NOW)], [an_entry(title="Talks fail")])

    assert decision.item.published == NOW


# -- guids that change


def test_a_guid_that_changes_with_the_title_is_the_same_item():
    before = an_entry(id="talks-resume", title="Talks resume")

    (decision,) = poll([before], [an_entry(id="talks-fail", title="Talks fail")])

    assert isinstance(decision, Changed)
    assert decision.announce
    assert (decision.item.id, decision.item.key) == (document(before)[0].id, "talks-fail")


def test_a_feed_that_moves_and_changes_every_guid_brings_no_news():
    def listed(host):
        return [
            Entry(
                id=f"{host}/{n}", url=f"{host}/{n}", title=f"Story number {n} of ten", summary=TEXT
            )
            for n in range(10)
        ]

    decisions = poll(listed("http://example.org"), listed("https://www.example.org"))

    assert {type(d) for d in decisions} == {Moved}
    assert {d.item.rev for d in decisions} == {1}


def test_an_aggregator_that_renames_everything_at_each_fetch_brings_no_news():
    title = "Envoys leave the talks on the corridor"
    before = Entry(id="CBM1", url="https://agg.example/r/CBM1", title=title, published=NOW)
    after = Entry(id="CBM2", url="https://agg.example/r/CBM2", title=title, published=NOW)

    (decision,) = poll([before], [after])

    assert isinstance(decision, Moved)
    assert decision.item.key == "CBM2"


def test_a_page_that_always_stands_at_one_address_reports_news_each_time():
    before = Entry(id="1", url="https://example.org/alert", title="Flood on the coast road")
    after = Entry(id="2", url="https://example.org/alert", title="Ferry strike from Monday")

    assert [type(d) for d in poll([before], [after])] == [New]


@pytest.mark.parametrize(
    ("title", "later", "text"),
    [
        pytest.param("Morning briefing", timedelta(hours=23), "", id="a title of every day"),
        pytest.param("Envoys meet for talks again", timedelta(days=3), TEXT, id="days apart"),
        pytest.param("Envoys meet for talks again", timedelta(hours=5), "Else", id="another text"),
    ],
)
def test_the_same_title_alone_is_not_the_same_report(title, later, text):
    before = Entry(id="1", title=title, summary=TEXT if text else "", published=NOW - later)
    after = Entry(id="2", title=title, summary=text, published=NOW)

    assert [type(d) for d in poll([before], [after])] == [New]


def test_an_item_that_is_still_listed_is_nobody_elses_former_state():
    old = Entry(id="1", title="Envoys meet for talks again", summary=TEXT, published=NOW)
    twin = replace(old, id="2")

    assert [type(d) for d in poll([old], [twin, old])] == [Seen, New]


def test_each_known_item_is_used_once():
    title = "Envoys meet for talks again"
    known = [Entry(id="1", title=title, published=NOW)]
    listed = [Entry(id="2", title=title, published=NOW), Entry(id="3", title=title, published=NOW)]

    assert sorted(type(d).__name__ for d in poll(known, listed)) == ["Moved", "New"]


def test_a_key_that_goes_back_to_what_it_was_finds_its_item_by_the_id():
    (item,) = document(an_entry(id="1"))
    known = stored(item, key="2")

    (decision,) = reconcile([item], [known])

    assert isinstance(decision, Moved)
    assert (decision.item.id, decision.item.key) == (item.id, "1")
