"""What importing an archive costs: `monitor import`, beside a program that adds item by item.

    python -m benchmarks.importing [--json] [--full] [--tiny]

Both are whole processes over one generated file of JSON lines; what importing an empty file costs
is taken off. Ours matches every item against the shipped seeds and joins stories; the naive one
only stores. With --full and MONITOR_CORPUS, a year of real news is imported too.
"""

import json
import os
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random

from benchmarks import _feeds
from benchmarks._common import Cost, Figure, Size, command, cost, figure, folder, medians, say
from benchmarks._project import write_project

SOURCES = 200
APART = timedelta(minutes=5)


def measure(size: Size) -> Iterator[Figure]:
    """All figures; about two minutes."""
    count, rounds = size.pick(50, 20_000, 20_000), size.pick(1, 3, 5)
    with folder() as home:
        archive = write_archive(home / "archive.jsonl", count)
        found = []
        for number in range(rounds):
            say(f"round {number + 1} of {rounds}")
            found.append(_round(home / str(number), archive))
        said = medians(found)
        yield figure("items", count, "")
        for name in ("ours", "naive"):
            net = max(said[f"{name} cpu"] - said[f"{name} start"], 0.01)
            yield figure(f"{name}: start", said[f"{name} start"], "CPU s")
            yield figure(f"{name}: import", count / net, "items a CPU s")
            yield figure(f"{name}: import, time taken", said[f"{name} wall"], "s")
            yield figure(f"{name}: most memory", said[f"{name} memory"], "MB")
        yield figure("ours: lines not taken", max(f["missing"] for f in found), "", at_most=0)
        corpus = os.environ.get("MONITOR_CORPUS")
        if size is Size.FULL and corpus:
            yield from _real(home / "real", Path(corpus) / "news" / "replay.jsonl.gz")


def write_archive(path: Path, count: int) -> Path:
    """`count` lines in order of time, of `SOURCES` sources."""
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            file.write(json.dumps(_line(number, count)) + "\n")
    return path


def _line(number: int, count: int) -> dict[str, str]:
    random = Random(f"{_feeds.SEED}/{number}")
    at = (_feeds.NEWEST - (count - number) * APART).isoformat()
    source = random.randrange(SOURCES)
    return {
        "url": f"https://paper{source}.example/{number}",
        "title": _feeds.title(random),
        "summary": " ".join(_feeds.sentence(random) for _ in range(3)),
        "published": at,
        "source": f"Paper {source}",
        "lang": "en",
        "seen": at,
    }


def _round(home: Path, archive: Path) -> dict[str, float]:
    config = write_project(home, [])
    (home / "empty.jsonl").touch()
    costs = {
        "ours start": _ours(config, home / "empty.jsonl"),
        "naive start": _naive(home, home / "empty.jsonl"),
        "ours": _ours(config, archive),
        "naive": _naive(home, archive),
    }
    found = {name: costs[name].cpu_s for name in ("ours start", "naive start")}
    for name in ("ours", "naive"):
        found |= {
            f"{name} cpu": costs[name].cpu_s,
            f"{name} wall": costs[name].wall_s,
            f"{name} memory": costs[name].peak_mb,
        }
    said = json.loads(costs["ours"].out)
    return found | {"missing": said["lines"] - said["items"] + len(said["bad"])}


def _ours(config: Path, archive: Path) -> Cost:
    return cost([sys.executable, "-m", "monitor", "import", archive, "--config", config, "--json"])


def _naive(home: Path, archive: Path) -> Cost:
    return cost([sys.executable, "-m", "benchmarks._naive", "import", home / "naive.db", archive])


def _real(home: Path, archive: Path) -> Iterator[Figure]:
    say(f"{archive}")
    found = _ours(write_project(home, []), archive)
    said = json.loads(found.out)
    yield figure("corpus: items", said["items"], "")
    yield figure("corpus: hits", said["hits"], "")
    yield figure("corpus: import, with start", said["items"] / found.cpu_s, "items a CPU s")
    yield figure("corpus: import, time taken", found.wall_s, "s")
    yield figure("corpus: most memory", found.peak_mb, "MB")


if __name__ == "__main__":
    command(__doc__, measure)
