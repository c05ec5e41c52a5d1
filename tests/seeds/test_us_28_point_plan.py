"""The shipped seed on labelled news: the invented items of tests/data, and the recorded ones.

The invented items were written from a description of the provisions, by somebody who had not seen
the rules: that their figures are lower says how much of a rule is habit of the outlets.
"""

import gzip
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from monitor.documents import load
from monitor.feeds.outlets import Outlets
from monitor.jobs.labels import read
from monitor.matching import Percolator
from monitor.matching.measure import Labelled, table
from monitor.model import Item
from monitor.text import plain

NOW = datetime(2026, 12, 1, tzinfo=UTC)
LABELLED = Path(__file__).parents[1] / "data" / "labelled"
INVENTED = LABELLED / "us-28-point-plan.jsonl"
RECORDED = LABELLED / "us-28-point-plan.recorded.jsonl"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def seed():
    return load(Path("seeds/us-28-point-plan.yaml"))


@pytest.fixture(scope="module")
def percolator(seed):
    return Percolator([seed])


@pytest.fixture(scope="module")
def predicted(seed, percolator):
    def hits(path):
        known = {provision.id for provision in seed.provisions}
        with path.open("rb") as file:
            items = read(file, str(path), known, Outlets((), {}), now=NOW)
        return items, {
            one.id: {
                hit.provision.partition("/")[2]: hit.score
                for hit in percolator.match(one.item).hits
            }
            for one in items
        }

    return hits


def names(items):
    return sorted({name for one in items for name in one.grades})


def test_invented_news_of_eight_languages_is_found_with_few_wrong_hits(predicted):
    items, hits = predicted(INVENTED)

    found = table(items, hits, names(items)).micro.figures

    assert found.precision >= 0.88
    assert found.recall >= 0.60


@pytest.mark.parametrize("language", ["de", "en", "es", "fr", "pl", "ru", "uk", "zh"])
def test_no_language_is_left_behind(predicted, language):
    items, hits = predicted(INVENTED)
    own = [one for one in items if one.item.language == language]

    found = table(own, hits, names(items)).micro.figures

    assert len(own) >= 60
    assert found.precision >= 0.8
    assert found.recall >= 0.5


def test_each_fifth_of_the_labelled_news_reaches_the_bars(predicted, corpus):
    items, hits = predicted(corpus / "eval" / "dev.jsonl")
    Random(28).shuffle(items)

    for start in range(5):
        found = table(items[start::5], hits, names(items))
        assert found.micro.figures.f1 >= 0.88
        assert found.macro.f1 >= 0.80


@pytest.mark.parametrize("language", ["ru", "zh", "de"])
def test_recall_holds_in_each_large_language(predicted, corpus, language):
    items, hits = predicted(corpus / "eval" / "dev.jsonl")

    own = [one for one in items if one.item.language == language]

    assert table(own, hits, names(items)).micro.figures.recall >= 0.80


def test_each_keyword_line_finds_three_items_or_says_why_it_stays(seed, percolator, corpus):
    fired = Counter()
    with gzip.open(corpus / "news" / "replay.jsonl.gz", "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            for hit in percolator.match(_item(number, json.loads(line))).hits:
                fired.update({(hit.provision, rule) for rule in {e.rule for e in hit.evidence}})

    idle = [
        f"{provision.id}, keyword {at + 1}"
        for provision in seed.provisions
        for at, rule in enumerate(provision.keywords)
        if fired[provision.key, at] < 3 and not rule.note
    ]
    assert idle == []


def _item(number, line):
    return Item(
        id=str(number),
        feed="replay",
        key=str(number),
        url=line["url"],
        language=line["lang"],
        title=plain(line["title"]),
        text=plain(line["summary"]),
        first_seen=NOW,
    )


@pytest.mark.parametrize(("read_before", "least"), [(False, (0.82, 0.78)), (True, (0.88, 0.85))])
def test_recorded_news_that_two_people_labelled_is_found(percolator, corpus, read_before, least):
    """1,090 items drawn from the recorded news; their texts stay there, here are the verdicts.

    Grade 2 where both said 2. The writer of the rules had read the headlines of one half, without
    verdicts, and nothing of the other.
    """
    verdicts = {
        line["url"]: line["labels"]
        for line in map(json.loads, RECORDED.read_text("utf-8").splitlines())
        if line["read"] is read_before
    }
    items = list(_recorded(corpus, verdicts))
    hits = {
        one.id: {
            hit.provision.partition("/")[2]: hit.score for hit in percolator.match(one.item).hits
        }
        for one in items
    }

    found = table(items, hits, names(items))

    assert len(items) == len(verdicts) == 545
    assert found.micro.figures.f1 >= least[0]
    assert found.macro.f1 >= least[1]


def _recorded(corpus, verdicts):
    left = dict(verdicts)
    with gzip.open(corpus / "news" / "replay.jsonl.gz", "rt", encoding="utf-8") as lines:
        for number, line in enumerate(map(json.loads, lines)):
            if (grades := left.pop(line["url"], None)) is not None:
                yield Labelled(id=str(number), item=_item(number, line), grades=grades)
