"""Fixtures of the feed stage."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.feeds.server import Server

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture(scope="session")
def corpus() -> tuple[Path, ...]:
    """Feeds as they are found in the wild; not in the repository, they are other people's."""
    place = os.environ.get("MONITOR_CORPUS")
    if not place:
        pytest.skip("MONITOR_CORPUS does not name a folder with feeds/")
    files = tuple(sorted(p for p in (Path(place) / "feeds").rglob("*") if p.is_file()))
    assert files, f"no files under {place}/feeds"
    return files
