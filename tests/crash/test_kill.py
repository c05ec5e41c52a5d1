"""kill -9 at named points, then run to the end: nothing is lost, nothing is told twice."""

import signal
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.store import open_engine
from tests.delivery.post import serving
from tests.feeds.server import Reply, Server
from tests.world import SETTINGS, START, World, entry, everything, rss, write_files

BODIES = {
    "/wire": rss(
        entry("1", "Port strike begins in the north", "Dockers walked out."),
        entry("2", "Storm closes the port for two days"),
        entry("3", "Cats win the show"),
    ),
    "/echo": rss(entry("e", "Port strike begins in the north", "Dockers walked out.")),
}
STATEMENTS = {
    "intake": "INSERT INTO hit_event",
    "run": "INSERT INTO digest_run",
    "outbox": "INSERT INTO outbox",
    "try": "UPDATE outbox SET due_at",
    "sent": "UPDATE outbox SET state",
}
POINTS = ["after fetch", "after send"] + [
    f"{phase} {statement}"
    for statement in STATEMENTS.values()
    for phase in ("inside", "before-commit", "after-commit")
]


@pytest.fixture(scope="module")
def server():
    """Feeds with validators: a 304 for a body that was lost would lose it for good."""
    with Server() as running:
        for path, body in BODIES.items():

            def answer(request, body=body):
                known = request.headers.get("if-none-match") == '"v1"'
                return Reply(304) if known else Reply(body=body, headers={"ETag": '"v1"'})

            running.answers(path, answer)
        yield running


def victim(project: Path, moment, point: str) -> int:
    command = [sys.executable, "-m", "tests.crash.victim", project, moment.isoformat(), point]
    return subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode


def a_project(folder: Path, server: Server, post) -> Path:
    settings = SETTINGS + (
        f'[mail]\nvia = "smtp"\n[smtp]\nhost = "127.0.0.1"\nport = {post.port}\nsecurity = "none"\n'
    )
    feeds = {path[1:]: server.url(path) for path in BODIES}
    write_files(folder, feeds, settings=settings)
    return folder


def stored(project: Path):
    class App:
        engine = open_engine(f"sqlite:///{project / 'data' / 'monitor.db'}")

    found = everything(World(App(), None))
    App.engine.dispose()
    return found


@pytest.fixture(scope="module")
def undisturbed(server, tmp_path_factory):
    """What a run without a crash comes to."""
    with serving() as post:
        project = a_project(tmp_path_factory.mktemp("whole"), server, post)
        assert victim(project, START, "none") == 0
    assert len(post.mails) == 1
    found = stored(project)
    assert all(found.values())
    return found, post.mails[0]["Subject"]


@pytest.mark.slow
@pytest.mark.parametrize("point", POINTS)
def test_after_a_kill_everything_is_there_once(server, tmp_path, undisturbed, point):
    with serving() as post:
        project = a_project(tmp_path, server, post)
        killed = victim(project, START, point)
        finished = victim(project, START + timedelta(minutes=30), "none")

    expected, subject = undisturbed
    assert (killed, finished) == (-signal.SIGKILL, 0)
    assert stored(project) == expected
    copies = Counter(mail["Message-ID"] for mail in post.mails)
    # only a crash between the server's reply and our commit may send twice: the same mail
    accepted_and_forgotten = point == "after send" or point.endswith(STATEMENTS["sent"])
    may_repeat = accepted_and_forgotten and not point.startswith("after-commit")
    assert list(copies.values()) == [2 if may_repeat else 1]
    assert {mail["Subject"] for mail in post.mails} == {subject}
