"""What moved since the last digest: each provision against its own past. Pure.

Everything here is counted, nothing is written by a model. Days are those of the subscription.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.digest.parts import Digest, Past, Section
from monitor.model import DigestRun, Provision

GAP_DAYS = 3  #: coverage is news again after so many days without
MEMORY_DAYS = 5  #: days before the window that it takes to know what is usual
MANY = 5  #: hits below which nothing is called unusual
RARE = 0.5  #: usual hits below which a multiple of them says nothing


@dataclass(frozen=True, slots=True)
class Memory:
    """What was there before `run`."""

    run: DigestRun
    zone: ZoneInfo
    past: Mapping[str, Past]  #: by Provision.key

    def day(self, moment: datetime) -> date:
        """The reader's day."""
        return moment.astimezone(self.zone).date()

    def of(self, provision: Provision) -> Past:
        """Its past; an empty one where nothing is known."""
        return self.past.get(provision.key, Past(last=None))

    def is_first(self, provision: Provision) -> bool:
        """Was there never a hit? In the very first digest that would be no news."""
        known = any(past.last is not None for past in self.past.values())
        return known and self.of(provision).last is None

    def gap_days(self, provision: Provision, *, until: datetime) -> int:
        """Days without coverage before `until`, if they were enough to speak of."""
        last = self.of(provision).last
        days = (self.day(until) - self.day(last)).days if last else 0
        return days if days >= GAP_DAYS else 0

    def quiet_days(self, provision: Provision) -> int | None:
        """Days since the last hit; None where there was none."""
        last = self.of(provision).last
        return (self.day(self.run.slot) - self.day(last)).days if last else None

    def times(self, provision: Provision, *, hits: int) -> int:
        """`hits` are so many times its usual volume; 0 if the difference may well be chance.

        The days that the window touches are no part of what is usual. Few hits, or a short
        memory, make no trend; twice the usual and more than 2 standard deviations of a Poisson
        count do.
        """
        usual = self._usual(self.of(provision).daily)
        if usual < RARE or hits < MANY:
            return 0
        unusual = hits >= 2 * usual and hits > usual + 2 * usual**0.5
        return round(hits / usual) if unusual else 0

    def _usual(self, daily: tuple[int, ...]) -> float:
        """Hits that a window of this length usually has; 0 = nobody can say."""
        run = self.run
        touched = (self.day(run.slot) - self.day(run.window_start)).days + 1
        before = daily[:-touched]
        if len(before) < MEMORY_DAYS:
            return 0
        return sum(before) / len(before) * ((run.window_end - run.window_start) / timedelta(days=1))


def moved(digest: Digest) -> tuple[Section, ...]:
    """The sections that changed most first: new, back after long, unusual, many stories."""
    return tuple(sorted(digest.sections, key=_movement, reverse=True))


def _movement(section: Section) -> tuple[bool, int, int, int]:
    return section.first, section.gap_days, section.times, section.stories
