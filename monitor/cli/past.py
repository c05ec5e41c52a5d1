"""backtest, check --diff, backfill: what rules would have found in the archive, and did."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.archive import fail_at, print_result
from monitor.cli.common import (
    CONFIG,
    AsJson,
    ConfigDir,
    complain,
    lookups_said,
    open_,
    print_json,
    say,
)

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.jobs.backtest import Backtest, Tested
    from monitor.jobs.search import Result
    from monitor.store.backfills import Backfill

commands = typer.Typer()

_BARS = " ▁▂▃▄▅▆▇█"
_BAR_DAYS = 28
_NAMES = 8  #: outlets, languages and provisions in a line
_SAY_EVERY_S = 1.0


@commands.command()
def backtest(
    config: ConfigDir = CONFIG,
    provision: Annotated[str, typer.Option(help="Only this provision (its id).")] = "",
    rule: Annotated[
        str,
        typer.Option(help="This rule alone; with --provision, as one more keyword of it."),
    ] = "",
    document: Annotated[str, typer.Option(help="Only this document (its id).")] = "",
    days: Annotated[int, typer.Option(min=0, help="Only the last so many days; 0 = all.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Say what rules would have found in the archive; nothing is stored."""
    from monitor.errors import RuleError
    from monitor.jobs import backtest as job

    with open_(config, judged="rules") as app, lookups_said():
        now = app.clock()
        documents = job.chosen(
            app.loaded.documents, document=document, provision=provision, rule=rule
        )
        try:
            steps = job.backtest(app, documents, since=_since(days, now), now=now)
        except RuleError as e:
            fail_at(rule, e)
        found = _last(steps)
    if as_json:
        print_json(found.as_json())
        return
    _print_span(found)
    for tested in found.tested.values():
        if tested.hits or tested.lost or len(found.tested) == 1:
            _print_tested(tested, found.days)
    quiet = [one.provision for one in found.tested.values() if not (one.hits or one.lost)]
    if quiet and len(found.tested) > 1:
        say(f"Without a hit: {', '.join(quiet)}")


def print_diff(config: Path, days: int) -> None:
    """`check --diff`."""
    from monitor.jobs.diff import diff

    with open_(config, judged="rules") as app, _telling() as tell:
        now, found = app.clock(), None
        for found in diff(app, since=_since(days, now), now=now):
            if found.test:
                tell(found.test)
    assert found is not None  # noqa: S101 - there is a last step, always
    if not found.differences:
        say("The rules in the files are those that are in force.")
        return
    _print_names("New", found.differences.new)
    _print_names("Changed", found.differences.changed)
    for key, hits in found.retired_hits.items():
        say(f"Retired: {key}; its {hits:,} hits stay, and nothing new is found for it")
    if found.test:
        _print_span(found.test)
        for tested in found.test.tested.values():
            _print_tested(tested, found.test.days, everything=False)


def _print_names(verb: str, keys: "Sequence[str]") -> None:
    if keys:
        say(f"{verb}: {', '.join(keys)}")


