"""The commands about files, as a person types them."""

import json
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from monitor import observe
from monitor.cli import main
from tests.world import SETTINGS, write_files

ROOT = Path(__file__).parents[2]
OPML = '<opml version="2.0"><body><outline text="Fish & Ships" xmlUrl="{}"/></body></opml>'


@pytest.fixture
def monitor(capsys):
    """Runs a command; (exit code, what it printed, what it complained of)."""

    def run(*arguments):
        before, sys.argv = sys.argv, ["monitor", *map(str, arguments)]
        try:
            main()
        except SystemExit as e:
            code = e.code or 0
        finally:
            sys.argv = before
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    yield run
    observe.configure(form="json", level="debug")


@pytest.fixture
def config(tmp_path):
    feeds = {"wire": "https://wire.example/rss"}
    return write_files(tmp_path, feeds, settings=SETTINGS + '[log]\nlevel = "error"\n')


# -- init ------------------------------------------------------------------------------------


def test_init_writes_a_project_that_checks(tmp_path, monitor):
    project = tmp_path / "my monitor"

    code, printed, _ = monitor("init", project)

    assert code == 0
    assert sorted(str(p.relative_to(project)) for p in project.rglob("*") if p.is_file()) == [
        "config/feeds.yaml",
        "config/monitor.toml",
        "config/subscribers.yaml",
        "seeds/TEMPLATE.yaml",
        "seeds/examples/eu-mercosur.yaml",
        "seeds/us-28-point-plan.yaml",
    ]
    commands = re.findall(r"^  (monitor .*)$", printed, re.MULTILINE)
    assert commands == [
        f"monitor check --config '{project}/config'",
        f"monitor run --config '{project}/config'",
    ]
    assert monitor("check", "--config", project / "config")[0] == 0


def test_init_writes_nothing_over(tmp_path, monitor):
    mine = tmp_path / "seeds" / "us-28-point-plan.yaml"
    mine.parent.mkdir()
    mine.write_text("mine")

    code, _, complaint = monitor("init", tmp_path)

    assert code == 2
    assert f"{mine} exists" in complaint
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == [mine]
    assert mine.read_text() == "mine"


def test_init_says_where_it_may_not_write(tmp_path, monitor):
    (tmp_path / "file").write_text("")

    code, _, complaint = monitor("init", tmp_path / "file")

    assert (code, "cannot be written" in complaint) == (2, True)


@pytest.mark.slow
def test_an_installed_monitor_brings_its_files_along(tmp_path):
    built = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(built, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    site = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(site)
    # the package of the wheel, with the libraries of this environment, and nothing of the checkout
    program = f"import sys; sys.path.insert(0, {str(site)!r}); from monitor.cli import main; main()"

    for arguments in (["init", "new"], ["check", "--config", "new/config"]):
        done = subprocess.run(
            [sys.executable, "-c", program, *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr

    assert tomllib.loads((tmp_path / "new" / "config" / "monitor.toml").read_text())


# -- feeds -----------------------------------------------------------------------------------


def test_feeds_are_listed(config, monitor):
    code, printed, _ = monitor("feeds", "list", "--config", config)

    assert code == 0
    assert re.search(r"^wire +The Wire +not asked yet +never +\d{4}-", printed, re.MULTILINE)


def test_feeds_are_listed_for_scripts(config, monitor):
    _, printed, _ = monitor("feeds", "list", "--json", "--config", config)

    (feed,) = json.loads(printed)
    assert (feed["id"], feed["outlet"], feed["state"]) == ("wire", "The Wire", "not asked yet")
    assert list(feed)[-2:] == ["next_poll_at", "error"]


def test_a_feed_is_added(config, monitor):
    options = ("--outlet", "The Gull", "--language", "en", "--every", "30m", "--config", config)

    code, printed, _ = monitor("feeds", "add", "https://gull.example/rss", *options)

    assert code == 0
    assert printed.splitlines() == [
        "  the-gull-en  https://gull.example/rss  outlet the-gull (new)",
        "1 feed(s) and 1 outlet(s) added.",
    ]
    assert monitor("check", "--config", config)[0] == 0


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("https://wire.example/rss",), "is watched already, as feed 'wire'"),
        (("wire",), "is no web address: it starts with https:// and has no blanks"),
        (("https://g.example", "--every", "30"), "--every: expected a duration like 30m"),
        (("https://g.example", "--language", "ua"), "--language: unknown language 'ua' (write 'uk"),
        (("https://g.example", "--id", "Big One"), "--id: an id is made of a-z"),
        (("https://g.example", "--aggregator", "--outlet", "x"), "an aggregator has no outlet"),
    ],
    ids=["known", "no address", "every", "language", "id", "aggregator with outlet"],
)
def test_what_cannot_be_added_is_answered_with_what_to_write(config, monitor, arguments, complaint):
    before = (config / "feeds.yaml").read_bytes()

    code, _, said = monitor("feeds", "add", *arguments, "--config", config)

    assert code == 2
    assert complaint in said
    assert (config / "feeds.yaml").read_bytes() == before


