"""Connections that only lead where feeds may be: to the very address that was checked.

A name is resolved once. If any answer is not a public address the connection is refused, else it
goes to an address that was checked: there is no second look-up in which a name could change its
mind. Redirects pass here too, since each opens a connection of its own. TLS keeps the name of the
URL. The streams sit on bare asyncio transports, which cost less than half of what anyio's do.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from typing import Any

import httpcore
import httpx

from monitor.feeds.addresses import Network, check_address, check_port

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]  #: (host, port) -> addresses as text

MAX_ATTEMPTS = 3  #: addresses of one host that are tried
_HIGH_WATER = 256 * 1024
_LOW_WATER = 64 * 1024


async def resolve(host: str, port: int) -> list[str]:
    """Every address of `host`; socket.gaierror if it has none. Reads 0x7f.1 as C does."""
    answers = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in answers))


class GuardedTransport(httpx.AsyncBaseTransport):
    """httpx's way to httpcore with the guarded backend below it.

    httpx's own transport has no public place for a backend.
    """

    def __init__(
        self,
        *,
        allowed: Sequence[Network],
        tls: ssl.SSLContext,
        resolver: Resolver = resolve,
        proxy: str | None = None,
    ) -> None:
        backend = GuardedBackend(allowed=allowed, resolver=resolver, proxy=proxy)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls,
            proxy=_proxy(proxy) if proxy else None,
            max_connections=None,  # the gate in front decides how many feeds are in flight
            max_keepalive_connections=16,
            keepalive_expiry=5.0,  # several feeds of one site come within seconds or not at all
            network_backend=backend,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; errors of httpcore become those of httpx with the same name."""
        url = request.url
        core = httpcore.Request(
            method=request.method,
            url=httpcore.URL(
                scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
            ),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        try:
            response = await self._pool.handle_async_request(core)
        except _CORE_ERRORS as e:
            raise _as_httpx(e) from e
        return httpx.Response(
            status_code=response.status,
            headers=response.headers,
            stream=_ResponseStream(response),
            extensions=response.extensions,
        )

    async def aclose(self) -> None:
        """Close every connection."""
        await self._pool.aclose()


class _ResponseStream(httpx.AsyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._response.aiter_stream():
                yield chunk
        except _CORE_ERRORS as e:
            raise _as_httpx(e) from e

    async def aclose(self) -> None:
        await self._response.aclose()


_CORE_ERRORS = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
)


def _as_httpx(error: Exception) -> httpx.TransportError:
    same: type[httpx.TransportError] = getattr(httpx, type(error).__name__)
    return same(str(error))


def _proxy(url: str) -> httpcore.Proxy:
    parts = httpx.URL(url)
    auth = (parts.username, parts.password) if parts.username else None
    return httpcore.Proxy(str(parts.copy_with(username=None, password=None)), auth=auth)


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Opens the connections of a pool.

    With a proxy all of them go to the proxy, which resolves names itself and has to keep feeds out
    of the inner network itself; its own address is the owner's choice and is not checked.
    """

    def __init__(
        self, *, allowed: Sequence[Network], resolver: Resolver = resolve, proxy: str | None = None
    ) -> None:
        self._allowed = tuple(allowed)
        self._resolver = resolver
        self._checked = proxy is None

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A stream to a checked address of `host`; ForbiddenAddress or httpcore's errors."""
        del local_address, socket_options  # we set neither
        try:
            async with asyncio.timeout(timeout):
                addresses = await self._addresses(host, port)
                return await _connect(addresses[:MAX_ATTEMPTS], port, timeout=timeout)
        except TimeoutError as e:
            raise httpcore.ConnectTimeout(f"no connection within {timeout or 0:g} s") from e
        except (OSError, UnicodeError) as e:  # gaierror is an OSError; a label can be too long
            raise httpcore.ConnectError(str(e)) from e

    async def sleep(self, seconds: float) -> None:
        """Wait; httpcore asks for it between tries."""
        await asyncio.sleep(seconds)

    async def _addresses(self, host: str, port: int) -> Sequence[str]:
        if self._checked:
            check_port(port)
        addresses = await self._resolver(host, port)
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, "the name has no address")
        if self._checked:
            for address in addresses:
                check_address(host, address, allowed=self._allowed)
        return addresses


