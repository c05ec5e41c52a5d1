"""digest, deliveries, mail: what subscribers get."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.common import (
    CONFIG,
    LOOK,
    AsJson,
    ConfigDir,
    complain,
    day,
    fail,
    lookups_said,
    open_,
    print_json,
    say,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from monitor.app import App
    from monitor.jobs.deliveries import Line
    from monitor.jobs.mailtest import Tested
    from monitor.model import Subscription

commands = typer.Typer()
deliveries_ = typer.Typer(invoke_without_command=True)
mail = typer.Typer(no_args_is_help=True)
commands.add_typer(deliveries_, name="deliveries")
commands.add_typer(mail, name="mail")

Who = Annotated[
    str, typer.Option("--subscriber", help="Only this subscriber (desk) or digest (desk/daily).")
]


# -- digest ----------------------------------------------------------------------------------


@commands.command()
def digest(
    config: ConfigDir = CONFIG,
    subscriber: Who = "",
    on: Annotated[
        str,
        typer.Option("--date", help="With --dry-run: the digest of that day, as 2025-11-24."),
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the digest; write and send nothing.")
    ] = False,
    html: Annotated[
        Path | None, typer.Option(help="With --dry-run: write the HTML part to this file.")
    ] = None,
) -> None:
    """Make the digest now, with everything that was not told yet, and send it.

    --dry-run shows what would go out now; with --date, what that day had, from the archive.
    """
    if on and not dry_run:
        fail("--date only rehearses: add --dry-run. What was sent, was sent.")
    if html and not dry_run:
        fail("--html only rehearses: add --dry-run.")
    wanted = day(on) if on else None
    with open_(config, judged="rules") as app, lookups_said():
        chosen = _subscriptions(app, subscriber)
        if dry_run:
            _rehearse(app, chosen, wanted, html)
        else:
            _digest_now(app, chosen)


def _subscriptions(app: "App", name: str) -> "Sequence[Subscription]":
    from monitor.jobs.unsubscribe import chosen

    found = chosen({s.id: s for s in app.config.subscriptions}, name)
    if not found:
        fail("subscribers.yaml names nobody: there is no digest to make.")
    return found


def _rehearse(
    app: "App", chosen: "Sequence[Subscription]", on: "date | None", html: Path | None
) -> None:
    if html and len(chosen) > 1:
        names = ", ".join(s.id for s in chosen)
        fail(f"--html holds one digest and these are {len(chosen)}; add --subscriber {names}")
    complain("A rehearsal: nothing is written, nothing is sent.", *_untouched(app))
    for subscription in chosen:
        _rehearse_one(app, subscription, on, html)


def _rehearse_one(
    app: "App", subscription: "Subscription", on: "date | None", html: Path | None
) -> None:
    from zoneinfo import ZoneInfo

    from monitor.jobs.digest import preview, rehearse

    now = app.clock()
    today = now.astimezone(ZoneInfo(subscription.zone)).date()  # the reader's, not ours
    if on and on > today:
        fail(f"{on} is still to come for {subscription.id}; today is {today}")
    message = (
        rehearse(app, subscription, on, now=now) if on else preview(app, subscription, now=now)
    )
    slot = f"{message.at.astimezone(ZoneInfo(subscription.zone)):%a %Y-%m-%d %H:%M}"  # type: ignore[union-attr]
    complain(f"{subscription.id}, to {subscription.address}, due {slot} {subscription.zone}")
    say(f"Subject: {message.subject}\n", message.text)
    if html:
        _write(html, message.html)


def _untouched(app: "App") -> list[str]:
    """A hint for who rehearses first of all."""
    from monitor import store
    from monitor.store import ledger

    with store.reading(app.engine) as session:
        polled = ledger.newest(session)
    if polled:
        return []
    return ["Nothing was polled yet, so it is empty: run `monitor poll` first."]


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as e:
        fail(f"cannot write {path}: {e.strerror}")
    complain(f"HTML part: {path}")


def _digest_now(app: "App", chosen: "Sequence[Subscription]") -> None:
    from monitor import service
    from monitor.jobs.unsubscribe import silent

    silences = silent(app)
    for subscription in chosen:
        if silence := silences.get(subscription.id):
            complain(f"{subscription.id} is left out: unsubscribed by {silence.by}.")
    wanted = [s for s in chosen if s.id not in silences]
    if not wanted:
        fail(f"Nobody is left; to undo: monitor unsubscribe {chosen[0].id} --undo")
    _refuse_new(app, wanted)
    result = service.digest_alone(app, wanted)
    say(f"{result.queued} digest(s) made, {result.sent} mail(s) sent.")
    if result.left_to:
        say(f"The running service sends what waits within seconds ({result.left_to}).")
    elif result.sent:
        say(*_where(app))
    if result.queued > result.sent and not result.left_to:
        complain("Some were not sent; why: monitor deliveries")
        raise typer.Exit(LOOK)


def _refuse_new(app: "App", wanted: "Sequence[Subscription]") -> None:
    """A running service brings new digests into the database, and only it may meanwhile."""
    from monitor import store
    from monitor.errors import Locked
    from monitor.jobs.unsubscribe import unsynced

    new = unsynced(app, wanted)
    if not new:
        return
    try:
        with store.service_lock(app.engine, holder="monitor digest"):
            return  # nobody runs: making the digests applies the files first
    except Locked as e:
        fail(f"{', '.join(new)}: new in subscribers.yaml, and not taken up yet ({e}). Try again.")


def _where(app: "App") -> list[str]:
    mail_ = app.config.mail
    return [f"They are in {mail_.directory}"] if mail_.via == "files" else []


# -- deliveries ------------------------------------------------------------------------------


@deliveries_.callback()
def deliveries(
    context: typer.Context,
    config: ConfigDir = CONFIG,
    subscriber: Who = "",
    on: Annotated[str, typer.Option("--date", help="What was due that day, as 2025-11-24.")] = "",
    failed: Annotated[bool, typer.Option("--failed", help="Only what was given up.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Did they get it, and if not, why not? Newest first; times are the subscriber's."""
    context.obj = config
    if context.invoked_subcommand:
        return
    from monitor.jobs.deliveries import deliveries as gather

    wanted = day(on) if on else None
    with open_(config, judged="not") as app, lookups_said():
        found = gather(app, who=subscriber, on=wanted, failed=failed, limit=limit, now=app.clock())
    if as_json:
        print_json(found.as_json())
        return
    for silence in found.silent:
        say(_silenced(silence))
    for line in found.lines:
        say(*_block(line))
    if not found.lines:
        say("Nothing failed." if failed else "No digest was made and no message queued so far.")


