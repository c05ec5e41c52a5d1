"""The monitor over one or two feeds of a real web server."""

from collections.abc import Iterator

import pytest

from tests.feeds.server import Server
from tests.world import World, a_world


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture
def world(tmp_path, server) -> Iterator[World]:
    """Two feeds, wire and echo; what they say is for the test to say."""
    feeds = {"wire": server.url("/wire"), "echo": server.url("/echo")}
    with a_world(tmp_path, feeds) as made:
        yield made
