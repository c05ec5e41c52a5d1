"""Texts and rules that were made to cost much, and the sizes that are promised.

What Python does is counted, in calls. What regular expressions and Unicode's tables do cannot be:
there the input is so long that more than linear work would take longer than a test may run.
"""

import sys
import tracemalloc
from collections.abc import Callable

import pytest

from monitor.errors import RuleError
from monitor.matching import Distances, Percolator, parse
from monitor.matching.check import problems
from monitor.matching.compile import MAX_HEIGHT, MAX_LEAVES
from monitor.tokens import tokens
from tests.matching.making import document, item, matched, provision

MEGABYTE = 1_000_000


def calls(function: Callable[..., object], *arguments: object) -> int:
    """How many functions `function` calls, and these in turn, whether it raises a RuleError."""
    count = 0

    def see(_frame: object, event: str, _what: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(see)
    try:
        function(*arguments)
    except RuleError:
        pass
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize(
    "piece",
    [
        "a", "a ", "a OR ", '"a" ', "a-", "a. ", "(a) ", "title:a ", "NEAR ", '"', "a*", "@a ", "@",
        "= ", "(", "NOT ", "-", "俄", "U.S.", "a\u0301\u0323", "&amp; ", "a NEAR/1 ", '"a b', ", ",
        "a SAME b ", "(a OR ", "a)", "title:", "*", "a NOT b ", "\u200b", "ＯＲ ", "'",
    ],
)  # fmt: skip
def test_steps_of_the_parser_are_linear_in_the_rule(piece):
    few, many = (calls(parse, piece * count) for count in (2_500, 5_000))

    assert many <= 2.2 * few + 100


@pytest.mark.parametrize(
    "piece",
    [
        "a", "1", "1,", "a.", "A.B", "U.S.", "U.S. ", "a\u0301", "a\u00ad", "a\u0301\u00ad", "俄",
        "俄\u200b", "'s ", "о'", "-", "! ", "&amp;", "&#x41;", "1bn ", "1 billion ", "俄\u0301",
        "\n", ".-", "\n ", "…", "a'", "1.", "é", "É.", "ﷺ",
    ],
)  # fmt: skip
def test_steps_of_the_tokens_are_linear_in_the_text(piece):
    few, many = (calls(tokens, f"{piece * count}_{count}") for count in (3_000, 6_000))

    assert many <= 2.2 * few + 100


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("b" + ".-" * 150_000 + "_a", id="dots that end no sentence"),
        pytest.param("b" + "\n\r" * 150_000 + "_a", id="line ends"),
        pytest.param("a" + "\u0301\u0323" * 200_000, id="marks in the wrong order"),
        pytest.param("俄" + "\u0301\u0323" * 200_000, id="marks on a character"),
        pytest.param("俄" + "\u200b" * 400_000, id="invisible characters"),
        pytest.param("a" + "\u0301\u00ad" * 200_000 + "!", id="marks and soft hyphens"),
        pytest.param("A." * 200_000, id="an endless acronym"),
        pytest.param("1," * 200_000, id="an endless number"),
        pytest.param("a" * MEGABYTE, id="one letter"),
        pytest.param("é" * MEGABYTE, id="one letter with an accent"),
        pytest.param("9" * MEGABYTE + "bn", id="one amount"),
        pytest.param("&amp;" * 200_000, id="entities"),
    ],
)
def test_a_scan_never_goes_back_far(text):
    assert tokens(text)


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param('"' + "a" * MEGABYTE + '"', id="one quoted word"),
        pytest.param("a" * MEGABYTE + ":", id="one field"),
        pytest.param("near/" + "a" * MEGABYTE, id="one operator"),
        pytest.param("w/" + "1" * MEGABYTE, id="one operator of others"),
        pytest.param("+" + "a" * MEGABYTE, id="one plus"),
        pytest.param("…" * MEGABYTE, id="no letter"),
        pytest.param("@" + "a-" * 500_000 + ",", id="one name"),
        pytest.param("/" + "a/" * 500_000, id="one pattern"),
        pytest.param("9" * MEGABYTE + "bn", id="one amount"),
    ],
)
def test_a_word_of_a_megabyte_is_refused_in_few_words(rule):
    with pytest.raises(RuleError) as caught:
        parse(rule)

    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("9" * 5_000 + "bn", id="too long for a number"),
        pytest.param("9" * 5_000 + " billion", id="too long, in two words"),
        pytest.param("\u1369 billion", id="Ethiopic digit"),
        pytest.param("\u1369bn", id="Ethiopic digit and letters"),
        pytest.param("² million ① million ½ million", id="small digits"),
    ],
)
def test_digits_that_make_no_amount_are_words(text):
    assert matched("100bn OR harbour", f"{text} harbour") == ["harbour"]


