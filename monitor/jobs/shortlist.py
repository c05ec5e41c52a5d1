"""The stored items that a rule may hold for, newest first: what the archive's index proposes.

What is not indexed yet is looked at one by one, so that the answer is right while an index is still
being built. Every page is read in a short snapshot of its own.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from monitor import store
from monitor.matching.bound import Bound
from monitor.matching.indexing import Query, asked
from monitor.matching.quicklook import quick_look
from monitor.model import Item
from monitor.store import archive, search

_FIRST, _MOST = 1_000, 50_000  #: items between two looks at the index; the first results come soon
_AT_ONCE = 500  #: items read at once


class Page(NamedTuple):
    """Some items, and how far we are."""

    items: Sequence[Item]
    passed: int  #: items of the archive that are behind us
    total: int


@dataclass(slots=True)
class _Shortlist:
    """What the index says, asked piece by piece."""

    query: Query | None
    upto: int  #: the last item that the index knew when it was asked
    _known: dict[int, frozenset[int]] = field(default_factory=dict)

    def knows(self, number: int) -> bool:
        """Was it the index that proposed this item?"""
        return self.query is not None and number <= self.upto

    def narrowed(self, session: store.Session, numbers: Sequence[int]) -> list[int]:
        """Those of `numbers` that are to be looked at, in their order."""
        if self.query is None:
            return list(numbers)
        size = search.span(session)
        for piece in {number // size for number in numbers if number <= self.upto}:
            if piece not in self._known:
                first = piece * size
                found = search.candidates(
                    session, self.query, after=first - 1, until=min(first + size - 1, self.upto)
                )
                self._known[piece] = frozenset(found)
        known, nothing = self._known, frozenset[int]()
        return [n for n in numbers if n > self.upto or n in known.get(n // size, nothing)]


def shortlist(
    engine: store.Engine,
    node: Bound,
    *,
    languages: Collection[str],
    since: datetime | None = None,
    until: datetime | None = None,
) -> Iterator[Page]:
    """All stored items that `node` may hold for, and some others; newest first.

    languages: of all documents.
    since, until: first seen at `since` or later, before `until`.
    """
    with store.reading(engine) as session:
        total = archive.count(session, since=since, until=until)
    look, passed, size = quick_look(node), 0, _FIRST
    listed = _Shortlist(None, 0)  # the newest are looked at without it: the first hits come soon
    before = (until, 0) if until else None
    while True:
        with store.reading(engine) as session:
            numbers, before = archive.walk(session, before=before, since=since, limit=size)
            if passed == _FIRST:
                query = asked(node, search.Vocabulary(session, languages))
                listed = _Shortlist(query, search.upto(session))
            wanted = listed.narrowed(session, numbers)
        for start in range(0, len(wanted), _AT_ONCE):
            with store.reading(engine) as session:
                rows = archive.rows(session, wanted[start : start + _AT_ONCE])
            found = [item for n, item in rows if listed.knows(n) or look(item)]
            yield Page(found, passed, total)
        if not numbers:
            return
        passed += len(numbers)
        yield Page((), passed, total)
        size = min(size * 4, _MOST)
