"""How the service is doing, in facts."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from monitor import store
from monitor.digest.schedule import parse_at, slots
from monitor.model import Feed, Subscription
from monitor.store import digests, facts, feeds, ledger, outbox, subscriptions

LOOK_BACK = timedelta(hours=24)
SWEPT_WITHIN = timedelta(minutes=5)  #: a service that lives sweeps every 20 s
WRITTEN_WITHIN = timedelta(minutes=5)  #: a digest that is made is written at once
FAILED_WITHIN = timedelta(days=7)  #: a mail that failed for good is spoken of so long
LOOK_AHEAD = timedelta(days=8)  #: a weekly digest is within it


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """One feed."""

    feed: str
    state: str  #: fine, failing, gone, paused, not asked yet
    since: datetime | None
    error: str
    last_ok_at: datetime | None
    last_new_at: datetime | None
    next_poll_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestState:
    """One subscription."""

    subscription: str
    last_slot: datetime | None
    next_slot: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Everything that `monitor status` shows."""

    at: datetime
    feeds: tuple[FeedState, ...]
    new_items: int  #: in the last 24 hours
    answered: int  #: feeds, in the last 24 hours
    digests: tuple[DigestState, ...]
    outbox: Mapping[str, int]  #: messages by state
    problems: tuple[str, ...]  #: what mails that wait or failed say
    unwritten: tuple[str, ...]  #: subscriptions whose digest was made and could not be written
    given_up: tuple[str, ...]  #: mails that failed for good, lately
    facts: Mapping[str, tuple[datetime, str]]

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        return asdict(self)


def status(engine: store.Engine, *, now: datetime) -> Status:
    """Gather it."""
    with store.reading(engine) as session:
        tally = ledger.tally(session, after=now - LOOK_BACK, until=now)
        waiting = outbox.deliveries(session, state="waiting", limit=5)
        failed = outbox.deliveries(session, state="failed", limit=5)
        return Status(
            at=now,
            feeds=tuple(feed_state(feed) for feed in feeds.active(session)),
            new_items=tally.new,
            answered=len(tally.answered),
            digests=tuple(
                _digest_state(session, s, now=now) for s in subscriptions.active(session)
            ),
            outbox=outbox.counts(session),
            problems=tuple(f"{d.message.key}: {d.reason}" for d in (*failed, *waiting) if d.reason),
            unwritten=tuple(
                run.subscription for run in digests.overdue(session, before=now - WRITTEN_WITHIN)
            ),
            given_up=tuple(
                f"{d.message.key} to {d.message.to}: {d.reason}"
                for d in failed
                if d.due_at >= now - FAILED_WITHIN
            ),
            facts=facts.noted(session),
        )


def complaints(status: Status) -> tuple[str, ...]:
    """What a person should look at; () = the service is well. Pure."""
    return (
        *_asleep(status),
        *_unheard(status),
        *(f"a digest cannot be written, the log says why: {id_}" for id_ in status.unwritten),
        *(f"a mail failed for good: {mail}" for mail in status.given_up),
        *_wrong_files(status),
    )


def _asleep(status: Status) -> Iterator[str]:
    swept, _ = status.facts.get("last-sweep", (None, ""))
    if swept is None:
        yield "the service has never run"
    elif (stopped := status.facts.get("service-stopped")) and stopped[0] >= swept:
        yield f"the service was stopped at {_utc(stopped[0])}"
    elif status.at - swept > SWEPT_WITHIN:
        yield f"the service is not running: its last sign of life is of {_utc(swept)}"


def _unheard(status: Status) -> Iterator[str]:
    since, answer = status.facts.get("feeds-answer", (status.at, ""))
    words = {feed.state for feed in status.feeds} - {"paused", "not asked yet"}
    if answer == "no":
        yield f"no feed answers since {_utc(since)}: is this machine connected?"
    elif words and "fine" not in words:
        yield f"none of {len(status.feeds)} feeds answers: is this machine connected?"


def _wrong_files(status: Status) -> Iterator[str]:
    since, wrong = status.facts.get("files-wrong", (status.at, ""))
    if wrong:
        yield f"files are wrong since {_utc(since)}, the earlier ones are in force: {wrong}"


def _utc(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def feed_state(feed: Feed) -> FeedState:
    """One word for how a feed is doing, and since when."""
    word, since = _word(feed)
    return FeedState(
        feed=feed.id,
        state=word,
        since=since,
        error=feed.error,
        last_ok_at=feed.last_ok_at,
        last_new_at=feed.last_new_at,
        next_poll_at=feed.next_poll_at,
    )


def _word(feed: Feed) -> tuple[str, datetime | None]:
    if feed.spec.paused:
        return "paused", None
    if feed.gone_since:
        return "gone", feed.gone_since
    if feed.error:
        return "failing", feed.failing_since
    return ("fine", feed.last_ok_at) if feed.last_ok_at else ("not asked yet", None)


def _digest_state(
    session: store.Session, subscription: Subscription, *, now: datetime
) -> DigestState:
    last = digests.last(session, subscription.id)
    coming = slots(parse_at(subscription.at), subscription.zone, after=now, until=now + LOOK_AHEAD)
    return DigestState(
        subscription=subscription.id,
        last_slot=last.slot if last else None,
        next_slot=coming[0] if coming else None,
    )
