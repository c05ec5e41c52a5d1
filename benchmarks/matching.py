"""How fast rules are matched: the percolator beside an automaton, and one `re` a rule.

    python -m benchmarks.matching [--json] [--full] [--tiny]

Rules are generated from a seed (`_rules`), items are recorded ones where MONITOR_CORPUS has them.
Runs of the four ways alternate and the median counts, in CPU seconds of this process. Ratios are
judged, since they hold on any machine; absolute figures are only printed.
"""

import re
import time
import tracemalloc
from collections.abc import Callable, Iterator, Mapping, Sequence

import ahocorasick

from benchmarks import _rules
from benchmarks._common import Figure, Size, command, figure, medians, say
from benchmarks._rules import pattern
from monitor.matching import Percolator
from monitor.matching.bound import leaves
from monitor.matching.compile import Compiled, compiled
from monitor.matching.evaluate import Answers
from monitor.matching.leaves import LeafTable
from monitor.matching.quicklook import bare, clauses
from monitor.model import Document, Item

SEED = 28
SIZES = (10, 100, 1_000, 10_000)
RUNS = 3
ITEMS = 1_000
SOURCES = 10 * ITEMS  #: that rules are cut from, so that an item hits few of 10,000
NAIVE_ITEMS = {10: 500, 100: 200, 1_000: 40, 10_000: 4}  #: `re` is so slow that fewer must do
FASTER_THAN_RE = {1_000: 60.0, 10_000: 400.0}
NEAR_AN_AUTOMATON = 0.7  #: at the most rules
SLOWER = 5.0  #: at ten times as many rules, the most
BUILD_S = 2.0
BUILD_MB = 60 * 1.048576  #: 60 MiB


# -- the four ways ----------------------------------------------------------------------------

Matcher = Callable[[Item], int]


def percolating(document: Document) -> Matcher:
    """What the product does."""
    percolator = Percolator([document])
    percolator.prepare()
    return lambda item: len(percolator.match(item).hits)


def one_by_one(document: Document) -> Matcher:
    """The same leaves and the same evaluation, but every rule is tried."""
    provisions = list(compiled(document))
    lines = [line for one in provisions for line in _lines(one)]
    table = LeafTable(leaf for line in lines for leaf in leaves(line.node))

    def match(item: Item) -> int:
        answers = Answers(table.find(item))
        return sum(_hits(one, answers) for one in provisions)

    return match


def _lines(one: Compiled) -> list:  # type: ignore[type-arg]
    return [*one.keywords, *one.exclude, *([one.context] if one.context else [])]


def _hits(one: Compiled, answers: Answers) -> bool:
    return (
        any(answers.holds(line.node) is not None for line in one.keywords)
        and (one.context is None or answers.holds(one.context.node) is not None)
        and all(answers.holds(line.node) is None for line in one.exclude)
    )


def with_automaton(document: Document) -> Matcher:
    """pyahocorasick proposes rules by pieces of words, and the same evaluation decides.

    What no rule is proposed for is not even cut into tokens.
    """
    provisions = list(compiled(document))
    lines = [line for one in provisions for line in _lines(one)]
    table = LeafTable(leaf for line in lines for leaf in leaves(line.node))
    automaton = _automaton(provisions)

    def match(item: Item) -> int:
        text = bare(f"{item.title} {item.text}")
        proposed = {number for _, numbers in automaton.iter(text) for number in numbers}
        if not proposed:
            return 0
        answers = Answers(table.find(item))
        return sum(_hits(provisions[number], answers) for number in sorted(proposed))

    return match


def _automaton(provisions: Sequence[Compiled]) -> ahocorasick.Automaton:
    """Leads from what a keyword needs most seldom to the provisions it may stand for."""
    filed: dict[str, list[int]] = {}
    for number, one in enumerate(provisions):
        for line in one.keywords:
            for needle in max(clauses(line.node), key=lambda clause: min(map(len, clause))):
                filed.setdefault(needle, []).append(number)
    automaton = ahocorasick.Automaton()
    for needle, numbers in filed.items():
        automaton.add_word(needle, numbers)
    automaton.make_automaton()
    return automaton


