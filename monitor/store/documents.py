"""Documents and provisions. They are retired, never deleted: their hits are what happened."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlmodel import Session, col, select, update

from monitor.model import Document, Provision
from monitor.store.tables import (
    BackfillRow,
    DocumentRow,
    FeedbackRow,
    ForgottenRow,
    HitEventRow,
    HitRow,
    LearnedRow,
    LedgerRow,
    ProvisionRow,
    RulesRow,
    SubscriptionProvisionRow,
)


def sync(
    session: Session,
    documents: Collection[Document],
    versions: Mapping[str, str],
    *,
    now: datetime,
) -> None:
    """Make the stored documents those of the files; what left the files is retired.

    versions: rules_version by provision key.
    """
    for stored in session.exec(select(DocumentRow)):
        stored.retired_at = stored.retired_at or now
    for clause in session.exec(select(ProvisionRow)):
        clause.retired_at = clause.retired_at or now
    for document in documents:
        _save(session, document, now=now)
        session.flush()
        for position, provision in enumerate(document.provisions):
            _rename(session, provision)
            _save_provision(session, provision, position, versions[provision.key], now=now)


def rules(session: Session, provision: str, version: str) -> list[str] | None:
    """The keyword lines that `version` of `provision` had; None if it was never in force."""
    row = session.get(RulesRow, (provision, version))
    return list(row.keywords) if row else None


def versions(session: Session) -> dict[str, str]:
    """The rules_version of each provision that is not retired, by key, in the document's order."""
    query = select(ProvisionRow).where(col(ProvisionRow.retired_at).is_(None))
    ordered = query.order_by(col(ProvisionRow.document), col(ProvisionRow.position))
    return {row.key: row.rules_version for row in session.exec(ordered)}


def since(session: Session) -> dict[str, datetime]:
    """When each provision that is not retired was first known, by key."""
    query = select(ProvisionRow).where(col(ProvisionRow.retired_at).is_(None))
    return {row.key: row.since for row in session.exec(query)}


def _save(session: Session, document: Document, *, now: datetime) -> None:
    row = session.get(DocumentRow, document.id)
    session.merge(
        DocumentRow(
            id=document.id,
            title=document.title,
            source_name=document.source.name,
            source_url=document.source.url,
            source_date=document.source.date,
            version=document.version,
            languages=list(document.languages),
            since=row.since if row else now,
            retired_at=None,
        )
    )


# every column that names a provision by its key
_NAMED_BY = (
    (RulesRow, "provision"),
    (BackfillRow, "provision"),
    (HitRow, "provision"),
    (HitEventRow, "provision"),
    (SubscriptionProvisionRow, "provision"),
    (LedgerRow, "provision"),
    (FeedbackRow, "provision"),
    (FeedbackRow, "target"),
    (LearnedRow, "provision"),
    (ForgottenRow, "provision"),
)


def _rename(session: Session, provision: Provision) -> None:
    """Give a provision its new id, once: its hits, events and rules go with it."""
    old = f"{provision.document}/{provision.renamed_from}"
    row = session.get(ProvisionRow, old) if provision.renamed_from else None
    if row is None or session.get(ProvisionRow, provision.key) is not None:
        return
    session.add(ProvisionRow(**row.model_dump() | {"key": provision.key, "id": provision.id}))
    session.flush()
    for table, name in _NAMED_BY:
        column = getattr(table, name)
        session.exec(update(table).where(column == old).values({name: provision.key}))
    session.delete(row)
    session.flush()


def _save_provision(
    session: Session, provision: Provision, position: int, version: str, *, now: datetime
) -> None:
    row = session.get(ProvisionRow, provision.key)
    session.merge(
        ProvisionRow(
            key=provision.key,
            document=provision.document,
            id=provision.id,
            position=position,
            number=provision.number,
            title=provision.title,
            text=provision.text,
            texts=dict(provision.texts),
            kind=provision.kind.value,
            rules_version=version,
            since=row.since if row else now,
            retired_at=None,
        )
    )
    session.flush()
    if session.get(RulesRow, (provision.key, version)) is None:
        session.add(_rules_row(provision, version, now=now))


def _rules_row(provision: Provision, version: str, *, now: datetime) -> RulesRow:
    return RulesRow(
        provision=provision.key,
        version=version,
        keywords=[rule.text for rule in provision.keywords],
        exclude=[rule.text for rule in provision.exclude],
        context=provision.context.text if provision.context else "",
        since=now,
    )
