"""feeds.yaml and subscribers.yaml: what is polled, and who reads what came of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

from pydantic import Field

from monitor.config.values import Address, At, Country, Interval, Zone
from monitor.errors import ConfigError, Problem
from monitor.model import FeedSpec, Outlet, Subscription
from monitor.source import (
    Id,
    Keys,
    Language,
    Line,
    Many,
    Shape,
    Source,
    Spot,
    Url,
    listed,
    nearest,
    repeated,
    shaped,
    written,
)

Spots = dict[tuple[str, str], Spot]
M = TypeVar("M", bound=Shape)


class OutletLines(Shape):
    """A publisher."""

    id: Id
    name: Line
    aliases: Many[Line] = ()
    country: Country = ""
    language: Language = ""
    ownership: Line = ""
    zone: Zone = ""


class FeedLines(Shape):
    """A feed."""

    id: Id
    url: Url
    outlet: str = ""
    aggregator: bool = False
    language: Language = ""
    every: Interval | None = None
    paused: bool = False
    verified: bool = True
    why: Line = ""


class DigestLines(Shape):
    """One digest of a subscriber."""

    id: Id
    document: Id
    provisions: Many[Id] = ()
    at: At = "07:00"
    news_in: Many[Language] = ()
    quiet_days: bool = True


class SubscriberLines(Shape):
    """A person or a list."""

    id: Id
    address: Address
    zone: Zone
    frame: Language = "en"
    digests: Annotated[Many[Any], Field(min_length=1)]


class FeedsFile(Shape):
    """The top of feeds.yaml."""

    outlets: Many[Any] = ()
    feeds: Many[Any] = ()


class SubscribersFile(Shape):
    """The top of subscribers.yaml."""

    subscribers: Many[Any] = ()


@dataclass(frozen=True, slots=True)
class FeedNote:
    """What only a person needs to know of a feed."""

    verified: bool = True  #: somebody has seen that the address answers with a feed
    why: str = ""


@dataclass(frozen=True, slots=True)
class Feeds:
    """What feeds.yaml says, as far as it is right."""

    outlets: tuple[Outlet, ...]
    feeds: tuple[FeedSpec, ...]
    notes: dict[str, FeedNote]
    spots: Spots
    problems: tuple[Problem, ...]


def feeds_in(source: Source) -> Feeds:
    """Everything right and everything wrong in feeds.yaml."""
    problems: list[Problem] = []
    _collect(problems, source, (), FeedsFile)
    outlets = list(_each(problems, source, ("outlets",), OutletLines))
    feeds = list(_each(problems, source, ("feeds",), FeedLines))
    problems += [*repeated(source, ("outlets",)), *repeated(source, ("feeds",))]
    problems += [*_ambiguous(source, outlets), *_twice(source, feeds), *_orphans(source, feeds)]
    spots = {("outlet", lines.id): Spot(source, keys) for keys, lines in outlets}
    spots |= {("feed", lines.id): Spot(source, keys) for keys, lines in feeds}
    return Feeds(
        tuple(Outlet(**lines.model_dump()) for _, lines in outlets),
        tuple(FeedSpec(**lines.model_dump(exclude={"verified", "why"})) for _, lines in feeds),
        {lines.id: FeedNote(lines.verified, lines.why) for _, lines in feeds},
        spots,
        tuple(problems),
    )


def feed_value(name: str, written: str) -> Any:
    """What `written` means for the key `name` of a feed.

    Raises:
        ConfigError: it means nothing.
    """
    lines = {"id": "any", "url": "https://any.example", name: written}
    return getattr(shaped(Source(""), (), lines, FeedLines), name)


def _ambiguous(source: Source, outlets: Iterable[tuple[Keys, OutletLines]]) -> Iterator[Problem]:
    """Names that an entry of an aggregator could give and that mean two outlets."""
    known: dict[str, str] = {}
    for keys, outlet in outlets:
        names = {(*keys, "name"): outlet.name}
        names |= {(*keys, "aliases", n): alias for n, alias in enumerate(outlet.aliases)}
        for at, name in names.items():
            other = known.setdefault(name.casefold(), outlet.id)
            if other != outlet.id:
                hint = "a name must lead to one outlet"
                yield source.problem(at, f"'{name}' is also a name of outlet '{other}'", hint)


def _twice(source: Source, feeds: Iterable[tuple[Keys, FeedLines]]) -> Iterator[Problem]:
    known: dict[str, str] = {}
    for keys, feed in feeds:
        other = known.setdefault(same_address(feed.url), feed.id)
        if other != feed.id:
            reason = f"feed '{other}' has the same address"
            yield source.problem((*keys, "url"), reason, "delete one of the two")


def same_address(url: str) -> str:
    """The same for two addresses that surely lead to one feed."""
    parts = urlsplit(url)
    port = "" if parts.port in (None, 80, 443) else f":{parts.port}"
    return f"{parts.hostname}{port}{parts.path.rstrip('/')}?{parts.query}"


def _orphans(source: Source, feeds: Iterable[tuple[Keys, FeedLines]]) -> Iterator[Problem]:
    outlets = {name for _, name in written(source, ("outlets",), "id")}
    for at, name in written(source, ("feeds",), "outlet"):
        if name not in outlets:
            hint = nearest(name, outlets) or "add it under 'outlets:'"
            yield source.problem(at, f"unknown outlet '{name}'", hint)
    for keys, feed in feeds:
        if not feed.outlet and not feed.aggregator:
            hint = "name its outlet, or write aggregator: true"
            yield source.problem((*keys, "outlet"), "is missing", hint)


@dataclass(frozen=True, slots=True)
class Subscribers:
    """What subscribers.yaml says, as far as it is right."""

    subscriptions: tuple[Subscription, ...]
    spots: Spots = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def subscribers_in(source: Source) -> Subscribers:
    """Everything right and everything wrong in subscribers.yaml."""
    problems: list[Problem] = []
    _collect(problems, source, (), SubscribersFile)
    problems += repeated(source, ("subscribers",))
    made: dict[str, Subscription] = {}
    spots: Spots = {}
    for number in range(len(listed(source, ("subscribers",)))):
        keys: Keys = ("subscribers", number)
        subscriber = _collect(problems, source, keys, SubscriberLines)
        problems += repeated(source, (*keys, "digests"))
        for at, digest in _each(problems, source, (*keys, "digests"), DigestLines):
            if subscriber:
                subscription = _subscription(subscriber, digest)
                made[subscription.id] = subscription
                spots["subscription", subscription.id] = Spot(source, at)
    return Subscribers(tuple(made.values()), spots, tuple(problems))


def _subscription(subscriber: SubscriberLines, digest: DigestLines) -> Subscription:
    return Subscription(
        id=f"{subscriber.id}/{digest.id}",
        subscriber=subscriber.id,
        address=subscriber.address,
        zone=subscriber.zone,
        frame=subscriber.frame,
        **digest.model_dump(exclude={"id"}),
    )


def _each(
    problems: list[Problem], source: Source, keys: Keys, model: type[M]
) -> Iterator[tuple[Keys, M]]:
    """The right elements of the list at `keys`; `problems` gets what is wrong with the others."""
    for number in range(len(listed(source, keys))):
        made = _collect(problems, source, (*keys, number), model)
        if made is not None:
            yield (*keys, number), made


def _collect(problems: list[Problem], source: Source, keys: Keys, model: type[M]) -> M | None:
    try:
        return shaped(source, keys, source.value(keys), model)
    except ConfigError as e:
        problems += e.problems
        return None
