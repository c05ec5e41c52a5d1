"""What a feed itself says about when to come again: ttl, sy:update..., skipHours, skipDays. Pure.

Read from the text in front of the first entry, where all of them stand; no parser gives them whole.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

HEAD_CHARACTERS = 8_000
LONGEST = timedelta(days=7)  #: a longer one is a mistake
DAY = timedelta(days=1)

_ENTRY = re.compile(r"<(?:[\w.-]+:)?(?:item|entry)\b", re.I)
_TTL = re.compile(r"<ttl>\s*(\d{1,6})\s*</ttl>", re.I)
_PERIOD = re.compile(r"<[\w.-]+:updatePeriod>\s*(\w{1,20})\s*</", re.I)
_FREQUENCY = re.compile(r"<[\w.-]+:updateFrequency>\s*(\d{1,4})\s*</", re.I)
_HOURS = re.compile(r"<skipHours>(.{0,2000}?)</skipHours>", re.I | re.S)
_HOUR = re.compile(r"<hour>\s*(\d{1,2})\s*</hour>", re.I)
_DAYS = re.compile(r"<skipDays>(.{0,1000}?)</skipDays>", re.I | re.S)
_DAY = re.compile(r"<day>\s*(\w{1,20})\s*</day>", re.I)
_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# nearly every site of one maker says "hourly" and means nothing by it
_PERIODS = {"daily": DAY, "weekly": 7 * DAY, "monthly": 30 * DAY, "yearly": 365 * DAY}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """When not to come; by UTC."""

    every: timedelta = timedelta(0)  #: no sooner again than after that
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()  #: 0 is Monday


NO_WISHES = Wishes()


def wishes(text: str) -> Wishes:
    """What the document `text` wishes; nonsense is no wish."""
    entry = _ENTRY.search(text, 0, HEAD_CHARACTERS)
    head = text[: entry.start() if entry else HEAD_CHARACTERS]
    hours, days = _HOURS.search(head), _DAYS.search(head)
    named_hours = _HOUR.findall(hours[1]) if hours else ()
    named_days = (day.lower() for day in _DAY.findall(days[1])) if days else ()
    return Wishes(
        every=max(_ttl(head), _update(head)),
        skip_hours=_some({int(hour) % 24 for hour in named_hours if int(hour) <= 24}, 24),
        skip_days=_some({_WEEK.index(day) for day in named_days if day in _WEEK}, 7),
    )


def allowed(at: datetime, *, hours: tuple[int, ...], days: tuple[int, ...]) -> datetime:
    """The first time from `at` on at which it may be asked, at the same minute of the hour."""
    while at.hour in hours or at.weekday() in days:
        at += timedelta(hours=1)
    return at


def _ttl(head: str) -> timedelta:
    found = _TTL.search(head)
    minutes = timedelta(minutes=int(found[1])) if found else timedelta(0)
    return minutes if minutes <= LONGEST else timedelta(0)


def _update(head: str) -> timedelta:
    period, times = _PERIOD.search(head), _FREQUENCY.search(head)
    if not period or period[1].lower() not in _PERIODS:
        return timedelta(0)
    every = _PERIODS[period[1].lower()] / max(int(times[1]) if times else 1, 1)
    return min(every, DAY) if every >= DAY else timedelta(0)


def _some(found: set[int], all_of_them: int) -> tuple[int, ...]:
    """Who skips everything skips nothing."""
    return tuple(sorted(found)) if len(found) < all_of_them else ()
