"""The whole job in a minute: two days of sample news, from feeds to digests.

Real parts throughout (an HTTP server, the fetcher, the database, the digest as files); only the
clock is ours, so that a night passes at once.
"""

import asyncio
import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console

from monitor import observe, service, shipped
from monitor.app import App, open_app
from monitor.demo.outlet import Outlet, serve
from monitor.errors import MonitorError
from monitor.jobs.check import load
from monitor.jobs.deliver import deliver
from monitor.jobs.digest import sweep
from monitor.jobs.sync import sync

ZONE = "Europe/Berlin"
EVENING = time(21, 0)  #: when the demo polls, each day
MORNING = time(7, 0)  #: when the digest is due

_SETTINGS = """\
[polling]
allow_networks = ["127.0.0.0/8"]
spacing = "0s"
per_site = 8

[log]
level = "error"
"""
_SUBSCRIBERS = f"""\
subscribers:
  - id: you
    address: you@example.org
    zone: {ZONE}
    digests:
      - {{id: daily, document: us-28-point-plan, at: "{MORNING:%H:%M}"}}
"""


_MARK = ".demo"  #: a folder that has it may be emptied


class NotOurs(MonitorError):
    """A folder that somebody else filled."""


@dataclass(slots=True)
class DemoClock:
    """Time that only passes when the demo says so."""

    now: datetime
    nights: int = field(default=0)

    def __call__(self) -> datetime:
        """Now, in UTC."""
        return self.now

    async def wait(self, event: asyncio.Event, *, until: datetime | None) -> None:
        """Nothing waits for the clock here: sites may be asked at once."""
        if until is not None:
            await asyncio.sleep(0)
            return
        await event.wait()


def show(folder: Path | None, *, out: Console) -> Path:
    """Run the demo in `folder` (a new one by default); the newest digest's HTML file."""
    project = _project(folder)
    clock = DemoClock(_last_evening() - timedelta(days=1))
    with serve(now=clock.now) as outlet:
        _write_files(project, outlet)
        loaded = load(project / "config", {})
        observe.configure(level="error")
        with open_app(loaded, clock=clock) as app:
            clock.now -= timedelta(hours=1)
            sync(app, now=clock.now)
            for day in (1, 2):
                clock.now = _last_evening() + timedelta(days=day - 2)
                outlet.turn_to(day, now=clock.now)
                _one_day(app, clock, day, out=out)
    latest = project / "data" / "mail" / "latest.html"
    out.print(f"\nThe second morning's digest: {latest}", soft_wrap=True, highlight=False)
    out.print(f"Mails and database: {project / 'data'}", soft_wrap=True, highlight=False)
    return latest


def _one_day(app: App, clock: DemoClock, day: int, *, out: Console) -> None:
    polled = service.poll_alone(app, every=True)
    out.print(
        f"Day {day}, evening: {polled.answered} of {polled.asked} feeds answered,"
        f" {polled.new} new items, {polled.hits} hits.",
        highlight=False,
    )
    for feed, reason in polled.failed:
        out.print(f"  {feed}: {reason}", style="yellow", markup=False, highlight=False)
    clock.now = _next_morning(clock.now)
    sweep(app, now=clock.now)
    sent = deliver(app, now=clock.now)
    out.print(f"Day {day + 1}, 07:00: {sent} digest sent.", highlight=False)


def _project(folder: Path | None) -> Path:
    if folder is None:
        return Path(tempfile.mkdtemp(prefix="provision-monitor-demo-"))
    mark = folder / _MARK
    if folder.exists() and any(folder.iterdir()) and not mark.exists():
        raise NotOurs(f"{folder} is not empty, and no folder of the demo: choose a new one")
    folder.mkdir(parents=True, exist_ok=True)
    mark.touch()
    shutil.rmtree(folder / "data", ignore_errors=True)
    return folder


def _write_files(project: Path, outlet: Outlet) -> None:
    config = project / "config"
    config.mkdir(parents=True, exist_ok=True)
    (project / "seeds").mkdir(exist_ok=True)
    shutil.copy(shipped.SEEDS / "us-28-point-plan.yaml", project / "seeds")
    (config / "monitor.toml").write_text(_SETTINGS, encoding="utf-8")
    (config / "subscribers.yaml").write_text(_SUBSCRIBERS, encoding="utf-8")
    (config / "feeds.yaml").write_text(outlet.feeds_yaml(), encoding="utf-8")


def _last_evening() -> datetime:
    """The newest moment that is `EVENING` in the reader's zone and was followed by a morning."""
    here = datetime.now(ZoneInfo(ZONE))  # noqa: TID251 - a shell
    day = here.date() - timedelta(days=1)
    return datetime.combine(day, EVENING, ZoneInfo(ZONE)).astimezone(UTC)


def _next_morning(evening: datetime) -> datetime:
    day = evening.astimezone(ZoneInfo(ZONE)).date() + timedelta(days=1)
    at = datetime.combine(day, MORNING, ZoneInfo(ZONE)) + timedelta(minutes=1)
    return at.astimezone(UTC)
