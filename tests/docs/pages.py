"""Reads the pages: headings, tables, code, links. And the code, for what the pages must name."""

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "monitor"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]

_FENCED = re.compile(r"^(```+).*?\n(.*?)^\1", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"(?:^\n|\A)((?:^(?: {4,}\S.*)?\n)+)", re.MULTILINE)
_SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_LINK = re.compile(r"!?\[(?:[^\]]|\n)*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")


def page(name: str) -> str:
    """The text of one page, by its path in the project."""
    return (ROOT / name).read_text(encoding="utf-8")


def sections(text: str) -> dict[str, str]:
    """What stands under each heading of the second level that is one code span."""
    parts = re.split(r"^## `([^`\n]+)`\n", text, flags=re.MULTILINE)
    return {name: re.split(r"^## ", body, flags=re.M)[0] for name, body in _pairs(parts[1:])}


def rows(text: str) -> list[list[str]]:
    """The cells of each table row whose first cell is one code span; the span is taken out."""
    lines = re.findall(r"^\| `([^`\n]+)` \|(.*)\|$", text, re.MULTILINE)
    return [
        [name, *(cell.strip() for cell in re.split(r"(?<!\\)\|", rest))] for name, rest in lines
    ]


def spans(text: str) -> list[str]:
    """Code spans outside code blocks."""
    return _SPAN.findall(_without_blocks(text))


def blocks(text: str) -> list[str]:
    """Code blocks, fenced or indented."""
    fenced = [body for _, body in _FENCED.findall(text)]
    rest = _FENCED.sub("", text)
    return fenced + [re.sub(r"^ {4}", "", body, flags=re.M) for body in _INDENTED.findall(rest)]


def code_lines(text: str) -> Iterator[str]:
    """Every code span, and every line of a code block."""
    yield from spans(text)
    for block in blocks(text):
        yield from block.replace("\\\n", " ").splitlines()


def links(text: str) -> list[str]:
    """Targets of links and pictures outside code."""
    return _LINK.findall(_SPAN.sub("", _without_blocks(text)))


def anchors(text: str) -> set[str]:
    """What `#...` can lead to on a page."""
    headings = re.findall(r"^#+ (.+)$", _FENCED.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@cache
def calls() -> list[tuple[ast.Call, Mapping[str, list[ast.expr]]]]:
    """Every call in the project, with what the names of its file are set to."""
    found = []
    for file in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        names = _names(tree)
        found += [(node, names) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return found


def texts(node: ast.expr | None, names: Mapping[str, list[ast.expr]]) -> Iterator[str]:
    """The texts that an expression can be, as far as they are written out."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=body, orelse=other):
            yield from texts(body, names)
            yield from texts(other, names)
        case ast.Name(id=name):
            for value in names.get(name, []):
                yield from texts(value, {})


def _names(tree: ast.AST) -> dict[str, list[ast.expr]]:
    names: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign):
            continue
        for target in node.targets:
            pairs = [(target, node.value)]
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                pairs = list(zip(target.elts, node.value.elts, strict=True))
            for name, value in pairs:
                if isinstance(name, ast.Name):
                    names.setdefault(name.id, []).append(value)
    return names


def _without_blocks(text: str) -> str:
    return re.sub(_INDENTED, "\n", _FENCED.sub("", text))


def _pairs(parts: list[str]) -> Iterator[tuple[str, str]]:
    yield from zip(parts[::2], parts[1::2], strict=True)
