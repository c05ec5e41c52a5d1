"""eval, rules: how good rules are, and what each of them does."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.common import CONFIG, AsJson, ConfigDir, fail, load_, open_, out, print_json

if TYPE_CHECKING:
    from monitor.jobs.evaluation import Evaluation

commands = typer.Typer()


class By(StrEnum):
    """What eval can be split by."""

    LANG = "lang"
    SUMMARY = "summary"


class Mistakes(StrEnum):
    """What eval can list."""

    MISSES = "misses"
    ALARMS = "alarms"


@commands.command("eval")
def evaluate(
    file: Annotated[
        Path, typer.Argument(metavar="GOLD", help="Labelled items, JSON lines; also gzipped.")
    ],
    config: ConfigDir = CONFIG,
    document: Annotated[str, typer.Option(help="Whose rules, where there are several.")] = "",
    predictions: Annotated[
        Path | None, typer.Option(help="Write what the rules hit to this file, as JSON lines.")
    ] = None,
    by: Annotated[
        By | None, typer.Option(help="Figures for each language, or with and without a summary.")
    ] = None,
    show: Annotated[
        Mistakes | None, typer.Option(help="List the worst misses or alarms, and why.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="List at most so many.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Score the rules on items that a person has judged. The database is not opened."""
    from monitor.app import SystemClock
    from monitor.jobs import evaluation as job

    if predictions and predictions.resolve() == file.resolve():
        fail("--predictions names the labelled items; write to another file")
    now = SystemClock()()
    try:
        found = job.evaluate(
            load_(config), file, document=document, by=by or "", show=show or "", now=now
        )
        if predictions:
            job.write_predictions(found.predictions, predictions)
    except LookupError as e:
        fail(str(e.args[0]))
    except OSError as e:
        fail(f"{e.filename or file}: {e.strerror or e}")
    _print_evaluation(found, limit, as_json=as_json)


def _print_evaluation(found: "Evaluation", limit: int, *, as_json: bool) -> None:
    from monitor.screens import evaluation_screen, show

    if as_json:
        print_json(found.as_json(limit))
    else:
        show(out(), evaluation_screen(found, limit))


@commands.command()
def rules(
    config: ConfigDir = CONFIG,
    document: Annotated[str, typer.Option(help="Only those of this document (its id).")] = "",
    provision: Annotated[str, typer.Option(help="Only those of this provision (its id).")] = "",
    days: Annotated[int, typer.Option(min=1, max=3_650, help="Look back so many days.")] = 90,
    as_json: AsJson = False,
) -> None:
    """Say what each keyword and exclude did lately, and which of them ask for a change."""
    from monitor.jobs.rulework import rule_work
    from monitor.screens import rules_screen, show

    with open_(config) as app:
        try:
            found = rule_work(
                app, document=document, provision=provision, days=days, now=app.clock()
            )
        except LookupError as e:
            fail(str(e.args[0]))
    if as_json:
        print_json(found.as_json())
    else:
        show(out(), rules_screen(found))
