"""Answers that depend on what is asked alone, remembered up to a bound. Pure.

A dictionary and no cache of functools, because asking it for a whole list (`map(known.__getitem__,
words)`) costs nothing but the look-ups; that is most of what is done with each word of the news.
"""

import sys
from collections.abc import Callable, Sized
from typing import Final, Generic, TypeVar

MOST: Final = 100_000  #: distinct words; a day of news has about 60,000

Asked = TypeVar("Asked", bound=Sized)
Answer = TypeVar("Answer")


class Remembered(dict[Asked, Answer], Generic[Asked, Answer]):
    """What `make` answers, made when it is first asked for. Forgets everything when it is full."""

    def __init__(
        self, make: Callable[[Asked], Answer], *, most: int = MOST, longest: int = sys.maxsize
    ) -> None:
        """longest: what has a greater length will not be met again, and is not kept."""
        super().__init__()
        self._make = make
        self._most = most
        self._longest = longest

    def __missing__(self, asked: Asked) -> Answer:
        made = self._make(asked)
        if len(asked) <= self._longest:
            if len(self) >= self._most:
                self.clear()
            self[asked] = made
        return made
