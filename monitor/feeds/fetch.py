"""Download one feed: conditional, bounded, guarded. The only network reader of feeds.

    feed -> check URL -> [ask -> redirect?]* -> 304 / 410 / error status / body read within limits

Whatever the network or the server does becomes a value; only bugs are exceptions.
"""

import asyncio
import re
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from hashlib import blake2b
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ipaddress import ip_address
from time import perf_counter

import httpx

from monitor.errors import BadEncoding, FeedError, FeedTooLarge, ForbiddenAddress
from monitor.feeds import headers, urls
from monitor.feeds.addresses import Network, check_address, check_port
from monitor.feeds.inflate import Body, BodyLimits
from monitor.feeds.network import GuardedTransport, Resolver, resolve
from monitor.feeds.outcomes import Failed, FailureKind, Fetched, Gone, NotModified, Outcome
from monitor.feeds.validators import conditions
from monitor.model import Feed

__all__ = [
    "Failed",
    "FailureKind",
    "FetchLimits",
    "Fetched",
    "Gone",
    "NotModified",
    "Outcome",
    "fetch",
    "open_client",
]

_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9,"
    " application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.1"
)
_REDIRECTS = {301, 302, 303, 307, 308}
_PERMANENT = {301, 308}
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9_.:+-]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchLimits(BodyLimits):
    """How long, how much and where to. The waits count when a client is opened."""

    connect_s: float = 10.0
    read_s: float = 20.0  #: between two pieces of an answer
    total_s: float = 60.0  #: for everything, redirects included
    max_redirects: int = 5
    allow_networks: tuple[Network, ...] = ()  #: inner networks that feeds may come from


def open_client(
    limits: FetchLimits,
    *,
    user_agent: str,
    contact: str,
    proxy: str | None = None,
    tls: ssl.SSLContext | None = None,
    resolver: Resolver = resolve,
) -> httpx.AsyncClient:
    """The one client of a process; close it (`async with`)."""
    transport = GuardedTransport(
        allowed=limits.allow_networks, tls=tls or tls_context(), resolver=resolver, proxy=proxy
    )
    return httpx.AsyncClient(
        transport=transport,
        trust_env=False,  # a proxy from the environment would go round the guard
        follow_redirects=False,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # none is ever kept
        timeout=httpx.Timeout(limits.read_s, connect=limits.connect_s, pool=None),
        headers={
            "User-Agent": f"{user_agent} (+{contact})" if contact else user_agent,
            "Accept": _ACCEPT,
            "Accept-Encoding": "gzip",  # always the same, or the ETag would vary
        },
    )


@cache
def tls_context() -> ssl.SSLContext:
    """Mozilla's list and this machine's own; made once, it costs 40 ms and half a megabyte."""
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    return context


async def fetch(
    client: httpx.AsyncClient, feed: Feed, *, limits: FetchLimits, now: datetime | None = None
) -> Outcome:
    """Ask for one feed.

    `now` is for the dates of a server that does not say what time it is.
    """
    started = perf_counter()
    try:
        async with asyncio.timeout(limits.total_s):
            outcome = await _fetch(client, feed, limits=limits, now=now)
    except TimeoutError:
        reason = f"no complete answer within {limits.total_s:g} s"
        outcome = Failed(feed=feed, kind=FailureKind.TIMEOUT, reason=reason)
    except (httpx.HTTPError, httpx.InvalidURL, FeedError, OSError, UnicodeError) as e:
        outcome = Failed(feed=feed, kind=_kind(e), reason=_reason(e))
    return replace(outcome, took_s=perf_counter() - started)


async def _fetch(
    client: httpx.AsyncClient, feed: Feed, *, limits: FetchLimits, now: datetime | None
) -> Outcome:
    url, permanent, still_permanent = feed.url, "", True
    for _ in range(limits.max_redirects + 1):
        _check(url, allowed=limits.allow_networks)
        async with _asking(client, url, asked=_asked(feed)) as response:
            if response.status_code not in _REDIRECTS:
                return await _outcome(feed, response, permanent, limits=limits, now=now)
            target = urls.resolve(url, response.headers.get("location", ""))
            if not target:
                return _redirect_failed(feed, "a redirect to nowhere")
            still_permanent &= response.status_code in _PERMANENT and not _loses_tls(url, target)
            permanent = target if still_permanent else permanent
            url = target
    return _redirect_failed(feed, f"more than {limits.max_redirects} redirects")


@asynccontextmanager
async def _asking(
    client: httpx.AsyncClient, url: str, *, asked: dict[bytes, bytes]
) -> AsyncIterator[httpx.Response]:
    request = client.build_request("GET", url, headers=asked)
    response = await client.send(request, stream=True)
    try:
        yield response
    finally:
        await response.aclose()


