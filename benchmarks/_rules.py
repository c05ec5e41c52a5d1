"""Items and standing queries for `matching`: rules of 8 to 9 leaves, as realistic as can be.

A rule is cut from an item: words that stand side by side there become a phrase, NEAR or a prefix,
with alternatives that are seldom met, in the language of the item, lists, contexts and excludes.
So every rule hits something. Items are recorded ones where MONITOR_CORPUS has them, else sentences
of an invented language.
"""

import gzip
import json
import os
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import accumulate, islice
from pathlib import Path

from monitor.model import Document, Item, Provision, Rule

LANGUAGES = ("en", "ru", "uk", "zh", "de", "fr", "es", "pl")
LONGEST = 50  #: words of a text; what feeds give
_WORD = re.compile(r"[^\W\d_]{5,}")  #: people do not look for the words that stand in every text
_RUN = re.compile("[\u3005-\u30ff\u3400-\u9fff\uac00-\ud7a3]+")  #: of a script without spaces


def items(seed: int, count: int) -> list[Item]:
    """`count` items: recorded ones, or invented ones."""
    corpus = os.environ.get("MONITOR_CORPUS")
    texts = _recorded(Path(corpus), count) if corpus else _invented(random.Random(seed), count)
    return [
        Item(
            id=str(number),
            feed="",
            key=str(number),
            title=title,
            text=" ".join(text.split()[:LONGEST]),
            language=language,
            first_seen=datetime(2026, 1, 1, tzinfo=UTC),
        )
        for number, (title, text, language) in enumerate(texts)
    ]


def _recorded(corpus: Path, count: int) -> Iterator[tuple[str, str, str]]:
    with gzip.open(corpus / "news" / "replay.jsonl.gz", "rt", encoding="utf-8") as lines:
        said = ((one["title"], one["summary"], one["lang"]) for one in map(json.loads, lines))
        yield from islice((one for one in said if one[1]), count)


def _invented(chance: random.Random, count: int) -> Iterator[tuple[str, str, str]]:
    """Titles of ten words and texts of fifty, by Zipf's law."""
    # frequent words are short, as everywhere
    words = [_syllables(chance, 2 if rank < 500 else 4) for rank in range(30_000)]
    weights = list(accumulate(1 / (rank + 10) for rank in range(len(words))))

    def sentence() -> str:
        return " ".join(chance.choices(words, cum_weights=weights, k=10)).capitalize()

    for _ in range(count):
        yield sentence(), ". ".join(sentence() for _ in range(5)), "en"


def _syllables(chance: random.Random, most: int) -> str:
    return "".join(
        chance.choice("bdfgklmnprstvz") + chance.choice("aeiou")
        for _ in range(chance.randint(most - 1, most))
    )


# -- rules -------------------------------------------------------------------------------------


class Maker:
    """Documents of as many provisions as are asked for, cut from `items`."""

    def __init__(self, seed: int, items: Sequence[Item]) -> None:
        self._chance = random.Random(seed)
        said = ((item.language, _words(item)) for item in items)
        self._texts = [(language, words) for language, words in said if len(words) >= 5]
        counts = Counter(word for _, words in self._texts for word in set(words))
        self._rare: dict[str, list[str]] = {}
        for language, words in self._texts:
            rare = [word for word in dict.fromkeys(words) if counts[word] <= 3]
            self._rare.setdefault(language, []).extend(rare)
        common = sorted(counts, key=lambda word: (-counts[word], word))
        self.names = common[60:100]

    def document(self, count: int) -> Document:
        """`count` provisions with one keyword each."""
        return Document(
            id="d",
            title="",
            languages=LANGUAGES,
            aliases={"names": tuple(Rule(text=name) for name in self.names)},
            provisions=tuple(map(self._provision, range(count))),
        )

    def _provision(self, number: int) -> Provision:
        language, words = self._chance.choice(self._texts)

        def line(text: str) -> Rule:
            return Rule(text=text, languages=(language,))

        return Provision(
            document="d",
            id=f"p{number}",
            title="",
            keywords=(line(self._keyword(words, self._rare[language])),),
            context=Rule(text="@names") if self._chance.random() < 0.3 else None,
            exclude=(line(self._chance.choice(self._rare[language])),)
            if self._chance.random() < 0.3
            else (),
        )

    def _keyword(self, words: Sequence[str], rare: Sequence[str]) -> str:
        at = self._chance.randrange(len(words) - 3)
        one, two, three, four = words[at : at + 4]
        others = self._chance.choices(rare, k=5)
        return self._chance.choice(
            [
                f'"{one} {two}" ({three} OR {_any(others[:4])}) -{others[4]}',
                f"({one} OR {_any(others[:3])}) NEAR/6 ({three} OR {_any(others[3:])})",
                f"{four[:4]}* {one} ({two} OR {_any(others)})",
                f"({_any(others)}) NEAR/4 @names",
            ]
        )


def _words(item: Item) -> list[str]:
    """Words that a rule may be made of; of a run without spaces, pieces of a word's length."""
    found = []
    for word in _WORD.findall(f"{item.title} {item.text}".lower()):
        if runs := _RUN.findall(word):
            found += [run[at : at + 4] for run in runs for at in range(0, len(run) - 3, 4)]
        else:
            found.append(word)
    return found


def _any(words: Iterable[str]) -> str:
    return " OR ".join(words)


# -- the same as one pattern -------------------------------------------------------------------


def pattern(rule: str, names: Sequence[str]) -> str:
    """A keyword as people write it by hand: no inflection, no spans, no reasons.

    It knows the few shapes that `Maker` makes.
    """
    rule = rule.replace("@names", f"({_any(names)})")
    if near := re.fullmatch(r"\((.*)\) NEAR/(\d) \((.*)\)", rule):
        left, right = (rf"\b(?:{near[side].replace(' OR ', '|')})\b" for side in (1, 3))
        between = rf"(?:\W+\w+){{0,{near[2]}}}\W+"
        return f"{left}{between}{right}|{right}{between}{left}"
    parts = re.findall(r'(-?)(?:"([^"]*)"|\(([^)]*)\)|(\S+))', rule)
    looks = [
        f"(?{'!' if minus else '='}.*{_whole(phrase or group.replace(' OR ', '|') or word)})"
        for minus, phrase, group, word in parts
    ]
    return rf"\A{''.join(looks)}"


def _whole(alternatives: str) -> str:
    return rf"\b(?:{alternatives.replace('*', chr(92) + 'w*').replace(' ', chr(92) + 'W+')})\b"
