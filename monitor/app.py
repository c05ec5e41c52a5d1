"""The composition root: everything with a lifetime is made here and nowhere else."""

import asyncio
import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Protocol
from urllib.parse import urlsplit

from monitor import __version__, store
from monitor.config import Config
from monitor.delivery import Sender
from monitor.delivery.files import files_sender
from monitor.delivery.smtp import smtp_sender
from monitor.feeds.fetch import FetchLimits
from monitor.feeds.guarded import GuardedReader
from monitor.feeds.weather import Weather
from monitor.matching import Percolator
from monitor.matching.frequency import WordTable
from monitor.model import Document


class Clock(Protocol):
    """What tells the time; tests and rehearsals pass one of their own."""

    def __call__(self) -> datetime:
        """Now, in UTC."""

    async def wait(self, event: asyncio.Event, *, until: datetime | None) -> None:
        """Return when `event` is set, or at `until`; None = only when it is set."""


class SystemClock:
    """The machine's clock."""

    def __call__(self) -> datetime:
        """Now, in UTC."""
        return datetime.now(UTC)  # noqa: TID251 - this is the shell that reads it

    async def wait(self, event: asyncio.Event, *, until: datetime | None) -> None:
        """Return when `event` is set, or at `until`."""
        seconds = None if until is None else max(0.0, (until - self()).total_seconds())
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            pass


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the files say, valid as a whole; swapped as a whole when they change."""

    config: Config
    documents: tuple[Document, ...]
    percolator: Percolator

    @property
    def languages(self) -> frozenset[str]:
        """In which the rules of any document are written."""
        return frozenset(language for d in self.documents for language in d.languages)

    def document(self, id_: str) -> Document:
        """The document `id_`; KeyError if the files know none."""
        return {d.id: d for d in self.documents}[id_]


@dataclass(slots=True)
class App:
    """What jobs need from the outside world."""

    loaded: Loaded  #: the only field that changes: a reload swaps it between batches
    engine: store.Engine
    reader: GuardedReader
    send: Sender
    clock: Clock
    random: Callable[[], float]  #: 0 <= x < 1
    handed_over: set[str] = field(default_factory=set)  #: messages whose success is not noted yet
    words: dict[date, WordTable] = field(default_factory=dict)  #: tables that were read; a cache
    weather: Weather = field(default_factory=Weather)  #: belongs to the intake thread

    @property
    def config(self) -> Config:
        """The configuration in force."""
        return self.loaded.config


@contextmanager
def open_app(
    loaded: Loaded,
    *,
    clock: Clock | None = None,
    send: Sender | None = None,
    reader: GuardedReader | None = None,
    rng: Callable[[], float] = random.random,
) -> Iterator[App]:
    """Open what `loaded` asks for, the database brought up to date; close it at the end.

    What is passed in is used instead, and stays the caller's to close.
    """
    with ExitStack() as stack:
        engine = store.open_engine(loaded.config.database)
        stack.callback(engine.dispose)
        store.upgrade(engine)
        if reader is None:
            seconds = loaded.config.polling.parse_timeout.total_seconds()
            reader = stack.enter_context(GuardedReader(timeout_s=seconds))
        sender = send or sender_for(loaded.config)
        yield App(loaded, engine, reader, sender, clock or SystemClock(), rng)


def sender_for(config: Config) -> Sender:
    """The way out that the configuration names."""
    if config.mail.via == "smtp":
        return smtp_sender(config.smtp)
    return files_sender(config.mail.directory, sender=config.mail.sender)


def limits_for(config: Config) -> FetchLimits:
    """The configuration's limits as the fetcher takes them."""
    polling = config.polling
    return FetchLimits(
        connect_s=polling.connect_timeout.total_seconds(),
        read_s=polling.read_timeout.total_seconds(),
        total_s=polling.total_timeout.total_seconds(),
        max_body_bytes=polling.max_body,
        max_download_bytes=polling.max_download,
        allow_networks=polling.allow_networks,
    )


def user_agent() -> str:
    """Who we are; the fetcher adds whom to write to."""
    return f"provision-monitor/{__version__}"


def secrets_of(config: Config) -> tuple[str, ...]:
    """What no log line may show."""
    found = (config.smtp.password.get_secret_value(), *map(_password, _addresses(config)))
    return tuple(secret for secret in found if secret)


def _addresses(config: Config) -> tuple[str, ...]:
    return config.database, config.polling.proxy, config.heartbeat_url


def _password(url: str) -> str:
    return urlsplit(url).password or ""
