import subprocess
import sys

import pytest

from monitor import store
from monitor.errors import Locked

HOLD = """
import sys
from monitor import store
engine = store.open_engine(sys.argv[1])
with store.service_lock(engine, holder="monitor run, pid 42"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def other_process(engine):
    """Another process that holds the lock until it dies."""
    url = engine.url.render_as_string(hide_password=False)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


def test_the_second_service_is_told_who_is_there(engine, other_process):
    with (
        pytest.raises(Locked, match="in use by monitor run, pid 42"),
        store.service_lock(engine, holder="monitor import, pid 43"),
    ):
        pytest.fail("two services at once")


def test_a_process_that_was_killed_holds_nothing(engine, other_process):
    other_process.kill()
    other_process.wait()

    for _ in range(200):  # a server needs a moment to notice
        try:
            with store.service_lock(engine, holder="monitor run, pid 44"):
                return
        except Locked:
            continue
    pytest.fail("still locked")


def test_the_lock_can_be_taken_again(engine):
    for _ in range(2):
        with store.service_lock(engine, holder="monitor poll, pid 1"):
            pass
