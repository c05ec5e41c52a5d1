"""Papers that change at every poll and keep books on what they showed. One seed, one history.

    with Server() as server:
        room = Newsroom(server, papers=200, seed=1)
        ... poll room.feeds ...
        room.expected()      # {(paper, mark): (title, text)} of every report ever shown

A paper goes on to its next edition when it is asked with the validator of the current one, which
nobody has who did not take that one in; until then it says the same again. So a run that is killed
a hundred times is shown the same bytes as one that is not. Between two editions it may show trouble
(a login page, nothing, half of the next edition), under a validator that must never come back.

The books do not know of keys, links and guids: each report has a mark, a word that stands in its
text and nowhere else.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from random import Random
from threading import Lock

from tests.feeds.server import Reply, Request, Server
from tests.world import START, entry, rss

EDITIONS = 6
LISTED = 7  #: reports that an edition holds at most
SYLLABLES = ("ba", "ce", "di", "fo", "gu", "ha", "ki", "lo", "mu", "ne")
WORDS = [a + b + c for a in SYLLABLES for b in SYLLABLES for c in ("lar", "min", "tov", "sek")]
LEADS = (
    "Port strike looms in",
    "Dock walkout spreads to",
    "Storm batters the old port of",
    "Wine tasters greet the port strike of",
    "Cats win the show in",
    "Quiet day at the market of",
)
HABITS = (
    "plain",
    "changes every guid at every edition",
    "one guid for all",
    "one guid, one report at a time",
    "no guids",
    "no dates",
    "dates of next year",
    "lists each report twice",
)
TROUBLES = {
    "error page": Reply(500, body=b"<html>Internal error</html>", headers={"ETag": '"trouble"'}),
    "page": Reply(body=b"<html><title>News</title></html>", headers={"ETag": '"trouble"'}),
    "login": Reply(
        body=b"<!doctype html><title>Log in</title><input type=password>",
        headers={"ETag": '"trouble"', "Content-Type": "application/rss+xml"},
    ),
    "empty": Reply(body=b"", headers={"ETag": '"trouble"'}),
    "hangs up": Reply(raw=b'HTTP/1.1 200 OK\r\nETag: "trouble"\r\nContent-Length: 99\r\n\r\n<rss'),
    "garbage": Reply(raw=b"\x00\x01\x02"),
}


@dataclass(frozen=True)
class Report:
    mark: str
    title: str
    text: str
    guid: str
    link: str
    at: datetime | None


@dataclass
class Paper:
    """One feed: its editions, and how far its reader has come."""

    name: str
    habit: str
    editions: list[list[Report]]
    troubles: dict[int, str]  #: shown once before that edition
    number: int = 0  #: of the edition that is on sale
    settled: bool = False  #: its last edition was taken in
    wrong: list[str] = field(default_factory=list)  #: validators that nobody should have sent
    asked: int = 0

    def etag(self, number: int) -> str:
        return f'"{self.name}-{number}"'

    def answer(self, request: Request) -> Reply:
        self.asked += 1
        said = request.headers.get("if-none-match")
        if said not in (None, *map(self.etag, range(len(self.editions)))):
            self.wrong.append(said)
        if said == self.etag(self.number):
            if self.number + 1 == len(self.editions):
                self.settled = True
                return Reply(304)
            self.number += 1
        trouble = self.troubles.pop(self.number, "")
        return self._half() if trouble == "half" else TROUBLES.get(trouble) or self._edition()

    def _edition(self) -> Reply:
        return Reply(body=self._body(), headers={"ETag": self.etag(self.number)})

    def _half(self) -> Reply:
        body = self._body()
        return Reply(body=body[: len(body) * 2 // 3], headers={"ETag": '"trouble"'})

    def _body(self) -> bytes:
        return rss(*self._entries(self.editions[self.number]))

    def _entries(self, reports: list[Report]) -> Iterator[str]:
        for r in reports:
            yield entry(r.guid, r.title, r.text, at=r.at, link=r.link)
            if self.habit == HABITS[-1]:
                tracked = f"{r.link}?utm_source=feed"
                yield entry(f"{r.guid}-again", r.title, r.text, at=r.at, link=tracked)


class Newsroom:
    """All papers, on sale at `server`."""

    def __init__(
        self,
        server: Server,
        *,
        papers: int,
        seed: int,
        editions: int = EDITIONS,
        halves: bool = True,
    ) -> None:
        self._lock = Lock()
        kinds = [*TROUBLES, *(["half"] if halves else [])]
        self.papers = [
            _paper(f"p{n}", Random(f"{seed}/{n}"), n, editions, kinds) for n in range(papers)
        ]
        self.feeds = {
            p.name: server.answers(f"/{p.name}", partial(self._answer, p)) for p in self.papers
        }

    def _answer(self, paper: Paper, request: Request) -> Reply:
        with self._lock:
            return paper.answer(request)

    @property
    def settled(self) -> bool:
        """Was every last edition taken in?"""
        return all(p.settled for p in self.papers)

    @property
    def wrong(self) -> list[str]:
        """Validators that came back and belong to nothing that could be taken in."""
        return [said for p in self.papers for said in p.wrong]

    def expected(self) -> dict[tuple[str, str], tuple[str, str]]:
        """Every report that was on sale in a whole edition, as it was last."""
        return {
            (p.name, r.mark): (r.title, r.text)
            for p in self.papers
            for edition in p.editions[: p.number + 1]
            for r in edition
        }


def _paper(name: str, rng: Random, number: int, editions: int, kinds: list[str]) -> Paper:
    habit = HABITS[number % len(HABITS)]
    pages: list[list[Report]] = []
    marks = (f"{name}m{n}x" for n in range(10_000))
    for n in range(editions):
        pages.append(_edition(pages[-1] if pages else [], n, rng, habit, marks))
    troubles = {n: rng.choice(kinds) for n in range(editions) if rng.random() < 0.4}
    return Paper(name, habit, pages, troubles)


def _edition(
    before: list[Report], n: int, rng: Random, habit: str, marks: Iterator[str]
) -> list[Report]:
    """New ones in front, old ones edited, the oldest gone."""
    new = [_report(next(marks), n, rng, habit) for _ in range(rng.randint(1, 3))]
    if habit == HABITS[3]:
        return new[:1]
    if habit == HABITS[2] and n and n % 3 == 0:  # a day on which the whole list is one report
        return new[:1]
    return [*new, *(_later(r, n, rng, habit) for r in before)][:LISTED]


def _report(mark: str, n: int, rng: Random, habit: str) -> Report:
    # the first edition is history; what comes later is news by coming
    at: datetime | None = START + timedelta(days=-3 if n == 0 else 0, minutes=rng.randint(-600, 0))
    if habit == "no dates":
        at = None
    if habit == "dates of next year":
        at = START + timedelta(days=400)
    words = " ".join(rng.choices(WORDS, k=rng.randint(15, 30)))
    guid = {"one guid for all": "guid", HABITS[3]: "guid", "no guids": ""}.get(habit, f"g-{mark}")
    title = f"{rng.choice(LEADS)} {rng.choice(WORDS)} {rng.choice(WORDS)} {rng.randint(2, 99)}"
    return Report(mark, title, f"{mark} {words}", guid, f"https://wire.example/{mark}", at)


def _later(report: Report, n: int, rng: Random, habit: str) -> Report:
    """What the next edition makes of it."""
    if habit == HABITS[1]:
        report = replace(report, guid=f"g-{report.mark}-{n}")
    match rng.randint(0, 4):
        case 0:
            place = " ".join(report.title.split()[-3:])
            return replace(report, title=f"{rng.choice(LEADS)} {place}")
        case 1:
            return replace(report, text=f"{report.text} {rng.choice(WORDS)}")
    return report
