"""How good are rules on items that a person has judged? Pure.

A label is a grade of an item for a provision: 2, its reader must see the item; 1, useful
background, neither demanded nor counted wrong; 0, or none, not about it. So a pair of item and
provision ends as one of four, and every figure is made of their counts:

    FOUND       grade 2, hit           MISSED   grade 2, not hit
    BACKGROUND  grade 1, hit           FALSE    grade 0, hit

    precision = (FOUND + BACKGROUND) / hits      recall = FOUND / (FOUND + MISSED)

`micro` pools all pairs; `macro` averages the provisions that have at least MACRO_NEEDS pairs of
grade 2, because one of three found says nothing. Average precision asks whether good hits come
first, leaving out the background. Intervals are made by drawing the items again and again: what
would other items of the same kind have said?
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from statistics import fmean

from monitor.model import Item

MACRO_NEEDS = 5  #: pairs of grade 2
MUST, BACKGROUND = 2, 1  #: grades


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """One item that a person has judged."""

    id: str  #: as in the labels; `item.id` is the monitor's own
    item: Item
    grades: Mapping[str, int]  #: by provision id
    summary: bool = False  #: does it have more than a title?


Predictions = Mapping[str, Mapping[str, float]]  #: label id -> provision id -> score


class Outcome(StrEnum):
    """What a pair of item and provision came to."""

    FOUND = "found"
    MISSED = "missed"
    BACKGROUND = "background"
    FALSE = "false"


Pair = tuple[str, Outcome]  #: provision id, what came of it
Counts = dict[str, Counter[Outcome]]  #: by provision id


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares from 0 to 1. What cannot be asked, of nothing, is 0."""

    precision: float
    recall: float
    f1: float
    average_precision: float | None = None  #: None where pairs of several provisions are pooled


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One provision, or all of them pooled."""

    must: int  #: pairs of grade 2
    hits: int
    figures: Figures
    false_per_1000: float  #: wrong hits in 1,000 items


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The figures of some items."""

    items: int
    rows: Mapping[str, Row]  #: by provision id, sorted
    micro: Row
    macro: Figures | None  #: None if no provision has enough pairs


@dataclass(frozen=True, slots=True)
class Interval:
    """Where 95 of 100 draws lie."""

    low: float
    high: float


def table(items: Sequence[Labelled], predicted: Predictions, provisions: Iterable[str]) -> Table:
    """The figures of `items`; `provisions` are those that their labels speak of."""
    names = sorted(provisions)
    counts = _counts(chain.from_iterable(pairs(one, predicted, names) for one in items))
    rows = {
        name: _row(counts.get(name, Counter()), len(items), _ranking(items, predicted, name))
        for name in names
    }
    pooled = sum(counts.values(), Counter[Outcome]())
    return Table(items=len(items), rows=rows, micro=_row(pooled, len(items)), macro=_macro(rows))


def pairs(one: Labelled, predicted: Predictions, provisions: Iterable[str]) -> tuple[Pair, ...]:
    """What became of each provision that `one` was labelled for or hit."""
    hits = predicted.get(one.id, {})
    return tuple(
        (name, outcome)
        for name in provisions
        if (outcome := _outcome(one.grades.get(name, 0), hit=name in hits)) is not None
    )


def intervals(
    items: Sequence[Labelled],
    predicted: Predictions,
    provisions: Iterable[str],
    samples: Iterable[Sequence[int]],
) -> tuple[Interval, Interval]:
    """Of micro F1 and macro F1, over `samples`: each as many indexes of `items`, drawn with
    replacement.
    """
    names = sorted(provisions)
    found = [pairs(one, predicted, names) for one in items]
    micro, macro = [], []
    for sample in samples:
        counts = _counts(chain.from_iterable(found[at] for at in sample))
        micro.append(_figures(sum(counts.values(), Counter[Outcome]())).f1)
        enough = [_figures(one).f1 for one in counts.values() if _must(one) >= MACRO_NEEDS]
        macro.append(fmean(enough) if enough else 0.0)
    return _middle(micro), _middle(macro)


def _outcome(grade: int, *, hit: bool) -> Outcome | None:
    if not hit:
        return Outcome.MISSED if grade == MUST else None
    if grade == MUST:
        return Outcome.FOUND
    return Outcome.BACKGROUND if grade == BACKGROUND else Outcome.FALSE


def _counts(found: Iterable[Pair]) -> Counts:
    counts: dict[str, Counter[Outcome]] = {}
    for (name, outcome), n in Counter(found).items():
        counts.setdefault(name, Counter())[outcome] += n
    return counts


def _must(counts: Counter[Outcome]) -> int:
    return counts[Outcome.FOUND] + counts[Outcome.MISSED]


def _hits(counts: Counter[Outcome]) -> int:
    return counts.total() - counts[Outcome.MISSED]


def _figures(counts: Counter[Outcome], average_precision: float | None = None) -> Figures:
    hits, must = _hits(counts), _must(counts)
    precision = (hits - counts[Outcome.FALSE]) / hits if hits else 0.0
    recall = counts[Outcome.FOUND] / must if must else 0.0
    both = precision + recall
    f1 = 2 * precision * recall / both if both else 0.0
    return Figures(precision, recall, f1, average_precision)


def _row(counts: Counter[Outcome], items: int, average_precision: float | None = None) -> Row:
    return Row(
        must=_must(counts),
        hits=_hits(counts),
        figures=_figures(counts, average_precision),
        false_per_1000=1000 * counts[Outcome.FALSE] / items if items else 0.0,
    )


def _macro(rows: Mapping[str, Row]) -> Figures | None:
    enough = [row.figures for row in rows.values() if row.must >= MACRO_NEEDS]
    if not enough:
        return None
    return Figures(
        fmean(one.precision for one in enough),
        fmean(one.recall for one in enough),
        fmean(one.f1 for one in enough),
        fmean(one.average_precision or 0.0 for one in enough),
    )


def _ranking(items: Sequence[Labelled], predicted: Predictions, name: str) -> float:
    """Average precision: the mean of the precision at each good hit, over all good items.

    Of equal scores the smaller id comes first, so that the order is one.
    """
    hits = [(-predicted[one.id][name], one) for one in items if name in predicted.get(one.id, {})]
    hits.sort(key=lambda hit: (hit[0], hit[1].id))
    grades = [one.grades.get(name, 0) for _, one in hits]
    good = total = 0.0
    for rank, grade in enumerate((grade for grade in grades if grade != BACKGROUND), start=1):
        if grade == MUST:
            good += 1
            total += good / rank
    must = sum(one.grades.get(name, 0) == MUST for one in items)
    return total / must if must else 0.0


def _middle(values: list[float]) -> Interval:
    """The middle 95 of 100."""
    values.sort()
    cut = round(0.025 * (len(values) - 1))
    return Interval(values[cut], values[-1 - cut]) if values else Interval(0.0, 0.0)
