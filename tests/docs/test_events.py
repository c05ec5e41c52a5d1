"""docs/reference/events.md names every event that is logged, with its fields."""

import ast
from dataclasses import dataclass, field

from tests.docs.pages import calls, page, rows, spans, texts

PAGE = page("docs/reference/events.md")
LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "log"}
GENERAL = {"exc_info", "stack_info"}  #: of the library that writes the line


@dataclass
class Event:
    """What the code says of one event, over all places that log it."""

    fields: set[str] = field(default_factory=set)
    open: bool = False  #: and more fields, that are not written out


def logged() -> dict[str, Event]:
    events: dict[str, Event] = {}
    for call, names in calls():
        if not is_log(call.func) or not call.args:
            continue
        named = next(filter(None, (list(texts(arg, names)) for arg in call.args)), [])
        for name in named:
            event = events.setdefault(name, Event())
            event.fields |= {k.arg for k in call.keywords if k.arg} - GENERAL
            event.open |= any(k.arg is None for k in call.keywords) or is_helper(call.func)
    return events


def is_log(function: ast.expr) -> bool:
    """`log.info(event, ...)`, or `level(event, ...)` where the level was chosen before."""
    match function:
        case ast.Attribute(value=ast.Name(id="log"), attr=attr):
            return attr in LEVELS
        case ast.Name(id=name):
            return name == "level" or is_helper(function)
    return False


def is_helper(function: ast.expr) -> bool:
    """A function `_log(event, ...)` of a module, which adds fields of its own."""
    return ast.unparse(function) == "_log"


def explained() -> dict[str, set[str]]:
    return {row[0]: set(spans(row[2])) for row in rows(PAGE)}


def test_every_event_is_explained_and_no_other():
    assert sorted(explained()) == sorted(logged())


def test_every_field_is_named():
    events = logged()

    wrong = {
        name: (fields, event.fields)
        for name, fields in explained().items()
        if (event := events.get(name))
        and not (event.fields <= fields if event.open else event.fields == fields)
    }

    assert len(events) > 15
    assert wrong == {}


def test_every_event_has_a_level_and_a_meaning():
    assert [row for row in rows(PAGE) if len(row) != 4 or not all(row)] == []
