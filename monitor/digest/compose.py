"""Choose and order what a digest says. Pure.

findings -> one a hit; what is withdrawn or in no wanted language is only counted
         -> the stories of each provision, best first
         -> sections in document order, each story in full once
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from monitor.digest.changes import Memory
from monitor.digest.parts import (
    Coverage,
    Digest,
    Finding,
    Line,
    Past,
    Quiet,
    Section,
    SilentFeed,
)
from monitor.digest.snippet import Run, Span, clipped, marked, snippet
from monitor.model import (
    Band,
    Change,
    DigestRun,
    Document,
    Hit,
    HitState,
    Item,
    Kind,
    Outlet,
    Provision,
    Subscription,
)
from monitor.text import squeeze

__all__ = ["Coverage", "Digest", "Finding", "Past", "SilentFeed", "bare", "compose", "trimmed"]

CHART_DAYS = 3  #: fewer days have no chart
TOP = 8  #: stories that a section shows
LATE = timedelta(minutes=30)  #: made so long after its slot, a digest is marked late
TITLE = 180  #: characters of a headline
NAME = 40  #: of an outlet
WHY = 160  #: of an explanation
_BANDS = {band: n for n, band in enumerate(Band)}
URL = 1500  #: a longer link is none that a mail should carry

Explain = Callable[[Hit, Item], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """What is known besides the findings."""

    memory: Memory
    outlets: Mapping[str, Outlet]
    explain: Explain


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """A hit that is told, and as what."""

    hit: Hit
    item: Item
    story: str
    change: Change
    change_why: str

    @property
    def at(self) -> datetime:
        return self.item.published or self.item.first_seen

    @property
    def rank(self) -> tuple[float, datetime, str]:
        """Smallest is best: the highest score, then the earliest."""
        return -self.hit.score, self.at, self.item.id


def compose(
    run: DigestRun,
    subscription: Subscription,
    document: Document,
    findings: Iterable[Finding],
    *,
    outlets: Mapping[str, Outlet],
    past: Mapping[str, Past],
    coverage: Coverage,
    explain: Explain,
    top: int = TOP,
) -> Digest:
    """The digest of `run`. `past` is by Provision.key, `outlets` by id; `explain` words evidence.

    Findings of provisions that the subscription or the document does not have are left out.
    """
    memory = Memory(run, ZoneInfo(subscription.zone), past)
    desk = _Desk(memory=memory, outlets=outlets, explain=explain)
    provisions = _wanted(document, subscription)
    hits = _by_hit(findings, {provision.key for provision in provisions})
    holding = [events for events in hits if _holds(events[-1])]
    read = [events for events in holding if _is_read(events[-1].item, subscription)]
    found = _by_provision(_told(events) for events in read)
    digest = Digest(
        run=run,
        subscription=subscription,
        document=document,
        day=memory.day(run.slot),
        late=bool(run.missed) or run.made_at - run.slot > LATE,
        sections=tuple(_section(p, found[p.key], desk, top) for p in provisions if p.key in found),
        quiet=tuple(
            Quiet(provision=p, days=memory.quiet_days(p)) for p in provisions if p.key not in found
        ),
        coverage=coverage,
        withdrawn=coverage.withdrawn + len(hits) - len(holding),
        other_languages=len(holding) - len(read),
    )
    return trimmed(digest, top=top)


def trimmed(digest: Digest, *, top: int, sections: int | None = None) -> Digest:
    """The same digest with fewer stories a section, and with its first `sections` only."""
    kept = digest.sections[:sections]
    cut = [replace(s, lines=s.lines[:top], more=s.more + len(s.lines[top:])) for s in kept]
    unshown = digest.unshown + len(digest.sections) - len(kept)
    return replace(digest, sections=_each_once(cut), unshown=unshown)


def bare(digest: Digest) -> Digest:
    """The same digest without snippets and bars."""
    return replace(
        digest,
        sections=tuple(
            replace(s, daily=(), lines=tuple(replace(line, snippet=()) for line in s.lines))
            for s in digest.sections
        ),
    )


def _wanted(document: Document, subscription: Subscription) -> list[Provision]:
    wanted = subscription.provisions
    return [p for p in document.provisions if not wanted or p.id in wanted]


def _by_hit(findings: Iterable[Finding], provisions: set[str]) -> list[list[Finding]]:
    """The findings of each hit, latest last."""
    hits: defaultdict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in sorted(findings, key=lambda f: (f.event.at, f.event.number)):
        if finding.hit.provision in provisions:
            hits[finding.hit.provision, finding.hit.item].append(finding)
    return list(hits.values())


def _holds(latest: Finding) -> bool:
    return latest.hit.state is HitState.HOLDS and latest.event.change is not Change.WITHDRAWN


def _is_read(item: Item, subscription: Subscription) -> bool:
    """An item of unknown language is read: better one too many than one too few."""
    return not subscription.news_in or item.language in ("", *subscription.news_in)


def _told(events: Sequence[Finding]) -> _Told:
    """A hit that is new in this run is no update, whatever happened to it since."""
    latest = events[-1]
    new = any(finding.event.change is Change.FOUND for finding in events)
    return _Told(
        hit=latest.hit,
        item=latest.item,
        story=latest.story or latest.item.id,
        change=Change.FOUND if new else latest.event.change,
        change_why="" if new else clipped(squeeze(latest.event.why), WHY),
    )


def _by_provision(told: Iterable[_Told]) -> dict[str, dict[str, list[_Told]]]:
    """Provision.key -> Story.id -> its hits, best first."""
    found: dict[str, dict[str, list[_Told]]] = {}
    for one in sorted(told, key=lambda one: one.rank):
        found.setdefault(one.hit.provision, {}).setdefault(one.story, []).append(one)
    return found


def _section(
    provision: Provision, stories: Mapping[str, Sequence[_Told]], desk: _Desk, top: int
) -> Section:
    best = sorted(stories.values(), key=_story_rank)
    told = [one for story in best for one in story]
    memory = desk.memory
    return Section(
        provision=provision,
        lines=tuple(_line(story, desk) for story in best[:top]),
        more=len(best[top:]),
        daily=_chart(memory.of(provision).daily),
        first=memory.is_first(provision),
        gap_days=memory.gap_days(provision, until=min(one.at for one in told)),
        times=memory.times(provision, hits=len(told)),
    )


def _story_rank(story: Sequence[_Told]) -> tuple[int, int, tuple[float, datetime, str]]:
    """Smallest is best: the band, then how many outlets tell it, then its best hit.

    Within a band a few points are chance, and what everybody reports is what a reader asks for.
    """
    best = story[0]
    return _BANDS[best.hit.band], -len(_outlets(story)), best.rank


def _chart(daily: tuple[int, ...]) -> tuple[int, ...]:
    """One or two days are no course of events."""
    return daily if len(daily) >= CHART_DAYS else ()


def _line(story: Sequence[_Told], desk: _Desk) -> Line:
    best = story[0]
    item = best.item
    return Line(
        story=best.story,
        band=best.hit.band,
        title=_title(best),
        url=_link(item.url),
        language=item.language,
        outlets=tuple(_name(outlet, desk) for outlet in _outlets(story)),
        languages=tuple(dict.fromkeys(one.item.language for one in story if one.item.language)),
        at=best.at,
        dated=item.published is not None,
        snippet=_snippet(best),
        why=clipped(squeeze(desk.explain(best.hit, item)), WHY),
        change=best.change,
        change_why=best.change_why,
    )


def _title(told: _Told) -> tuple[Run, ...]:
    title = told.item.title
    if len(title) > TITLE:
        title = clipped(title, TITLE)
    return marked(title, _spans(told, "title"))


def _snippet(told: _Told) -> tuple[Run, ...]:
    """Nothing where the text says no more than the headline."""
    text, title = told.item.text, told.item.title
    if spans := _spans(told, "text"):
        return snippet(text, spans)
    return snippet(text.removeprefix(title).lstrip(" .:–—-|"), ())


def _spans(told: _Told, field: str) -> list[Span]:
    """None where the item has another revision than the one that the spans count in."""
    if told.hit.item_rev != told.item.rev:
        return []
    return [Span(e.start, e.end, e.leaf) for e in told.hit.evidence if e.field == field]


def _outlets(story: Sequence[_Told]) -> list[str]:
    """Outlet ids, the best item's first; the host of the link stands in for no outlet."""
    ids = dict.fromkeys(one.item.outlet or _host(one.item.url) for one in story)
    return [outlet for outlet in ids if outlet]


