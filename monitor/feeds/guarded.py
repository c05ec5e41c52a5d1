"""Parse and normalise where it can be killed: a worker process with a clock and a memory limit.

A parser that has to read anything may hang on what was made to hang it. The worker is one process,
started on first use, killed when a document takes too long, and replaced for the next one. Ordinary
feeds of ordinary size need none: what reads them takes time that is linear in them.
"""

import os
import resource
import signal
from concurrent.futures import BrokenExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from types import TracebackType
from typing import Self

from pebble import ProcessExpired, ProcessPool

from monitor.errors import ParseTimeout
from monitor.feeds.entries import Parsed
from monitor.feeds.normalise import Read, normalise
from monitor.feeds.parse import parse, quickly
from monitor.model import FeedSpec
from monitor.text import plain

MEMORY_BYTES = 1 << 30  #: that a document may cost, over what the worker is made of
INLINE_BYTES = 256 << 10  #: of a document that is read here, at the most
START_S = 60.0  #: that starting a worker may take before it counts as dead


def read_here(body: bytes, *, url: str, content_type: str, feed: FeedSpec, now: datetime) -> Read:
    """Parse and normalise in this process; raises NotAFeed."""
    return _read(parse(body, url=url, content_type=content_type), feed=feed, now=now)


def _read(parsed: Parsed, *, feed: FeedSpec, now: datetime) -> Read:
    clean = normalise(parsed.entries, feed=feed, now=now)
    return Read(
        title=plain(parsed.title),
        notes=parsed.notes,
        complete=parsed.complete,
        wishes=parsed.wishes,
        items=clean.items,
        drops=clean.drops,
        sources=clean.sources,
    )


class GuardedReader:
    """`read_here`, in a worker where it must be; close it (`with`). Not for two threads at once."""

    def __init__(
        self,
        *,
        timeout_s: float = 10.0,
        start_s: float = START_S,
        memory_bytes: int = MEMORY_BYTES,
    ) -> None:
        self._timeout_s = timeout_s
        self._start_s = start_s
        self._memory_bytes = memory_bytes
        self._pool: ProcessPool | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.close()

    def read(
        self, body: bytes, *, url: str, content_type: str, feed: FeedSpec, now: datetime
    ) -> Read:
        """Parse and normalise; raises NotAFeed, or ParseTimeout if the worker gave no answer."""
        if len(body) <= INLINE_BYTES and (
            parsed := quickly(body, url=url, content_type=content_type)
        ):
            return _read(parsed, feed=feed, now=now)
        try:
            return self._read(body, url=url, content_type=content_type, feed=feed, now=now)
        except BrokenExecutor as e:  # the pool itself, as when the code changes under it
            self.close()
            raise ParseTimeout(f"the parser could not be started: {e}") from e

    def _read(
        self, body: bytes, *, url: str, content_type: str, feed: FeedSpec, now: datetime
    ) -> Read:
        arguments = {"url": url, "content_type": content_type, "feed": feed, "now": now}
        future = self._ready().schedule(
            read_here, args=[body], kwargs=arguments, timeout=self._timeout_s
        )
        try:
            result: Read = future.result(timeout=self._timeout_s + self._start_s)
        except FutureTimeout as e:
            if not future.done():  # not the clock of the task: the worker never began
                self.close()
            raise ParseTimeout(f"the parser did not finish within {self._timeout_s:g} s") from e
        except ProcessExpired as e:
            raise ParseTimeout(f"the parser died: {e}") from e
        except MemoryError as e:
            self.close()  # it may not have given back what it took
            raise ParseTimeout("the parser ran out of memory") from e
        return result

    def close(self) -> None:
        """Kill the worker, if there is one."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.stop()  # type: ignore[no-untyped-call]
            pool.join()

    def _ready(self) -> ProcessPool:
        if self._pool is None or not self._pool.active:
            self.close()
            self._pool = ProcessPool(
                max_workers=1,
                max_tasks=500,  # whatever leaks is gone after that
                initializer=_confine,
                initargs=[self._memory_bytes],
                context=get_context("spawn"),  # a fork would copy threads' locks
            )
        return self._pool


def _confine(memory_bytes: int) -> None:
    """In the worker, before its first document."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business
    limit = _address_space_bytes() + memory_bytes
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


def _address_space_bytes() -> int:
    """What this process has mapped; a guess where there is no /proc."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:
        return 1 << 30
    return pages * os.sysconf("SC_PAGE_SIZE")
