"""hits, import, search, why: what is stored."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from monitor.cli.common import (
    CONFIG,
    LOOK,
    AsJson,
    ConfigDir,
    complain,
    day,
    fail,
    open_,
    out,
    print_json,
    say,
)

if TYPE_CHECKING:
    from rich.text import Text

    from monitor.digest.snippet import Run
    from monitor.errors import RuleError
    from monitor.jobs.archive import Imported
    from monitor.jobs.archivefile import BadLine
    from monitor.jobs.search import Result
    from monitor.jobs.why import ToldHit, ToldItem, Unseen
    from monitor.matching import WhyNot

commands = typer.Typer()

_NEAR = 0.5  #: the share of a rule from which on what it lacks is told; the nearest are told anyway
_NEAREST = 3
_BAD_SHOWN = 20
_LINE_EVERY = 10_000  #: lines of an archive between two lines of progress


@commands.command()
def hits(
    config: ConfigDir = CONFIG,
    provision: Annotated[str, typer.Option(help="Only of this provision (its id).")] = "",
    since: Annotated[str, typer.Option(help="Only found since that day, as 2025-11-24.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List hits, newest first, with the reason for each."""
    from monitor.jobs.hits import listed

    with open_(config, judged="rules") as app:
        try:
            found = listed(app, provision=provision, since=_midnight(since), limit=limit)
        except LookupError as e:
            fail(str(e.args[0]))
    if as_json:
        print_json([hit.as_json() for hit in found])
        return
    from monitor.screens import hits_screen

    out().print(hits_screen(found), soft_wrap=True)


# -- import ----------------------------------------------------------------------------------


@commands.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="JSON lines, also gzipped: archive.jsonl.gz")],
    config: ConfigDir = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Take in an archive of old news: stored and matched, never announced.

    One JSON object a line: title, and as far as known url, summary, published, source, lang, seen.
    """
    from time import monotonic

    from monitor.jobs.archive import import_archive
    from monitor.service import holder

    began = monotonic()
    with open_(config) as app, _progress(quiet=as_json) as progress:
        try:
            result = import_archive(app, file, holder=holder("import"), progress=progress)
        except OSError as e:
            fail(f"{file} cannot be read: {e.strerror or e}")
    seconds = monotonic() - began
    _complain_of(file, result.bad)
    if as_json:
        print_json({**result.as_json(), "seconds": round(seconds, 1)})
    else:
        _print_summary(result, seconds)
    if result.bad:
        raise typer.Exit(LOOK)


@contextmanager
def _progress(*, quiet: bool) -> "Iterator[Callable[[Imported], None]]":
    """A bar on a terminal, a line now and then elsewhere."""
    console = out()
    if quiet or not console.is_terminal:
        yield (lambda _: None) if quiet else _print_progress
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("Reading", total=None)

        def show(so_far: "Imported") -> None:
            words = f"{so_far.items:,} added, {so_far.hits.total():,} hits"
            bar.update(task, description=words, total=so_far.lines, completed=so_far.done)

        yield show


def _print_progress(so_far: "Imported") -> None:
    if so_far.done % _LINE_EVERY == 0:
        found = f"{so_far.items:,} added, {so_far.hits.total():,} hits"
        typer.echo(f"{so_far.done:,} of {so_far.lines:,} lines: {found}")


def _print_summary(result: "Imported", seconds: float) -> None:
    rate = f" ({result.done / seconds:,.0f} lines a second)" if seconds >= 1 else ""
    typer.echo(
        f"{result.items:,} items added in {seconds:,.0f} s{rate}: {result.hits.total():,} hits,"
        f" {result.held_back:,} held back by an exclude."
    )
    if result.repeated or result.polled:
        typer.echo(
            f"Left out: {result.repeated:,} that were imported before,"
            f" {result.polled:,} that a polled feed had brought."
        )


def _complain_of(file: Path, bad: "Sequence[BadLine]") -> None:
    complain(*(f"{file}:{line.number}: {line.reason}" for line in bad[:_BAD_SHOWN]))
    if len(bad) > _BAD_SHOWN:
        complain(f"... and {len(bad) - _BAD_SHOWN:,} more")
    if bad:
        complain(f"{len(bad):,} line(s) not taken. Mend them and import the file again.")


# -- search ----------------------------------------------------------------------------------


@commands.command()
def search(
    words: Annotated[list[str], typer.Argument(help="A rule, as in keywords: 'G8 NEAR/8 russia'")],
    config: ConfigDir = CONFIG,
    since: Annotated[str, typer.Option(help="Only seen since that day, as 2025-11-24.")] = "",
    lang: Annotated[str, typer.Option(help="Only in that language (two letters).")] = "",
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Find stored items, newest first, with a rule of the query language in single quotes."""
    from itertools import islice

    from monitor.errors import RuleError
    from monitor.jobs import search as job

    rule, start = " ".join(words), _midnight(since)
    if lang and not (len(lang) == 2 and lang.isalpha()):
        fail(f"--lang {lang}: write the two letters of the language, as en or ru")
    with open_(config, judged="rules") as app:
        try:
            found = job.search(app, rule, since=start, language=lang.lower())
        except RuleError as e:
            fail_at(rule, e)
        if as_json:
            print_json([one.as_json() for one in islice(found, limit)])
            return
        _print_results(islice(found, limit + 1), limit)


def _print_results(found: "Iterable[Result]", limit: int) -> None:
    """As they are found; one more than `limit` only says that there are more."""
    shown = 0
    for shown, one in enumerate(found, start=1):
        if shown > limit:
            typer.echo(f"There are more: --limit {limit * 2} shows them.")
            return
        print_result(one)
    if not shown:
        typer.echo("Nothing found.")


