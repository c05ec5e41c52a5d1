"""News that nobody wrote, the same for one seed: as long as that of blogs, in RSS and Atom.

Words are invented and as unequal as real ones, so that no rule hits by chance. One item in
`HIT_EVERY` has a headline from the shipped seeds' own examples, so that rules do hit.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from hashlib import blake2b
from itertools import accumulate
from random import Random
from xml.sax.saxutils import escape

from monitor import shipped
from monitor.documents import load_all

SEED = 28
SHOWN = 30  #: items that a feed shows
HIT_EVERY = 30
NEWEST = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)  #: when a feed's item number `SHOWN` appeared
APART = timedelta(minutes=40)
_WORDS = 20_000
_HTML_CHARACTERS = 2_600


@dataclass(frozen=True, slots=True)
class Piece:
    """One item before it is put into a format."""

    link: str
    title: str
    html: str
    at: datetime


def feed(number: int, *, newest: int = SHOWN, shown: int = SHOWN) -> bytes:
    """Feed `number` once its item `newest` has appeared; every other one is Atom."""
    pieces = [piece(number, n) for n in range(newest, newest - shown, -1)]
    return (_atom if number % 2 else _rss)(number, pieces).encode()


def content_type(number: int) -> str:
    """What its server says it is."""
    return f"application/{'atom' if number % 2 else 'rss'}+xml; charset=utf-8"


def piece(number: int, n: int) -> Piece:
    """Item `n` of feed `number`; item numbers grow with time."""
    random = Random(f"{SEED}/{number}/{n}")
    host = f"https://news{number}.example"
    headline = title(random)
    return Piece(
        link=f"{host}/{n}/{headline.lower().replace(' ', '-')[:60]}?utm_source=rss",
        title=headline,
        html="\n".join(_paragraphs(random, host)),
        at=NEWEST + (n - SHOWN) * APART,
    )


def title(random: Random) -> str:
    """A headline; one in `HIT_EVERY` is about a provision."""
    words = " ".join(some(random, 9)).capitalize()
    if random.randrange(HIT_EVERY) == 0:
        return f"{random.choice(headlines())}: {words}"
    return words


def sentence(random: Random) -> str:
    """About fourteen words."""
    return " ".join(some(random, random.randint(8, 20))).capitalize() + "."


def some(random: Random, count: int) -> list[str]:
    """`count` words."""
    words, weights = _vocabulary()
    return random.choices(words, cum_weights=weights, k=count)


@cache
def headlines() -> tuple[str, ...]:
    """What the shipped seeds say must hit."""
    documents = load_all(shipped.SEEDS)
    return tuple(rule.text for d in documents for p in d.provisions for rule in p.hits)


@cache
def _vocabulary() -> tuple[list[str], list[float]]:
    random = Random(SEED)
    words = [_word(random, 2 if rank < 500 else 4) for rank in range(_WORDS)]
    words[10:14] = ["Moscow", "Kyiv", "parliament", "café"]
    return words, list(accumulate(1 / (rank + 10) for rank in range(_WORDS)))


def _word(random: Random, most: int) -> str:
    syllables = range(random.randint(most - 1, most))
    return "".join(random.choice("bdfgklmnprstvz") + random.choice("aeiou") for _ in syllables)


def _paragraphs(random: Random, host: str) -> Iterator[str]:
    length = 0
    while length < _HTML_CHARACTERS:
        paragraph = _paragraph(random, host)
        length += len(paragraph)
        yield paragraph


def _paragraph(random: Random, host: str) -> str:
    kind = random.random()
    if kind < 0.15:
        image = f"{host}/pictures/{random.randrange(10**6)}.jpg"
        return f'<figure><img src="{image}" alt="{sentence(random)}" width="800"/></figure>'
    if kind < 0.3:
        return f"<ul><li>{sentence(random)}</li><li>{sentence(random)}</li></ul>"
    link = f'<a href="{host}/{random.randrange(9999)}?a=1&amp;b=2">{some(random, 1)[0]}</a>'
    text = " ".join(sentence(random) for _ in range(3))
    return f"<p>{text} <em>{sentence(random)}</em>&nbsp;{link} &mdash; {sentence(random)}</p>"


def _rss(number: int, pieces: list[Piece]) -> str:
    items = "".join(
        f"<item><title>{escape(p.title)}</title><link>{escape(p.link)}</link>"
        f'<guid isPermaLink="false">{_guid(p)}</guid>'
        f"<pubDate>{format_datetime(p.at)}</pubDate>"
        f"<description>{escape(p.html[:300])}</description>"
        f"<content:encoded><![CDATA[{p.html}]]></content:encoded></item>\n"
        for p in pieces
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        f"<title>News {number}</title><link>https://news{number}.example/</link>"
        f"<description>Nothing is true</description>\n{items}</channel></rss>\n"
    )


def _atom(number: int, pieces: list[Piece]) -> str:
    entries = "".join(
        f'<entry><title>{escape(p.title)}</title><link href="{escape(p.link)}"/>'
        f"<id>urn:x:{_guid(p)}</id><updated>{p.at.isoformat()}</updated>"
        f'<content type="html">{escape(p.html)}</content></entry>\n'
        for p in pieces
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<feed xmlns="http://www.w3.org/2005/Atom"><title>News {number}</title>'
        f'<id>urn:x:news{number}</id><link href="https://news{number}.example/"/>'
        f"<updated>{pieces[0].at.isoformat()}</updated>\n{entries}</feed>\n"
    )


def _guid(piece: Piece) -> str:
    return blake2b(piece.link.encode(), digest_size=8).hexdigest()
