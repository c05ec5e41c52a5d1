"""What the terminal shows: facts of jobs as tables. No decisions here."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from monitor.jobs.evaluation import Evaluation, Mistake
from monitor.jobs.feedlist import Listed as ListedFeed
from monitor.jobs.hits import Listed
from monitor.jobs.rulework import RuleWork
from monitor.jobs.status import Status, complaints
from monitor.matching import brief
from monitor.matching.health import ExcludeHealth, LineHealth, ProvisionHealth
from monitor.matching.measure import Figures, Interval, Row
from monitor.matching.measure import Table as Measured

_STYLES = {"failing": "yellow", "gone": "red", "paused": "dim", "not asked yet": "dim"}


_RULE_SHOWN = 90  #: characters
WIDE = 500  #: columns, where no terminal has an end: a line of a table is one line


def show(console: Console, screen: RenderableType) -> None:
    """Print `screen` as wide as the terminal is, or in whole lines for another program."""
    if not console.is_terminal:
        console.width = WIDE
    console.print(screen)


def status_screen(status: Status) -> RenderableType:
    """What needs a look, then feeds, digests, deliveries."""
    looks = (Text(f"! {line}", style="yellow") for line in complaints(status))
    return Group(
        *looks,
        *_notes(status),
        _summary(status),
        *_troubles(status),
        _digests(status),
        *_mails(status),
    )


def feeds_screen(feeds: Sequence[ListedFeed]) -> RenderableType:
    """One line a feed."""
    names = ("id", "outlet", "state", "since", "last new", "next poll", "error")
    table = Table(*names, box=None, pad_edge=False)
    for feed in feeds:
        state = feed.state
        table.add_row(
            state.feed,
            escape(feed.outlet) or "(many)",
            Text(state.state, style=_STYLES.get(state.state, "")),
            _moment(state.since) if state.since else "",
            _moment(state.last_new_at),
            "" if state.state == "paused" else _moment(state.next_poll_at),
            escape(state.error),
        )
    return table


def hits_screen(hits: Sequence[Listed]) -> RenderableType:
    """One block a hit: when, where, what, why."""
    if not hits:
        return Text("No hits.")
    return Group(*(_hit(hit) for hit in hits))


def evaluation_screen(found: Evaluation, limit: int) -> RenderableType:
    """A table of figures, one for each group, and what went wrong."""
    tables = {"all": found.all, **found.groups}
    return Group(
        *(part for name, one in tables.items() for part in _measured(name, one)),
        Text(_likely("micro F1", found.micro_f1)),
        *([Text(_likely("macro F1", found.macro_f1))] if found.all.macro else []),
        *_unlabelled(found),
        *_mistakes("misses", found.misses, limit),
        *_mistakes("false alarms", found.alarms, limit),
    )


def _measured(name: str, one: Measured) -> list[RenderableType]:
    table = Table(box=None, pad_edge=False)
    table.add_column("provision")
    for column in ("must", "hits", "P", "R", "F1", "AP", "false/1k"):
        table.add_column(column, justify="right")
    for provision, row in one.rows.items():
        table.add_row(provision, *_row(row))
    table.add_row("micro", *_row(one.micro), style="bold")
    if one.macro:
        table.add_row("macro", "", "", *_figures(one.macro), "", style="bold")
    return [Text(f"{name}: {one.items:,} items", style="bold"), table, Text("")]


def _row(row: Row) -> tuple[str, ...]:
    figures = _figures(row.figures)
    return str(row.must), str(row.hits), *figures, f"{row.false_per_1000:.1f}"


def _figures(figures: Figures) -> tuple[str, ...]:
    ranked = figures.average_precision
    shares = (figures.precision, figures.recall, figures.f1)
    return *(f"{share:.3f}" for share in shares), "" if ranked is None else f"{ranked:.3f}"


def _likely(name: str, interval: Interval) -> str:
    return f"{name} lies between {interval.low:.3f} and {interval.high:.3f} (95 of 100 draws)"


def _unlabelled(found: Evaluation) -> list[RenderableType]:
    names = ", ".join(found.unlabelled)
    return [Text(f"No label speaks of {names}: left out.", style="yellow")] if names else []


def _mistakes(name: str, mistakes: Sequence[Mistake], limit: int) -> list[RenderableType]:
    if not mistakes:
        return []
    shown = mistakes[:limit]
    more = f", {len(shown)} shown; --limit {2 * limit} shows more" * (len(mistakes) > len(shown))
    head = Text(f"\n{len(mistakes)} {name}{more}", style="bold")
    return [head, *(_mistake(one) for one in shown)]


def _mistake(one: Mistake) -> RenderableType:
    facts = f"{one.provision} · {one.language or '?'} · {one.id}"
    return Group(Text(one.title), Text(f"  {facts}", style="dim"), Text(f"  {one.why}\n"))


def rules_screen(work: RuleWork) -> RenderableType:
    """One block a provision: its keywords and excludes with what they did, advice below each."""
    asking = sum(one.needs_a_look for one in work.provisions)
    end = f"{asking} thing(s) to look at." if asking else "Nothing asks for a change."
    return Group(*(_provision(one) for one in work.provisions), Text(end, style="bold"))


def _provision(one: ProvisionHealth) -> RenderableType:
    last = "never hit" if one.days_since_last is None else f"last hit {_ago(one.days_since_last)}"
    facts = [f"{one.hits} hits in {one.days} days", last]
    facts += [f"{one.irrelevant} marked irrelevant"] if one.irrelevant else []
    facts += [f"{one.former} by keywords of before"] if one.former else []
    head = Text.assemble((one.title, "bold"), f"  {', '.join(facts)}")
    lines = (*map(_keyword, one.keywords), *map(_exclude, one.excludes))
    return Group(head, *_advised(one.advice), *lines, Text(""))


def _keyword(line: LineHealth) -> RenderableType:
    alone = f" ({line.alone} alone)" if line.hits else ""
    row = _line("keyword", line, f"{line.hits} hit{'s' * (line.hits != 1)}{alone}")
    return Group(row, *_advised(line.advice or _young(line)))


def _exclude(line: ExcludeHealth) -> RenderableType:
    return Group(_line("exclude", line, f"{line.held_back} held back"), *_advised(line.advice))


def _line(name: str, line: LineHealth | ExcludeHealth, work: str) -> Text:
    return Text(f"  {name} {line.number:<3} {work:22} {brief(line.rule, _RULE_SHOWN)}")


def _young(line: LineHealth) -> str:
    return "" if line.hits else f"tried for {line.days} days so far: too early to say"


def _advised(advice: str) -> list[RenderableType]:
    return [Text(f"    {advice}", style="yellow")] if advice else []


def _ago(days: int) -> str:
    return {0: "today", 1: "yesterday"}.get(days, f"{days} days ago")


def _summary(status: Status) -> Text:
    words = Counter(feed.state for feed in status.feeds)
    feeds = ", ".join(f"{n} {word}" for word, n in words.most_common()) or "none"
    line = f"{len(status.feeds)} feeds: {feeds}. Last 24 h: {status.new_items} new items"
    return Text(f"{line} from {status.answered} feeds.")


def _notes(status: Status) -> list[Text]:
    """What changed, and what waits for a restart."""
    changed = status.facts.get("files-applied")
    notes = [Text(f"Files applied {_moment(changed[0])}: {changed[1]}")] if changed else []
    waits = status.facts.get("restart-needed")
    if waits and waits[1]:
        notes.append(Text(f"In force after a restart: {waits[1]}", style="yellow"))
    return notes


def _troubles(status: Status) -> list[RenderableType]:
    troubled = [feed for feed in status.feeds if feed.state in {"failing", "gone"}]
    if not troubled:
        return []
    table = Table("feed", "state", "since", "reason", "asked again", box=None, pad_edge=False)
    for feed in troubled:
        table.add_row(
            feed.feed,
            Text(feed.state, style=_STYLES.get(feed.state, "")),
            _moment(feed.since),
            escape(feed.error),
            _moment(feed.next_poll_at),
        )
    return [table]


def _digests(status: Status) -> RenderableType:
    table = Table("digest", "last", "next", box=None, pad_edge=False)
    for digest in status.digests:
        table.add_row(digest.subscription, _moment(digest.last_slot), _moment(digest.next_slot))
    return table


def _mails(status: Status) -> list[RenderableType]:
    counts = ", ".join(f"{n} {state}" for state, n in sorted(status.outbox.items())) or "none yet"
    lines = [Text(f"Mails: {counts}.")]
    return [*lines, *(Text(f"  {problem}", style="yellow") for problem in status.problems)]


def _hit(hit: Listed) -> RenderableType:
    head = Text.assemble(
        (_moment(hit.found_at), "dim"),
        "  ",
        (hit.provision.title, "bold"),
        f"  {hit.outlet}  ",
        (f"score {hit.hit.score:.0f}, {hit.hit.band}", "dim"),
    )
    body = Text(f"  {hit.item.title}\n  {hit.item.url}")
    return Group(head, body, Text(f"  {hit.why}\n", style="dim"))


def _moment(at: datetime | None) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M}" if at else "never"
