"""What a rule did, and what to do about it."""

from datetime import timedelta

import pytest

from monitor.matching.health import Record, health
from monitor.model import Fired, Rule
from tests.matching.making import NOW, provision

OLD = NOW - timedelta(days=400)


def fired(item, *rules, days_ago=1):
    at = NOW - timedelta(days=days_ago)
    return Fired(provision="doc/one", item=item, at=at, rules=frozenset(rules))


def told(*hits, keywords=("fee", "toll"), exclude=(), since=None, last_hit=None, **record):
    made = provision(*keywords, exclude=exclude)
    lines = [rule.text for rule in (*made.keywords, *made.exclude)]
    return health(
        made,
        Record(
            fired=hits,
            since=dict.fromkeys(lines, OLD) | (since or {}),
            last_hit=last_hit or max((hit.at for hit in hits), default=None),
            **record,
        ),
        now=NOW,
        days=90,
    )


def test_each_line_has_its_hits_and_those_it_made_alone():
    found = told(fired("a", "fee"), fired("b", "fee", "toll", days_ago=3))

    assert [(k.number, k.rule, k.hits, k.alone) for k in found.keywords] == [
        (1, "fee", 2, 1),
        (2, "toll", 1, 0),
    ]
    assert (found.hits, found.days_since_last, found.needs_a_look) == (2, 1, 0)


def test_a_line_that_never_fired_is_to_be_widened_or_removed():
    _, toll = told(fired("a", "fee")).keywords

    assert toll.advice == "never fired in 90 days: widen it, or take it out"


def test_a_young_line_is_not_judged():
    found = told(fired("a", "fee"), since={"toll": NOW - timedelta(days=3)})

    assert (found.keywords[1].days, found.keywords[1].advice) == (3, "")


def test_a_line_that_was_never_in_force_is_young():
    found = health(provision("fee"), Record(), now=NOW, days=90)

    assert (found.keywords[0].days, found.needs_a_look) == (0, 0)


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        ({"a": "not"}, "readers marked 1 of the 2 hits that it made alone as irrelevant"),
        ({"a": "not", "b": "belongs-to"}, "readers marked 2 of the 2 hits"),
        ({"a": "relevant", "c": "not"}, ""),
    ],
)
def test_what_readers_marked_irrelevant_counts_against_the_line_that_made_it_alone(verdicts, said):
    hits = fired("a", "fee"), fired("b", "fee"), fired("c", "fee", "toll")

    found = told(*hits, verdicts=verdicts)

    assert found.keywords[0].advice.startswith(said)
    assert bool(found.keywords[0].advice) == bool(said)
    assert found.keywords[1].advice == ""
    assert found.irrelevant == sum(said != "relevant" for said in verdicts.values())


def test_one_wrong_hit_is_said_in_the_singular():
    [fee] = told(fired("a", "fee"), keywords=["fee"], verdicts={"a": "not"}).keywords

    assert fee.advice.startswith("readers marked the one hit that it made alone as irrelevant")


def test_a_line_whose_hits_are_all_anothers_can_go():
    hits = [fired(str(n), "fee", "toll") for n in range(5)]

    fee, toll = told(*hits, fired("more", "fee")).keywords

    assert (fee.covered_by, toll.covered_by) == (0, 1)
    assert toll.advice == "keyword 1 makes each of its 5 hits, too: it can go"


def test_of_two_lines_with_the_same_hits_one_is_kept():
    hits = [fired(str(n), "fee", "toll") for n in range(5)]

    assert [line.covered_by for line in told(*hits).keywords] == [0, 1]


def test_a_line_that_counts_more_is_not_covered_by_one_that_counts_less():
    heavy = Rule(text="toll", weight=2)
    hits = [fired(str(n), "fee", "toll") for n in range(5)]

    assert [line.covered_by for line in told(*hits, keywords=["fee", heavy]).keywords] == [2, 0]


def test_a_few_hits_do_not_show_that_a_line_is_covered():
    hits = [fired(str(n), "fee", "toll") for n in range(4)]

    assert [line.covered_by for line in told(*hits).keywords] == [0, 0]


def test_an_exclude_says_how_many_it_held_back():
    found = told(fired("a", "fee"), exclude=["museum", "wine"], held_back={"museum": 3})

    assert [(e.number, e.held_back, e.advice) for e in found.excludes] == [
        (1, 3, ""),
        (2, 0, "never held anything back in 90 days: can it go?"),
    ]


def test_hits_of_keywords_that_are_gone_are_told_apart():
    found = told(fired("a", "levy"), fired("b", "levy", "fee"))

    assert (found.former, found.keywords[0].hits, found.keywords[0].alone) == (1, 1, 0)


@pytest.mark.parametrize(
    ("last_hit", "since", "said"),
    [
        (None, {}, "never hit: are its words those of headlines"),
        (NOW - timedelta(days=120), {}, "no hit for 120 days: are its words"),
        (None, dict.fromkeys(("fee", "toll"), NOW - timedelta(days=5)), ""),
        (NOW - timedelta(days=12), {}, ""),
    ],
)
def test_a_provision_without_hits_asks_for_a_look(last_hit, since, said):
    found = told(last_hit=last_hit, since=since)

    assert found.advice.startswith(said)
    assert bool(found.advice) == bool(said)