def test_wrong_files_are_said_before_anything_is_changed(config, monitor):
    (config / "feeds.yaml").write_text("feeds: [{id: A B}]")

    code, _, said = monitor("feeds", "pause", "wire", "--config", config)

    assert code == 2
    assert re.search(r"feeds\.yaml:1:\d+: feeds\[0\]\.id: an id is made of", said)
    assert "nothing was started or changed" in said


def test_a_feed_is_paused_and_resumed(config, monitor):
    before = (config / "feeds.yaml").read_bytes()

    said = [
        monitor("feeds", verb, "wire", "--config", config)[:2]
        for verb in ("pause", "pause", "resume")
    ]

    assert said == [
        (0, "wire is paused.\n"),
        (0, "wire was so already.\n"),
        (0, "wire is visited again.\n"),
    ]
    assert (config / "feeds.yaml").read_bytes() == before


def test_a_damaged_list_is_imported_with_a_word_about_it(config, tmp_path, monitor):
    path = tmp_path / "list.opml"
    path.write_text(OPML.format("https://fish.example/rss"))

    code, printed, said = monitor("feeds", "import", path, "--config", config)

    assert code == 0
    assert "1 feed(s) and 1 outlet(s) added." in printed
    assert f"{path} is not well-formed (line 1" in said
    assert 'name: "Fish & Ships"' in (config / "feeds.yaml").read_text()


def test_lines_of_no_use_need_a_look(config, tmp_path, monitor):
    path = tmp_path / "list.opml"
    path.write_text(OPML.replace(" & ", " ").format("mailto:fish"))

    code, printed, said = monitor("feeds", "import", "--dry-run", path, "--config", config)

    assert code == 1
    assert "0 feed(s) and 0 outlet(s) would be added." in printed
    assert "1 of no use:\n  line 1: Fish Ships: is no web address" in said


@pytest.mark.parametrize(
    ("body", "complaint"),
    [(None, "cannot be read: No such file"), ("<rss/>", "is no OPML: it starts with <rss>")],
    ids=["missing", "a feed"],
)
def test_what_is_no_list_is_said(config, tmp_path, monitor, body, complaint):
    path = tmp_path / "list.opml"
    if body:
        path.write_text(body)

    code, _, said = monitor("feeds", "import", path, "--config", config)

    assert (code, complaint in said) == (2, True)


def test_feeds_are_exported_to_the_screen_or_a_new_file(config, tmp_path, monitor):
    _, printed, _ = monitor("feeds", "export", "--config", config)
    first = monitor("feeds", "export", tmp_path / "ours.opml", "--config", config)
    second = monitor("feeds", "export", tmp_path / "ours.opml", "--config", config)

    assert printed.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<opml version="2.0">')
    assert (first[0], second[0]) == (0, 2)
    assert "exists; choose another name" in second[2]
    assert "https://wire.example/rss" in (tmp_path / "ours.opml").read_text()


# -- backup and status -----------------------------------------------------------------------


def test_a_backup_is_made_while_feeds_yaml_is_wrong(config, tmp_path, monitor):
    monitor("feeds", "list", "--config", config)  # makes the database
    (config / "feeds.yaml").write_text("not: {right")

    code, printed, _ = monitor("backup", tmp_path / "copy.db", "--config", config)

    assert code == 0
    assert re.fullmatch(rf"{tmp_path}/copy\.db: [\d.]+ MB, checked\.\n", printed)


def test_a_backup_of_nothing_is_refused(config, tmp_path, monitor):
    code, _, said = monitor("backup", tmp_path / "copy.db", "--config", config)

    assert (code, "there is no database yet" in said) == (2, True)


def test_the_health_check_says_why_it_fails(config, monitor):
    code, printed, _ = monitor("status", "--check", "--config", config)

    assert (code, printed) == (1, "the service has never run\n")


def test_status_is_shown_while_feeds_yaml_is_wrong(config, monitor):
    (config / "feeds.yaml").write_text("not: {right")

    code, printed, _ = monitor("status", "--config", config)

    assert (code, printed.startswith("! the service has never run")) == (0, True)
