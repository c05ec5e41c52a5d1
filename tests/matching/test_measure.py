"""The figures, by hand and beside those of the labels' own scorer."""

import importlib.util
from collections import defaultdict
from random import Random

import pytest

from monitor.matching.measure import Labelled, intervals, pairs, table
from tests.matching.making import item


def gold(id_, *, summary=False, **grades):
    return Labelled(id=id_, item=item("x"), grades=grades, summary=summary)


def test_each_figure_is_what_its_name_says():
    items = [gold("a", tax=2), gold("b", tax=2), gold("c", tax=1), gold("d"), gold("e")]
    predicted = {"a": {"tax": 9.0}, "c": {"tax": 50.0}, "d": {"tax": 80.0}}

    row = table(items, predicted, ["tax"]).rows["tax"]

    assert (row.must, row.hits, row.false_per_1000) == (2, 3, 200.0)
    assert row.figures.precision == pytest.approx(2 / 3)
    assert row.figures.recall == 0.5
    assert row.figures.f1 == pytest.approx(4 / 7)
    assert row.figures.average_precision == 0.25  # d, then a; the background c is left out


def test_of_nothing_every_figure_is_zero():
    nothing = table([gold("a")], {}, ["tax"])

    assert nothing.micro.figures.f1 == 0.0
    assert nothing.macro is None
    assert table([], {}, []).micro.false_per_1000 == 0.0


def test_macro_leaves_out_what_has_too_few_pairs():
    items = [gold(str(n), tax=2, **({"toll": 2} if n < 4 else {})) for n in range(5)]
    predicted = {str(n): {"tax": 1.0} for n in range(5)}

    found = table(items, predicted, ["tax", "toll"])

    assert found.macro.f1 == 1.0
    assert found.micro.figures.recall == pytest.approx(5 / 9)


def test_a_hit_of_a_provision_that_nobody_labelled_counts_nowhere():
    assert pairs(gold("a", tax=2), {"a": {"toll": 1.0}}, ["tax"]) == (("tax", "missed"),)


def test_equal_scores_are_ranked_by_id():
    items = [gold("b", tax=2), gold("a")]
    predicted = {"a": {"tax": 5.0}, "b": {"tax": 5.0}}

    assert table(items, predicted, ["tax"]).rows["tax"].figures.average_precision == 0.5


def test_an_interval_holds_the_middle_of_the_draws():
    items = [gold("a", tax=2), gold("b", tax=2)]
    predicted = {"a": {"tax": 1.0}}
    samples = [[0, 0]] * 90 + [[1, 1]] * 10

    micro, macro = intervals(items, predicted, ["tax"], samples)

    assert (micro.low, micro.high) == (0.0, 1.0)
    assert (macro.low, macro.high) == (0.0, 0.0)  # two pairs are too few


def test_without_draws_there_is_no_interval():
    micro, _ = intervals([gold("a")], {}, ["tax"], [])

    assert (micro.low, micro.high) == (0.0, 0.0)


@pytest.fixture(scope="module")
def score(corpus):
    spec = importlib.util.spec_from_file_location("score", corpus / "eval" / "score.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("by", ["", "lang", "summary"])
def test_the_figures_are_those_of_the_labels_own_scorer(score, corpus, by):
    lines = score.read(corpus / "eval" / "dev.jsonl")
    names = sorted({name for line in lines for name in line["labels"]})
    random = Random(7)
    predicted = {
        line["id"]: {
            name: float(random.randrange(9))
            for name in names
            if random.random() < (0.8 if name in line["labels"] else 0.02)
        }
        for line in lines
    }

    groups = defaultdict(list)
    for line in lines:
        groups[{"": "", "lang": line["lang"], "summary": bool(line["summary"])}[by]].append(line)
    for group in groups.values():
        ours = table([_labelled(line) for line in group], predicted, names)
        theirs = score.tally(group, predicted, names)
        for name, (must, hits, fine, found, ranked) in theirs.items():
            row = ours.rows[name]
            assert (row.must, row.hits) == (must, hits)
            assert _rounded(row.figures) == [
                round(share, 3) for share in (*score.ratios(must, hits, fine, found), ranked)
            ]
            assert row.false_per_1000 == pytest.approx(1000 * (hits - fine) / len(group))
        pooled = [sum(row[at] for row in theirs.values()) for at in range(4)]
        assert _rounded(ours.micro.figures)[:3] == [round(s, 3) for s in score.ratios(*pooled)]


def test_the_report_prints_the_same_macro_line(score, corpus, capsys):
    lines = score.read(corpus / "eval" / "dev.jsonl")
    names = sorted({name for line in lines for name in line["labels"]})
    predicted = {
        line["id"]: dict.fromkeys(line["labels"], 1.0) for line in lines[: len(lines) // 2]
    }

    score.report(lines, predicted, names, "all")
    macro = table([_labelled(line) for line in lines], predicted, names).macro

    printed = capsys.readouterr().out.splitlines()[-1].split()
    assert printed[0] == "macro"
    assert [float(share) for share in printed[1:]] == _rounded(macro)


def _labelled(line):
    grades = {name: label[0] for name, label in line["labels"].items()}
    return Labelled(id=line["id"], item=item(line["title"]), grades=grades)


def _rounded(figures):
    shares = (figures.precision, figures.recall, figures.f1, figures.average_precision)
    return [round(share, 3) for share in shares if share is not None]
