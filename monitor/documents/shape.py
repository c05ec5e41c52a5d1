"""What the file of a document may say."""

import datetime as dt
import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from monitor.model import Kind
from monitor.source import Id, Language, Line, Many, Shape, Text, Url, check_language, wrong


def _day(written: Any) -> dt.date:
    try:
        return dt.date.fromisoformat(written)
    except (TypeError, ValueError):
        raise wrong("expected a date", "year-month-day, as in 2025-11-20") from None


def _rule_in(written: Any) -> Any:
    """A line that is only a rule, as the mapping it is short for."""
    if isinstance(written, dict) and written.keys().isdisjoint(RuleLine.model_fields):
        whole = ", ".join(f"{key}: {value}" for key, value in written.items())
        raise wrong("expected a rule", f"if it is one, put it in quotes: '{whole}'")
    if isinstance(written, list):
        raise wrong("expected a rule", "a text that starts with [ must be in quotes")
    return {"rule": written} if isinstance(written, str) else written


def _list_name(name: str) -> str:
    if not re.fullmatch(r"[^\W_]+(?:[-_][^\W_]+)*", name):
        raise wrong("a list's name is made of letters, digits and hyphens", "write it without @")
    return name


def _language(key: str) -> str:
    """`ru` of the key `text.ru`."""
    return check_language(key.removeprefix("text."))


class RuleLine(Shape):
    """One keyword, exclude or alias: a rule, or `{rule: ..., weight: ..., lang: [...]}`."""

    rule: Text
    weight: Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)] = 1.0
    lang: Many[Language] = ()
    note: Line = ""


Rules = Many[Annotated[RuleLine, BeforeValidator(_rule_in)]]


class Examples(Shape):
    """Texts that the provision's rules must find, and must not."""

    hit: Many[Text] = ()
    miss: Many[Text] = ()


class SourceLines(Shape):
    """Where the document was published."""

    name: Line = ""
    url: Url = ""
    date: Annotated[dt.date | None, BeforeValidator(_day)] = None


class ProvisionLines(Shape):
    """One clause."""

    id: Id
    number: Line = ""
    kind: Kind = Kind.PROVISION
    title: Line
    text: Text = ""
    texts: dict[Annotated[str, AfterValidator(_language)], Text] = Field({}, alias="text.*")
    keywords: Annotated[Rules, Field(min_length=1)]
    exclude: Rules = ()
    context: Text | None = None
    examples: Examples = Examples()
    renamed_from: Id = ""

    @model_validator(mode="before")
    @classmethod
    def _gather_texts(cls, written: Any) -> Any:
        if not isinstance(written, dict):
            return written
        texts = {key: value for key, value in written.items() if key.startswith("text.")}
        return {key: value for key, value in written.items() if key not in texts} | {
            "text.*": texts
        }


class DocumentLines(Shape):
    """The whole file."""

    id: Id
    title: Line
    source: SourceLines = SourceLines()
    version: Line = ""
    languages: Annotated[Many[Language], Field(min_length=1)] = ("en",)
    aliases: dict[
        Annotated[str, AfterValidator(_list_name)], Annotated[Rules, Field(min_length=1)]
    ] = Field({})
    context: Text | None = None
    provisions: Annotated[Many[ProvisionLines], Field(min_length=1)]
