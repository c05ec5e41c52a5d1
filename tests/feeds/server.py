"""A web server that behaves as badly as it is told to. Real sockets, loopback only.

    with Server() as server:
        server.says("/feed", body=RSS, headers={"ETag": '"v1"'})
        server.says("/drip", body=[b"<rss>", 0.05, b"</rss>"])    # numbers are pauses in seconds
        server.answers("/odd", lambda request: Reply(status=418))
        ... server.url("/feed") ... server.requests[-1].headers["accept-encoding"]

Header values may be bytes. `length` is what Content-Length says: None = the truth (or nothing
where a body is made of pieces), a number = that number, whatever is sent.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Event, Thread
from typing import Self

Piece = bytes | float


@dataclass(frozen=True)
class Request:
    path: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Reply:
    status: int = 200
    body: bytes | Iterable[Piece] = b""
    headers: Mapping[str, str | bytes] = field(default_factory=dict)
    length: int | None = None
    raw: bytes = b""  #: instead of everything above


class _Handler(StreamRequestHandler):
    def handle(self) -> None:
        with suppress(OSError):  # the client has had enough
            self._handle()

    def _handle(self) -> None:
        request = self._request()
        if request is None:
            return
        kit: Server = self.server.kit
        kit.requests.append(request)
        path = request.path.partition("?")[0]
        reply = kit.routes.get(path, lambda _: Reply(404))(request)
        if reply.raw:
            self.wfile.write(reply.raw)
            return
        self.wfile.write(_head(reply))
        whole = isinstance(reply.body, bytes)
        for piece in [reply.body] if whole else reply.body:
            if isinstance(piece, bytes):
                self.wfile.write(piece)
            elif kit.stopping.wait(piece):
                return

    def _request(self) -> Request | None:
        lines = []
        while line := self.rfile.readline().strip():
            lines.append(line.decode("latin-1"))
        if not lines:
            return None
        headers = (line.partition(":") for line in lines[1:])
        return Request(
            path=lines[0].split()[1],
            headers={name.lower(): value.strip() for name, _, value in headers},
        )


def _head(reply: Reply) -> bytes:
    length = reply.length
    if length is None and isinstance(reply.body, bytes):
        length = len(reply.body)
    lines: dict[str, str | bytes] = {"Connection": "close"}
    if length is not None:
        lines["Content-Length"] = str(length)
    lines |= dict(reply.headers)
    values = (
        name.encode() + b": " + (v if isinstance(v, bytes) else v.encode("latin-1"))
        for name, v in lines.items()
    )
    return f"HTTP/1.1 {reply.status} As Told\r\n".encode() + b"\r\n".join(values) + b"\r\n\r\n"


class _Tcp(ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64


class Server:
    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.routes: dict[str, Callable[[Request], Reply]] = {}
        self.stopping = Event()

    def __enter__(self) -> Self:
        self._tcp = _Tcp(("127.0.0.1", 0), _Handler)
        self._tcp.kit = self  # type: ignore[attr-defined]
        self._thread = Thread(target=self._tcp.serve_forever, args=[0.01])
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self._tcp.shutdown()
        self._tcp.server_close()
        self._thread.join()

    @property
    def port(self) -> int:
        return self._tcp.server_address[1]

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def says(self, path: str, **reply: object) -> str:
        """Always answer so on `path`; its URL."""
        return self.answers(path, lambda _: Reply(**reply))

    def answers(self, path: str, answer: Callable[[Request], Reply]) -> str:
        """Answer on `path` as `answer` says; its URL."""
        self.routes[path] = answer
        return self.url(path)
