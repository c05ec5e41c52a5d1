"""List what was found, each with its reason."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitor import store
from monitor.app import App
from monitor.jobs.cited import as_found
from monitor.jobs.names import provision_key
from monitor.matching import why
from monitor.model import Hit, Item, Provision
from monitor.store import feeds, hits


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One hit for a person."""

    provision: Provision
    item: Item
    outlet: str  #: its name
    hit: Hit
    found_at: datetime
    why: str

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "provision": self.provision.key,
            "title": self.item.title,
            "url": self.item.url,
            "outlet": self.outlet,
            "language": self.item.language,
            "published": self.item.published,
            "found_at": self.found_at,
            "origin": self.hit.origin,
            "score": self.hit.score,
            "band": self.hit.band.value,
            "contributions": [list(one) for one in self.hit.contributions],
            "why": self.why,
            "evidence": [
                {"field": e.field, "start": e.start, "end": e.end, "leaf": e.leaf}
                for e in self.hit.evidence
            ],
        }


def listed(app: App, *, provision: str, since: datetime | None, limit: int) -> list[Listed]:
    """Hits that hold, newest first.

    provision: an id or a key; "" = all.

    Raises:
        LookupError: there is no such provision.
    """
    provisions = {p.key: p for d in app.loaded.documents for p in d.provisions}
    key = provision_key(app.loaded, provision) if provision else ""
    with store.reading(app.engine) as session:
        found = hits.latest(session, provision=key, since=since, limit=limit)
        names = {id_: outlet.name for id_, outlet in feeds.outlets(session).items()}
        cited = {
            f.hit: as_found(session, app.loaded, provisions[f.hit.provision], f.hit)
            for f in found
            if f.hit.provision in provisions
        }
    return [
        Listed(
            provision=provisions[f.hit.provision],
            item=f.item,
            outlet=names.get(f.item.outlet, f.item.outlet),
            hit=f.hit,
            found_at=f.found_at,
            why=why(f.hit, cited[f.hit], f.item),
        )
        for f in found
        if f.hit.provision in provisions
    ]
