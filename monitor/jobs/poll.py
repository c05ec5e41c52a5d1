"""Poll the feeds that are due and take in what is new.

    lease -> FetchLoop -> take_in: read bodies -> gather -> decide (pure) -> apply

One intake thread takes up to `BATCH_AT_MOST` results, or what came within `BATCH_WITHIN_S`, and
writes them in one transaction with a savepoint a feed. Validators are stored in that transaction
too: a body that was not taken in is asked for again.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from monitor import alerts, store
from monitor.app import App, Loaded
from monitor.errors import FeedError, ParseTimeout
from monitor.feeds import schedule
from monitor.feeds.habits import Pace
from monitor.feeds.normalise import Read
from monitor.feeds.outcomes import Failed, FailureKind, Fetched, Gone, NotModified, Outcome
from monitor.feeds.outlets import Outlets
from monitor.feeds.revisions import SAME_TITLE_WITHIN
from monitor.feeds.urls import site
from monitor.feeds.weather import after_outage
from monitor.jobs import wordtables
from monitor.jobs.fetching import FetchLoop
from monitor.jobs.intake import Intake, decide
from monitor.jobs.sight import Sighting, apart, sight
from monitor.jobs.wordtables import Words
from monitor.model import Feed, Hit, Item, PollRecord
from monitor.store import feeds, hits, items, ledger, outbox, search
from monitor.store import stories as stored_stories
from monitor.stories import WINDOW, Assigned, assign, key

log = structlog.get_logger()

BATCH_AT_MOST = 100
BATCH_WITHIN_S = 0.2
INDEX_AT_MOST = 1_000  #: items in one transaction; a batch has fewer new ones
LEASE = timedelta(minutes=10)  #: a minute of fetching, and the wait for its site's turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A fetch's outcome after its body, if it had one, was read."""

    outcome: Outcome
    read: Read | None = None  #: None = there was nothing to read

    @property
    def feed(self) -> Feed:
        """As it was when it was leased."""
        return self.outcome.feed


def lease_due(app: App, *, now: datetime) -> list[Feed]:
    """The feeds that are due; nobody else polls them now."""
    with store.writing(app.engine, durable=False) as session:
        return feeds.lease(session, now=now, until=now + LEASE)


async def take_in_all(app: App, loop: FetchLoop) -> None:
    """Take in what `loop` fetches, batch by batch, until it has ended."""
    running = asyncio.get_running_loop()
    with ThreadPoolExecutor(1, thread_name_prefix="intake") as thread:
        while batch := await next_batch(loop.results):
            await running.run_in_executor(thread, take_in, app, batch)


async def next_batch(results: asyncio.Queue[Outcome | None]) -> list[Outcome]:
    """What came within `BATCH_WITHIN_S` of the first; empty when no more will come."""
    first = await results.get()
    if first is None:
        return []
    batch = [first]
    try:
        async with asyncio.timeout(BATCH_WITHIN_S):
            while len(batch) < BATCH_AT_MOST:
                if (outcome := await results.get()) is None:
                    results.put_nowait(None)  # for the next call
                    break
                batch.append(outcome)
    except TimeoutError:
        pass
    return batch


def take_in(app: App, batch: Sequence[Outcome]) -> None:
    """Read, match and store what was fetched.

    A feed whose intake raises is taken in again by itself; if it raises once more, it is recorded
    as failed, with its old validators, and polled again. While the database takes no writes,
    nothing is taken in: leases end by themselves, and the feeds are asked again.
    """
    answers = [read_body(app, outcome) for outcome in batch]
    try:
        _look_at_the_sky(app, batch)
        for answer in _take_in_together(app, answers):
            _take_in_alone(app, answer)
    except store.Unavailable as e:
        log.error("database unavailable", doing="intake", feeds=len(batch), error=str(e.orig))


def _look_at_the_sky(app: App, batch: Sequence[Outcome]) -> None:
    """When our own network is back, whoever failed for want of it is asked again at once."""
    before, app.weather = app.weather, app.weather.after(*batch)
    if before.down and not app.weather.down:
        with store.writing(app.engine, durable=False) as session:
            feeds.make_due_now(session, before.cut_off, now=app.clock())


def read_body(app: App, outcome: Outcome) -> Answer:
    """Parse and normalise in the guarded worker what is not known byte for byte."""
    if not isinstance(outcome, Fetched) or outcome.known:
        return Answer(outcome=outcome)
    spec, now = outcome.feed.spec, app.clock()
    try:
        read = app.reader.read(
            outcome.body, url=outcome.url, content_type=outcome.content_type, feed=spec, now=now
        )
    except FeedError as e:
        parser = isinstance(e, ParseTimeout)
        kind = FailureKind.PARSER if parser else FailureKind.NOT_A_FEED
        failed = Failed(feed=outcome.feed, kind=kind, reason=str(e), took_s=outcome.took_s)
        return Answer(outcome=failed)
    except Exception as e:  # of the broad nets, the one for what feedparser meets in strange feeds
        log.exception("parser raised", feed=outcome.feed.id)
        return Answer(outcome=_failed(outcome.feed, FailureKind.PARSER, e))
    return Answer(outcome=replace(outcome, body=b""), read=read)


