"""All that is wrong with a document's rules, at once."""

import pytest

from monitor.matching import problems
from monitor.model import Place, Rule
from tests.matching.making import document, provision


def said(*provisions, **more):
    return [(p.rule.text, p.position, p.reason) for p in problems(document(*provisions, **more))]


def test_a_sound_document_has_no_problems():
    sound = provision(
        "fee NEAR/4 @towns",
        exclude=["museum"],
        context="@towns",
        hits=["Fee in Norhaven"],
        misses=["Fee in Norhaven museum", "A fee"],
    )

    assert said(sound, aliases={"towns": ["Norhaven"]}) == []


def test_every_wrong_rule_is_named_and_none_hides_another():
    wrong = provision("(fee", "fee OR", exclude=["NOT fee"], context="fee NEAR port")

    assert said(wrong, provision("a, b", id="two")) == [
        ("(fee", 0, "this ( is never closed"),
        ("fee OR", 4, "OR needs something after it"),
        ("NOT fee", 0, "NOT needs something positive beside it"),
        ("fee NEAR port", 4, "NEAR needs a number"),
        ("a, b", 1, "',' means nothing here"),
    ]


def test_an_unknown_alias_is_named_with_those_there_are():
    (problem,) = problems(document(provision("fee @town"), aliases={"towns": ["Norhaven"]}))

    assert (problem.position, problem.reason) == (4, "no list @town in this document")
    assert "@towns" in problem.hint


def test_a_list_that_leads_back_to_itself_is_said_where_it_is_written():
    aliases = {"a": ["@b"], "b": ["x OR @c"], "c": ["@a"], "d": ["@a"]}

    assert said(provision("fee @d"), aliases=aliases) == [
        ("@b", 0, "the list leads back to itself: @a > @b > @c > @a"),
        ("x OR @c", 5, "the list leads back to itself: @b > @c > @a > @b"),
        ("@a", 0, "the list leads back to itself: @c > @a > @b > @c"),
        ("@a", 0, "the list leads back to itself: @a > @b > @c > @a"),
    ]


def test_a_wrong_list_is_reported_once_and_not_for_every_rule_that_names_it():
    aliases = {"towns": ["(Norhaven"], "all": ["@towns"]}

    assert said(provision("@all", "fee @towns"), aliases=aliases) == [
        ("(Norhaven", 0, "this ( is never closed")
    ]


def test_the_context_of_a_document_is_reported_once():
    one, two = (
        provision("fee", id="one", context="a OR"),
        provision("dues", id="two", context="a OR"),
    )

    assert len(said(one, two)) == 1


def test_a_list_that_needs_a_position_must_have_one():
    aliases = {"towns": ["Norhaven harbour"]}

    assert said(provision("fee NEAR/3 @towns"), aliases=aliases)[0][1:] == (
        11,
        "@towns has a line without a position in the text, which NEAR/3 needs",
    )


@pytest.mark.parametrize(
    "rule",
    ["the", "fee OR the", "的", "the of", "the NOT fee", "lang:ru", "7", 'в OR "и"', "@wide"],
)
def test_a_rule_that_would_match_nearly_everything_is_refused(rule):
    found = said(provision(rule), aliases={"wide": ["Norhaven", "the"]})

    assert (rule, 0, "this would match nearly everything") in found


@pytest.mark.parametrize(
    "rule", ["the harbour", '"the of"', "俄", "outlet:tass", "US", "G8", "fee"]
)
def test_a_rule_with_something_of_its_own_is_not(rule):
    assert said(provision(rule)) == []


def test_a_language_alone_may_be_a_context_or_an_exclude():
    assert said(provision("fee", context="lang:ru", exclude=["lang:de"])) == []


@pytest.mark.parametrize(
    ("example", "reason"),
    [
        ("Norhaven library opens", "no keyword holds"),
        ("A fee elsewhere", "keyword 1 holds (fee), but not the context (Norhaven)"),
        ("Museum fee in Norhaven", "keyword 1 holds (fee), but so does exclude 1 (museum)"),
    ],
)
def test_an_example_that_must_hit_and_does_not_says_what_was_missing(example, reason):
    made = provision("fee", context="Norhaven", exclude=["museum"], hits=[example])

    assert said(made) == [(example, 0, f"this example must hit and does not: {reason}")]


def test_an_example_that_must_not_hit_and_does_says_why():
    assert said(provision("fee", misses=["A fee"])) == [
        ("A fee", 0, 'this example must not hit and does: fee: "fee" in the title')
    ]


def test_examples_of_a_provision_that_cannot_be_asked_are_passed_over():
    broken = provision("(fee", hits=["Fee"])
    sound = provision("fee", id="two", hits=["Museum"])

    assert [text for text, *_ in said(broken, sound)] == ["(fee", "Museum"]


def test_the_first_line_of_an_example_is_its_title():
    rule = "title:fee text:harbour"

    assert said(provision(rule, hits=["Fee\nThe harbour"], misses=["Harbour\nA fee"])) == []


def test_a_problem_leads_to_the_place_in_the_file():
    rule = Rule(text="fee OR", place=Place("seeds/x.yaml", ((0, 12, 9),)), key="keywords[0]")

    (problem,) = problems(document(provision(rule)))

    assert problem.rule.place.at(problem.position) == (12, 13)


def test_lists_that_grow_without_end_are_refused_in_time():
    aliases = {"l0": ["a", "b"]} | {
        f"l{n}": [f"@l{n - 1} NEAR/1 @l{n - 1}", f"@l{n - 1} NEAR/2 @l{n - 1}"]
        for n in range(1, 30)
    }

    found = said(provision("@l29"), aliases=aliases)

    assert any("more than" in reason for *_, reason in found)


def test_lists_nested_too_deeply_are_refused_and_no_crash():
    aliases = {"l0": ["a"]} | {f"l{n}": [f"x NEAR/1 @l{n - 1}"] for n in range(1, 400)}

    assert any("too deeply" in reason for *_, reason in said(provision("@l399"), aliases=aliases))


@pytest.mark.parametrize(
    ("keyword", "excludes", "reason"),
    [
        ("fee NOT fee", [], "this can never hold"),
        ("fee harbour NOT (toll OR fee)", [], "this can never hold"),
        ("fee harbour", ["fee"], "this can never hit: an exclude here always holds too"),
        ("fee", ["toll OR fee"], "this can never hit: an exclude here always holds too"),
        ("fee NEAR/3 harbour", ["fee NEAR/3 harbour"], "this can never hit: an exclude here"),
    ],
)
def test_a_keyword_that_can_never_hit_is_told(keyword, excludes, reason):
    (found,) = problems(document(provision(keyword, exclude=excludes)))

    assert (found.rule.text, found.reason[: len(reason)]) == (keyword, reason)


@pytest.mark.parametrize(
    ("keyword", "excludes"),
    [("fee", ["fee harbour"]), ("fee OR toll", ["fee"]), ("fee NOT harbour", ["harbour"])],
)
def test_an_exclude_that_holds_only_sometimes_is_fine(keyword, excludes):
    assert problems(document(provision(keyword, exclude=excludes))) == ()


def test_a_misspelt_list_is_named_as_it_was_meant():
    (problem,) = problems(document(provision("fee @rusia"), aliases={"russia": ["Moscow"]}))

    assert problem.position == 4
    assert problem.hint == "did you mean @russia?"
