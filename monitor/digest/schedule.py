"""When a digest is due. Pure.

A slot is one moment at which a digest is due. Schedules are written in local time, slots are UTC:

* a local time that the clock jumps over fires at the first valid minute after the gap
* a local time that comes twice fires the first time
* a day that a zone left out altogether (Samoa, 30 December 2011) has no slot
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKDAYS = {
    "": frozenset(range(7)),
    "weekdays": frozenset(range(5)),
    **{day: frozenset({number}) for number, day in enumerate(_DAYS)},
    **{day[:3]: frozenset({number}) for number, day in enumerate(_DAYS)},
}
_SHAPE = re.compile(r"(?:([a-z]+)\s+)?([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A local time of day, on some days of the week."""

    at: time
    weekdays: frozenset[int]  #: Monday is 0


def parse_at(text: str) -> Schedule:
    """Read "07:00", "Mon 08:00" or "weekdays 07:00".

    Raises:
        ValueError: it is none of them; the text says what to write.
    """
    shape = _SHAPE.fullmatch(text.strip().lower())
    weekdays = _WEEKDAYS.get(shape[1] or "") if shape else None
    if shape is None or weekdays is None:
        raise ValueError(
            f"{text!r} is no time of a digest;"
            ' write "07:00" (every day), "weekdays 07:00" or "Mon 08:00" (24 hours, local time)'
        )
    return Schedule(time(int(shape[2]), int(shape[3])), weekdays)


def slots(schedule: Schedule, zone: str, *, after: datetime, until: datetime) -> list[datetime]:
    """All slots with `after` < slot <= `until`, earliest first, in UTC."""
    moments = (_moment(day, schedule.at, ZoneInfo(zone)) for day in _days(schedule, after, until))
    return [moment for moment in moments if moment is not None and after < moment <= until]


def previous(schedule: Schedule, zone: str, *, at: datetime) -> datetime:
    """The latest slot at or before `at`."""
    # 16 days: a weekly slot whose day was left out is two weeks away
    return slots(schedule, zone, after=at - 16 * _DAY, until=at)[-1]


def _days(schedule: Schedule, after: datetime, until: datetime) -> Iterator[date]:
    """Local days whose slot may lie in the window: zones are a day from UTC, gaps another."""
    day = after.astimezone(UTC).date() - 2 * _DAY
    while day <= until.astimezone(UTC).date() + 2 * _DAY:
        if day.weekday() in schedule.weekdays:
            yield day
        day += _DAY


def _moment(day: date, at: time, zone: ZoneInfo) -> datetime | None:
    """When the clocks of `zone` first show `day` and `at`, or had to jump over it."""
    if _first(datetime.combine(day, time()), zone).astimezone(zone).date() != day:
        return None
    return _first(datetime.combine(day, at), zone)


def _first(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first moment at which the clocks of `zone` show `wall` or later."""
    early = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if early.astimezone(zone).replace(tzinfo=None) == wall:
        return early
    # in a gap: fold=1 counts with the offset after it and so lands before it, fold=0 behind it
    return _end_of_gap(wall, zone, wall.replace(tzinfo=zone, fold=1).astimezone(UTC), early)


def _end_of_gap(wall: datetime, zone: ZoneInfo, before: datetime, behind: datetime) -> datetime:
    while behind - before > _MINUTE:
        middle = before + (behind - before) // _MINUTE // 2 * _MINUTE
        if middle.astimezone(zone).replace(tzinfo=None) < wall:
            before = middle
        else:
            behind = middle
    return behind
