"""The tables. One class per table, nothing else; docs/reference/tables.md explains each.

No foreign key cascades: a delete that would take news with it is refused.
"""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import DateTime, Index, MetaData, String, TypeDecorator, UniqueConstraint, false
from sqlmodel import JSON, Field, SQLModel

SQLModel.metadata.naming_convention = {  # migrations need to name what they drop
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
metadata: MetaData = SQLModel.metadata


class Utc(TypeDecorator[datetime]):
    """An aware UTC datetime. SQLite forgets time zones, so we put it back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("naive datetime")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


# numbers that only grow, even after a delete: digests and pages count on them
GROWS = {"sqlite_autoincrement": True}


class OutletRow(SQLModel, table=True):
    __tablename__ = "outlet"

    id: str = Field(primary_key=True)
    name: str
    aliases: list[str] = Field(sa_type=JSON)
    country: str
    language: str
    ownership: str
    zone: str
    verified: bool
    retired_at: datetime | None = Field(default=None, sa_type=Utc)


class FeedRow(SQLModel, table=True):
    __tablename__ = "feed"

    # what the person wrote
    id: str = Field(primary_key=True)
    url: str
    outlet: str | None = Field(foreign_key="outlet.id")
    aggregator: bool
    language: str
    every_s: float | None
    paused: bool
    retired_at: datetime | None = Field(default=None, sa_type=Utc)
    # what is remembered of the last polls
    next_poll_at: datetime = Field(sa_type=Utc, index=True)
    leased_until: datetime | None = Field(default=None, sa_type=Utc)
    effective_url: str = ""
    moving_to: str = Field(default="", sa_column_kwargs={"server_default": ""})
    moving_votes: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    moving_since: datetime | None = Field(default=None, sa_type=Utc)
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str = ""
    asks_with: str = Field(default="both", sa_column_kwargs={"server_default": "both"})
    asks_since: datetime | None = Field(default=None, sa_type=Utc)
    ignored: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    whole_at: datetime | None = Field(default=None, sa_type=Utc)
    fresh_s: float | None = None
    bare: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    wish_s: float = Field(default=0.0, sa_column_kwargs={"server_default": "0"})
    skip_hours: list[int] = Field(
        default_factory=list, sa_type=JSON, sa_column_kwargs={"server_default": "[]"}
    )
    skip_days: list[int] = Field(
        default_factory=list, sa_type=JSON, sa_column_kwargs={"server_default": "[]"}
    )
    interval_s: float | None = None
    gaps_s: list[int] = Field(
        default_factory=list, sa_type=JSON, sa_column_kwargs={"server_default": "[]"}
    )
    first_taken_at: datetime | None = Field(default=None, sa_type=Utc)
    last_ok_at: datetime | None = Field(default=None, sa_type=Utc)
    last_new_at: datetime | None = Field(default=None, sa_type=Utc)
    failures: int = 0
    failing_since: datetime | None = Field(default=None, sa_type=Utc)
    gone_since: datetime | None = Field(default=None, sa_type=Utc)
    error: str = ""


class StoryRow(SQLModel, table=True):
    __tablename__ = "story"
    __table_args__ = (Index(None, "key", "last_seen"),)

    id: str = Field(primary_key=True)
    key: str
    first_seen: datetime = Field(sa_type=Utc)
    last_seen: datetime = Field(sa_type=Utc)
    merged_into: str | None = Field(default=None, foreign_key="story.id")


class ItemRow(SQLModel, table=True):
    __tablename__ = "item"
    __table_args__ = (
        UniqueConstraint("feed", "key"),
        Index(None, "feed", "alt_key"),
        Index(None, "feed", "first_seen"),
        GROWS,
    )

    number: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True)
    feed: str = Field(foreign_key="feed.id")
    key: str
    alt_key: str
    url: str = Field(index=True)
    outlet: str | None = Field(foreign_key="outlet.id")
    language: str
    title: str
    text: str
    author: str
    published: datetime | None = Field(sa_type=Utc)
    first_seen: datetime = Field(sa_type=Utc, index=True)
    rev: int
    content_hash: str
    archived: bool
    story: str = Field(foreign_key="story.id", index=True)


class ItemRevisionRow(SQLModel, table=True):
    __tablename__ = "item_revision"

    item: str = Field(primary_key=True, foreign_key="item.id")
    rev: int = Field(primary_key=True)
    title: str
    text: str
    replaced_at: datetime = Field(sa_type=Utc)


# the order of code points, which is SQLite's and not a PostgreSQL server's: ranges are read of it
CODE_POINTS = String().with_variant(String(collation="C"), "postgresql")


class WordRow(SQLModel, table=True):
    __tablename__ = "word"
    __table_args__ = {"sqlite_with_rowid": False}

    text: str = Field(primary_key=True, sa_type=CODE_POINTS)
    written: str = Field(primary_key=True, sa_type=CODE_POINTS)
    stemmed: str = Field(default="", index=True)


class StemRow(SQLModel, table=True):
    __tablename__ = "stem"
    __table_args__ = {"sqlite_with_rowid": False}

    stem: str = Field(primary_key=True, sa_type=CODE_POINTS)
    text: str = Field(primary_key=True, sa_type=CODE_POINTS)


class IndexedRow(SQLModel, table=True):
    __tablename__ = "indexed"

    id: int = Field(primary_key=True)  #: 1: there is one row
    format: str
    upto: int


class DocumentRow(SQLModel, table=True):
    __tablename__ = "document"

    id: str = Field(primary_key=True)
    title: str
    source_name: str
    source_url: str
    source_date: date | None
    version: str
    languages: list[str] = Field(sa_type=JSON)
    since: datetime = Field(sa_type=Utc)
    retired_at: datetime | None = Field(default=None, sa_type=Utc)


class ProvisionRow(SQLModel, table=True):
    __tablename__ = "provision"

    key: str = Field(primary_key=True)
    document: str = Field(foreign_key="document.id", index=True)
    id: str
    position: int
    number: str
    title: str
    text: str
    texts: dict[str, str] = Field(sa_type=JSON)
    kind: str
    rules_version: str
    since: datetime = Field(sa_type=Utc)
    retired_at: datetime | None = Field(default=None, sa_type=Utc)


class RulesRow(SQLModel, table=True):
    __tablename__ = "rules"

    provision: str = Field(primary_key=True, foreign_key="provision.key")
    version: str = Field(primary_key=True)
    keywords: list[str] = Field(sa_type=JSON)
    exclude: list[str] = Field(sa_type=JSON)
    context: str
    since: datetime = Field(sa_type=Utc)


class BackfillRow(SQLModel, table=True):
    __tablename__ = "backfill"

    provision: str = Field(primary_key=True, foreign_key="provision.key")
    version: str
    upto: int
    at: int = 0
    found: int = 0
    withdrawn: int = 0
    began_at: datetime = Field(sa_type=Utc)
    done_at: datetime | None = Field(default=None, sa_type=Utc)


class HitRow(SQLModel, table=True):
    __tablename__ = "hit"
    __table_args__ = (UniqueConstraint("provision", "item"), GROWS)

    number: int | None = Field(default=None, primary_key=True)
    provision: str = Field(foreign_key="provision.key")
    item: str = Field(foreign_key="item.id", index=True)
    item_rev: int
    rules_version: str
    origin: str
    state: str
    score: float
    basis: str = Field(default="", sa_column_kwargs={"server_default": ""})
    contributions: list[list[Any]] = Field(sa_type=JSON)
    evidence: list[list[Any]] = Field(sa_type=JSON)
    found_at: datetime = Field(sa_type=Utc, index=True)
    changed_at: datetime = Field(sa_type=Utc)


class WordTableRow(SQLModel, table=True):
    __tablename__ = "word_table"

    day: date = Field(primary_key=True)
    language: str = Field(primary_key=True)  #: "" = all items
    items: int
    counts: dict[str, int] = Field(sa_type=JSON)


class LearnedRow(SQLModel, table=True):
    __tablename__ = "learned"

    day: date = Field(primary_key=True)
    provision: str = Field(primary_key=True)
    verdicts: int
    base: float
    words: list[list[Any]] = Field(sa_type=JSON)


class ForgottenRow(SQLModel, table=True):
    __tablename__ = "forgotten"
    __table_args__ = GROWS

    number: int | None = Field(default=None, primary_key=True)
    provision: str
    word: str
    at: datetime = Field(sa_type=Utc)
    by: str
    restored: bool = Field(default=False, sa_column_kwargs={"server_default": false()})


class HitEventRow(SQLModel, table=True):
    __tablename__ = "hit_event"
    __table_args__ = (Index(None, "provision", "at"), GROWS)

    number: int | None = Field(default=None, primary_key=True)
    provision: str = Field(foreign_key="provision.key")
    item: str = Field(foreign_key="item.id", index=True)
    item_rev: int
    change: str
    at: datetime = Field(sa_type=Utc, index=True)
    announce: bool
    why: str


class SubscriptionRow(SQLModel, table=True):
    __tablename__ = "subscription"

    id: str = Field(primary_key=True)
    subscriber: str
    address: str
    zone: str
    frame: str
    document: str = Field(foreign_key="document.id")
    provisions: list[str] = Field(sa_type=JSON)
    at: str
    news_in: list[str] = Field(sa_type=JSON)
    quiet_days: bool
    since: datetime = Field(sa_type=Utc)
    retired_at: datetime | None = Field(default=None, sa_type=Utc)


class SubscriptionProvisionRow(SQLModel, table=True):
    __tablename__ = "subscription_provision"

    subscription: str = Field(primary_key=True, foreign_key="subscription.id")
    provision: str = Field(primary_key=True, foreign_key="provision.key")
    since: datetime = Field(sa_type=Utc)


class DigestRunRow(SQLModel, table=True):
    __tablename__ = "digest_run"
    __table_args__ = (UniqueConstraint("subscription", "slot"), GROWS)

    id: int | None = Field(default=None, primary_key=True)
    subscription: str = Field(foreign_key="subscription.id")
    slot: datetime = Field(sa_type=Utc)
    window_start: datetime = Field(sa_type=Utc)
    window_end: datetime = Field(sa_type=Utc)
    missed: list[str] = Field(sa_type=JSON)
    made_at: datetime = Field(sa_type=Utc)
    queued_at: datetime | None = Field(default=None, sa_type=Utc, index=True)


class DigestEntryRow(SQLModel, table=True):
    __tablename__ = "digest_entry"
    __table_args__ = (UniqueConstraint("subscription", "event"),)

    run: int = Field(primary_key=True, foreign_key="digest_run.id")
    event: int = Field(primary_key=True, foreign_key="hit_event.number")
    subscription: str = Field(foreign_key="subscription.id")


class OutboxRow(SQLModel, table=True):
    __tablename__ = "outbox"
    __table_args__ = (Index(None, "state", "due_at"),)

    key: str = Field(primary_key=True)
    kind: str
    recipient: str
    subject: str
    text: str
    html: str
    headers: dict[str, str] = Field(sa_type=JSON)
    run: int | None = Field(default=None, foreign_key="digest_run.id", index=True)
    queued_at: datetime = Field(sa_type=Utc)
    due_at: datetime = Field(sa_type=Utc)
    state: str = "waiting"  #: waiting, sent, failed, cancelled or direct
    attempts: int = 0
    tried_at: datetime | None = Field(default=None, sa_type=Utc)
    sent_at: datetime | None = Field(default=None, sa_type=Utc)
    reason: str = ""  #: why the last try failed


class FeedbackRow(SQLModel, table=True):
    __tablename__ = "feedback"
    __table_args__ = (Index(None, "item", "provision"), GROWS)

    number: int | None = Field(default=None, primary_key=True)
    item: str = Field(foreign_key="item.id")
    # keys, not foreign keys: the provision may have been written a minute ago
    provision: str = Field(index=True)
    verdict: str  #: relevant, not, belongs-to
    target: str = ""  #: the provision that the item belongs to
    rules_version: str  #: what the hit was found by, or what did not find it
    at: datetime = Field(sa_type=Utc)
    by: str


class UnsubscribeRow(SQLModel, table=True):
    __tablename__ = "unsubscribe"
    __table_args__ = GROWS

    number: int | None = Field(default=None, primary_key=True)
    # no foreign key: a person may unsubscribe before the first start
    subscription: str = Field(index=True)
    at: datetime = Field(sa_type=Utc)
    by: str
    undone_at: datetime | None = Field(default=None, sa_type=Utc)
    undone_by: str = ""


class LedgerRow(SQLModel, table=True):
    __tablename__ = "ledger"
    __table_args__ = (Index(None, "kind", "at"), Index(None, "feed", "at"), GROWS)

    number: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=Utc)
    kind: str  #: poll or drop
    feed: str = Field(foreign_key="feed.id")
    outcome: (
        str  #: of a poll: fetched, unchanged, not-modified, gone, failed; of a drop: the reason
    )
    detail: str = ""
    item: str | None = Field(default=None, foreign_key="item.id")
    provision: str | None = Field(default=None, foreign_key="provision.key")
    entries: int = 0
    new: int = 0
    changed: int = 0
    archived: int = 0
    undated: int = 0
    hits: int = 0
    bytes: int = 0
    took_s: float = 0.0


class FactRow(SQLModel, table=True):
    __tablename__ = "fact"

    name: str = Field(primary_key=True)  #: service-started, last-sweep, last-delivery ...
    at: datetime = Field(sa_type=Utc)
    value: str = ""