def print_result(one: "Result") -> None:
    """One found item with its matched words in bold."""
    item, console = one.item, out()
    facts = f"{_moment(item.published or item.first_seen)}  {one.outlet}  {item.language}"
    console.print(facts.rstrip(), style="dim", markup=False, highlight=False, soft_wrap=True)
    for runs in (one.title, one.snippet):
        if runs:
            console.print("  ", _bold(runs), sep="", highlight=False, soft_wrap=True)
    say(f"  {item.url or f'(no address; item {item.id})'}\n")


def _bold(runs: "Iterable[Run]") -> "Text":
    from rich.text import Text

    return Text.assemble(*((run.text, "bold" if run.marked else "") for run in runs))


def fail_at(rule: str, error: "RuleError") -> NoReturn:
    """Show the place; Chinese characters are two columns wide."""
    from rich.cells import cell_len

    marker = " " * cell_len(rule[: error.position]) + "^"
    complain(f"  {rule}", f"  {marker}")
    fail(f"{error}; docs/reference/query-language.md explains the signs")


# -- why -------------------------------------------------------------------------------------


@commands.command()
def why(
    url: Annotated[str, typer.Argument(help="The address of an item, or its id.")],
    config: ConfigDir = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Say why an item hit what it hit, why not the rest, or why it was never seen."""
    from monitor.jobs.why import Unseen
    from monitor.jobs.why import why as ask

    with open_(config, judged="rules") as app:
        try:
            told = ask(app, url)
        except LookupError as e:
            fail(str(e.args[0]))
    unseen = told if isinstance(told, Unseen) else None
    items = () if isinstance(told, Unseen) else told
    if as_json:
        found = [item.as_json() for item in items]
        print_json({"items": found, "unseen": unseen.as_json() if unseen else None})
    elif unseen:
        _print_unseen(unseen)
    for item in () if as_json else items:
        _print_item(item)
    if unseen:
        raise typer.Exit(LOOK)


def _print_item(told: "ToldItem") -> None:
    item = told.item
    say(item.title, style="bold")
    facts = [
        told.outlet,
        item.language,
        f"published {_moment(item.published)}" if item.published else "undated",
        f"first seen {_moment(item.first_seen)}",
        f"feed {item.feed}",
        f"revision {item.rev}" if item.rev > 1 else "",
        "archive" if item.archived else "",
        f"item {item.id}",
    ]
    say(" · ".join(filter(None, facts)))
    say(f"{item.url}\n" if item.url else "(no address)\n")
    say("HITS" if told.hits else "No hits.", style="bold")
    for hit in told.hits:
        _print_hit(hit)
    _print_others(told)


def _print_hit(told: "ToldHit") -> None:
    from monitor.matching import summed
    from monitor.matching.frequency import START

    hit = told.hit
    name = told.title or hit.provision
    score = f"score {hit.score:.0f}, {hit.band}"
    say(f"  {name}  ({hit.state}, {score}, {_moment(told.found_at)}, {hit.origin})")
    basis = f"; words of {hit.basis}" if hit.basis not in ("", START.name) else ""
    say(f"    score: {summed(hit.contributions)}{basis}", style="dim")
    for because in told.because:
        say(f"    {because.told}")
        places: dict[tuple[str, str], dict[str, None]] = {}
        for word in because.words:
            places.setdefault((word.field, word.sentence), {})[f'"{word.text}"'] = None
        in_order = sorted(places.items(), key=lambda place: place[0][0] != "title")
        for (field, sentence), words in in_order:
            say(f"      {field}: {', '.join(words)} in: {sentence}")
    for note in told.notes:
        say(f"    note: {note}", style="dim")
    say("")


def _print_others(told: "ToldItem") -> None:
    held_back = told.held_back
    others = [one for one in told.others if one.share and one not in held_back]
    near = [one for n, one in enumerate(others) if n < _NEAREST or one.share >= _NEAR]
    farther = others[len(near) :]
    far = [told.titles[one.provision] for one in told.others if not one.share]
    _print_lacking("HELD BACK BY AN EXCLUDE", held_back, told)
    _print_lacking("NOT HIT, closest first", near, told)
    if farther:
        say("Farther from a hit:", style="bold")
        names = (f"{told.titles[one.provision]} ({one.share:.0%})" for one in farther)
        say(f"  {' · '.join(names)}\n")
    if far:
        say("Nothing of any keyword is there:", style="bold")
        say(f"  {' · '.join(far)}\n")


def _print_lacking(head: str, some: "Iterable[WhyNot]", told: "ToldItem") -> None:
    for n, one in enumerate(some):
        if not n:
            say(head, style="bold")
        say(f"  {one.share:4.0%}  {told.titles[one.provision]}")
        say(f"        {one}\n")


def _print_unseen(unseen: "Unseen") -> None:
    say(f"Never seen: {unseen.url}", style="bold")
    if not unseen.feeds:
        say(f"No feed of {unseen.outlet} is polled. To add one: monitor feeds add ADDRESS")
    for feed in unseen.feeds:
        asked = f"last answer {_moment(feed.last_ok_at)}" if feed.last_ok_at else "no answer yet"
        error = f": {feed.error}" if feed.error else ""
        say(f"  {unseen.outlet}: {feed.feed}, {feed.state}, {asked}{error}")
    if unseen.feeds:
        say("None of these feeds has listed that address while it was asked.")
    if unseen.aggregators:
        say(f"{unseen.aggregators} feed(s) that collect from many outlets have not, either.")


# -- words on the terminal -------------------------------------------------------------------


def _moment(at: datetime | None) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M}" if at else "never"


def _midnight(since: str) -> datetime | None:
    return datetime.combine(day(since), time(), UTC) if since else None
