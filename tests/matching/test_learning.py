"""What verdicts teach: words for and against, bounded, and the same twice."""

import pytest

from monitor.matching.frequency import START
from monitor.matching.learning import FEW, MOST, Judged, Read, learn

GOOD = Read("en", "Euroclear assets frozen", "")
BAD = Read("en", "Stadium assets sold", "")


def learned(*judged, presumed=(), **how):
    return learn(judged, presumed, START, name="2026-03-01", **how)


def points(known, title):
    return known.points(Read("en", title, ""), START)


@pytest.fixture(params=[1, FEW], ids=["means", "regression"])
def known(request):
    both = [Judged(GOOD, True), Judged(BAD, False)] * request.param
    return learned(*both, presumed=[Read("en", "Cats win the show", "")] * 20)


def test_words_of_relevant_items_speak_for_and_the_others_against(known):
    good, reason = points(known, "Euroclear today")
    bad, other = points(known, "Stadium today")

    assert good > 0 > bad
    assert (reason, other) == ("euroclear", "not stadium")


def test_an_item_with_none_of_the_words_gets_nothing(known):
    assert points(known, "Weather tomorrow") == (0.0, "")


def test_no_number_of_verdicts_gives_more_than_the_most():
    many = learned(*[Judged(GOOD, True), Judged(BAD, False)] * 200)

    assert abs(points(many, GOOD.title)[0]) <= MOST
    assert abs(points(many, BAD.title)[0]) <= MOST


def test_one_verdict_says_less_than_nine():
    one, nine = (points(learned(*[Judged(GOOD, True)] * n), "Euroclear")[0] for n in (1, 9))

    assert 0 < one < nine


def test_what_is_forgotten_is_not_learned():
    known = learned(Judged(GOOD, True), forgotten=["euroclear"])

    assert points(known, "Euroclear today") == (0.0, "")
    assert points(known, "Frozen today")[0] > 0


def test_the_same_verdicts_teach_the_same(known):
    again = learned(
        *[Judged(GOOD, True), Judged(BAD, False)] * (known.verdicts // 2),
        presumed=[Read("en", "Cats win the show", "")] * 20,
    )

    assert (list(again.words.items()), again.base) == (list(known.words.items()), known.base)


def test_characters_are_learned_in_pairs():
    known = learned(Judged(Read("zh", "冻结资产", ""), True))

    assert known.points(Read("zh", "资产", ""), START)[1] == "资产"


def test_an_item_without_words_teaches_nothing():
    assert learned(Judged(Read("en", "", ""), True)).words == {}
