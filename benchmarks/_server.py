"""Generated feeds on this machine, one loopback address a feed, in a process of its own.

    with serving(100) as server:
        server.urls             # http://127.1.0.1:40001/feed/0 ...
        server.validators(False)

Everything is made before the first answer, so that the server costs the programs little. With
validators it sends an ETag and a Last-Modified and answers 304 to either; without, always 200.
"""

import argparse
import asyncio
import resource
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import format_datetime
from hashlib import blake2b

from benchmarks import _feeds
from benchmarks._common import ROOT

_BACKLOG = 512


@dataclass(frozen=True, slots=True)
class Server:
    """Where it is."""

    port: int
    count: int

    @property
    def urls(self) -> list[str]:
        """One feed each, each of another site."""
        return [f"http://{_address(n)}:{self.port}/feed/{n}" for n in range(self.count)]

    def validators(self, on: bool) -> None:
        """From now on, say (or do not say) what a later question can be conditional on."""
        url = f"http://{_address(0)}:{self.port}/validators/{'on' if on else 'off'}"
        with urllib.request.urlopen(url) as answer:
            answer.read()


@contextmanager
def serving(count: int, *, shown: int = _feeds.SHOWN) -> Iterator[Server]:
    """`count` feeds of `shown` items, until the end of the block."""
    argv = [sys.executable, "-m", "benchmarks._server", str(count), str(shown)]
    pipe = subprocess.PIPE
    with subprocess.Popen(argv, cwd=ROOT, stdin=pipe, stdout=pipe) as process:
        assert process.stdin
        assert process.stdout
        try:
            if not (port := process.stdout.readline()):
                raise RuntimeError("the server did not start")
            yield Server(int(port), count)
        finally:
            process.stdin.close()  # it ends with us, however we end


def _address(number: int) -> str:
    return f"127.1.{number // 250}.{number % 250 + 1}"


@dataclass(slots=True)
class _Answers:
    """What is said to each request."""

    bodies: list[bytes]
    validators: bool = True

    def to(self, head: bytes) -> bytes:
        request, *lines = head.split(b"\r\n")
        path = request.split(b" ")[1].decode().strip("/").split("/")
        if path[0] == "validators":
            self.validators = path[1] == "on"
            return _answer("200 OK", {})
        number = int(path[1])
        body, said = self.bodies[number], self._said(number)
        asked = {line.partition(b": ")[2].decode() for line in lines if _is_condition(line)}
        if asked & set(said.values()):
            return _answer("304 Not Modified", said)
        return _answer("200 OK", {"Content-Type": _feeds.content_type(number)} | said, body)

    def _said(self, number: int) -> dict[str, str]:
        if not self.validators:
            return {}
        digest = blake2b(self.bodies[number], digest_size=8).hexdigest()
        moved = _feeds.NEWEST.replace(second=number % 60)
        return {"ETag": f'"{digest}"', "Last-Modified": format_datetime(moved, usegmt=True)}


def _is_condition(line: bytes) -> bool:
    return line.lower().startswith((b"if-none-match:", b"if-modified-since:"))


def _answer(status: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers.items())]
    if not status.startswith("304"):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


class _Connection(asyncio.Protocol):
    def __init__(self, answers: _Answers) -> None:
        self._answers, self._read = answers, b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        assert self._transport
        *heads, self._read = (self._read + data).split(b"\r\n\r\n")
        for head in heads:
            self._transport.write(self._answers.to(head))


async def _serve(count: int, shown: int) -> None:
    answers = _Answers([_feeds.feed(n, newest=shown, shown=shown) for n in range(count)])
    loop, port = asyncio.get_running_loop(), 0
    for number in range(count):
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((_address(number), port))
        port = listening.getsockname()[1]
        await loop.create_server(lambda: _Connection(answers), sock=listening, backlog=_BACKLOG)
    print(port, flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("count", type=int)
    parser.add_argument("shown", type=int)
    chosen = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # a socket a feed, and connections
    asyncio.run(_serve(chosen.count, chosen.shown))
