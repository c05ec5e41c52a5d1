"""Facts about the project's own files that a change breaks without noticing."""

import re
import shutil
import subprocess
import tomllib
from functools import cache
from pathlib import Path

import pytest

import monitor

ROOT = Path(__file__).parents[1]
LOCKS = ("requirements.txt", "requirements-dev.txt")

# Put together here, so that this file does not hold what it forbids.
REGISTRIES = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("python" + "hosted", "org"),
        ("registry", "npmjs"),
        ("deb", "debian"),
    )
)
OWN_FOLDERS = re.compile(r"(?<![\w.])/(?:home|root|Users|work)/\w")


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@cache
def project() -> dict[str, object]:
    return tomllib.loads(text("pyproject.toml"))


def canonical(requirement: str) -> str:
    """The name alone, as the lock files spell it."""
    name = re.match(r"[\w.-]+", requirement)
    assert name is not None
    return re.sub(r"[-_.]+", "-", name[0]).lower()


@cache
def pins(lock: str) -> dict[str, str]:
    """name -> version of every pin."""
    return dict(re.findall(r"^([a-z0-9-]+)(?:\[[^]]*\])?==(\S+)", text(lock), re.MULTILINE))


def our_files() -> list[Path]:
    """What git tracks or would track."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    return [file for name in listed.stdout.split("\0") if name and (file := ROOT / name).is_file()]


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for file in our_files()
        for number, line in enumerate(
            file.read_text(encoding="utf-8", errors="replace").splitlines(), start=1
        )
        if pattern.search(line)
    ]


# -- dependencies ------------------------------------------------------------------------------


def test_every_dependency_has_its_reason_beside_it() -> None:
    lists = re.findall(
        r"^(?:dependencies|postgres|dev) = \[\n(.*?)^\]", text("pyproject.toml"), re.M | re.S
    )
    lines = [line.strip() for block in lists for line in block.splitlines() if line.strip()]

    unexplained = [line for line in lines if not re.fullmatch(r'"[^"]+", +# \S.+', line)]

    assert len(lines) > 20
    assert unexplained == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_a_hash_and_no_file_says_where_to_download(lock: str) -> None:
    pinned = [part for part in re.split(r"\n(?=\S)", text(lock)) if not part.startswith("#")]

    assert [part for part in pinned if "--hash=sha256:" not in part or "==" not in part] == []
    assert not re.search(r"://|--(extra-)?index-url|--find-links|--trusted-host", text(lock))


def test_both_locks_agree() -> None:
    runtime, dev = (pins(lock) for lock in LOCKS)

    assert {
        name: (runtime[name], dev[name])
        for name in runtime.keys() & dev.keys()
        if runtime[name] != dev[name]
    } == {}
    # the project is installed with them before the tests' own packages come
    assert runtime.keys() - dev.keys() <= {"editables"}


def test_the_locks_hold_what_the_project_asks_for() -> None:
    asked = {canonical(name) for name in project()["project"]["dependencies"]}
    extra = {
        canonical(name)
        for names in (
            *project()["project"]["optional-dependencies"].values(),
            *project()["dependency-groups"].values(),
        )
        for name in names
    }

    assert asked - pins("requirements.txt").keys() == set(), "make lock writes the lock files"
    assert extra - pins("requirements-dev.txt").keys() == set(), "make lock writes the lock files"


# -- what must not be in a file ----------------------------------------------------------------


def test_no_file_names_the_host_of_a_package_registry() -> None:
    assert lines_with(re.compile("|".join(map(re.escape, REGISTRIES)))) == []


def test_no_file_names_a_folder_of_somebodys_machine() -> None:
    assert lines_with(OWN_FOLDERS) == []


# -- what must be there ------------------------------------------------------------------------


def test_the_licence_is_the_one_that_the_package_names() -> None:
    assert project()["project"]["license"] == "MIT"
    assert text("LICENSE").startswith("MIT License\n")


def test_the_changelog_knows_the_version() -> None:
    newest = re.search(r"^## \[(.+?)\]", text("CHANGELOG.md"), re.MULTILINE)

    assert newest is not None
    assert newest[1] in {"Unreleased", monitor.__version__}


def test_the_demos_news_travel_with_the_package() -> None:
    assert project()["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] == ["monitor"]
    assert (ROOT / "monitor" / "demo" / "site" / "feeds.yaml").is_file()


def test_make_help_lists_every_target() -> None:
    phony = re.search(r"^\.PHONY: (.+)$", text("Makefile"), re.MULTILINE)
    assert phony is not None

    shown = subprocess.run(
        ["make", "--no-print-directory"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout

    assert set(re.findall(r"^  (\w+) +\S", shown, re.MULTILINE)) == set(phony[1].split())
