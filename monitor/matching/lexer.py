"""Cuts the text of a rule into lexemes. Pure; each character is looked at once or twice."""

import re
from typing import Final, NamedTuple

from monitor.errors import RuleError

_QUOTES = '"\u201c\u201d\u201e\u201f\u00ab\u00bb\u300c\u300d\uff02'
_OPEN, _CLOSE = "(\uff08", ")\uff09"
_MINUS = "-\u2212\u2013"
_COLON = ":\uff1a"
STAR: Final = "*\uff0a"
_NAME = re.compile(rf"([A-Za-z]+)[{_COLON}]")
_BARE = re.compile(rf"[^\s{_QUOTES}{_OPEN}{_CLOSE}]+")
_SPACE = re.compile(r"\s*")
DISTANCE: Final = re.compile(r"(NEAR|THEN)/(\d{1,9})")


class Lexeme(NamedTuple):
    """One sign, word or quoted text."""

    kind: str  #: ( ) word quoted name alias = - AND OR NOT NEAR SAME end
    text: str
    position: int
    end: int


class Lexer:
    """One lexeme after the other; a closing quote is looked for once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def next(self) -> Lexeme:
        """The next lexeme; kind `end` for ever after the last."""
        start = _SPACE.match(self._text, self._at).end()  # type: ignore[union-attr]
        made = self._read(start)
        self._at = made.end
        return made

    def _read(self, start: int) -> Lexeme:
        char = self._text[start : start + 1]
        if not char:
            return Lexeme("end", "", start, start)
        if char in _OPEN:
            return Lexeme("(", char, start, start + 1)
        if char in _CLOSE:
            return Lexeme(")", char, start, start + 1)
        if char in _QUOTES:
            return self._quoted(start)
        if char == "=":
            return Lexeme("=", char, start, start + 1)
        return self._bare(start)

    def _quoted(self, start: int) -> Lexeme:
        end = start + 1
        while end < len(self._text) and self._text[end] not in _QUOTES:
            end += 1
        if end == len(self._text):
            raise RuleError("this quote is never closed", position=start, hint='write "two words"')
        return Lexeme("quoted", self._text[start + 1 : end], start, end + 1)

    def _bare(self, start: int) -> Lexeme:
        char = self._text[start]
        if char in _MINUS and self._text[start + 1 : start + 2].strip():
            return Lexeme("-", char, start, start + 1)
        if name := _NAME.match(self._text, start):
            return Lexeme("name", name[1], start, name.end())
        word = _BARE.match(self._text, start)
        assert word is not None  # noqa: S101  # start is no space, quote or parenthesis
        return Lexeme(_kind(word[0]), word[0], start, word.end())


def _kind(word: str) -> str:
    if word in ("AND", "OR", "NOT", "SAME"):
        return word
    if DISTANCE.fullmatch(word):
        return "NEAR"
    return "alias" if word.startswith("@") else "word"
