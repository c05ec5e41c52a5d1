"""The service: one process that polls, makes digests and delivers them until it is told to stop.

The fetch loop runs all the time; APScheduler only calls jobs on time, and its memory is not the
truth: what should have happened while nobody was awake is found in the database.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from apscheduler.schedulers.background import BackgroundScheduler

from monitor import store
from monitor.app import App, limits_for, user_agent
from monitor.errors import Locked
from monitor.feeds.fetch import fetch, open_client
from monitor.feeds.gate import SET_BACK, SiteGate
from monitor.feeds.outcomes import Outcome
from monitor.jobs import backfill
from monitor.jobs.deliver import deliver
from monitor.jobs.digest import make, queue_made, sweep
from monitor.jobs.fetching import FetchLoop
from monitor.jobs.heartbeat import beat
from monitor.jobs.housekeeping import tidy_when_due
from monitor.jobs.indexing import build
from monitor.jobs.poll import lease_due, take_in_all
from monitor.jobs.pulse import pulse
from monitor.jobs.reload import Watch, fresh
from monitor.jobs.secret import secret
from monitor.jobs.sync import sync
from monitor.model import Feed, PollRecord, Subscription
from monitor.store import facts, feeds, ledger, outbox

log = structlog.get_logger()

TICK_S = 1
SWEEP_S = 20
DELIVER_S = 10
PULSE_S = 30
LOOK_S = 2  #: at the files; a change is read at the second look that finds it
TIDY_S = 600
INDEX_S = 600  #: what is new is indexed at once; this is for what was there before an upgrade
PAST_S = 60  #: what a start or a reload did not get to its end
CLOCK_S = 5  #: looks at whether it was set back
_BEATS = ("service-started", "last-sweep")  #: facts that say when we were last there
IN_HAND_AT_MOST = 1_000  #: feeds offered and not fetched; more stay where they are, not leased


def holder(command: str) -> str:
    """Who we are, for the service lock."""
    return f"monitor {command}, pid {os.getpid()}"


def start(app: App) -> None:
    """What a process does once, under the service lock, before it polls."""
    now = app.clock()
    secret(app.config.data)
    sync(app, now=now)
    with store.writing(app.engine) as session:
        known = facts.noted(session)
        latest = max(at for at, _ in [(now, ""), *(known[n] for n in _BEATS if n in known)])
        feeds.free_leases(session)
        fresh(session, now=now)
        facts.note(session, "service-started", now=now, value=holder("run"))
    backfill.begin(app, now=now)
    if latest > now + SET_BACK:
        wait_no_longer(app, now=now)


def run(app: App, watch: Watch | None = None) -> None:
    """Serve until SIGTERM or SIGINT.

    watch: the files that are applied when they change.

    Raises:
        Locked: another service works on this database.
    """
    with store.service_lock(app.engine, holder=holder("run")):
        start(app)
        asyncio.run(_until_signal(app, watch))
        with store.writing(app.engine) as session:
            facts.note(session, "service-stopped", now=app.clock())
    log.info("service stopped")


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """What one round of polling came to."""

    asked: int
    answered: int
    new: int
    hits: int
    failed: tuple[tuple[str, str], ...]  #: (feed, reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What making digests by hand came to."""

    queued: int
    sent: int
    left_to: str = ""  #: the running service, which sends the rest


def poll_alone(app: App, *, every: bool) -> Polled:
    """Poll what is due (every: all feeds) once, under the service lock.

    Raises:
        Locked: a service works on this database; it polls by itself.
    """
    with store.service_lock(app.engine, holder=holder("poll")):
        start(app)
        with store.writing(app.engine) as session:
            before = ledger.newest(session)
            make_due = feeds.make_due if every else feeds.make_new_due
            make_due(session, now=app.clock())
        asyncio.run(poll_once(app))
        tidy_when_due(app, now=app.clock())
        build(app)
        backfill.work(app, now=app.clock())
        with store.reading(app.engine) as session:
            return _polled(ledger.polls(session, after=before))


def digest_alone(app: App, chosen: Sequence[Subscription]) -> Told:
    """Make the digests of `chosen` now; send them too, unless a service runs that will."""
    now = app.clock()
    try:
        with store.service_lock(app.engine, holder=holder("digest")):
            sync(app, now=now)
            return Told(queued=make_now(app, chosen, now=now), sent=deliver(app, now=now))
    except Locked as e:
        return Told(queued=make_now(app, chosen, now=now), sent=0, left_to=str(e))


def backfill_alone(app: App) -> None:
    """Bring the files into force, index the archive and let new rules go through it.

    Raises:
        Locked: a service works on this database; it does that by itself.
    """
    now = app.clock()
    with store.service_lock(app.engine, holder=holder("backfill")):
        sync(app, now=now)
        backfill.begin(app, now=now)
        build(app)
        backfill.work(app, now=now)


def make_now(app: App, chosen: Sequence[Subscription], *, now: datetime) -> int:
    """Make and queue the digests of `chosen`, whatever their schedule says; how many mails."""
    for subscription in chosen:
        make(app, subscription, [now], now=now)
    return queue_made(app, now=now)


def _polled(polls: Sequence[PollRecord]) -> Polled:
    failed = [p for p in polls if p.outcome in {"failed", "gone"}]
    return Polled(
        asked=len(polls),
        answered=len(polls) - len(failed),
        new=sum(p.new for p in polls),
        hits=sum(p.hits for p in polls),
        failed=tuple((p.feed, p.detail) for p in failed),
    )


