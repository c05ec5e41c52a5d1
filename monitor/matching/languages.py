"""Inflection: which forms of a word are the same word, by language. Pure.

A stem stands for a word's forms. It is made from the word as written and without its accents, so
that NEGOCIACION in a title finds negociación.

* Most languages: Snowball's rules of endings.
* German: the dictionary form by simplemma (Häuser, aufgehoben), rules only for what it lacks, since
  they take Burg and Bürger for one.
* Russian and Ukrainian: dictionary form or rules, either is enough. The dictionaries lack names and
  participles; Snowball has no Ukrainian, but in both languages names take the same endings.
* docs/decisions/inflection.md has the figures.
* Chinese, Japanese and Korean need none: a word is found inside a run of characters.

A language is loaded when the first rule needs it. Stemmers keep the word they work on in
themselves, so one thread at a time may use them.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache
from threading import Lock
from typing import Final

from monitor.tokens import fold

STEMMERS: Final = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german",
    "el": "greek", "en": "english", "es": "spanish", "et": "estonian", "eu": "basque",
    "fi": "finnish", "fr": "french", "ga": "irish", "hu": "hungarian", "hy": "armenian",
    "id": "indonesian", "it": "italian", "lt": "lithuanian", "nl": "dutch", "no": "norwegian",
    "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sv": "swedish",
    "tr": "turkish",
    "uk": "russian",  # Snowball has no Ukrainian; for names the Russian endings do
}  # fmt: skip
DICTIONARIES: Final = frozenset({"de", "ru", "uk"})
_RULES_TOO: Final = frozenset({"ru", "uk"})  #: also for words that the dictionary knows

_SCRIPTS: Final = {
    "ARABIC": frozenset({"ar", "fa", "ur", "ps"}),
    "CYRILLIC": frozenset({"ru", "uk", "be", "bg", "sr", "mk", "kk"}),
    "GREEK": frozenset({"el"}),
    "ARMENIAN": frozenset({"hy"}),
    "HEBREW": frozenset({"he", "yi"}),
}
_OWN_SCRIPT: Final = frozenset().union(*_SCRIPTS.values()) | {"zh", "ja", "ko", "th", "lo", "hi"}
_PREFIXING: Final = frozenset({"ar", "fa", "id"})  #: inflect at the beginning too
_LONGEST_WORD: Final = 100  #: letters; stemmers need the square of a word's length in time
_LONGEST_ROOT: Final = 4
_LEMMA_ROOT: Final = 2  #: aufheben, aufgehoben; Haus, Häuser
TAG: Final = len("en:")  #: what a stem begins with
# An apostrophe is no part of a token; the dictionary writes the one that Ukrainian has here
_APOSTROPHE: Final = re.compile("(?<=[бпвмфрк])(?=[яюєї])")
# Where umlauts cannot be typed; not in Frauen, neue, Quelle, and where it is none, like in
# Aktuelles, the word is merely unknown
_UMLAUT: Final = re.compile("(?<![aeqäu])[aou]e(?![aeiou])")
_UMLAUTS: Final = {"ae": "ä", "oe": "ö", "ue": "ü"}
_lock = Lock()


def inflecting(word: str, languages: tuple[str, ...]) -> tuple[str, ...]:
    """Those of `languages` that are written in the script of `word` and have a stemmer."""
    if not word or len(word) > _LONGEST_WORD or not word.isalpha():
        return ()
    return _of_script(unicodedata.name(word[0], "").partition(" ")[0], languages)


@lru_cache(maxsize=1_000)
def _of_script(script: str, languages: tuple[str, ...]) -> tuple[str, ...]:
    written = _SCRIPTS.get(script)
    return tuple(
        language
        for language in dict.fromkeys(languages)
        if language in STEMMERS
        and (language in written if written else language not in _OWN_SCRIPT)
        and (written or script in ("LATIN", "FULLWIDTH"))
    )


def stems(written: str, language: str) -> frozenset[str]:
    """The stems of a word as written, tagged with the language: `en:sanction`.

    `de=haus` is a form from a dictionary, which is never the same as a stem made by rules.
    """
    return forms(written, language) | endings(written, language)


@lru_cache(maxsize=50_000)
def forms(written: str, language: str) -> frozenset[str]:
    """The stems that a dictionary gives; none where it lacks the word, or there is none."""
    if language not in DICTIONARIES:
        return frozenset()
    with _lock:
        found = [_dictionary()(one, language) for one in _spellings(written, language)]
    return frozenset(f"{language}={fold(lemma)}" for lemma in found if lemma)


def endings(written: str, language: str) -> frozenset[str]:
    """The stems that rules give."""
    if language not in _RULES_TOO and forms(written, language):
        return frozenset()
    return frozenset(f"{language}:{stem}" for stem in _cut(written, STEMMERS[language]))


@lru_cache(maxsize=50_000)
def _cut(written: str, stemmer: str) -> frozenset[str]:
    with _lock:
        stem = _stemmer(stemmer)
        return frozenset(fold(stem(word)) for word in {written.lower(), fold(written)})


def root(stem: str) -> str:
    """What every form of a tagged stem begins with: all but its last letter, at most four.

    A form that begins otherwise is another word that a stemmer ran together with it; and a word
    that begins like no word of any rule need not be stemmed at all. Of a dictionary form two
    letters: forms change within (aufgehoben), and dictionaries run nothing together.
    """
    if stem[:2] in _PREFIXING:
        return ""
    longest = _LEMMA_ROOT if stem[2] == "=" else _LONGEST_ROOT
    return stem[TAG:][: max(2, min(longest, len(stem) - TAG - 1))]


def beginnings(text: str) -> tuple[str, ...]:
    """All roots that a word with the folded `text` may have."""
    return tuple(text[:size] for size in range(_LONGEST_ROOT + 1))


# -- rules and dictionaries ----------------------------------------------------------------------


def _spellings(written: str, language: str) -> list[str]:
    """What a dictionary is asked for.

    In German case is part of a word: Gebiete are areas, and gebiete is a verb. Both are asked, for
    at the start of a sentence and in capitals it says nothing.
    """
    small = written.lower()
    if language == "uk":
        return [*dict.fromkeys((small, _APOSTROPHE.sub("'", small)))]
    if language == "de":
        small = _UMLAUT.sub(lambda found: _UMLAUTS[found[0]], small)
        return [small, small.capitalize()]
    return [small]


@cache
def _dictionary() -> Callable[[str, str], str | None]:
    """simplemma, with its dictionaries packed: a tenth of the memory, and fast enough for words
    that are met once.
    """
    from simplemma.strategies import DictionaryLookupStrategy
    from simplemma.strategies.dictionaries import LOW_MEMORY_DICTIONARY_FACTORY

    return DictionaryLookupStrategy(LOW_MEMORY_DICTIONARY_FACTORY).get_lemma


@cache
def _stemmer(name: str) -> Callable[[str], str]:
    from Stemmer import Stemmer

    # what it remembers itself would be remembered twice
    stem: Callable[[str], str] = Stemmer(name, 0).stemWord
    return stem
