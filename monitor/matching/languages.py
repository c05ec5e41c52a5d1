"""Inflection: which forms of a word are the same word, by language. Pure.

A stem stands for a word's forms. It is made twice, from the word with its accents and without, so
that NEGOCIACION in a title finds negociación. Snowball has no Ukrainian; where the document reads
Russian too, the Russian rules serve both, else an exact folded word or a prefix must do. Chinese,
Japanese and Korean need none: a word is found inside a run of characters.

A stemmer is loaded when the first rule needs it. It keeps the word it works on in itself, so one
thread at a time may use it.
"""

import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache
from importlib import import_module
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
}  # fmt: skip

_SCRIPTS: Final = {
    "ARABIC": frozenset({"ar", "fa", "ur", "ps"}),
    "CYRILLIC": frozenset({"ru", "uk", "be", "bg", "sr", "mk", "kk"}),
    "GREEK": frozenset({"el"}),
    "ARMENIAN": frozenset({"hy"}),
    "HEBREW": frozenset({"he", "yi"}),
}
_OWN_SCRIPT: Final = frozenset().union(*_SCRIPTS.values()) | {"zh", "ja", "ko", "th", "lo", "hi"}
_PREFIXING: Final = frozenset({"ar", "fa", "id"})  #: inflect at the beginning too
_LONGEST_ROOT: Final = 4
_lock = Lock()


def inflecting(word: str, languages: tuple[str, ...]) -> tuple[str, ...]:
    """Those of `languages` that are written in the script of `word` and have a stemmer."""
    if not word or not word.isalpha():
        return ()
    script = unicodedata.name(word[0], "").partition(" ")[0]
    written = _SCRIPTS.get(script)
    return tuple(
        language
        for language in dict.fromkeys(languages)
        if language in STEMMERS
        and (language in written if written else language not in _OWN_SCRIPT)
        and (written or script in ("LATIN", "FULLWIDTH"))
    )


@lru_cache(maxsize=50_000)
def stems(written: str, language: str) -> frozenset[str]:
    """The stems of a word as written, tagged with the language: `en:sanction`."""
    with _lock:
        stem = _stemmer(language)
        found = {fold(stem(word)) for word in {written.lower(), fold(written)}}
    return frozenset(f"{language}:{one}" for one in found)


def root(stem: str) -> str:
    """What every form of a tagged stem begins with: all but its last letter, at most four.

    A form that begins otherwise is another word that a stemmer ran together with it; and a word
    that begins like no word of any rule need not be stemmed at all.
    """
    if stem[:2] in _PREFIXING:
        return ""
    return stem[3:][: max(2, min(_LONGEST_ROOT, len(stem) - 4))]


def beginnings(text: str) -> tuple[str, ...]:
    """All roots that a word with the folded `text` may have."""
    return tuple(text[:size] for size in range(_LONGEST_ROOT + 1))


@cache
def _stemmer(language: str) -> Callable[[str], str]:
    # Not snowballstemmer.stemmer(): that takes a C library of another version where one happens
    # to be installed, and the same bytes must give the same hits everywhere.
    name = STEMMERS[language]
    module = import_module(f"snowballstemmer.{name}_stemmer")
    stem: Callable[[str], str] = getattr(module, f"{name.capitalize()}Stemmer")().stemWord
    return stem
