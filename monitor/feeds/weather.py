"""Is it them, or is it our own network? Pure.

When nobody answers, the fault is ours: a laptop that woke up, a router, a proxy. Feeds must not be
punished for it with hours of back-off, and should be asked again as soon as the line is back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from monitor.feeds.outcomes import Failed, Outcome
from monitor.feeds.urls import site
from monitor.feeds.validators import after_nothing
from monitor.model import Feed

FEWEST_SITES = 3  #: below that one sick server looks like no network
MANY_SITES = 10  #: from here on more than half is enough; below it must be all of them
RETRY_AFTER = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Weather:
    """How the last answer of each site was: did it fail for want of a connection?"""

    lost: Mapping[str, bool] = field(default_factory=dict)
    cut_off: frozenset[str] = frozenset()  #: feeds whose last answer failed so, by id

    def after(self, *outcomes: Outcome) -> "Weather":
        """With these answers taken into account."""
        failed = {o.feed.id: isinstance(o, Failed) and o.kind.passing for o in outcomes}
        told = {site(o.feed.url): failed[o.feed.id] for o in outcomes}
        cut_off = {id_ for id_, lost in failed.items() if lost}
        return Weather({**self.lost, **told}, (self.cut_off - failed.keys()) | cut_off)

    @property
    def down(self) -> bool:
        """Is it our own network?"""
        sites, lost = len(self.lost), sum(self.lost.values())
        return sites >= FEWEST_SITES and (
            lost == sites or (sites >= MANY_SITES and lost > sites / 2)
        )


def after_outage(feed: Feed, failed: Failed, *, now: datetime, luck: float) -> Feed:
    """Ask again soon; the failure is shown and not counted."""
    return replace(
        after_nothing(feed),
        next_poll_at=now + RETRY_AFTER * (1 + luck / 2),
        failing_since=feed.failing_since or now,
        error=failed.reason,
    )
