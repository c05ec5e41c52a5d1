"""A readable piece of a long text, with the matched words marked. Pure.

Requirements: never longer than its limit (code points, ellipses included); the best evidence is in
it; it starts at a sentence where it can; it never ends inside a word, nor between a letter and its
accents, nor inside an emoji. Scripts without spaces show no words: there any character may be the
last one, but closing punctuation is never the first.
Known exception: a "word" that is longer than the limit (a bare URL) is cut between two characters.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

LIMIT = 240
_LEAD = 60  #: characters before the evidence where no sentence starts near
_WORD = 30  #: a match may be the beginning of a word; its rest has to be in view as well
_ENOUGH = 200  #: spans that are looked at: comparing each with each grows with the square
_ELLIPSIS = "…"


class Span(NamedTuple):
    """A piece of evidence: where it stands, and of which leaf of the rule it is."""

    start: int
    end: int
    leaf: str = ""


class Run(NamedTuple):
    """A piece of text that is marked, or not."""

    text: str
    marked: bool = False


# what an item may not bring into a mail: line ends, control characters, half characters, and the
# characters that turn the direction of everything after them
_DROPPED = dict.fromkeys((*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029), " ")
_DROPPED |= dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)), "")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SENTENCE = re.compile(r"(?<=[.!?…])[\"'”»)]*\s+|(?<=[。！？])[”」』]*")
_UNSPACED = re.compile(
    "[\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
_ZWJ = "\u200d"


def printable(text: str) -> str:
    """`text` without anything that could break a line or turn the reading direction."""
    return _SURROGATE.sub("\ufffd", text.translate(_DROPPED))


def snippet(text: str, spans: Iterable[Span], *, limit: int = LIMIT) -> tuple[Run, ...]:
    """At most `limit` characters of `text` around its evidence."""
    spans = _inside(text, spans)
    start, end = _window(text, spans, limit)
    runs = marked(text[start:end], [Span(s - start, e - start) for s, e, _ in spans])
    before = (Run(f"{_ELLIPSIS} "),) if start else ()
    after = (Run(f"\xa0{_ELLIPSIS}"),) if end < len(text.rstrip()) else ()
    return (*before, *runs, *after)


def marked(text: str, spans: Iterable[Span]) -> tuple[Run, ...]:
    """All of `text`, as runs that are marked where a span is."""
    runs, done = [], 0
    for start, end in _merged(text, _inside(text, spans)):
        runs += [Run(text[done:start]), Run(text[start:end], marked=True)]
        done = end
    runs.append(Run(text[done:]))
    return tuple(Run(printable(run.text), run.marked) for run in runs if run.text)


def clipped(text: str, limit: int) -> str:
    """`text` itself, or its first words and an ellipsis."""
    if len(text) <= limit:
        return text
    return text[: _last_cut(text, 0, limit - 1, ())].rstrip(" .,:;–-") + _ELLIPSIS


def breakable(text: str) -> list[str]:
    """`text` in pieces between which a line may end; white space stays with the piece before."""
    cuts = (i for i in range(1, len(text)) if not text[i].isspace() and _is_cut(text, i, ()))
    borders = [0, *cuts, len(text)]
    return [text[start:end] for start, end in pairwise(borders)]


def _inside(text: str, spans: Iterable[Span]) -> list[Span]:
    """Spans that `text` has, in order; evidence of another revision may lie beyond its end."""
    cut = (Span(max(s, 0), min(e, len(text)), leaf) for s, e, leaf in spans)
    return sorted(span for span in cut if span.start < span.end)


def _merged(text: str, spans: Sequence[Span]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in (_whole(text, span) for span in spans):
        if merged and start <= merged[-1][1]:
            begun, reached = merged.pop()
            start, end = begun, max(end, reached)
        merged.append((start, end))
    return merged


def _whole(text: str, span: Span) -> tuple[int, int]:
    """The span, widened so that no character is torn apart."""
    start, end, _ = span
    while start and not _between_characters(text, start):
        start -= 1
    while end < len(text) and not _between_characters(text, end):
        end += 1
    return start, end


def _window(text: str, spans: Sequence[Span], limit: int) -> tuple[int, int]:
    if len(text) <= limit:
        return 0, len(text)
    first, last = _best(spans, limit - _LEAD)
    last = next((i for i in range(last, last + _WORD) if _is_cut(text, i, spans)), last)
    start = _start(text, spans, first, last, limit)
    room = limit - 2 * bool(start)
    if len(text) - start <= room:
        return start, len(text)
    end = _last_cut(text, start, start + room - 2, spans)
    return start, start + len(text[start:end].rstrip())


def _best(spans: Sequence[Span], reach: int) -> tuple[int, int]:
    """Start and end of the stretch of at most `reach` characters that shows most leaves."""
    best, most = (0, 0), 0
    for first in spans[:_ENOUGH]:
        end = first.start + reach
        seen = [first, *(s for s in spans[:_ENOUGH] if first.start <= s.start and s.end <= end)]
        if (leaves := len({span.leaf for span in seen})) > most:
            best, most = (first.start, min(end, max(span.end for span in seen))), leaves
    return best


def _start(text: str, spans: Sequence[Span], first: int, last: int, limit: int) -> int:
    """Where to begin so that `first` to `last` are in view: the beginning, a sentence, a word."""
    if last <= limit - 2:
        return 0
    earliest = last - limit + 4
    sentences = [m.end() for m in _SENTENCE.finditer(text, 0, first + 1) if m.end() <= first]
    if sentences and sentences[-1] >= earliest:
        return sentences[-1]
    wished = max(min(first - _LEAD, len(text) - limit + 2), earliest)
    places = (i for i in range(max(wished, 1), first) if not text[i].isspace())
    return next((i for i in places if _is_cut(text, i, spans)), first)


def _last_cut(text: str, start: int, latest: int, spans: Sequence[Span]) -> int:
    """The last good place to stop between `start` and `latest`."""
    places = range(latest, start, -1)
    good = (i for i in places if _is_cut(text, i, spans))
    return next(good, next((i for i in places if _between_characters(text, i)), latest))


def _is_cut(text: str, at: int, spans: Sequence[Span]) -> bool:
    """May a snippet begin or end at `at`?"""
    if at >= len(text):
        return True
    before, after = text[at - 1], text[at]
    spaced = _is_space(before) or _is_space(after)
    if not spaced and (_is_closing(after) or not _UNSPACED.search(before + after)):
        return False
    return _between_characters(text, at) and not any(s.start < at < s.end for s in spans)


def _is_closing(char: str) -> bool:
    """Punctuation that belongs to what stands before it."""
    return unicodedata.category(char) in ("Po", "Pe", "Pf")


def _is_space(char: str) -> bool:
    return char.isspace() and char not in "\xa0\u202f"  # those are there to keep words together


def _between_characters(text: str, at: int) -> bool:
    """Is `at` a border between two characters as a reader counts them?"""
    if at <= 0 or at >= len(text):
        return True
    if _joins(text[at]) or text[at - 1] == _ZWJ:
        return False
    return not (_is_flag(text[at]) and _flags_before(text, at) % 2)


def _joins(char: str) -> bool:
    """Does it belong to the character before it: accents, joiners, skin tones, tags?"""
    return (
        unicodedata.category(char) in ("Mn", "Mc", "Me")
        or char == _ZWJ
        or "\U0001f3fb" <= char <= "\U0001f3ff"
        or "\U000e0020" <= char <= "\U000e007f"
    )


def _is_flag(char: str) -> bool:
    """Half of a flag: two of them are one character."""
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _flags_before(text: str, at: int) -> int:
    start = at
    while start and _is_flag(text[start - 1]):
        start -= 1
    return at - start
