"""feeds: what is polled, and what one poll does."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.common import (
    CONFIG,
    LOOK,
    AsJson,
    ConfigDir,
    complain,
    fail,
    load_,
    lookups_said,
    open_,
    out,
    print_json,
    say,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from monitor.feeds.normalise import Read
    from monitor.feeds.opml import Unusable
    from monitor.jobs.feedlist import Addition
    from monitor.jobs.feedtest import FeedTest, Hop

commands = typer.Typer()
feeds = typer.Typer(help="Show and change what is polled.", no_args_is_help=True)
commands.add_typer(feeds, name="feeds")

FeedId = Annotated[str, typer.Argument(metavar="ID", help="Its id in feeds.yaml.")]
_SHOWN = 10  #: items that hit


@feeds.command("list")
def list_(config: ConfigDir = CONFIG, as_json: AsJson = False) -> None:
    """List every feed and how it is doing."""
    from monitor.jobs.feedlist import listed

    with open_(config, judged="not") as app:
        found = listed(app, now=app.clock())
    if as_json:
        print_json([feed.as_json() for feed in found])
        return
    from monitor.screens import feeds_screen, show

    show(out(), feeds_screen(found))


@feeds.command()
def add(
    url: Annotated[str, typer.Argument(metavar="URL", help="The address of the feed.")],
    config: ConfigDir = CONFIG,
    id_: Annotated[str, typer.Option("--id", help="Its id; by default one is made.")] = "",
    outlet: Annotated[str, typer.Option(help="Id or name of its outlet; a new one is added.")] = "",
    language: Annotated[str, typer.Option(help="Two letters, where all of it is in one.")] = "",
    every: Annotated[str, typer.Option(help="How often to visit it, as 30m.")] = "",
    aggregator: Annotated[
        bool, typer.Option("--aggregator", help="It collects from many publishers.")
    ] = False,
) -> None:
    """Add a feed to feeds.yaml. It is checked, not fetched."""
    from monitor.jobs import feedlist
    from monitor.jobs.newcomers import Wish

    if aggregator and outlet:
        fail("an aggregator has no outlet: each of its entries names its own")
    wish = Wish(
        url=url,
        id=_said("id", id_) or "",
        outlet=outlet,
        language=_said("language", language) or "",
        every=_said("every", every),
        aggregator=aggregator,
    )
    try:
        _say_added(feedlist.add(config, os.environ, wish))
    except feedlist.CannotChange as e:
        fail(str(e))


@feeds.command()
def pause(id_: FeedId, config: ConfigDir = CONFIG) -> None:
    """Do not visit a feed until it is resumed; what it brought stays."""
    _pause(config, id_, on=True)


@feeds.command()
def resume(id_: FeedId, config: ConfigDir = CONFIG) -> None:
    """Visit a paused feed again."""
    _pause(config, id_, on=False)


@feeds.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An OPML file, or - for stdin.")],
    config: ConfigDir = CONFIG,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be added; write nothing.")
    ] = False,
) -> None:
    """Add the feeds of an OPML file, as feed readers export it, to feeds.yaml."""
    from monitor.jobs import feedlist

    try:
        addition = feedlist.import_opml(config, os.environ, _read(file), dry_run=dry_run)
    except feedlist.CannotChange as e:
        fail(f"{file}: {e}")
    if addition.note:
        complain(f"{file} {addition.note}.")
    _say_added(addition, dry_run=dry_run)
    _say_lines("already watched", addition.known)
    _say_lines("of no use", addition.unusable)
    if addition.unusable:
        raise typer.Exit(LOOK)


@feeds.command()
def export(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Where to; by default stdout.")
    ] = None,
    config: ConfigDir = CONFIG,
) -> None:
    """Write every feed as OPML, for a feed reader."""
    from monitor.app import SystemClock
    from monitor.jobs.feedlist import export_opml

    text = export_opml(load_(config, "not").config, now=SystemClock()())
    if file is None:
        typer.echo(text, nl=False)
        return
    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        fail(f"{file} exists; choose another name")
    except OSError as e:
        fail(f"{file} cannot be written: {e.strerror}")
    out().print(f"{file} written.", markup=False, highlight=False, soft_wrap=True)


def _pause(config: Path, id_: str, *, on: bool) -> None:
    from monitor.jobs import feedlist

    try:
        changed = feedlist.pause(config, os.environ, id_, on=on)
    except feedlist.CannotChange as e:
        fail(str(e))
    word = "paused" if on else "visited again"
    out().print(f"{id_} is {word}." if changed else f"{id_} was so already.", highlight=False)


def _say_added(addition: "Addition", *, dry_run: bool = False) -> None:
    new = {outlet.id for outlet in addition.outlets}
    for feed in addition.feeds:
        of = f"outlet {feed.outlet}{' (new)' if feed.outlet in new else ''}"
        out().print(
            f"  {feed.id}  {feed.url}  {of if feed.outlet else 'aggregator'}",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
    verb = "would be added" if dry_run else "added"
    out().print(f"{len(addition.feeds)} feed(s) and {len(new)} outlet(s) {verb}.", highlight=False)


def _say_lines(title: str, lines: "Sequence[Unusable]") -> None:
    if lines:
        complain(f"{len(lines)} {title}:")
        complain(*(f"  line {u.line}: {u.what or '(no title)'}: {u.reason}" for u in lines))


def _read(file: Path) -> bytes:
    import sys

    try:
        return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as e:
        fail(f"{file} cannot be read: {e.strerror}")


def _said(name: str, written: str) -> "Any":
    """An option as feeds.yaml takes it for that key; None where it is not given."""
    from monitor.config.people import feed_value
    from monitor.errors import ConfigError

    try:
        return feed_value(name, written) if written else None
    except ConfigError as e:
        problem = e.problems[0]
        fail(f"--{name}: {problem.reason}" + (f" ({problem.hint})" if problem.hint else ""))


# -- test ------------------------------------------------------------------------------------


@feeds.command("test")
def fetch(
    feed: Annotated[str, typer.Argument(metavar="FEED", help="Its id in feeds.yaml, or a URL.")],
    config: ConfigDir = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Ask for a feed now, and say everything that happens. Nothing is stored."""
    from monitor.app import SystemClock
    from monitor.jobs.feedtest import feed_test

    with lookups_said():
        found = feed_test(load_(config, "rules"), feed, clock=SystemClock())
    if as_json:
        print_json(found.as_json())
    else:
        say(*_tested(found))
    if not found.fine:
        raise typer.Exit(LOOK)


