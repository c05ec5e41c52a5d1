"""Programs that poll feeds: ours, a naive one, and peers where they are.

Each is one process that is told when to poll, as a service is; Newsboat, which cannot be, is one
process a round. Peers live in an environment of their own, `.venv-peers`, which is made here on
first use. What cannot be installed, or is not on PATH, is not measured.
"""

import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from benchmarks._common import ROOT, Cost, Driven, cost, say
from benchmarks._project import write_project

PEERS = ROOT / ".venv-peers"
READER, NEWSBOAT = "reader", "newsboat"
READER_NEEDS = ("reader", "sgmllib3k")  #: its copy of feedparser wants what it does not name


class Poller(Protocol):
    """A program with its feeds."""

    @property
    def start_cpu_s(self) -> float:
        """What it took before the first round."""

    def poll(self) -> Cost:
        """One round over all feeds."""

    def close(self) -> None:
        """End it."""


#: makes a program with its files in a folder, over URLs
Maker = Callable[[Path, list[str]], Poller]


def ours(home: Path, urls: list[str]) -> Poller:
    """The monitor, with the shipped seeds."""
    return Driven(sys.executable, "-m", "benchmarks._drive", write_project(home, urls))


def naive(home: Path, urls: list[str]) -> Poller:
    """httpx, feedparser and SQLModel."""
    program = (sys.executable, "-m", "benchmarks._naive", "poll")
    return Driven(*program, home / "naive.db", _listed(home, urls))


class Newsboat:
    """Newsboat, reloading without its screen."""

    start_cpu_s = 0.0  #: is in each round

    def __init__(self, home: Path, urls: list[str]) -> None:
        (home / "config").write_text("reload-threads 8\nmax-items 0\n", encoding="utf-8")
        self._home, self._urls = home, _listed(home, urls)

    def poll(self) -> Cost:
        """Everything."""
        home = self._home
        files: list[str | Path] = ["-u", self._urls, "-c", home / "cache.db", "-C", home / "config"]
        return cost(["newsboat", *files, "-x", "reload"], env={"HOME": str(home)})

    def close(self) -> None:
        """It has ended."""


def peers() -> tuple[dict[str, Maker], list[str]]:
    """Those that are here, and the names of those that are not."""
    found: dict[str, Maker] = {}
    if python := _peers_python():
        script = ROOT / "benchmarks" / "_reader.py"
        found[READER] = lambda home, urls: Driven(
            python, script, home / "reader.db", _listed(home, urls)
        )
    if shutil.which("newsboat"):
        found[NEWSBOAT] = Newsboat
    return found, [name for name in (READER, NEWSBOAT) if name not in found]


def _listed(home: Path, urls: list[str]) -> Path:
    path = home / "urls"
    path.write_text("\n".join([*urls, ""]), encoding="utf-8")
    return path


def _peers_python() -> Path | None:
    """The Python that has reader; None where it cannot be had."""
    python = PEERS / "bin" / "python"
    if not python.exists():
        say(f"Installing peers into {PEERS.name} ...")
        venv.create(PEERS, with_pip=True)
        (PEERS / ".gitignore").write_text("*\n", encoding="utf-8")
    works = ("-c", "import reader._vendor.feedparser")
    if not _quietly(python, *works):
        _quietly(python, "-m", "pip", "install", *READER_NEEDS)
    return python if _quietly(python, *works) else None


def _quietly(*argv: str | Path) -> bool:
    return subprocess.run(argv, capture_output=True, check=False).returncode == 0