def test_a_rule_may_hold_digits_that_make_no_amount():
    assert matched('"\u136900"', "\u136900") == ["\u136900"]


@pytest.mark.parametrize("letter", ["s", "y", "ed", "ing"])
def test_no_stemmer_is_asked_about_an_endless_word(letter):
    def steps(letters):
        word = "sanction" + letter * (letters // len(letter))
        return calls(Percolator([made]).match, item(word))

    made = document(provision("sanction"), languages=("en",))
    matched("sanction", "sanctions", languages=("en",))  # loads what it needs

    assert steps(100_000) <= steps(200) + 50


def test_how_close_an_item_came_is_found_in_linear_steps():
    def steps(count):
        news = item("G8", "return " * count + "of a small " + "G8 " * count)
        return calls(distances.of, news)

    distances = Distances(document(provision("G8 NEAR/1 return")))

    assert steps(400) <= 2.2 * steps(200)


@pytest.mark.slow
@pytest.mark.timeout(20)
def test_places_that_are_never_close_are_passed_in_linear_time():
    text = "peace " + "lift x sanctions y " * 80_000

    assert matched("(sanctions THEN/0 lift) NEAR/5 peace", text) == []


def test_an_endless_word_is_not_remembered():
    made = Percolator([document(provision("sanction", "100bn"))])
    made.match(item("warm", "sanctions"))
    tracemalloc.start()
    try:
        made.match(item("endless", "a" * MEGABYTE))
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert kept < MEGABYTE / 4


# -- promised sizes


def test_a_rule_of_ten_thousand_words_finds_the_last():
    rule = " OR ".join(f"word{number}x" for number in range(10_000))

    assert matched(rule, "this is word9999x") == ["word9999x"]


@pytest.mark.slow
def test_a_rule_of_more_words_than_the_bound_is_refused():
    rule = " OR ".join(f"w{number}x" for number in range(MAX_LEAVES + 2))

    (found,) = problems(document(provision(rule)))

    assert f"more than {MAX_LEAVES} words" in found.reason


@pytest.mark.slow
def test_ten_thousand_lists_are_usable_and_a_wrong_name_is_told():
    lists = {f"list{number}": [f"word{number}x"] for number in range(10_000)}
    made = document(provision("@list9999", "@lisst7"), aliases=lists)

    (found,) = problems(made)

    assert "no list @lisst7" in found.reason
    assert len(found.hint) < 200


def test_lists_nested_to_the_bound_are_read():
    deep = MAX_HEIGHT // 2  # a list is two levels: itself, and what its line holds
    lists = {f"list{n}": [f"word{n}x OR @list{n + 1}"] for n in range(deep - 1)}
    made = document(provision("@list0"), aliases=lists | {f"list{deep - 1}": ["end"]})

    assert problems(made) == ()
    assert Percolator([made]).match(item("this is the end")).hits


@pytest.mark.parametrize("length", [2, 60, pytest.param(300, marks=pytest.mark.slow)])
def test_a_circle_of_lists_of_any_length_is_told(length):
    lists = {f"list{n}": [f"@list{(n + 1) % length}"] for n in range(length)}

    found = problems(document(provision("@list0"), aliases=lists))

    assert found
    assert all("back to itself" in one.reason or "too deeply" in one.reason for one in found)
