"""What readers' verdicts say about words: points on top of a score, never a hit or a miss. Pure.

    verdicts and news that nobody asked about -> learn -> Learned -> points for one item

* Features are stems as in the likeness of the score: five letters, or pairs of characters, each
  counting as its rarity; an item's features have length 1, so that long texts do not shout.
* Up to FEW verdicts: the mean of what is relevant less the mean of what is not (Rocchio). From then
  on, and if there are verdicts of both kinds: logistic regression, which also sees which words go
  together. It is trained whole each time, by a fixed number of steps from zero; there is no chance
  in it.
* Recent items without a hit stand beside the verdicts as presumed irrelevant: all of them together
  weigh little, and only in the regression, where they keep common words from being learned. Beside
  one or two verdicts they would only teach what the rules know already.
* Only words count that stand in an item which was judged: nothing is learned from silence alone.
* Points grow with the number of verdicts, because three verdicts are three opinions.

Tried and left out: a threshold that hides what scores low. With 20 verdicts it was worse than none.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import exp, sqrt
from typing import Final, NamedTuple

from monitor.matching.frequency import WordTable
from monitor.tokens import Gap, tokens

MOST: Final = 20.0  #: points, up or down
FEW: Final = 9  #: verdicts, up to which means are compared
PRESUMED: Final = 200  #: recent items without a hit
WORDS: Final = 200  #: that are kept of a provision, those that say most
_STEM = 5  #: letters
_TITLE = 1.5  #: times what a word counts in the text
_DOUBT = 5.0  #: so many verdicts have half of the full say
_GAIN = 25.0  #: points for a margin of 1
_PRESUMED_WEIGHT = 0.25  #: of all presumed ones, beside all verdicts
_RIDGE = 0.05
_STEPS = 60
_RATE = 2.0  #: of a step: safe, because features have length 1 and weights add up to about 1
_NAMED = 3  #: words in a reason

Features = dict[str, float]


class Read(NamedTuple):
    """What is read of one item."""

    language: str
    title: str
    text: str


class Judged(NamedTuple):
    """An item and what a reader said of it."""

    read: Read
    relevant: bool


class Word(NamedTuple):
    """What was learned of one word."""

    written: str  #: as most of the items write it, folded
    weight: float  #: > 0 speaks for, < 0 against


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """What verdicts on the hits of one provision say of words."""

    name: str  #: its day, 2026-03-01
    verdicts: int
    words: Mapping[str, Word] = field(default_factory=dict)  #: by stem, what says most first
    base: float = 0.0  #: of an item with none of them

    def points(self, read: Read, table: WordTable) -> tuple[float, str]:
        """-20 to 20, and the words that count most: "euroclear, not stadium"."""
        found = features(read, table)
        said = {
            stem: x * self.words[stem].weight for stem, x in found.items() if stem in self.words
        }
        if not said:
            return 0.0, ""
        trust = self.verdicts / (self.verdicts + _DOUBT)
        margin = self.base + sum(said.values())
        points = round(min(max(_GAIN * trust * margin, -MOST), MOST), 1)
        return points, ", ".join(self._named(said))

    def _named(self, said: Mapping[str, float]) -> Iterable[str]:
        for stem in sorted(said, key=lambda stem: (-abs(said[stem]), stem))[:_NAMED]:
            yield f"{'not ' * (said[stem] < 0)}{self.words[stem].written}"


def learn(
    judged: Sequence[Judged],
    presumed: Sequence[Read],
    table: WordTable,
    *,
    name: str,
    forgotten: Collection[str] = (),
) -> Learned:
    """What `judged` says; of the words in `forgotten` nothing is learned."""
    taken = {stem for word in forgotten for stem in stems(word)}
    seen = [_without(features(one.read, table), taken) for one in judged]
    known = {stem for one in seen for stem in one}
    signs = [one.relevant for one in judged]
    if len(judged) > FEW and len(set(signs)) > 1:
        silent = [features(one, table) for one in presumed]
        weights, base = _regression(seen, signs, [_only(one, known) for one in silent])
    else:
        weights, base = _means(seen, signs), 0.0
    kept = sorted(weights, key=lambda stem: (-abs(weights[stem]), stem))[:WORDS]
    spelled = _spelled(one.read for one in judged)
    words = {s: Word(spelled[s], round(weights[s], 4)) for s in kept if round(weights[s], 4)}
    return Learned(name, len(judged), words, round(base, 4))


def features(read: Read, table: WordTable) -> Features:
    """The stems of an item with what they count; of length 1."""
    own = table.of(read.language)
    found: Features = {}
    for text, times in ((read.title, _TITLE), (read.text, 1.0)):
        for stem, words in _stems(text):
            rarity = times * sum(own.idf(word) for word in words) / len(words)
            found[stem] = max(found.get(stem, 0.0), rarity)
    size = sqrt(sum(x * x for x in found.values()))
    return {stem: x / size for stem, x in found.items()} if size else {}


def stems(text: str) -> set[str]:
    """The stems of the words in `text`."""
    return {stem for stem, _ in _stems(text)}


def _stems(text: str) -> Iterable[tuple[str, tuple[str, ...]]]:
    """Each with the words that it is made of."""
    stream = tokens(text)
    for one in stream:
        if not one.char:
            yield one.text[:_STEM], (one.text,)
    for left, right in pairwise(stream):
        if left.char and right.char and right.gap is Gap.NONE:
            yield left.text + right.text, (left.text, right.text)


def _spelled(read: Iterable[Read]) -> dict[str, str]:
    """How most items write the words of each stem."""
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for one in read:
        for stem, words in {*_stems(one.title), *_stems(one.text)}:
            found[stem]["".join(words)] += 1
    return {s: min(n, key=lambda word: (-n[word], word)) for s, n in found.items()}


def _without(found: Features, taken: Collection[str]) -> Features:
    return {stem: x for stem, x in found.items() if stem not in taken}


def _only(found: Features, known: Collection[str]) -> Features:
    return {stem: x for stem, x in found.items() if stem in known}


# -- the two ways ----------------------------------------------------------------------------


def _means(seen: Sequence[Features], signs: Sequence[bool]) -> Features:
    """The mean of what is relevant less the mean of what is not."""
    found: defaultdict[str, float] = defaultdict(float)
    for one, relevant in zip(seen, signs, strict=True):
        share = (1.0 if relevant else -1.0) / signs.count(relevant)
        for stem, x in one.items():
            found[stem] += share * x
    return found


def _regression(
    seen: Sequence[Features], signs: Sequence[bool], presumed: Sequence[Features]
) -> tuple[Features, float]:
    """Weights and base of the log-odds, divided by 4 so that they are near a margin of 1."""
    each = 1 / len(seen)
    silent = _PRESUMED_WEIGHT / len(presumed) if presumed else 0.0
    rows = [(one, 1.0 if sign else 0.0, each) for one, sign in zip(seen, signs, strict=True)]
    rows += [(one, 0.0, silent) for one in presumed if one]
    weights: defaultdict[str, float] = defaultdict(float)
    base = 0.0
    for _ in range(_STEPS):
        slope: defaultdict[str, float] = defaultdict(float)
        tilt = 0.0
        for one, wanted, weight in rows:
            margin = base + sum(weights[stem] * x for stem, x in one.items())
            wrong = weight * (wanted - 1 / (1 + exp(-margin)))
            tilt += wrong
            for stem, x in one.items():
                slope[stem] += wrong * x
        for stem, rise in slope.items():
            weights[stem] += _RATE * (rise - _RIDGE * weights[stem])
        base += _RATE * tilt
    return {stem: weight / 4 for stem, weight in weights.items()}, base / 4
