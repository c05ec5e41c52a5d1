"""One morning of the monitor in a process that kills itself (-9) at a named point.

    python -m tests.crash.victim PROJECT MOMENT POINT

POINT is `none`, `after fetch`, `after send`, or `PHASE STATEMENT`: inside, before-commit or
after-commit of the transaction that runs a statement beginning so. The product knows nothing of it:
the engine's own events, the reader and the sender that are passed in do the killing.
"""

import os
import signal
import sys
from datetime import datetime
from pathlib import Path

from sqlalchemy import event
from sqlmodel import Session

from monitor import service
from monitor.app import open_app, sender_for
from monitor.feeds.guarded import GuardedReader
from monitor.jobs.check import load
from monitor.jobs.deliver import deliver
from monitor.jobs.digest import sweep
from monitor.jobs.sync import sync
from tests.world import DrivenClock


def die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class DyingReader(GuardedReader):
    """Dies when it is handed the first body: fetched, and not parsed yet."""

    def read(self, body, **how):
        die()


def kill_at(engine, phase: str, statement: str) -> None:
    """Arrange for death around the first transaction that runs `statement`."""
    seen = []

    def notice(connection, cursor, text, *_):
        if text.startswith(statement):
            seen.append(text)
            if phase == "inside":
                die()

    def committing(_):
        if seen:
            die()

    event.listen(engine, "before_cursor_execute", notice)
    if phase == "before-commit":
        event.listen(engine, "commit", committing)
    if phase == "after-commit":
        event.listen(Session, "after_commit", committing)


def main(project: Path, moment: datetime, point: str) -> None:
    loaded = load(project / "config", {})
    clock = DrivenClock(moment)
    phase, _, statement = point.partition(" ")
    send = sender_for(loaded.config)

    def send_and_die(message):
        send(message)
        die()

    reader = DyingReader() if point == "after fetch" else None
    sender = send_and_die if point == "after send" else send
    with open_app(loaded, clock=clock, send=sender, reader=reader, rng=lambda: 0.5) as app:
        sync(app, now=clock.now)
        if statement not in ("", "fetch", "send"):
            kill_at(app.engine, phase, statement)
        service.poll_alone(app, every=True)
        clock.pass_(days=1)
        sweep(app, now=clock.now)
        deliver(app, now=clock.now)


if __name__ == "__main__":
    main(Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2]), sys.argv[3])
