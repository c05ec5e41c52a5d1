"""What a part of a file may hold, and what is said where it does not. Pure.

The only module that knows what pydantic says. Checks of ours raise `wrong`.
"""

import re
from collections.abc import Iterable
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from monitor.errors import ConfigError, Problem
from monitor.source.data import Source
from monitor.source.marks import Keys
from monitor.source.words import nearest, one_of

M = TypeVar("M", bound="Shape")

# (how the error's type starts, reason, hint); the first that fits counts
_EXPECTED = (
    ("string_type", "expected text", ""),
    ("path_type", "expected text", "put it in quotes"),
    ("bool", "expected true or false", ""),
    ("int", "expected a whole number", ""),
    ("float", "expected a number", ""),
    ("finite", "expected a number", ""),
    ("tuple", "expected a list", "as in [{input}]"),
    ("dict", "expected 'key: value' lines", ""),
    ("model", "expected 'key: value' lines", ""),
    ("", "cannot be used here", ""),
)
_EXPECTED_TOML = (
    ("tuple", "expected a list", 'as in ["{input}"]'),
    ("model", "expected a section", "as in [mail]"),
    *_EXPECTED,
)
_BOUNDS = {
    "greater_than": "more than",
    "greater_than_equal": "at least",
    "less_than": "less than",
    "less_than_equal": "at most",
}


class Shape(BaseModel):
    """What a part of a file may hold; any other key is a problem."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def shaped(source: Source, keys: Keys, data: Any, model: type[M]) -> M:
    """`data`, which stands at `keys` of `source`, as a `model`.

    Raises:
        ConfigError: with everything that does not fit.
    """
    try:
        return model.model_validate(data)
    except ValidationError as e:
        details = e.errors(include_url=False)
        raise ConfigError(_problem(source, keys, detail, model) for detail in details) from None


def wrong(reason: str, hint: str = "") -> PydanticCustomError:
    """What a check of ours raises while a shape is read."""
    return PydanticCustomError("wrong", "{reason}", {"reason": reason, "hint": hint})


def _problem(source: Source, base: Keys, detail: ErrorDetails, model: type[Shape]) -> Problem:
    """What the person reads, for one error that pydantic found."""
    keys, loc = _written(source, base, detail["loc"]), detail["loc"]
    if detail["type"] == "missing":
        return source.problem((*keys, str(loc[-1])), "is missing")
    if detail["type"] == "extra_forbidden":
        known = _known_keys(model, loc[:-1])
        hint = nearest(str(keys[-1]), known) or f"known keys: {', '.join(known)}"
        return source.problem(keys, f"unknown key '{keys[-1]}'", hint, key=True)
    toml = keys in source.marks and source.marks[keys].style == "toml"
    reason, hint = _reason(detail, _EXPECTED_TOML if toml else _EXPECTED)
    return source.problem(keys, reason, hint, key=loc[-1:] == ("[key]",))


def _written(source: Source, base: Keys, loc: Keys) -> Keys:
    """`loc` without the steps that only the model knows: a line's `rule`, a key's `[key]`."""
    keys = base
    for part in loc:
        keys = (*keys, part) if (*keys, part) in source.marks else keys
    return keys


def _known_keys(model: type[BaseModel], loc: Keys) -> list[str]:
    """The keys of the model that `loc` leads to."""
    for part in loc:
        known = model.model_fields.get(str(part))
        model = _model_in(known.annotation) or model if known else model
    return [known.alias or name for name, known in model.model_fields.items()]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model that a value, list or mapping of this type is made of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)


def _reason(detail: ErrorDetails, expected: Iterable[tuple[str, str, str]]) -> tuple[str, str]:
    """Reason and hint."""
    kind, given, context = detail["type"], detail["input"], detail.get("ctx", {})
    if kind == "too_short":
        return "is empty", "write at least one"
    if given is None:
        return "is empty", "write a value, or delete the line"
    if kind == "wrong":
        return context["reason"], context["hint"]
    if kind in ("enum", "literal_error"):
        allowed = re.findall(r"'([^']*)'", context["expected"])
        return f"expected {one_of(allowed)}", nearest(str(given), allowed)
    if kind in _BOUNDS:
        return f"must be {_BOUNDS[kind]} {next(iter(context.values())):g}", ""
    if kind == "string_type" and isinstance(given, (int, float)):
        return "expected text", "put it in quotes"
    reason, hint = next(words for start, *words in expected if kind.startswith(start))
    return reason, hint.format(input=given[:60] if isinstance(given, str) else "one, two")
