"""What a digest says beside its findings: what was before, and how complete the window was watched.

Read for a digest that is due from events and the ledger; for a rehearsal from the items themselves.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from monitor import store
from monitor.digest.parts import Coverage, Past, SilentFeed
from monitor.model import DigestRun, Feed, Subscription
from monitor.store import digests, documents, feeds, items, ledger

HISTORY_DAYS = 14


def past(
    session: store.Session, wanted: list[str], run: DigestRun, subscription: Subscription
) -> dict[str, Past]:
    """What was found for each provision before, by the days of the subscription's zone.

    A day on which a provision was not watched yet is no day without news, and left out.
    """
    first, days = _days(run, subscription)
    zone = first.tzinfo
    found = digests.found_times(session, wanted, after=first, until=run.window_end)
    last = digests.last_found(session, wanted, before=run.window_start)
    since = {key: at.astimezone(zone).date() for key, at in documents.since(session).items()}
    return {
        key: Past(
            last=last.get(key), daily=_daily(key, found, days, since.get(key, days[-1]), zone)
        )
        for key in wanted
    }


def past_of_archive(
    session: store.Session, wanted: list[str], run: DigestRun, subscription: Subscription
) -> dict[str, Past]:
    """The same for a rehearsal: by when items were first seen, as far back as there are any."""
    first, days = _days(run, subscription)
    zone = first.tzinfo
    found = digests.seen_times(session, wanted, after=first, until=run.window_end)
    last = digests.last_seen(session, wanted, before=run.window_start)
    since = (items.first(session) or run.slot).astimezone(zone).date()
    return {
        key: Past(last=last.get(key), daily=_daily(key, found, days, since, zone)) for key in wanted
    }


def _days(run: DigestRun, subscription: Subscription) -> tuple[datetime, list[date]]:
    """(the first midnight, each day) of the history that a digest shows, in the reader's zone."""
    zone = ZoneInfo(subscription.zone)
    today = run.window_end.astimezone(zone).date()
    days = [today - timedelta(days=n) for n in reversed(range(HISTORY_DAYS))]
    return datetime.combine(days[0], time(), zone), days


def _daily(
    key: str,
    found: Iterable[tuple[str, datetime]],
    days: Iterable[date],
    since: date,
    zone: tzinfo | None,
) -> tuple[int, ...]:
    counts = Counter(at.astimezone(zone).date() for provision, at in found if provision == key)
    return tuple(counts[day] for day in days if day >= since)


def coverage_of_archive(session: store.Session, run: DigestRun) -> Coverage:
    """The same for a rehearsal: what the archive has of that time."""
    new, answered, undated = items.seen(session, after=run.window_start, until=run.window_end)
    return Coverage(new_items=new, feeds=answered, feeds_answered=answered, undated=undated)


def coverage(session: store.Session, run: DigestRun, wanted: list[str]) -> Coverage:
    """How complete the window was watched."""
    tally = ledger.tally(session, after=run.window_start, until=run.window_end)
    drops = ledger.drops(session, after=run.window_start, until=run.window_end)
    polled = [feed for feed in feeds.active(session) if not feed.spec.paused]
    names = {id_: outlet.name for id_, outlet in feeds.outlets(session).items()}
    silent = [feed for feed in polled if feed.id not in tally.answered and _is_silent(feed)]
    return Coverage(
        new_items=tally.new - tally.archived,
        feeds=len(polled),
        feeds_answered=len(polled) - len(silent),
        silent=tuple(_silent(feed, names) for feed in silent),
        undated=tally.undated,
        archived=tally.archived,
        held_back=sum(
            n for (reason, key), n in drops.items() if reason == "excluded" and key in wanted
        ),
    )


def _is_silent(feed: Feed) -> bool:
    """A feed that is asked once a week and was fine last time is not."""
    return bool(feed.error) or feed.last_ok_at is None


def _silent(feed: Feed, names: Mapping[str, str]) -> SilentFeed:
    return SilentFeed(
        feed=feed.id,
        outlet=names.get(feed.spec.outlet, feed.id),
        since=feed.last_ok_at or feed.failing_since or feed.next_poll_at,
        reason=feed.error or "not asked yet",
    )
