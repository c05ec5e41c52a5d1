"""One wording of why an item hit."""

from dataclasses import replace

import pytest

from monitor.matching import Percolator, reasons, why
from monitor.model import Rule
from tests.matching.making import document, item, provision

TOWNS = {"towns": ["Norhaven", "Sudport"]}


def explained(news, *keywords):
    made = provision(*keywords)
    (hit,) = Percolator([document(made, aliases=TOWNS)]).match(news).hits
    return why(hit, made, news)


@pytest.mark.parametrize(
    ("news", "rule", "expected"),
    [
        (item("G8 asks Norhaven"), "G8 NEAR/8 @towns", '"G8" and "Norhaven" in the title'),
        (item("G8", "FEES rise"), "G8 fee", '"G8" in the title, "FEES" in the text'),
        (item("Fee, fee, fee"), "fee", '"Fee" in the title'),
        (item("fee", outlet="tass"), "fee outlet:tass", '"fee" in the title, "tass" as the outlet'),
        (item("x", "a1 a2 a3 a4 a5 a6"), "a1 a2 a3 a4 a5 a6", '"a1", "a2", "a3", "a4" and 2 more'),
    ],
)
def test_the_reason_is_one_line_with_the_words_of_the_outlet(news, rule, expected):
    line = explained(news, rule)

    assert line.startswith(f"{rule}: {expected}")
    assert "\n" not in line


def test_a_long_rule_is_cut():
    words = [f"word{n}" for n in range(40)]
    line = explained(item(" ".join(words)), " ".join(words))

    assert ' …: "word0"' in line
    assert len(line) < 150


@pytest.mark.parametrize(
    ("rule", "title", "shown"),
    [
        ("fee OR Gebühr* OR пошлин*", "A fee", "fee"),
        ("(fee OR toll) NEAR/4 (@towns OR lock)", "Toll in Norhaven", "toll NEAR/4 @towns"),
        ("fee AND (toll OR dues) NOT free", "fee and dues", "fee dues"),
        ("title:(fee OR toll)", "A toll", "title:toll"),
        ("(fee lock) OR (toll gate)", "toll gate", "toll gate"),
        ("fee OR toll", "fee and toll", "fee OR toll"),
    ],
)
def test_alternatives_that_did_not_hold_are_not_told(rule, title, shown):
    assert explained(item(title), rule).startswith(f"{shown}: ")


def test_a_hit_without_evidence_needs_no_reason():
    made, news = provision("fee"), item("A fee")
    (hit,) = Percolator([document(made)]).match(news).hits

    assert why(replace(hit, evidence=()), made, news) == ""


def test_a_rule_that_the_language_refuses_by_now_is_told_whole():
    made, news = provision("fee"), item("A fee")
    (hit,) = Percolator([document(made)]).match(news).hits
    cited = replace(made, keywords=(Rule(text="fee und toll"),))

    assert why(hit, cited, news) == 'fee und toll: "fee" in the title'


def test_further_keywords_are_counted():
    assert explained(item("fee harbour"), "fee", "harbour", "museum") == (
        'fee: "fee" in the title; and 1 more keyword'
    )


def test_the_heaviest_keyword_is_named_first():
    line = explained(item("fee harbour"), "fee", Rule(text="harbour", weight=2))

    assert line.startswith("harbour: ")


def test_the_reasons_are_there_as_data_too():
    made, news = provision("fee"), item("A fee")
    (hit,) = Percolator([document(made)]).match(news).hits

    (reason,) = reasons(hit, made, news)

    assert reason.rule == made.keywords[0]
    assert [(w.text, w.field, w.start, w.end) for w in reason.words] == [("fee", "title", 2, 5)]


def test_a_hit_of_a_keyword_that_is_gone_is_explained_by_its_leaves():
    made, news = provision("museum", "fee"), item("A fee")
    (hit,) = Percolator([document(made)]).match(news).hits

    assert why(hit, replace(made, keywords=made.keywords[:1]), news) == 'fee: "fee" in the title'
