"""What a reader says of a hit: relevant, not relevant, belongs elsewhere.

It is kept, and changes nothing by itself: no hit goes away, no rule changes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import structlog

from monitor import store
from monitor.app import App, Loaded
from monitor.feeds.urls import canonical
from monitor.jobs.names import provision_key
from monitor.model import Hit, Item
from monitor.source import nearest
from monitor.store import feedback, hits, items
from monitor.store.feedback import Verdict

log = structlog.get_logger()

RELEVANT, NOT, BELONGS = VERDICTS = ("relevant", "not", "belongs-to")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A verdict with the item that it is on, for a person."""

    verdict: Verdict
    title: str
    url: str
    was_hit: bool = True  #: the item is, or was, a hit of the provision

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        return {"title": self.title, "url": self.url, **asdict(self.verdict)}


def judge(
    app: App,
    what: str,
    verdict: str,
    *,
    provision: str = "",
    target: str = "",
    by: str,
    now: datetime,
) -> Judged:
    """Keep what `by` says of the item at the link `what` (or with that id) under `provision`.

    provision: "" = the only one that the item is a hit of.

    Raises:
        LookupError: the item, a provision or the verdict is unknown; it says what to write.
    """
    other = _target(app.loaded, verdict, target)
    with store.writing(app.engine) as session:
        found = _items(session, what)
        own = hits.of_items(session, [i.id for i in found])
        key = provision_key(app.loaded, provision) if provision else _only(own)
        if key == other:
            raise LookupError(
                f"'{key}' is where it stands already; name the provision it belongs to"
            )
        kept = list(_verdicts(app.loaded, found, own, key, verdict, other, by=by, now=now))
        feedback.record(session, kept)
    log.info("feedback", item=kept[0].item, provision=key, verdict=verdict, target=other, by=by)
    return Judged(
        verdict=kept[0],
        title=found[0].title,
        url=found[0].url,
        was_hit=any(hit.provision == key for all_ in own.values() for hit in all_),
    )


def listed(app: App, *, provision: str = "", limit: int) -> list[Judged]:
    """The verdicts in force, newest first.

    Raises:
        LookupError: there is no such provision.
    """
    key = provision_key(app.loaded, provision) if provision else ""
    with store.reading(app.engine) as session:
        found = feedback.latest(session, provision=key, limit=limit)
    judged = (Judged(verdict=v, title=item.title, url=item.url) for v, item in found)
    # one word on an article that came by several feeds is one line
    return list({_same(j): j for j in judged}.values())


def _same(judged: Judged) -> tuple[object, ...]:
    verdict = judged.verdict
    return judged.url or verdict.item, verdict.provision, verdict.verdict, verdict.at


def _verdicts(
    loaded: Loaded,
    found: Iterable[Item],
    own: dict[str, list[Hit]],
    key: str,
    verdict: str,
    target: str,
    *,
    by: str,
    now: datetime,
) -> Iterator[Verdict]:
    """One for each item that the link leads to: an article may have come by several feeds."""
    versions = loaded.percolator.versions
    for item in found:
        of_hit = [h.rules_version for h in own.get(item.id, []) if h.provision == key]
        yield Verdict(
            item=item.id,
            provision=key,
            verdict=verdict,
            target=target,
            rules_version=of_hit[0] if of_hit else versions[key],
            at=now,
            by=by,
        )


def _target(loaded: Loaded, verdict: str, target: str) -> str:
    if verdict not in VERDICTS:
        hint = nearest(verdict, VERDICTS) or f"write one of: {', '.join(VERDICTS)}"
        raise LookupError(f"'{verdict}' is no verdict; {hint}")
    if verdict == BELONGS and not target:
        raise LookupError("belongs to which provision? Write: belongs-to PROVISION")
    if verdict != BELONGS and target:
        raise LookupError(f"'{verdict}' and a provision '{target}' that it belongs to: write one")
    return provision_key(loaded, target) if target else ""


def _items(session: store.Session, what: str) -> list[Item]:
    """The item with that id, or all with that link."""
    if one := feedback.item(session, what):
        return [one]
    url = canonical(what)
    if not url:
        raise LookupError(
            f"'{what}' is neither a link nor the id of an item; write the link as"
            " `monitor hits` shows it, https:// included"
        )
    if found := items.by_url(session, url):
        return found
    other = next((u for u in _spellings(url) if items.by_url(session, u)), "")
    hint = f"did you mean {other}?" if other else "`monitor hits` shows the links that are"
    raise LookupError(f"no item with the link {url} is stored; {hint}")


def _spellings(url: str) -> Iterator[str]:
    """The addresses that a site is likely to give the same page."""
    host = url.partition("://")[2].removeprefix("www.")
    for start in ("https://", "http://", "https://www.", "http://www."):
        for end in (host.rstrip("/"), f"{host.rstrip('/')}/"):
            yield canonical(start + end)


def _only(own: dict[str, list[Hit]]) -> str:
    """The provision meant where none is named."""
    keys = sorted({hit.provision for all_ in own.values() for hit in all_})
    if len(keys) == 1:
        return keys[0]
    names = f"one of {', '.join(keys)}" if keys else "it is a hit of none so far"
    raise LookupError(f"which provision? Write --provision PROVISION ({names})")
