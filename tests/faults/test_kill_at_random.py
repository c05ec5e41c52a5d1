"""kill -9 at a hundred random moments, while the papers go on: as if nothing had happened.

The moments are drawn from a seed, but where a process is by then is not: each run of this test
kills somewhere else. What it promises holds wherever that is.
"""

import asyncio
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from threading import Event
from types import SimpleNamespace

import pytest

from monitor.store import open_engine
from tests.delivery.post import Post, serving
from tests.faults.newsroom import Newsroom
from tests.feeds.server import Server
from tests.world import SETTINGS, START, World, everything, write_files

LIVES = 100
LIFE_S = (0.05, 1.3)  #: shortest and longest, from when everything is imported
GUARDED_S = (0.8, 2.0)  #: with a parser process of its own, which takes a second to start
APART = timedelta(hours=2)  #: the beginnings of two lives
PAPERS = 16
EDITIONS = 30
READERS = [f"r{n}@example.org" for n in range(5)]
SUBSCRIBERS = "subscribers:\n" + "".join(
    f"""\
  - id: r{n}
    address: {address}
    zone: UTC
    digests:
      - {{id: early, document: treaty, at: "07:00"}}
      - {{id: late, document: treaty, at: "17:30", provisions: [strikes]}}
"""
    for n, address in enumerate(READERS)
)
THINKS_S = 0.05  #: the mail server, between a mail and its answer
MARK = "MONITOR_KILLED"  #: in the environment of everything that a test started

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


class SlowPost(Post):
    """Thinks for a moment after it took a mail and before it says so."""

    async def handle_DATA(self, server, session, envelope) -> str:
        answer = await super().handle_DATA(server, session, envelope)
        with suppress(TimeoutError):
            async with asyncio.timeout(THINKS_S):
                await asyncio.Event().wait()
        return answer


class Lives:
    """The process of `tests.faults.life`, and what it came to."""

    def __init__(self, project: Path) -> None:
        self.project, self.begun, self.codes = project, 0, Counter()
        self._log = (project / "log").open("w")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.life", project],
            env={**os.environ, MARK: str(project)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            bufsize=1,
        )

    def __enter__(self) -> "Lives":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
        self._log.close()

    @property
    def moment(self) -> datetime:
        return START + self.begun * APART

    def one(self, how: str = "rounds", *, reader: str = "here", seconds: float = 0) -> None:
        """The next life; killed after `seconds`, unless it is over by then."""
        line = f"{how} {self.moment.isoformat()} {reader} {seconds}\n"
        self._process.stdin.write(line)
        self.codes[int(self._process.stdout.readline())] += 1
        self.begun += 1

    def to_the_end(self, room: Newsroom) -> None:
        """Undisturbed, until every edition was taken in and every digest is out."""
        while not room.settled:
            self.one()
        self.begun += timedelta(days=1) // APART
        self.one()

    @property
    def said(self) -> str:
        return (self.project / "log").read_text()


def a_project(folder: Path, room: Newsroom, post) -> Path:
    smtp = f'[mail]\nvia = "smtp"\n[smtp]\nhost = "127.0.0.1"\nport = {post.port}\n'
    settings = f'{SETTINGS}{smtp}security = "none"\n'
    write_files(folder, room.feeds, settings=settings, subscribers=SUBSCRIBERS)
    return folder


def database(project: Path) -> World:
    engine = open_engine(f"sqlite:///{project / 'data' / 'monitor.db'}")
    return World(SimpleNamespace(engine=engine), None)


def unfinished(project: Path, folder: Path) -> set[tuple[str, int]]:
    """(key, number) of tries that were begun and of whose end nothing is known.

    Seen in a copy: whoever opens a database that a kill left mends it, and that is not for us.
    """
    copy = folder / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    if not (project / "data" / "monitor.db").exists():  # killed before it was made
        return set()
    shutil.copytree(project / "data", copy)
    query = "SELECT key, attempts FROM outbox WHERE state = 'waiting' AND tried_at IS NOT NULL"
    with closing(sqlite3.connect(copy / "monitor.db")) as found:
        there = found.execute("SELECT 1 FROM sqlite_master WHERE name = 'outbox'").fetchone()
        return set(found.execute(query)) if there else set()


def of_their_own(project: Path) -> list[str]:
    """Processes that `project` started and that are still there."""
    mark = f"{MARK}={project}".encode()
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark in path.read_bytes().split(b"\0"):
                found.append((path.parent / "cmdline").read_text())
        except OSError:
            continue
    return found


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """What is stored after a run without a kill."""
    with Server() as server, serving() as post:
        room = Newsroom(server, papers=PAPERS, seed=2, editions=EDITIONS, halves=False)
        project = a_project(tmp_path_factory.mktemp("whole"), room, post)
        with Lives(project) as lives:
            lives.to_the_end(room)
        assert set(lives.codes) == {0}
        return everything(database(project))


def test_after_a_hundred_kills_everything_is_there_once(undisturbed, tmp_path, capsys):
    dice, tries = Random(3), set()
    with Server() as server, serving(SlowPost()) as post:
        room = Newsroom(server, papers=PAPERS, seed=2, editions=EDITIONS, halves=False)
        project = a_project(tmp_path / "project", room, post)
        with Lives(project) as lives:
            while lives.codes[-signal.SIGKILL] < LIVES:
                guarded = lives.begun % 8 == 7
                seconds = dice.uniform(*(GUARDED_S if guarded else LIFE_S))
                how, reader = dice.choice(["rounds", "serve"]), "guarded" if guarded else "here"
                lives.one(how, reader=reader, seconds=seconds)
                tries |= unfinished(project, tmp_path)
            half_way = sum(p.number for p in room.papers)
            lives.to_the_end(room)
        world = database(project)
    copies = Counter(mail["Message-ID"] for mail in post.mails)
    ids = dict(world.rows("SELECT key, json_extract(headers, '$.\"Message-ID\"') FROM outbox"))
    may_repeat = Counter(ids[key] for key, _ in tries)
    with capsys.disabled():
        print(
            f"\n{lives.codes[-9]} lives killed of {lives.begun}, {half_way} editions taken by then,"
            f" {len(undisturbed['items'])} items, {len(undisturbed['hits'])} hits,"
            f" {len(ids)} digests, {len(post.mails)} mails, {len(tries)} tries cut short,"
            f" {sum(n - 1 for n in copies.values())} mails twice"
        )

    assert everything(world) == undisturbed
    assert set(lives.codes) <= {0, -signal.SIGKILL}
    assert copies.keys() == set(ids.values())
    assert [id_ for id_, n in copies.items() if n > 1 + may_repeat[id_]] == []
    assert world.rows("SELECT DISTINCT state FROM outbox") == [("sent",)]
    assert world.rows("PRAGMA integrity_check") == [("ok",)]
    assert world.rows("PRAGMA foreign_key_check") == []
    assert room.wrong == []
    assert "Traceback" not in lives.said
    assert [c for c in range(100) if of_their_own(project) and Event().wait(0.1)] == []
