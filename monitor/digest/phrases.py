"""The mail's own words, by language: a translation is one more `Language` below.

A phrase is a tuple of its plural forms; `plural` says which one goes with a number. Names in
braces are filled in, `{n}` with the number.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """How one language says what a digest has to say."""

    code: str
    plural: Callable[[int], int]  #: index of the form that goes with a number
    weekdays: tuple[str, ...]  #: Monday first
    months: tuple[str, ...]
    phrases: Mapping[str, tuple[str, ...]]

    def say(self, phrase: str, n: int | None = None, **values: object) -> str:
        """`phrase`, in the form that goes with `n`."""
        forms = self.phrases[phrase]
        form = forms[0] if n is None else forms[min(self.plural(n), len(forms) - 1)]
        return form.format(n=n, **values)

    def day(self, day: date, *, form: str = "day", time: str = "") -> str:
        """`day` as one of the forms `day`, `day_long`, `day_year`, `day_time`, `weekday_time`."""
        weekday, month = self.weekdays[day.weekday()], self.months[day.month - 1]
        return self.say(
            form,
            weekday=weekday,
            month=month,
            weekday_short=weekday[:3],
            month_short=month[:3],
            day=day.day,
            year=day.year,
            time=time,
        )


ENGLISH = Language(
    code="en",
    plural=lambda n: int(n != 1),
    weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    months=(
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
    phrases={
        # days and moments
        "day": ("{weekday_short} {day} {month_short}",),
        "day_long": ("{weekday} {day} {month} {year}",),
        "day_year": ("{day} {month_short} {year}",),
        "day_time": ("{weekday_short} {day} {month_short},\xa0{time}",),
        "weekday_time": ("{weekday_short}\xa0{time}",),
        "arrived": ("seen {when}",),
        # subject and head
        "name": ("Provision monitor",),
        "subject": ("{day}: {news}",),
        "subject_moved": ("{title}: {change}",),
        "subject_quiet": ("{n} quiet",),
        "subject_empty": ("nothing new on {document}",),
        "subject_deaf": ("{n} feed did not answer", "{n} feeds did not answer"),
        "window": ("News since {since}",),
        "late": ("This mail is late: it was due {due} and was made {made}.",),
        "late_missed": (
            "It also stands for the one of {missed}.",
            "It also stands for those of {missed}.",
        ),
        # what moved
        "moved": ("What moved",),
        "first": ("first coverage",),
        "gap": ("first coverage in {n} day", "first coverage in {n} days"),
        "times": ("{n} times the usual",),
        "stories": ("{n} story", "{n} stories"),
        # sections
        "claim": ("claim",),
        "bars": ("Hits a day over the last {n} days, at most {most}",),
        "bars_list": ("Hits a day over the last {n} days, oldest first: {list}",),
        "band_high": ("high",),
        "band_low": ("low",),
        "update": ("Update",),
        "restored": ("Holds again",),
        "why": ("Why: {why}",),
        "full_in": ("in full under {provision}",),
        "more": ("and {n} more", "and {n} more"),
        "more_sections": ("and {n} more provision with news", "and {n} more provisions with news"),
        "unread_title": ("(no headline)",),
        "quiet": ("Quiet",),
        "quiet_days": ("{label} ({n} d)",),
        "quiet_hint": ("in brackets: days since the last hit",),
        # the empty day
        "empty_of": (
            "Nothing new on the {n} provision you follow.",
            "Nothing new on any of the {n} provisions you follow.",
        ),
        # completeness
        "complete": ("How complete this is",),
        "items": (
            "{n:,} new item from {answered} of {feeds} feeds",
            "{n:,} new items from {answered} of {feeds} feeds",
        ),
        "silent": ("{n} feed silent", "{n} feeds silent"),
        "undated": ("{n} undated (dated by arrival)",),
        "archived": ("{n} older one archived only", "{n} older ones archived only"),
        "held_back": ("{n} held back by an exclude",),
        "withdrawn": ("{n} hit no longer holds", "{n} hits no longer hold"),
        "other_languages": (
            "{n} hit in a language you do not read",
            "{n} hits in languages you do not read",
        ),
        "silent_feed": ("{outlet} ({feed}) is silent since {since}: {reason}",),
        # foot
        "foot": ("You get this mail because you are subscribed to {document}.",),
        "unsubscribe": ("Unsubscribe",),
        "unsubscribe_text": ("To unsubscribe, write to {address} with the subject: {subject}",),
        "unsubscribe_subject": ("unsubscribe {subscription}",),
        "open": ("Open the monitor",),
    },
)

_LANGUAGES = {language.code: language for language in (ENGLISH,)}


def languages() -> tuple[str, ...]:
    """The codes of the languages that a mail's own words exist in."""
    return tuple(_LANGUAGES)


def language(code: str) -> Language:
    """The language of a mail's own words; English where there is no translation yet."""
    return _LANGUAGES.get(code, ENGLISH)
