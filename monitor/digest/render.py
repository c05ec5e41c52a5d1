"""Digest to mail. Pure: same digest, same bytes.

The HTML stays under `LIMIT`, whatever is in the digest: mail programs cut what is longer, and with
it the last provisions. Stories go first, then snippets and bars, whole provisions only at last;
each time the mail says how many are not shown.
"""

import hashlib
import re
from collections.abc import Iterator
from datetime import UTC

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from monitor.digest.compose import bare, trimmed
from monitor.digest.parts import Digest
from monitor.digest.phrases import language
from monitor.digest.snippet import clipped
from monitor.digest.view import Frame, View, plain, starred, wrapped
from monitor.model import Message
from monitor.text import squeeze

__all__ = ["Frame", "render"]

LIMIT = 90_000  #: bytes; the strictest of the large mail services cuts at 102 kB
SUBJECT = 130  #: characters

_jinja = Environment(
    loader=PackageLoader("monitor.digest"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_jinja.filters |= {"plain": plain, "starred": starred, "wrapped": wrapped}


def render(digest: Digest, *, frame: Frame) -> Message:
    """`digest` as one message, as text and as HTML."""
    view, html = _fitting(digest, frame)
    key = _key(digest)
    return Message(
        key=key,
        kind="digest",
        to=digest.subscription.address,
        subject=_subject(digest, frame),
        text=_text(view),
        html=html,
        headers=_headers(view, key),
        at=digest.run.made_at,
    )


def _text(view: View) -> str:
    text = _jinja.get_template("digest.txt").render(view=view, digest=view.digest)
    return text.replace("\xa0", " ").strip("\n") + "\n"


def _fitting(digest: Digest, frame: Frame) -> tuple[View, str]:
    """The fullest version of `digest` whose HTML is short enough."""
    words = language(digest.subscription.frame)
    view = View(digest, words, frame)
    for version in _versions(digest):
        view = View(version, words, frame)
        if html := _html(view):
            return view, html
    return (
        view,
        "",
    )  # cannot be: the shortest version has a bounded length; text alone is a mail too


def _html(view: View) -> str:
    """The HTML, or "" as soon as it is known to be too long."""
    pieces, size = [], 0
    for piece in _jinja.get_template("digest.html").generate(view=view, digest=view.digest):
        size += len(piece.encode())
        if size >= LIMIT:
            return ""
        pieces.append(piece)
    return "".join(pieces)


def _versions(digest: Digest) -> Iterator[Digest]:
    """`digest`, and ever shorter versions of it."""
    yield digest
    for top in (5, 3, 2, 1):
        yield trimmed(digest, top=top)
    yield bare(trimmed(digest, top=1))
    for sections in (80, 40, 20, 10, 5, 1):
        yield bare(trimmed(digest, top=1, sections=sections))


def _key(digest: Digest) -> str:
    slot = digest.run.slot.astimezone(UTC).isoformat()
    return f"digest:{digest.subscription.id}:{slot}:{digest.subscription.address}"


def _subject(digest: Digest, frame: Frame) -> str:
    """The day, and as much of what moved as there is room for."""
    view = View(digest, language(digest.subscription.frame), frame)
    news = _news(view) if digest.sections else _no_news(view)
    subject = view.say("subject", day=view.words.day(digest.day), news=" · ".join(news))
    return clipped(squeeze(subject), SUBJECT)


def _news(view: View) -> list[str]:
    """The strongest news first, how many provisions have none last."""
    quiet = len(view.digest.quiet)
    tail = [view.say("subject_quiet", quiet)] if quiet else []
    room = SUBJECT - len(view.words.day(view.digest.day)) - sum(map(len, tail)) - 5
    fitting: list[str] = []
    for piece in view.news:
        room -= len(piece) + 3
        if fitting and room < 0:
            break
        fitting.append(piece)
    return fitting + tail


def _no_news(view: View) -> list[str]:
    """Quiet and broken must look different, already in the inbox."""
    coverage = view.digest.coverage
    deaf = coverage.feeds - coverage.feeds_answered
    return [
        view.say("subject_empty", document=view.title),
        *([view.say("subject_deaf", deaf)] if deaf > 0 else []),
    ]


def _headers(view: View, key: str) -> dict[str, str]:
    domain = view.frame.sender_domain
    subscription = re.sub(r"[^A-Za-z0-9]+", "-", view.digest.subscription.id).strip("-")
    headers = {
        "Message-ID": f"<digest.{hashlib.sha256(key.encode()).hexdigest()[:32]}@{domain}>",
        "List-Id": f"<{subscription[:80]}.{domain}>",
        "Auto-Submitted": "auto-generated",
    }
    if view.unsubscribe:
        headers["List-Unsubscribe"] = f"<{view.unsubscribe}>"
    return {name: squeeze(value) for name, value in headers.items()}
