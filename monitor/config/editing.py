"""Edits of feeds.yaml that leave every other character as the person wrote it. Pure.

New lines go behind the last one of their list; a pause is one key in one line. Nothing is written
out anew: comments, order and columns are the person's. Where that cannot be done safely (a list in
brackets), a ConfigError says which lines to write by hand.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence

from monitor.config.values import duration_text
from monitor.errors import ConfigError
from monitor.model import FeedSpec, Outlet
from monitor.source import Keys, Source, yaml_source

_PLAIN = re.compile(r"\w[\w.-]*(?: [\w.-]+)*")
_NULLS = frozenset({"null", "Null", "NULL"})

Value = str | bool | Sequence[str]


def outlet_line(outlet: Outlet) -> str:
    """`{id: post, name: Harbor Post}`."""
    said: dict[str, Value] = {"id": outlet.id, "name": outlet.name}
    return _line(said | {"language": outlet.language, "aliases": outlet.aliases})


def feed_line(feed: FeedSpec) -> str:
    """`{id: post-world, outlet: post, url: "https://post.example/world"}`."""
    every = duration_text(feed.every) if feed.every else ""
    said: dict[str, Value] = {"id": feed.id, "outlet": feed.outlet, "url": feed.url}
    said |= {"language": feed.language, "every": every}
    said |= {"aggregator": feed.aggregator, "paused": feed.paused}
    return _line(said)


def added(source: Source, outlets: Iterable[Outlet], feeds: Iterable[FeedSpec]) -> str:
    """The text of `source` with these at the end of its lists.

    Raises:
        ConfigError: a list is written in a way that takes no more lines.
    """
    text = _appended(source, "outlets", [outlet_line(o) for o in outlets])
    grown = yaml_source(text, file=source.file)
    return _appended(grown, "feeds", [feed_line(f) for f in feeds])


def paused(source: Source, number: int, *, on: bool) -> str:
    """The text of `source` with feed `number` (from 0) paused, or not."""
    keys: Keys = ("feeds", number, "paused")
    if keys in source.marks:
        return _said_again(source, keys, on=on)
    if not on:
        return source.text
    after = source.marks["feeds", number, "id"]
    if source.text[source.marks["feeds", number].value] == "{":
        return _with(source.text, after.end, ", paused: true")
    line = _end_of_line(source.text, after.end)
    indent = " " * (source.at(("feeds", number, "id"), key=True)[1] - 1)
    return _with(source.text, line, f"\n{indent}paused: true")


# -- a list grows ----------------------------------------------------------------------------


def _appended(source: Source, name: str, lines: list[str]) -> str:
    text, mark = source.text, source.marks.get((name,))
    if not lines:
        return text
    if mark is None:
        return f"{text.rstrip()}\n\n{name}:\n{_indented(lines, 2)}\n".lstrip("\n")
    if source.value((name,)) is None or source.value((name,)) == []:
        return _filled(source, name, lines)
    if text[mark.value] != "-":
        hint = f"write one a line, beginning with '- '; then add {' and '.join(lines)}"
        raise ConfigError([source.problem((name,), "a list in brackets takes no lines", hint)])
    indent = source.at((name,))[1] - 1
    return _with(text, _end_of_list(text, mark.value, indent), "\n" + _indented(lines, indent))


def _filled(source: Source, name: str, lines: list[str]) -> str:
    """An empty list, however it is written, with its first lines."""
    text, key = source.text, source.marks[(name,)].key
    end = _end_of_line(text, key)
    head = re.fullmatch(rf"({name}\s*:)(?:\s*(?:~|null|\[\s*\]))?(\s+#.*)?\s*", text[key:end])
    if not head:
        hint = f"write '{name}:' and under it {' and '.join(lines)}"
        raise ConfigError([source.problem((name,), "cannot be filled as it is written", hint)])
    rest = text[end:] or "\n"
    return f"{text[:key]}{head[1]}{head[2] or ''}\n{_indented(lines, 2)}{rest}"


def _end_of_list(text: str, start: int, indent: int) -> int:
    """The end of the last line with content of the block list that begins at `start`."""
    end = at = start
    while at < len(text):
        line_end = _end_of_line(text, at)
        line = text[text.rfind("\n", 0, at) + 1 : line_end]
        content = line.strip()
        if content and not content.startswith("#"):
            column = len(line) - len(line.lstrip(" "))
            if column < indent or (column == indent and not content.startswith("-")):
                break
            end = line_end
        at = line_end + 1
    return end


def _indented(lines: Iterable[str], columns: int) -> str:
    return "\n".join(f"{' ' * columns}- {line}" for line in lines)


# -- a key changes ---------------------------------------------------------------------------


def _said_again(source: Source, keys: Keys, *, on: bool) -> str:
    """`paused` taken away where it can be, else written over."""
    text, mark = source.text, source.marks[keys]
    flow = re.search(r",\s*\Z", text[: mark.key])
    if not on and flow:
        return text[: flow.start()] + text[mark.end :]
    start, end = text.rfind("\n", 0, mark.key), _end_of_line(text, mark.end)
    if not on and re.fullmatch(r"\n\s*paused:\s*\S+[ \t]*", text[start:end]):
        return text[:start] + text[end:]
    return text[: mark.value] + ("true" if on else "false") + text[mark.end :]


def _line(said: Mapping[str, Value]) -> str:
    parts = (
        f"{name}: {_value(value, quote=name == 'url')}" for name, value in said.items() if value
    )
    return "{" + ", ".join(parts) + "}"


def _value(value: Value, *, quote: bool = False) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return "[" + ", ".join(map(_value, value)) + "]"
    plain = _PLAIN.fullmatch(value) and value not in _NULLS
    return value if plain and not quote else json.dumps(value, ensure_ascii=False)


def _end_of_line(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _with(text: str, at: int, more: str) -> str:
    return text[:at] + more + text[at:]
