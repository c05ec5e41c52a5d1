"""eval, rules, learned: how good rules are, what each does, and what verdicts add to them."""

import getpass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.common import CONFIG, AsJson, ConfigDir, fail, load_, open_, out, print_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from monitor.jobs.evaluation import Evaluation
    from monitor.jobs.learning import Shown

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


@commands.command()
def learned(
    config: ConfigDir = CONFIG,
    provision: Annotated[str, typer.Option(help="Only of this provision (its id).")] = "",
    forget: Annotated[
        str, typer.Option(metavar="WORD", help="Learn nothing of this word any more.")
    ] = "",
    forget_all: Annotated[
        bool, typer.Option("--all", help="Forget all words of the provision.")
    ] = False,
    restore: Annotated[
        str, typer.Option(metavar="WORD", help="Learn of this forgotten word again.")
    ] = "",
    by: Annotated[str, typer.Option(help="Who says so; you, by default.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="Of each provision, at most so many.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Say which words readers' verdicts speak for and against; --forget takes one back."""
    from monitor.jobs import learning as job

    _checked_forget(forget, restore, provision, all_=forget_all)
    with open_(config, judged="rules") as app:
        now = app.clock()
        try:
            if forget or forget_all:
                words = job.forget(app, forget, provision=provision, by=by or _user(), now=now)
                _say(f"Forgotten from the next UTC day on: {', '.join(words)}")
                return
            if restore:
                words = job.restore(app, restore, provision=provision, by=by or _user(), now=now)
                _say(f"Learned again from the next UTC day on: {', '.join(words)}")
                return
            found = job.learned(app, provision=provision, limit=limit, now=now)
        except LookupError as e:
            fail(str(e.args[0]))
    if as_json:
        print_json([one.as_json() for one in found])
    else:
        _print_learned(found)


def _checked_forget(forget: str, restore: str, provision: str, *, all_: bool) -> None:
    asked = [
        *([f"--forget {forget}"] if forget else []),
        *(["--all"] if all_ else []),
        *([f"--restore {restore}"] if restore else []),
    ]
    if len(asked) > 1:
        fail(f"{' and '.join(asked)}: write one of them")
    if asked and not provision:
        fail(f"{asked[0]} for which provision? Write --provision ID")


def _print_learned(found: "Sequence[Shown]") -> None:
    for one in found:
        for line in _learned_lines(one):
            _say(line)
    if not found:
        _say("Nothing learned yet: verdicts of `monitor feedback` count from the next UTC day on.")


def _say(line: str) -> None:
    out().print(line, markup=False, highlight=False, soft_wrap=True)


def _user() -> str:
    """Who sits at the terminal; a container may know nobody."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def _learned_lines(one: "Shown") -> "Iterator[str]":
    yield f"{one.provision}: {one.verdicts} verdict(s), learned for {one.day}"
    for word in one.words:
        sign = "+" if word.weight > 0 else "-"
        ending = "; forgotten from the next UTC day on" if word.forgotten else ""
        yield (
            f"  {sign} {word.word}: in {word.hits} of the newest hits,"
            f" {word.relevant} called relevant, {word.not_relevant} not{ending}"
        )
    if one.forgotten:
        yield f"  forgotten: {', '.join(one.forgotten)} (--restore WORD learns of one again)"
    against = [w for w in one.words if w.weight < 0 and w.not_relevant and not w.relevant]
    if against:
        worst = max(against, key=lambda w: (w.not_relevant, w.word))
        yield (
            f"  As a rule, `exclude: ['{worst.word}']` would hold back {worst.hits} of the newest"
            f" hits, none of them called relevant."
        )
    if best := next((w for w in one.words if w.weight > 0 and w.relevant), None):
        yield (
            f"  Try as a keyword: monitor backtest --provision {one.provision} --rule '{best.word}'"
        )
