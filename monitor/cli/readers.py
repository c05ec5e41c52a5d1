"""unsubscribe, feedback, learned: what readers say, and what their verdicts add to the scores."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.common import (
    CONFIG,
    AsJson,
    ConfigDir,
    fail,
    lookups_said,
    open_,
    print_json,
    say,
    user,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.jobs.feedback import Judged
    from monitor.jobs.learning import Shown
    from monitor.jobs.unsubscribe import Changed

commands = typer.Typer()

By = Annotated[str, typer.Option("--by", help="Who says so; you, by default.")]


# -- unsubscribe -----------------------------------------------------------------------------


@commands.command()
def unsubscribe(
    name: Annotated[
        str, typer.Argument(metavar="ID", help="A digest (desk/daily) or a subscriber (desk).")
    ],
    undo: Annotated[bool, typer.Option("--undo", help="Send its digests again.")] = False,
    by: By = "",
    config: ConfigDir = CONFIG,
) -> None:
    """Stop somebody's digests at once; subscribers.yaml is not touched."""
    from monitor.jobs import unsubscribe as job

    do = job.resubscribe if undo else job.unsubscribe
    with open_(config, judged="not") as app, lookups_said():
        for one in do(app, name, by=by or user(), now=app.clock()):
            say(*(_begun(one) if undo else _stopped(one)))


def _stopped(one: "Changed") -> Iterator[str]:
    if not one.changed:
        yield f"{one.subscription}: was unsubscribed already."
        return
    kept = f" {one.mails} digest(s) that had not left are cancelled." if one.mails else ""
    yield f"{one.subscription}: unsubscribed.{kept}"
    if one.listed:
        yield (
            "    subscribers.yaml still lists it. That is fine: it stays unsubscribed until"
            f" `monitor unsubscribe {one.subscription} --undo`."
        )


def _begun(one: "Changed") -> Iterator[str]:
    if not one.changed:
        yield f"{one.subscription}: is not unsubscribed."
        return
    back = f" {one.mails} digest(s) that were cancelled go out after all." if one.mails else ""
    yield f"{one.subscription}: gets its digests again, from the next one on.{back}"
    if not one.listed:
        yield "    subscribers.yaml does not list it, though: write it there."


# -- feedback --------------------------------------------------------------------------------


@commands.command()
def feedback(
    what: Annotated[
        str, typer.Argument(metavar="URL", help="The link of the item, or its id; or: list")
    ],
    verdict: Annotated[
        list[str] | None,
        typer.Argument(metavar="VERDICT", help="relevant, not, or: belongs-to PROVISION"),
    ] = None,
    provision: Annotated[
        str, typer.Option(help="The provision it stands under; of a list, only this one.")
    ] = "",
    belongs_to: Annotated[
        str, typer.Option("--belongs-to", help="The same as the verdict belongs-to.")
    ] = "",
    by: By = "",
    limit: Annotated[int, typer.Option(min=1, help="Of a list, at most so many.")] = 100,
    as_json: AsJson = False,
    config: ConfigDir = CONFIG,
) -> None:
    """Say whether an item belongs under a provision: monitor feedback URL --provision ID not."""
    words = [*(verdict or []), *(["belongs-to", belongs_to] if belongs_to else [])]
    if what == "list":
        _list(config, words, provision, limit, as_json=as_json)
        return
    if not words or len(words) > 2:
        fail("write one verdict: relevant, not, or belongs-to PROVISION")
    from monitor.jobs.feedback import judge

    with open_(config, judged="rules") as app, lookups_said():
        target = "".join(words[1:])
        judged = judge(
            app,
            what,
            words[0],
            provision=provision,
            target=target,
            by=by or user(),
            now=app.clock(),
        )
    if as_json:
        print_json(judged.as_json())
        return
    say(f"Noted: {_words(judged)}")
    if not judged.was_hit:
        say("    It is no hit of this provision; a rule that should have found it did not.")


def _list(
    config: Path, words: "Sequence[str]", provision: str, limit: int, *, as_json: bool
) -> None:
    from monitor.jobs.feedback import listed

    if words:
        fail("`feedback list` takes --provision, --limit and --json, and no verdict")
    with open_(config, judged="not") as app, lookups_said():
        found = listed(app, provision=provision, limit=limit)
    if as_json:
        print_json([judged.as_json() for judged in found])
        return
    for judged in found:
        say(f"{judged.verdict.at.astimezone():%Y-%m-%d %H:%M}  {_words(judged)}")
    if not found:
        say("No feedback yet. To give some: monitor feedback URL --provision ID not")


def _words(judged: "Judged") -> str:
    said = judged.verdict
    verdict = {"relevant": "relevant", "not": "not relevant"}.get(said.verdict)
    what = judged.url or said.item
    head = f"{said.provision}: {verdict or f'belongs to {said.target}'} (by {said.by})"
    return f"{head}\n    {judged.title}\n    {what}"


# -- learned ---------------------------------------------------------------------------------


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
    by: By = "",
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
                words = job.forget(app, forget, provision=provision, by=by or user(), now=now)
                say(f"Forgotten from the next UTC day on: {', '.join(words)}")
                return
            if restore:
                words = job.restore(app, restore, provision=provision, by=by or user(), now=now)
                say(f"Learned again from the next UTC day on: {', '.join(words)}")
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
            say(line)
    if not found:
        say("Nothing learned yet: verdicts of `monitor feedback` count from the next UTC day on.")


def _learned_lines(one: "Shown") -> Iterator[str]:
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
