"""Subscriptions. They are retired, never deleted: their digests are what was sent."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col, exists, select

from monitor.model import Subscription
from monitor.store.tables import SubscriptionProvisionRow, SubscriptionRow, UnsubscribeRow


def sync(
    session: Session,
    subscriptions: Collection[Subscription],
    provisions: Mapping[str, Collection[str]],
    *,
    since: Callable[[Subscription], datetime],
    now: datetime,
) -> None:
    """Make the stored subscriptions those of the files; what left the files is retired.

    provisions: ids of each document's provisions, by document id.
    since: from when on a new subscription, or a provision new to it, counts its news.
    """
    for row in session.exec(select(SubscriptionRow)):
        row.retired_at = row.retired_at or now
    for subscription in subscriptions:
        start = since(subscription)
        if _save(session, subscription, since=start, now=now):
            _forget_provisions(session, subscription.id)
        ids = subscription.provisions or provisions[subscription.document]
        keys = {f"{subscription.document}/{id_}" for id_ in ids}
        _save_provisions(session, subscription.id, keys, since=start)


def active(session: Session, *, subscriber: str = "") -> list[Subscription]:
    """Every subscription that gets its digests: not retired, not unsubscribed; by id."""
    stopped = exists().where(
        col(UnsubscribeRow.subscription) == col(SubscriptionRow.id),
        col(UnsubscribeRow.undone_at).is_(None),
    )
    query = select(SubscriptionRow).where(col(SubscriptionRow.retired_at).is_(None), ~stopped)
    if subscriber:
        query = query.where(SubscriptionRow.subscriber == subscriber)
    return [_subscription(row) for row in session.exec(query.order_by(col(SubscriptionRow.id)))]


def get(session: Session, id_: str) -> Subscription:
    """The subscription `id_`, retired or not."""
    return _subscription(session.get_one(SubscriptionRow, id_))


def since(session: Session, id_: str) -> datetime:
    """From when on `id_` counts its news."""
    return session.get_one(SubscriptionRow, id_).since


def _save(session: Session, subscription: Subscription, *, since: datetime, now: datetime) -> bool:
    """Write `subscription`; say if it counts its news anew: it was not here, or was away.

    Or it came while the clock was ahead, and would count none until it is as late again.
    """
    row = session.get(SubscriptionRow, subscription.id)
    was_away = row is not None and row.retired_at is not None and row.retired_at < since
    anew = row is None or was_away or row.since > now
    session.merge(
        SubscriptionRow(
            id=subscription.id,
            subscriber=subscription.subscriber,
            address=subscription.address,
            zone=subscription.zone,
            frame=subscription.frame,
            document=subscription.document,
            provisions=list(subscription.provisions),
            at=subscription.at,
            news_in=list(subscription.news_in),
            quiet_days=subscription.quiet_days,
            since=since if anew or row is None else row.since,
            retired_at=None,
        )
    )
    session.flush()
    return anew


def _forget_provisions(session: Session, id_: str) -> None:
    table = SubscriptionProvisionRow
    session.execute(delete(table).where(col(table.subscription) == id_))


def _save_provisions(session: Session, id_: str, keys: set[str], *, since: datetime) -> None:
    table = SubscriptionProvisionRow
    known = set(session.exec(select(table.provision).where(table.subscription == id_)))
    gone = known - keys
    session.execute(
        delete(table).where(col(table.subscription) == id_, col(table.provision).in_(gone))
    )
    for key in sorted(keys - known):
        session.add(table(subscription=id_, provision=key, since=since))


def _subscription(row: SubscriptionRow) -> Subscription:
    fields = row.model_dump(exclude={"provisions", "news_in", "since", "retired_at"})
    return Subscription(**fields, provisions=tuple(row.provisions), news_in=tuple(row.news_in))
