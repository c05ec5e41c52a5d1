"""The score on labelled news: what must be seen comes first, and no language pays for its words."""

import gzip
import json
from collections import defaultdict
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path

import pytest

from monitor.documents import load
from monitor.feeds.outlets import Outlets
from monitor.jobs.labels import read
from monitor.matching import Percolator
from monitor.matching.frequency import AT_MOST, Seen, counted
from monitor.matching.measure import MUST, table
from monitor.model import Band
from monitor.text import plain

NOW = datetime(2026, 12, 1, tzinfo=UTC)
LANGUAGES = ("en", "ru", "zh", "de")
ENOUGH = 20  #: hits of one grade and language, to speak of shares

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def labelled(corpus):
    seed = load(Path("seeds/us-28-point-plan.yaml"))
    percolator, words = Percolator([seed]), a_table(corpus)
    path, known = corpus / "eval" / "dev.jsonl", {p.id for p in seed.provisions}
    with path.open("rb") as file:
        items = read(file, str(path), known, Outlets((), {}), now=NOW)
    hits = {
        one.id: {
            hit.provision.partition("/")[2]: hit
            for hit in percolator.match(one.item, words=words).hits
        }
        for one in items
    }
    return items, hits


def a_table(corpus):
    with gzip.open(corpus / "news" / "replay.jsonl.gz", "rt") as lines:
        found = map(json.loads, islice(lines, AT_MOST))
        seen = [Seen(x["lang"] or "", plain(x["title"]), plain(x["summary"] or "")) for x in found]
    return counted(seen, day=date(2026, 1, 1))


def test_bands_of_what_must_be_seen_differ_little_between_languages(labelled):
    found = defaultdict(list)
    for one, hits in ((one, labelled[1][one.id]) for one in labelled[0]):
        for name, hit in hits.items():
            if one.grades.get(name, 0) == MUST and one.item.language in LANGUAGES:
                found[one.item.language].append(hit.band)

    judged = {name: bands for name, bands in found.items() if len(bands) >= ENOUGH}
    shares = {
        which: [bands.count(which) / len(bands) for bands in judged.values()] for which in Band
    }
    assert set(judged) == set(LANGUAGES)
    assert max(max(found) - min(found) for found in shares.values()) <= 0.10


def test_what_must_be_seen_comes_first(labelled):
    items, hits = labelled
    scores = {id_: {name: hit.score for name, hit in own.items()} for id_, own in hits.items()}
    macro = table(items, scores, {name for one in items for name in one.grades}).macro

    assert macro.average_precision >= 0.75
