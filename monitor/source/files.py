"""The text of one file. The only module here that opens files.

What cannot be read as text, or is too large to be one that a person wrote, is a ConfigError.
"""

import re
from pathlib import Path

from monitor.errors import ConfigError, Problem

MAX_BYTES = 5_000_000

# an escape in quotes can make what neither a database nor a mail takes
_UNSTORABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def text_of(path: Path) -> str:
    """The text of a small file, without a byte order mark; line ends are made `\\n`.

    Raises:
        ConfigError: there is no such text.
    """
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise _refused(path, "there is no such file") from None
    except OSError as e:
        raise _refused(path, f"cannot be read: {e.strerror}") from None
    if len(raw) > MAX_BYTES:
        raise _refused(path, f"is larger than {MAX_BYTES // 1_000_000} MB", "split it")
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as e:
        line = raw.count(b"\n", 0, e.start) + 1
        raise _refused(path, "is not UTF-8 text", "save it as UTF-8", line=line) from None


def _refused(path: Path, reason: str, hint: str = "", *, line: int = 0) -> ConfigError:
    return ConfigError([Problem(file=str(path), line=line, reason=reason, hint=hint)])


def unstorable(text: str) -> str:
    """Why `text` cannot be kept; "" if it can."""
    found = _UNSTORABLE.search(text)
    return f"holds the character U+{ord(found[0]):04X}, which cannot be stored" if found else ""
