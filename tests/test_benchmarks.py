"""Every benchmark runs, and what it prints are figures. What they say is for `make bench`."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NAMES = sorted(path.stem for path in (ROOT / "benchmarks").glob("[!_]*.py"))
REPLAYS = {"fortnight"}  # the recorded news, and nothing without them
QUICK = {"matching"}
PAGE = ROOT / "docs" / "reference" / "benchmarks.md"


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in QUICK else pytest.mark.slow)
        for name in NAMES
        if name not in REPLAYS
    ],
)
def test_runs_and_prints_figures(name):
    figures = json.loads(run(name, "--tiny", "--json"))

    assert figures
    for figure in figures:
        assert set(figure) == {"name", "value", "unit", "bar", "holds"}
        assert figure["name"]
        assert isinstance(figure["value"], int | float)
        assert figure["holds"] is None  # so little says nothing
    names = [(figure["name"], figure["unit"]) for figure in figures]
    assert len(names) == len(set(names))


@pytest.mark.slow
def test_prints_a_line_for_each_figure():
    lines = run("matching", "--tiny").splitlines()

    assert all("rules: " in line for line in lines)


@pytest.mark.parametrize("name", NAMES)
def test_is_described(name):
    assert f"`{name}`" in PAGE.read_text(encoding="utf-8")


def test_a_bar_can_be_missed():
    script = (
        "from benchmarks._common import command, figure;"
        "command('', lambda _: [figure('speed', 1, 'x', at_least=2)])"
    )

    done = python("-c", script)

    assert done.returncode == 1
    assert done.stdout.split() == ["speed", "1.00", "x", "bar", "2", "DOES", "NOT", "HOLD"]


def test_a_bar_can_hold():
    script = (
        "from benchmarks._common import command, figure;"
        "command('', lambda _: [figure('cost', 1.2, 'x', at_most=1.3), figure('size', 3, 'MB')])"
    )

    done = python("-c", script, "--json")

    assert done.returncode == 0
    assert json.loads(done.stdout) == [
        {"name": "cost", "value": 1.2, "unit": "x", "bar": 1.3, "holds": True},
        {"name": "size", "value": 3, "unit": "MB", "bar": None, "holds": None},
    ]


def run(name: str, *arguments: str) -> str:
    done = python("-m", f"benchmarks.{name}", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("MONITOR_")}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
