"""Which characters the bytes of a feed are. Pure.

Declarations are wrong so often that the bytes are asked first:

1. a byte order mark
2. it reads as UTF-8: then it is, whatever is declared (UTF-16 and UTF-32 excepted)
3. what the HTTP header says
4. what the XML declaration says
5. nearly UTF-8: more good sequences than bad ones; a cut or pasted text spoils a few
6. nothing: Windows-1252, as feedparser guesses
"""

import codecs
import re

_BOMS = (  # UTF-32 before UTF-16, whose little-endian mark it begins with
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BARE_WIDE = ((b"<\0?\0", "utf-16-le"), (b"\0<\0?", "utf-16-be"))
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9_.:+-]+)["']""")
_HTTP = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9_.:+-]+)", re.IGNORECASE)
_NO_CHARSET = {  # Python's codecs that are no charsets, or take quadratic time
    "idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "utf-7", "mbcs", "oem",
}  # fmt: skip
# Every browser reads these names as their larger sisters, so every author means those
_LARGER = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "tis-620": "cp874",
}
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def decoded(body: bytes, *, content_type: str) -> tuple[str, tuple[str, ...]]:
    """(text without what XML forbids, notes about what was wrong)."""
    text, notes = _decoded(body, content_type)
    clean = _NOT_XML.sub("", text)
    if len(clean) < len(text):
        notes = (*notes, f"{len(text) - len(clean)} control characters left out")
    return clean.lstrip("\ufeff \t\r\n"), notes


def _decoded(body: bytes, content_type: str) -> tuple[str, tuple[str, ...]]:
    marked = next((name for mark, name in _BOMS + _BARE_WIDE if body.startswith(mark)), None)
    http = _HTTP.search(content_type)
    xml = _DECLARED.match(body[:1024])
    declared = [_known(m.decode("ascii")) for m in _groups(http, xml)]
    wide = any(name.startswith(("utf-16", "utf-32")) for name in declared)
    candidates = [marked, None if wide else "utf-8", *declared, "utf-8" if wide else None]
    for name in filter(None, candidates):
        text = _strictly(body, name)
        if text is not None:
            return text, _notes(name, declared)
    return _guessed(body)


def _groups(http: re.Match[str] | None, xml: re.Match[bytes] | None) -> list[bytes]:
    return ([http[1].encode("ascii")] if http else []) + ([xml[1]] if xml else [])


def _known(name: str) -> str:
    """Python's name of a charset, "" if it is none."""
    try:
        python = codecs.lookup(name).name
    except (LookupError, ValueError):
        return ""
    return "" if python in _NO_CHARSET else _LARGER.get(python, python)


def _strictly(body: bytes, name: str) -> str | None:
    try:
        return body.decode(name)
    except (UnicodeError, LookupError):  # LookupError: a codec of bytes to bytes, like "zlib"
        return None


def _notes(used: str, declared: list[str]) -> tuple[str, ...]:
    others = {name for name in declared if name and _plain(name) != _plain(used)}
    return (f"says {', '.join(sorted(others))}, is {used}",) if others else ()


def _plain(name: str) -> str:
    """Byte order is no difference: the mark says it better than the declaration."""
    return name.removesuffix("-le").removesuffix("-be").removesuffix("-sig")


def _guessed(body: bytes) -> tuple[str, tuple[str, ...]]:
    text = body.decode("utf-8", errors="replace")
    bad = text.count("\ufffd")
    good = sum(not c.isascii() for c in text) - bad
    if bad < good:
        return text, (f"{bad} places are not UTF-8",)
    return body.decode("cp1252", errors="replace"), ("charset guessed",)
