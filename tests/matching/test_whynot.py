"""How close an item came, and what is said to be missing."""

import pytest
from hypothesis import given

from monitor.matching import Percolator
from monitor.matching.whynot import nearest
from tests.matching.making import document, item, provision
from tests.matching.strategies import makers

LISTS = {
    "russia": ["Russia*", "Moscow", '"the Kremlin"'],
    "clubs": ["G7", "G8", '"group of eight"'],
}


def closest(news, *keywords, **more):
    [found] = nearest(document(provision(*keywords, **more), aliases=LISTS), news)
    return found


def missing(rule, title, text=""):
    return list(closest(item(title, text), rule).missing)


@pytest.mark.parametrize(
    ("rule", "text", "said"),
    [
        ("sanctions lift*", "Sanctions stay", "lift* is not there"),
        ("@clubs return", "They return", "no name of @clubs is there"),
        ('"peace plan" envoy', "A plan of peace, says envoy",
         'the words of "peace plan" do not stand side by side'),
        ('"peace plan" envoy', "A plan, says envoy", '"peace plan" is not there'),
        ("G8 NEAR/2 return", "G8 one two three four return",
         "G8 and return are 4 words apart, 2 are allowed"),
        ("G8 NEAR/0 return", "G8 may return", "G8 and return are 1 word apart, 0 are allowed"),
        ("G8 THEN/2 return", "A return to G8", "return stands before G8"),
        ("G8 SAME return", "No G8. They return.", "G8 and return stand in different sentences"),
        ("G8 NEAR/2 return", "The G8", "return is not there"),
        ('"peace plan" NEAR/2 plan', "The peace plan",
         '"peace plan" and plan are the same words there'),
        ("G8 NEAR/1 return", "Return of a small G8, and much later the return",
         "G8 and return are 3 words apart, 1 are allowed"),
        ("envoy -plane", "The envoy's plane", "plane is there and must not be"),
        ("envoy (plane OR train OR ship OR car)", "The envoy",
         "none of plane, train, ship and 1 more is there"),
        ("envoy title:plane", "The envoy", "plane is not in the title"),
        ("envoy (a1 NEAR/1 b2 OR c3 d4)", "The envoy c3", "d4 is not there"),
        ("envoy lang:ru", "The envoy", "the language is not ru"),
    ],
)  # fmt: skip
def test_what_is_missing_is_said_in_the_words_of_the_rule(rule, text, said):
    assert missing(rule, text) == [said]


def test_words_in_different_fields_are_not_near():
    assert missing("G8 NEAR/5 return", "The G8", "They return") == [
        "G8 and return stand in different fields"
    ]


def test_every_missing_part_is_named():
    assert missing("G8 @russia return", "They return") == [
        "G8 is not there",
        "no name of @russia is there",
    ]


@pytest.mark.parametrize(
    ("closer", "farther"),
    [
        ("G8 far word off return", "G8 far very far word off away return"),
        ("G8 far word off and away return", "return only"),
        ("G8 and nothing else", "neither"),
    ],
    ids=["nearer", "there but far counts more than absent", "one of two"],
)
def test_the_share_falls_with_the_distance(closer, farther):
    rule = "G8 NEAR/2 return"

    assert closest(item(closer), rule).share > closest(item(farther), rule).share


@pytest.mark.parametrize(
    ("rule", "text", "share"),
    [
        ("one two three four", "one two three", 0.75),
        ("one OR two three", "two", 0.5),
        ('"one two" three', "two one three", 0.75),
        ("one NEAR/2 two", "one", 0.25),
        ("one SAME two", "One. Two.", 0.7),
        ("one", "two", 0.0),
    ],
)
def test_the_share_can_be_worked_out_by_hand(rule, text, share):
    assert closest(item(text), rule).share == share


def test_the_keyword_that_came_closest_is_told():
    found = closest(item("Moscow may return"), "fish chips", "G8 @russia return", "G8 NEAR/3 fish")

    assert found.number == 2
    assert found.rule.text == "G8 @russia return"
    assert found.there == '"Moscow" and "return" in the title'
    assert str(found) == (
        'keyword 2, G8 @russia return: "Moscow" and "return" in the title, but G8 is not there'
    )


def test_an_item_without_any_word_came_near_nothing():
    found = closest(item("Cats win"), "G8 @russia")

    assert (found.rule, found.share) == (None, 0)
    assert str(found) == "nothing of any keyword is there"


def test_a_context_that_fails_is_told():
    found = closest(item("The G8 meets"), "G8", context="@russia")

    assert (found.share, found.hits) == (1, False)
    assert found.context == "the context fails: no name of @russia is there"
    assert str(found).startswith("keyword 1, G8: ")


def test_an_exclude_that_holds_is_told():
    found = closest(item("G8 of football"), "G8", exclude=["chess", "football"])

    assert [rule.text for rule in found.excluded] == ["football"]
    assert str(found).endswith('but exclude 2 holds (football: "football" in the title)')


def test_what_is_rightly_missing_brings_no_item_closer():
    assert closest(item("The museum opens"), "envoy NOT football").rule is None
    assert closest(item("The envoy, at football"), "envoy NOT football").share == 0.5


def test_names_in_the_script_of_the_item_are_told_first():
    words = "envoy (посол OR a1 OR 特使 OR a2 OR 大使 OR a3)"

    latin, chinese = (str(closest(item(title), f"{words} G8")) for title in ("The G8", "G8会议"))

    assert "none of a1, a2, a3 and 3 more is there" in latin
    assert "none of 特使, 大使, посол and 3 more is there" in chinese


def test_a_long_exclude_is_told_by_what_held():
    words = " OR ".join(f"word{n}" for n in range(40))

    found = closest(item("G8 and word3"), "G8", exclude=[f"title:({words}) -fish"])

    assert str(found).endswith('exclude 1 holds (title:word3: "word3" in the title)')


def test_what_the_rules_of_today_hit_is_said_to_be_a_hit():
    found = closest(item("The G8 meets"), "G8", context="meets", exclude=["football"])

    assert found.hits
    assert str(found) == 'keyword 1 holds under the rules of today: "G8" in the title'


def test_provisions_come_closest_first_and_without_those_that_hit():
    made = document(
        provision("fish", id="far"), provision("G8 cats", id="near"), provision("G8", id="hit")
    )

    found = nearest(made, item("The G8 meets"), without={"doc/hit"})

    assert [one.provision for one in found] == ["doc/near", "doc/far"]


def test_a_long_rule_is_shortened():
    words = " OR ".join(f"word{n}" for n in range(40))

    said = str(closest(item("The envoy"), f"envoy ({words})"))

    assert len(said) < 200
    assert "none of word0, word1, word2 and 37 more is there" in said


@given(makers)
def test_it_agrees_with_the_percolator_and_always_has_words(make):
    made, news = make.document(), make.item()
    verdict = Percolator([made]).match(news)

    told = {one.provision: one for one in nearest(made, news)}

    assert {key for key, one in told.items() if one.hits} == {h.provision for h in verdict.hits}
    held_back = {k for k, o in told.items() if o.share == 1 and not o.context and o.excluded}
    assert held_back == {held.provision for held in verdict.held_back}
    for one in told.values():
        assert str(one)
        assert 0 <= one.share <= 1
        assert (one.share == 1) or one.missing or one.rule is None
