"""The index of the archive: which items hold the words that a rule asks for.

SQLite: an FTS5 table without contents; PostgreSQL: a tsvector and its GIN index. Both are fed with
our own words (matching.indexing), so both say the same. Every transaction that adds items ends with
`catch_up`; items above `indexed.upto` are not indexed yet, and who asks looks at all of those.

What another version of the monitor indexed is thrown away by the first `catch_up` and built again.
"""

from collections.abc import Collection, Mapping, Sequence, Set
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, text
from sqlalchemy import func as sql
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel

from monitor.matching.indexing import (
    EVERYTHING,
    FORMAT,
    Every,
    Form,
    Indexed,
    Query,
    Some,
    index_words,
    stem_format,
)
from monitor.store.tables import IndexedRow, StemRow, WordRow

_LAST = "\U0010ffff"  #: comes after every letter
_AT_ONCE = 5_000  #: rows in one statement
_WORDS = 100  #: that are asked for in one statement
_WORTH = 20  #: words that cost as much to ask for as it costs to look at an item


def catch_up(session: Session, *, limit: int) -> int:
    """Index what was added since the last time, at most `limit` items; how many it were."""
    upto = _begin(session)
    item = _items()
    query = select(item.number, item.title, item.text).where(item.number > upto)
    rows = session.connection().execute(query.order_by(item.number).limit(limit)).all()
    if rows:
        _add(session, [(number, index_words(*texts)) for number, *texts in rows])
        session.connection().execute(_state().update().values(upto=rows[-1].number))
    return len(rows)


def replace(session: Session, number: int, old: tuple[str, str], new: tuple[str, str]) -> None:
    """An item's title and text changed."""
    if old == new or number > upto(session):
        return
    _remove(session, number, index_words(*old))
    _add(session, [(number, index_words(*new))])


def upto(session: Session) -> int:
    """The number of the last item that is indexed; 0 = none is."""
    query = select(_state().c.upto).where(_state().c.format == _format(session))
    return session.connection().execute(query).scalar() or 0


def missing(session: Session) -> int:
    """How many items are not indexed yet, at most: numbers may be left out."""
    newest = session.connection().execute(select(sql.max(_items().number))).scalar() or 0
    return max(0, newest - upto(session))


class Vocabulary:
    """The words of the index, in one snapshot, with the stems that are known of them."""

    def __init__(self, session: Session, languages: Collection[str]) -> None:
        """languages: of all documents; their stems are those that are made."""
        self.languages = frozenset(languages)
        self._connection = session.connection()
        self._tag = stem_tag(languages)

    def beginning(self, letters: str) -> list[Form]:
        """All forms that begin like that, in order."""
        return self._forms(letters)

    def unstemmed(self, letters: str) -> list[Form]:
        """Those of them whose stems are not known."""
        return self._forms(letters, _words().stemmed != self._tag)

    def sharing(self, stems: Collection[str]) -> list[str]:
        """The words of which one of these stems is known."""
        stem = SQLModel.metadata.tables["stem"].c
        query = select(stem.text).where(stem.stem.in_(sorted(stems)))
        return list(self._connection.execute(query).scalars())

    def _forms(self, letters: str, *conditions: Any) -> list[Form]:
        word = _words()
        query = select(word.text, word.written).where(
            word.text >= letters, word.text < letters + _LAST, *conditions
        )
        ordered = query.order_by(word.text, word.written)
        return [Form(*row) for row in self._connection.execute(ordered)]


def stem_tag(languages: Collection[str]) -> str:
    """What `word.stemmed` is where the stems in these languages are known."""
    return f"{stem_format()} {' '.join(sorted(languages))}"


def unstemmed(session: Session, languages: Collection[str], *, limit: int) -> list[Form]:
    """Some forms whose stems in these languages are not known."""
    word, tag = _words(), stem_tag(languages)
    query = select(word.text, word.written).limit(limit)
    # two looks into the index of the column; "is another one" would be none
    for other in (word.stemmed < tag, word.stemmed > tag):
        if rows := session.connection().execute(query.where(other)).all():
            return [Form(*row) for row in rows]
    return []


def add_stems(
    session: Session, found: Mapping[Form, Collection[str]], languages: Collection[str]
) -> None:
    """Note the stems of forms in these languages."""
    connection = session.connection()
    put = postgresql.insert if _is_postgres(session) else sqlite.insert
    rows = sorted({(stem, form.text) for form, stems in found.items() for stem in stems})
    statement = put(StemRow).on_conflict_do_nothing()
    if rows:
        connection.execute(statement, [{"stem": stem, "text": text_} for stem, text_ in rows])
    word = SQLModel.metadata.tables["word"]
    same = (word.c.text == bindparam("t"), word.c.written == bindparam("w"))
    known = word.update().where(*same).values(stemmed=stem_tag(languages))
    connection.execute(known, [{"t": form.text, "w": form.written} for form in found])


def span(session: Session) -> int:
    """How many numbers to ask `candidates` for: a server reads its whole index each time."""
    return 1 << 40 if _is_postgres(session) else 50_000


def candidates(session: Session, query: Query, *, after: int, until: int) -> list[int]:
    """The indexed items that `query` may hold for, by number: after < number <= until.

    All for which it holds, and some for which a long list of words would cost more than it spares.
    """
    asking = _Asking(session, after, until)
    return sorted(asking.numbers(query) | asking.numbers(Some(frozenset({EVERYTHING}))))


