"""What polling costs: our whole service path, a naive program, lemon24/reader and newsboat.

    python -m benchmarks.polling [--json] [--full] [--tiny]

The same generated feeds, each of a site of its own on this machine, are polled by every program:
cold, all answering 304, and unchanged without validators. Counted are CPU seconds of the program
with all its processes, without its start, which is shown by itself. Rounds alternate between the
programs, and medians count. Then twenty large documents are polled by us and by the naive program,
to see how late the event loop gets.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

from benchmarks._common import (
    Figure,
    Size,
    command,
    figure,
    folder,
    lag_watched,
    medians,
    p99,
    say,
)
from benchmarks._drive import poll
from benchmarks._feeds import SHOWN
from benchmarks._pollers import NEWSBOAT, READER, Maker, Poller, naive, ours, peers
from benchmarks._project import opened, rows, write_project
from benchmarks._server import Server, serving
from monitor.app import App, SystemClock

COLD, SAME, BARE = "cold", "all 304", "unchanged, no validators"
PASSES = {COLD: 1, SAME: 3, BARE: 3}  #: of each, their mean counts
SLOW = 20  #: documents
SLOW_ITEMS = (60, 300, 300)  #: in each: half a second of feedparser

# how many times our CPU the others should take: bars for the day that there is a fast parse path
# and lighter writes; until then they are named beside the figure, and not judged
LATER = {
    (READER, COLD): 8,
    (NEWSBOAT, COLD): 3,
    (READER, SAME): 2,
    (READER, BARE): 40,
    (NEWSBOAT, SAME): 10,
}
NAIVE_COLD_TO_SAME = 15.0
MEMORY_MB = 250  #: two processes; what they share counts twice
FEEDS_AN_HOUR = 10_000
LAG_MS = 50.0

#: what one program came to in one round: "cold", "all 304, time taken", "memory", "failed" ...
Result = dict[str, float]


def measure(size: Size) -> Iterator[Figure]:
    """All figures; about five minutes."""
    count, rounds = size.pick(3, 100, 500), size.pick(1, 3, 5)
    others, missing = ({}, []) if size is Size.TINY else peers()
    yield figure("feeds", count, "")
    for name in missing:
        yield figure(f"{name}: not here, not measured", 0, "")
    makers: dict[str, Maker] = {"ours": ours, "naive": naive, **others}
    with serving(count) as server:
        found = [_round(makers, server, f"round {n + 1} of {rounds}") for n in range(rounds)]
    results = {name: medians([one[name] for one in found]) for name in makers}
    yield from _costs(results, count)
    yield from _ratios(results)
    mine = [one["ours"] for one in found]
    yield figure("ours: items missing", max(r["missing"] for r in mine), "", at_most=0)
    yield figure("ours: false time-outs", sum(r["failed"] for r in mine), "", at_most=0)
    yield figure("naive: requests lost", results["naive"]["failed"], "")
    yield from _lag(size)


# -- the three passes --------------------------------------------------------------------------


def _round(makers: Mapping[str, Maker], server: Server, what: str) -> dict[str, Result]:
    results: dict[str, Result] = defaultdict(dict)
    with folder() as home, ExitStack() as stack:
        server.validators(True)
        programs: dict[str, Poller] = {}
        for name, make in makers.items():
            (home / name).mkdir()
            programs[name] = make(home / name, server.urls)
            stack.callback(programs[name].close)
            results[name] |= {"start": programs[name].start_cpu_s, "memory": 0, "failed": 0}
        for phase in PASSES:
            say(f"{what}: {phase}")
            server.validators(phase != BARE)
            for name, program in programs.items():
                if (name, phase) == (NEWSBOAT, SAME):
                    program.poll()  # it keeps no validators of a first answer
                _pass(program, phase, results[name])
        stack.close()
        results["ours"] |= _stored(home / "ours", len(server.urls))
    return dict(results)


def _pass(program: Poller, phase: str, result: Result) -> None:
    times = PASSES[phase]
    costs = [program.poll() for _ in range(times)]
    # the clock has ticks of 10 ms
    result[phase] = max(sum(cost.cpu_s for cost in costs), 0.01) / times
    result[f"{phase}, time taken"] = sum(cost.wall_s for cost in costs) / times
    result["memory"] = max(result["memory"], *(cost.peak_mb for cost in costs))
    said = [json.loads(cost.out or "{}") for cost in costs]
    result["failed"] += sum(one.get("failed", 0) for one in said)


def _stored(home: Path, count: int) -> Result:
    """What our database says of the three passes: every feed here answers, so a failure is ours."""
    with opened(home / "config", clock=SystemClock()) as app:
        ((items,),) = rows(app, "SELECT count(*) FROM item")
        return {"missing": count * SHOWN - float(str(items)), "failed": _failed(app)}


def _failed(app: App) -> float:
    query = "SELECT count(*) FROM ledger WHERE kind = 'poll' AND outcome = 'failed'"
    return float(str(rows(app, query)[0][0]))


# -- what they come to -------------------------------------------------------------------------


def _costs(results: Mapping[str, Result], count: int) -> Iterator[Figure]:
    for name, result in results.items():
        yield figure(f"{name}: start", result["start"], "CPU s")
        for phase in PASSES:
            yield figure(f"{name}: {phase}", result[phase] / count * 1000, "CPU ms a feed")
            yield figure(f"{name}: {phase}, time taken", result[f"{phase}, time taken"], "s")
        later = f" (later: {MEMORY_MB:g})" if name == "ours" else ""
        yield figure(f"{name}: most memory{later}", result["memory"], "MB")
        hour = (0.9 * result[SAME] + 0.1 * result[COLD]) / count * FEEDS_AN_HOUR
        name = f"{name}: {FEEDS_AN_HOUR:,} feeds hourly, one in ten all new (computed)"
        yield figure(name, hour / 3600 * 100, "% of a core")


def _ratios(results: Mapping[str, Result]) -> Iterator[Figure]:
    """How much more the others take."""
    for name in [name for name in results if name != "ours"]:
        for phase in PASSES:
            ratio = results[name][phase] / results["ours"][phase]
            bar = LATER.get((name, phase))
            later = f" (later: {bar})" if bar else ""
            yield figure(f"{name} / ours: {phase}{later}", ratio, "x")
    ratio = results["naive"][COLD] / results["ours"][SAME]
    yield figure("naive cold / ours all 304", ratio, "x", at_least=NAIVE_COLD_TO_SAME)


# -- twenty slow documents ---------------------------------------------------------------------


def _lag(size: Size) -> Iterator[Figure]:
    count = size.pick(2, SLOW, SLOW)
    say(f"{count} slow documents")
    with serving(count, shown=size.pick(*SLOW_ITEMS)) as server, folder() as home:
        (home / "naive").mkdir()
        program = naive(home / "naive", server.urls)
        said = json.loads(program.poll().out)
        program.close()
        config = write_project(home / "ours", server.urls)
        with opened(config, clock=SystemClock()) as app:
            lags = asyncio.run(_watched(app))
            failed = _failed(app)
    yield figure("ours: loop lag, slow documents, p99", p99(lags), "ms", at_most=LAG_MS)
    yield figure("ours: loop lag, slow documents, most", max(lags), "ms")
    yield figure("ours: false time-outs, slow documents", failed, "", at_most=0)
    yield figure("naive: loop lag, slow documents, p99", said["lag_ms"], "ms")
    yield figure("naive: requests lost, slow documents", said["failed"], "")


async def _watched(app: App) -> list[float]:
    """Poll everything once; how late the loop was meanwhile."""
    with lag_watched() as lags:
        await poll(app)
    return lags


if __name__ == "__main__":
    command(__doc__, measure)
