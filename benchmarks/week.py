"""A simulated week of 1,000 feeds with habits: what each is asked, and whether any rule is broken.

    python -m benchmarks.week [--json] [--full] [--tiny]

The monitor's own schedule and gate, servers that exist only as functions, and a clock that jumps
from one event to the next. No network, no database; nothing here depends on the machine.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import pairwise
from random import Random

from benchmarks._common import Figure, Size, command, figure
from monitor.feeds import schedule
from monitor.feeds.gate import SiteGate
from monitor.feeds.habits import Pace
from monitor.feeds.outcomes import Failed, FailureKind, Fetched, Gone, NotModified, Outcome
from monitor.feeds.urls import site
from monitor.feeds.validators import conditions
from monitor.model import Feed, FeedSpec

START = datetime(2026, 1, 5, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SPREAD = 1.10  #: by which an interval is lengthened at the most
PACE = Pace()
SLOW = {"limited.example.org": MINUTE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Feeds of one habit."""

    name: str
    share: float  #: of all feeds
    gap: timedelta  #: between its news, on average
    heeds: frozenset[str] = frozenset({"both", "tag", "date"})  #: the validators that bring a 304
    tells: bool = True  #: validators at all
    fresh_for: timedelta | None = None
    moves: bool = False
    fails: float = 0.0  #: of its answers
    stuck: bool = False  #: 304 to everything that can be one
    together: bool = False  #: all on one site, which allows one request a minute
    asked_at_most: float = 0.0  #: a day and feed; 0 = whatever its news are worth


KINDS = (
    Kind(name="hourly news", share=0.25, gap=HOUR),
    Kind(name="an agency", share=0.05, gap=4 * MINUTE, asked_at_most=100),
    Kind(name="weekly blogs", share=0.25, gap=7 * DAY, asked_at_most=9),
    Kind(name="silent for years", share=0.15, gap=9999 * DAY, asked_at_most=8),
    Kind(name="moving", share=0.03, gap=DAY, moves=True),
    Kind(name="rate-limited, one site", share=0.04, gap=6 * HOUR, together=True),
    Kind(name="failing every other time", share=0.05, gap=3 * HOUR, fails=0.5),
    Kind(name="down", share=0.03, gap=DAY, fails=1.0, asked_at_most=9),
    Kind(name="heeding only the date", share=0.03, gap=DAY, heeds=frozenset({"date"})),
    Kind(name="heeding no validator", share=0.03, gap=DAY, heeds=frozenset()),
    Kind(name="304 for ever", share=0.03, gap=DAY, stuck=True),
    Kind(name="without validators", share=0.03, gap=HOUR / 3, tells=False, asked_at_most=25),
    Kind(name="fresh for three hours", share=0.03, gap=HOUR, fresh_for=3 * HOUR, asked_at_most=8),
)


@dataclass(slots=True)
class Server:
    """One feed's server, and what it noticed."""

    kind: Kind
    news: list[datetime]
    asked: list[datetime] = field(default_factory=list)
    whole: int = 0  #: requests without a validator, after the first
    bodies: int = 0
    told: int = 0  #: news that were handed out
    waits: list[float] = field(default_factory=list)  #: of its news, in intervals

    def answer(self, feed: Feed, now: datetime, luck: float) -> tuple[Outcome, bool]:
        """(what comes back, is there something new in it)."""
        etag, date = conditions(feed)
        self.whole += bool(self.asked) and not (etag or date)
        self.asked.append(now)
        if luck < self.kind.fails:
            return Failed(feed=feed, kind=FailureKind.TIMEOUT, reason="no answer"), False
        moved = "https://" + feed.id + ".example.com/there" if self.kind.moves else ""
        fresh = self.kind.fresh_for
        version = sum(at <= now for at in self.news)
        sent = {(1, 1): "both", (1, 0): "tag", (0, 1): "date"}.get((bool(etag), bool(date)), "")
        known = feed.etag == f'"{version}"' and sent in self.kind.heeds
        if sent and (known or self.kind.stuck):
            return NotModified(feed=feed, fresh_for=fresh, permanent_url=moved), False
        self.bodies += 1
        new, self.told = version > self.told, version
        tells = self.kind.tells
        return Fetched(
            feed=feed,
            url=feed.url,
            body=b"",
            body_hash=str(version),
            etag=f'"{version}"' if tells else None,
            last_modified="Mon" if tells else None,
            fresh_for=fresh,
            permanent_url=moved,
        ), new


@dataclass(slots=True)
class Week:
    """The feeds, their servers, and the rules that were broken."""

    feeds: dict[str, Feed] = field(default_factory=dict)
    servers: dict[str, Server] = field(default_factory=dict)
    starts: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    too_fresh: int = 0  #: polls before the time that the server had named


