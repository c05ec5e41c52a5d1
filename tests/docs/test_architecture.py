"""docs/architecture.md shows the tree as it is, and lists every decision."""

import re
import tomllib

from monitor import service
from tests.docs.pages import PACKAGE, ROOT, page

PAGE = page("docs/architecture.md")
TREE, _, REST = PAGE.partition("Imports go downwards only:")


def test_the_tree_shows_every_package_and_module():
    there = {
        f"{path.name}/" if path.is_dir() else path.name
        for path in PACKAGE.iterdir()
        if not path.name.startswith(("_", "."))
    }

    block = TREE.partition("    monitor/\n")[2]

    shown = re.findall(r"^ {6}(\S+(?:  \S+\.py)*)", block, re.MULTILINE)
    assert {name for line in shown for name in line.split("  ")} == there - {"shipped/"}


def test_the_layers_are_those_that_are_enforced():
    contracts = tomllib.loads(page("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    layers = next(c["layers"] for c in contracts if c["type"] == "layers")

    shown = " ".join(re.search(r"((?:^    .*\n)+)", REST, re.MULTILINE)[1].split())

    assert [layer.strip() for layer in shown.split(">")] == layers


def test_every_decision_is_listed():
    decisions = {path.name for path in (ROOT / "docs" / "decisions").glob("*.md")}

    assert set(re.findall(r"\(decisions/([\w-]+\.md)\)", PAGE)) == decisions


def test_every_decision_answers_the_three_questions():
    wanted = ["**Question.**", "**Choice.**", "**What would change our mind.**"]

    short = {
        path.name: missing
        for path in (ROOT / "docs" / "decisions").glob("*.md")
        if (missing := [part for part in wanted if part not in path.read_text(encoding="utf-8")])
    }

    assert short == {}


def test_the_rhythm_is_the_one_in_force():
    digest, mail = service.SWEEP_S, service.DELIVER_S

    assert service.TICK_S == 1
    assert (
        f"due feeds every second, for due digests every {digest} seconds and for waiting mails"
        f" every {mail} seconds"
    ) in " ".join(PAGE.split())
