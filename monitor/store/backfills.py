"""How far the archive was gone through for each provision's rules."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func as sql
from sqlmodel import Session, col, exists, select

from monitor.model import Hit, HitState, Origin
from monitor.store.hits import _hit
from monitor.store.tables import BackfillRow, HitEventRow, HitRow, ItemRow, ProvisionRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfill:
    """The way of one provision's rules through the archive."""

    provision: str
    version: str  #: rules_version
    upto: int  #: later items were matched by these rules when they came
    at: int = 0  #: items up to this number are done
    found: int = 0
    withdrawn: int = 0
    done: bool = False


def begin(session: Session, versions: Mapping[str, str], *, now: datetime) -> list[str]:
    """Begin anew wherever the rules are not those of the last time; the provisions.

    To be called once nothing is matched by the old rules any more.
    """
    known = {row.provision: row for row in session.exec(select(BackfillRow))}
    stored = set(session.exec(select(ProvisionRow.key)))
    newest = session.exec(select(sql.max(ItemRow.number))).one() or 0
    begun = []
    for key, version in versions.items():
        if key in stored and (key not in known or known[key].version != version):
            done = None if newest else now
            row = BackfillRow(provision=key, version=version, upto=newest, began_at=now)
            session.merge(row.model_copy(update={"done_at": done}))
            begun.append(key)
    session.flush()
    return begun


def every(session: Session) -> list[Backfill]:
    """The last way of each provision, by its key."""
    query = select(BackfillRow).order_by(col(BackfillRow.provision))
    return [_backfill(row) for row in session.exec(query)]


def advance(
    session: Session,
    some: Sequence[Backfill],
    *,
    to: int,
    found: Mapping[str, int],
    withdrawn: Mapping[str, int],
    now: datetime,
) -> bool:
    """Note that all of `some` came to item `to`; False, and nothing, if they are elsewhere."""
    same = {one.provision: (one.version, one.at) for one in some}
    query = select(BackfillRow).where(col(BackfillRow.provision).in_(list(same)))
    rows = session.exec(query).all()
    if {row.provision: (row.version, row.at) for row in rows} != same:
        return False
    for row in rows:
        row.at = to
        row.found += found.get(row.provision, 0)
        row.withdrawn += withdrawn.get(row.provision, 0)
        row.done_at = now if to >= row.upto else None
        session.add(row)
    return True


def hit_numbers(
    session: Session, provisions: Collection[str], *, after: int, until: int
) -> list[int]:
    """Items with a hit that holds of any of `provisions`, by number: after < number <= until."""
    query = (
        select(ItemRow.number)
        .join(HitRow, col(HitRow.item) == col(ItemRow.id))
        .where(
            col(HitRow.provision).in_(list(provisions)),
            HitRow.state == HitState.HOLDS,
            col(ItemRow.number) > after,
            col(ItemRow.number) <= until,
        )
    )
    return sorted({number or 0 for number in session.exec(query)})


def numbers(session: Session, *, after: int, until: int) -> list[int]:
    """All items by number: after < number <= until."""
    query = select(ItemRow.number).where(col(ItemRow.number) > after, col(ItemRow.number) <= until)
    return sorted(number or 0 for number in session.exec(query))


def revisions(session: Session, items: Collection[str]) -> dict[str, int]:
    """The newest revision of each of `items`."""
    query = select(ItemRow.id, ItemRow.rev).where(col(ItemRow.id).in_(list(items)))
    return dict(session.exec(query).all())


def untold(session: Session, versions: Mapping[str, str]) -> list[Hit]:
    """Past hits of these rules that hold and were not announced; imported and old items apart."""
    told = exists().where(
        col(HitEventRow.provision) == col(HitRow.provision),
        col(HitEventRow.item) == col(HitRow.item),
        col(HitEventRow.announce),
    )
    query = (
        select(HitRow)
        .join(ItemRow, col(ItemRow.id) == col(HitRow.item))
        .where(
            HitRow.origin == Origin.BACKFILL.value,
            HitRow.state == HitState.HOLDS,
            ~col(ItemRow.archived),
            ~told,
        )
        .order_by(col(HitRow.number))
    )
    found = (_hit(row) for row in session.exec(query))
    return [hit for hit in found if versions.get(hit.provision) == hit.rules_version]


def _backfill(row: BackfillRow) -> Backfill:
    return Backfill(
        provision=row.provision,
        version=row.version,
        upto=row.upto,
        at=row.at,
        found=row.found,
        withdrawn=row.withdrawn,
        done=row.done_at is not None,
    )
