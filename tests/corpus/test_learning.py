"""Twenty verdicts on labelled news: the order of the other hits gets no worse."""

import gzip
import json
import random
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from statistics import fmean

import pytest

from monitor.documents import load
from monitor.feeds.outlets import Outlets
from monitor.jobs.labels import read
from monitor.matching import Percolator
from monitor.matching.frequency import AT_MOST, Seen, counted
from monitor.matching.learning import PRESUMED, Judged, Read, learn
from monitor.matching.measure import BACKGROUND, MUST
from monitor.text import plain

NOW = datetime(2026, 12, 1, tzinfo=UTC)
VERDICTS, REST, DRAWS = 20, 8, 6

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def news(corpus):
    with gzip.open(corpus / "news" / "replay.jsonl.gz", "rt") as lines:
        found = map(json.loads, islice(lines, AT_MOST))
        return [Seen(x["lang"] or "", plain(x["title"]), plain(x["summary"] or "")) for x in found]


@pytest.fixture(scope="module")
def topics(corpus, news):
    """By provision that has enough hits: (what is read, is it relevant, score), in order of ids."""
    seed, words = load(Path("seeds/us-28-point-plan.yaml")), counted(news, day=date(2026, 1, 1))
    percolator, known = Percolator([seed]), {p.id for p in seed.provisions}
    path = corpus / "eval" / "dev.jsonl"
    with path.open("rb") as file:
        items = sorted(read(file, str(path), known, Outlets((), {}), now=NOW), key=lambda i: i.id)
    hits = {name: [] for name in sorted(known)}
    for one in items:
        for hit in percolator.match(one.item, words=words).hits:
            name = hit.provision.partition("/")[2]
            grade = one.grades.get(name, 0)
            if grade != BACKGROUND:
                told = Read(one.item.language, one.item.title, one.item.text)
                hits[name].append((told, grade == MUST, hit.score))
    return words, {name: own for name, own in hits.items() if len(own) >= VERDICTS + REST}


def precision(rest, points):
    """Average precision of `rest`, ordered by score and `points`."""
    order = sorted(range(len(rest)), key=lambda n: (-min(rest[n][2] + points[n], 100), n))
    good = [place for place, n in enumerate(order, 1) if rest[n][1]]
    return fmean(found / place for found, place in enumerate(good, 1)) if good else 1.0


def before_and_after(hits, presumed, words, chance):
    drawn = chance.sample(hits, len(hits))
    judged = [Judged(told, relevant) for told, relevant, _ in drawn[:VERDICTS]]
    rest = drawn[VERDICTS:]
    known = learn(judged, presumed, words, name="x")
    points = [known.points(told, words)[0] for told, _, _ in rest]
    return precision(rest, [0.0] * len(rest)), precision(rest, points)


def test_twenty_verdicts_make_the_order_worse_on_few_topics(topics, news):
    words, hits = topics
    presumed = [Read(*one) for one in news[-PRESUMED:]]

    means = [
        tuple(
            fmean(column)
            for column in zip(
                *(before_and_after(own, presumed, words, random.Random(n)) for n in range(DRAWS)),
                strict=True,
            )
        )
        for own in hits.values()
    ]

    assert len(means) >= 5
    assert sum(after >= before - 1e-9 for before, after in means) >= 0.75 * len(means)
    assert fmean(after for _, after in means) >= fmean(before for before, _ in means)
