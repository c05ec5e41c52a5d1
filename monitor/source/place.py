"""The place of each character of a YAML text. Pure.

Needed: the source position of any offset of a value, for all five styles. Instead of folding
and unescaping a second time, value and source are aligned: apart from white space, which
folding and indentation change, the characters of both are the same in the same order. Where
they are not (a lone surrogate), the rest keeps the last position that was sure.

    pieces of the source -> aligned with the value -> indented -> filled -> runs
"""

import re
from collections.abc import Iterable, Iterator

from monitor.source.marks import Mark, position

Span = tuple[int, int]  # from where to where a character is written
Piece = tuple[str, Span]

_SOFT = " \t\n\x85\u2028\u2029"  # what folding and indentation change
_SOLID = f"[^{_SOFT}]"
_QUOTED = {
    "'": re.compile(rf"''|{_SOLID}"),
    '"': re.compile(rf"\\(?:x..|u.{{4}}|U.{{8}}|.)|{_SOLID}", re.DOTALL),
}
_UNQUOTED = re.compile(_SOLID)
_NAMED = {"0": "\0", "a": "\a", "b": "\b", "t": "\t", "\t": "\t", "n": "\n", "v": "\v", "f": "\f"}
_NAMED |= {"r": "\r", "e": "\x1b", "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029"}
_PROPERTIES = re.compile(r"(?:[&!]\S*\s+)*")


def runs(text: str, value: str, mark: Mark) -> tuple[tuple[int, int, int], ...]:
    """The runs of a `Place`, for the scalar `value` that stands at `mark` of `text`."""
    start, end = _content(text, mark)
    spans = _aligned(value, _pieces(text, start, end, mark.style))
    _indent(spans, text, value)
    filled = _filled(spans, text, value, start)
    after = filled[-1][1] if filled else start
    made: list[tuple[int, int, int]] = []
    current = (0, 0)
    for offset, at in enumerate([*(first for first, _ in filled), after]):
        line, column = position(text, at)
        if (line, column - offset) != current:
            current = (line, column - offset)
            made.append((offset, line, column))
    return tuple(made)


def _content(text: str, mark: Mark) -> Span:
    """Where the characters are, without an anchor, quotes and what follows | or >."""
    found = _PROPERTIES.match(text, mark.value, mark.end)
    start = found.end() if found else mark.value
    if mark.style in _QUOTED:
        return start + 1, mark.end - 1
    if mark.style in ("|", ">"):
        start = text.find("\n", start, mark.end) + 1 or start
    return start, mark.end


def _pieces(text: str, start: int, end: int, style: str) -> Iterator[Piece]:
    """What is written between `start` and `end` and is not white space to be folded."""
    for found in _QUOTED.get(style, _UNQUOTED).finditer(text, start, end):
        if found[0] != "\\\n":
            yield _character(found[0]), found.span()


def _character(written: str) -> str:
    """What `written` stands for: itself, a doubled quote or an escape."""
    if len(written) == 1 or written == "''":
        return written[0]
    name, digits = written[1], written[2:]
    return chr(int(digits, 16)) if digits else _NAMED.get(name, name)


def _aligned(value: str, pieces: Iterable[Piece]) -> list[Span | None]:
    """For each character of `value` where it is written; None for white space, mostly."""
    spans: list[Span | None] = [None] * len(value)
    offset = 0
    for char, span in pieces:
        while offset < len(value) and value[offset] != char and value[offset] in _SOFT:
            offset += 1
        if value[offset : offset + 1] != char:
            break
        spans[offset] = span
        offset += 1
    return spans


def _indent(spans: list[Span | None], text: str, value: str) -> None:
    """White space is written just before what it indents."""
    for offset in reversed(range(len(value) - 1)):
        after = spans[offset + 1]
        if spans[offset] is None and after and value[offset] in " \t":
            first = after[0]
            spans[offset] = (first - 1, first) if text[first - 1] == value[offset] else None


def _filled(spans: list[Span | None], text: str, value: str, start: int) -> list[Span]:
    """What is left is written just after what comes before it."""
    filled: list[Span] = []
    end = start
    for char, known in zip(value, spans, strict=True):
        span = known or (end, end + (text[end : end + 1] == char))
        filled.append(span)
        end = span[1]
    return filled