async def _connect(
    addresses: Sequence[str],
    port: int,
    *,
    timeout: float | None,  # noqa: ASYNC109 - it is cut into one share an address
) -> "Stream":
    """The first address that answers; a dead one may not use up the time of the next."""
    loop = asyncio.get_running_loop()
    share = timeout / len(addresses) if timeout else None
    problem: OSError = OSError("no address")
    for address in addresses:
        try:
            async with asyncio.timeout(share):
                _, stream = await loop.create_connection(Stream, address, port)
                return stream
        except OSError as e:  # TimeoutError is one too
            problem = e
    raise problem


class Stream(httpcore.AsyncNetworkStream, asyncio.Protocol):
    """One connection: a buffer that the transport fills and `read` empties."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._ended = False
        self._error: Exception | None = None
        self._held = False  #: the transport was told to stop reading
        self._arrived = asyncio.Event()  #: something to read, or the end
        self._writable = asyncio.Event()
        self._writable.set()

    # -- what the transport calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what there is to write to."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Wake the reader; hold the sender while nobody reads."""
        self._buffer += data
        if len(self._buffer) > _HIGH_WATER and not self._held:
            self._held = True
            self._transport.pause_reading()
        self._arrived.set()

    def eof_received(self) -> None:
        """The other side has said everything."""
        self._end(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """The end, with or without an error."""
        self._end(exc)

    def pause_writing(self) -> None:
        """The other side does not keep up."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """It does again."""
        self._writable.set()

    def _end(self, error: Exception | None) -> None:
        self._ended = True
        self._error = self._error or error
        self._arrived.set()
        self._writable.set()

    # -- what httpcore calls

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        """The next bytes, b"" at the end."""
        if not self._buffer and not self._ended:
            self._arrived.clear()
            try:
                async with asyncio.timeout(timeout):
                    await self._arrived.wait()
            except TimeoutError as e:
                raise httpcore.ReadTimeout(f"nothing came for {timeout or 0:g} s") from e
        if not self._buffer and self._error:
            raise httpcore.ReadError(str(self._error)) from self._error
        data = bytes(self._buffer[:max_bytes])
        del self._buffer[:max_bytes]
        self._resume_reading()
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Hand over `buffer`; waits while the other side does not take it."""
        if self._ended or self._transport.is_closing():
            raise httpcore.WriteError("the server closed the connection")
        self._transport.write(buffer)
        try:
            async with asyncio.timeout(timeout):
                await self._writable.wait()
        except TimeoutError as e:
            raise httpcore.WriteTimeout(f"nothing was taken for {timeout or 0:g} s") from e

    async def aclose(self) -> None:
        """Drop the connection: whatever mattered has been read."""
        self._transport.abort()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        """The same stream, encrypted, with the certificate checked against the URL's name."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(timeout):
                transport = await loop.start_tls(
                    self._transport, self, ssl_context, server_hostname=server_hostname
                )
        except TimeoutError as e:
            self._transport.abort()
            raise httpcore.ConnectTimeout(f"no TLS handshake within {timeout or 0:g} s") from e
        except OSError as e:  # ssl.SSLError is one
            self._transport.abort()
            raise httpcore.ConnectError(str(e)) from e
        except BaseException:
            self._transport.abort()  # the total deadline came in the middle of it
            raise
        assert transport is not None  # noqa: S101 - None only if the transport was closed
        self._transport = transport
        return self

    def get_extra_info(self, info: str) -> Any:
        """What httpcore asks of a connection: its TLS object, and whether an idle one is stale."""
        if info == "is_readable":
            return bool(self._buffer) or self._ended
        name = {"server_addr": "peername", "client_addr": "sockname"}.get(info, info)
        return self._transport.get_extra_info(name)

    def _resume_reading(self) -> None:
        if self._held and len(self._buffer) < _LOW_WATER:
            self._held = False
            if not self._transport.is_closing():
                self._transport.resume_reading()