class _Asking:
    """One query over some numbers, in pieces that are joined here; each is asked once.

    FTS5 is slow with long lists: for every item it looks at each of their words.
    """

    def __init__(self, session: Session, after: int, until: int) -> None:
        self._session, self._postgres = session, _is_postgres(session)
        self._between = {"after": after, "until": until}
        self._found: dict[Query, Set[int]] = {}
        self._sizes: dict[Query, int] = {}

    def numbers(self, query: Query) -> Set[int]:
        """The items that `query` may hold for."""
        if query not in self._found:
            self._found[query] = self._numbers(query)
        return self._found[query]

    def _numbers(self, query: Query) -> Set[int]:
        if self._size(query) <= _WORDS:
            return self._asked(query)
        if isinstance(query, Every):
            return self._in_all(query)
        words = sorted(query.words)
        pieces = (words[start : start + _WORDS] for start in range(0, len(words), _WORDS))
        lists = [self._asked(Some(frozenset(piece))) for piece in pieces]
        return frozenset().union(*lists, *map(self.numbers, query.parts))

    def _in_all(self, query: Every) -> Set[int]:
        """Without the lists that are longer than the items are many that they could spare."""
        first, *others = sorted(query.parts, key=self._size)
        found = self.numbers(first)
        for part in others:
            if self._size(part) <= len(found) * _WORTH:
                found = found & self.numbers(part)
        return found

    def _size(self, query: Query) -> int:
        if query not in self._sizes:
            own = len(query.words) if isinstance(query, Some) else 0
            self._sizes[query] = own + sum(map(self._size, query.parts))
        return self._sizes[query]

    def _asked(self, query: Query) -> Set[int]:
        name = "number" if self._postgres else "rowid"
        matches = "words @@ CAST(:q AS tsquery)" if self._postgres else "archive_index MATCH :q"
        statement = text(
            f"SELECT {name} FROM archive_index WHERE {matches}"  # noqa: S608 - our own words
            f" AND {name} > :after AND {name} <= :until"
        )
        values = {"q": _tsquery(query) if self._postgres else _fts(query), **self._between}
        return frozenset(self._session.connection().execute(statement, values).scalars().all())


# -- writing ---------------------------------------------------------------------------------


def _begin(session: Session) -> int:
    """Where to go on; at the beginning, if what there is was made by another version."""
    if session.connection().execute(select(_state().c.format)).scalar() == _format(session):
        return upto(session)
    connection = session.connection()
    connection.execute(delete(IndexedRow))
    connection.execute(delete(WordRow))
    connection.execute(delete(StemRow))
    connection.execute(
        text("DELETE FROM archive_index")
        if _is_postgres(session)
        else text("INSERT INTO archive_index(archive_index) VALUES ('delete-all')")
    )
    connection.execute(insert(IndexedRow), {"id": 1, "format": _format(session), "upto": 0})
    return 0


def _add(session: Session, found: Sequence[tuple[int, Indexed]]) -> None:
    connection = session.connection()
    rows = [{"number": number, "words": _written(session, one)} for number, one in found]
    connection.execute(_insert(session), rows)
    new = sorted({form for _, one in found for form in one.forms})
    put = postgresql.insert if _is_postgres(session) else sqlite.insert
    statement = put(WordRow).on_conflict_do_nothing()
    for start in range(0, len(new), _AT_ONCE):
        some = new[start : start + _AT_ONCE]
        connection.execute(statement, [form._asdict() | {"stemmed": ""} for form in some])


def _insert(session: Session) -> Any:
    if not _is_postgres(session):
        return text("INSERT INTO archive_index(rowid, words) VALUES (:number, :words)")
    words = bindparam("words", type_=postgresql.ARRAY(postgresql.TEXT))
    statement = "INSERT INTO archive_index VALUES (:number, array_to_tsvector(:words))"
    return text(statement).bindparams(words)


def _remove(session: Session, number: int, old: Indexed) -> None:
    connection = session.connection()
    if _is_postgres(session):
        values = {"number": number}
        connection.execute(text("DELETE FROM archive_index WHERE number = :number"), values)
        return
    # without contents, FTS5 must be told what it is to forget
    statement = "INSERT INTO archive_index(archive_index, rowid, words) VALUES ('delete', :n, :w)"
    connection.execute(text(statement), {"n": number, "w": _written(session, old)})


def _written(session: Session, one: Indexed) -> Any:
    words = sorted(one.words)
    return words if _is_postgres(session) else " ".join(words)


# -- the two languages of queries --------------------------------------------------------------


def _fts(query: Query) -> str:
    return _said(query, " OR ", " AND ", lambda word: f'"{word}"')


def _tsquery(query: Query) -> str:
    def quoted(word: str) -> str:
        return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"

    return _said(query, " | ", " & ", quoted)


def _said(query: Query, or_: str, and_: str, quoted: Any) -> str:
    parts = [_said(part, or_, and_, quoted) for part in query.parts]
    if isinstance(query, Every):
        return f"({and_.join(parts)})"
    return f"({or_.join([*map(quoted, sorted(query.words)), *parts])})"


def _words() -> Any:
    return SQLModel.metadata.tables["word"].c


def _items() -> Any:
    return SQLModel.metadata.tables["item"].c


def _state() -> Any:
    return SQLModel.metadata.tables["indexed"]


def _format(session: Session) -> str:
    """With the database's name: of what is copied to another one, the index is not."""
    return f"{FORMAT}.{session.get_bind().dialect.name}"


def _is_postgres(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"
