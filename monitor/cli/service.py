"""run, poll, check, status, demo: the service itself."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.common import CONFIG, LOOK, AsJson, ConfigDir, fail, load_, open_, out, print_json

if TYPE_CHECKING:
    from monitor.jobs.status import Status

commands = typer.Typer()


@commands.command()
def run(config: ConfigDir = CONFIG) -> None:
    """Poll, make digests and send them, until stopped (Ctrl-C, SIGTERM)."""
    from monitor import service
    from monitor.jobs.reload import Watch

    watch = Watch.begin(config, dict(os.environ))
    with open_(config, service=True) as app:
        service.run(app, watch)


@commands.command()
def poll(
    config: ConfigDir = CONFIG,
    every: Annotated[
        bool, typer.Option("--all", help="Every feed, not only those that are due.")
    ] = False,
) -> None:
    """Poll the feeds that are due once, and stop."""
    from monitor import service

    with open_(config) as app:
        summary = service.poll_alone(app, every=every)
    if not summary.asked:
        out().print("No feed is due; --all asks every feed now.")
        return
    out().print(
        f"{summary.answered} of {summary.asked} feeds answered, {summary.new} new items,"
        f" {summary.hits} hits."
    )
    for feed, error in summary.failed:
        out().print(f"  {feed}: {error}", style="yellow", markup=False)
    if not summary.answered:
        out().print("No feed answered. Is this machine connected?", style="bold yellow")
        raise typer.Exit(LOOK)


@commands.command()
def check(
    config: ConfigDir = CONFIG,
    diff: Annotated[
        bool,
        typer.Option("--diff", help="Say what new rules would find and lose, beside the database."),
    ] = False,
    days: Annotated[int, typer.Option(min=0, help="With --diff: only so many days; 0 = all.")] = 0,
) -> None:
    """Check every file: settings, feeds, subscribers, documents, rules and their examples."""
    if diff:
        from monitor.cli.past import print_diff

        print_diff(config, days)
        return
    loaded = load_(config)
    rules = sum(len(p.keywords) for d in loaded.documents for p in d.provisions)
    provisions = sum(len(d.provisions) for d in loaded.documents)
    out().print(
        f"All is well: {len(loaded.documents)} document(s), {provisions} provisions,"
        f" {rules} keyword lines, {len(loaded.config.feeds)} feeds of"
        f" {len(loaded.config.outlets)} outlets, {len(loaded.config.subscriptions)} digest(s)."
    )


@commands.command()
def status(
    config: ConfigDir = CONFIG,
    as_json: AsJson = False,
    check_: Annotated[
        bool,
        typer.Option("--check", help="Only say what needs a look; exit 1 if something does."),
    ] = False,
) -> None:
    """Say how feeds, digests and deliveries are doing."""
    found = _status(config)
    if check_:
        _say_complaints(found)
    elif as_json:
        print_json(found.as_json())
    else:
        from monitor.screens import show, status_screen

        show(out(), status_screen(found))


def _status(config: Path) -> "Status":
    """Also while the files are wrong: only monitor.toml, for the database, is read."""
    from monitor import store
    from monitor.app import SystemClock
    from monitor.config import settings_alone
    from monitor.jobs.status import status as gather

    engine = store.open_engine(settings_alone(config, os.environ).database)
    try:
        store.upgrade(engine)
        return gather(engine, now=SystemClock()())
    finally:
        engine.dispose()


def _say_complaints(found: "Status") -> None:
    from monitor.jobs.status import complaints

    reasons = complaints(found)
    for reason in reasons or ["All is well."]:
        out().print(reason, markup=False, highlight=False, soft_wrap=True)
    if reasons:
        raise typer.Exit(LOOK)


@commands.command()
def demo(
    folder: Annotated[
        Path | None,
        typer.Option(help="A new folder for database and mails; else a temporary one."),
    ] = None,
) -> None:
    """Show two days of sample news, from feeds to digests, without network or mail server."""
    from monitor.demo.show import NotOurs, show

    try:
        show(folder, out=out())
    except NotOurs as e:
        fail(str(e))