@deliveries_.command()
def retry(
    context: typer.Context,
    keys: Annotated[list[str], typer.Argument(metavar="KEY...", help="As `deliveries` shows it.")],
    config: ConfigDir = CONFIG,
) -> None:
    """Send again what failed, now that its cause is mended; also: do not wait for the next try."""
    from monitor.jobs.deliveries import retry as put_back

    with open_(config if config != CONFIG else context.obj, judged="not") as app, lookups_said():
        for key in keys:
            waiting = put_back(app, key, now=app.clock())
            say(f"{key}: waits, for {waiting.message.to}")
    say("The running service sends it within seconds; without one, `monitor digest` does.")


def _block(line: "Line") -> Iterator[str]:
    """What a person wants to know first, then what they may look up."""
    from zoneinfo import ZoneInfo

    from monitor.jobs.deliveries import stamp

    zone = ZoneInfo(line.zone)
    name = f"{line.zone}  {line.subscription}" if line.subscription else f"UTC  {line.kind}"
    yield f"{stamp(line.at, zone)} {name}: {_state(line, zone)}"
    if line.why:
        yield f"    {line.why}"
    if line.missed:
        yield f"    stands also for {', '.join(stamp(slot, zone) for slot in line.missed)}"
    if line.made_at:
        late = ", late" if line.late else ""
        yield f"    made {stamp(line.made_at, zone)}{late}; holds {line.hits} hit(s)"
    if line.key:
        yield f"    key {line.key}"
    if line.message_id:
        yield f"    Message-ID {line.message_id}"
    if line.state == "failed":
        yield f"    once the cause is mended: monitor deliveries retry '{line.key}'"


def _state(line: "Line", zone: Any) -> str:
    from monitor.jobs.deliveries import stamp

    tries = f"{line.attempts} {'try' if line.attempts == 1 else 'tries'}"
    match line.state:
        case "sent":
            return f"sent {stamp(line.sent_at, zone) if line.sent_at else ''} to {line.to}"
        case "waiting":
            when = stamp(line.next_try_at, zone) if line.next_try_at else "soon"
            return f"waiting, for {line.to}; {tries} so far, next {when}"
        case "failed":
            return f"FAILED after {tries}, to {line.to}"
        case "direct":
            return f"tried once, not sent, to {line.to}"
    return line.state


def _silenced(silence: Any) -> str:
    from zoneinfo import ZoneInfo

    from monitor.jobs.deliveries import silenced

    return f"{silence.subscription}: {silenced(silence, ZoneInfo('UTC'))}"


# -- mail ------------------------------------------------------------------------------------


@mail.callback()
def mail_() -> None:
    """Try the way out."""


@mail.command("test")
def mail_test(
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="Where to send the test.")],
    config: ConfigDir = CONFIG,
) -> None:
    """Send one test message now, by the way that digests take, and say how it went."""
    from monitor.errors import DeliveryError
    from monitor.jobs import mailtest

    with open_(config, judged="not") as app:
        for what, value in [*mailtest.way_out(app.config), ("to", address)]:
            say(f"{what + ':':10}{value}")
        try:
            tested = mailtest.mail_test(app, address, now=app.clock())
        except DeliveryError as e:
            fail(f"{e}; write one address, such as desk@example.org")
        say(*_outcome(tested))
        if not tested.taken:
            complain(f"What to check: {tested.advice}")
            raise typer.Exit(LOOK)


def _outcome(tested: "Tested") -> Iterator[str]:
    if not tested.taken:
        yield f"refused:  {tested.reason}"
        return
    yield f"written:  {tested.file}" if tested.file else "accepted: the server took the message"
    yield f"          Message-ID {tested.message_id}"
