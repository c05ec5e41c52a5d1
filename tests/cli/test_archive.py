"""hits, import, search and why, as a person types them."""

import json
import sys

import pytest

from monitor import observe, store
from monitor.cli import main
from tests.world import SETTINGS, write_files

STRIKE = {
    "url": "https://old.example/strike",
    "title": "Port strikes begin",
    "summary": "Dockers walked out. " * 20,
    "source": "The Old Paper",
    "lang": "en",
    "seen": "2025-12-06T09:00:00Z",
}


@pytest.fixture
def config(tmp_path):
    feeds = {"wire": "https://wire.example/rss"}
    return write_files(tmp_path, feeds, settings=SETTINGS + '[log]\nlevel = "error"\n')


@pytest.fixture
def monitor(capsys, config):
    """Runs a command; (exit code, what it printed, what it complained of)."""

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
def archive(tmp_path):
    """Writes an archive."""

    def write(*lines):
        path = tmp_path / "archive.jsonl"
        texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        path.write_text("\n".join(texts), encoding="utf-8")
        return path

    return write


# -- import ----------------------------------------------------------------------------------


def test_import_says_what_it_came_to(monitor, archive):
    code, printed, complaints = monitor("import", archive(STRIKE, {"title": "Cats win"}))

    assert (code, complaints) == (0, "")
    begin, end = printed.splitlines()
    assert begin == "0 of 2 lines: 0 added, 0 hits"
    assert end.startswith("2 items added in ")
    assert end.endswith(": 1 hits, 0 held back by an exclude.")


def test_import_says_what_it_left_out(monitor, archive):
    path = archive(STRIKE)
    monitor("import", path)

    _, printed, _ = monitor("import", path)

    assert "Left out: 1 that were imported before, 0 that a polled feed had brought." in printed


def test_import_lists_bad_lines_and_ends_with_1(monitor, archive):
    path = archive(*["{"] * 25, STRIKE)

    code, printed, complaints = monitor("import", path)

    assert code == 1
    assert "1 items added" in printed
    said = complaints.splitlines()
    assert said[0].startswith(f"{path}:1: not JSON: ")
    assert said[-2:] == [
        "... and 5 more",
        "25 line(s) not taken. Mend them and import the file again.",
    ]


def test_import_as_json(monitor, archive):
    code, printed, _ = monitor("import", archive(STRIKE, "[]"), "--json")

    said = json.loads(printed)
    assert code == 1
    assert said.pop("seconds") >= 0
    assert said == {
        "lines": 1,
        "items": 1,
        "repeated": 0,
        "polled": 0,
        "hits": 1,
        "hits_by_provision": {"treaty/strikes": 1},
        "held_back": 0,
        "bad": [{"line": 2, "reason": 'not an object; write {"title": "...", "url": "..."}'}],
    }


def test_import_of_a_file_that_is_not_there_ends_with_2(monitor, tmp_path):
    code, _, complaints = monitor("import", tmp_path / "none.jsonl")

    assert code == 2
    assert complaints.endswith("none.jsonl cannot be read: No such file or directory\n")


def test_import_beside_a_service_ends_with_3_and_says_who_it_is(monitor, archive, tmp_path):
    path = archive(STRIKE)
    engine = store.open_engine(f"sqlite:///{tmp_path / 'data' / 'monitor.db'}")
    with store.service_lock(engine, holder="monitor run, pid 7"):
        code, _, complaints = monitor("import", path)
    engine.dispose()

    assert code == 3
    assert "in use by monitor run, pid 7" in complaints


# -- search ----------------------------------------------------------------------------------


def test_search_prints_items_and_says_if_there_are_more(monitor, archive):
    others = [{"title": f"Storm {n}", "seen": f"2025-12-0{n}T12:00:00Z"} for n in (1, 2, 3)]
    monitor("import", archive(STRIKE, *others))

    code, printed, _ = monitor("search", "storm", "--limit", "2")

    lines = printed.splitlines()
    assert code == 0
    assert [line for line in lines if "Storm" in line] == ["  Storm 3", "  Storm 2"]
    assert lines[-1] == "There are more: --limit 4 shows them."


