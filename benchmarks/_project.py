"""A monitor's project with the shipped seeds, and its database filled without reading a feed."""

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from benchmarks import _feeds
from monitor import observe, shipped
from monitor.app import App, SystemClock, open_app
from monitor.feeds.guarded import GuardedReader
from monitor.jobs.check import load
from monitor.jobs.sync import sync

NOW = _feeds.NEWEST + timedelta(hours=1)
SETTINGS = """\
[polling]
allow_networks = ["127.0.0.0/8"]
spacing = "0s"
"""
SUBSCRIBERS = """\
subscribers:
  - id: desk
    address: desk@example.org
    zone: Europe/Berlin
    digests:
      - {id: daily, document: us-28-point-plan, at: "07:00"}
"""


@dataclass(slots=True)
class Clock(SystemClock):
    """A time that stands still until it is set."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        """Now, in UTC."""
        return self.now


def write_project(project: Path, urls: Sequence[str], *, subscribers: str = SUBSCRIBERS) -> Path:
    """Files of a project over `urls`, an outlet each; returns its config folder."""
    config = project / "config"
    config.mkdir(parents=True)
    shutil.copytree(shipped.SEEDS, project / "seeds")
    ids = [f"feed{n:05}" for n in range(len(urls))]
    outlets = "".join(f"  - {{id: {id_}, name: Paper {id_}, language: en}}\n" for id_ in ids)
    feeds = "".join(
        f"  - {{id: {id_}, outlet: {id_}, url: {json.dumps(url)}, language: en}}\n"
        for id_, url in zip(ids, urls, strict=True)
    )
    (config / "feeds.yaml").write_text(f"outlets:\n{outlets}feeds:\n{feeds}", encoding="utf-8")
    (config / "subscribers.yaml").write_text(subscribers, encoding="utf-8")
    (config / "monitor.toml").write_text(SETTINGS, encoding="utf-8")
    return config


@contextmanager
def opened(
    config: Path, *, clock: SystemClock | None = None, reader: GuardedReader | None = None
) -> Iterator[App]:
    """The App of a project, its files applied; only errors are logged."""
    observe.configure(form="text", level="error")
    with open_app(load(config, {}), clock=clock or Clock(), reader=reader, rng=lambda: 0.5) as app:
        sync(app, now=app.clock())
        yield app


def rows(app: App, query: str) -> list[tuple[object, ...]]:
    """Whatever is stored, by plain SQL."""
    with app.engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(query)]
