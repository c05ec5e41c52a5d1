"""What the templates may ask: a digest in words, in one language and one zone. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from unicodedata import east_asian_width
from urllib.parse import quote
from zoneinfo import ZoneInfo

from monitor.digest.changes import moved
from monitor.digest.parts import Digest, Line, Quiet, Section, SilentFeed
from monitor.digest.phrases import Language
from monitor.digest.snippet import Run, breakable, clipped
from monitor.model import Band, Change, Kind, Provision
from monitor.text import squeeze

NAMES = 2  #: outlets of a story that are named; the others are counted
MOVED = 12  #: provisions in the block of what moved
QUIET = 60  #: quiet provisions that are named
SILENT = 8  #: silent feeds that are named
MISSED = 5  #: missed slots that are named
LABEL = 90  #: characters of a title that a person wrote
SHORT = 32  #: characters of it in the subject
WIDTH = 76  #: columns of the text part
BAR_PX = 24  #: height of the highest bar

_RTL = frozenset({"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})
_SPARKS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What a mail says about the monitor that sends it."""

    sender_domain: str
    maintainer: str = ""  #: address that takes unsubscribes; "" = nobody does
    public_url: str = ""  #: "" = the monitor has no page
    more_command: str = ""  #: "monitor hits --provision {id} --since {date}"; "" = none


