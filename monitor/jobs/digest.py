"""Write digests into the outbox.

    make_due: the run and its entries, one transaction -> queue: compose, render, outbox, another

A crash between the two leaves a run that is made and not queued; the next sweep goes on with it.
The same sweep finds runs that should exist and do not, because nobody was awake at their time.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog

from monitor import store
from monitor.app import App, Loaded
from monitor.digest.compose import compose
from monitor.digest.parts import Coverage, Digest, Finding, Past
from monitor.digest.render import Frame, render
from monitor.digest.schedule import parse_at, previous, slots
from monitor.jobs.cited import as_found
from monitor.jobs.history import coverage, coverage_of_archive, past, past_of_archive
from monitor.jobs.sync import one_period_back
from monitor.matching import why
from monitor.model import DigestRun, Hit, Item, Message, Subscription
from monitor.store import digests, facts, feeds, items, outbox, subscriptions, unsubscribes
from monitor.store.digests import Held

log = structlog.get_logger()


def sweep(app: App, *, now: datetime) -> int:
    """Make every digest that is due and queue every digest that is made; how many were queued."""
    with store.reading(app.engine) as session:
        wanted = subscriptions.active(session)
    for subscription in wanted:
        _make_due_safely(app, subscription, now=now)
    queued = queue_made(app, now=now)
    with store.writing(app.engine, durable=False) as session:
        facts.note(session, "last-sweep", now=now)
    return queued


def _make_due_safely(app: App, subscription: Subscription, *, now: datetime) -> None:
    """What one subscription does must not keep back the others."""
    try:
        make_due(app, subscription, now=now)
    except store.Unavailable:
        raise
    except Exception:
        log.exception("digest raised", run=0, subscription=subscription.id)


def make_due(app: App, subscription: Subscription, *, now: datetime) -> DigestRun | None:
    """The run of the newest slot that has come; earlier ones without a run collapse into it."""
    with store.reading(app.engine) as session:
        last = digests.last(session, subscription.id)
        since = subscriptions.since(session, subscription.id)
    due = _due(subscription, last, since, now=now)
    return make(app, subscription, due, now=now) if due else None


def _due(
    subscription: Subscription, last: DigestRun | None, since: datetime, *, now: datetime
) -> list[datetime]:
    """The slots that have come since the last run.

    A run of the future was made while the clock stood wrong. It must not keep back the mornings
    until then: of these the newest is due, if it has no run yet.
    """
    schedule = parse_at(subscription.at)
    if last and last.slot > now:
        newest = previous(schedule, subscription.zone, at=now)
        return [newest] if newest > since else []
    start = max(last.slot, since) if last else since
    return slots(schedule, subscription.zone, after=start, until=now)


def make(
    app: App, subscription: Subscription, due: list[datetime], *, now: datetime
) -> DigestRun | None:
    """One run for the slots in `due`, with everything not told yet.

    None if it exists, or if the subscription was unsubscribed a moment ago.
    """
    with store.writing(app.engine) as session:
        if unsubscribes.in_force(session, subscription.id):
            return None
        last = digests.last(session, subscription.id)
        since = subscriptions.since(session, subscription.id)
        run = DigestRun(
            subscription=subscription.id,
            slot=due[-1],
            window_start=min(max(last.window_end, since) if last else since, now),
            window_end=now,
            missed=tuple(due[:-1]),
            made_at=now,
        )
        made = digests.make(session, run)
    if made:
        log.info("digest made", subscription=subscription.id, slot=made.slot.isoformat())
    return made


def queue_made(app: App, *, now: datetime) -> int:
    """Compose, render and queue every run that is made and not queued; how many."""
    with store.reading(app.engine) as session:
        open_runs = digests.unqueued(session)
    return sum(_queue_safely(app, run, now=now) for run in open_runs)


def preview(app: App, subscription: Subscription, *, now: datetime) -> Message:
    """The digest that would go out now; nothing is written."""
    with store.reading(app.engine) as session:
        last = digests.last(session, subscription.id)
        start = last.window_end if last else one_period_back(subscription, now)
        run = DigestRun(
            subscription=subscription.id,
            slot=now,
            window_start=min(start, now),
            window_end=now,
            made_at=now,
        )
        wanted = _wanted_keys(app.loaded, subscription)
        digest = compose_run(
            session,
            app.loaded,
            run,
            subscription,
            digests.pending(session, subscription.id),
            past=past(session, wanted, run, subscription),
            coverage=coverage(session, run, wanted),
        )
    return render(digest, frame=frame(app.loaded))


def rehearse(app: App, subscription: Subscription, day: date, *, now: datetime) -> Message:
    """The digest that `day` had, or would have had, from what is stored; nothing is written."""
    zone = ZoneInfo(subscription.zone)
    schedule = parse_at(subscription.at)
    midnight = datetime.combine(day + timedelta(days=1), time(), zone)
    slot = previous(schedule, subscription.zone, at=min(midnight - timedelta(seconds=1), now))
    start = previous(schedule, subscription.zone, at=slot - timedelta(seconds=1))
    run = DigestRun(
        subscription=subscription.id,
        slot=slot,
        window_start=start,
        window_end=slot,
        made_at=slot,
    )
    with store.reading(app.engine) as session:
        wanted = _wanted_keys(app.loaded, subscription)
        held = digests.rehearsed(session, wanted, after=start, until=slot)
        digest = compose_run(
            session,
            app.loaded,
            run,
            subscription,
            held,
            past=past_of_archive(session, wanted, run, subscription),
            coverage=coverage_of_archive(session, run),
        )
    return render(digest, frame=frame(app.loaded))


def _queue_safely(app: App, run: DigestRun, *, now: datetime) -> bool:
    """One of the broad nets: a digest that cannot be made must not keep back the others."""
    try:
        return queue(app, run, now=now)
    except store.Unavailable:
        raise
    except Exception:
        log.exception("digest raised", run=run.id, subscription=run.subscription)
        return False


def queue(app: App, run: DigestRun, *, now: datetime) -> bool:
    """Put the mail of `run` into the outbox; False if there is none to put."""
    with store.reading(app.engine) as session:
        subscription = subscriptions.get(session, run.subscription)
        message = _message(session, app.loaded, run, subscription)
    with store.writing(app.engine) as session:
        if not digests.mark_queued(session, run, now=now):
            return False
        queued = message is not None and outbox.put(session, message, now=now, run=run.id)
    log.info("digest queued", subscription=run.subscription, run=run.id, mail=queued)
    return queued


def _message(
    session: store.Session, loaded: Loaded, run: DigestRun, subscription: Subscription
) -> Message | None:
    """None for a quiet day without a mail, or where the document has left the files."""
    if subscription.document not in {d.id for d in loaded.documents}:
        log.warning("digest without its document", run=run.id, document=subscription.document)
        return None
    held = digests.held(session, run)
    wanted = _wanted_keys(loaded, subscription)
    digest = compose_run(
        session,
        loaded,
        run,
        subscription,
        held,
        past=past(session, wanted, run, subscription),
        coverage=coverage(session, run, wanted),
    )
    if not digest.sections and not subscription.quiet_days:
        return None
    return render(digest, frame=frame(loaded))


def compose_run(
    session: store.Session,
    loaded: Loaded,
    run: DigestRun,
    subscription: Subscription,
    held: Iterable[Held],
    *,
    past: Mapping[str, Past],
    coverage: Coverage,
) -> Digest:
    """What `run` tells."""
    document = loaded.document(subscription.document)
    provisions = {p.key: p for p in document.provisions}
    findings = [_finding(session, h) for h in held if h.hit.provision in provisions]
    return compose(
        run,
        subscription,
        document,
        findings,
        outlets=feeds.outlets(session),
        past=past,
        coverage=coverage,
        explain=lambda hit, item: why(
            hit, as_found(session, loaded, provisions[hit.provision], hit), item
        ),
        top=loaded.config.digest.top,
    )


def frame(loaded: Loaded) -> Frame:
    """What a mail says of the monitor itself."""
    config = loaded.config
    return Frame(
        sender_domain=sender_domain(config.mail.sender),
        maintainer=config.maintainer,
        public_url=config.public_url,
        more_command="monitor hits --provision {id} --since {date}",
    )


def sender_domain(sender: str) -> str:
    """`example.org` of `Provision monitor <monitor@example.org>`."""
    return sender.rpartition("@")[2].strip(" >") or "localhost"


def _wanted_keys(loaded: Loaded, subscription: Subscription) -> list[str]:
    """The keys of its provisions, in document order."""
    document, ids = loaded.document(subscription.document), subscription.provisions
    return [p.key for p in document.provisions if not ids or p.id in ids]


def _finding(session: store.Session, held: Held) -> Finding:
    """With the item in the revision whose words the hit's evidence marks."""
    item = held.item
    if held.hit.item_rev != item.rev:
        old = items.revision(session, item.id, held.hit.item_rev)
        item = _as_was(item, held.hit, old) if old else item
    return Finding(event=held.event, hit=held.hit, item=item, story=held.story)


def _as_was(item: Item, hit: Hit, old: tuple[str, str]) -> Item:

    return replace(item, rev=hit.item_rev, title=old[0], text=old[1])
