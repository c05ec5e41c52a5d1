"""The fetch loop: feeds in, results out, polite to each site, as many side by side as allowed.

    offer(feeds) -> SiteGate -> fetch, side by side -> results (a bounded queue) -> intake

It always runs; a scheduler tick only offers what is due. The bounded queue is the brake: when
intake falls behind, finished fetches wait, their sites stay occupied, and nothing new starts.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

import structlog

from monitor.app import Clock
from monitor.feeds.gate import SiteGate
from monitor.feeds.outcomes import Failed, FailureKind, Outcome
from monitor.model import Feed

log = structlog.get_logger()

RESULTS_AT_MOST = 100  #: fetched and not taken in yet, one batch; a body is 10 MB at the most


class FetchLoop:
    """Fetches what it is offered until it is closed. All methods belong to the loop's thread."""

    def __init__(
        self, fetch: Callable[[Feed], Awaitable[Outcome]], gate: SiteGate, clock: Clock
    ) -> None:
        self.results: asyncio.Queue[Outcome | None] = asyncio.Queue(RESULTS_AT_MOST)
        self._fetch, self._gate, self._clock = fetch, gate, clock
        self._stir = asyncio.Event()
        self._closing = False
        self._tasks: set[asyncio.Task[None]] = set()

    def offer(self, feeds: Iterable[Feed]) -> None:
        """Fetch `feeds` as soon as their sites allow."""
        self._gate.offer(feeds)
        self._stir.set()

    def close(self) -> None:
        """Take no more; `run` ends when what was offered is fetched."""
        self._closing = True
        self._stir.set()

    def abandon(self) -> None:
        """Drop what waits and break off what is under way; their leases bring them back."""
        self._gate.clear()
        for task in self._tasks:
            task.cancel()
        self.close()

    async def run(self) -> None:
        """Fetch until closed and empty; then a None in `results` says that no more will come.

        Cancelled, it says nothing: nobody may be there to read, and it must not wait for them.
        """
        try:
            while not (self._closing and self._idle):
                self._stir.clear()
                starts, again_at = self._gate.take(self._clock())
                for feed in starts:
                    self._start(feed)
                if not (self._closing and self._idle):
                    await self._clock.wait(self._stir, until=again_at)
        except asyncio.CancelledError:
            for task in self._tasks:
                task.cancel()
            raise
        await self.results.put(None)

    @property
    def in_hand(self) -> int:
        """How many feeds were offered and are not fetched yet."""
        return len(self._tasks) + self._gate.waiting

    @property
    def _idle(self) -> bool:
        return self.in_hand == 0

    def _start(self, feed: Feed) -> None:
        task = asyncio.create_task(self._one(feed), name=f"fetch {feed.id}")
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._stir.set()

    async def _one(self, feed: Feed) -> None:
        try:
            outcome = await self._safely(feed)
            self._gate.heed(outcome, self._clock())
            await self.results.put(outcome)
        finally:
            self._gate.done(feed, self._clock())

    async def _safely(self, feed: Feed) -> Outcome:
        """One of the three broad nets: a bug that one feed meets must not stop the others."""
        try:
            return await self._fetch(feed)
        except Exception as e:
            log.exception("fetch raised", feed=feed.id, url=feed.url)
            return Failed(feed=feed, kind=FailureKind.INTAKE, reason=f"{type(e).__name__}: {e}")
