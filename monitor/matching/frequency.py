"""How common words are in the news that this monitor reads: tables with a date. Pure.

A table is written once a UTC day from items first seen before that day, and never changed. A score
carries the name of its table, so that the same item under the same rules has the same score,
whenever and however often it is asked for. Nothing but scores depends on a table.

* A word is a folded token as news writes it; inflections are counted apart. In scripts without
  spaces it is a character.
* Each language has a table of its own: beside ten English items a Russian word would look rare
  because it is Russian.
* An item belongs to the newest table that is not later than the UTC day on which it was first seen.
* Until there are NEEDED items, and for news older than every table, `START` stands in: all words
  are equally rare there. A table of few items says more about their feeds than about words.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from math import log
from typing import TYPE_CHECKING, Final, NamedTuple

from monitor.tokens import tokens

if TYPE_CHECKING:
    from monitor.matching.learning import Learned

NEEDED: Final = 1_000  #: items
OF_LANGUAGE: Final = 300  #: items of one language, to speak of its words
AT_MOST: Final = 10_000  #: items that are counted, the newest: some days of 40 busy feeds
WORDS: Final = 20_000  #: of one language, the most common ones; what is not in the table is rare
SEEN_IN: Final = 3  #: items; fewer is chance, or a slip of the pen

RAREST: Final = 1 / OF_LANGUAGE  #: what is rarer tells no more, and small languages cannot know


class Seen(NamedTuple):
    """What is counted of one item."""

    language: str
    title: str
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class WordTable:
    """In how many of so many items each folded word stands; the same for single languages."""

    name: str  #: its day, 2026-03-01; what a score says it was made with
    items: int
    counts: Mapping[str, int] = field(default_factory=dict, repr=False)
    languages: Mapping[str, "WordTable"] = field(default_factory=dict, repr=False)
    #: what readers' verdicts had taught by that day, by provision key; see learning.py
    learned: Mapping[str, "Learned"] = field(default_factory=dict, repr=False)

    def of(self, language: str) -> "WordTable":
        """The table of one language; of one with few items START; of an unknown one all."""
        return self.languages.get(language, START) if language else self

    def share(self, word: str) -> float:
        """In what share of items `word`, folded, stands: more than 0, at most 1."""
        return self.counts.get(word, 1) / self.items if self.items else _guessed(word)

    def idf(self, word: str) -> float:
        """How much `word` tells: 0 if every item has it, 5.7 at most."""
        return -log(max(self.share(word), RAREST))


_LONG_SCRIPTS: Final = "\u2e80"  #: Chinese, Japanese and Korean begin here
START: Final = WordTable("start", 0)


def counted(items: Iterable[Seen], *, day: date) -> WordTable:
    """The table of `day` from items seen before it, or START if they are too few."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    sizes: Counter[str] = Counter()
    for item in items:
        words = words_in(item.title, item.text)
        for language in {"", item.language}:
            counts[language].update(words)
            sizes[language] += 1
    if sizes[""] < NEEDED:
        return START
    name = day.isoformat()
    tables = {
        language: WordTable(name, size, _common(counts[language]))
        for language, size in sorted(sizes.items())
        if size >= OF_LANGUAGE
    }
    every = tables.pop("")
    return WordTable(name, every.items, every.counts, tables)


def words_in(*texts: str) -> set[str]:
    """The folded words of an item's title and text."""
    return {token.text for text in texts for token in tokens(text)}


def _guessed(word: str) -> float:
    """Long words are rarer; a character of a script without spaces is a word of five letters."""
    letters = len(word) if word[:1] < _LONG_SCRIPTS else 5
    return float(0.5 * 0.6 ** min(letters, 9))


def _common(counts: Counter[str]) -> dict[str, int]:
    enough = [(word, n) for word, n in counts.items() if n >= SEEN_IN]
    return dict(sorted(enough, key=lambda one: (-one[1], one[0]))[:WORDS])
