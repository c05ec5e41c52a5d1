"""Stories: items that report the same thing."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import insert
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
    moved = {story.id: story for story in stories}
    known = _rows(session, list(moved))
    for row in known.values():
        story = moved[row.id]
        row.last_seen = max(row.last_seen, story.last_seen)
        row.merged_into = story.merged_into or row.merged_into
    session.flush()
    new = [story for id_, story in moved.items() if id_ not in known]
    if new:
        plain = [{n: getattr(story, n) for n in _PLAIN} | {"merged_into": None} for story in new]
        session.execute(insert(StoryRow), plain)


def _rows(session: Session, ids: Sequence[str]) -> dict[str, StoryRow]:
    found: dict[str, StoryRow] = {}
    for start in range(0, len(ids), _CHUNK):
        query = select(StoryRow).where(col(StoryRow.id).in_(ids[start : start + _CHUNK]))
        found |= {row.id: row for row in session.exec(query)}
    return found


def counts(session: Session, ids: Collection[str]) -> dict[str, int]:
    """How many items each of `ids` has."""
    query = select(ItemRow.story, func.count()).where(col(ItemRow.story).in_(list(ids)))
    return dict(session.exec(query.group_by(ItemRow.story)).all())


_PLAIN = ("id", "key", "first_seen", "last_seen")


def _story(row: StoryRow) -> Story:
    return Story(**{n: getattr(row, n) for n in _PLAIN}, merged_into=row.merged_into or "")
