"""init, backup: the files that a person keeps."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.common import (
    CONFIG,
    WRONG,
    ConfigDir,
    complain,
    fail,
    out,
)

if TYPE_CHECKING:
    pass

commands = typer.Typer()


@commands.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where; it is made if needed.")],
) -> None:
    """Write config/ and seeds/ into a folder, to be changed and run there."""
    from monitor import shipped

    wanted = {
        source: folder / name / source.relative_to(home)
        for name, home in (("config", shipped.CONFIG), ("seeds", shipped.SEEDS))
        for source in sorted(home.rglob("*"))
        if source.suffix in {".toml", ".yaml", ".yml"}
    }
    if there := [target for target in wanted.values() if target.exists()]:
        complain(*(f"{path} exists" for path in there), "Nothing was written. Choose a new folder.")
        raise typer.Exit(WRONG)
    _copy(wanted)
    out().print(f"{len(wanted)} files written.", highlight=False)
    _next(
        f"monitor check --config {_shell(folder / 'config')}",
        f"monitor run --config {_shell(folder / 'config')}",
    )


def _copy(wanted: dict[Path, Path]) -> None:
    try:
        for source, target in wanted.items():
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as stream:
                stream.write(source.read_bytes())
    except OSError as e:
        fail(f"{e.filename or target} cannot be written: {e.strerror}")


def _next(*lines: str) -> None:
    out().print("Say who gets the digest in config/subscribers.yaml, then:", highlight=False)
    for line in lines:
        out().print(f"  {line}", markup=False, highlight=False, soft_wrap=True)


def _shell(path: Path) -> str:
    import shlex

    return shlex.quote(str(path))


@commands.command()
def backup(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="Where to; .gz packs it. By default in backups/."),
    ] = None,
    config: ConfigDir = CONFIG,
) -> None:
    """Copy the database, whole and checked, while the service runs."""
    from monitor.config import settings_alone
    from monitor.jobs.backup import CannotBackUp, back_up

    settings = settings_alone(config, os.environ)
    try:
        made = back_up(settings, file, now=_now())
    except CannotBackUp as e:
        fail(str(e))
    size = made.stat().st_size / 1_000_000
    out().print(f"{made}: {size:.1f} MB, checked.", markup=False, highlight=False, soft_wrap=True)


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - a shell
