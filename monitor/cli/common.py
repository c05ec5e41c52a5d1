"""What the commands share: the files, the database, words on the terminal."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from monitor.app import App, Loaded

LOOK, WRONG, LOCKED = 1, 2, 3  #: exit codes

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


def load_(config: Path) -> "Loaded":
    """Everything that the files say; raises ConfigError."""
    from monitor.jobs.check import load

    return load(config, os.environ)


@contextmanager
def open_(config: Path) -> "Iterator[App]":
    """Files valid, logging set up, the database open and up to date."""
    from monitor import observe
    from monitor.app import open_app, secrets_of

    loaded = load_(config)
    log = loaded.config.log
    observe.configure(form=log.format, level=log.level, secrets=secrets_of(loaded.config))
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


def out() -> "Console":
    """The terminal, or whatever standard output is."""
    from rich.console import Console

    return Console()


def print_json(value: object) -> None:
    """For scripts."""
    import json

    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))
