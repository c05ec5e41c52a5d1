"""The monitor as a process that is made to be killed: many short lives, one after the other.

    python -m tests.faults.life PROJECT

It reads a line a life from standard input, `HOW MOMENT READER SECONDS`, forks, kills (-9) the child
after SECONDS unless it has ended or they are 0, and writes its exit code. So a life begins at once,
with everything imported.

HOW is `rounds` (poll all, sweep, deliver, half an hour passes; three times) or `serve` (the service
itself, on a clock that runs 2,000 times as fast). READER is `here` or `guarded`: where bodies are
parsed. With `HOW MOMENT READER` behind PROJECT the process itself is the one life. The product
knows nothing of all this.
"""

import asyncio
import os
import signal
import sys
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic

from monitor import observe, service
from monitor.app import App, open_app
from monitor.feeds.guarded import GuardedReader, read_here
from monitor.jobs.check import load
from monitor.jobs.deliver import deliver
from monitor.jobs.digest import sweep
from tests.world import DrivenClock

SPEED = 2_000
ROUNDS = 3


class HereReader(GuardedReader):
    """Parses in this process: a worker would take a second to start."""

    read = staticmethod(read_here)


class FastClock:
    """`speed` seconds pass in one."""

    def __init__(self, start: datetime, speed: float = SPEED) -> None:
        self._start, self._speed, self._began = start, speed, monotonic()

    def __call__(self) -> datetime:
        return self._start + timedelta(seconds=(monotonic() - self._began) * self._speed)

    async def wait(self, event: asyncio.Event, *, until: datetime | None) -> None:
        left = None if until is None else (until - self()).total_seconds() / self._speed
        try:
            async with asyncio.timeout(left if left is None else max(left, 0)):
                await event.wait()
        except TimeoutError:
            pass


def live(project: Path, how: str, moment: datetime, reader: str) -> None:
    """One life; of rounds, the end comes by itself."""
    loaded = load(project / "config", {})
    driven = how == "rounds"
    clock = DrivenClock(moment) if driven else FastClock(moment)
    kind = HereReader if reader == "here" else GuardedReader
    with kind() as reading, open_app(loaded, clock=clock, reader=reading, rng=lambda: 0.5) as app:
        if driven:
            rounds(app, clock)
        else:
            service.run(app)


def rounds(app: App, clock: DrivenClock) -> None:
    for _ in range(ROUNDS):
        service.poll_alone(app, every=True)
        clock.pass_(minutes=30)
        sweep(app, now=clock.now)
        deliver(app, now=clock.now)


def main(project: Path) -> None:
    for line in sys.stdin:
        how, moment, reader, seconds = line.split()
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
        if not (pid := os.fork()):
            signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
            live(project, how, datetime.fromisoformat(moment), reader)
            os._exit(0)
        print(ended(pid, float(seconds)), flush=True)


def ended(pid: int, seconds: float) -> int:
    """Wait for it, or kill it; its exit code. Until it is waited for, the pid is nobody else's."""
    if seconds and not signal.sigtimedwait([signal.SIGCHLD], seconds):
        os.kill(pid, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    signal.sigtimedwait([signal.SIGCHLD], 0)  # of this child, if it is still to come
    return code


if __name__ == "__main__":
    observe.configure(form="json", level="info")
    if sys.argv[2:]:
        live(Path(sys.argv[1]), sys.argv[2], datetime.fromisoformat(sys.argv[3]), sys.argv[4])
    else:
        main(Path(sys.argv[1]))
