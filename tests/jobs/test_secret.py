"""One secret, made once, and only ours."""

import pytest

from monitor.errors import ConfigError
from monitor.jobs.secret import BYTES, secret
from tests.feeds.server import Server
from tests.world import a_world, rss


def test_it_is_made_once_and_only_we_may_read_it(tmp_path):
    first = secret(tmp_path / "data")
    again = secret(tmp_path / "data")

    path = tmp_path / "data" / "secret"
    assert len(first) == BYTES
    assert first == again == path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in path.parent.iterdir()] == ["secret"]


def test_two_monitors_have_two(tmp_path):
    assert secret(tmp_path / "a") != secret(tmp_path / "b")


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o660, 0o602], ids=oct)
def test_one_that_others_may_use_stops_the_start_with_what_to_do(tmp_path, mode):
    secret(tmp_path)
    path = tmp_path / "secret"
    path.chmod(mode)

    with pytest.raises(ConfigError) as stopped:
        secret(tmp_path)

    assert str(stopped.value) == (
        f"{path}: may be used by others (mode {mode:03o}) (chmod 600 {path})"
    )


def test_half_a_secret_is_none(tmp_path):
    secret(tmp_path)
    (tmp_path / "secret").write_bytes(b"half")

    with pytest.raises(ConfigError, match="holds 4 bytes in place of 32"):
        secret(tmp_path)


def test_the_first_poll_makes_it(tmp_path):
    with Server() as server:
        feeds = {"wire": server.says("/wire", body=rss())}
        with a_world(tmp_path, feeds) as world:
            world.poll()

    assert (tmp_path / "data" / "secret").stat().st_size == BYTES
