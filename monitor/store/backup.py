"""A consistent copy of a SQLite database, made by SQLite itself while others read and write."""

import gzip
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import make_url


class BadCopy(Exception):
    """SQLite found the copy damaged; the message is what it said."""


def database_file(url: str) -> Path | None:
    """The file of the database at `url`; None where a server keeps it."""
    address = make_url(url)
    name = address.database
    return Path(name) if address.get_backend_name() == "sqlite" and name else None


def without_password(url: str) -> str:
    """`url` as it may be shown."""
    return make_url(url)._replace(password=None).render_as_string()  # set() takes no None


def copy_database(source: Path, target: Path) -> None:
    """Copy `source` to `target`, which only we may read; checked before it is there.

    A `target` that ends in .gz is packed.

    Raises:
        FileExistsError: `target` exists; it stays as it is.
        BadCopy: the copy is damaged, so the database is.
        OSError, sqlite3.Error: it cannot be read or written.
    """
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))  # the name is ours now
    part = target.with_name(f".{target.name}.part")
    try:
        _private(part)
        _copy(source, part)
        if target.suffix == ".gz":
            part = _packed(part)
        os.replace(part, target)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    finally:
        part.unlink(missing_ok=True)


def _copy(source: Path, target: Path) -> None:
    """In one step: with pages in between, each write to the source would begin it anew."""
    address = f"{source.absolute().as_uri()}?mode=ro"
    with (
        closing(sqlite3.connect(address, uri=True)) as old,
        closing(sqlite3.connect(target)) as new,
    ):
        old.backup(new)
        new.execute("PRAGMA journal_mode = DELETE")  # one file, no -wal beside it
        found = [row[0] for row in new.execute("PRAGMA integrity_check(5)")]
    if found != ["ok"]:
        raise BadCopy("; ".join(found))


def _packed(part: Path) -> Path:
    packed = part.with_name(f"{part.name}.gz")
    try:
        _private(packed)
        with part.open("rb") as plain, gzip.open(packed, "wb", compresslevel=6) as stream:
            shutil.copyfileobj(plain, stream, 1 << 20)
    except BaseException:
        packed.unlink(missing_ok=True)
        raise
    finally:
        part.unlink()
    return packed


def _private(path: Path) -> None:
    """An empty file that only its owner may read."""
    os.close(os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))
    path.chmod(0o600)  # it may have been there, from a copy that was killed