@dataclass(frozen=True, slots=True)
class View:
    """A digest and the words for it."""

    digest: Digest
    words: Language
    frame: Frame

    def say(self, phrase: str, n: int | None = None, **values: object) -> str:
        """A phrase of the mail's language."""
        return self.words.say(phrase, n, **values)

    # -- head

    @property
    def title(self) -> str:
        """Of the document."""
        return clipped(squeeze(self.digest.document.title), LABEL)

    @property
    def news(self) -> list[str]:
        """What moved, in short pieces: "Return to the G8: first coverage in 12 days"."""
        return [
            self.say(
                "subject_moved", title=_short(s.provision.title, SHORT), change=self.striking(s)
            )
            for s in moved(self.digest)
        ]

    @property
    def preheader(self) -> str:
        """What an inbox shows beside the subject."""
        heads = [plain(s.lines[0].title) for s in moved(self.digest) if s.lines]
        return _short(" · ".join(heads[:2]) or self.completeness, 160)

    @property
    def late(self) -> str:
        """Why this mail comes now; "" if it is on time."""
        run = self.digest.run
        if not self.digest.late:
            return ""
        late = self.say("late", due=self.moment(run.slot), made=self.moment(run.made_at))
        if not run.missed:
            return late
        return f"{late} {self.say('late_missed', len(run.missed), missed=self._missed)}"

    @property
    def _missed(self) -> str:
        named = [self.moment(slot) for slot in self.digest.run.missed[-MISSED:]]
        return "; ".join(named) + self._and_more(len(self.digest.run.missed) - len(named))

    # -- moments

    def local(self, moment: datetime) -> datetime:
        """`moment` on the reader's clock."""
        return moment.astimezone(ZoneInfo(self.digest.subscription.zone))

    def moment(self, moment: datetime) -> str:
        """Day and time."""
        local = self.local(moment)
        return self.words.day(local.date(), form="day_time", time=f"{local:%H:%M}")

    def when(self, line: Line) -> str:
        """The time if it was today, weekday and time in the week before, else the day."""
        local = self.local(line.at)
        days = (self.digest.day - local.date()).days
        if days == 0:
            when = f"{local:%H:%M}"
        elif 0 < days < 7:
            when = self.words.day(local.date(), form="weekday_time", time=f"{local:%H:%M}")
        else:
            this_year = local.year == self.digest.day.year
            when = self.words.day(local.date(), form="day" if this_year else "day_year")
        return when if line.dated else self.say("arrived", when=when)

    # -- provisions and stories

    def label(self, provision: Provision) -> str:
        """Number and title in one."""
        return " ".join(filter(None, [self.number(provision), self.name(provision)]))

    def number(self, provision: Provision) -> str:
        """As the document counts."""
        return _short(provision.number, 12)

    def name(self, provision: Provision) -> str:
        """Its title."""
        return _short(provision.title, LABEL)

    def kind(self, provision: Provision) -> str:
        """What it is, unless its title says so itself ("Claim: Russia will hardly accept")."""
        word = self.say("claim") if provision.kind is Kind.CLAIM else ""
        return "" if provision.title.casefold().startswith(word) else word

    def striking(self, section: Section) -> str:
        """The one thing to say of its news."""
        if section.first:
            return self.say("first")
        if section.gap_days:
            return self.say("gap", section.gap_days)
        return self.say("stories", section.stories)

    def is_striking(self, section: Section) -> bool:
        """Is there more to say than how many stories?"""
        return bool(section.first or section.gap_days or section.times)

    def change(self, section: Section) -> str:
        """Everything that changed: "first coverage in 12 days · 3 stories"."""
        new = [self.striking(section)] if section.first or section.gap_days else []
        usual = [self.say("times", section.times)] if section.times else []
        return " · ".join([*new, self.say("stories", section.stories), *usual])

    def facts(self, line: Line) -> str:
        """Who told it, where, when, and its band: "Reuters, TASS +6 · en ru · 14:05 · high"."""
        names = ", ".join(line.outlets[:NAMES])
        others = len(line.outlets) - NAMES
        outlets = f"{names} +{others}" if others > 0 else names
        languages = " ".join(line.languages[:8])
        return " · ".join(filter(None, [outlets, languages, self.when(line), self.band(line)]))

    def band(self, line: Line) -> str:
        """What the score comes to; most are normal, and it is not said."""
        phrase = {Band.HIGH: "band_high", Band.LOW: "band_low"}.get(line.band)
        return self.say(phrase) if phrase else ""

    def mark(self, line: Line) -> str:
        """What kind of news it is, if it is no new story."""
        phrase = {Change.UPDATED: "update", Change.RESTORED: "restored"}.get(line.change)
        if phrase is None:
            return ""
        return ": ".join(filter(None, [self.say(phrase), line.change_why]))

    def direction(self, language: str) -> str:
        """The `dir` of a text; it also keeps the text's direction from leaking out."""
        if not language:
            return "auto"
        return "rtl" if language.partition("-")[0].lower() in _RTL else "ltr"

    def more(self, section: Section) -> str:
        """How many stories are not shown."""
        return self.say("more", section.more)

    def command(self, section: Section) -> str:
        """What lists all of them; "" if nothing does."""
        start = self.digest.run.window_start
        # the earlier day of the two: the command may count in UTC, the reader in the zone
        date = min(self.local(start).date(), start.astimezone(UTC).date())
        return self.frame.more_command.format(id=section.provision.id, date=date)

    def bars(self, section: Section) -> list[int]:
        """Heights in pixels; 0 only where there was nothing."""
        most = max(section.daily, default=0)
        return [-(-hits * BAR_PX // most) if hits else 0 for hits in section.daily]

    def sparks(self, section: Section) -> str:
        """The bars as one line of text."""
        most = max(section.daily, default=0)
        return "".join(
            _SPARKS[(hits * len(_SPARKS) - 1) // most] if hits else "." for hits in section.daily
        )

    # -- foot

    @property
    def moved(self) -> Sequence[Section]:
        """The provisions with news, those that changed most first."""
        return moved(self.digest)[:MOVED]

    @property
    def quiet(self) -> str:
        """The provisions without news, in one line."""
        named = [self._quiet(one) for one in self.digest.quiet[:QUIET]]
        return " · ".join(named) + self._and_more(len(self.digest.quiet) - len(named))

    def _quiet(self, quiet: Quiet) -> str:
        label = self.label(quiet.provision)
        return label if quiet.days is None else self.say("quiet_days", quiet.days, label=label)

    @property
    def completeness(self) -> str:
        """What was looked through, and what of it is not shown."""
        coverage, digest = self.digest.coverage, self.digest
        first = self.say(
            "items",
            coverage.new_items,
            answered=coverage.feeds_answered,
            feeds=coverage.feeds,
        )
        counts = {
            "silent": len(coverage.silent),
            "undated": coverage.undated,
            "archived": coverage.archived,
            "held_back": coverage.held_back,
            "withdrawn": digest.withdrawn,
            "other_languages": digest.other_languages,
        }
        return "; ".join([first, *(self.say(name, n) for name, n in counts.items() if n)]) + "."

    @property
    def silent(self) -> list[str]:
        """The feeds that are silent, each with since when and why."""
        silent = self.digest.coverage.silent
        named = [self._silent(feed) for feed in silent[:SILENT]]
        rest = len(silent) - len(named)
        return [*named, self.say("more", rest)] if rest else named

    def _silent(self, feed: SilentFeed) -> str:
        return self.say(
            "silent_feed",
            outlet=_short(feed.outlet, 40),
            feed=_short(feed.feed, 60),
            since=self.moment(feed.since),
            reason=_short(feed.reason, 120),
        )

    @property
    def unsubscribe_subject(self) -> str:
        """The subject of a mail that ends this subscription."""
        return self.say("unsubscribe_subject", subscription=squeeze(self.digest.subscription.id))

    @property
    def unsubscribe(self) -> str:
        """A link that writes this mail; "" if nobody would read it."""
        if not self.frame.maintainer:
            return ""
        address = quote(self.frame.maintainer, safe="@")
        return f"mailto:{address}?subject={quote(self.unsubscribe_subject, safe='')}"

    def _and_more(self, n: int) -> str:
        return f" {self.say('more', n)}" if n > 0 else ""


def starred(runs: Sequence[Run]) -> str:
    """Runs as text, marked ones between asterisks."""
    return "".join(f"*{run.text}*" if run.marked else run.text for run in runs)


def wrapped(text: str, indent: int = 0, first: str = "") -> str:
    """`text` in lines of the text part, indented; `first` stands before the first of them."""
    lines, empty = [first.ljust(indent)], True
    for piece in breakable(text):
        if not empty and columns(lines[-1]) + columns(piece.rstrip()) > WIDTH:
            lines.append(" " * indent)
        lines[-1] += piece
        empty = False
    return "\n".join(line.rstrip() for line in lines)


def columns(text: str) -> int:
    """How wide `text` is: a Chinese character takes the room of two letters."""
    return sum(1 + (east_asian_width(char) in "WF") for char in text)


def plain(runs: Sequence[Run]) -> str:
    """Runs as text."""
    return "".join(run.text for run in runs)


def _short(text: str, limit: int) -> str:
    return clipped(squeeze(text), limit)
