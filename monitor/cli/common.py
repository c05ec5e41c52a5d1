"""What the commands share: the files, the database, words on the terminal."""

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from monitor.app import App, Loaded
    from monitor.errors import Problem

LOOK, WRONG, LOCKED, UNUSABLE = 1, 2, 3, 4  #: exit codes

ConfigDir = Annotated[
    Path,
    typer.Option(
        "--config",
        envvar="MONITOR_CONFIG",
        help="The folder with monitor.toml, feeds.yaml and subscribers.yaml.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
CONFIG = Path("config")


def load_(config: Path, judged: str = "all") -> "Loaded":
    """Everything that the files say; raises ConfigError. `judged`: not, rules or all."""
    from monitor.jobs.check import Judged, load

    return load(config, os.environ, judged=Judged(judged))


@contextmanager
def open_(config: Path, *, judged: str = "all", service: bool = False) -> "Iterator[App]":
    """Files valid, logging set up, the database open and up to date.

    judged: how closely rules are looked at: not, rules, or all with their examples.
    service: log as the files say. A command that ends says by itself what it did; of it only
    errors are logged, as text.
    """
    from monitor import observe
    from monitor.app import open_app, secrets_of

    loaded = load_(config, judged)
    log, secrets = loaded.config.log, secrets_of(loaded.config)
    if service:
        observe.configure(form=log.format, level=log.level, secrets=secrets)
    else:
        observe.configure(form="text", level="error", secrets=secrets)
    with open_app(loaded) as app:
        yield app


def today() -> date:
    """In UTC."""
    return datetime.now(UTC).date()  # noqa: TID251 - a shell


def day(text: str) -> date:
    """`text` as a day; says how to write one."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        fail(f"'{text}' is no day; write it as 2025-11-24")


def fail(reason: str) -> NoReturn:
    """An argument is wrong."""
    complain(reason)
    raise typer.Exit(WRONG)


def complain(*lines: str) -> None:
    """Say it on standard error."""
    from rich.console import Console

    console = Console(stderr=True, soft_wrap=True)
    for line in lines:
        console.print(line, markup=False, highlight=False)


def problem_line(problem: "Problem") -> str:
    """A problem of a file, named as seen from here where that is shorter."""
    here = os.path.relpath(problem.file) if os.path.isabs(problem.file) else problem.file
    return str(problem if here.startswith("..") else replace(problem, file=here))


def out() -> "Console":
    """The terminal, or whatever standard output is."""
    from rich.console import Console

    return Console()


def print_json(value: object) -> None:
    """For scripts."""
    import json

    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


@contextmanager
def lookups_said() -> Iterator[None]:
    """A name that nobody knows is an argument that is wrong, not a bug."""
    try:
        yield
    except LookupError as e:
        if type(e) is not LookupError:  # a KeyError is one too, and is ours
            raise
        fail(str(e.args[0]))


def say(*lines: str, style: str | None = None) -> None:
    """Print lines as they are, however long."""
    for line in lines:
        out().print(line, style=style, markup=False, highlight=False, soft_wrap=True)


def user() -> str:
    """Who sits at the terminal; a container may know nobody."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
