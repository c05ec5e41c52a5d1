from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.digest.schedule import Schedule, parse_at, previous, slots

EVERY_DAY = frozenset(range(7))
ZONES = [
    "UTC",
    "Europe/Berlin",
    "Europe/Kyiv",
    "America/New_York",
    "America/Sao_Paulo",
    "America/Nuuk",
    "Asia/Beirut",
    "Asia/Kolkata",
    "Asia/Tehran",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Chatham",
]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "at", "weekdays"),
    [
        ("07:00", time(7), EVERY_DAY),
        ("7:05", time(7, 5), EVERY_DAY),
        (" 23:59 ", time(23, 59), EVERY_DAY),
        ("Mon 08:00", time(8), {0}),
        ("sun 00:00", time(0), {6}),
        ("Thursday 18:30", time(18, 30), {3}),
        ("weekdays 07:00", time(7), set(range(5))),
    ],
)
def test_reads_what_people_write(text: str, at: time, weekdays: set[int]) -> None:
    assert parse_at(text) == Schedule(at, frozenset(weekdays))


@pytest.mark.parametrize(
    "text",
    ["", "7", "24:00", "07:60", "Mo 08:00", "monthday 08:00", "Mon", "weekends 07:00", "07:00 Mon",
     "07:00:30", "0 7 * * *", "٠٧:٠٠", "7 am"],
)  # fmt: skip
def test_says_what_to_write_instead(text: str) -> None:
    with pytest.raises(ValueError, match='write "07:00"') as caught:
        parse_at(text)

    assert repr(text) in str(caught.value)


@pytest.mark.parametrize(
    ("at", "zone", "day", "slot"),
    [
        pytest.param("07:00", "UTC", "2025-06-01", "2025-06-01T07:00", id="plain"),
        pytest.param("07:00", "Asia/Kolkata", "2025-06-01", "2025-06-01T01:30", id="half-hour"),
        pytest.param("02:30", "Europe/Berlin", "2025-03-30", "2025-03-30T01:00", id="gap"),
        pytest.param("02:00", "Europe/Berlin", "2025-03-30", "2025-03-30T01:00", id="gap-begins"),
        pytest.param("03:00", "Europe/Berlin", "2025-03-30", "2025-03-30T01:00", id="gap-ends"),
        pytest.param("02:30", "Europe/Berlin", "2025-10-26", "2025-10-26T00:30", id="twice"),
        pytest.param("03:00", "Europe/Berlin", "2025-10-26", "2025-10-26T02:00", id="after-twice"),
        pytest.param("02:15", "Australia/Lord_Howe", "2025-10-05", "2025-10-04T15:30", id="gap-30"),
        pytest.param("01:45", "Australia/Lord_Howe", "2025-04-06", "2025-04-05T14:45", id="2x-30"),
        pytest.param("00:00", "America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00", id="gap-0h"),
        pytest.param("00:10", "Asia/Beirut", "2025-03-30", "2025-03-29T22:00", id="0h-east"),
        pytest.param("23:30", "America/Nuuk", "2025-03-29", "2025-03-30T01:00", id="next-day"),
        pytest.param("23:30", "America/Sao_Paulo", "2018-02-17", "2018-02-18T01:30", id="2x"),
        pytest.param("07:00", "Europe/Kyiv", "2024-02-29", "2024-02-29T05:00", id="leap-day"),
        pytest.param("00:00", "Pacific/Auckland", "2026-01-01", "2025-12-31T11:00", id="year-end"),
        pytest.param("23:00", "Pacific/Honolulu", "2025-12-31", "2026-01-01T09:00", id="west"),
    ],
)  # fmt: skip
def test_one_slot_on_a_day(at: str, zone: str, day: str, slot: str) -> None:
    before = utc(slot) - timedelta(hours=12)

    assert slots(parse_at(at), zone, after=before, until=before + timedelta(days=1)) == [utc(slot)]


def test_a_day_that_a_zone_left_out_has_no_slot() -> None:
    week = slots(
        parse_at("07:00"), "Pacific/Apia", after=utc("2011-12-28"), until=utc("2012-01-01")
    )

    days = [slot.astimezone(ZoneInfo("Pacific/Apia")).day for slot in week]
    assert days == [28, 29, 31, 1]


def test_a_weekly_slot_whose_day_was_left_out_is_two_weeks_away() -> None:
    friday = previous(parse_at("Fri 07:00"), "Pacific/Apia", at=utc("2012-01-02"))

    assert friday == utc("2011-12-23T17:00")


def test_weekdays_leave_out_the_weekend() -> None:
    week = slots(
        parse_at("weekdays 07:00"),
        "Europe/Berlin",
        after=utc("2025-11-21"),
        until=utc("2025-11-25"),
    )

    assert week == [utc("2025-11-21T06:00"), utc("2025-11-24T06:00")]


def test_the_window_holds_its_end_and_not_its_beginning() -> None:
    first, second = utc("2025-06-01T07:00"), utc("2025-06-02T07:00")

    assert slots(parse_at("07:00"), "UTC", after=first, until=second) == [second]
    assert slots(parse_at("07:00"), "UTC", after=second, until=first) == []


def test_previous_is_now_when_it_is_due_now() -> None:
    due = utc("2025-06-01T07:00")

    assert previous(parse_at("07:00"), "UTC", at=due) == due
    assert previous(parse_at("07:00"), "UTC", at=due - timedelta(seconds=1)) == due - timedelta(
        days=1
    )


times = st.builds(time, st.integers(0, 23), st.integers(0, 59))
moments = st.integers(631_152_000, 2_208_988_800).map(
    lambda s: datetime.fromtimestamp(s, UTC)
)  # 1990 to 2040


@given(at=times, zone=st.sampled_from(ZONES), after=moments, days=st.integers(1, 400))
def test_slots_grow_and_there_is_one_a_local_day(
    at: time, zone: str, after: datetime, days: int
) -> None:
    found = slots(Schedule(at, EVERY_DAY), zone, after=after, until=after + timedelta(days=days))

    assert all(a < b for a, b in pairwise(found))
    assert days - 2 <= len(found) <= days + 1
    # the clock shows the wanted time or, after a gap, a later one; never an earlier one
    local = [slot.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for slot in found]
    wanted = [datetime.combine(moment.date(), at) for moment in local]
    for shown, want in zip(local, wanted, strict=True):
        assert shown == want or timedelta() < shown - want <= timedelta(hours=1) or shown.hour == 0
    assert len({moment.date() for moment in local}) >= len(local) - 1


@given(at=times, zone=st.sampled_from(ZONES), moment=moments)
def test_previous_is_the_last_of_the_slots(at: time, zone: str, moment: datetime) -> None:
    schedule = Schedule(at, EVERY_DAY)

    found = previous(schedule, zone, at=moment)

    assert found <= moment
    assert slots(schedule, zone, after=found, until=moment) == []
