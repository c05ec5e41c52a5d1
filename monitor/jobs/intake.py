"""What a fetch result means: from it and from what is stored to one value that says everything
that will be written. Pure.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from monitor.jobs.sight import Revised, Sighting
from monitor.jobs.wordtables import Words, table_of
from monitor.matching import Percolator, Verdict
from monitor.model import (
    Change,
    Drop,
    Feed,
    Hit,
    HitEvent,
    HitState,
    Item,
    Message,
    Origin,
    Outlet,
    PollRecord,
    Story,
)
from monitor.stories import Assigned


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Everything that one poll of one feed writes."""

    feed: Feed
    poll: PollRecord
    outlets: tuple[Outlet, ...] = ()
    stories: tuple[Story, ...] = ()
    new: tuple[tuple[Item, str], ...] = ()  #: (item, story)
    revised: tuple[Item, ...] = ()
    moved: tuple[Item, ...] = ()
    hits: tuple[Hit, ...] = ()  #: of items and provisions that had none
    rehits: tuple[Hit, ...] = ()  #: replace the stored ones
    events: tuple[HitEvent, ...] = ()
    drops: tuple[Drop, ...] = ()
    messages: tuple[Message, ...] = ()


@dataclass(slots=True)
class _Found:
    """Collects what the items of one feed come to."""

    hits: list[Hit] = field(default_factory=list)
    rehits: list[Hit] = field(default_factory=list)
    events: list[HitEvent] = field(default_factory=list)
    drops: list[Drop] = field(default_factory=list)


def decide(
    feed: Feed,
    sighting: Sighting,
    *,
    poll: PollRecord,
    percolator: Percolator,
    assigned: Assigned,
    known_hits: Mapping[str, Sequence[Hit]],
    words: Words,
    now: datetime,
) -> Intake:
    """Match what is new or changed, and say what is to be written.

    feed: as it is to be remembered.
    assigned: the stories of all new items of the batch.
    known_hits: stored hits of each revised item.
    words: the tables that the items are scored with.
    """
    found = _Found()
    for item in sighting.new:
        verdict = percolator.match(item, words=table_of(words, item))
        _match_new(found, item, verdict, now=now)
    for revised in sighting.revised:
        item = revised.item
        verdict = percolator.match(item, origin=Origin.UPDATE, words=table_of(words, item))
        known = known_hits.get(item.id, ())
        _match_again(found, revised, known, verdict, percolator.versions, now=now)
    return Intake(
        feed=feed,
        poll=_counted(poll, sighting, found),
        outlets=sighting.outlets,
        stories=_stories(sighting, assigned),
        new=tuple((item, assigned.story_of[item.id]) for item in sighting.new),
        revised=tuple(r.item for r in sighting.revised),
        moved=sighting.moved,
        hits=tuple(found.hits),
        rehits=tuple(found.rehits),
        events=tuple(found.events),
        drops=sighting.drops + tuple(found.drops),
    )


def _stories(sighting: Sighting, assigned: Assigned) -> tuple[Story, ...]:
    ids = {assigned.story_of[item.id] for item in sighting.new}
    return tuple(story for story in assigned.stories if story.id in ids)


def _match_new(found: _Found, item: Item, verdict: Verdict, *, now: datetime) -> None:
    found.drops += _held_back(item, verdict)
    for hit in verdict.hits:
        found.hits.append(hit)
        found.events.append(HitEvent.of(hit, Change.FOUND, at=now, announce=not item.archived))


def _match_again(
    found: _Found,
    revised: Revised,
    known: Sequence[Hit],
    verdict: Verdict,
    provisions: Container[str],
    *,
    now: datetime,
) -> None:
    """Every new revision is matched again; evidence and revision change together."""
    item = revised.item
    found.drops += _held_back(item, verdict)
    before = {hit.provision: hit for hit in known}
    for hit in verdict.hits:
        old = before.pop(hit.provision, None)
        if old is None:
            found.hits.append(hit)
            told = not item.archived
            found.events.append(
                HitEvent.of(hit, Change.FOUND, at=now, announce=told, why=revised.why)
            )
            continue
        found.rehits.append(replace(hit, origin=old.origin))
        found.events.append(_kept(hit, old, revised, now=now))
    for old in before.values():
        # of a provision that has left the files nothing is known, so nothing is taken back
        if old.state is HitState.HOLDS and old.provision in provisions:
            _withdraw(found, old, item, revised.why, now=now)


def _kept(hit: Hit, old: Hit, revised: Revised, *, now: datetime) -> HitEvent:
    """A hit that came back is as good as a new one; one that stayed is news if the text is."""
    if old.state is HitState.WITHDRAWN:
        announce = not revised.item.archived
        return HitEvent.of(hit, Change.RESTORED, at=now, announce=announce, why=revised.why)
    announce = revised.announce and not revised.item.archived
    return HitEvent.of(hit, Change.UPDATED, at=now, announce=announce, why=revised.why)


def _withdraw(found: _Found, old: Hit, item: Item, why: str, *, now: datetime) -> None:
    gone = replace(old, state=HitState.WITHDRAWN)  # its evidence cites the revision that it had
    found.rehits.append(gone)
    event = HitEvent.of(gone, Change.WITHDRAWN, at=now, announce=False, why=why)
    found.events.append(replace(event, item_rev=item.rev))


def _held_back(item: Item, verdict: Verdict) -> list[Drop]:
    return [
        Drop(
            reason="excluded",
            feed=item.feed,
            item=item.id,
            provision=held.provision,
            detail=held.rule,
        )
        for held in verdict.held_back
    ]


def _counted(poll: PollRecord, sighting: Sighting, found: _Found) -> PollRecord:
    return replace(
        poll,
        entries=sighting.entries,
        new=len(sighting.new),
        changed=len(sighting.revised),
        archived=sum(i.archived for i in sighting.new),
        undated=sum(i.published is None and not i.archived for i in sighting.new),
        hits=len(found.hits),
    )
