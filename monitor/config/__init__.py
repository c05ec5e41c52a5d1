"""The files in config/ -> one frozen Config. What they say is in docs/reference/configuration.md.

A Config is right as a whole or not made: `load` collects the problems of all three files and of
the environment, and raises them at once.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from monitor.config.people import FeedNote, Spots, feeds_in, subscribers_in
from monitor.config.settings import (
    Digest,
    Keep,
    Log,
    Mail,
    Polling,
    Settings,
    Smtp,
    read_settings,
    read_smtp,
    variables,
)
from monitor.config.values import duration_text
from monitor.errors import ConfigError, Problem
from monitor.model import FeedSpec, Outlet, Subscription
from monitor.source import Source, Spot, nearest, read_yaml

__all__ = [
    "Config",
    "Digest",
    "FeedNote",
    "Keep",
    "Log",
    "Mail",
    "Polling",
    "Smtp",
    "check_subscriptions",
    "load",
    "settings_alone",
    "variables",
]

_SETTINGS = Settings()
_SMTP = Smtp(sender=_SETTINGS.mail.sender)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The whole configuration; the defaults are the documented ones.

    `load` makes `database`, `seeds`, `data`, `mail.directory` and the files of `smtp` absolute:
    a relative path is relative to the project, the directory that config/ is in.
    """

    project: Path = Path()
    database: str = _SETTINGS.database
    seeds: Path = _SETTINGS.seeds
    data: Path = _SETTINGS.data
    maintainer: str = ""  #: address for reports and List-Unsubscribe
    contact: str = ""  #: web or mail address for the User-Agent
    public_url: str = ""  #: without a slash at its end
    heartbeat_url: str = field(default="", repr=False)  #: called while all is well; a secret
    polling: Polling = _SETTINGS.polling
    mail: Mail = _SETTINGS.mail
    smtp: Smtp = _SMTP
    digest: Digest = _SETTINGS.digest
    keep: Keep = _SETTINGS.keep
    log: Log = _SETTINGS.log
    outlets: tuple[Outlet, ...] = ()
    feeds: tuple[FeedSpec, ...] = ()
    feed_notes: Mapping[str, FeedNote] = field(default_factory=dict)
    subscriptions: tuple[Subscription, ...] = ()
    spots: Spots = field(default_factory=dict, repr=False, compare=False)

    def spot(self, kind: str, id_: str) -> Spot:
        """Where the outlet, feed or subscription `id_` is written, for a problem seen later."""
        return self.spots.get((kind, id_), Spot(Source(f"{kind} {id_}"), ()))


def load(directory: Path, env: Mapping[str, str]) -> Config:
    """Read monitor.toml, feeds.yaml and subscribers.yaml of `directory`, and `env`.

    Raises:
        ConfigError: with every problem of all of them.
    """
    problems: list[Problem] = []
    base = _base(directory, env, problems)
    feeds = feeds_in(_yaml(directory / "feeds.yaml", problems))
    subscribers = subscribers_in(_yaml(directory / "subscribers.yaml", problems))
    problems += [*feeds.problems, *subscribers.problems]
    problems += _too_often(feeds.feeds, feeds.spots, base.polling)
    if problems:
        raise ConfigError(problems)
    return replace(
        base,
        outlets=feeds.outlets,
        feeds=feeds.feeds,
        feed_notes=feeds.notes,
        subscriptions=subscribers.subscriptions,
        spots={**feeds.spots, **subscribers.spots},
    )


def settings_alone(directory: Path, env: Mapping[str, str]) -> Config:
    """What monitor.toml and `env` say, for commands that work while the other files are wrong.

    Raises:
        ConfigError: with every problem of these two.
    """
    problems: list[Problem] = []
    config = _base(directory, env, problems)
    if problems:
        raise ConfigError(problems)
    return config


def _base(directory: Path, env: Mapping[str, str], problems: list[Problem]) -> Config:
    """What monitor.toml and `env` say; the defaults where they are wrong."""
    project = directory.resolve().parent
    try:
        settings, source = read_settings(directory / "monitor.toml", env)
        smtp = read_smtp(settings, source, env, project=project)
    except ConfigError as e:
        problems += e.problems
        return Config(project=project)
    mail = settings.mail
    return Config(
        project=project,
        database=_absolute_url(settings.database, project),
        seeds=project / settings.seeds,
        data=project / settings.data,
        maintainer=settings.maintainer,
        contact=settings.contact,
        public_url=settings.public_url,
        heartbeat_url=settings.heartbeat_url,
        polling=settings.polling,
        mail=mail.model_copy(update={"directory": project / mail.directory}),
        smtp=smtp,
        digest=settings.digest,
        keep=settings.keep,
        log=settings.log,
    )


def _yaml(path: Path, problems: list[Problem]) -> Source:
    try:
        return read_yaml(path)
    except ConfigError as e:
        problems += e.problems
        return Source(str(path))


def _absolute_url(database: str, project: Path) -> str:
    kind, _, path = database.partition(":///")
    if kind != "sqlite" or path.startswith((":memory:", "file:")):
        return database
    return f"sqlite:///{project / path}"


def _too_often(feeds: Collection[FeedSpec], spots: Spots, polling: Polling) -> Iterator[Problem]:
    """A shorter interval would be stretched without a word."""
    least = polling.min_interval
    for feed in feeds:
        if feed.every is not None and feed.every < least:
            text = duration_text(least)
            reason = f"is less than polling.min_interval, {text}"
            yield spots["feed", feed.id].problem("every", reason=reason, hint=f"write {text}")


def check_subscriptions(config: Config, documents: Mapping[str, Collection[str]]) -> list[Problem]:
    """Subscriptions to what no document holds; `documents` are the provision ids of each."""
    return [
        problem
        for subscription in config.subscriptions
        for problem in _unknown(
            subscription, config.spot("subscription", subscription.id), documents
        )
    ]


def _unknown(
    subscription: Subscription, spot: Spot, documents: Mapping[str, Collection[str]]
) -> Iterator[Problem]:
    name = subscription.document
    if name not in documents:
        hint = nearest(name, documents) or f"known documents: {', '.join(documents)}"
        yield spot.problem("document", reason=f"unknown document '{name}'", hint=hint)
        return
    for number, provision in enumerate(subscription.provisions):
        if provision not in documents[name]:
            reason = f"'{name}' has no provision '{provision}'"
            known = sorted(documents[name])
            hint = nearest(provision, known) or f"known provisions: {', '.join(known)}"
            yield spot.problem("provisions", number, reason=reason, hint=hint)
