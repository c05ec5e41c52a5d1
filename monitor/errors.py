"""Every error the monitor raises on purpose.

* MonitorError
  + ConfigError        files that a person wrote are wrong; carries every problem at once
  + RuleError          one rule cannot be read; carries the position in its text
  + FeedError          one feed could not be taken in; the others go on
    - FeedTooLarge
    - BadEncoding
    - NotAFeed
    - ParseTimeout
    - ForbiddenAddress
  + DeliveryError      one message was not sent; it is tried again for a week
  + Locked             another process holds the service lock
  + Unusable           the database cannot be opened
  + NewerDatabase      a later version of the monitor wrote the database
  + NotOurs            the demo was sent into a folder that it did not make
  + CannotChange       a file that a person wrote could not be edited; it is as it was
  + CannotBackUp       no copy of the database was made

Anything else is a bug and must reach the log with its traceback.
"""

from collections.abc import Iterable
from dataclasses import dataclass


class MonitorError(Exception):
    """Base of all errors below."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Problem:
    """One thing that a person wrote wrong, and what to write instead."""

    file: str
    line: int = 0  #: 1-based; 0 where the problem has no line (a missing file)
    column: int = 0  #: 1-based, in characters
    key: str = ""  #: dotted path of the value: `provisions[2].keywords[0]`
    reason: str
    hint: str = ""  #: what to write instead

    def __str__(self) -> str:
        place = ":".join([self.file, *(str(n) for n in (self.line, self.column) if n)])
        key = f" {self.key}:" if self.key else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{place}:{key} {self.reason}{hint}"


class ConfigError(MonitorError):
    """Files are wrong; nothing was applied."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(map(str, self.problems)))


class RuleError(MonitorError):
    """A rule cannot be read."""

    def __init__(self, reason: str, *, position: int, hint: str = "") -> None:
        super().__init__(f"{reason} at character {position + 1}" + (f" ({hint})" if hint else ""))
        self.reason = reason
        self.position = position  #: offset of the first wrong character in the rule's text
        self.hint = hint


class FeedError(MonitorError):
    """A feed could not be taken in."""


class FeedTooLarge(FeedError):
    """The body passed a size limit; reading stopped there."""


class BadEncoding(FeedError):
    """The body is compressed in a way we did not ask for, or ends too early."""


class NotAFeed(FeedError):
    """The body is neither RSS, Atom nor JSON Feed."""


class ParseTimeout(FeedError):
    """The parser did not finish in its time, or died."""


class ForbiddenAddress(FeedError):
    """The URL leads to an address that `polling.allow_networks` does not open."""


class DeliveryError(MonitorError):
    """A message could not be handed over.

    `permanent` says that trying again is useless (the server refused this recipient for good).
    """

    def __init__(self, reason: str, *, permanent: bool = False) -> None:
        super().__init__(reason)
        self.permanent = permanent


class Unusable(MonitorError):
    """The database cannot be opened: a folder, a file, a missing driver; the message says which."""


class NewerDatabase(MonitorError):
    """The database's schema is one that this version does not know."""


class Locked(MonitorError):
    """Another process holds the service lock; the message says which."""
