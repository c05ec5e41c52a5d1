"""The secret that signs links in mails: made once, kept in a file that only we may read."""

import os
import secrets
import stat
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from monitor.errors import ConfigError, Problem

BYTES = 32


def secret(data: Path, *, entropy: Callable[[int], bytes] = secrets.token_bytes) -> bytes:
    """The secret in the directory `data`; made if there is none.

    Raises:
        ConfigError: others may read it, or it is not what was written.
    """
    path = data / "secret"
    if not path.exists():
        _make(path, entropy(BYTES))
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        _stop(path, f"may be used by others (mode {mode:03o})", f"chmod 600 {path}")
    found = path.read_bytes()
    if len(found) != BYTES:
        hint = "delete it, and a new one is made; links in mails sent before stop working"
        _stop(path, f"holds {len(found)} bytes in place of {BYTES}", hint)
    return found


def _make(path: Path, value: bytes) -> None:
    """Whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".secret.{os.getpid()}")
    with os.fdopen(os.open(new, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as stream:
        stream.write(value)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(new, path)


def _stop(path: Path, reason: str, hint: str) -> NoReturn:
    raise ConfigError([Problem(file=str(path), reason=reason, hint=hint)])
