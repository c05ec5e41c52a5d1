"""Who may start now, so that no site is hurried. Pure: every moment comes from outside."""

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush

from monitor.feeds.outcomes import Failed, Outcome
from monitor.feeds.schedule import TOO_MANY
from monitor.feeds.urls import site
from monitor.model import Feed

AT_ONCE = datetime.min.replace(tzinfo=UTC)
SET_BACK = timedelta(minutes=1)  #: a clock that goes back by more was wrong before
SICK_WITHIN = timedelta(minutes=5)  #: in which two feeds of a site say that it is overloaded
OVERLOADED = 503


class SiteGate:
    """Decides which waiting feeds may start, so that no site is hurried.

        offer -> waits, by site -> take -> in flight -> done

    A state machine without a clock: every moment comes from outside. It remembers one time a site.
    """

    def __init__(
        self,
        *,
        at_once: int = 64,
        per_site: int = 1,
        spacing: timedelta = timedelta(seconds=1),
        slow: Mapping[str, timedelta] | None = None,
    ) -> None:
        """Slow: the sites, by a name of theirs, that ask for more than `spacing` between starts."""
        self._at_once = at_once
        self._per_site = per_site
        self._spacing = spacing
        self._slow = {site(f"https://{name}"): gap for name, gap in (slow or {}).items()}
        self._waiting: dict[str, deque[Feed]] = {}
        self._sites: dict[str, str] = {}  #: of every feed that waits or is in flight, by id
        self._taken: set[str] = set()  #: ids in flight
        self._running: Counter[str] = Counter()  #: how many of them, by site
        self._free_at: dict[str, datetime] = {}  #: no start on that site before
        self._queue: list[tuple[datetime, int, str]] = []  #: sites with someone who may start
        self._queued: set[str] = set()
        self._sick: dict[str, dict[str, datetime]] = {}  #: by site, feed and time of its last 503
        self._count = 0
        self._latest = AT_ONCE + SET_BACK  #: `now` of the last `take`

    @property
    def in_flight(self) -> int:
        """How many were taken and are not done."""
        return len(self._taken)

    @property
    def waiting(self) -> int:
        """How many were offered and are not taken yet."""
        return len(self._sites) - self.in_flight

    def clear(self) -> None:
        """Forget those that wait; those in flight are still to be `done`."""
        for line in self._waiting.values():
            for feed in line:
                del self._sites[feed.id]
        self._waiting.clear()
        self._queue.clear()
        self._queued.clear()

    def offer(self, feeds: Iterable[Feed]) -> None:
        """Let them wait; one that waits or is in flight already is not taken twice."""
        for feed in feeds:
            if feed.id not in self._sites:
                where = self._sites[feed.id] = site(feed.url) or feed.id
                self._waiting.setdefault(where, deque()).append(feed)
                self._enqueue(where, AT_ONCE)

    def take(self, now: datetime) -> tuple[tuple[Feed, ...], datetime | None]:
        """(those that start now, when to ask again); None = only after the next offer or done."""
        if now < self._latest - SET_BACK:
            self._set_back(self._latest - now)
        self._latest = now
        started = []
        while self._queue and self.in_flight < self._at_once and self._queue[0][0] <= now:
            where = self._dequeue()
            if self._free_at.get(where, now) <= now:  # else it was paused while it stood in line
                started.append(self._start(where, now))
            self._enqueue(where, now)
        if not self._queue or self.in_flight >= self._at_once:
            return tuple(started), None
        return tuple(started), self._queue[0][0]

    def done(self, feed: Feed, now: datetime) -> None:
        """Its answer is here, whatever it is."""
        if feed.id not in self._taken:
            return
        self._taken.discard(feed.id)
        where = self._sites.pop(feed.id)
        self._running[where] -= 1
        if not self._running[where]:
            del self._running[where]
        self._enqueue(where, now)

    def pause(self, where: str, until: datetime) -> None:
        """No start on this site before `until`; those in flight go on."""
        self._free_at[where] = max(until, self._free_at.get(where, until))

    def heed(self, outcome: Outcome, now: datetime) -> None:
        """Pause the site if this answer, or it and another feed's, means all of its feeds.

        A 429 does. A 503 may be the trouble of one page, and does only if another feed of the site
        said the same within five minutes, and the site says how long to wait.
        """
        if not isinstance(outcome, Failed):
            return
        where = site(outcome.feed.url)
        if outcome.site_wide:
            self.pause(where, now + (outcome.retry_after or TOO_MANY))
        elif outcome.status == OVERLOADED:
            several = self._are_several(where, outcome.feed, now)
            if several and outcome.retry_after:
                self.pause(where, now + outcome.retry_after)

    def _are_several(self, where: str, feed: Feed, now: datetime) -> bool:
        """With `feed`, do two or more feeds of this site say that it is overloaded?"""
        before = self._sick.get(where, {})
        recent = {id_: at for id_, at in before.items() if now - at <= SICK_WITHIN}
        self._sick[where] = {**recent, feed.id: now}
        return len(self._sick[where]) > 1

    def _set_back(self, by: timedelta) -> None:
        """Whoever had a second to wait has a second to wait, and not until the clock is back."""
        self._free_at = {where: at - by for where, at in self._free_at.items()}
        self._queue = [(max(at, AT_ONCE + by) - by, n, where) for at, n, where in self._queue]

    def _start(self, where: str, now: datetime) -> Feed:
        feed = self._waiting[where].popleft()
        if not self._waiting[where]:
            del self._waiting[where]
        self._taken.add(feed.id)
        self._running[where] += 1
        self._free_at[where] = now + max(self._spacing, self._slow.get(where, self._spacing))
        return feed

    def _enqueue(self, where: str, now: datetime) -> None:
        """Put a site in line once, if someone waits and may start there at some known time."""
        full = self._running.get(where, 0) >= self._per_site
        if where in self._queued or where not in self._waiting or full:
            return
        self._count += 1  # first come, first served among equals
        heappush(self._queue, (max(now, self._free_at.get(where, now)), self._count, where))
        self._queued.add(where)

    def _dequeue(self) -> str:
        _, _, where = heappop(self._queue)
        self._queued.discard(where)
        return where