def test_search_shows_where_and_when(monitor, archive):
    monitor("import", archive(STRIKE))

    _, printed, _ = monitor("search", "port", "strike*")

    head, title, text, url, _ = printed.splitlines()
    assert head.endswith("  The Old Paper  en")
    assert title == "  Port strikes begin"
    assert text.startswith("  Dockers walked out.")
    assert url == "  https://old.example/strike"


def test_search_as_json(monitor, archive):
    monitor("import", archive(STRIKE))

    code, printed, _ = monitor("search", "port", "--lang", "EN", "--since", "2025-12-01", "--json")

    [found] = json.loads(printed)
    assert code == 0
    assert (found["title"], found["matched"]) == ("Port strikes begin", ["Port"])
    assert found["first_seen"].startswith("2025-12-06")


def test_search_that_finds_nothing_says_so(monitor):
    assert monitor("search", "unicorn") == (0, "Nothing found.\n", "")
    assert monitor("search", "unicorn", "--json") == (0, "[]\n", "")


def test_search_shows_where_a_rule_is_wrong(monitor):
    code, _, complaints = monitor("search", "港口 NEAR port")

    rule, marker, reason = complaints.splitlines()
    assert code == 2
    assert (rule, marker) == ("  港口 NEAR port", "       ^")
    assert "NEAR/6" in reason


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [(("--lang", "english"), "two letters"), (("--since", "monday"), "write it as 2025-11-24")],
)
def test_search_says_what_to_write_instead(monitor, arguments, hint):
    code, _, complaints = monitor("search", "port", *arguments)

    assert code == 2
    assert hint in complaints


# -- why -------------------------------------------------------------------------------------


def test_why_tells_hits_and_misses(monitor, archive):
    monitor("import", archive(STRIKE))

    code, printed, _ = monitor("why", "https://old.example/strike")

    assert code == 0
    for line in (
        "Port strikes begin",
        "HITS",
        "    port strike*",
        '      title: "Port", "strikes" in: Port strikes begin',
        "    note: from an imported archive, so it was never announced",
        "NOT HIT, closest first",
        "   25%  The port closes in storms",
        '        keyword 1, storm* NEAR/8 port: "Port" in the title, but storm* is not there',
    ):
        assert line in printed.splitlines()


def test_why_tells_what_an_exclude_held_back_and_what_came_near_nothing(monitor, archive):
    monitor("import", archive({"title": "Dock walkout delays wine", "url": "https://a.example/1"}))

    _, printed, _ = monitor("why", "https://a.example/1")

    assert "No hits." in printed
    assert "HELD BACK BY AN EXCLUDE\n  100%  No strikes in the port" in printed
    assert 'exclude 1 holds (wine: "wine" in the title)' in printed
    assert "Nothing of any keyword is there:\n  The port closes in storms" in printed


def test_why_of_what_was_never_seen_ends_with_1_and_names_the_feeds(monitor, archive):
    monitor("import", archive(STRIKE))  # applies the files

    code, printed, _ = monitor("why", "https://wire.example/2")

    assert code == 1
    assert printed.splitlines() == [
        "Never seen: https://wire.example/2",
        "  The Wire: wire, not asked yet, no answer yet",
        "None of these feeds has listed that address while it was asked.",
    ]


def test_why_of_an_outlet_without_a_feed_says_how_to_add_one(monitor):
    code, printed, _ = monitor("why", "https://nobody.example.org/2")

    assert code == 1
    assert "No feed of example.org is polled. To add one: monitor feeds add ADDRESS" in printed


def test_why_of_a_hit_that_new_rules_withdrew_blames_the_rules(monitor, archive, config):
    monitor("import", archive(STRIKE))
    rewrite(config, "'port strike*'", "ferry")
    monitor("backfill")

    _, printed, _ = monitor("why", STRIKE["url"])

    assert "note: withdrawn: later rules do not hit it any more" in printed
    assert "later revision" not in printed


def test_why_as_json(monitor, archive):
    monitor("import", archive(STRIKE))

    _, printed, _ = monitor("why", STRIKE["url"], "--json")
    code, unseen, _ = monitor("why", "https://wire.example/2", "--json")

    [told] = json.loads(printed)["items"]
    assert told["hits"][0]["provision"] == "treaty/strikes"
    assert code == 1
    assert json.loads(unseen)["unseen"]["feeds"][0]["feed"] == "wire"


def test_why_of_nonsense_ends_with_2(monitor):
    code, _, complaints = monitor("why", "nonsense")

    assert code == 2
    assert "write it as https://example.org/news/1" in complaints


