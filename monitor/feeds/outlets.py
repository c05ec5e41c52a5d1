"""Whose item is it? Pure.

A feed belongs to an outlet, and so do its items. An aggregator's feed carries many outlets: there
each entry's own source decides, by its name, an alias, or the site its link leads to.
"""

import re
from collections.abc import Iterable, Mapping
from unicodedata import normalize

from monitor.feeds.normalise import EntrySource
from monitor.feeds.urls import site
from monitor.model import Outlet

UNNAMED = "unnamed"  #: an aggregator's entries that say nothing of their source
_NOT_IN_IDS = re.compile(r"[\W_]+")


class Outlets:
    """The known outlets, by every name and site that leads to one."""

    def __init__(self, outlets: Iterable[Outlet], sites: Mapping[str, str]) -> None:
        """`sites`: site -> outlet id, as the feeds that are no aggregators tell."""
        self._by_id = {outlet.id: outlet for outlet in outlets}
        self._by_name = {
            _folded(name): outlet.id
            for outlet in self._by_id.values()
            for name in (outlet.name, *outlet.aliases)
            if name
        }
        self._by_site = dict(sites)

    def of(self, source: EntrySource | None, url: str) -> Outlet:
        """The outlet of an entry with this source and link; one marked unverified if unknown."""
        name = source.name if source else ""
        wheres = (site(source.url) if source else "", site(url))
        ids = [self._by_name.get(_folded(n), "") for n in (name, *wheres)]  # an alias may be a site
        ids += [self._by_site.get(where, "") for where in wheres]
        known = next((self._by_id[id_] for id_ in ids if id_ in self._by_id), None)
        return known or _unverified(name or next(filter(None, wheres), "") or UNNAMED)


def _unverified(name: str) -> Outlet:
    return Outlet(id=f"x-{_slug(name)}", name=name, verified=False)


def _slug(name: str) -> str:
    return _NOT_IN_IDS.sub("-", _folded(name)).strip("-")[:60] or UNNAMED


def _folded(name: str) -> str:
    return " ".join(normalize("NFKC", name).casefold().split())
