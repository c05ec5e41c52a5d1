"""What the files would change, before they are in force: beside the rules and hits of the database.

files x database -> Differences (pure) -> a backtest of what is new or changed
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitor import store
from monitor.app import App
from monitor.jobs.backtest import Backtest, backtest
from monitor.model import Document, Provision
from monitor.store import documents as stored_documents
from monitor.store import hits


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """Provisions whose rules in the files are not those in force; by key."""

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()
    stored_as: Mapping[str, str]  #: renamed ones: key in the files -> key in the database

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.retired)


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """The differences, and what they come to."""

    differences: Differences
    retired_hits: Mapping[str, int]  #: that the retired ones keep
    test: Backtest | None  #: None = no rule is new or changed


def differences(
    provisions: Sequence[Provision], versions: Mapping[str, str], in_force: Mapping[str, str]
) -> Differences:
    """Compare the files with the database. Pure.

    versions, in_force: rules_version by provision key, in the files and in the database.
    """
    old = {p.key: f"{p.document}/{p.renamed_from}" for p in provisions if p.renamed_from}
    moved = {key: was for key, was in old.items() if was in in_force and key not in in_force}
    at = {p.key: moved.get(p.key, p.key) for p in provisions}
    return Differences(
        new=tuple(key for key, was in at.items() if was not in in_force),
        changed=tuple(
            key for key, was in at.items() if in_force.get(was, versions[key]) != versions[key]
        ),
        retired=tuple(key for key in in_force if key not in at.values()),
        stored_as=moved,
    )


def diff(app: App, *, since: datetime | None, now: datetime) -> Iterator[Diff]:
    """The differences with a test that grows; the last one is complete."""
    documents = app.loaded.documents
    with store.reading(app.engine) as session:
        in_force = stored_documents.versions(session)
        found = differences(
            [p for d in documents for p in d.provisions], app.loaded.percolator.versions, in_force
        )
        kept = {key: len(ids) for key, ids in hits.holding(session, found.retired).items()}
    wanted = {*found.new, *found.changed}
    asked = _only(documents, wanted)
    if not asked:
        yield Diff(differences=found, retired_hits=kept, test=None)
        return
    for test in backtest(app, asked, since=since, now=now, stored_as=found.stored_as):
        yield Diff(differences=found, retired_hits=kept, test=test)


def _only(documents: Sequence[Document], keys: set[str]) -> tuple[Document, ...]:
    found = (
        replace(d, provisions=tuple(p for p in d.provisions if p.key in keys)) for d in documents
    )
    return tuple(d for d in found if d.provisions)
