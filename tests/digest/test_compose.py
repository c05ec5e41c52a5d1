from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.digest.changes import moved
from monitor.digest.parts import Digest, Finding, Line, Past, Section
from monitor.model import Change, HitState
from tests.digest.sample import (
    COVERAGE,
    DOCUMENT,
    PAST,
    RUN,
    SLOT,
    SUBSCRIPTION,
    finding,
    findings,
    sample,
)


def composed(*found: Finding, **changes: object) -> Digest:
    return sample(findings=found, **changes)


def section(digest: Digest, provision: str) -> Section:
    return next(s for s in digest.sections if s.provision.id == provision)


def only(digest: Digest) -> Line:
    ((line,),) = (s.lines for s in digest.sections)
    return line


def title(line: Line) -> str:
    return "".join(run.text for run in line.title)


def ids(sections: Iterable[Section]) -> list[str]:
    return [s.provision.id for s in sections]


def test_sections_stand_in_document_order_and_the_rest_is_quiet() -> None:
    digest = sample()

    assert ids(digest.sections) == ["accord", "council", "frozen-assets", "sanctions", "elections"]
    assert [q.provision.id for q in digest.quiet] == [
        "sovereignty", "army-size", "league", "amnesty", "deadline", "corridor",
    ]  # fmt: skip


def test_input_order_changes_nothing() -> None:
    assert sample(findings=findings()[::-1]) == sample()


def test_a_story_is_told_by_its_best_item_and_the_earliest_of_equals() -> None:
    digest = composed(
        finding("league", "later", score=2, hours=3, story="s", outlet="wire"),
        finding("league", "earlier", score=2, hours=9, story="s", outlet="ledger"),
        finding("league", "weaker", score=1, hours=20, story="s", outlet="ledger", language="de"),
    )

    line = only(digest)
    assert title(line) == "earlier"
    assert line.outlets == ("Harbour Ledger", "Northern Wire")
    assert line.languages == ("en", "de")


def test_stories_are_ordered_by_band_then_by_how_many_tell_them() -> None:
    digest = composed(
        finding("league", "low, but everywhere", score=0.5, story="l", outlet="wire"),
        finding("league", "low too", score=0.5, story="l", outlet="ledger"),
        finding("league", "normal", score=1.5, story="n"),
        finding("league", "high and widely told", score=3, story="w", outlet="wire"),
        finding("league", "high too", score=3, story="w", outlet="ledger"),
        finding("league", "higher", score=3.5, story="h"),
        finding("league", "a point higher", score=3.6, story="p"),
    )

    (section,) = digest.sections
    assert [line.story for line in section.lines] == ["w", "p", "h", "n", "l"]
    assert [line.band for line in section.lines] == ["high"] * 3 + ["normal", "low"]


def test_outlets_are_counted_and_not_feeds_or_items() -> None:
    digest = composed(
        *(finding("league", f"{n}", story="s", outlet="wire", hours=n) for n in range(5))
    )

    assert only(digest).outlets == ("Northern Wire",)


@pytest.mark.parametrize(
    ("outlet", "url", "name"),
    [
        ("unheard-of", "https://x.example/1", "unheard-of"),
        ("", "https://www.paper.example/1", "paper.example"),
        ("", "http://[", None),
    ],
)
def test_an_unknown_outlet_has_a_name_all_the_same(outlet: str, url: str, name: str | None) -> None:
    line = only(composed(finding("league", "t", outlet=outlet, url=url, id="i")))

    assert line.outlets == ((name,) if name else ())


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://x.example/a?b=c#d", "https://x.example/a?b=c#d"),
        ("http://x.example", "http://x.example"),
        ("javascript:alert(1)", ""),
        ("JaVaScRiPt:alert(1)//https://x.example", ""),
        ("data:text/html,x", ""),
        ("//x.example/a", ""),
        ("https:///a", ""),
        ("http://[", ""),
        ("", ""),
        ("https://x.example/" + "a" * 2000, ""),
    ],
)
def test_only_web_links_of_bearable_length_are_links(url: str, link: str) -> None:
    assert only(composed(finding("league", "t", url=url))).url == link


def test_a_story_stands_in_full_once_under_the_first_clause_that_shows_it() -> None:
    digest = sample()

    homes = {
        s.provision.id: [
            line.full_in and line.full_in.id for line in s.lines if line.story == "council"
        ]
        for s in digest.sections
    }
    assert homes["council"] == [None]
    assert homes["frozen-assets"] in ([], ["council"])
    assert homes["accord"] == ["council"]  # the document as such comes first, and yields


def test_a_story_that_is_cut_in_one_section_stands_in_full_in_the_next() -> None:
    both = [finding(p, "both", id="b", score=1, story="b") for p in ("league", "council")]
    better = [finding("league", f"better {n}", score=2, hours=n) for n in range(8)]

    digest = composed(*both, *better)

    assert section(digest, "league").more == 1
    assert section(digest, "council").lines[0].full_in is None


def test_more_than_eight_stories_are_counted() -> None:
    digest = composed(*(finding("league", f"t{n}", score=n) for n in range(20)))

    shown = section(digest, "league")
    assert [title(line) for line in shown.lines] == [f"t{n}" for n in range(19, 11, -1)]
    assert (shown.more, shown.stories) == (12, 20)


