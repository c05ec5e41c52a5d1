"""How the parts of a file are named, and where they stand: keys, marks, lines and columns."""

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

Keys = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """Offsets in the text of one file."""

    key: int  #: where its key starts; of a list's element, where the element does
    value: int
    end: int
    style: str = ""  #: how a scalar is written: ' " | > or "" for plain; "map", "list", "toml"


def dotted(keys: Iterable[str | int]) -> str:
    """`provisions[2].keywords[0]`."""
    return "".join(f"[{k}]" if isinstance(k, int) else f".{k}" for k in keys).removeprefix(".")


def position(text: str, offset: int) -> tuple[int, int]:
    """1-based line and column."""
    starts = _line_starts(text)
    line = bisect_right(starts, offset)
    return line, offset - starts[line - 1] + 1


@lru_cache(maxsize=4)  # a file is asked for the positions of all its parts, one after the other
def _line_starts(text: str) -> list[int]:
    return [0, *(found.end() for found in re.finditer("\n", text))]