async def _outcome(
    feed: Feed,
    response: httpx.Response,
    permanent: str,
    *,
    limits: FetchLimits,
    now: datetime | None,
) -> Outcome:
    status, url = response.status_code, str(response.url.copy_with(userinfo=b""))
    etag, last_modified = headers.validators(response.headers.raw, now=now)
    if status == 304 and any(conditions(feed)):
        return NotModified(
            feed=feed,
            url=url,
            etag=etag,
            last_modified=last_modified,
            fresh_for=headers.fresh_for(response.headers.raw),
            permanent_url=permanent,
        )
    if status == 410:
        return Gone(feed=feed, url=url)
    if not response.is_success:
        return _refused(feed, response, now=now)
    body, downloaded_bytes = await _read(response, limits)
    content_type = response.headers.get("content-type", "")
    charset = _CHARSET.search(content_type)
    return Fetched(
        feed=feed,
        url=url,
        status=status,
        body=body,
        body_hash=blake2b(body, digest_size=16).hexdigest(),
        etag=etag,
        last_modified=last_modified,
        fresh_for=headers.fresh_for(response.headers.raw),
        content_type=content_type,
        charset=charset[1].lower() if charset else "",
        permanent_url=permanent,
        downloaded_bytes=downloaded_bytes,
    )


def _check(url: str, *, allowed: tuple[Network, ...]) -> None:
    """What can be said against a URL before a connection is opened; raises ForbiddenAddress.

    The backend says it again of every connection, except through a proxy.
    """
    parts = httpx.URL(url)
    if parts.scheme not in urls.DEFAULT_PORTS or not parts.host:
        raise httpx.UnsupportedProtocol(f"not a web address: {url[:200]!r}")
    check_port(parts.port or urls.DEFAULT_PORTS[parts.scheme])
    try:
        address = str(ip_address(parts.host))
    except ValueError:
        return
    check_address(parts.host, address, allowed=allowed)


def _asked(feed: Feed) -> dict[bytes, bytes]:
    """The stored validators, byte for byte; with a tag, only what is new since is enough."""
    etag, last_modified = conditions(feed)
    asked = {b"If-None-Match": etag, b"If-Modified-Since": last_modified}
    asked[b"A-IM"] = "feed" if etag else None
    return {name: value.encode("latin-1") for name, value in asked.items() if value}


async def _read(response: httpx.Response, limits: BodyLimits) -> tuple[bytes, int]:
    body = Body(response.headers.get("content-encoding", ""), limits)
    async for chunk in response.aiter_raw():
        body.add(chunk)
    return body.finish(), body.downloaded_bytes


def _refused(feed: Feed, response: httpx.Response, *, now: datetime | None) -> Failed:
    status = response.status_code
    return Failed(
        feed=feed,
        kind=FailureKind.SERVER if response.is_server_error else FailureKind.HTTP,
        reason=f"HTTP {status} {httpx.codes.get_reason_phrase(status)}".rstrip(),
        status=status,
        retry_after=headers.retry_after(response.headers.raw, now=now),
        site_wide=status == httpx.codes.TOO_MANY_REQUESTS,
    )


def _redirect_failed(feed: Feed, reason: str) -> Failed:
    return Failed(feed=feed, kind=FailureKind.REDIRECT, reason=reason)


def _loses_tls(url: str, target: str) -> bool:
    return url.lower().startswith("https:") and not target.lower().startswith("https:")


def _kind(error: Exception) -> FailureKind:
    """What an error is about; the reason for a failed connection stands in its causes."""
    for e in _causes(error):
        for types, kind in _KINDS:
            if isinstance(e, types):
                return kind
    return FailureKind.NETWORK


def _causes(error: BaseException) -> list[BaseException]:
    """The innermost first. httpcore raises `from None`, which leaves only the context."""
    chain = [error]
    while (cause := chain[-1].__cause__ or chain[-1].__context__) and len(chain) < 10:
        chain.append(cause)
    return chain[::-1]


_KINDS: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], FailureKind], ...] = (
    (socket.gaierror, FailureKind.DNS),
    (ssl.SSLError, FailureKind.TLS),
    (ForbiddenAddress, FailureKind.FORBIDDEN),
    (FeedTooLarge, FailureKind.TOO_LARGE),
    (BadEncoding, FailureKind.ENCODING),
    (httpx.TimeoutException, FailureKind.TIMEOUT),
    (httpx.ConnectError, FailureKind.CONNECT),
    ((httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError), FailureKind.URL),
)


def _reason(error: Exception) -> str:
    """One line for a person."""
    text = " ".join(str(error).split())
    return text[:300] or type(error).__name__
