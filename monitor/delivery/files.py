"""Keep mails as files: the way out that works without a mail server.

Each message becomes one `.eml` file, which every mail program opens; `latest.html` is the newest
digest for a browser. A file is there whole or not at all.
"""

import hashlib
import os
import re
from datetime import UTC, datetime
from pathlib import Path

from monitor.delivery import Sender
from monitor.delivery.mime import mime
from monitor.errors import DeliveryError
from monitor.model import Message

_UNSAFE = re.compile(r"[^a-z0-9]+")
_LATEST = "latest.html"


def files_sender(
    directory: Path, *, sender: str = "Provision monitor <monitor@localhost>"
) -> Sender:
    """A sender that writes into `directory`, which it makes when it is first needed."""

    def send(message: Message, /) -> None:
        mail = mime(message, sender=sender)
        try:
            directory.mkdir(parents=True, exist_ok=True)
            _write(_path(directory, message), mail.as_bytes())
            if message.kind == "digest" and message.html and _is_newest(directory, message):
                _write(directory / _LATEST, message.html.encode(), at=message.at)
        except OSError as e:
            raise DeliveryError(f"{e.filename or directory}: {e.strerror or e}") from e

    return send


def _path(directory: Path, message: Message) -> Path:
    """Where `message` belongs: a repeat goes where it went before, whatever its time is now."""
    name = _name(message.key)
    before = next(directory.glob(f"*-{name}.eml"), None)
    return before or directory / f"{_moment(message.at):%Y%m%dT%H%M%SZ}-{name}.eml"


def _name(key: str) -> str:
    """Readable and, thanks to the hash, its own for each key."""
    slug = _UNSAFE.sub("-", key.lower()).strip("-")[:80].rstrip("-")
    return f"{slug}-{hashlib.sha256(key.encode()).hexdigest()[:10]}"


def _is_newest(directory: Path, message: Message) -> bool:
    """A digest that was stuck for a day must not replace the one of today."""
    try:
        shown = (directory / _LATEST).stat().st_mtime
    except FileNotFoundError:
        return True
    return message.at is None or message.at.timestamp() >= shown


def _moment(at: datetime | None) -> datetime:
    return at.astimezone(UTC) if at is not None else datetime(1970, 1, 1, tzinfo=UTC)


def _write(path: Path, data: bytes, *, at: datetime | None = None) -> None:
    """All of `data` or nothing, also after a power cut; `at` becomes the time of the file."""
    draft = path.with_name(f".{path.name}.part")
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    if at is not None:
        os.utime(draft, (at.timestamp(), at.timestamp()))
    draft.replace(path)
    _keep_name(path.parent)


def _keep_name(directory: Path) -> None:
    """The new name is on disk only when its directory is."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
