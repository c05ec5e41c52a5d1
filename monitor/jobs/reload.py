"""Notice that a person changed the files, and bring the change into force as a whole.

    stamps (mtime, size) -> settled? -> hash -> load everything -> sync the database -> swap

An editor may write a file in pieces, and a person saves two files one after the other: a change is
read once nothing moved between two looks. If anything is wrong, the old files stay in force, all of
them, and every problem is said once. `app.loaded` is swapped, never changed: a batch that is under
way with the old files finds, before it writes, that they are not in force, and begins again.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import structlog

from monitor import store
from monitor.app import App, Loaded
from monitor.config import Config, Polling, settings_alone
from monitor.errors import ConfigError
from monitor.jobs import backfill
from monitor.jobs.check import load
from monitor.jobs.sync import sync
from monitor.store import facts
from monitor.store.backfills import Backfill

log = structlog.get_logger()

WRONG, APPLIED, RESTART = "files-wrong", "files-applied", "restart-needed"  #: facts
_FILES = ("monitor.toml", "feeds.yaml", "subscribers.yaml")
_AT_START = ("database", "data", "contact", "mail", "smtp", "log")
#: the others are read at the start
_POLLING_AT_ONCE = frozenset({"every", "min_interval", "fastest", "slowest"})
_SHOWN = 1_000  #: characters of a fact

Stamps = dict[Path, tuple[int, int]]
Hashes = dict[Path, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What is different in new files, for a person."""

    lines: tuple[str, ...]  #: "2 feeds added: a, b"
    restart: tuple[str, ...]  #: settings that change at the next start


@dataclass(slots=True)
class Watch:
    """The files of one service; belongs to one thread. Made by `begin`."""

    directory: Path
    env: Mapping[str, str]
    _stamps: Stamps = field(default_factory=dict)  #: of the last look
    _read: Hashes = field(default_factory=dict)  #: of what was last read, right or wrong
    _wrong: set[Path] = field(default_factory=set)  #: what the problems named, to look at, too

    @classmethod
    def begin(cls, directory: Path, env: Mapping[str, str]) -> "Watch":
        """To be called before the files are loaded, so that no change falls between the two."""
        watch = cls(directory, env)
        with suppress(ConfigError):  # which loading them says better
            watch._stamps = _stamped(watch._paths(settings_alone(directory, env)))
            watch._read = _hashed(watch._stamps)
        return watch

    def look(
        self, app: App, *, now: datetime, stopping: Callable[[], bool] = lambda: False
    ) -> Changes | None:
        """Apply what changed since the last look; None if nothing did, or it is wrong."""
        stamps = _stamped(self._paths(app.config))
        before, self._stamps = self._stamps, stamps
        if before != stamps or (content := _hashed(stamps)) == self._read:
            return None
        changes = self._apply(app, now=now, stopping=stopping)
        self._remember(self._paths(app.config), stamps, content)
        return changes

    def _remember(self, paths: Iterable[Path], stamps: Stamps, content: Hashes) -> None:
        """What was read; files that are looked at from now on count as read as they are."""
        others = _stamped(path for path in paths if path not in stamps)
        kept = {path: stamps[path] for path in paths if path in stamps}
        self._stamps = kept | others
        self._read = {path: content[path] for path in kept} | _hashed(others)

    def _apply(self, app: App, *, now: datetime, stopping: Callable[[], bool]) -> Changes | None:
        try:
            loaded = load(self.directory, self.env)
        except ConfigError as e:
            self._refuse(app, e, now=now)
            return None
        self._wrong.clear()
        return apply(app, loaded, now=now, stopping=stopping)

    def _refuse(self, app: App, error: ConfigError, *, now: datetime) -> None:
        self._wrong = {Path(problem.file) for problem in error.problems}
        for problem in error.problems:
            log.error("files are wrong", problem=str(problem))
        with store.writing(app.engine, durable=False) as session:
            facts.note(session, WRONG, now=now, value=_short(map(str, error.problems)))

    def _paths(self, config: Config) -> list[Path]:
        found = (*config.seeds.glob("*.yaml"), *config.seeds.glob("*.yml"))
        seeds = [path for path in found if not path.name.startswith(".")]
        return sorted({*(self.directory / name for name in _FILES), *seeds, *self._wrong})


def apply(
    app: App, loaded: Loaded, *, now: datetime, stopping: Callable[[], bool] = lambda: False
) -> Changes:
    """Bring valid files into force, and let new rules go through the archive.

    The database first: nobody may match a provision that it does not know.
    """
    config, restart = kept_settings(loaded.config, app.config)
    new = replace(loaded, config=config)
    changes = Changes(lines=tuple(differences(app.loaded, new)), restart=restart)
    sync(replace(app, loaded=new), now=now)
    app.loaded = new
    begun = backfill.begin(app, now=now)
    with store.writing(app.engine, durable=False) as session:
        facts.note(session, WRONG, now=now)
        facts.note(session, APPLIED, now=now, value=_short(changes.lines) or "nothing changed")
        facts.note(session, RESTART, now=now, value=", ".join(restart))
    log.info("files changed", changes=list(changes.lines))
    if restart:
        log.warning("restart needed", settings=list(restart))
    return _with_past(app, changes, begun, now=now, stopping=stopping) if begun else changes