def measure(size: Size) -> Iterator[Figure]:
    """All figures; about a minute."""
    count, days = size.pick(60, 1_000, 1_000), size.pick(1, 7, 28)
    week = live(populate(count, days), days=days)
    for kind in KINDS:
        servers = [s for s in week.servers.values() if s.kind is kind]
        yield from _figures(kind, servers, days)
    yield figure("polls before the freshness that a server named", week.too_fresh, "", at_most=0)
    yield figure("starts on a site closer than it allows", _hurried(week), "", at_most=0)


def _figures(kind: Kind, servers: list[Server], days: int) -> Iterator[Figure]:
    per_day = [len(s.asked) / days for s in servers]
    limit = kind.asked_at_most or None
    mean = sum(per_day) / len(per_day)
    yield figure(f"{kind.name}: requests a feed and day", mean, "", at_most=limit)
    bodies = sum(s.bodies for s in servers) / len(servers) / days
    yield figure(f"{kind.name}: bodies a feed and day", bodies, "")
    if kind.tells and not kind.fails:
        asked = max(s.whole for s in servers) * 7 / max(days, 7)
        yield figure(f"{kind.name}: without validators, most a week", asked, "", at_most=1)
    if waits := [w for s in servers for w in s.waits]:
        yield figure(f"{kind.name}: longest wait of news", max(waits), "intervals", at_most=SPREAD)


def populate(count: int, days: int) -> Week:
    """`count` feeds, news of every one of them ahead, by a seed."""
    week = Week()
    for kind in KINDS:
        for number in range(max(round(count * kind.share), 2)):
            id_ = f"{kind.name.replace(' ', '-').replace(',', '')}-{number}"
            host = f"f{number}.{next(iter(SLOW))}" if kind.together else f"{id_}.example"
            spec = FeedSpec(id=id_, url=f"https://{host}/rss")
            first = schedule.first_poll_at(id_, START)
            week.feeds[id_] = Feed(spec=spec, next_poll_at=first)
            week.servers[id_] = Server(kind, _news(kind, Random(id_), START + days * DAY))
    return week


def _news(kind: Kind, random: Random, until: datetime) -> list[datetime]:
    """At random moments, as many as its habit makes likely; one is there from the start."""
    news, at = [START], START
    while (at := at + kind.gap * random.expovariate(1)) < until:
        news.append(at)
    return news


def live(week: Week, *, days: int) -> Week:
    """Let time pass, from one event to the next."""
    gate = SiteGate(slow=SLOW)
    due = [(feed.next_poll_at, id_) for id_, feed in week.feeds.items()]
    due.sort()
    now, luck = START, Random("luck").random
    while now < START + days * DAY:
        while due and due[0][0] <= now:
            gate.offer([week.feeds[heappop(due)[1]]])
        started, again = gate.take(now)
        for feed in started:
            after = _poll(week, gate, feed, now=now, luck=luck)
            week.feeds[feed.id] = after
            heappush(due, (after.next_poll_at, feed.id))
            gate.done(feed, now)
        if not started or gate.take(now) == ((), again):
            now = min([at for at in (again, due[0][0] if due else None) if at and at > now])
    return week


def _poll(
    week: Week, gate: SiteGate, feed: Feed, *, now: datetime, luck: Callable[[], float]
) -> Feed:
    server = week.servers[feed.id]
    asked_before = server.asked[-1] if server.asked else None
    week.starts[site(feed.url)].append(now)
    if server.kind.fresh_for and asked_before:
        week.too_fresh += now - asked_before < server.kind.fresh_for
    told = server.told
    outcome, new = server.answer(feed, now, luck())
    gate.heed(outcome, now)
    if new and asked_before and not (server.kind.stuck or server.kind.fails):
        floor = server.kind.fresh_for or (timedelta(0) if server.kind.tells else HOUR)
        queued = now - feed.next_poll_at  # for the turn of its site
        for at in server.news[told : server.told]:
            server.waits.append((now - at - queued) / max(floor, PACE.of(feed)))
    return _after(feed, outcome, new=new, now=now, luck=luck())


def _after(feed: Feed, outcome: Outcome, *, new: bool, now: datetime, luck: float) -> Feed:
    match outcome:
        case Fetched():
            after = schedule.after_success(feed, outcome, new=new, now=now, pace=PACE, luck=luck)
        case NotModified():
            after = schedule.after_not_modified(feed, outcome, now=now, pace=PACE, luck=luck)
        case Gone():
            after = schedule.after_gone(feed, now=now, luck=luck)
        case Failed():
            after = schedule.after_failure(feed, outcome, now=now, pace=PACE, luck=luck)
    return after


def _hurried(week: Week) -> int:
    """How often two requests to one site were closer than that site allows."""
    slow = {site(f"https://{name}"): gap for name, gap in SLOW.items()}
    found: Counter[str] = Counter()
    for where, starts in week.starts.items():
        least = slow.get(where, timedelta(seconds=1))
        found[where] = sum(b - a < least for a, b in pairwise(starts))
    return found.total()


if __name__ == "__main__":
    command(__doc__, measure)
