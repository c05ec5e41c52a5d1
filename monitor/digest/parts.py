"""What a digest is made from, and what it is made into: frozen data. Pure.

Moments stay in UTC; `render` prints them in the zone of the subscription.
"""

from dataclasses import dataclass
from datetime import date, datetime

from monitor.digest.snippet import Run
from monitor.model import (
    Band,
    Change,
    DigestRun,
    Document,
    Hit,
    HitEvent,
    Item,
    Provision,
    Subscription,
)

# -- what goes in ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One hit event of a run, with everything that is known of it."""

    event: HitEvent
    hit: Hit
    item: Item  #: in the revision that the hit cites, or its marks are left out
    story: str  #: Story.id


@dataclass(frozen=True, slots=True, kw_only=True)
class SilentFeed:
    """A feed that has not answered, or has brought nothing new for longer than its habit."""

    feed: str
    outlet: str  #: its name, for a person
    since: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How complete the window was watched."""

    new_items: int
    feeds: int
    feeds_answered: int
    silent: tuple[SilentFeed, ...] = ()
    undated: int = 0  #: items whose feed gave no date; the day of arrival stands in
    archived: int = 0  #: too old to be news when they were first seen
    held_back: int = 0  #: by an `exclude` line
    withdrawn: int = 0  #: hits of earlier mails that hold no longer


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What was found for a provision before."""

    last: datetime | None  #: the last announced hit before this run
    daily: tuple[int, ...] = ()  #: hits a local day, oldest first; the last is the digest's day


# -- what comes out --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One story, told by its best item."""

    story: str
    band: Band
    title: tuple[Run, ...]
    url: str  #: "" where the item has no link that is safe to print
    language: str  #: of title and snippet
    outlets: tuple[str, ...]  #: names, the one of the best item first
    languages: tuple[str, ...]
    at: datetime
    dated: bool  #: False: `at` is the arrival
    snippet: tuple[Run, ...]
    why: str
    change: Change = Change.FOUND
    change_why: str = ""
    full_in: Provision | None = None  #: where it stands in full; None = here


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A provision with news."""

    provision: Provision
    lines: tuple[Line, ...]  #: best first
    more: int = 0  #: stories that are not shown
    daily: tuple[int, ...] = ()  #: as in Past
    first: bool = False  #: the first coverage ever
    gap_days: int = 0  #: the first coverage in so many days; 0 = there was some lately
    times: int = 0  #: so many times the usual volume; 0 = nothing unusual

    @property
    def stories(self) -> int:
        """How many there are, shown or not."""
        return len(self.lines) + self.more


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """A provision without news."""

    provision: Provision
    days: int | None  #: since its last hit; None = it never had one


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """What one subscription is told in one run."""

    run: DigestRun
    subscription: Subscription
    document: Document
    day: date  #: of the slot, in the subscription's zone
    late: bool
    sections: tuple[Section, ...]  #: provisions with news, in document order
    unshown: int = 0  #: further provisions with news, left out for size
    quiet: tuple[Quiet, ...]  #: in document order
    coverage: Coverage
    withdrawn: int  #: hits that hold no longer, of earlier mails and of this run
    other_languages: int  #: items that `news_in` keeps out