def _with_past(
    app: App,
    changes: Changes,
    begun: Sequence[str],
    *,
    now: datetime,
    stopping: Callable[[], bool],
) -> Changes:
    """Go through the archive, and say what that came to. What is left, the service goes on with."""
    backfill.work(app, now=now, stopping=stopping)
    told = replace(changes, lines=(*changes.lines, *past_lines(backfill.past(app, begun))))
    with store.writing(app.engine, durable=False) as session:
        facts.note(session, APPLIED, now=now, value=_short(told.lines))
    return told


def fresh(session: store.Session, *, now: datetime) -> None:
    """At the start: the files are right, and everything in them is in force."""
    for name in (WRONG, RESTART):
        facts.note(session, name, now=now)


# -- decide: pure ----------------------------------------------------------------------------


def kept_settings(new: Config, old: Config) -> tuple[Config, tuple[str, ...]]:
    """`new`, with the old value of what is read at the start only; and the names of those."""
    names = [name for name in _AT_START if getattr(new, name) != getattr(old, name)]
    inner = [n for n in Polling.model_fields if n not in _POLLING_AT_ONCE]
    inner = [n for n in inner if getattr(new.polling, n) != getattr(old.polling, n)]
    polling = new.polling.model_copy(update={n: getattr(old.polling, n) for n in inner})
    kept = replace(new, polling=polling, **{n: getattr(old, n) for n in names})
    return kept, (*names, *(f"polling.{n}" for n in inner))


def differences(old: Loaded, new: Loaded) -> Iterator[str]:
    """What a person would say of the change."""
    yield from _compared("feed", *({f.id: f for f in x.config.feeds} for x in (old, new)))
    yield from _compared("outlet", *({o.id: o for o in x.config.outlets} for x in (old, new)))
    yield from _compared("digest", *({s.id: s for s in x.config.subscriptions} for x in (old, new)))
    yield from _compared(
        "provision", *({p.key: p for d in x.documents for p in d.provisions} for x in (old, new))
    )
    rules = [x.percolator.versions for x in (old, new)]
    changed = [key for key, version in rules[1].items() if rules[0].get(key, version) != version]
    yield from _named("rules changed of", changed)
    yield from _named("settings changed:", _settings(old.config, new.config))


def _compared(noun: str, old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[str]:
    groups = {
        "added": [id_ for id_ in new if id_ not in old],
        "retired": [id_ for id_ in old if id_ not in new],
        "changed": [id_ for id_ in new if id_ in old and new[id_] != old[id_]],
    }
    for verb, ids in groups.items():
        yield from _named(f"{len(ids)} {noun}{'s'[: len(ids) != 1]} {verb}:", ids)


def _named(words: str, names: list[str]) -> Iterator[str]:
    if names:
        more = f" and {len(names) - 10} more" if len(names) > 10 else ""
        yield f"{words} {', '.join(names[:10])}{more}"


def _settings(old: Config, new: Config) -> list[str]:
    names = ("seeds", "maintainer", "public_url", "heartbeat_url", "polling", "digest", "keep")
    return [name for name in names if getattr(old, name) != getattr(new, name)]


def past_lines(past: Sequence[Backfill]) -> Iterator[str]:
    """What new and changed rules found in the archive."""
    for word, counts in {
        "past hits added": {one.provision: one.found for one in past},
        "past hits withdrawn": {one.provision: one.withdrawn for one in past},
    }.items():
        if total := sum(counts.values()):
            names = [f"{key} {n}" for key, n in counts.items() if n]
            yield from _named(f"{total} {word}:", names)
    left = [one.provision for one in past if not one.done]
    yield from _named("the archive is still gone through for", left)


# -- files -----------------------------------------------------------------------------------


def _stamped(paths: Iterable[Path]) -> Stamps:
    """Of a file that is not there: nothing."""
    stamps = {}
    for path in paths:
        try:
            found = path.stat()
        except OSError:
            continue
        stamps[path] = (found.st_mtime_ns, found.st_size)
    return stamps


def _hashed(paths: Iterable[Path]) -> Hashes:
    """Of the contents; what cannot be read counts as empty, `load` says why."""
    return {path: hashlib.sha256(_content(path)).digest() for path in paths}


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _short(lines: Iterable[str]) -> str:
    text = "; ".join(lines)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]} ..."
