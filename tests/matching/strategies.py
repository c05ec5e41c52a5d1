"""Random rules and items over a small vocabulary, so that they meet often.

They are made from one seed each: a hundred times faster than drawing every word, and the seed is
all that is needed to see a failure again. Documents and items are small instead of shrunk.
"""

from datetime import UTC, datetime
from random import Random

from hypothesis import strategies as st

from monitor.matching import unparse
from monitor.matching.tree import (
    Alias,
    And,
    Field,
    Near,
    Not,
    Or,
    Phrase,
    Word,
    is_positive,
)
from monitor.model import Document, Item, Provision, Rule

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LANGUAGES = ("en", "ru", "uk", "zh", "de", "fr", "es", "pl")

# fmt: off
RULE_WORDS = [
    "lift", "lifting", "sanctions", "sanction", "cease", "fire", "ceasefire", "cease-fire", "US",
    "us", "G8", "G-8", "G", "8", "Russia", "Iran", "ran", "600,000", "600", "санкции", "війна",
    "俄罗斯", "制裁", "停", "négociés", "negocies", "peace", "plan", "guarantees", "non-aggression",
    "Gespräche", "об'єкт", "U.S.", "100bn", "100", "billion", "1000亿", "600k",
]
PREFIXES = ["sanct", "cease", "ceasef", "Росси", "guarant", "fire", "USA"]
TEXT_WORDS = [
    *RULE_WORDS, "lifted", "sanctioned", "ceasefires", "fires", "I", "of", "the", "U.S", "Россией",
    "санкций", "俄羅斯制裁停火", "停火", "guarantee", "plans", "Gespräch", "NÉGOCIÉ", "Lift",
    "SANCTIONS", "обʼєкт", "cease\u2011fire", "sanc\u00adtions", "000", "aggression", "火",
    "nonaggression", "USA", "Mrd", "1000", "亿", "0.1", "trillion", "млрд", "0.6", "million",
]
# fmt: on
SYLLABLES = ("ba", "ce", "di", "fo", "gu", "ha", "ki")
WIDE = [a + b + c for a in SYLLABLES for b in SYLLABLES for c in ("lar", "ming", "toven", "seked")]
WIDE += [f"{a}{n}" for a in SYLLABLES for n in range(100, 120)]
SEPARATORS = [" ", " ", " ", " ", "-", ", ", ". ", "! ", "", "。", " — ", "\u2011"]


class Maker:
    """Everything from one seed."""

    words, prefixes = RULE_WORDS, PREFIXES  #: of rules

    def __init__(self, seed):
        self.random = Random(seed)

    def some(self, make, low, high):
        return tuple(make() for _ in range(self.random.randint(low, high)))

    def word(self):
        if self.random.random() < 0.2:
            return Word(self.random.choice(self.prefixes), prefix=True)
        return Word(self.random.choice(self.words))

    def phrase(self):
        kind = self.random.random()
        if kind < 0.1:
            words = self.some(lambda: Word(self.random.choice(self.words)), 1, 2)
            return Phrase(words, exact=True)
        return Phrase(self.some(self.word, 1, 1 if kind < 0.7 else 3))

    def placed(self, aliases, depth=3):
        """What may stand beside NEAR."""
        kind = self.random.random() if depth else 0
        if kind < 0.5:
            return self.phrase()
        if kind < 0.6:
            return Field(self.random.choice(["title", "text", "url"]), self.phrase())
        if kind < 0.7 and aliases:
            return Alias(self.random.choice(aliases))
        if kind < 0.8:
            return flat(Or, self.some(lambda: self.placed(aliases, depth - 1), 2, 3))
        distance = self.random.choice([0, 1, 2, 5, None])
        ordered = distance is not None and self.random.random() < 0.4
        left, right = self.placed(aliases, depth - 1), self.placed(aliases, depth - 1)
        return Near(left, right, distance, ordered)

    def node(self, aliases, depth=2):
        kind = self.random.random() if depth else 0
        if kind < 0.4:
            return self.placed(aliases)
        if kind < 0.5:
            name = self.random.choice(["outlet", "lang"])
            return Field(name, Phrase((Word(self.random.choice(["tass", "ru", "tass-en"])),)))
        if kind < 0.6:
            return Not(self.node(aliases, depth - 1))
        parts = self.some(lambda: self.node(aliases, depth - 1), 2, 3)
        return flat(And if kind < 0.8 else Or, parts)

    def tree(self, aliases):
        """A tree that has something positive."""
        node = self.node(aliases)
        return node if is_positive(node) else flat(And, (self.phrase(), node))

    def rule(self, aliases):
        languages = self.random.choice([(), (), ("en",), ("ru", "uk")])
        return Rule(text=unparse(self.tree(aliases)), languages=languages)

    def provision(self, number, aliases):
        def rule():
            return self.rule(aliases)

        return Provision(
            document="d",
            id=f"p{number}",
            title="",
            keywords=self.some(rule, 1, 3),
            context=rule() if self.random.random() < 0.3 else None,
            exclude=self.some(rule, 0, 1),
        )

    def document(self):
        one = self.some(lambda: Rule(text=unparse(self.placed(()))), 1, 3)
        two = self.some(lambda: Rule(text=unparse(self.placed(("one",)))), 1, 2)
        provisions = [self.provision(n, ("one", "two")) for n in range(self.random.randint(1, 3))]
        return Document(
            id="d",
            title="",
            languages=LANGUAGES,
            aliases={"one": one, "two": two},
            provisions=tuple(provisions),
        )

    def text(self, most):
        parts = self.some(lambda: self.random.choice(TEXT_WORDS), 0, most)
        return "".join(part + self.random.choice(SEPARATORS) for part in parts)

    def item(self):
        return Item(
            id="i",
            feed="f",
            key="k",
            title=self.text(6),
            text=self.text(14),
            url=self.random.choice(["", "https://example.org/us/g8/peace-plan"]),
            outlet=self.random.choice(["", "tass", "tass-en"]),
            language=self.random.choice(["", "ru", "en"]),
            first_seen=NOW,
        )


class ListMaker(Maker):
    """Rules with lists of 21 to 300 words wherever a phrase may stand, and news of those words."""

    def phrase(self):
        return super().phrase() if self.random.random() < 0.6 else self.list()

    def list(self):
        length = self.random.choice([21, 60, 99, 100, 101, 150, 300])
        words = [*self.random.sample(WIDE, min(length, len(WIDE))), *self.some(super().word, 0, 3)]
        words = [word if isinstance(word, Word) else Word(word) for word in words]
        return flat(Or, tuple(Phrase((word,)) for word in words))

    def text(self, most):
        few = self.some(lambda: self.random.choice(WIDE), 0, 3)
        return f"{super().text(most)} {' '.join(few)}"


def flat(kind, parts):
    """AND in AND is one AND, as the parser makes it."""
    found = []
    for part in parts:
        found.extend(part.parts if isinstance(part, kind) else (part,))
    return kind(tuple(found))


seeds = st.integers(0, 2**64)
makers = seeds.map(Maker)
