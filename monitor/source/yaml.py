"""YAML 1.2 -> Source: every scalar as the text that was written, its anchors unfolded."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from ruamel.yaml import YAML, events
from ruamel.yaml.error import YAMLError

from monitor.errors import ConfigError, Problem
from monitor.source.data import Source
from monitor.source.files import text_of, unstorable
from monitor.source.marks import Keys, Mark, position
from monitor.source.mistakes import problem_at, yaml_problem

MAX_DEPTH = 16
MAX_NODES = 200_000  #: values of a file once its anchors are unfolded

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


def read_yaml(path: Path) -> Source:
    """The one YAML document in `path`.

    Raises:
        ConfigError: with every problem of its syntax.
    """
    return yaml_source(text_of(path), file=str(path))


def yaml_source(text: str, *, file: str) -> Source:
    """`text` read as YAML 1.2.

    Raises:
        ConfigError: with every problem of its syntax.
    """
    reader = _Yaml(file, text)
    try:
        data = reader.document()
    except YAMLError as e:
        problem = yaml_problem(e, file=file, text=text)
        # an unknown anchor is mostly the beginning of what the parser then trips over
        earlier = [other for other in reader.problems if other.line != problem.line]
        raise ConfigError([*earlier, problem]) from None
    if reader.problems:
        raise ConfigError(reader.problems)
    return Source(file, text, data, reader.marks)


@dataclass(frozen=True, slots=True)
class _Node:
    start: int
    end: int
    style: str
    value: str | None = None
    items: "list[_Node]" = field(default_factory=list)
    pairs: "list[tuple[_Node, _Node]]" = field(default_factory=list)


class _Yaml:
    """One run over the events of a YAML document: events -> nodes -> data and marks."""

    def __init__(self, file: str, text: str) -> None:
        self.file, self.text = file, text
        self.problems: list[Problem] = []
        self.marks: dict[Keys, Mark] = {}
        self._anchors: dict[str, _Node] = {}
        self._events = iter(YAML(typ="safe", pure=True).parse(text))

    def document(self) -> Any:
        """The data of the only document; {} for an empty file."""
        root: _Node | None = None
        for event in self._events:
            if isinstance(event, events.DocumentStartEvent) and root:
                self._fatal(event.start_mark.index, "a second document starts here", "remove '---'")
            if isinstance(event, events.NodeEvent):
                root = self._node(event, 0)
        return self._unfold(root, ()) if root else {}

    # -- events -> nodes

    def _node(self, event: Any, depth: int) -> _Node:
        start = event.start_mark.index
        if depth > MAX_DEPTH:
            self._fatal(start, f"is nested more than {MAX_DEPTH} levels deep")
        if isinstance(event, events.AliasEvent):
            return self._anchored(event)
        if event.tag is not None:
            tag, hint = _word(self.text, start), "put a text that starts with '!' in quotes"
            self._problem(start, f"'{tag}' is a tag, which is not used here", hint)
        if isinstance(event, events.ScalarEvent):
            node = self._scalar(event)
        else:
            node = self._collection(event, depth)
        if event.anchor:
            self._anchors[event.anchor] = node
        return node

    def _anchored(self, event: Any) -> _Node:
        start = event.start_mark.index
        if node := self._anchors.get(event.anchor):
            return node
        hint = "put a text that starts with '*' in quotes"
        self._problem(start, f"'*{event.anchor}' refers to nothing above it", hint)
        return _Node(start, start, "")

    def _scalar(self, event: Any) -> _Node:
        style, start, end = event.style or "", event.start_mark.index, event.end_mark.index
        if start == end:  # nothing is written; the parser is already at what comes next
            start = end = max(len(self.text[:start].rstrip(" \n")) - 1, 0)
        if reason := unstorable(event.value):
            self._problem(start, reason)
        value = None if not style and event.value in _NULLS else event.value
        return _Node(start, end, style, value)

    def _collection(self, event: Any, depth: int) -> _Node:
        start = event.start_mark.index
        nodes = [self._node(inner, depth + 1) for inner in self._inner()]
        if isinstance(event, events.SequenceStartEvent):
            return _Node(start, start + 1, "list", items=nodes)
        pairs = list(zip(nodes[::2], nodes[1::2], strict=True))
        return _Node(start, start + 1, "map", pairs=pairs)

    def _inner(self) -> Iterator[Any]:
        """The events that start the parts of the list or mapping that is open."""
        ends = (events.SequenceEndEvent, events.MappingEndEvent)
        while not isinstance(event := next(self._events), ends):
            yield event

    # -- nodes -> data and marks

    def _unfold(self, node: _Node, keys: Keys, key: int | None = None) -> Any:
        """Plain data of `node`, whose key starts at offset `key`; notes its marks on the way."""
        if len(self.marks) >= MAX_NODES or len(keys) > MAX_DEPTH:
            self._fatal(node.start, "is too large once its anchors (&, *) are unfolded")
        at = node.start if key is None else key
        self.marks[keys] = Mark(at, node.start, node.end, node.style)
        if node.style == "list":
            return [self._unfold(part, (*keys, n)) for n, part in enumerate(node.items)]
        if node.style == "map":
            return self._mapping(node.pairs, keys)
        return node.value

    def _mapping(self, pairs: list[tuple[_Node, _Node]], keys: Keys) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key, value in pairs:
            if not isinstance(key.value, str):
                self._problem(key.start, "expected a key here", "put a text with { or [ in quotes")
            elif key.value in made:
                line, _ = position(self.text, self.marks[(*keys, key.value)].key)
                reason, hint = f"key '{key.value}' is written twice", f"also in line {line}"
                self._problem(key.start, reason, hint)
            else:
                made[key.value] = self._unfold(value, (*keys, key.value), key.start)
        return made

    # -- problems

    def _problem(self, offset: int, reason: str, hint: str = "") -> None:
        self.problems.append(problem_at(offset, reason, hint, file=self.file, text=self.text))

    def _fatal(self, offset: int, reason: str, hint: str = "") -> NoReturn:
        self._problem(offset, reason, hint)
        raise ConfigError(self.problems)


def _word(text: str, start: int) -> str:
    return (text[start : start + 40].split() or [""])[0]
