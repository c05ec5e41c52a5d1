"""How often a feed has news, and how often it is worth asking therefore. Pure.

    polling.every -> something new: half of it -> nothing: a quarter more -> ...

within `polling.fastest` and `polling.slowest`, and never longer than half of what usually lies
between its news, or a tenth of the time for which it has been silent. A feed whose file says
`every` is asked just so.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median

from monitor.model import Feed

GAPS = 20  #: as many are remembered
FEWEST_GAPS = 3  #: fewer are no habit
FASTER, SLOWER = 0.5, 1.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often feeds are polled where nothing else says."""

    every: timedelta = timedelta(hours=1)  #: as long as nothing is known of a feed's habits
    min_interval: timedelta = timedelta(minutes=5)
    fastest: timedelta = timedelta(minutes=15)
    slowest: timedelta = timedelta(hours=6)

    def of(self, feed: Feed) -> timedelta:
        """The wish of the person or the feed's own habit, but never under the minimum."""
        if feed.spec.every or feed.interval_s is None:
            return max(feed.spec.every or self.every, self.min_interval)
        return self.within(timedelta(seconds=feed.interval_s))

    def within(self, interval: timedelta) -> timedelta:
        """`every` wins over a bound that it is beyond."""
        least = max(min(self.fastest, self.every), self.min_interval)
        return min(max(interval, least), max(self.slowest, self.every))


def after_answer(feed: Feed, *, new: bool, now: datetime, pace: Pace) -> Feed:
    """A poll that brought something new, or nothing, moves the pace.

    feed: as it was asked. Its first answer is history and says nothing.
    """
    gaps = feed.gaps_s
    if new and feed.last_new_at:
        gap = max(now - feed.last_new_at, timedelta(0))  # a clock may have been set back
        gaps = (*gaps, round(gap.total_seconds()))[-GAPS:]
    interval = pace.every
    if feed.interval_s is not None:
        step = timedelta(seconds=feed.interval_s) * (FASTER if new else SLOWER)
        interval = min(step, _worth(gaps, _silent(feed, now, new=new), pace))
    return replace(feed, gaps_s=gaps, interval_s=pace.within(interval).total_seconds())


def _worth(gaps: tuple[int, ...], silent: timedelta, pace: Pace) -> timedelta:
    """The longest interval at which such a feed is worth asking."""
    usual = timedelta(seconds=median(gaps)) / 2 if len(gaps) >= FEWEST_GAPS else pace.every
    return max(usual, silent / 10)


def _silent(feed: Feed, now: datetime, *, new: bool) -> timedelta:
    since = feed.last_new_at or feed.first_taken_at
    return timedelta(0) if new or since is None else max(now - since, timedelta(0))
