"""Score the rules of a document on items that a person has judged.

    labels.read: JSON lines -> Labelled, or every problem of them
    -> the percolator's hits -> figures, intervals, the worst misses and false alarms

Nothing is stored, and no database is opened.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

from monitor.app import Loaded
from monitor.feeds.outlets import Outlets
from monitor.feeds.urls import site
from monitor.jobs import names
from monitor.jobs.archivefile import opened
from monitor.jobs.labels import read
from monitor.matching import Distances, Percolator, why
from monitor.matching.measure import (
    MUST,
    Interval,
    Labelled,
    Predictions,
    Row,
    Table,
    intervals,
    table,
)
from monitor.model import Document, Hit, Item

GROUP_NEEDS = 20  #: items; figures of fewer say nothing
RESAMPLES = 1_000
SEED = 2025  #: of the draws: the same file gives the same interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One pair that the rules got wrong."""

    provision: str  #: its id
    id: str  #: of the labelled item
    title: str
    url: str
    language: str
    closeness: float  #: of a miss: how close the rules came, 0 to 1; of an alarm: its score
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What the labels say of the rules."""

    document: str  #: its id
    all: Table
    micro_f1: Interval
    macro_f1: Interval
    groups: Mapping[str, Table]  #: by `lang=ru`; the largest first
    unlabelled: tuple[str, ...]  #: provisions of the document that no label speaks of
    misses: tuple[Mistake, ...]  #: closest first: a small change catches them
    alarms: tuple[Mistake, ...]  #: the highest score first
    predictions: Predictions

    def as_json(self, limit: int) -> dict[str, Any]:
        """For scripts, with at most `limit` misses or alarms."""
        return {
            "document": self.document,
            **_table_json(self.all),
            "micro_f1_interval": asdict(self.micro_f1),
            "macro_f1_interval": asdict(self.macro_f1),
            "groups": {name: _table_json(one) for name, one in self.groups.items()},
            "unlabelled": list(self.unlabelled),
            "misses": [asdict(one) for one in self.misses[:limit]],
            "alarms": [asdict(one) for one in self.alarms[:limit]],
        }


def evaluate(
    loaded: Loaded, path: Path, *, document: str = "", by: str = "", show: str = "", now: datetime
) -> Evaluation:
    """Score `document`, or the only one there is, on the labelled items in `path`.

    by: figures for each `lang`, or with and without a `summary`, too
    show: list `misses` or `alarms`

    Raises:
        ConfigError: with every line of `path` that cannot be used.
        LookupError: which document? It says what to write.
        OSError: the file cannot be read.
    """
    chosen = names.document(loaded, document)
    with opened(path) as file:
        items = read(file, str(path), {p.id for p in chosen.provisions}, _outlets(loaded), now=now)
    return judged(chosen, loaded.percolator, items, by=by, show=show)


def judged(
    document: Document,
    percolator: Percolator,
    items: Sequence[Labelled],
    *,
    by: str = "",
    show: str = "",
) -> Evaluation:
    """What `items` say of the rules of `document`. The draws have a seed, so it is one answer."""
    hits = {one.id: _hits(document, percolator, one.item) for one in items}
    predicted = {id_: {_id(hit): hit.score for hit in found} for id_, found in hits.items()}
    asked = sorted({name for one in items for name in one.grades})
    micro, macro = intervals(items, predicted, asked, _samples(len(items)))
    return Evaluation(
        document=document.id,
        all=table(items, predicted, asked),
        micro_f1=micro,
        macro_f1=macro,
        groups={name: table(some, predicted, asked) for name, some in _groups(items, by)},
        unlabelled=tuple(p.id for p in document.provisions if p.id not in asked),
        misses=_misses(document, items, predicted) if show == "misses" else (),
        alarms=_alarms(document, items, hits, asked) if show == "alarms" else (),
        predictions={id_: predicted[id_] for id_ in predicted if predicted[id_]},
    )


def write_predictions(predictions: Predictions, path: Path) -> None:
    """One JSON object a line, for each item with a hit: `id`, and `hits` with their scores.

    Raises:
        OSError: it cannot be written.
    """
    lines = (json.dumps({"id": id_, "hits": hits}) + "\n" for id_, hits in predictions.items())
    path.write_text("".join(lines), encoding="utf-8")


def _outlets(loaded: Loaded) -> Outlets:
    sites = {site(feed.url): feed.outlet for feed in loaded.config.feeds if feed.outlet}
    return Outlets(loaded.config.outlets, sites)


# -- what the rules make of them ---------------------------------------------------------------


def _hits(document: Document, percolator: Percolator, item: Item) -> list[Hit]:
    """The percolator may know other documents, too."""
    own = {provision.key for provision in document.provisions}
    return [hit for hit in percolator.match(item).hits if hit.provision in own]


def _id(hit: Hit) -> str:
    return hit.provision.partition("/")[2]


def _samples(size: int) -> Iterator[list[int]]:
    random, indexes = Random(SEED), range(size)  # noqa: S311 - a draw, not a secret
    return (random.choices(indexes, k=size) for _ in range(RESAMPLES))


def _groups(items: Iterable[Labelled], by: str) -> list[tuple[str, list[Labelled]]]:
    if not by:
        return []
    groups: defaultdict[str, list[Labelled]] = defaultdict(list)
    for one in items:
        groups[f"{by}={_value(one, by)}"].append(one)
    enough = [(name, group) for name, group in groups.items() if len(group) >= GROUP_NEEDS]
    return sorted(enough, key=lambda named: (-len(named[1]), named[0]))


def _value(one: Labelled, by: str) -> str:
    if by == "lang":
        return one.item.language or "unknown"
    return "yes" if one.summary else "no"


def _misses(
    document: Document, items: Iterable[Labelled], predicted: Predictions
) -> tuple[Mistake, ...]:
    distances = Distances(document)
    found = []
    for one in items:
        missed = {n for n, g in one.grades.items() if g == MUST and n not in predicted[one.id]}
        if missed:
            found += [
                _mistake(one, id_, answer.share, str(answer))
                for answer in distances.of(one.item)
                if (id_ := answer.provision.partition("/")[2]) in missed
            ]
    return tuple(sorted(found, key=lambda one: (-one.closeness, one.provision, one.id)))


def _alarms(
    document: Document,
    items: Iterable[Labelled],
    hits: Mapping[str, Iterable[Hit]],
    asked: Collection[str],
) -> tuple[Mistake, ...]:
    provisions = {p.key: p for p in document.provisions}
    found = [
        _mistake(one, _id(hit), hit.score, why(hit, provisions[hit.provision], one.item))
        for one in items
        for hit in hits[one.id]
        if _id(hit) in asked and not one.grades.get(_id(hit), 0)
    ]
    return tuple(sorted(found, key=lambda one: (-one.closeness, one.provision, one.id)))


def _mistake(one: Labelled, provision: str, closeness: float, reason: str) -> Mistake:
    return Mistake(
        provision=provision,
        id=one.id,
        title=one.item.title,
        url=one.item.url,
        language=one.item.language,
        closeness=closeness,
        why=reason,
    )


# -- for scripts -------------------------------------------------------------------------------


def _table_json(one: Table) -> dict[str, Any]:
    return {
        "items": one.items,
        "provisions": {name: _row_json(row) for name, row in one.rows.items()},
        "micro": _row_json(one.micro),
        "macro": asdict(one.macro) if one.macro else None,
    }


def _row_json(row: Row) -> dict[str, Any]:
    return {
        "must": row.must,
        "hits": row.hits,
        **asdict(row.figures),
        "false_per_1000": row.false_per_1000,
    }