def _tested(found: "FeedTest") -> Iterator[str]:
    from monitor.feeds.outcomes import Failed, Gone

    yield found.feed.url
    for hop in found.hops:
        yield from _hop(hop, of=found.feed.url)
    match found.outcome:
        case Failed(kind=kind, reason=reason):
            yield f"failed:  {reason} ({kind})"
        case Gone():
            yield "gone:    its owner says that it will not come back"
    if found.refused:
        yield f"no feed: {found.refused}"
    if found.read:
        yield from _taken(found, found.read)


def _hop(hop: "Hop", *, of: str) -> Iterator[str]:
    if hop.url != of:
        yield hop.url
    yield f"  {hop.status} {hop.phrase} after {hop.after_s:.2f} s"
    for name, value in hop.headers.items():
        yield f"    {name}: {value[:200]}"


def _taken(found: "FeedTest", read: "Read") -> Iterator[str]:
    from monitor.feeds.outcomes import Fetched
    from monitor.jobs.feedtest import as_utc, newest

    assert isinstance(found.outcome, Fetched)  # noqa: S101 - nothing else is read
    yield f"body:    {found.outcome.downloaded_bytes:,} bytes in {found.outcome.took_s:.2f} s"
    if found.again:
        yield f"asked again with its validators: {found.again.said}"
    how = "as an ordinary feed" if found.quick else "by feedparser, in the guarded process"
    yield f"read:    {how}{''.join(f'; {note}' for note in read.notes)}"
    when = newest(read)
    yield f"title:   {read.title or 'none'}"
    yield f"items:   {len(read.items)}, {f'the newest of {as_utc(when)}' if when else 'no dates'}"
    for drop in read.drops:
        yield f"  dropped, {drop.reason}: {drop.detail}"
    yield f"hits:    {len(found.hits)} of its items would hit"
    for item, hits in found.hits[:_SHOWN]:
        yield f"  {item.title}"
        yield f"    {', '.join(f'{hit.provision} ({hit.score:.0f})' for hit in hits)}"
    if len(found.hits) > _SHOWN:
        yield f"  and {len(found.hits) - _SHOWN} more; --json lists all"