@commands.command()
def backfill(
    config: ConfigDir = CONFIG,
    provision: Annotated[str, typer.Option(help="Only this provision (its id).")] = "",
    announce: Annotated[
        bool, typer.Option("--announce", help="Put its past hits into the next digests.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Let new and changed rules go through the archive, as a service does by itself."""
    from monitor.jobs import backfill as job
    from monitor.jobs.backtest import chosen

    with open_(config, judged="rules") as app, lookups_said():
        documents = chosen(app.loaded.documents, provision=provision)
        keys = [p.key for d in documents for p in d.provisions]
        served = _go_through(app)
        told = job.announce(app, keys, now=app.clock()) if announce else 0
        past = job.past(app, keys)
    if as_json:
        print_json({"announced": told, "provisions": [_as_json(one) for one in past]})
        return
    _print_past(past)
    if served:
        say(f"The running service goes on with it ({served}).")
    if announce:
        say(f"{told:,} past hits will stand in the next digests.")


def _go_through(app: "App") -> str:
    """Do what is left; who does it instead, if a service runs."""
    from monitor import service
    from monitor.errors import Locked

    try:
        service.backfill_alone(app)
    except Locked as e:
        return str(e)
    return ""


# -- what they print -------------------------------------------------------------------------


def _since(days: int, now: datetime) -> datetime | None:
    return now - timedelta(days=days) if days else None


def _last(steps: "Iterator[Backtest]") -> "Backtest":
    """The complete answer; what is there so far is said while it takes longer."""
    found = None
    with _telling() as tell:
        for found in steps:
            tell(found)
    assert found is not None  # noqa: S101 - there is a last step, always
    return found


@contextmanager
def _telling() -> "Iterator[_Teller]":
    yield _Teller()


class _Teller:
    """Says on standard error how far a test is, once a second, and shows the first hits."""

    def __init__(self) -> None:
        from time import monotonic

        self._clock, self._next, self._shown = monotonic, monotonic() + _SAY_EVERY_S / 2, False

    def __call__(self, so_far: "Backtest") -> None:
        if self._clock() < self._next:
            return
        self._next = self._clock() + _SAY_EVERY_S
        hits = sum(one.hits for one in so_far.tested.values())
        share = so_far.passed / so_far.total if so_far.total else 0
        newest = next((r for t in so_far.tested.values() for r in (*t.new_sample, *t.sample)), None)
        complain(f"{share:4.0%} of {so_far.total:,} items, {hits:,} hits so far")
        if newest and not self._shown:
            self._shown = True
            complain(f"  the first: {newest.item.title}")


def _print_span(found: "Backtest") -> None:
    days = f"{found.since:%Y-%m-%d} to {found.until:%Y-%m-%d}"
    say(f"{found.total:,} items, {days}; {found.looked_at:,} looked at\n")


def _print_tested(one: "Tested", days: float, *, everything: bool = True) -> None:
    name = f"{one.provision}  {one.title}" if one.provision else one.title
    say(name, style="bold")
    a_day = f"{one.hits / days:.1f} a day"
    stored = "not stored" if one.provision else "under no provision"
    lost = f", {one.lost:,} lost" if one.provision else ""
    say(f"  {one.hits:,} hits, {a_day}: {one.new:,} {stored}{lost}")
    if everything:
        _print_counts(one)
    _print_sample("NEW" if one.provision else "UNDER NO PROVISION", one.new, one.new_sample)
    _print_sample("LOST", one.lost, one.lost_sample)
    if everything:
        _print_sample("STORED", one.hits - one.new, one.sample)


def _print_counts(one: "Tested") -> None:
    if one.days:
        newest = max(one.days)
        line = [one.days[newest - timedelta(days=n)] for n in range(_BAR_DAYS - 1, -1, -1)]
        top = max(line)
        bars = "".join(_BARS[-(-n * (len(_BARS) - 1) // top)] for n in line)
        say(f"  {_BAR_DAYS} days to {newest}: {bars} (at most {top})")
    for name, counts in {
        "outlets": one.outlets,
        "languages": one.languages,
        "also under": one.overlap,
    }.items():
        if counts:
            say(f"  {name}: {_counted(counts)}")


def _counted(counts: "Counter[str]") -> str:
    shown = " · ".join(f"{name} {n:,}" for name, n in counts.most_common(_NAMES))
    more = len(counts) - _NAMES
    return shown + (f" and {more} more" if more > 0 else "")


def _print_sample(head: str, count: int, sample: "Iterable[Result]") -> None:
    shown = list(sample)
    if not shown:
        return
    more = f", {len(shown)} shown" if count > len(shown) else ""
    say(f"\n  {head} ({count:,}{more})", style="bold")
    for result in shown:
        print_result(result)


def _print_past(past: "Iterable[Backfill]") -> None:
    idle = True
    for one in past:
        if not one.done or one.found or one.withdrawn:
            idle = False
            state = "" if one.done else f"; at {one.at:,} of {one.upto:,}"
            say(f"{one.provision}: {one.found:,} added, {one.withdrawn:,} withdrawn{state}")
    if idle:
        say("The archive holds nothing that the rules would add or take back.")


def _as_json(one: "Backfill") -> dict[str, object]:
    return {
        "provision": one.provision,
        "rules_version": one.version,
        "done": one.done,
        "added": one.found,
        "withdrawn": one.withdrawn,
    }
