"""When to poll next. Pure: the clock and the dice are arguments.

`luck` is a random number from 0 to 1; it keeps feeds from gathering at the same minute.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import blake2b

from monitor.feeds import habits, moves, validators
from monitor.feeds.habits import Pace
from monitor.feeds.outcomes import Failed, Fetched, NotModified
from monitor.feeds.wishes import Wishes, allowed
from monitor.model import Feed

LONGEST = timedelta(hours=24)  #: between two tries of a failing feed
LONGEST_PASSING = timedelta(hours=6)  #: the same while it is only the network or a sick server
FULL_BACK_OFF = 6  #: doublings
TOO_MANY = timedelta(minutes=15)  #: after a 429 that names no time
LONGEST_FLOOR = timedelta(hours=24)  #: for which a server may ask to be left alone
LONGEST_FLOOR_OF_QUICK = timedelta(hours=5)  #: the same for a feed that is polled more often
SLOW = timedelta(hours=6)  #: than this
BARE, BARE_EVERY = 3, timedelta(hours=1)  #: answers in a row that cannot be asked for cheaply
GONE_AFTER = timedelta(hours=24)  #: between the two 410s that are believed
GONE_EVERY = timedelta(days=7)
FIRST_POLLS_WITHIN_S = 60
GONE = "HTTP 410 Gone"


def first_poll_at(feed_id: str, now: datetime) -> datetime:
    """Within a minute, always at the same second of it for the same feed."""
    digest = blake2b(feed_id.encode(), digest_size=4).digest()
    return now + timedelta(seconds=int.from_bytes(digest, "big") % FIRST_POLLS_WITHIN_S)


def after_success(
    feed: Feed,
    fetched: Fetched,
    *,
    new: bool,
    now: datetime,
    pace: Pace,
    luck: float,
    complete: bool = True,
    wishes: Wishes | None = None,
) -> Feed:
    """A body was taken in; `new`: with something in it that we did not know.

    The validators are replaced as a pair by what came with this body, also by nothing. A body that
    was cut off (not `complete`) leaves none, or its missing half would stay hidden behind a 304.
    Nor is it the first one, whose contents are history: its missing half is that, too. But if the
    next one is cut off as well, that is how this feed is, and from then on there is news in it.
    wishes: of the document; None = it was not read, they are what they were.
    """
    heard = _heard(validators.after_body(feed, same=fetched.known, now=now), fetched, wishes)
    if not fetched.partial:  # it is new by nature, whatever the feed's habits are
        heard = habits.after_answer(heard, new=new, now=now, pace=pace)
    heard = replace(
        _fine(heard, fresh_s=heard.fresh_s or 0.0, now=now, pace=pace, luck=luck),
        etag=fetched.etag if complete else None,
        last_modified=fetched.last_modified if complete else None,
        body_hash=fetched.body_hash if complete and not fetched.partial else "",
        first_taken_at=feed.first_taken_at or (now if complete or feed.last_ok_at else None),
        last_new_at=now if new else feed.last_new_at,
    )
    return moves.after_answer(heard, fetched.permanent_url, now=now)


def after_not_modified(
    feed: Feed, answer: NotModified, *, now: datetime, pace: Pace, luck: float
) -> Feed:
    """A 304 only renews the validators that it mentions.

    It ends a failure: validators only ever come from a body that was taken in whole, so that body
    is still the newest, and we have it.
    """
    asked = replace(validators.after_304(feed, now=now), bare=0)
    heard = habits.after_answer(asked, new=False, now=now, pace=pace)
    heard = replace(
        _fine(heard, fresh_s=_still_fresh_s(feed, answer), now=now, pace=pace, luck=luck),
        etag=answer.etag or feed.etag,
        last_modified=answer.last_modified or feed.last_modified,
    )
    return moves.after_answer(heard, answer.permanent_url, now=now)


def after_failure(feed: Feed, failed: Failed, *, now: datetime, pace: Pace, luck: float) -> Feed:
    """Back off by powers of two, and no sooner than the server asked; never stop for good.

    The validators stay as they are: had they been taken from a page in the feed's place, the next
    304 would hide the feed behind that page.
    """
    failures = feed.failures + 1
    wait = _spread(_back_off(failures, failed, base=pace.of(feed)), luck)
    asked = failed.retry_after or timedelta(0)
    if feed.gone_since:
        asked = max(asked, GONE_EVERY)
    asked_well = validators.after_nothing(feed)
    return replace(
        asked_well if failed.kind.passing else moves.stays(asked_well),
        next_poll_at=now + max(wait, asked, pace.min_interval),
        failures=failures,
        failing_since=feed.failing_since or now,
        error=failed.reason,
    )


def after_gone(feed: Feed, *, now: datetime, luck: float) -> Feed:
    """A first 410 may be a slip; a second one in a row, a day later, is believed.

    Even then the feed is asked once a week: it costs nothing, and some come back.
    """
    since = feed.failing_since if feed.error == GONE and feed.failing_since else now
    gone_since = feed.gone_since or (now if now - since >= GONE_AFTER else None)
    every = GONE_EVERY if gone_since else GONE_AFTER
    return replace(
        feed,
        next_poll_at=now + max(_spread(every, luck), every),
        failures=feed.failures + 1,
        failing_since=since,
        gone_since=gone_since,
        error=GONE,
    )


def _heard(feed: Feed, fetched: Fetched, wishes: Wishes | None) -> Feed:
    """With what this answer says about coming again."""
    fresh_s = fetched.fresh_for.total_seconds() if fetched.fresh_for else 0.0
    bare = not (fetched.etag or fetched.last_modified or fresh_s)
    feed = replace(feed, fresh_s=fresh_s, bare=feed.bare + 1 if bare else 0)
    if wishes is None:
        return feed
    return replace(
        feed,
        wish_s=wishes.every.total_seconds(),
        skip_hours=wishes.skip_hours,
        skip_days=wishes.skip_days,
    )


def _still_fresh_s(feed: Feed, answer: NotModified) -> float:
    """A 304 may shorten what the last body said, never lengthen it."""
    if answer.fresh_for is None:
        return feed.fresh_s or 0.0
    said = answer.fresh_for.total_seconds()
    return said if feed.fresh_s is None else min(said, feed.fresh_s)


def _fine(feed: Feed, *, fresh_s: float, now: datetime, pace: Pace, luck: float) -> Feed:
    own = pace.of(feed)
    wait = max(_spread(own, luck), pace.min_interval, _floor(feed, own, fresh_s))
    return replace(
        feed,
        next_poll_at=_at_its_hours(feed, now + wait, now=now),
        last_ok_at=now,
        failures=0,
        failing_since=None,
        gone_since=None,
        error="",
    )


def _floor(feed: Feed, own: timedelta, fresh_s: float) -> timedelta:
    """No sooner, whatever its pace; what only the feed wishes yields to a person's `every`."""
    longest = LONGEST_FLOOR if own >= SLOW else LONGEST_FLOOR_OF_QUICK
    if feed.spec.every:
        return min(timedelta(seconds=fresh_s), longest)
    floor = min(timedelta(seconds=max(fresh_s, feed.wish_s)), longest)
    return max(floor, BARE_EVERY) if feed.bare >= BARE else floor


def _at_its_hours(feed: Feed, at: datetime, *, now: datetime) -> datetime:
    if feed.spec.every:
        return at
    moved = allowed(at, hours=feed.skip_hours, days=feed.skip_days)
    return moved if moved - now <= GONE_EVERY else at


def _back_off(failures: int, failed: Failed, *, base: timedelta) -> timedelta:
    """A feed that is polled more seldom than the cap anyway keeps its own pace."""
    doublings: int = 1 << min(failures - 1, FULL_BACK_OFF)
    start = base
    if failed.site_wide and failed.retry_after is None:
        start = max(base, TOO_MANY)
    return max(base, min(start * doublings, LONGEST_PASSING if failed.kind.passing else LONGEST))


def _spread(wait: timedelta, luck: float) -> timedelta:
    """0.95 to 1.10 of it."""
    return wait * (0.95 + 0.15 * luck)
