"""What is wrong with the syntax of a file, in words for who wrote it. Pure.

The only module that knows what ruamel.yaml and tomllib say. Its tables go from a part of their
message to a reason and a hint; the first part that fits counts, so order matters.
"""

import re
from typing import Any

from ruamel.yaml.error import YAMLError
from ruamel.yaml.reader import ReaderError

from monitor.errors import Problem
from monitor.source.marks import position

# (what the parser says, at the context it names?, reason, hint)
_YAML_REASONS = (
    ("mapping values are not allowed", False, "unexpected ': '", "put a text with ': ' in quotes"),
    ("sequence entries are not allowed", False, "unexpected '- '", "start a list on a new line"),
    ("'\\t' that cannot start", False, "a tab cannot be used here", "indent with spaces"),
    ("could not find expected ':'", True, "expected 'key: value'", "is a ':' or a '- ' missing?"),
    ("end of stream", True, "a quote is opened here and never closed", "close it"),
    ("expected ',' or", True, "a bracket is opened here and not closed", "close it"),
    ("unknown escape", False, "unknown '\\' in double quotes", "write \\\\ or use single quotes"),
    ("comment or a line break", False, "unexpected text after | or >", "start on the next line"),
    ("incompatible YAML", False, "unknown version of YAML", "remove the line"),
)
_TOML_REASONS = (
    ("Cannot overwrite", "this key is written twice", "keep one of them"),
    ("Cannot declare", "this section is written twice", "join the two"),
    ("Cannot mutate", "this section is written twice", "join the two"),
    ("Expected '='", "expected 'key = value'", "is the '=' missing?"),
    ("Invalid initial character for a key", "expected 'key = value'", "remove or complete it"),
    ("Invalid value (at end", "the file ends too early", "is a closing ] or a value missing?"),
    ("Invalid value", "this value cannot be read", 'put a text in quotes: "30m"'),
    ("Expected newline or end", "unexpected text after the value", "a text stands in quotes"),
    ("Unterminated string", "a quote is not closed", "close it"),
    ("Illegal character", "this character cannot stand here", "is a closing quote missing?"),
    ("Unescaped '\\'", "unknown '\\' in double quotes", "write \\\\ or use single quotes"),
    ("Unclosed", "a bracket is not closed", "close it"),
    ("Expected ']'", "a bracket is not closed", "close it"),
    ("", "this cannot be read as TOML", "compare it with the lines around it"),
)


def problem_at(offset: int, reason: str, hint: str = "", *, file: str, text: str) -> Problem:
    """What is wrong at `offset` of `text`, where no key has a name yet."""
    line, column = position(text, offset)
    return Problem(file=file, line=line, column=column, reason=reason, hint=hint)


def yaml_problem(error: YAMLError, *, file: str, text: str) -> Problem:
    """What the person reads, for the error that ruamel.yaml found."""
    offset, reason, hint = _in_yaml(error, text)
    return problem_at(offset, reason, hint, file=file, text=text)


def _in_yaml(error: YAMLError, text: str) -> tuple[int, str, str]:
    """Offset, reason and hint."""
    if isinstance(error, ReaderError):
        return int(error.position), "a control character is not allowed here", "delete it"
    said = str(getattr(error, "problem", ""))
    offset = _offset(error, "problem_mark", 0)
    for part, at_context, reason, hint in _YAML_REASONS:
        if part in said:
            return _offset(error, "context_mark", offset) if at_context else offset, reason, hint
    return offset, *_misfit(text, offset, said)


def _offset(error: YAMLError, name: str, default: int) -> int:
    mark: Any = getattr(error, name, None)
    return mark.index if mark else default


def _misfit(text: str, offset: int, said: str) -> tuple[str, str]:
    """Reason and hint for a text that starts like YAML's own signs, or a wrong indentation."""
    if found := re.search(r"character '(.)' that cannot start", said):
        return f"a text cannot start with {found[1]}", f"in quotes: {_quoted(_rest(text, offset))}"
    start = text.rfind("\n", 0, offset) + 1
    opening = re.match(r"\s*(?:- +)*(?:[\w.-]+: +)?(?=['\"*&])", text[start:offset])
    if opening:
        whole = _rest(text, start + opening.end())
        return "the text goes on after it seemed to end", f"in quotes: {_quoted(whole)}"
    return "this does not fit the lines above it", "check its indentation"


def _rest(text: str, offset: int) -> str:
    """The rest of the line, or of the element of a list in brackets, without a comment."""
    before = text[text.rfind("\n", 0, offset) + 1 : offset]
    ends = r"\n| #|[,\]}]" if re.search(r"[\[{][^\]}]*$", before) else r"\n| #"
    return re.split(ends, text[offset:], maxsplit=1)[0].rstrip()


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def toml_problem(error: ValueError, *, file: str, text: str) -> Problem:
    """What the person reads, for the error that tomllib found."""
    said = str(error)
    reason, hint = next(words for part, *words in _TOML_REASONS if part in said)
    found = re.search(r"line (\d+), column (\d+)", said)
    if not found:  # it says "at end of document"
        return problem_at(len(text.rstrip("\n")), reason, hint, file=file, text=text)
    line, column = map(int, found.groups())
    return Problem(file=file, line=line, column=column, reason=reason, hint=hint)