def _failed(feed: Feed, kind: FailureKind, error: Exception) -> Failed:
    """One line for a person; of a database's error not the statement with its values."""
    said = " ".join(str(getattr(error, "orig", None) or error).split())
    return Failed(feed=feed, kind=kind, reason=f"{type(error).__name__}: {said}"[:300])


# -- gather, decide, apply -------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What is stored that the answers of a batch must be seen beside."""

    sightings: Mapping[str, Sighting]  #: by feed id
    assigned: Assigned
    hits: Mapping[str, Sequence[Hit]]  #: of revised items

    @property
    def items(self) -> Iterator[Item]:
        """What is to be matched."""
        for seen in self.sightings.values():
            yield from seen.new
            yield from (revised.item for revised in seen.revised)


def _take_in_together(app: App, answers: Sequence[Answer]) -> Sequence[Answer]:
    """Take a batch in; the answers that could not be, whatever the reason."""
    try:
        return _take_in(app, answers, strict=False)
    except store.Unavailable:
        raise
    except Exception:
        log.exception("intake of a batch raised", feeds=[a.feed.id for a in answers])
        return answers


def _take_in_alone(app: App, answer: Answer) -> None:
    """One of the three broad nets: what one feed does must not stop the others."""
    try:
        _take_in(app, [answer], strict=True)
    except store.Unavailable:
        raise
    except Exception as e:
        log.exception("intake raised", feed=answer.feed.id)
        failed = _failed(answer.feed, FailureKind.INTAKE, e)
        _take_in(app, [Answer(outcome=failed)], strict=True)


def _take_in(app: App, answers: Sequence[Answer], *, strict: bool) -> Sequence[Answer]:
    """One transaction; the answers whose savepoint was rolled back (strict: raise instead).

    New rules came into force after the batch was matched: it is matched again. Else its items would
    be seen by the old rules only, for back-fill covers what is stored before the new ones are.
    """
    while (refused := _take_in_by(app, app.loaded, answers, strict=strict)) is None:
        log.info("batch matched again", feeds=len(answers))
    return refused


def _take_in_by(
    app: App, loaded: Loaded, answers: Sequence[Answer], *, strict: bool
) -> Sequence[Answer] | None:
    """As `_take_in`; None, and nothing is written, if `loaded` is not in force any more."""
    now = app.clock()
    wordtables.write_today(app, now=now)
    with store.reading(app.engine) as session:
        gathered = gather(session, loaded, answers, now=now)
        words = wordtables.of_items(app, session, gathered.items)
    intakes = [decide_one(app, loaded, a, gathered, words, now=now) for a in answers]
    refused = []
    # a poll that a power cut undoes is polled again; a message is put on the disk
    with store.writing(app.engine, durable=any(i.messages for i in intakes)) as session:
        if app.loaded is not loaded:
            return None
        for answer, intake in zip(answers, intakes, strict=True):
            try:
                with session.begin_nested():
                    apply(session, intake, now=now)
            except store.Unavailable:
                raise
            except Exception:
                if strict:
                    raise
                log.exception("intake of a feed rolled back", feed=answer.feed.id)
                refused.append(answer)
        search.catch_up(session, limit=INDEX_AT_MOST)
    _report(intakes, refused)
    _report_moves(app, answers, intakes)
    return refused


def gather(
    session: store.Session, loaded: Loaded, answers: Sequence[Answer], *, now: datetime
) -> Gathered:
    """One snapshot: which items are known, which stories they may join, which hits they have."""
    outlets, fresh_for = _outlets(session, answers), loaded.config.digest.archive_after
    sightings = {
        answer.feed.id: sight(
            answer.feed,
            *_known(session, answer.feed, answer.read),
            outlets,
            fresh_for=fresh_for,
            now=now,
        )
        for answer in answers
        if answer.read
    }
    new = [item for seen in sightings.values() for item in seen.new]
    keys = {key(item.title) for item in new} - {""}
    candidates = stored_stories.candidates(session, keys, since=_earliest(new, now) - WINDOW)
    revised = [r.item.id for seen in sightings.values() for r in seen.revised]
    return Gathered(
        sightings=sightings,
        assigned=assign(new, candidates),
        hits=hits.of_items(session, revised),
    )


def _known(session: store.Session, feed: Feed, read: Read) -> tuple[Read, Sequence[Item]]:
    """`read` under keys of its own, and what is stored that its items may be."""
    known = items.known(session, feed.id, read.items, within=SAME_TITLE_WITHIN)
    own = apart(read, known)
    if own is not read:
        known = items.known(session, feed.id, own.items, within=SAME_TITLE_WITHIN)
    return own, known


