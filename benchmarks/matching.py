"""How fast rules are matched: the percolator, the same rules one by one, and one `re` a rule.

    python -m benchmarks.matching [--json] [--full] [--tiny]

Rules and items are generated from a seed: words by Zipf's law, 8 to 9 leaves a rule, lists,
contexts, excludes, NEAR and phrases cut from real items, so that rules do hit. Runs of the three
alternate and the median counts, in CPU seconds of this process. Ratios are judged, since they hold
on any machine; absolute figures are only printed.
"""

import random
import re
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import accumulate

from benchmarks._common import Figure, Size, command, figure
from monitor.matching import Percolator
from monitor.matching.bound import leaves
from monitor.matching.compile import Compiled, compiled
from monitor.matching.evaluate import Answers
from monitor.matching.leaves import LeafTable
from monitor.model import Document, Item, Provision, Rule

SEED = 28
SIZES = (10, 100, 1_000)
RUNS = 3
ITEMS = 1_000
NAIVE_ITEMS = {10: 500, 100: 200, 1_000: 40}  #: `re` is so slow that fewer must do
FASTER_THAN_RE = 60.0  #: the bar at 1,000 rules


# -- rules and items from a seed ---------------------------------------------------------------


class Maker:
    """News and rules of an invented language whose words are as unequal as real ones."""

    def __init__(self, seed: int, words: int = 30_000) -> None:
        self._random = random.Random(seed)
        # frequent words are short, as everywhere
        self._words = [self._word(2 if rank < 500 else 4) for rank in range(words)]
        self._weights = list(accumulate(1 / (rank + 10) for rank in range(words)))
        self.names = [self._some(1)[0].capitalize() for _ in range(40)]

    def items(self, count: int) -> list[Item]:
        """Titles of ten words and texts of fifty."""
        return [
            Item(
                id=str(number),
                feed="",
                key=str(number),
                title=self._sentence(10),
                text=". ".join(self._sentence(10) for _ in range(5)),
                first_seen=datetime(2026, 1, 1, tzinfo=UTC),
            )
            for number in range(count)
        ]

    def document(self, count: int, items: Sequence[Item]) -> Document:
        """`count` provisions with one keyword each."""
        names = tuple(Rule(text=name) for name in self.names)
        return Document(
            id="d",
            title="",
            aliases={"names": names},
            provisions=tuple(self._provision(number, items) for number in range(count)),
        )

    def _provision(self, number: int, items: Sequence[Item]) -> Provision:
        return Provision(
            document="d",
            id=f"p{number}",
            title="",
            keywords=(Rule(text=self._keyword(self._random.choice(items).text)),),
            context=Rule(text="@names") if self._random.random() < 0.3 else None,
            exclude=(Rule(text=self._rare()),) if self._random.random() < 0.3 else (),
        )

    def _keyword(self, text: str) -> str:
        # people do not look for the words that stand in every text
        words = [word for word in text.replace(".", "").lower().split() if len(word) > 4]
        at = self._random.randrange(len(words) - 4)
        one, two, three, four = words[at : at + 4]
        return self._random.choice(
            [
                f'"{one} {two}" ({three} OR {self._rare()} OR {self._rare()}) -{self._rare()}',
                f"({one} OR {self._rare()} OR {self._rare()}) NEAR/6 ({three} OR {self._rare()})",
                f"{four[:4]}* {one} ({two} OR {self._rare()} OR {self._rare()} OR {self._rare()})",
                f"({self._rare()} OR {self._rare()} OR {self._rare()}) NEAR/4 @names",
            ]
        )

    def _rare(self) -> str:
        return self._words[self._random.randrange(1_000, len(self._words))]

    def _sentence(self, length: int) -> str:
        words = self._some(length)
        if self._random.random() < 0.5:
            words[self._random.randrange(length)] = self._random.choice(self.names)
        return " ".join(words).capitalize()

    def _some(self, count: int) -> list[str]:
        return self._random.choices(self._words, cum_weights=self._weights, k=count)

    def _word(self, most: int) -> str:
        syllables = self._random.randint(most - 1, most)
        return "".join(
            self._random.choice("bdfgklmnprstvz") + self._random.choice("aeiou")
            for _ in range(syllables)
        )


# -- the three ways ----------------------------------------------------------------------------

Matcher = Callable[[Item], int]


def percolating(document: Document) -> Matcher:
    """What the product does."""
    percolator = Percolator([document])
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


def with_re(document: Document) -> Matcher:
    """One pattern a keyword as people write it by hand: no inflection, no spans, no reasons."""
    names = "|".join(rule.text for rule in document.aliases["names"])
    patterns = [
        (
            re.compile(_pattern(one.keywords[0].text, names), re.IGNORECASE | re.DOTALL),
            re.compile(rf"\b(?:{names})\b", re.IGNORECASE) if one.context else None,
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


def _pattern(rule: str, names: str) -> str:
    """The few shapes of rule that `Maker` makes, as patterns."""
    rule = rule.replace("@names", f"({names.replace('|', ' OR ')})")
    if near := re.fullmatch(r"\((.*)\) NEAR/(\d) \((.*)\)", rule):
        left, right = (rf"\b(?:{near[side].replace(' OR ', '|')})\b" for side in (1, 3))
        between = rf"(?:\W+\w+){{0,{near[2]}}}\W+"
        return f"{left}{between}{right}|{right}{between}{left}"
    parts = re.findall(r'(-?)(?:"([^"]*)"|\(([^)]*)\)|(\S+))', rule)
    looks = [
        f"(?{'!' if minus else '='}.*{_words(phrase or group.replace(' OR ', '|') or word)})"
        for minus, phrase, group, word in parts
    ]
    return rf"\A{''.join(looks)}"


def _words(alternatives: str) -> str:
    return rf"\b(?:{alternatives.replace('*', chr(92) + 'w*').replace(' ', chr(92) + 'W+')})\b"


# -- measuring ---------------------------------------------------------------------------------


def measure(size: Size) -> Iterator[Figure]:
    """All figures; about half a minute."""
    maker = Maker(SEED)
    items = maker.items(size.pick(50, ITEMS, ITEMS))
    for count in SIZES[: size.pick(1, len(SIZES), len(SIZES))]:
        yield from _at(count, maker.document(count, items), items)


def _at(size: int, document: Document, items: Sequence[Item]) -> Iterator[Figure]:
    start = time.process_time()
    ways = [(percolating(document), items)]
    built = time.process_time() - start
    ways += [(one_by_one(document), items), (with_re(document), items[: NAIVE_ITEMS[size]])]
    for match, _ in ways[:2]:
        _speed(match, items)  # the first meeting with each word is paid once, not by every item
    speeds = [[_speed(match, some) for match, some in ways] for _ in range(RUNS)]
    ours, trying, naive = (statistics.median(column) for column in zip(*speeds, strict=True))
    name = f"{size:,} rules"
    bar = FASTER_THAN_RE if size == SIZES[-1] else None
    yield figure(f"{name}: percolator", ours, "items/s")
    yield figure(f"{name}: each rule tried", trying, "items/s")
    yield figure(f"{name}: one re a rule", naive, "items/s")
    yield figure(f"{name}: percolator / each rule tried", ours / trying, "x")
    yield figure(f"{name}: percolator / one re a rule", ours / naive, "x", at_least=bar)
    yield figure(f"{name}: build", built, "s")


def _speed(match: Matcher, items: Sequence[Item]) -> float:
    start = time.process_time()
    for item in items:
        match(item)
    return len(items) / (time.process_time() - start)


if __name__ == "__main__":
    command(__doc__, measure)
