"""The newspapers of the tutorial: the demo's outlet group, on sale until you stop it.

    .venv/bin/python docs/newspapers.py

They are made up. Nothing leaves this machine.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from monitor.demo.outlet import pages, serve

DAYS = 2


def main() -> None:
    """Sell today's issues, then those of the next day at each line that is typed."""
    with serve(now=_now()) as group:
        say(f"The newspapers are on sale at {group.base}, for example")
        say(*(f"  {group.base}{path}" for path in sorted(pages(1, now=_now(), day1=_now()))[:4]))
        for day in range(2, DAYS + 1):
            say("Press Enter for tomorrow's issues, Ctrl-C to stop.")
            sys.stdin.readline()
            group.turn_to(day, now=_now())
        say("Tomorrow's issues are out. Press Enter to stop.")
        sys.stdin.readline()


def say(*lines: str) -> None:
    """At once, even into a pipe."""
    for line in lines:
        sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - a shell


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        say("")
