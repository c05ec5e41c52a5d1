"""Learning from verdicts, once a UTC day, and showing what was learned.

    write  : train whole, for each provision with verdicts given before that day
    learned: the words in force, and what they would do as rules
    forget : from the next day on, learn nothing of a word
    restore: from the next day on, learn of it again

See monitor/matching/learning.py for how.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any

import structlog

from monitor import store
from monitor.app import App
from monitor.jobs.names import provision_key
from monitor.matching.frequency import WordTable
from monitor.matching.learning import PRESUMED, Judged, Learned, Read, Word, learn, stems
from monitor.model import Item
from monitor.store import hits, rulework
from monitor.store import learned as stored
from monitor.store.learned import Said, Stored

log = structlog.get_logger()

HITS = 500  #: of a provision, the newest, in which the words are counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One word, and what it would do as a rule."""

    word: str
    weight: float
    hits: int  #: of the newest ones of the provision, those that have it
    relevant: int  #: of them, called relevant
    not_relevant: int
    forgotten: bool  #: from tomorrow on


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What was learned for one provision."""

    provision: str
    day: str
    verdicts: int
    words: tuple[Effect, ...]  #: what says most first
    forgotten: tuple[str, ...]  #: of which nothing is learned, from tomorrow on at the latest

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        return asdict(self)


def write(app: App, day: date, table: WordTable, *, before: datetime) -> None:
    """Learn what verdicts given before `before` say, unless that was done for `day`."""
    with store.reading(app.engine) as session:
        said = stored.said(session, before=before)
        if not said or stored.newest(session, day) == day:
            return
        silent = stored.without_hit(session, before=before, limit=PRESUMED)
        forgotten = stored.forgotten(session, before=before)
    presumed = [_read(item) for item in silent]
    found = {
        key: learn(judged, presumed, table, name=day.isoformat(), forgotten=forgotten.get(key, ()))
        for key, judged in sorted(_by_provision(said).items())
    }
    # what a power cut undoes is learned again
    with store.writing(app.engine, durable=False) as session:
        stored.add(session, day, [_stored(key, one) for key, one in found.items()])
    log.info("verdicts learned", day=day.isoformat(), provisions=len(found), verdicts=len(said))


def known(session: store.Session, day: date) -> dict[str, Learned]:
    """What was learned by `day`, by provision key."""
    written = stored.newest(session, day)
    found = stored.of_day(session, written) if written else []
    return {one.provision: _learned(one, written) for one in found if written}


def learned(app: App, *, provision: str = "", limit: int, now: datetime) -> list[Shown]:
    """What is in force, with at most `limit` words each.

    Raises:
        LookupError: there is no such provision.
    """
    key = provision_key(app.loaded, provision) if provision else ""
    with store.reading(app.engine) as session:
        found = known(session, now.astimezone(UTC).date())
        verdicts = rulework.verdicts(session)
        forgotten = stored.forgotten(session)
        return [
            Shown(
                provision=name,
                day=one.name,
                verdicts=one.verdicts,
                words=tuple(
                    _effects(
                        list(one.words.items())[:limit],
                        [f.item for f in hits.latest(session, provision=name, limit=HITS)],
                        {item: said for (key, item), said in verdicts.items() if key == name},
                        {stem for word in forgotten.get(name, ()) for stem in stems(word)},
                    )
                ),
                forgotten=tuple(forgotten.get(name, ())),
            )
            for name, one in found.items()
            if key in ("", name)
        ]


def forget(app: App, word: str, *, provision: str, by: str, now: datetime) -> list[str]:
    """Learn nothing of `word`, of every word if it is "", from the next day on; the words meant.

    Raises:
        LookupError: there is no such provision, or nothing was learned of the word.
    """
    key = provision_key(app.loaded, provision)
    with store.writing(app.engine) as session:
        one = known(session, now.astimezone(UTC).date()).get(key)
        have = one.words if one else {}
        wanted = stems(word) if word else set(have)
        meant = [w.written for stem, w in have.items() if stem in wanted]
        if not meant:
            raise LookupError(
                f"nothing was learned of '{word}' for '{key}'; `monitor learned` lists the words"
            )
        for written in meant:
            stored.forget(session, key, written, by=by, now=now)
    log.info("words forgotten", provision=key, words=meant, by=by)
    return meant


def restore(app: App, word: str, *, provision: str, by: str, now: datetime) -> list[str]:
    """Learn again of `word`, which was forgotten, from the next day on; the words meant.

    Raises:
        LookupError: there is no such provision, or the word is not forgotten.
    """
    key = provision_key(app.loaded, provision)
    with store.writing(app.engine) as session:
        known = stored.forgotten(session).get(key, ())
        meant = [one for one in known if stems(one) & stems(word)]
        if not meant:
            raise LookupError(
                f"'{word}' is not forgotten for '{key}'; `monitor learned` lists the words"
            )
        for one in meant:
            stored.forget(session, key, one, by=by, now=now, restored=True)
    log.info("words restored", provision=key, words=meant, by=by)
    return meant


def _by_provision(said: Iterable[Said]) -> Mapping[str, list[Judged]]:
    """An article that came by several feeds is judged once."""
    found: defaultdict[str, dict[str, Judged]] = defaultdict(dict)
    for one in said:
        article = one.item.url or one.item.id
        relevant = one.verdict == "relevant"
        found[one.provision][article] = Judged(_read(one.item), relevant)
        if one.target:
            found[one.target].setdefault(article, Judged(_read(one.item), relevant=True))
    return {key: list(judged.values()) for key, judged in found.items()}


def _effects(
    words: Iterable[tuple[str, Word]],
    items: Iterable[Item],
    verdicts: Mapping[str, str],
    forgotten: set[str],
) -> Iterator[Effect]:
    having: defaultdict[str, list[str]] = defaultdict(list)
    for item in items:
        for stem in stems(item.title) | stems(item.text):
            having[stem].append(verdicts.get(item.id, ""))
    for stem, word in words:
        said = having[stem]
        yield Effect(
            word=word.written,
            weight=word.weight,
            hits=len(said),
            relevant=said.count("relevant"),
            not_relevant=len(said) - said.count("relevant") - said.count(""),
            forgotten=stem in forgotten,
        )


def _read(item: Item) -> Read:
    return Read(item.language, item.title, item.text)


def _stored(key: str, one: Learned) -> Stored:
    words: list[list[str | float]] = [[stem, w.written, w.weight] for stem, w in one.words.items()]
    return Stored(key, one.verdicts, one.base, words)


def _learned(one: Stored, day: date) -> Learned:
    words = {str(stem): Word(str(word), float(weight)) for stem, word, weight in one.words}
    return Learned(day.isoformat(), one.verdicts, words, one.base)
