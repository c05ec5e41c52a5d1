"""Read items that a person has judged: JSON lines as of an archive, with `id` and `labels`."""

import json
from collections.abc import Collection
from datetime import datetime
from typing import IO, Any

from monitor.errors import ConfigError, Problem
from monitor.feeds.outlets import Outlets
from monitor.jobs.archivefile import item_of, read_line
from monitor.matching.measure import MUST, Labelled
from monitor.source import nearest


def read(
    file: IO[bytes], name: str, provisions: Collection[str], outlets: Outlets, *, now: datetime
) -> list[Labelled]:
    """The items of a file, in its order.

    provisions: the ids that a label may speak of

    Raises:
        ConfigError: with every line that cannot be used.
    """
    problems: list[Problem] = []
    found: dict[str, Labelled] = {}
    lines: dict[str, int] = {}
    for number, raw in enumerate(file, start=1):
        if not raw.strip():
            continue
        try:
            one = labelled(raw, provisions, outlets, now=now)
            if one.id in found:
                hint = f"also in line {lines[one.id]}; each item needs its own"
                raise _Wrong("id", f"'{one.id}' is used twice", hint)
            found[one.id], lines[one.id] = one, number
        except _Wrong as e:
            problems.append(
                Problem(file=name, line=number, key=e.key, reason=e.reason, hint=e.hint)
            )
    if not found and not problems:
        hint = "one JSON object a line, with id, title and labels"
        problems = [Problem(file=name, reason="there is no labelled item here", hint=hint)]
    if problems:
        raise ConfigError(problems)
    return list(found.values())


class _Wrong(ValueError):
    """One value of a line cannot be used."""

    def __init__(self, key: str, reason: str, hint: str = "") -> None:
        super().__init__(reason)
        self.key, self.reason, self.hint = key, reason, hint


def labelled(
    raw: bytes, provisions: Collection[str], outlets: Outlets, *, now: datetime
) -> Labelled:
    """One line: an item as an archive has it, with `id` and `labels`."""
    try:
        line = read_line(raw, now=now)
    except ValueError as e:
        raise _Wrong("", str(e)) from None
    said = json.loads(raw)
    id_, item = said.get("id"), item_of(line, outlets)[0]
    if not isinstance(id_, str) or not id_:
        raise _Wrong("id", "an item needs a name of its own", 'write "id": "a1"')
    labels = said.get("labels")
    if not isinstance(labels, dict):
        hint = 'write "labels": {"some-provision": 2}, or {} where it is about none'
        raise _Wrong("labels", "expected an object", hint)
    grades = {name: _grade(name, label, provisions) for name, label in labels.items()}
    return Labelled(id=id_, item=item, grades=grades, summary=bool(item.text))


def _grade(name: str, label: Any, provisions: Collection[str]) -> int:
    """A label is a grade, or a list that begins with one."""
    if name not in provisions:
        hint = nearest(name, provisions) or f"there is: {', '.join(sorted(provisions))}"
        raise _Wrong(f"labels.{name}", "the document has no such provision", hint)
    grade = label[0] if isinstance(label, list) and label else label
    if type(grade) is not int or not 0 <= grade <= MUST:
        hint = "2: its reader must see it; 1: useful background; 0: not about it"
        raise _Wrong(f"labels.{name}", "expected a grade", hint)
    return grade