def _name(outlet: str, desk: _Desk) -> str:
    known = desk.outlets.get(outlet)
    return clipped(squeeze(known.name if known else outlet), NAME)


def _host(url: str) -> str:
    return _split(url)[1].removeprefix("www.")


def _link(url: str) -> str:
    """`url` if a mail may carry it: http or https, and of bearable length."""
    scheme, host = _split(url)
    return url if scheme in ("http", "https") and host and len(url) <= URL else ""


def _split(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(squeeze(url))
        return parts.scheme, parts.hostname or ""
    except ValueError:  # "http://[": no URL at all
        return "", ""


def _each_once(sections: Sequence[Section]) -> tuple[Section, ...]:
    """Each story in full in the first section that shows it, elsewhere as a cross reference.

    The document as such comes last here: its rules are wide, and a reader looks for a story under
    the clause that it is about.
    """
    home: dict[str, Provision] = {}
    for section in sorted(sections, key=lambda s: s.provision.kind is Kind.WHOLE):
        for line in section.lines:
            home.setdefault(line.story, section.provision)
    return tuple(_crossed(section, home) for section in sections)


def _crossed(section: Section, home: Mapping[str, Provision]) -> Section:
    def crossed(line: Line) -> Line:
        there = home[line.story]
        return replace(line, full_in=None if there == section.provision else there)

    return replace(section, lines=tuple(map(crossed, section.lines)))
