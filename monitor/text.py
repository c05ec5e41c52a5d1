"""Plain text out of what feeds call text. Pure.

An item's title and text are made here once and stored; spans of evidence count their code points.
"""

import re
from html import unescape

import nh3

# html5ever joins the words of neighbouring blocks; a space before each block tag keeps them apart
_BLOCK = re.compile(
    r"<(?=/?(?:p|div|br|hr|li|ul|ol|dl|dt|dd|tr|td|th|table|h[1-6]|blockquote|pre|section|article"
    r"|header|footer|figure|figcaption|img|iframe)\b)",
    re.IGNORECASE,
)
# Soft hyphen, zero-width space, word joiner, BOM; bidi overrides could turn a headline around in
# a mail. ZWNJ and ZWJ stay: Persian and emoji need them.
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff\u202a-\u202e\u2066-\u2069]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]")


def plain(html: str) -> str:
    """`html` without tags, entities decoded once, no invisible characters, white space squeezed."""
    if "<" in html or "&" in html:
        html = unescape(nh3.clean(_BLOCK.sub(" <", _storable(html)), tags=set(), attributes={}))
    return squeeze(html)


def squeeze(text: str) -> str:
    """One line without control or invisible characters."""
    return " ".join(_CONTROL.sub(" ", _INVISIBLE.sub("", text)).split())


def _storable(text: str) -> str:
    """Rust takes no lone surrogates, and neither does UTF-8."""
    return re.sub("[\ud800-\udfff]", "\ufffd", text)
