"""docs/reference/commands.md says what `monitor --help` says, and no page says more."""

import re
import shlex
from collections.abc import Iterator

import pytest
from typer.main import get_command

from monitor.cli import cli, common
from tests.docs.pages import NAMES, PACKAGE, ROOT, code_lines, page, rows, sections

PAGE = page("docs/reference/commands.md")
SECTIONS = sections(PAGE)
TARGETS = set(re.search(r"^\.PHONY: (.+)$", page("Makefile"), re.MULTILINE)[1].split())
SHELLS = ("monitor ", ".venv/bin/monitor ", "python -m monitor ", ".venv/bin/python -m monitor ")


def commands(command=None, name="monitor") -> Iterator[tuple[str, object]]:
    """(as it is typed, command), for every command that does something."""
    command = command or get_command(cli)
    inner = getattr(command, "commands", {})
    if not inner or (command.invoke_without_command and name != "monitor"):
        yield name, command
    for word, one in inner.items():
        if not one.hidden:
            yield from commands(one, f"{name} {word}")


COMMANDS = dict(commands())


def options(command) -> list[str]:
    """As the page names them: `--since`, or `URL` for an argument."""
    named = (p for p in command.params if p.name != "help")
    return [
        (p.metavar or p.name).upper() if p.param_type_name == "argument" else p.opts[0]
        for p in named
    ]


def test_every_command_is_explained_and_no_other():
    assert sorted(SECTIONS) == sorted(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_explained_in_its_order(name):
    explained = [row[0].split()[0] for row in rows(SECTIONS.get(name, ""))]

    assert explained == options(COMMANDS[name])


@pytest.mark.parametrize("name", COMMANDS)
def test_every_section_says_how_the_command_ends(name):
    assert re.search(r"^Exit codes?: .*\b0\b", SECTIONS.get(name, ""), re.MULTILINE)


def test_the_overview_names_every_command():
    overview = PAGE.partition("\n## ")[0]

    assert [name for name in COMMANDS if f"(#{name.replace(' ', '-')})" not in overview] == []


def test_every_exit_code_is_explained():
    codes = {0, common.LOOK, common.WRONG, common.LOCKED, common.UNUSABLE}

    explained = {int(row[0]) for row in rows(PAGE.partition("## Exit codes")[2]) if len(row) == 2}

    assert explained == codes


@pytest.mark.parametrize("name", NAMES)
def test_no_page_names_a_command_or_option_that_does_not_exist(name):
    wrong = [line for line in code_lines(page(name)) if (call := typed(line)) and not exists(call)]

    assert wrong == []


def test_no_message_names_a_command_that_does_not_exist():
    wrong = [
        f"{file.relative_to(ROOT)}: {found}"
        for file in sorted(PACKAGE.rglob("*.py"))
        for found in re.findall(r"[\"'`](monitor [a-z][a-z ]*)", file.read_text(encoding="utf-8"))
        if not exists(found)
    ]

    assert wrong == []


@pytest.mark.parametrize("name", NAMES)
def test_no_page_names_a_make_target_that_does_not_exist(name):
    named = {
        found[1]
        for line in code_lines(page(name))
        if (found := re.match(r"(?:\$ )?make ([a-z]\w*)", line))
    }

    assert named <= TARGETS


def test_the_readme_lists_every_command_and_every_target():
    readme = page("README.md")

    listed = {row[0] for row in rows(readme)}

    assert {" ".join(name.split()[:2]) for name in COMMANDS} <= {
        " ".join(name.split()[:2]) for name in listed
    }
    assert {"make run", "make demo", "make test"} <= {
        " ".join(line.split()[:2]) for line in code_lines(readme)
    }


def typed(line: str) -> str:
    """The call of `monitor` that a line of code is; "" if it is none."""
    line = re.sub(r"^\$ ", "", line.strip())
    line = re.sub(r"^(?:[A-Z_]+=\S+ )+", "", line)
    line = re.sub(r"^docker compose (?:exec|run --rm) monitor (?=monitor )", "", line)
    for shell in SHELLS:
        if line.startswith(shell):
            return "monitor " + line.removeprefix(shell)
    return ""


def exists(call: str) -> bool:
    """Is there such a command with such options? Words in <> or ... stand for something."""
    words = split(call.split(" #")[0].split(" |")[0].split(" > ")[0])
    name = " ".join(words[:3]) if " ".join(words[:3]) in COMMANDS else " ".join(words[:2])
    if name in {"monitor --help", "monitor"}:
        return True
    if name not in COMMANDS:  # a group, named as such
        return any(known.startswith(f"{' '.join(words)} ") for known in COMMANDS)
    known = {o for p in COMMANDS[name].params for o in (*p.opts, *p.secondary_opts)} | {"--help"}
    return {word.partition("=")[0] for word in words if word.startswith("--")} <= known


def split(call: str) -> list[str]:
    """As a shell does; prose with an apostrophe is split at its spaces."""
    try:
        return shlex.split(call)
    except ValueError:
        return call.split()
