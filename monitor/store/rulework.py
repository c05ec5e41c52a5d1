"""What each rule has done: the hits that it made, the hits that its excludes held back."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select as sql_select
from sqlmodel import Session, col, func, select

from monitor.model import Fired, HitState
from monitor.store.tables import FeedbackRow, HitRow, LedgerRow, RulesRow


def fired(
    session: Session, *, since: datetime, after: int = 0, limit: int = 10_000
) -> tuple[list[Fired], int]:
    """Hits found since then that hold, in order of their number, and the number of the last.

    after: the number of the last one of the page before. An empty page is the end.
    """
    row = HitRow
    query = (
        sql_select(
            col(row.number),
            col(row.provision),
            col(row.item),
            col(row.found_at),
            col(row.rules_version),
            col(row.evidence),
        )
        .where(
            col(row.number) > after, col(row.found_at) >= since, col(row.state) == HitState.HOLDS
        )
        .order_by(col(row.number))
        .limit(limit)
    )
    rows = session.execute(query).all()
    lines = _keywords(session)
    found = [
        Fired(provision=key, item=item, at=at, rules=_named(lines.get((key, version), []), shown))
        for _, key, item, at, version, shown in rows
    ]
    return found, rows[-1][0] if rows else after


def last_hits(session: Session) -> dict[str, datetime]:
    """When each provision was last hit, by its key."""
    query = select(HitRow.provision, func.max(HitRow.found_at)).where(
        HitRow.state == HitState.HOLDS
    )
    return dict(session.exec(query.group_by(col(HitRow.provision))).all())


def held_back(session: Session, *, since: datetime) -> Counter[tuple[str, str]]:
    """How many items each exclude held back, by (provision key, its text)."""
    items = func.count(func.distinct(LedgerRow.item))
    query = (
        select(LedgerRow.provision, LedgerRow.detail, items)
        .where(
            LedgerRow.kind == "drop", LedgerRow.outcome == "excluded", col(LedgerRow.at) >= since
        )
        .group_by(col(LedgerRow.provision), col(LedgerRow.detail))
    )
    return Counter({(key or "", rule): n for key, rule, n in session.exec(query)})


def tried_since(session: Session, *, since: datetime) -> dict[tuple[str, str], datetime]:
    """Since when a line, keyword or exclude, has been tried, by (provision key, its text).

    That is when it was first in force, or earlier: the oldest hit, found `since` then or later,
    under a version that had it. An archive is older than the rules it is matched with.
    """
    first: dict[tuple[str, str], datetime] = {}
    oldest = _oldest_hits(session, since=since)
    for row in session.exec(select(RulesRow)):
        at = min(row.since, oldest.get((row.provision, row.version), row.since))
        for text in (*row.keywords, *row.exclude):
            first[row.provision, text] = min(first.get((row.provision, text), at), at)
    return first


def _oldest_hits(session: Session, *, since: datetime) -> dict[tuple[str, str], datetime]:
    """By provision key and version."""
    query = (
        select(HitRow.provision, HitRow.rules_version, func.min(HitRow.found_at))
        .where(col(HitRow.found_at) >= since)
        .group_by(col(HitRow.provision), col(HitRow.rules_version))
    )
    return {(key, version): at for key, version, at in session.exec(query)}


def verdicts(session: Session) -> dict[tuple[str, str], str]:
    """The last word of a reader on each item under a provision, by (provision key, item)."""
    newest = select(func.max(FeedbackRow.number)).group_by(FeedbackRow.item, FeedbackRow.provision)
    query = select(FeedbackRow).where(col(FeedbackRow.number).in_(newest))
    return {(row.provision, row.item): row.verdict for row in session.exec(query)}


def _keywords(session: Session) -> Mapping[tuple[str, str], list[str]]:
    """The keyword lines of every version, by (provision key, version)."""
    return {(row.provision, row.version): row.keywords for row in session.exec(select(RulesRow))}


def _named(lines: list[str], evidence: list[list[object]]) -> frozenset[str]:
    """Evidence names a line by its place in the version that found the hit."""
    places = {place for place, *_ in evidence if isinstance(place, int)}
    return frozenset(lines[place] for place in places if place < len(lines))
