"""Fixtures shared by all tests."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings

from monitor import observe, store

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
CORPUS = "MONITOR_CORPUS"

# a slow machine is no defect: what takes too long is measured in benchmarks/
settings.register_profile("fast", deadline=None, max_examples=30)
settings.register_profile("thorough", deadline=None, max_examples=150)


def pytest_configure(config: pytest.Config) -> None:
    """With the slow tests, every property is tried on more examples."""
    settings.load_profile("fast" if "not slow" in config.option.markexpr else "thorough")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Where every part is meant to be there, a test that skips because one is missing fails.

    The measuring corpus is no part of the project: its tests may skip anywhere.
    """
    report = yield
    if (
        report.skipped
        and os.environ.get("MONITOR_TEST_COMPLETE")
        and not hasattr(report, "wasxfail")
    ):
        reason = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
        if CORPUS not in reason:
            report.outcome, report.longrepr = "failed", f"must not skip here: {reason}"
    return report


@pytest.fixture(autouse=True)
def plain_logs() -> None:
    """Logs as lines, without the terminal's colours and boxes; a command may have set its own."""
    observe.configure(form="json", level="debug")


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of recorded feeds and labelled news, for measuring."""
    if not (folder := os.environ.get(CORPUS)):
        pytest.skip(f"{CORPUS} is not set")
    return Path(folder)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty, fully migrated database file, to be copied."""
    path = tmp_path_factory.mktemp("db") / "empty.db"
    engine = store.open_engine(f"sqlite:///{path}")
    store.upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture
def sqlite(migrated: Path, tmp_path: Path) -> Iterator[store.Engine]:
    path = tmp_path / "test.db"
    path.write_bytes(migrated.read_bytes())
    engine = store.open_engine(f"sqlite:///{path}")
    yield engine
    engine.dispose()


@pytest.fixture
def engine(sqlite: store.Engine) -> store.Engine:
    return sqlite


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL server of our own on a socket in a temporary folder; a URL to put a name in."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name))
    if not found and not shutil.which("initdb"):
        pytest.skip("PostgreSQL is not installed")
    bin_ = found[-1] if found else Path(shutil.which("initdb")).parent
    as_root = os.geteuid() == 0  # as which the server refuses to run
    as_user = ["runuser", "-u", "postgres", "--"] if as_root else []
    # not below pytest's folder: that is closed to other users, and opened and closed by each run
    with tempfile.TemporaryDirectory(prefix="monitor-pg-") as home:
        if as_root:
            shutil.chown(home, "postgres")
        data, quiet = f"{home}/data", {"stdout": subprocess.DEVNULL, "check": True, "cwd": home}
        init = [bin_ / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8"]
        subprocess.run([*as_user, *init, "--locale=C.UTF-8"], **quiet)
        options = f"-c listen_addresses='' -c unix_socket_directories={home} -c fsync=off"
        ctl = [*as_user, bin_ / "pg_ctl", "-D", data, "-w", "-l", f"{home}/log"]
        subprocess.run([*ctl, "-o", options, "start"], **quiet)
        try:
            yield f"postgresql+psycopg://postgres@/{{database}}?host={home}"
        finally:
            subprocess.run([*ctl, "-m", "immediate", "stop"], **quiet)