@pytest.mark.parametrize(
    ("changes", "shown", "why"),
    [
        ([Change.FOUND], Change.FOUND, ""),
        ([Change.UPDATED], Change.UPDATED, "title changed"),
        ([Change.FOUND, Change.UPDATED], Change.FOUND, ""),
        ([Change.UPDATED, Change.UPDATED], Change.UPDATED, "title changed"),
        ([Change.WITHDRAWN, Change.RESTORED], Change.RESTORED, "title changed"),
    ],
)
def test_news_of_this_run_is_no_update(changes: list[Change], shown: Change, why: str) -> None:
    events = [
        finding("league", "t", hours=9 - n, change=change, why="title changed", id="i")
        for n, change in enumerate(changes)
    ]

    line = only(composed(*events))

    assert (line.change, line.change_why) == (shown, why)


def test_withdrawn_hits_are_counted_and_not_shown() -> None:
    digest = composed(
        finding("league", "gone", state=HitState.WITHDRAWN),
        finding("league", "gone too", change=Change.WITHDRAWN),
        coverage=replace(COVERAGE, withdrawn=3),
    )

    assert digest.sections == ()
    assert digest.withdrawn == 5


def test_news_in_keeps_other_languages_out_and_says_how_many() -> None:
    digest = composed(
        finding("league", "read", language="de"),
        finding("league", "unknown", language="", id="u"),
        finding("league", "not read", language="ru", id="r"),
        subscription=replace(SUBSCRIPTION, news_in=("en", "de")),
    )

    assert {title(line) for line in section(digest, "league").lines} == {"read", "unknown"}
    assert digest.other_languages == 1


def test_only_the_provisions_of_the_subscription_appear() -> None:
    digest = sample(subscription=replace(SUBSCRIPTION, provisions=("council", "league")))

    assert ids(digest.sections) == ["council"]
    assert [q.provision.id for q in digest.quiet] == ["league"]


def test_a_provision_that_the_document_lost_is_left_out() -> None:
    assert composed(finding("retired", "t")).sections == ()


def test_evidence_of_another_revision_marks_nothing() -> None:
    found = finding("league", "The league", "The league said no.", matched=["league"])
    stale = replace(found, hit=replace(found.hit, item_rev=2))

    assert any(run.marked for run in only(composed(found)).snippet)
    assert not any(run.marked for run in only(composed(stale)).snippet)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("A headline", ""),
        ("A headline - and a lead.", "and a lead."),
        ("A lead.", "A lead."),
        ("", ""),
    ],
)
def test_the_snippet_does_not_repeat_the_headline(text: str, shown: str) -> None:
    line = only(composed(finding("league", "A headline", text)))

    assert "".join(run.text for run in line.snippet) == shown


def past_of(**changes: object) -> dict[str, Past]:
    return PAST | {f"{DOCUMENT.id}/{key}": value for key, value in changes.items()}  # type: ignore[dict-item]


@pytest.mark.parametrize(("days", "gap"), [(1, 0), (3, 0), (4, 3), (12, 11), (40, 39)])
def test_coverage_after_days_without_is_news(days: int, gap: int) -> None:
    past = past_of(league=Past(last=SLOT - timedelta(days=days)))

    digest = composed(finding("league", "t", hours=12), past=past)

    assert section(digest, "league").gap_days == gap


def test_the_first_coverage_ever_is_news_but_not_in_the_very_first_digest() -> None:
    found = finding("corridor", "t")

    assert section(composed(found), "corridor").first
    assert not section(composed(found, past={}), "corridor").first


@pytest.mark.parametrize(
    ("before", "hits", "times"),
    [
        pytest.param((1,) * 12, 8, 8, id="many"),
        pytest.param((1,) * 12, 4, 0, id="too-few"),
        pytest.param((4,) * 12, 7, 0, id="less-than-twice"),
        pytest.param((4,) * 12, 9, 2, id="twice"),
        pytest.param((1,) * 3, 9, 0, id="short-memory"),
        pytest.param((0,) * 12, 9, 0, id="never-any"),
        pytest.param((0,) * 11 + (1,), 9, 0, id="hardly-any"),
        pytest.param((), 9, 0, id="no-memory"),
    ],
)
def test_volume_is_told_where_it_is_no_chance(
    before: tuple[int, ...], hits: int, times: int
) -> None:
    # yesterday and today are touched by the window and count for nothing
    past = past_of(league=Past(last=SLOT - timedelta(days=1), daily=(*before, 99, 99)))

    digest = composed(*(finding("league", f"{n}") for n in range(hits)), past=past)

    assert section(digest, "league").times == times


def test_what_changed_most_comes_first() -> None:
    assert ids(moved(sample()))[:3] == ["council", "frozen-assets", "accord"]


def test_quiet_provisions_say_for_how_long() -> None:
    days = {q.provision.id: q.days for q in sample().quiet}

    assert days["league"] == 31
    assert days["amnesty"] is None


@pytest.mark.parametrize(
    ("minutes", "missed", "late"),
    [(1, 0, False), (29, 0, False), (31, 0, True), (1, 2, True)],
)
def test_late_is_what_was_made_late_or_stands_for_others(
    minutes: int, missed: int, late: bool
) -> None:
    run = replace(
        RUN,
        made_at=SLOT + timedelta(minutes=minutes),
        missed=tuple(SLOT - timedelta(days=n + 1) for n in range(missed)),
    )

    assert sample(run=run).late == late


def test_the_day_is_the_one_of_the_reader() -> None:
    run = replace(RUN, slot=SLOT.replace(hour=22))

    assert sample(run=run).day.day == 20
    assert sample(run=run, subscription=replace(SUBSCRIPTION, zone="Asia/Tokyo")).day.day == 21
