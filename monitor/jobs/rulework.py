"""How the rules are doing: what each keyword and exclude did in the last days, and what to do."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from monitor import store
from monitor.app import App
from monitor.jobs import names
from monitor.matching.health import ProvisionHealth, Record, health
from monitor.model import Fired, Provision
from monitor.store import rulework


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleWork:
    """The health of some provisions, in the order of their documents."""

    days: int
    provisions: tuple[ProvisionHealth, ...]

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        return {"days": self.days, "provisions": [asdict(one) for one in self.provisions]}


def rule_work(
    app: App, *, document: str = "", provision: str = "", days: int, now: datetime
) -> RuleWork:
    """What the rules did in the `days` before `now`; by default those of all documents.

    Raises:
        LookupError: there is no such document or provision; it says what to write.
    """
    chosen = tuple(_chosen(app, document, provision))
    records = _records(app, chosen, since=now - timedelta(days=days))
    return RuleWork(
        days=days,
        provisions=tuple(health(one, records[one.key], now=now, days=days) for one in chosen),
    )


def _chosen(app: App, document: str, provision: str) -> Iterator[Provision]:
    key = names.provision_key(app.loaded, provision) if provision else ""
    documents = [names.document(app.loaded, document)] if document else app.loaded.documents
    found = [p for d in documents for p in d.provisions if key in ("", p.key)]
    if not found:
        raise LookupError(f"'{key}' is no provision of '{document}'; leave one of the two out")
    yield from found


def _records(app: App, chosen: Iterable[Provision], *, since: datetime) -> dict[str, Record]:
    fired: defaultdict[str, list[Fired]] = defaultdict(list)
    for one in _fired(app, since=since):
        fired[one.provision].append(one)
    with store.reading(app.engine) as session:
        last = rulework.last_hits(session)
        held_back = rulework.held_back(session, since=since)
        tried = rulework.tried_since(session, since=since)
        verdicts = rulework.verdicts(session)
    return {
        one.key: Record(
            fired=fired[one.key],
            last_hit=last.get(one.key),
            held_back={text: n for (key, text), n in held_back.items() if key == one.key},
            since={text: at for (key, text), at in tried.items() if key == one.key},
            verdicts={item: said for (key, item), said in verdicts.items() if key == one.key},
        )
        for one in chosen
    }


def _fired(app: App, *, since: datetime) -> Iterator[Fired]:
    """Page by page: a snapshot that is kept for long holds up the database."""
    last = 0
    while True:
        with store.reading(app.engine) as session:
            found, last = rulework.fired(session, since=since, after=last)
        if not found:
            return
        yield from found
