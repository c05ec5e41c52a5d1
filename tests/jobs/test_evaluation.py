"""Labelled items in, figures and mistakes out."""

import json

import pytest

from monitor.errors import ConfigError
from monitor.jobs.check import load
from monitor.jobs.evaluation import evaluate, write_predictions
from tests.world import START, write_files


@pytest.fixture
def loaded(tmp_path):
    return load(write_files(tmp_path, {"wire": "https://wire.example/rss"}), {})


@pytest.fixture
def labels(tmp_path):
    """Writes labelled items."""

    def write(*lines):
        path = tmp_path / "gold.jsonl"
        texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        path.write_text("\n".join(texts), encoding="utf-8")
        return path

    return write


def gold(id_, title, labels, **more):
    return {"id": id_, "title": title, "lang": "en", "labels": labels, **more}


FOUND = gold("a", "Port strike begins", {"strikes": [2, "advance"]})
MISSED = gold("b", "Dockers stay at home", {"strikes": 2})
FAR = gold("c", "Museum opens", {"strikes": 2})
ALARM = gold("d", "Port strike of 1912 in pictures", {})


def test_the_rules_are_scored_as_the_labels_say(loaded, labels):
    made = evaluate(loaded, labels(FOUND, MISSED, ALARM, ""), now=START)

    row = made.all.rows["strikes"]
    assert (row.must, row.hits, row.figures.precision, row.figures.recall) == (2, 2, 0.5, 0.5)
    assert made.document == "treaty"
    assert made.unlabelled == ("storms",)


def test_two_runs_give_the_same_answer(loaded, labels):
    path = labels(FOUND, MISSED, ALARM)

    first, second = (evaluate(loaded, path, show="misses", now=START) for _ in range(2))

    assert first == second
    assert 0 <= first.micro_f1.low < first.micro_f1.high <= 1


def test_misses_say_how_close_the_rules_came_closest_first(loaded, labels):
    strike = gold("e", "Strike at the port", {"strikes": 2})
    near = gold("f", "Port strike, and wine for all", {"strikes": 2})

    made = evaluate(loaded, labels(FAR, strike, FOUND, near), show="misses", now=START)

    assert [(one.id, one.closeness) for one in made.misses] == [("f", 1.0), ("c", 0.0)]
    assert "wine" in made.misses[0].why
    assert made.misses[1].why == "nothing of any keyword is there"


def test_alarms_say_why_they_hit_the_surest_first(loaded, labels):
    quiet = gold("e", "A day at sea", {"strikes": 0}, summary="The port had a strike long ago.")
    background = gold("f", "Port strike remembered", {"strikes": 1})

    made = evaluate(loaded, labels(quiet, ALARM, background), show="alarms", now=START)

    assert [one.id for one in made.alarms] == ["d", "e"]
    assert "in the title" in made.alarms[0].why


def test_an_alarm_of_what_no_label_speaks_of_is_not_counted(loaded, labels):
    made = evaluate(loaded, labels(MISSED, gold("s", "Storm hits port", {})), now=START)

    assert made.all.micro.hits == 0
    assert made.predictions == {"s": {"storms": pytest.approx(50, abs=20)}}


@pytest.mark.parametrize(
    ("by", "names"), [("lang", ["lang=en", "lang=unknown"]), ("summary", ["summary=no"])]
)
def test_groups_need_twenty_items(loaded, labels, by, names):
    lines = [gold(str(n), "Port strike", {"strikes": 2}) for n in range(25)]
    lines += [gold(f"u{n}", "Port strike", {}) | {"lang": ""} for n in range(20)]
    lines += [gold(f"s{n}", "Port strike", {}, summary="x") | {"lang": "de"} for n in range(3)]

    assert list(evaluate(loaded, labels(*lines), by=by, now=START).groups) == names


def test_predictions_are_a_line_for_each_item_with_a_hit(loaded, labels, tmp_path):
    made = evaluate(loaded, labels(FOUND, FAR), now=START)
    write_predictions(made.predictions, tmp_path / "out.jsonl")

    lines = (tmp_path / "out.jsonl").read_text().splitlines()

    assert [(line["id"], list(line["hits"])) for line in map(json.loads, lines)] == [
        ("a", ["strikes"])
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "not JSON"),
        ('{"id": "a", "labels": {}}', "title is missing"),
        ({"title": "x", "labels": {}}, 'id: an item needs a name of its own (write "id"'),
        ({"id": "a", "title": "x"}, "labels: expected an object (write "),
        (gold("a", "x", {"strike": 2}), "labels.strike: the document has no such provision (did "),
        (gold("a", "x", {"zz": 2}), "labels.zz: the document has no such provision (there is: "),
        (gold("a", "x", {"strikes": 3}), "labels.strikes: expected a grade (2: its reader must"),
        (gold("a", "x", {"strikes": [True]}), "labels.strikes: expected a grade"),
        (gold("a", "x", {"strikes": []}), "labels.strikes: expected a grade"),
    ],
)
def test_a_wrong_line_is_named_with_what_to_write_instead(loaded, labels, line, said):
    with pytest.raises(ConfigError) as raised:
        evaluate(loaded, labels(FOUND | {"id": "z"}, line), now=START)

    [problem] = raised.value.problems
    assert f"gold.jsonl:2: {said}" in str(problem)


def test_an_id_stands_once(loaded, labels):
    with pytest.raises(ConfigError, match=r"gold.jsonl:2: id: 'a' is used twice \(also in line 1"):
        evaluate(loaded, labels(FOUND, FOUND), now=START)


def test_an_empty_file_is_wrong(loaded, labels):
    with pytest.raises(ConfigError, match="there is no labelled item here"):
        evaluate(loaded, labels("", ""), now=START)


def test_of_several_documents_one_is_named(tmp_path, labels):
    config = write_files(tmp_path, {"wire": "https://wire.example/rss"})
    other = (tmp_path / "seeds" / "treaty.yaml").read_text().replace("id: treaty", "id: pact")
    (tmp_path / "seeds" / "pact.yaml").write_text(other)
    both, path = load(config, {}), labels(FOUND)

    assert evaluate(both, path, document="pact", now=START).document == "pact"
    assert evaluate(both, path, document="pact", now=START).all.micro.hits == 1
    with pytest.raises(LookupError, match="--document and one of pact, treaty"):
        evaluate(both, path, now=START)
    with pytest.raises(LookupError, match="no document 'tax'; there is: pact, treaty"):
        evaluate(both, path, document="tax", now=START)