def with_re(document: Document) -> Matcher:
    """One pattern a keyword as people write it by hand, and one for context and exclude."""
    names = [rule.text for rule in document.aliases["names"]]
    context = re.compile(rf"\b(?:{'|'.join(names)})\b", re.IGNORECASE)
    patterns = [
        (
            re.compile(pattern(one.keywords[0].text, names), re.IGNORECASE | re.DOTALL),
            context if one.context else None,
            re.compile(rf"\b{one.exclude[0].text}\b", re.IGNORECASE) if one.exclude else None,
        )
        for one in document.provisions
    ]

    def match(item: Item) -> int:
        text = f"{item.title}\n{item.text}"
        return sum(
            1
            for keyword, context, exclude in patterns
            if keyword.search(text)
            and (context is None or context.search(text))
            and not (exclude and exclude.search(text))
        )

    return match


# -- measuring ---------------------------------------------------------------------------------


def measure(size: Size) -> Iterator[Figure]:
    """All figures; about two minutes."""
    known = _rules.items(SEED, size.pick(500, SOURCES, SOURCES))
    items = known[:: len(known) // size.pick(50, ITEMS, ITEMS)]
    maker = _rules.Maker(SEED, known)
    speeds = {}
    for count in SIZES[: size.pick(1, len(SIZES), len(SIZES))]:
        say(f"{count:,} rules")
        document = maker.document(count)
        yield from _built(count, document)
        found = medians(list(_rounds(count, document, items)))
        speeds[count] = found["percolator"]
        yield from _compared(count, found)
    if SIZES[-1] in speeds:
        slower = speeds[SIZES[-2]] / speeds[SIZES[-1]]
        yield figure("1,000 to 10,000 rules: slower", slower, "x", at_most=SLOWER)


def _built(count: int, document: Document) -> Iterator[Figure]:
    """What a snapshot costs; dictionaries and stemmers, which all snapshots share, are there."""
    percolating(document)
    most = count == SIZES[-1]
    start = time.process_time()
    percolating(document)
    took = time.process_time() - start
    tracemalloc.start()
    kept = percolating(document)
    size = tracemalloc.get_traced_memory()[0] / 1e6
    tracemalloc.stop()
    del kept
    later = f" (later: {BUILD_S:g})" if most else ""
    yield figure(f"{count:,} rules: build{later}", took, "s")
    yield figure(f"{count:,} rules: memory", size, "MB", at_most=BUILD_MB if most else None)


def _rounds(count: int, document: Document, items: Sequence[Item]) -> Iterator[dict[str, float]]:
    """Items a second of each way, in turn."""
    ways = {
        "percolator": (percolating(document), items),
        "each rule tried": (one_by_one(document), items[: 10 * NAIVE_ITEMS[count]]),
        "pyahocorasick": (with_automaton(document), items),
        "one re a rule": (with_re(document), items[: NAIVE_ITEMS[count]]),
    }
    hits = [
        [match(item) for item in items] for match, _ in (ways["percolator"], ways["pyahocorasick"])
    ]
    assert hits[0] == hits[1], "the two do not do the same"
    for _ in range(RUNS):
        yield {name: _speed(match, some) for name, (match, some) in ways.items()} | {
            "hits": sum(hits[0]) / len(items)
        }


def _compared(count: int, speeds: Mapping[str, float]) -> Iterator[Figure]:
    ours = speeds["percolator"]
    bars = {"one re a rule": FASTER_THAN_RE.get(count)}
    if count == SIZES[-1]:
        bars["pyahocorasick"] = NEAR_AN_AUTOMATON
    name = f"{count:,} rules"
    yield figure(f"{name}: hits", speeds["hits"], "an item")
    yield figure(f"{name}: percolator", ours, "items/s")
    for other in ("each rule tried", "pyahocorasick", "one re a rule"):
        yield figure(f"{name}: {other}", speeds[other], "items/s")
    for other in ("each rule tried", "pyahocorasick", "one re a rule"):
        ratio = ours / speeds[other]
        yield figure(f"{name}: percolator / {other}", ratio, "x", at_least=bars.get(other))


def _speed(match: Matcher, items: Sequence[Item]) -> float:
    start = time.process_time()
    for item in items:
        match(item)
    return len(items) / (time.process_time() - start)


if __name__ == "__main__":
    command(__doc__, measure)
