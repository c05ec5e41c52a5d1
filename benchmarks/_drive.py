"""Our service path, polled when told to: `python -m benchmarks._drive CONFIG`, a line a round."""

# Nothing of the monitor is imported up here, as in its own __main__: the parser process imports
# this module once more, and would have all of it in memory.
import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks._common import obey

if TYPE_CHECKING:
    from monitor.app import App


async def poll(app: "App") -> None:
    """Every feed once: fetch, guarded parse, match, stories, store."""
    from monitor import service, store
    from monitor.store import feeds

    with store.writing(app.engine) as session:
        feeds.make_due(session, now=app.clock())
    await service.poll_once(app)


def main() -> None:
    """Poll until nobody says anything any more."""
    from benchmarks._project import opened
    from monitor.app import SystemClock

    with opened(Path(sys.argv[1]), clock=SystemClock()) as app:

        def one() -> dict[str, float]:
            asyncio.run(poll(app))
            return {}

        obey(one)


if __name__ == "__main__":
    main()
