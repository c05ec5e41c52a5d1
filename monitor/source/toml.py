"""TOML -> Source. tomllib says what is written, and `_Toml` where."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from monitor.errors import ConfigError, Problem
from monitor.source.data import Source
from monitor.source.files import text_of, unstorable
from monitor.source.marks import Keys, Mark
from monitor.source.mistakes import toml_problem

_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_STRING = r'"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\])*"|\'[^\']*\''
_SCALAR = re.compile(_STRING + r"|\d{4}-\d\d-\d\d \d\d[^,\]}\s#]*|[^,\]}\s#]+", re.DOTALL)
_PART = re.compile(r"[\w-]+|" + _STRING)


def read_toml(path: Path) -> Source:
    """The TOML in `path`.

    Raises:
        ConfigError: with the first problem of its syntax.
    """
    return toml_source(text_of(path), file=str(path))


def toml_source(text: str, *, file: str) -> Source:
    """`text` read as TOML; the positions are those of keys and of where their values start.

    Raises:
        ConfigError: with the first problem of its syntax.
    """
    try:
        data = tomllib.loads(text)
    except ValueError as e:  # TOMLDecodeError is one; so is a number of 5,000 digits
        raise ConfigError([toml_problem(e, file=file, text=text)]) from None
    except RecursionError:
        raise ConfigError([Problem(file=file, reason="is nested too deep")]) from None
    source = Source(file, text, data, _Toml(text).document())
    if problems := list(_unstorable_in(source)):
        raise ConfigError(problems)
    return source


def _unstorable_in(source: Source) -> Iterator[Problem]:
    for keys in source.marks:
        value = source.value(keys)
        if isinstance(value, str) and (reason := unstorable(value)):
            yield source.problem(keys, reason)


class _Toml:
    """Finds keys and values in TOML that `tomllib` has read, so that it need not doubt it.

    A list costs one frame here and two in tomllib: what tomllib could nest, this can.
    """

    def __init__(self, text: str) -> None:
        self.text, self._i = text, 0
        self._marks: dict[Keys, Mark] = {}
        self._counts: dict[Keys, int] = {}  # elements of each array of tables so far

    def document(self) -> dict[Keys, Mark]:
        """The marks of every key and value."""
        table: Keys = ()
        while char := self._skip():
            if char == "[":
                table = self._header()
            else:
                self._pair(table)
        return self._marks

    def _skip(self) -> str:
        """The next character that counts; "" at the end."""
        self._take(_BLANK)
        return self.text[self._i : self._i + 1]

    def _take(self, pattern: re.Pattern[str]) -> str:
        """What `pattern` finds here; reading goes on after it."""
        found = pattern.match(self.text, self._i)
        taken = found[0] if found else ""
        self._i += len(taken)
        return taken

    def _header(self) -> Keys:
        """Reads `[table]` or `[[table]]`, and says which one is open now."""
        start = self._i
        many = self.text.startswith("[[", start)
        self._i += 1 + many
        *around, name = self._key(())
        table = (*self._within(around), name)
        if many:
            number = self._counts.get(table, 0)
            self._counts[table] = number + 1
            table = (*table, number)
        self._i += 1 + many
        self._mark(table, start, start)
        return table

    def _within(self, keys: Iterable[str | int]) -> Keys:
        """`keys` with the number of the element that is open in each array of tables."""
        made: Keys = ()
        for part in keys:
            made = (*made, part)
            if count := self._counts.get(made):
                made = (*made, count - 1)
        return made

    def _key(self, table: Keys) -> Keys:
        """Reads `a."b c".d`, and says what it names in `table`."""
        while True:
            self._skip()
            table = (*table, _name(self._take(_PART)))
            if self._skip() != ".":
                return table
            self._i += 1

    def _pair(self, table: Keys) -> None:
        """Reads `key = value` of `table`."""
        start = self._i
        keys = self._key(table)
        self._i += 1
        self._skip()
        self._value(keys, start)

    def _value(self, keys: Keys, start: int) -> None:
        """Reads the value of `keys`, whose key is at offset `start`."""
        at = self._i
        opening = self.text[at]
        if opening == "[":
            for number in self._elements("]"):
                self._value((*keys, number), self._i)
        elif opening == "{":
            for _ in self._elements("}"):
                self._pair(keys)
        else:
            self._take(_SCALAR)
        self._mark(keys, start, at)

    def _elements(self, closing: str) -> Iterator[int]:
        """The number of each element up to `closing`; the element is read before the next."""
        number = 0
        self._i += 1
        while self._skip() != closing:
            yield number
            number += 1
            if self._skip() == ",":
                self._i += 1
        self._i += 1

    def _mark(self, keys: Keys, start: int, value: int) -> None:
        for length in range(1, len(keys)):
            self._marks.setdefault(keys[:length], Mark(start, start, start + 1, "toml"))
        self._marks[keys] = Mark(start, value, value + 1, "toml")


def _name(part: str) -> str:
    """The key that is written as `part`, perhaps in quotes."""
    return next(iter(tomllib.loads(f"{part} = 0")))