def decide_one(
    app: App, loaded: Loaded, answer: Answer, gathered: Gathered, words: Words, *, now: datetime
) -> Intake:
    """What one answer means."""
    seen = gathered.sightings.get(answer.feed.id, Sighting())
    after = remembered(app, answer, seen, pace=pace_of(loaded), now=now)
    intake = decide(
        after,
        seen,
        poll=poll_record(answer, after),
        percolator=loaded.percolator,
        assigned=gathered.assigned,
        known_hits=gathered.hits,
        words=words,
        now=now,
    )
    fresh = {item.id: item for item, _ in intake.new}
    urgent = alerts.plan((hit, fresh[hit.item]) for hit in intake.hits if hit.item in fresh)
    return replace(intake, messages=urgent)


def apply(session: store.Session, intake: Intake, *, now: datetime) -> None:
    """Write `intake`."""
    feeds.add_outlets(session, intake.outlets)
    stored_stories.save(session, intake.stories)
    items.add(session, intake.new)
    for item in intake.revised:
        items.revise(session, item, now=now)
    for item in intake.moved:
        items.move(session, item)
    hits.save(session, intake.hits, known=False, now=now)
    hits.save(session, intake.rehits, known=True, now=now)
    hits.record(session, intake.events)
    feeds.save(session, intake.feed)
    ledger.record_polls(session, [intake.poll], now=now)
    ledger.record_drops(session, intake.drops, now=now)
    for message in intake.messages:
        outbox.put(session, message, now=now)
    session.flush()


def remembered(app: App, answer: Answer, seen: Sighting, *, pace: Pace, now: datetime) -> Feed:
    """The feed with what this answer changes in its memory, and when to ask again."""
    luck = app.random()
    match answer.outcome:
        case Fetched() as fetched:
            return schedule.after_success(
                answer.feed,
                fetched,
                new=bool(seen.new),
                now=now,
                pace=pace,
                luck=luck,
                complete=answer.read.complete if answer.read else True,
                wishes=answer.read.wishes if answer.read else None,
            )
        case NotModified() as same:
            return schedule.after_not_modified(answer.feed, same, now=now, pace=pace, luck=luck)
        case Gone():
            return schedule.after_gone(answer.feed, now=now, luck=luck)
        case Failed() as failed if failed.kind.passing and app.weather.down:
            return after_outage(answer.feed, failed, now=now, luck=luck)
        case Failed() as failed:
            return schedule.after_failure(answer.feed, failed, now=now, pace=pace, luck=luck)


def poll_record(answer: Answer, after: Feed) -> PollRecord:
    """The ledger's row of one answer, before anything was counted; `after`: the feed since."""
    outcome, record = answer.outcome, PollRecord(feed=answer.feed.id, outcome="")
    match outcome:
        case Fetched():
            name = "fetched" if answer.read else "unchanged"
            notes = "; ".join(answer.read.notes) if answer.read else ""
            record = replace(record, outcome=name, detail=notes, bytes=outcome.downloaded_bytes)
        case NotModified():
            record = replace(record, outcome="not-modified")
        case Gone():
            record = replace(record, outcome="gone", detail=schedule.GONE)
        case Failed():
            record = replace(record, outcome="failed", detail=f"{outcome.kind}: {outcome.reason}")
    if after.effective_url != answer.feed.effective_url:
        record = replace(
            record, detail="; ".join(filter(None, [f"moved to {after.url}", record.detail]))
        )
    return replace(record, took_s=round(outcome.took_s, 3))


def pace_of(loaded: Loaded) -> Pace:
    """How often feeds are polled where nothing else says."""
    polling = loaded.config.polling
    return Pace(
        every=polling.every,
        min_interval=polling.min_interval,
        fastest=polling.fastest,
        slowest=polling.slowest,
    )


def _outlets(session: store.Session, answers: Sequence[Answer]) -> Outlets:
    if not any(a.feed.spec.aggregator and a.read for a in answers):
        return Outlets((), {})
    sites = {site(f.url): f.spec.outlet for f in feeds.active(session) if f.spec.outlet}
    return Outlets(feeds.outlets(session).values(), sites)


def _earliest(found: Sequence[Item], now: datetime) -> datetime:
    return min([i.published for i in found if i.published], default=now)


def _report(intakes: Sequence[Intake], refused: Sequence[Answer]) -> None:
    out = {answer.feed.id for answer in refused}
    for intake in intakes:
        if intake.feed.id not in out:
            poll = intake.poll
            level = log.warning if poll.outcome in {"failed", "gone"} else log.info
            level(
                "feed polled",
                feed=poll.feed,
                outcome=poll.outcome,
                detail=poll.detail,
                new=poll.new,
                changed=poll.changed,
                hits=poll.hits,
                next_poll_at=intake.feed.next_poll_at.isoformat(timespec="seconds"),
            )


def _report_moves(app: App, answers: Sequence[Answer], intakes: Sequence[Intake]) -> None:
    """Two feeds that come to one address go on side by side: a person should take one out."""
    for answer, intake in zip(answers, intakes, strict=True):
        if intake.feed.effective_url == answer.feed.effective_url:
            continue
        with store.reading(app.engine) as session:
            same = [id_ for id_ in feeds.at(session, intake.feed.url) if id_ != intake.feed.id]
        log.warning("feed moved", feed=intake.feed.id, url=intake.feed.url, same_as=same)
