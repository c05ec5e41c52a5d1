"""eval and rules, as a person types them."""

import json
import sys

import pytest

from monitor import observe
from monitor.cli import main
from tests.world import SETTINGS, write_files


@pytest.fixture
def monitor(capsys, tmp_path):
    """Runs a command; (exit code, what it printed, what it complained of)."""
    feeds = {"wire": "https://wire.example/rss"}
    config = write_files(tmp_path, feeds, settings=SETTINGS + '[log]\nlevel = "error"\n')

    def run(*arguments):
        before, sys.argv = sys.argv, ["monitor", *map(str, arguments), "--config", str(config)]
        try:
            main()
            code = 0
        except SystemExit as e:
            code = e.code or 0
        finally:
            sys.argv = before
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    yield run
    observe.configure(form="json", level="debug")


@pytest.fixture
def gold(tmp_path):
    path = tmp_path / "gold.jsonl"
    lines = [
        {"id": "a", "title": "Port strike begins", "labels": {"strikes": 2}},
        {"id": "b", "title": "Dockers stay at home", "labels": {"strikes": 2}, "lang": "en"},
        {"id": "c", "title": "Port strike of 1912", "labels": {}},
    ]
    path.write_text("\n".join(map(json.dumps, lines)))
    return path


def test_eval_prints_the_figures_and_what_they_are_worth(monitor, gold):
    code, printed, _ = monitor("eval", gold)

    assert code == 0
    assert ["strikes", "2", "2", "0.500", "0.500", "0.500", "0.500", "333.3"] in [
        line.split() for line in printed.splitlines()
    ]
    assert "micro F1 lies between 0.000 and " in printed
    assert "macro" not in printed  # no provision has five pairs of grade 2
    assert "No label speaks of storms: left out." in printed


def test_eval_lists_the_worst_mistakes_with_their_reason(monitor, gold):
    _, misses, _ = monitor("eval", gold, "--show", "misses")
    _, alarms, _ = monitor("eval", gold, "--show", "alarms", "--limit", "1")

    assert "1 misses\nDockers stay at home\n  strikes · en · b\n" in misses
    assert 'port strike*: "Port" and "strike" in the title' in alarms


def test_eval_says_how_many_more_mistakes_there_are(monitor, gold):
    with gold.open("a") as stream:
        stream.write('\n{"id": "d", "title": "Port strike film", "labels": {}}')

    _, alarms, _ = monitor("eval", gold, "--show", "alarms", "--limit", "1")

    assert "2 false alarms, 1 shown; --limit 2 shows more" in alarms


def test_eval_writes_predictions_and_json(monitor, gold, tmp_path):
    code, printed, _ = monitor("eval", gold, "--json", "--predictions", tmp_path / "out.jsonl")

    written = (tmp_path / "out.jsonl").read_text()
    assert code == 0
    assert json.loads(printed)["provisions"]["strikes"]["f1"] == 0.5
    assert [json.loads(line)["id"] for line in written.splitlines()] == ["a", "c"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--document", "tax"], "no document 'tax'"),
        (["--predictions", "GOLD"], "--predictions names the labelled items"),
        (["--predictions", "/nowhere/out.jsonl"], "/nowhere/out.jsonl: No such file"),
    ],
)
def test_eval_says_what_is_wrong_with_an_argument(monitor, gold, arguments, said):
    code, _, complaint = monitor("eval", gold, *(gold if a == "GOLD" else a for a in arguments))

    assert code == 2
    assert said in complaint


def test_eval_says_which_lines_are_wrong(monitor, gold):
    gold.write_text('{"id": "a", "title": "x", "labels": {"strike": 2}}')

    code, _, complaint = monitor("eval", gold)

    assert code == 2
    assert "gold.jsonl:1: labels.strike: the document has no such provision" in complaint


@pytest.fixture
def news(tmp_path, monitor):
    """An archive of five port strikes and one about wine, taken in."""
    path = tmp_path / "archive.jsonl"
    titles = ["Port strike grows"] * 5 + ["Port strike holds up wine"]
    lines = [
        {"title": title, "url": f"https://old.example/{n}", "seen": "2026-01-01T09:00:00Z"}
        for n, title in enumerate(titles)
    ]
    path.write_text("\n".join(map(json.dumps, lines)))
    assert monitor("import", path)[0] == 0
    return path


def test_rules_says_what_each_line_did_and_what_to_do(monitor, news):
    code, printed, _ = monitor("rules", "--days", "3650")

    lines = [line.split() for line in printed.splitlines()]
    assert code == 0
    assert printed.startswith("No strikes in the port  5 hits in 3650 days, last hit ")
    assert ["keyword", "1", "5", "hits", "(5", "alone)", "port", "strike*"] in lines
    assert ["exclude", "1", "1", "held", "back", "wine"] in lines
    assert ["tried", "for", "0", "days", "so", "far:", "too", "early", "to", "say"] in lines
    assert ["Nothing", "asks", "for", "a", "change."] in lines


def test_rules_shows_one_provision_and_json(monitor, news):
    _, printed, _ = monitor("rules", "--provision", "storms", "--json")

    told = json.loads(printed)
    assert [one["provision"] for one in told["provisions"]] == ["treaty/storms"]
    assert told["days"] == 90


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--provision", "storm"], "no provision 'storm'; did you mean 'storms'?"),
        (["--document", "pact", "--provision", "treaty/storms"], "leave one of the two out"),
        (["--document", "treatty"], "no document 'treatty'; did you mean 'treaty'?"),
    ],
)
def test_rules_says_what_is_wrong_with_a_name(monitor, tmp_path, arguments, said):
    seeds = tmp_path / "seeds"
    other = (seeds / "treaty.yaml").read_text().replace("id: treaty", "id: pact")
    (seeds / "pact.yaml").write_text(other.replace("id: st", "id: other-st"))

    code, _, complaint = monitor("rules", *arguments)

    assert code == 2
    assert said in complaint
