"""The rules under which a hit was found, which may not be those of today."""

from dataclasses import replace

from monitor import store
from monitor.app import Loaded
from monitor.model import Hit, Provision, Rule
from monitor.store import documents


def as_found(session: store.Session, loaded: Loaded, provision: Provision, hit: Hit) -> Provision:
    """`provision` with the keywords that `hit` cites; evidence names them by their place."""
    if loaded.percolator.versions.get(provision.key) == hit.rules_version:
        return provision
    lines = documents.rules(session, provision.key, hit.rules_version) or []
    return replace(provision, keywords=tuple(Rule(text=line) for line in lines))
