"""A disk that is full, a database that is locked or read-only: said once, and the service goes on.

Afterwards everything is there, and nothing was mailed twice.
"""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import partial
from threading import Event
from time import monotonic

import pytest
from sqlalchemy import event

from monitor.jobs.deliver import deliver
from monitor.jobs.digest import sweep
from monitor.service import Tolerant
from monitor.store import Unavailable, upkeep, writing
from monitor.store.engine import BUSY_TIMEOUT_MS
from tests.delivery.post import serving
from tests.faults.newsroom import Newsroom
from tests.faults.test_kill_at_random import Lives, a_project, database
from tests.feeds.server import Server
from tests.jobs.test_database_trouble import locked
from tests.test_service import PATIENCE_S, monitor
from tests.world import START, a_world, entry, rss

needs_mounts = pytest.mark.skipif(
    os.geteuid() != 0 or not os.path.exists("/bin/mount"), reason="only root may mount a small disk"
)


@contextmanager
def small_disk(folder, megabytes=16):
    """A disk of its own, mounted on `folder`."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this machine does not let us mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@contextmanager
def full(disk):
    """Something else has taken what was left."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
    yield
    filler.unlink()


@contextmanager
def locked_by_another(path):
    """Another program writes and does not come to an end."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def read_only(world):
    """What a file system that went read-only makes of every write."""
    forbid = lambda raw, *_: raw.execute("PRAGMA query_only = ON")  # noqa: E731
    allow = lambda raw, *_: raw.execute("PRAGMA query_only = OFF")  # noqa: E731
    event.listen(world.app.engine, "checkout", forbid)
    yield
    event.remove(world.app.engine, "checkout", forbid)
    event.listen(world.app.engine, "checkout", allow)


@contextmanager
def a_service(project, moment):
    """The service as a process, on its fast clock; its log as it comes."""
    command = [sys.executable, "-m", "tests.faults.life", project, "serve", moment, "here"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def read_until(process, said, event, **fields):
    """Read the log into `said` until that event."""
    deadline = monotonic() + PATIENCE_S
    for line in process.stderr:
        said.append(json.loads(line) if line.startswith("{") else {"event": "", "text": line})
        if said[-1]["event"] == event and fields.items() <= said[-1].items():
            return
        assert monotonic() < deadline, f"no {event}"
    pytest.fail(f"the service ended before {event}")


@needs_mounts
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_service_outlives_a_full_disk_and_a_lock_and_loses_nothing(tmp_path, capsys):
    with small_disk(tmp_path / "disk") as disk, Server() as server, serving() as post:
        room = Newsroom(server, papers=8, seed=4, editions=16, halves=False)
        project = a_project(disk / "project", room, post)
        said = []
        with a_service(project, START.isoformat()) as process:
            until = partial(read_until, process, said)
            until("feed polled", outcome="fetched")
            with full(disk):
                until("database unavailable", doing="hand over")
            until("database available again", doing="hand over")
            until("feed polled", outcome="fetched")
            with locked_by_another(project / "data" / "monitor.db"):
                until("database unavailable", doing="hand over")
            until("database available again", doing="hand over")
            until("feed polled", outcome="fetched")
            until("message sent")
            alive = process.poll() is None
            process.send_signal(signal.SIGTERM)
            until("service stopped")
            code = process.wait(PATIENCE_S)
        half_way = sum(p.number for p in room.papers)
        with Lives(project) as lives:
            lives.begun = 60  # five days on: the clock of the service was a fast one
            lives.to_the_end(room)
        world = database(project)
        stored = Counter(
            (feed, mark)
            for feed, text in world.rows("SELECT feed, text FROM item")
            for mark in re.findall(r"\bp\d+m\d+x\b", text)
        )
        states = world.rows("SELECT DISTINCT state FROM outbox")
    complaints = {}
    for line in said:
        if line["event"] == "database unavailable":
            complaints.setdefault(line["error"], []).append(line["doing"])
    with capsys.disabled():
        print(
            f"\n{half_way} editions by the service, {len(stored)} items, {len(post.mails)} mails,"
            f" complaints: {complaints}"
        )

    assert (alive, code) == (True, 0)
    assert complaints.keys() == {"database or disk is full", "database is locked"}
    assert [of for of in complaints.values() if len(set(of)) < len(of)] == []
    assert [line for line in said if "exception" in line] == []
    assert stored == Counter(dict.fromkeys(room.expected(), 1))
    assert states == [("sent",)]
    assert set(Counter(mail["Message-ID"] for mail in post.mails).values()) == {1}


@needs_mounts
@pytest.mark.slow
def test_on_a_read_only_disk_the_start_says_so_in_words(tmp_path):
    with small_disk(tmp_path / "disk") as disk, Server() as server, serving() as post:
        room = Newsroom(server, papers=1, seed=5, editions=2)
        config = a_project(disk / "project", room, post) / "config"
        assert monitor(config, "poll", "--all").returncode == 0
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)

        refused = monitor(config, "run")

    assert refused.returncode not in (0, 3)
    assert "the database cannot be used" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.fixture
def world(tmp_path):
    with (
        Server() as server,
        a_world(tmp_path, {"wire": server.url("/wire")}) as made,
    ):
        server.says("/wire", body=rss(entry("1", "Port strike begins in the north")))
        made.poll()
        made.clock.pass_(days=1)
        yield made


@pytest.mark.parametrize("trouble", [locked, read_only])
def test_jobs_say_once_what_is_wrong_and_go_on_when_it_is_over(world, capsys, trouble):
    jobs = [
        Tolerant(lambda: sweep(world.app, now=world.clock.now), "sweep"),
        Tolerant(lambda: deliver(world.app, now=world.clock.now), "deliver"),
    ]
    with trouble(world):
        for job in jobs * 3:
            job()
    during = list(world.sent)
    for job in jobs * 2:
        job()

    said = capsys.readouterr().err
    assert said.count('"database unavailable"') == len(jobs)
    assert said.count('"database available again"') == len(jobs)
    assert "Traceback" not in said
    assert (during, len(world.sent)) == ([], 1)


def test_a_digest_that_is_made_and_not_written_is_no_reason_for_a_traceback(world, capsys):
    """The database takes the run, and then nothing any more."""

    def refuse(connection, cursor, statement, *_):
        if statement.startswith("UPDATE digest_run"):
            raise sqlite3.OperationalError("database or disk is full")

    event.listen(world.app.engine, "before_cursor_execute", refuse)
    for _ in range(3):
        with pytest.raises(Unavailable, match="full"):
            sweep(world.app, now=world.clock.now)
    event.remove(world.app.engine, "before_cursor_execute", refuse)
    world.tell()

    assert "Traceback" not in capsys.readouterr().err
    assert len(world.sent) == 1


def test_tidying_up_waits_for_its_turn_among_our_own_writers(world):
    begun = Event()

    def optimise():
        begun.set()
        upkeep.optimise(world.app.engine)

    with ThreadPoolExecutor(1) as thread:
        with writing(world.app.engine):
            tidying = thread.submit(optimise)
            begun.wait(PATIENCE_S)
            with pytest.raises(TimeoutError):  # longer than it would wait for another program
                tidying.result(upkeep.CHECKPOINT_WAIT_MS / 1000 + 0.3)

        tidying.result(PATIENCE_S)


def test_tidying_up_beside_another_program_is_put_off_and_no_bug(world):
    with locked(world), pytest.raises(Unavailable, match="locked"):
        upkeep.optimise(world.app.engine)

    with world.app.engine.connect() as connection:
        patience = connection.exec_driver_sql("PRAGMA busy_timeout").scalar()
    assert patience in (0, BUSY_TIMEOUT_MS)  # 0: of the test that held the lock
