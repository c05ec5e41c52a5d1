"""Recorded news, and rules of its own words: they meet often, as what a person looks for does."""

import gzip
import json
from collections import Counter
from functools import cache
from itertools import islice

from monitor.errors import RuleError
from monitor.matching import parse
from monitor.matching.tree import Phrase, Word
from monitor.model import Item
from monitor.tokens import tokens
from tests.matching.making import LANGUAGES, NOW
from tests.matching.strategies import Maker

APART = 380  #: so that a few items are of all months


@cache
def recorded(corpus, count):
    """Some items of the corpus."""
    with gzip.open(corpus / "news" / "replay.jsonl.gz", "rt", encoding="utf-8") as file:
        lines = [json.loads(line) for line in islice(file, 0, count * APART, APART)]
    return tuple(_item(f"i{n}", line) for n, line in enumerate(lines))


def _item(id_, line):
    text = {"title": line["title"], "text": line.get("summary") or "", "url": line["url"]}
    language = line["lang"] if line["lang"] in LANGUAGES else ""
    return Item(id=id_, feed="f", key=id_, language=language, first_seen=NOW, **text)


class NewsMaker(Maker):
    """Rules of the words of one item, and of words that are frequent in all of them."""

    def __init__(self, seed, news):
        super().__init__(seed)
        self._news, self._about = news, self.random.choice(news)
        own, common = words((self._about,)), words(news)
        self.words = [*own, *self.random.choices(list(common), common.values(), k=len(own))]
        self.prefixes = [w[:4] for w in self.words if len(w) > 5 and w.isalpha()] or ["from"]

    def phrase(self):
        """Sometimes what the item says, word by word."""
        if self.random.random() < 0.8:
            return super().phrase()
        said = f"{self._about.title} {self._about.text}".split()
        first, length = self.random.randrange(len(said)), self.random.randint(2, 4)
        spelled = [word for word in said[first : first + length] if word in self.words]
        return Phrase(tuple(map(Word, spelled))) if spelled else super().phrase()

    def item(self):
        return self._about if self.random.random() < 0.5 else self.random.choice(self._news)


@cache
def words(news):
    """As they are written, and in how many items; without those that no rule may be made of."""
    found = Counter(w for item in news for w in {t.written for t in _tokens(item)})
    return {word: n for word, n in sorted(found.items()) if _is_word(word)}


def _tokens(item):
    return tokens(item.title) + tokens(item.text)


@cache
def _is_word(text):
    try:
        return parse(text) == Phrase((Word(text),))
    except RuleError:
        return False
