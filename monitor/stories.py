"""Which items report the same thing. Pure.

Two items share a story when their titles are the same word for word (case, accents, hyphens and
punctuation aside) and the story moved within the last `WINDOW`. That finds what agencies send
and others print. Short titles ("Live", "News in brief", a name) say too little: such an item
stays by itself, so that daily columns do not swallow each other.

The story has the id of its earliest item for good; a later wording cannot steal it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.model import Item, Story
from monitor.tokens import tokens

WINDOW = timedelta(hours=72)  #: an agency's text is printed within three days, or it is another
FEWEST_TOKENS = 4  #: a title of fewer words is no key; in Chinese each character is a token


@dataclass(frozen=True, slots=True)
class Assigned:
    """The story of each item, and every story that was begun or moved by them."""

    story_of: dict[str, str]  #: item id -> story id
    stories: tuple[Story, ...]


def key(title: str) -> str:
    """What two titles of one story have in common; "" where the title says too little."""
    words = [token.text for token in tokens(title)]
    return " ".join(words) if len(words) >= FEWEST_TOKENS else ""


def assign(items: Sequence[Item], candidates: Iterable[Story]) -> Assigned:
    """Give each new item its story; items of one batch may share one.

    candidates: stored stories under the keys of `items`.
    """
    by_key: dict[str, Story] = {}
    for story in sorted(candidates, key=lambda s: (s.first_seen, s.id), reverse=True):
        by_key[story.key] = story
    moved: dict[str, Story] = {}
    story_of: dict[str, str] = {}
    # the earliest names the story, not the feed that happened to answer first
    for item in sorted(items, key=lambda i: (i.published or i.first_seen, i.id)):
        story = _join(by_key.get(key(item.title)), item)
        moved[story.id] = by_key[story.key] = story
        story_of[item.id] = story.id
    return Assigned(story_of, tuple(moved.values()))


def _join(story: Story | None, item: Item) -> Story:
    at = _moment(item)
    if story is None or not story.key or abs(at - story.last_seen) > WINDOW:
        return Story(id=item.id, key=key(item.title), first_seen=at, last_seen=at)
    return replace(story, last_seen=max(story.last_seen, at))


def _moment(item: Item) -> datetime:
    """An archived item belongs to the day of its date, not to the day we found it."""
    return item.published or item.first_seen if item.archived else item.first_seen
