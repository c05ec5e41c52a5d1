"""Bodies off the wire, inflated within limits. Pure.

httpx inflates every received chunk whole: 64 KiB from the wire become 64 MiB. Here there is never
more of a body than its limit and one step.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass

from monitor.errors import BadEncoding, FeedTooLarge

STEP_BYTES = 64 * 1024
RATIO_FREE_BYTES = 1_000_000  #: below this a body may be as repetitive as it likes
MAX_MEMBERS = 1000  #: of one gzip file; each costs a copy of the rest, so a million is an attack
_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_WBITS = zlib.MAX_WBITS | 16


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyLimits:
    """How much of a body is taken."""

    max_body_bytes: int = 10_000_000  #: inflated
    max_download_bytes: int = 5_000_000  #: as sent
    max_ratio: int = 100  #: inflated : sent, asked past RATIO_FREE_BYTES


class Body:
    """One body that arrives in chunks. `add` and `finish` raise FeedTooLarge and BadEncoding."""

    def __init__(self, encoding: str, limits: BodyLimits) -> None:
        self.downloaded_bytes = 0
        self._limits = limits
        self._encoding = _single(encoding)
        self._body = bytearray()
        self._head = b""
        self._inflater: zlib._Decompress | None = None
        self._started = False
        self._members = 0

    def add(self, chunk: bytes) -> None:
        """Take the next chunk off the wire."""
        self.downloaded_bytes += len(chunk)
        if self.downloaded_bytes > self._limits.max_download_bytes:
            raise FeedTooLarge(f"more than {self._limits.max_download_bytes} bytes sent")
        if not self._started:  # two bytes tell gzip and zlib; they may come one at a time
            chunk = self._head + chunk
            if len(chunk) < len(_GZIP_MAGIC):
                self._head = chunk
                return
            self._start(chunk)
        self._take(chunk)

    def finish(self) -> bytes:
        """The whole body. Half a feed with a validator would hide the other half."""
        if not self._started and self._head:
            self._start(self._head)
            self._take(self._head)
        if self._inflater and not self._inflater.eof:
            self._grow(self._inflater.flush())  # what did not fit into the last step
        if self._inflater and not self._inflater.eof:
            raise BadEncoding("the compressed body ends too early")
        return bytes(self._body)

    def _start(self, head: bytes) -> None:
        self._started = True
        wbits = _wbits(self._encoding, head)
        self._inflater = None if wbits is None else zlib.decompressobj(wbits)

    def _take(self, data: bytes) -> None:
        if self._inflater is None:
            self._grow(data)
            return
        try:
            while data and (data := self._step(data)):
                pass
        except zlib.error as e:
            raise BadEncoding(f"the compressed body is damaged: {e}") from e

    def _step(self, data: bytes) -> bytes:
        """Inflate at most STEP_BYTES more; the rest of `data` that is still to be read."""
        inflater = self._inflater
        if inflater is None or inflater.eof:
            return self._next_member(data)
        self._grow(inflater.decompress(data, STEP_BYTES))
        return inflater.unused_data if inflater.eof else inflater.unconsumed_tail

    def _next_member(self, data: bytes) -> bytes:
        """A gzip file may be several in a row; anything else behind it is padding."""
        if not data.startswith(_GZIP_MAGIC[:1]):
            return b""
        self._members += 1
        if self._members > MAX_MEMBERS:
            raise BadEncoding(f"gzip in more than {MAX_MEMBERS} pieces")
        self._inflater = zlib.decompressobj(_GZIP_WBITS)
        return data

    def _grow(self, piece: bytes) -> None:
        self._body += piece
        size = len(self._body)
        if size > self._limits.max_body_bytes:
            raise FeedTooLarge(f"more than {self._limits.max_body_bytes} bytes")
        if size > max(RATIO_FREE_BYTES, self.downloaded_bytes * self._limits.max_ratio):
            raise FeedTooLarge(f"inflates more than {self._limits.max_ratio} times")


def _single(encoding: str) -> str:
    """The one coding that is named; "identity" is none."""
    names = [n.strip().lower() for n in encoding.split(",")]
    named = [n for n in names if n not in ("", "identity", "none", "utf-8")]
    if len(named) > 1:
        raise BadEncoding(f"compressed more than once ({encoding})")
    return named[0] if named else ""


def _wbits(encoding: str, head: bytes) -> int | None:
    """What zlib calls this coding; None for a body that is not compressed."""
    readers: dict[str, Callable[[bytes], int | None]] = {
        # a feed.xml.gz that is served as a file names no coding, and no feed begins like this
        "": lambda head: _GZIP_WBITS if head.startswith(_GZIP_MAGIC) else None,
        "gzip": lambda _: _GZIP_WBITS,
        "x-gzip": lambda _: _GZIP_WBITS,
        "deflate": _deflate_wbits,
    }
    if encoding not in readers:
        raise BadEncoding(f"compressed as {encoding!r}, which was not asked for")
    return readers[encoding](head)


def _deflate_wbits(head: bytes) -> int:
    """HTTP means zlib by it; some servers send the bare stream."""
    zlib_header = head[0] & 0x0F == 8 and int.from_bytes(head[:2], "big") % 31 == 0
    return zlib.MAX_WBITS if zlib_header else -zlib.MAX_WBITS
