"""Did they get it, and if not, why not? One line a digest that was, is or should have been due."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from monitor import store
from monitor.app import App
from monitor.digest.compose import LATE
from monitor.digest.schedule import parse_at, slots
from monitor.jobs.unsubscribe import chosen, everyone
from monitor.model import Subscription
from monitor.store import facts, unsubscribes
from monitor.store.outbox import Delivery
from monitor.store.unsubscribes import Known, Silence, Told

log = structlog.get_logger()

MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What became of one digest, or of one other message."""

    kind: str  #: digest, alert, report, test
    subscription: str = ""  #: "" for what is no digest
    zone: str = "UTC"
    at: datetime  #: the slot of a digest; of another message, when it was queued
    missed: tuple[datetime, ...] = ()  #: earlier slots that it stands for
    made_at: datetime | None = None
    late: bool = False
    hits: int = 0  #: hit events that it holds
    state: str  #: sent, waiting, failed, cancelled, direct; or why there is no mail: see docs
    why: str = ""  #: for a person
    to: str = ""
    sent_at: datetime | None = None
    attempts: int = 0
    next_try_at: datetime | None = None
    key: str = ""
    message_id: str = ""

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Lines, newest first, and who gets nothing because they unsubscribed."""

    lines: tuple[Line, ...]
    silent: tuple[Silence, ...]

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "deliveries": [line.as_json() for line in self.lines],
            "unsubscribed": [asdict(silence) for silence in self.silent],
        }


def deliveries(
    app: App,
    *,
    who: str = "",
    on: date | None = None,
    failed: bool = False,
    limit: int = 20,
    now: datetime,
) -> Record:
    """What became of the newest messages, or of all that were due `on` a day.

    who: a subscriber or a subscription; "" = everybody.
    on: a day in the zone of each subscription; of what is no digest, in UTC.
    failed: only what was given up.

    Raises:
        LookupError: there is no such name.
    """
    with store.reading(app.engine) as session:
        wanted = chosen(everyone(app, session), who)
        known = unsubscribes.known(session)
        if on is None:
            lines = _newest(session, wanted, failed=failed, limit=limit)
        else:
            lines = [line for s in wanted for line in _of_day(session, s, known, on, now=now)]
        lines += _others(session, wanted if who else None, on, failed=failed, limit=limit)
        silences = unsubscribes.silences_of(session)
    lines = [line for line in lines if line.state == "failed" or not failed]
    lines.sort(key=lambda line: line.at, reverse=True)
    mine = (silences.get(s.id, [])[-1:] for s in wanted)
    return Record(
        lines=tuple(lines[:limit]),
        silent=tuple(s for last in mine for s in last if s.undone_at is None),
    )


def retry(app: App, key: str, *, now: datetime) -> Delivery:
    """Let `key` wait again, due at once; it goes to the address that its subscription has now.

    Raises:
        LookupError: there is no such message, or it is none that can wait again.
    """
    with store.writing(app.engine) as session:
        found = unsubscribes.message(session, key)
        if found is None:
            raise LookupError(_unknown(session, key))
        delivery, subscription = found
        if reason := _final(delivery, subscription):
            raise LookupError(f"{key} {reason}")
        addresses = {id_: s.address for id_, s in everyone(app, session).items()}
        to = addresses.get(subscription, delivery.message.to)
        unsubscribes.put_back(session, key, to=to, now=now)
        session.flush()
        again = unsubscribes.message(session, key)
    log.info("message put back", key=key, to=to, was=delivery.state)
    return again[0] if again else delivery


def _final(delivery: Delivery, subscription: str) -> str:
    """Why it cannot wait again; "" if it can."""
    match delivery.state:
        case "sent":
            return "was sent; a second one would be double"
        case "cancelled":
            return (
                f"was cancelled: {delivery.reason}; see: monitor unsubscribe {subscription} --undo"
            )
        case "direct":
            return "was a test; run monitor mail test again"
    return ""


def _unknown(session: store.Session, key: str) -> str:
    lost = unsubscribes.given_up(session)
    keys = f"failed are: {', '.join(lost)}" if lost else "none has failed"
    return f"no message has the key '{key}'; {keys}"


def _newest(
    session: store.Session, wanted: Iterable[Subscription], *, failed: bool, limit: int
) -> list[Line]:
    zones = {s.id: s for s in wanted}
    found = unsubscribes.told(session, zones, failed=failed, limit=limit)
    return [_told_line(told, zones[told.run.subscription]) for told in found]


def _of_day(
    session: store.Session,
    subscription: Subscription,
    known: dict[str, Known],
    on: date,
    *,
    now: datetime,
) -> Iterator[Line]:
    """Runs of that day, and each slot of it that has none of its own."""
    start, end = _day(on, ZoneInfo(subscription.zone))
    runs = unsubscribes.told_between(session, subscription.id, start=start, end=end)
    yield from (_told_line(told, subscription) for told in runs)
    schedule, zone = parse_at(subscription.at), subscription.zone
    due = slots(schedule, zone, after=start - MOMENT, until=end - MOMENT)
    has_run = {told.run.slot for told in runs} | {m for told in runs for m in told.run.missed}
    swept = facts.noted(session).get("last-sweep")
    for slot in due:
        if slot not in has_run:
            later = unsubscribes.told_after(session, subscription.id, slot)
            stored = known.get(subscription.id)
            yield _without_run(subscription, slot, stored, later, swept and swept[0], now=now)
    if not due and not runs:
        why = f"its digests come at: {subscription.at}"
        yield _bare(subscription, start, "no slot", why)


def _without_run(
    subscription: Subscription,
    slot: datetime,
    known: Known | None,
    later: Told | None,
    swept: datetime | None,
    *,
    now: datetime,
) -> Line:
    """Why a slot has no run of its own. Pure."""
    if later and slot in later.run.missed:
        return _told_line(later, subscription)
    if slot > now:
        return _bare(subscription, slot, "coming", "not due yet")
    if known is None:
        return _bare(subscription, slot, "not subscribed", "the monitor has not begun with it yet")
    zone = ZoneInfo(subscription.zone)
    if silence := next((s for s in known.silences if s.holds(slot)), None):
        return _bare(subscription, slot, "unsubscribed", silenced(silence, zone))
    if known.retired_at and known.retired_at <= slot:
        why = f"it left subscribers.yaml on {stamp(known.retired_at, zone)}"
        return _bare(subscription, slot, "retired", why)
    if slot <= known.since:
        why = f"it counts its news since {stamp(known.since, zone)} only: it is new, or was away"
        return _bare(subscription, slot, "not subscribed", why)
    if later:
        why = f"the digest of {stamp(later.run.slot, zone)} holds what was new by then"
        return _bare(subscription, slot, "told later", why)
    seen = f"nobody has looked since {stamp(swept, zone)}" if swept else "nobody has looked yet"
    why = f"{seen}; `monitor run` makes it as soon as it runs, marked as late"
    return _bare(subscription, slot, "overdue", why)


def _told_line(told: Told, subscription: Subscription) -> Line:
    run, mail = told.run, told.mail
    fields: dict[str, Any] = {
        "missed": run.missed,
        "made_at": run.made_at,
        "late": bool(run.missed) or run.made_at - run.slot > LATE,
        "hits": told.held,
    }
    if mail is None:
        state, why = _unwritten(told, subscription)
        return _bare(subscription, run.slot, state, why, **fields)
    return _bare(subscription, run.slot, mail.state, mail.reason, **fields, **_mail(mail))


def _unwritten(told: Told, subscription: Subscription) -> tuple[str, str]:
    """Why a run has no mail. What the files said then is not kept, so both reasons are given."""
    if told.queued_at is None:
        return "not written", "made, and not written yet; the running service goes on with it"
    if told.cancelled:
        return "cancelled", "unsubscribed before it was written"
    if subscription.quiet_days:
        why = f"its document {subscription.document} was not in the files, or quiet_days was false"
    else:
        why = "nothing to tell, and quiet_days is false"
    return "no mail", why


def _others(
    session: store.Session,
    wanted: Iterable[Subscription] | None,
    on: date | None,
    *,
    failed: bool,
    limit: int,
) -> list[Line]:
    start, end = _day(on, ZoneInfo("UTC")) if on else (None, None)
    to = None if wanted is None else {s.address for s in wanted}
    found = unsubscribes.others(session, to=to, failed=failed, start=start, end=end, limit=limit)
    return [_other_line(delivery) for delivery in found]


def _other_line(delivery: Delivery) -> Line:
    return Line(
        kind=delivery.message.kind,
        at=delivery.queued_at,
        state=delivery.state,
        why=delivery.reason,
        **_mail(delivery),
    )


def _mail(delivery: Delivery) -> dict[str, Any]:
    return {
        "to": delivery.message.to,
        "sent_at": delivery.sent_at,
        "attempts": delivery.attempts,
        "next_try_at": delivery.due_at if delivery.state == "waiting" else None,
        "key": delivery.message.key,
        "message_id": delivery.message.headers.get("Message-ID", ""),
    }


def _bare(subscription: Subscription, slot: datetime, state: str, why: str, **others: Any) -> Line:
    return Line(
        kind="digest",
        subscription=subscription.id,
        zone=subscription.zone,
        at=slot,
        state=state,
        why=why,
        **{"to": subscription.address} | others,
    )


def _day(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    start, end = (datetime.combine(d, time(), zone) for d in (day, day + timedelta(days=1)))
    return start, end


def silenced(silence: Silence, zone: ZoneInfo) -> str:
    """When, by whom, and how it ends."""
    said = f"unsubscribed on {stamp(silence.at, zone)} ({zone.key}) by {silence.by}"
    if silence.undone_at:
        return f"{said}, until {stamp(silence.undone_at, zone)}"
    return f"{said}; to undo: monitor unsubscribe {silence.subscription} --undo"


def stamp(at: datetime, zone: ZoneInfo) -> str:
    """`at` on the clocks of `zone`: "Tue 2026-01-06 07:00"."""
    return f"{at.astimezone(zone):%a %Y-%m-%d %H:%M}"