async def _until_signal(app: App, watch: Watch | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    await serve(app, stop, watch)


async def serve(app: App, stop: asyncio.Event, watch: Watch | None = None) -> None:
    """Poll, digest and deliver until `stop` is set; then finish what is in hand.

    In hand are: one mail, one batch of results, one digest. Fetches are broken off.
    """
    async with polling(app) as fetching:
        with _scheduled(app, fetching, watch, stopping=stop.is_set) as scheduler:
            log.info("service started", feeds=len(app.config.feeds))
            await mind_the_clock(app, scheduler, stop)
            log.info("service stopping")
            fetching.abandon()


async def poll_once(app: App) -> None:
    """Poll what is due now, politely; return when all of it is taken in."""
    async with polling(app) as fetching:
        fetching.offer(await asyncio.to_thread(lease_due, app, now=app.clock()))
        fetching.close()


@asynccontextmanager
async def polling(app: App) -> AsyncIterator[FetchLoop]:
    """A fetch loop with its intake. At the end, close or abandon it; then it is waited for."""
    config, limits = app.config, limits_for(app.config)
    client = open_client(
        limits,
        user_agent=user_agent(),
        contact=config.contact,
        proxy=config.polling.proxy or None,
    )
    gate = SiteGate(
        at_once=config.polling.at_once,
        per_site=config.polling.per_site,
        spacing=config.polling.spacing,
        slow=dict(config.polling.slow_sites),
    )

    async def fetch_one(feed: Feed) -> Outcome:
        return await fetch(client, feed, limits=limits, now=app.clock())

    fetching = FetchLoop(fetch_one, gate, app.clock)
    async with client, asyncio.TaskGroup() as group:
        group.create_task(fetching.run(), name="fetch loop")
        group.create_task(take_in_all(app, fetching), name="intake")
        yield fetching


@contextmanager
def _scheduled(
    app: App, fetching: FetchLoop, watch: Watch | None, *, stopping: Callable[[], bool]
) -> Iterator[BackgroundScheduler]:
    """The jobs, each called on time: none twice at once, none dropped because it is late."""
    loop = asyncio.get_running_loop()
    scheduler = BackgroundScheduler(
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        timezone="UTC",
    )

    def every(seconds: int, job: Callable[[], object], name: str) -> None:
        first = datetime.now(UTC)  # noqa: TID251 - when the scheduler is to begin, which is a shell
        told = Tolerant(job, name)
        scheduler.add_job(told, "interval", seconds=seconds, id=name, next_run_time=first)

    every(TICK_S, lambda: hand_over(app, fetching, loop, stopping=stopping), "hand over")
    every(SWEEP_S, lambda: sweep(app, now=app.clock()), "sweep")
    every(DELIVER_S, lambda: deliver_round(app, stopping=stopping), "deliver")
    every(PULSE_S, lambda: pulse(app, now=app.clock()), "pulse")
    every(TIDY_S, lambda: tidy_when_due(app, now=app.clock(), stopping=stopping), "tidy")
    every(INDEX_S, lambda: build(app, stopping=stopping), "index")
    every(PAST_S, lambda: backfill.work(app, now=app.clock(), stopping=stopping), "back-fill")
    if watch is not None:
        every(
            LOOK_S, lambda: watch.look(app, now=app.clock(), stopping=stopping), "look at the files"
        )
    scheduler.start()
    try:
        yield scheduler
    finally:
        scheduler.shutdown()


async def mind_the_clock(app: App, scheduler: BackgroundScheduler, stop: asyncio.Event) -> None:
    """Wait for `stop`; whenever the clock is set back meanwhile, begin anew.

    The scheduler, feeds and mails all wait for moments: they would wait until the clock is again
    as late as it was, and a machine that takes local time for UTC until it is told is hours ahead.
    """
    latest = app.clock()
    while not stop.is_set():
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOCK_S):
                await stop.wait()
        now = app.clock()
        if now < latest - SET_BACK:
            scheduler.add_job(Tolerant(lambda: wait_no_longer(app, now=app.clock()), "clock"))
            for job in scheduler.get_jobs():
                job.modify(next_run_time=datetime.now(UTC))  # noqa: TID251 - as the scheduler does
        latest = now


def wait_no_longer(app: App, *, now: datetime) -> None:
    """Ask every feed and try every mail that waits for a moment after `now`."""
    sync(app, now=now)  # subscriptions count from now on, too
    with store.writing(app.engine) as session:
        feeds.make_due(session, now=now)
        outbox.make_due(session, now=now)


class Tolerant:
    """A job that outlives a database which is locked, full or read-only; said once, and when over.

    Whatever else a job raises is a bug: APScheduler logs it with its traceback and calls again.
    """

    def __init__(self, job: Callable[[], object], name: str) -> None:
        self._job, self._name, self._error = job, name, ""

    def __call__(self) -> None:
        """Run it."""
        try:
            self._job()
        except store.Unavailable as e:
            if str(e.orig) != self._error:
                self._error = str(e.orig)
                log.error("database unavailable", doing=self._name, error=self._error)
        else:
            if self._error:
                self._error = ""
                log.info("database available again", doing=self._name)


def deliver_round(app: App, *, stopping: Callable[[], bool]) -> None:
    """Deliver; a round that raises is followed by no sign of life."""
    deliver(app, now=app.clock(), stopping=stopping)
    if not stopping():
        beat(app, now=app.clock())


def hand_over(
    app: App,
    fetching: FetchLoop,
    loop: asyncio.AbstractEventLoop,
    *,
    stopping: Callable[[], bool],
) -> None:
    """Offer the fetch loop what is due, unless it has enough in hand; returns at once."""
    now = app.clock()
    with store.reading(app.engine) as session:
        due = feeds.any_due(session, now=now)
    if due and fetching.in_hand < IN_HAND_AT_MOST:
        leased = lease_due(app, now=now)

        def offer() -> None:
            if not stopping():  # else the next start frees their leases
                fetching.offer(leased)

        loop.call_soon_threadsafe(offer)