# -- hits ------------------------------------------------------------------------------------


def test_hits_of_an_archive_are_listed_by_the_day_they_were_seen(monitor, archive):
    monitor("import", archive(STRIKE))

    _, printed, _ = monitor("hits", "--since", "2025-12-06", "--json")
    _, later, _ = monitor("hits", "--since", "2025-12-07", "--json")

    assert [hit["title"] for hit in json.loads(printed)] == ["Port strikes begin"]
    assert json.loads(later) == []


def test_a_long_address_stays_in_one_line(monitor, archive):
    address = "https://wire.example/" + "strike-" * 20 + "begins"
    monitor("import", archive({**STRIKE, "url": address}))

    _, printed, _ = monitor("hits")

    assert f"  {address}" in printed.splitlines()


# -- backtest, check --diff, backfill ----------------------------------------------------------


def rewrite(config, old, new):
    seed = config.parent / "seeds" / "treaty.yaml"
    seed.write_text(seed.read_text().replace(old, new))


def test_backtest_counts_and_shows(monitor, archive):
    monitor("import", archive(STRIKE, {"title": "Ferry sinks", "seen": "2025-12-07"}))

    code, printed, _ = monitor("backtest", "--provision", "strikes", "--rule", "ferry")

    assert code == 0
    assert "treaty/strikes  No strikes in the port" in printed
    assert "2 hits" in printed
    assert "1 not stored, 0 lost" in printed
    assert "languages: ? 1 · en 1" in printed or "languages: en 1 · ? 1" in printed
    assert "NEW (1)" in printed
    assert "Ferry sinks" in printed


def test_backtest_names_what_has_no_hit_and_prints_json(monitor, archive):
    monitor("import", archive(STRIKE))

    _, printed, _ = monitor("backtest")
    _, raw, _ = monitor("backtest", "--rule", "dockers", "--json")

    assert "Without a hit: treaty/storms" in printed
    [rule] = json.loads(raw)["provisions"]
    assert (rule["hits"], rule["new"], rule["overlap"]) == (1, 0, {"treaty/strikes": 1})


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--rule", "port NEAR strike"], "NEAR"),
        (["--provision", "ports"], "no provision 'ports'"),
        (["--document", "law"], "no document 'law'"),
    ],
)
def test_backtest_says_what_is_wrong(monitor, arguments, said):
    code, _, complaints = monitor("backtest", *arguments)

    assert code == 2
    assert said in complaints


def test_check_diff_says_what_an_edit_would_change(monitor, archive, config):
    monitor("import", archive(STRIKE, {"title": "Ferry sinks"}))

    _, same, _ = monitor("check", "--diff")
    rewrite(config, "'port strike*'", "ferry")
    rewrite(config, "id: storms", "id: gales")
    code, printed, _ = monitor("check", "--diff", "--days", "9999")

    assert "The rules in the files are those that are in force." in same
    assert code == 0
    assert "New: treaty/gales" in printed
    assert "Changed: treaty/strikes" in printed
    assert "Retired: treaty/storms; its 0 hits stay" in printed
    assert "1 not stored, 1 lost" in printed


def test_backfill_says_what_new_rules_found(monitor, archive, config):
    monitor("import", archive(STRIKE, {"title": "Ferry sinks"}))
    _, before, _ = monitor("backfill")
    rewrite(config, "'port strike*'", "ferry")

    _, printed, _ = monitor("backfill", "--provision", "strikes", "--announce")
    _, raw, _ = monitor("backfill", "--json")

    assert "The archive holds nothing" in before
    assert "treaty/strikes: 1 added, 1 withdrawn" in printed
    assert "0 past hits will stand in the next digests." in printed
    assert [one["done"] for one in json.loads(raw)["provisions"]] == [True, True]
    assert monitor("backfill", "--provision", "none")[0] == 2


def test_backfill_leaves_the_work_to_a_running_service(monitor, archive, config):
    monitor("import", archive(STRIKE))
    engine = store.open_engine(f"sqlite:///{config.parent / 'data' / 'monitor.db'}")

    with store.service_lock(engine, holder="monitor run, pid 7"):
        code, printed, _ = monitor("backfill")

    engine.dispose()
    assert code == 0
    assert "The running service goes on with it" in printed
