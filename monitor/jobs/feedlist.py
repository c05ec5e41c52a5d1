"""What `monitor feeds` does: show the list of feeds, and edit feeds.yaml as a person would.

    read and check the files -> the new text (pure) -> is it what was meant? -> write -> check again

The file is replaced in one step, and the old text is put back if the files as a whole are wrong
then. A running service notices the change by itself. Nothing here is fetched.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from monitor import config as configuration
from monitor import store
from monitor.app import App
from monitor.config import Config
from monitor.config.editing import added, paused
from monitor.config.people import feeds_in
from monitor.errors import ConfigError, MonitorError, Problem
from monitor.feeds import opml
from monitor.feeds.opml import Outlines, Shown, Unusable
from monitor.jobs.newcomers import Refused, Register, Wish
from monitor.jobs.status import FeedState, feed_state
from monitor.model import Feed, FeedSpec, Outlet
from monitor.source import Source, nearest, read_yaml, yaml_source
from monitor.store import feeds


class CannotChange(MonitorError):
    """The list of feeds stays as it is; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One feed for a person."""

    outlet: str  #: its name; "" for an aggregator
    url: str
    language: str
    state: FeedState

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        state = self.state
        return {
            "id": state.feed,
            "outlet": self.outlet,
            "url": self.url,
            "language": self.language,
            "state": state.state,
            "since": state.since,
            "last_ok_at": state.last_ok_at,
            "last_new_at": state.last_new_at,
            "next_poll_at": state.next_poll_at,
            "error": state.error,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """What was, or would be, written into feeds.yaml."""

    feeds: tuple[FeedSpec, ...]
    outlets: tuple[Outlet, ...] = ()
    known: tuple[Unusable, ...] = ()  #: that are watched already
    unusable: tuple[Unusable, ...] = ()
    note: str = ""  #: that the list that they came from is damaged


def listed(app: App, *, now: datetime) -> list[Listed]:
    """Every feed of the files, in their order, with what is remembered of it."""
    with store.reading(app.engine) as session:
        remembered = {feed.id: feed for feed in feeds.active(session)}
    names = {outlet.id: outlet.name for outlet in app.config.outlets}
    found = []
    for spec in app.config.feeds:
        feed = remembered.get(spec.id) or Feed(spec=spec, next_poll_at=now)
        found.append(
            Listed(
                outlet=names.get(spec.outlet, ""),
                url=feed.url,
                language=spec.language,
                state=feed_state(replace(feed, spec=spec)),
            )
        )
    return found


def add(directory: Path, env: Mapping[str, str], wish: Wish) -> Addition:
    """Write a feed, and its outlet where there is none, into feeds.yaml.

    Raises:
        CannotChange: it is watched already, or the address is none.
        ConfigError: the files are wrong, before or with it.
    """
    config = configuration.load(directory, env)
    register = Register(config.outlets, config.feeds)
    try:
        register.add(wish)
    except Refused as e:
        raise CannotChange(f"{wish.url} {e}") from None
    return _write(directory, env, config, Addition(**_added(register)))


def import_opml(
    directory: Path, env: Mapping[str, str], body: bytes, *, dry_run: bool = False
) -> Addition:
    """Write the feeds of an OPML list into feeds.yaml (dry_run: only say which).

    Raises:
        CannotChange: it is no OPML.
        ConfigError: the files are wrong, before or with it.
    """
    config = configuration.load(directory, env)
    try:
        outlines = opml.read(body)
    except opml.NotOpml as e:
        raise CannotChange(f"the file {e}") from None
    addition = chosen(config, outlines)
    return addition if dry_run else _write(directory, env, config, addition)


def chosen(config: Config, outlines: Outlines) -> Addition:
    """What of a list is new to us, what is not, and what is of no use. Pure."""
    register = Register(config.outlets, config.feeds)
    known: list[Unusable] = []
    unusable = list(outlines.unusable)
    for outline in outlines.feeds:
        wish = Wish(
            url=outline.url, title=outline.title, site=outline.site, language=outline.language
        )
        try:
            register.add(wish)
        except Refused as e:
            what = Unusable(line=outline.line, what=outline.title or outline.url, reason=str(e))
            (known if register.known(outline.url) else unusable).append(what)
    return Addition(
        **_added(register),
        known=tuple(known),
        unusable=tuple(sorted(unusable, key=lambda u: u.line)),
        note=outlines.note,
    )


def pause(directory: Path, env: Mapping[str, str], id_: str, *, on: bool) -> bool:
    """Pause the feed `id_` in feeds.yaml, or (on=False) take that back; False if it was so.

    Raises:
        CannotChange: there is no such feed.
        ConfigError: the files are wrong, before or with it.
    """
    config = configuration.load(directory, env)
    ids = [feed.id for feed in config.feeds]
    if id_ not in ids:
        hint = nearest(id_, ids) or "`monitor feeds list` shows them"
        raise CannotChange(f"there is no feed '{id_}' ({hint})")
    if config.feeds[ids.index(id_)].paused is on:
        return False
    wanted = tuple(replace(f, paused=on) if f.id == id_ else f for f in config.feeds)
    number = ids.index(id_)
    _edit(directory, env, lambda source: paused(source, number, on=on), config.outlets, wanted)
    return True


def export_opml(config: Config, *, now: datetime) -> str:
    """Every feed as OPML, for a feed reader."""
    names = {outlet.id: outlet.name for outlet in config.outlets}
    several = {
        f.outlet for f in config.feeds if sum(f.outlet == g.outlet for g in config.feeds) > 1
    }
    shown = [
        Shown(
            title=_title(feed, names, alone=feed.outlet not in several),
            url=feed.url,
            language=feed.language,
        )
        for feed in config.feeds
    ]
    return opml.write(shown, title="Feeds of the provision monitor", at=now)


def _title(feed: FeedSpec, names: Mapping[str, str], *, alone: bool) -> str:
    name = names.get(feed.outlet, "")
    return name if name and alone else " - ".join(filter(None, (name, feed.id)))


def _added(register: Register) -> dict[str, Any]:
    return {"feeds": tuple(register.feeds), "outlets": tuple(register.outlets)}


# -- the file --------------------------------------------------------------------------------


def _write(directory: Path, env: Mapping[str, str], config: Config, addition: Addition) -> Addition:
    if addition.feeds:
        _edit(
            directory,
            env,
            lambda source: added(source, addition.outlets, addition.feeds),
            (*config.outlets, *addition.outlets),
            (*config.feeds, *addition.feeds),
        )
    return addition


def _edit(
    directory: Path,
    env: Mapping[str, str],
    change: Callable[[Source], str],
    outlets: Sequence[Outlet],
    specs: Sequence[FeedSpec],
) -> None:
    """Write what `change` makes of feeds.yaml, if it then says `outlets` and `specs`."""
    path = directory / "feeds.yaml"
    before = path.read_bytes()
    source = read_yaml(path)
    text = change(source)
    _must_say(yaml_source(text, file=source.file), outlets, specs)
    _replace(path, before, _as_it_was(text, before))
    try:
        configuration.load(directory, env)
    except ConfigError:
        _replace(path, path.read_bytes(), before)
        raise


def _must_say(source: Source, outlets: Sequence[Outlet], specs: Sequence[FeedSpec]) -> None:
    """A last look before the file is touched."""
    said = feeds_in(source)
    if said.problems:
        raise ConfigError(said.problems)
    if (said.outlets, said.feeds) != (tuple(outlets), tuple(specs)):
        reason = "cannot be changed as it is written"
        raise ConfigError([Problem(file=source.file, reason=reason, hint="edit it by hand")])


def _as_it_was(text: str, before: bytes) -> bytes:
    """With the line ends and the byte order mark that the file had."""
    if b"\r\n" in before:
        text = text.replace("\n", "\r\n")
    return (b"\xef\xbb\xbf" if before.startswith(b"\xef\xbb\xbf") else b"") + text.encode()


def _replace(path: Path, before: bytes, after: bytes) -> None:
    """In one step, where a link leads; nobody ever reads half a file.

    Raises:
        CannotChange: the file was edited meanwhile, or may not be written.
    """
    path = path.resolve()
    new = path.with_name(f".{path.name}.new")
    try:
        new.write_bytes(after)
        new.chmod(path.stat().st_mode & 0o777)
        if path.read_bytes() != before:
            raise CannotChange(f"{path} was just edited by somebody else; try again")
        os.replace(new, path)
    except OSError as e:
        raise CannotChange(f"{path} cannot be written: {e.strerror}") from None
    finally:
        with suppress(OSError):
            new.unlink()
