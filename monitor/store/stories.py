"""Stories: items that report the same thing."""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlmodel import Session, col, func, select

from monitor.model import Story
from monitor.store.tables import ItemRow, StoryRow

_CHUNK = 5_000


def candidates(session: Session, keys: Collection[str], *, since: datetime) -> list[Story]:
    """Stories that moved after `since` under one of `keys`; earliest first."""
    wanted = sorted(keys)
    found: list[Story] = []
    for start in range(0, len(wanted), _CHUNK):
        query = select(StoryRow).where(
            col(StoryRow.key).in_(wanted[start : start + _CHUNK]), StoryRow.last_seen >= since
        )
        found += [_story(row) for row in session.exec(query)]
    return sorted(found, key=lambda s: (s.first_seen, s.id))


def save(session: Session, stories: Iterable[Story]) -> None:
    """Add new stories; of known ones only `last_seen` and `merged_into` change."""
    for story in stories:
        row = session.get(StoryRow, story.id)
        if row is None:
            session.add(StoryRow(**{n: getattr(story, n) for n in _PLAIN}, merged_into=None))
        else:
            row.last_seen = max(row.last_seen, story.last_seen)
            row.merged_into = story.merged_into or row.merged_into
    session.flush()


def counts(session: Session, ids: Collection[str]) -> dict[str, int]:
    """How many items each of `ids` has."""
    query = select(ItemRow.story, func.count()).where(col(ItemRow.story).in_(list(ids)))
    return dict(session.exec(query.group_by(ItemRow.story)).all())


_PLAIN = ("id", "key", "first_seen", "last_seen")


def _story(row: StoryRow) -> Story:
    return Story(**{n: getattr(row, n) for n in _PLAIN}, merged_into=row.merged_into or "")
