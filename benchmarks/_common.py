"""What the benchmarks share: figures with their bars, the command line, costs of a process tree."""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from enum import Enum
from pathlib import Path
from threading import Event, Thread
from time import perf_counter

ROOT = Path(__file__).parent.parent
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_LOOK_S = 0.05  #: between two looks at a process tree's memory
_NAP_S = 0.005  #: that the loop is asked to sleep when its lag is watched

# -- figures -----------------------------------------------------------------------------------


class Size(Enum):
    """How much is measured."""

    TINY = "tiny"  #: only whether it runs; nothing is judged
    NORMAL = "normal"
    FULL = "full"

    def pick(self, tiny: int, normal: int, full: int) -> int:
        """The number for this size."""
        return {Size.TINY: tiny, Size.NORMAL: normal, Size.FULL: full}[self]


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the result; `holds` is None where nothing is asked."""

    name: str
    value: float
    unit: str
    bar: float | None = None
    holds: bool | None = None


def figure(
    name: str,
    value: float,
    unit: str,
    *,
    at_most: float | None = None,
    at_least: float | None = None,
) -> Figure:
    """One figure, judged if it has a bar."""
    if at_most is not None:
        return Figure(name, value, unit, at_most, value <= at_most)
    if at_least is not None:
        return Figure(name, value, unit, at_least, value >= at_least)
    return Figure(name, value, unit)


def command(doc: str | None, measure: Callable[[Size], Iterable[Figure]]) -> None:
    """Measure, print, and exit 1 only when a bar does not hold."""
    parser = argparse.ArgumentParser(description=(doc or "").partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="machine-readable")
    sizes = parser.add_mutually_exclusive_group()
    sizes.add_argument("--full", action="store_true", help="as large as the bars are meant")
    sizes.add_argument("--tiny", action="store_true", help="only whether it runs; judges nothing")
    chosen = parser.parse_args()
    size = Size.FULL if chosen.full else Size.TINY if chosen.tiny else Size.NORMAL
    found = [replace(one, value=round(one.value, 3)) for one in measure(size)]
    if size is Size.TINY:
        found = [replace(one, holds=None) for one in found]
    if chosen.json:
        print(json.dumps([asdict(one) for one in found], indent=1))
    else:
        print(*map(_line, found), sep="\n")
    sys.exit(any(one.holds is False for one in found))


def _line(one: Figure) -> str:
    mark = {True: "holds", False: "DOES NOT HOLD", None: ""}[one.holds]
    bar = "" if one.bar is None else f"bar {one.bar:g}"
    return f"{one.name:66}{one.value:>12,.2f} {one.unit:16}{bar:10}{mark}".rstrip()


def say(text: str) -> None:
    """How far we are, on standard error."""
    print(text, file=sys.stderr, flush=True)


def medians(rounds: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The median of each name over all rounds."""
    return {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}


@contextmanager
def folder() -> Iterator[Path]:
    """A folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as name:
        yield Path(name)


# -- what a process costs ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a command and everything that it started came to."""

    cpu_s: float
    wall_s: float
    peak_mb: float
    out: str


def cost(argv: Sequence[str | Path], *, env: Mapping[str, str] | None = None) -> Cost:
    """Run `argv` to its end, in the project's root.

    Raises:
        RuntimeError: it failed.
    """
    clean = {name: v for name, v in os.environ.items() if not name.startswith("MONITOR_")}
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = perf_counter()
        process = subprocess.Popen(
            argv, cwd=ROOT, env=clean | dict(env or {}), stdout=out, stderr=err
        )
        with _peak(process.pid) as peak:
            # waited for without being reaped: what it cost stands in /proc until then
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        wall, cpu = perf_counter() - began, cpu_s(process.pid)
        if process.wait() != 0:
            err.seek(0)
            raise RuntimeError(f"{argv} failed: {err.read()[-2000:].decode(errors='replace')}")
        out.seek(0)
        return Cost(cpu_s=cpu, wall_s=wall, peak_mb=peak[0] / 1e6, out=out.read().decode())


class Driven:
    """A program that polls once for every line that it is sent, and answers with JSON: `obey`."""

    def __init__(self, *argv: str | Path) -> None:
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(argv, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)
        self._answer()
        self.start_cpu_s = cpu_s(self._process.pid)

    def poll(self) -> Cost:
        """One round, and what it alone came to."""
        assert self._process.stdin
        cpu, began = cpu_s(self._process.pid), perf_counter()
        with _peak(self._process.pid) as peak:
            self._process.stdin.write("poll\n")
            self._process.stdin.flush()
            out = self._answer()
        cpu, wall = cpu_s(self._process.pid) - cpu, perf_counter() - began
        return Cost(cpu_s=cpu, wall_s=wall, peak_mb=peak[0] / 1e6, out=out)

    def close(self) -> None:
        """Let it end."""
        self._process.communicate()

    def _answer(self) -> str:
        assert self._process.stdout
        if not (line := self._process.stdout.readline()):
            raise RuntimeError(f"{self._process.args!r} ended")
        return line


def obey(poll: Callable[[], Mapping[str, float]]) -> None:
    """Be driven: say that we are ready, then poll for every line, and say what it came to."""
    print("{}", flush=True)
    for _ in sys.stdin:
        print(json.dumps(poll()), flush=True)


def cpu_s(pid: int | None = None) -> float:
    """CPU seconds of a process (None = this one), its children, and those it waited for."""
    return sum(sum(map(int, _stat(one)[11:15])) for one in _tree(pid or os.getpid())) / _TICKS


def peak_mb() -> float:
    """The most memory that this process alone has had."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(row.split()[1]) for row in status.splitlines() if "VmHWM" in row) * 1024 / 1e6


@contextmanager
def _peak(pid: int) -> Iterator[list[float]]:
    """Watch the resident memory of a process tree; the most of it, in bytes."""
    peak, stop = [0.0], Event()

    def watch() -> None:
        while not stop.wait(_LOOK_S):
            peak[0] = max(peak[0], sum(_resident(one) for one in _tree(pid)))

    thread = Thread(target=watch)
    thread.start()
    try:
        yield peak
    finally:
        stop.set()
        thread.join()


def _tree(pid: int) -> Iterator[int]:
    """`pid` and all that stem from it."""
    yield pid
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [(task / "children").read_text().split() for task in tasks]
    except OSError:
        return
    for child in (int(c) for some in children for c in some):
        yield from _tree(child)


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat behind the name, which may hold blanks."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return ["0"] * 50


def _resident(pid: int) -> int:
    return int(_stat(pid)[21]) * _PAGE


# -- the event loop ----------------------------------------------------------------------------


@contextmanager
def lag_watched() -> Iterator[list[float]]:
    """How much later than it asked to, in ms, a task of the running loop goes on."""
    lags: list[float] = []

    async def watch() -> None:
        while True:
            asleep = perf_counter()
            await asyncio.sleep(_NAP_S)
            lags.append((perf_counter() - asleep - _NAP_S) * 1000)

    task = asyncio.get_running_loop().create_task(watch())
    try:
        yield lags
    finally:
        task.cancel()


def p99(values: Sequence[float]) -> float:
    """The value that one in a hundred exceeds."""
    return sorted(values)[len(values) * 99 // 100] if values else 0.0
