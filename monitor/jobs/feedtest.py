"""Ask for one feed as the service would, and say everything that happened. Nothing is stored.

id or URL -> ask, redirect by redirect -> read -> match -> ask once more with its validators
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any

import httpx

from monitor.app import Loaded, limits_for, user_agent
from monitor.errors import FeedError
from monitor.feeds import urls
from monitor.feeds.fetch import FetchLimits, fetch, open_client
from monitor.feeds.guarded import INLINE_BYTES, GuardedReader
from monitor.feeds.normalise import Read
from monitor.feeds.outcomes import Failed, Fetched, Gone, NotModified, Outcome
from monitor.feeds.parse import quickly
from monitor.model import Feed, FeedSpec, Hit, Item

TOLD = (
    "location", "content-type", "content-length", "content-encoding", "etag", "last-modified",
    "cache-control", "expires", "age", "date", "retry-after", "vary", "server",
)  #: headers that polling depends on  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One answer on the way."""

    url: str
    status: int
    phrase: str
    headers: Mapping[str, str]  #: those of TOLD that it had, by lower-case name
    after_s: float  #: since the start


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """A second request with the validators of the first answer."""

    works: bool  #: 304, or there are no validators to send
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedTest:
    """Everything that a fetch did."""

    feed: Feed
    hops: tuple[Hop, ...]
    outcome: Outcome  #: without its body
    refused: str = ""  #: why the body is no feed that can be read
    quick: bool = False  #: read by the quick reader; else by feedparser, in the guarded process
    read: Read | None = None
    hits: tuple[tuple[Item, tuple[Hit, ...]], ...] = ()  #: newest first; the items that hit
    again: Again | None = None

    @property
    def fine(self) -> bool:
        """Would the service take something in?"""
        return self.read is not None

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        outcome, read = self.outcome, self.read
        return {
            "feed": self.feed.id,
            "url": self.feed.url,
            "hops": [
                {"url": h.url, "status": h.status, "headers": dict(h.headers)} for h in self.hops
            ],
            "error": outcome.reason if isinstance(outcome, Failed) else self.refused,
            "took_s": round(outcome.took_s, 3),
            "downloaded_bytes": outcome.downloaded_bytes if isinstance(outcome, Fetched) else 0,
            "quick": self.quick,
            "title": read.title if read else "",
            "notes": list(read.notes) if read else [],
            "items": len(read.items) if read else 0,
            "drops": [drop.reason for drop in read.drops] if read else [],
            "hits": [
                {"title": item.title, "url": item.url, "provisions": [h.provision for h in hits]}
                for item, hits in self.hits
            ],
            "validators_work": self.again.works if self.again else None,
        }


def feed_test(
    loaded: Loaded, asked: str, *, clock: Callable[[], datetime], pause: timedelta | None = None
) -> FeedTest:
    """Test the feed with this id, or at this address.

    pause: before the second request; None = what the configuration says of a site.

    Raises:
        LookupError: it is neither an id in feeds.yaml nor a web address.
    """
    feed = _feed(loaded, asked, now=clock())
    wait = loaded.config.polling.spacing if pause is None else pause
    return asyncio.run(_test(loaded, feed, clock=clock, pause=wait))


def _feed(loaded: Loaded, asked: str, *, now: datetime) -> Feed:
    known = {spec.id: spec for spec in loaded.config.feeds}
    spec = known.get(asked) or next((s for s in known.values() if s.url == asked), None)
    if spec is None:
        if not urls.site(asked) or "://" not in asked:
            raise LookupError(f"'{asked}' is no feed of feeds.yaml and no address (https://...)")
        spec = FeedSpec(id="test", url=asked)
    return Feed(spec=spec, next_poll_at=now)


async def _test(
    loaded: Loaded, feed: Feed, *, clock: Callable[[], datetime], pause: timedelta
) -> FeedTest:
    limits, polling = limits_for(loaded.config), loaded.config.polling
    client = open_client(
        limits,
        user_agent=user_agent(),
        contact=loaded.config.contact,
        proxy=polling.proxy or None,
    )
    async with client:
        hops = _watched(client)
        outcome = await fetch(client, feed, limits=limits, now=clock())
        found = FeedTest(feed=feed, hops=tuple(hops), outcome=outcome)
        if not isinstance(outcome, Fetched):
            return found
        seconds = polling.parse_timeout.total_seconds()
        with GuardedReader(timeout_s=seconds) as reader:
            found = _taken(loaded, found, outcome, reader, now=clock())
        await asyncio.sleep(pause.total_seconds())
        again = await _again(client, outcome, limits=limits, now=clock())
    return replace(found, again=again, outcome=replace(outcome, body=b""))


def _watched(client: httpx.AsyncClient) -> list[Hop]:
    """The answers that `client` gets from now on; the list grows."""
    hops: list[Hop] = []
    started = perf_counter()

    async def note(response: httpx.Response) -> None:
        hops.append(
            Hop(
                url=str(response.url.copy_with(userinfo=b"")),
                status=response.status_code,
                phrase=response.reason_phrase,
                headers={n: response.headers[n] for n in TOLD if n in response.headers},
                after_s=perf_counter() - started,
            )
        )

    client.event_hooks = {"response": [note]}
    return hops


def _taken(
    loaded: Loaded, found: FeedTest, fetched: Fetched, reader: GuardedReader, *, now: datetime
) -> FeedTest:
    body, kind = fetched.body, fetched.content_type
    try:
        read = reader.read(body, url=fetched.url, content_type=kind, feed=found.feed.spec, now=now)
    except FeedError as e:
        return replace(found, refused=str(e))
    quick = len(body) <= INLINE_BYTES and quickly(body, url=fetched.url, content_type=kind)
    judged = ((item, loaded.percolator.match(item).hits) for item in reversed(read.items))
    return replace(
        found,
        read=read,
        quick=bool(quick),
        hits=tuple((item, hits) for item, hits in judged if hits),
    )


async def _again(
    client: httpx.AsyncClient, fetched: Fetched, *, limits: FetchLimits, now: datetime
) -> Again:
    if not (fetched.etag or fetched.last_modified):
        return Again(works=True, said="it sends no validators: every poll transfers all of it")
    feed = replace(fetched.feed, etag=fetched.etag, last_modified=fetched.last_modified)
    answer = await fetch(client, feed, limits=limits, now=now)
    match answer:
        case NotModified():
            return Again(works=True, said="304, nothing is sent twice")
        case Fetched() if answer.body_hash == fetched.body_hash:
            return Again(works=False, said="the same body again: its validators do not work")
        case Fetched():
            return Again(works=True, said="another body: it changes at every request")
        case Failed(reason=reason):
            return Again(works=False, said=reason)
        case Gone():
            return Again(works=False, said="410 Gone")


def newest(read: Read) -> datetime | None:
    """The date of its newest item."""
    return max((i.published for i in read.items if i.published), default=None)


def as_utc(when: datetime) -> str:
    """For a person."""
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
