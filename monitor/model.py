"""The nouns of the monitor: frozen data that crosses stage borders.

Standard library only, no I/O. Every datetime is aware and in UTC unless its name says otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date as Date
from datetime import datetime, timedelta
from enum import StrEnum

# -- what is tracked -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text stands in a file that a person wrote.

    A value may come from several source lines (block scalars) or be shortened by escapes, so
    it is kept as runs: `(offset in the value, line, column)`, each valid until the next.
    Lines and columns are 1-based.
    """

    file: str
    runs: tuple[tuple[int, int, int], ...] = ((0, 0, 0),)

    def at(self, offset: int = 0) -> tuple[int, int]:
        """(line, column) of the character at `offset` of the value."""
        start, line, column = max(run for run in self.runs if run[0] <= max(offset, 0))
        return line, column + offset - start


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One line that a person wrote in the query language: a keyword, an exclude, an alias."""

    text: str
    weight: float = 1.0
    languages: tuple[str, ...] = ()  #: what its words are written in; () = the document's
    note: str = ""
    place: Place | None = field(default=None, compare=False)
    key: str = field(default="", compare=False)  #: path in the file: provisions[2].keywords[0]


class Kind(StrEnum):
    """What a provision is a clause of."""

    PROVISION = "provision"
    CLAIM = "claim"  #: a statement of the source that can come true or not
    WHOLE = "whole"  #: the document as such


@dataclass(frozen=True, slots=True, kw_only=True)
class Provision:
    """One clause that is watched, and its standing rules."""

    document: str
    id: str  #: permanent, unique in its document
    number: str = ""
    title: str
    text: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)  #: the text in other languages
    kind: Kind = Kind.PROVISION
    keywords: tuple[Rule, ...]
    exclude: tuple[Rule, ...] = ()
    context: Rule | None = None  #: its own or the document's; None where it said `none`
    hits: tuple[Rule, ...] = ()  #: example texts that must hit
    misses: tuple[Rule, ...] = ()  #: example texts that must not
    renamed_from: str = ""

    @property
    def key(self) -> str:
        """Unique over all documents."""
        return f"{self.document}/{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where the document was published."""

    name: str = ""
    url: str = ""
    date: Date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What is tracked: one YAML file under seeds/."""

    id: str
    title: str
    source: Source = Source()
    version: str = ""
    languages: tuple[str, ...] = ("en",)
    aliases: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict)
    provisions: tuple[Provision, ...]


# -- where news comes from -------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """A publisher. We count outlets, not feeds."""

    id: str
    name: str
    aliases: tuple[str, ...] = ()
    country: str = ""
    language: str = ""
    ownership: str = ""
    zone: str = ""
    verified: bool = True  #: False for a name that only an aggregator's entry gave


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedSpec:
    """A feed as a person wrote it."""

    id: str
    url: str
    outlet: str = ""  #: "" only where `aggregator`
    aggregator: bool = False
    language: str = ""
    every: timedelta | None = None  #: None = as its habits are, from polling.every on
    paused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed and what is remembered of it."""

    spec: FeedSpec
    next_poll_at: datetime
    effective_url: str = ""  #: "" = spec.url
    moving_to: str = ""  #: where permanent redirects led lately, not believed yet
    moving_votes: int = 0  #: answers in a row from there
    moving_since: datetime | None = None
    etag: str | None = None  #: opaque, byte for byte as the server said
    last_modified: str | None = None
    body_hash: str = ""
    asks_with: str = "both"  #: of the validators; or only "date" or "tag", see feeds.validators
    asks_since: datetime | None = None  #: that, where it is not how every feed begins
    ignored: int = 0  #: how often in a row that did not help
    whole_at: datetime | None = None  #: last answer with a body; after that, only 304s
    fresh_s: float | None = None  #: for how long that body was to be the newest; None = not known
    bare: int = 0  #: bodies in a row without validators and such a time
    wish_s: float = 0.0  #: that the feed itself wishes between two polls
    skip_hours: tuple[int, ...] = ()  #: at which it wishes none, by UTC
    skip_days: tuple[int, ...] = ()  #: 0 is Monday
    interval_s: float | None = None  #: its own pace; None until the first answer
    gaps_s: tuple[int, ...] = ()  #: between its last news
    first_taken_at: datetime | None = None  #: None until the first body was taken in
    last_ok_at: datetime | None = None
    last_new_at: datetime | None = None
    failures: int = 0  #: in a row
    failing_since: datetime | None = None
    gone_since: datetime | None = None
    error: str = ""  #: of the last poll; "" if it was fine

    @property
    def id(self) -> str:
        """The spec's permanent id."""
        return self.spec.id

    @property
    def url(self) -> str:
        """Where it is polled now."""
        return self.effective_url or self.spec.url


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One news item, cleaned. Spans of evidence count code points of `title` and `text`."""

    id: str  #: stable over polls and runs: hash of feed and key
    feed: str
    key: str  #: what identifies it within its feed
    alt_key: str = ""  #: a second chance to recognise it when its guid changes
    url: str = ""  #: canonical
    outlet: str = ""
    language: str = ""  #: two letters, "" if unknown
    title: str  #: plain text
    text: str = ""  #: plain text
    author: str = ""
    published: datetime | None = None  #: what the feed said; None if it said nothing sane
    first_seen: datetime
    rev: int = 1
    content_hash: str = ""  #: of what a reader would see change
    archived: bool = False  #: kept and matched, never announced: old at first fetch, or imported


# -- what the monitor found ------------------------------------------------------------------


@dataclass(frozen=True, slots=True, order=True)
class Evidence:
    """One leaf of a rule that an item made true, and where."""

    rule: int  #: index in the provision's keywords under the hit's rules_version
    leaf: str  #: normal form of the leaf
    field: str  #: title, text, body, url, outlet, lang
    start: int  #: code points, of the item's field
    end: int


class Origin(StrEnum):
    """How a hit came about."""

    STREAM = "stream"
    UPDATE = "update"
    BACKFILL = "backfill"
    IMPORT = "import"


class HitState(StrEnum):
    """Does the newest revision of the item still hit?"""

    HOLDS = "holds"
    WITHDRAWN = "withdrawn"


class Band(StrEnum):
    """What a score comes to. Every band is shown; it only says where to look first."""

    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


HIGH_FROM, NORMAL_FROM = 65.0, 45.0  #: points


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """Item x provision, unique: an item that answers a provision, how well, and why."""

    provision: str  #: Provision.key
    item: str  #: Item.id
    item_rev: int
    rules_version: str
    origin: Origin
    state: HitState = HitState.HOLDS
    score: float
    basis: str = ""  #: what the score was made with: the name of its table of words
    contributions: tuple[tuple[str, float], ...] = ()  #: what the score is the sum of
    evidence: tuple[Evidence, ...]

    @property
    def band(self) -> Band:
        """The band of its score."""
        if self.score >= HIGH_FROM:
            return Band.HIGH
        return Band.NORMAL if self.score >= NORMAL_FROM else Band.LOW


@dataclass(frozen=True, slots=True, kw_only=True)
class Fired:
    """A hit that holds, and the keyword lines that made it, as they read when it was found."""

    provision: str  #: Provision.key
    item: str
    at: datetime
    rules: frozenset[str]


class Change(StrEnum):
    """What happened to a hit."""

    FOUND = "found"
    UPDATED = "updated"
    WITHDRAWN = "withdrawn"
    RESTORED = "restored"


@dataclass(frozen=True, slots=True, kw_only=True)
class HitEvent:
    """One change of one hit. A digest holds each announceable event once."""

    number: int = 0  #: given by the store, only grows; 0 = not stored yet
    provision: str
    item: str
    item_rev: int
    change: Change
    at: datetime
    announce: bool
    why: str = ""  #: for a person: "title changed"

    @classmethod
    def of(
        cls, hit: Hit, change: Change, *, at: datetime, announce: bool = False, why: str = ""
    ) -> "HitEvent":
        """What happened to `hit`."""
        return cls(
            provision=hit.provision,
            item=hit.item,
            item_rev=hit.item_rev,
            change=change,
            at=at,
            announce=announce,
            why=why,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Items that report the same thing. The id is that of its earliest item."""

    id: str
    key: str  #: what later items are compared with: the normalised title
    first_seen: datetime
    last_seen: datetime
    merged_into: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """Something that was seen and not taken, or held back; nothing goes without one."""

    reason: str  #: excluded, repeated, revisions-exhausted ...
    feed: str
    item: str = ""
    provision: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PollRecord:
    """What one poll of one feed came to."""

    feed: str
    outcome: str  #: fetched, unchanged, not-modified, gone, failed
    detail: str = ""
    entries: int = 0
    new: int = 0
    changed: int = 0
    archived: int = 0
    undated: int = 0
    hits: int = 0
    bytes: int = 0
    took_s: float = 0.0


# -- who reads it ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Subscriber x document x provisions x schedule; owns its digests and its unsubscribe."""

    id: str  #: subscriber/digest, as in subscribers.yaml
    subscriber: str
    address: str
    zone: str
    frame: str = "en"  #: language of the mail's own words
    document: str
    provisions: tuple[str, ...] = ()  #: ids; () = all
    at: str = "07:00"  #: "07:00", "Mon 08:00"
    news_in: tuple[str, ...] = ()  #: languages of items; () = all
    quiet_days: bool = True  #: the short mail on a day without news


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestRun:
    """One digest of one Subscription: made first, then composed, rendered, queued."""

    id: int = 0
    subscription: str
    slot: datetime  #: when it was due
    window_start: datetime
    window_end: datetime
    missed: tuple[datetime, ...] = ()  #: earlier slots that collapsed into this one
    made_at: datetime
    queued: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Something to send; `key` makes sending it twice impossible."""

    key: str
    kind: str  #: digest, alert, report, test
    to: str
    subject: str
    text: str
    html: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)  #: Message-ID, List-Unsubscribe ...
    at: datetime | None = None  #: for the Date header: when it was queued
