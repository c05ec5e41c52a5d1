"""Hits, and what happened to each."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session, col, select, update

from monitor.model import Change, Evidence, Hit, HitEvent, HitState, Item, Origin
from monitor.store.items import _item
from monitor.store.tables import HitEventRow, HitRow, ItemRow

_CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class Found:
    """A hit with the item that it is of, as pages and digests need it."""

    hit: Hit
    item: Item
    story: str
    found_at: datetime


def of_items(session: Session, ids: Sequence[str]) -> dict[str, list[Hit]]:
    """All hits of `ids`, withdrawn ones too, by item."""
    found: dict[str, list[Hit]] = {}
    for start in range(0, len(ids), _CHUNK):
        query = select(HitRow).where(col(HitRow.item).in_(ids[start : start + _CHUNK]))
        for row in session.exec(query.order_by(col(HitRow.number))):
            found.setdefault(row.item, []).append(_hit(row))
    return found


def save(session: Session, hits: Collection[Hit], *, known: bool, now: datetime) -> None:
    """Add hits, or (known) replace those of the same item and provision."""
    if not hits:
        return
    if not known:
        values = [_values(h) | {"found_at": now, "changed_at": now} for h in hits]
        session.execute(insert(HitRow), values)
        return
    for hit in hits:
        same = (col(HitRow.provision) == hit.provision, col(HitRow.item) == hit.item)
        changed = _values(hit) | {"changed_at": now}
        session.exec(update(HitRow).where(*same).values(**changed))


def record(session: Session, events: Iterable[HitEvent]) -> None:
    """Append events; they get their numbers in this order."""
    values = [
        {
            "provision": e.provision,
            "item": e.item,
            "item_rev": e.item_rev,
            "change": e.change.value,
            "at": e.at,
            "announce": e.announce,
            "why": e.why,
        }
        for e in events
    ]
    if values:
        session.execute(insert(HitEventRow), values)


def latest(
    session: Session,
    *,
    provision: str = "",
    since: datetime | None = None,
    limit: int = 50,
) -> list[Found]:
    """Hits that hold, newest first."""
    query = (
        select(HitRow, ItemRow)
        .join(ItemRow, col(HitRow.item) == col(ItemRow.id))
        .where(HitRow.state == HitState.HOLDS)
        .order_by(col(HitRow.found_at).desc(), col(HitRow.number).desc())
        .limit(limit)
    )
    if provision:
        query = query.where(HitRow.provision == provision)
    if since:
        query = query.where(col(HitRow.found_at) >= since)
    return [
        Found(_hit(hit), _item(item), item.story, hit.found_at) for hit, item in session.exec(query)
    ]


def holding(
    session: Session, provisions: Iterable[str], *, since: datetime | None = None
) -> dict[str, set[str]]:
    """The items of all hits that hold, by provision.

    since: only items first seen at that time or later.
    """
    found: dict[str, set[str]] = {key: set() for key in provisions}
    query = select(HitRow.provision, HitRow.item).where(
        col(HitRow.provision).in_(list(found)), HitRow.state == HitState.HOLDS
    )
    if since:
        query = query.join(ItemRow, col(ItemRow.id) == col(HitRow.item))
        query = query.where(col(ItemRow.first_seen) >= since)
    for provision, item in session.exec(query):
        found[provision].add(item)
    return found


def provisions_of(session: Session, items: Collection[str]) -> dict[str, frozenset[str]]:
    """Which provisions each of `items` hits; only those that hold."""
    found: dict[str, set[str]] = {}
    ids = sorted(items)
    for start in range(0, len(ids), _CHUNK):
        query = select(HitRow.item, HitRow.provision).where(
            col(HitRow.item).in_(ids[start : start + _CHUNK]), HitRow.state == HitState.HOLDS
        )
        for item, provision in session.exec(query):
            found.setdefault(item, set()).add(provision)
    return {item: frozenset(provisions) for item, provisions in found.items()}


def newest(
    session: Session, provision: str, items: Collection[str], *, limit: int
) -> list[tuple[Item, Hit]]:
    """The hits of `provision` on `items`, those first whose item was seen last."""
    seen: list[tuple[datetime, str]] = []
    ids = sorted(items)
    for start in range(0, len(ids), _CHUNK):
        query = select(ItemRow.first_seen, ItemRow.id)
        some = ids[start : start + _CHUNK]
        seen += [(at, id_) for at, id_ in session.exec(query.where(col(ItemRow.id).in_(some)))]
    wanted = [id_ for _, id_ in sorted(seen, reverse=True)[:limit]]
    both = (
        select(ItemRow, HitRow)
        .join(HitRow, col(HitRow.item) == col(ItemRow.id))
        .where(col(ItemRow.id).in_(wanted), HitRow.provision == provision)
    )
    found = {item.id: (_item(item), _hit(hit)) for item, hit in session.exec(both)}
    return [found[id_] for id_ in wanted]


def _hit(row: HitRow) -> Hit:
    return Hit(
        provision=row.provision,
        item=row.item,
        item_rev=row.item_rev,
        rules_version=row.rules_version,
        origin=Origin(row.origin),
        state=HitState(row.state),
        score=row.score,
        basis=row.basis,
        contributions=tuple((str(name), float(points)) for name, points in row.contributions),
        evidence=tuple(Evidence(*e) for e in row.evidence),
    )


def _values(hit: Hit) -> dict[str, Any]:
    return {
        "provision": hit.provision,
        "item": hit.item,
        "item_rev": hit.item_rev,
        "rules_version": hit.rules_version,
        "origin": hit.origin.value,
        "state": hit.state.value,
        "score": hit.score,
        "basis": hit.basis,
        "contributions": [list(c) for c in hit.contributions],
        "evidence": [[e.rule, e.leaf, e.field, e.start, e.end] for e in hit.evidence],
    }


def _event(row: HitEventRow) -> HitEvent:
    return HitEvent(
        number=row.number or 0,
        provision=row.provision,
        item=row.item,
        item_rev=row.item_rev,
        change=Change(row.change),
        at=row.at,
        announce=row.announce,
        why=row.why,
    )
