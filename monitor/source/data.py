"""One file as plain data that knows where each part of it is written. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from monitor.errors import Problem
from monitor.model import Place
from monitor.source.marks import Keys, Mark, dotted, position
from monitor.source.place import runs


@dataclass(frozen=True, slots=True)
class Source:
    """One file as plain data, with the position of every key and value."""

    file: str
    text: str = field(default="", repr=False)
    data: Any = field(default_factory=dict, repr=False)
    marks: Mapping[Keys, Mark] = field(default_factory=dict, repr=False)

    def at(self, keys: Keys, *, key: bool = False) -> tuple[int, int]:
        """(line, column) of the value at `keys`, or of what is nearest around it; of its `key`.

        (0, 0) where the file does not exist.
        """
        while keys and keys not in self.marks:
            keys = keys[:-1]
        if keys not in self.marks:
            return (1, 1) if self.text else (0, 0)
        mark = self.marks[keys]
        return position(self.text, mark.key if key or mark.value >= mark.end else mark.value)

    def value(self, keys: Keys) -> Any:
        """What stands at `keys`; None where nothing does."""
        value = self.data
        for key in keys:
            value = _inside(value, key)
        return value

    def problem(self, keys: Keys, reason: str, hint: str = "", *, key: bool = False) -> Problem:
        """What is wrong at `keys`."""
        line, column = self.at(keys, key=key)
        return Problem(
            file=self.file, line=line, column=column, key=dotted(keys), reason=reason, hint=hint
        )

    def place(self, keys: Keys) -> Place:
        """Maps an offset in the text at `keys` to its line and column."""
        mark = self.marks.get(keys)
        if mark is None or mark.style in ("map", "list", "toml"):
            return Place(self.file, ((0, *self.at(keys)),))
        return Place(self.file, runs(self.text, self.value(keys) or "", mark))


@dataclass(frozen=True, slots=True)
class Spot:
    """One part of one file, for problems that are only seen later."""

    source: Source
    keys: Keys

    def problem(self, *more: str | int, reason: str, hint: str = "") -> Problem:
        """What is wrong here, or in the part of it that `more` names."""
        return self.source.problem((*self.keys, *more), reason, hint)


def _inside(value: Any, key: str | int) -> Any:
    if isinstance(value, list):
        return value[key] if isinstance(key, int) and key < len(value) else None
    return value.get(key) if isinstance(value, dict) else None


def listed(source: Source, keys: Keys) -> list[Any]:
    """The list at `keys`; [] where there is none."""
    value = source.value(keys)
    return value if isinstance(value, list) else []


def written(source: Source, keys: Keys, name: str) -> Iterator[tuple[Keys, str]]:
    """Where and what each element of the list at `keys` says as its `name`, right or wrong."""
    for n, part in enumerate(listed(source, keys)):
        if isinstance(part, dict) and isinstance(part.get(name), str):
            yield (*keys, n, name), part[name]


def repeated(source: Source, keys: Keys, name: str = "id") -> list[Problem]:
    """Elements of the list at `keys` whose `name` an earlier one has."""
    first: dict[str, int] = {}
    problems: list[Problem] = []
    for at, value in written(source, keys, name):
        line, _ = source.at(at)
        if value in first:
            hint = f"also in line {first[value]}; each needs its own"
            problems.append(source.problem(at, f"{name} '{value}' is used twice", hint))
        first.setdefault(value, line)
    return problems
