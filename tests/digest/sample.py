"""An invented week: countries, outlets and events that do not exist, for tests and for looking.

python -m tests.digest.sample DIRECTORY     writes the mails as files that a browser can show
"""

import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.digest.compose import compose
from monitor.digest.parts import Coverage, Digest, Finding, Past, SilentFeed
from monitor.digest.render import Frame, render
from monitor.model import (
    Change,
    DigestRun,
    Document,
    Evidence,
    Hit,
    HitEvent,
    HitState,
    Item,
    Kind,
    Origin,
    Outlet,
    Provision,
    Rule,
    Subscription,
)

SLOT = datetime(2031, 3, 20, 6, 0, tzinfo=UTC)  # a Thursday, 07:00 in Berlin
FRAME = Frame(
    sender_domain="monitor.example.org",
    maintainer="desk@example.org",
    more_command="monitor hits --provision {id} --since {date}",
)
OUTLETS = {
    outlet.id: outlet
    for outlet in (
        Outlet(id="courier", name="The Arden Courier", language="en"),
        Outlet(id="wire", name="Northern Wire", language="en"),
        Outlet(id="vestnik", name="Вестник Залесья", language="ru"),
        Outlet(id="holos", name="Голос Подолу", language="uk"),
        Outlet(id="bote", name="Der Bote", language="de"),
        Outlet(id="donghai", name="东海日报", language="zh"),
        Outlet(id="nahar", name="صحيفة المرفأ", language="ar"),
        Outlet(id="ledger", name="Harbour Ledger", language="en"),
    )
}


def provision(id: str, number: str, title: str, *, kind: Kind = Kind.PROVISION) -> Provision:
    return Provision(
        document="arden-zalesia",
        id=id,
        number=number,
        title=title,
        kind=kind,
        keywords=(Rule(text=title),),
    )


DOCUMENT = Document(
    id="arden-zalesia",
    title="Arden proposal on Zalesia and Podol",
    languages=("en", "ru", "uk", "zh", "de"),
    provisions=(
        provision("accord", "", "The proposal as such", kind=Kind.WHOLE),
        provision("sovereignty", "1", "Sovereignty of Podol is confirmed"),
        provision("army-size", "6", "The army of Podol is limited to 60,000"),
        provision("league", "7", "Podol does not join the Northern League"),
        provision("council", "13c", "Zalesia returns to the Council of Nine"),
        provision("frozen-assets", "14", "Frozen assets are invested in rebuilding"),
        provision("sanctions", "13a", "Sanctions are lifted step by step"),
        provision("elections", "25", "Elections in Podol within 100 days"),
        provision("amnesty", "26", "Full amnesty for all parties"),
        provision("deadline", "28a", "Answer expected within a week", kind=Kind.CLAIM),
        provision("corridor", "18", "Free passage of grain on the Lower Var"),
    ),
)
SUBSCRIPTION = Subscription(
    id="desk/daily",
    subscriber="desk",
    address="reader@example.org",
    zone="Europe/Berlin",
    document=DOCUMENT.id,
)
RUN = DigestRun(
    id=7,
    subscription=SUBSCRIPTION.id,
    slot=SLOT,
    window_start=SLOT - timedelta(days=1),
    window_end=SLOT,
    made_at=SLOT + timedelta(seconds=40),
)
COVERAGE = Coverage(
    new_items=182,
    feeds=43,
    feeds_answered=41,
    silent=(
        SilentFeed(
            feed="vestnik-world",
            outlet="Вестник Залесья",
            since=SLOT - timedelta(days=2, hours=1),
            reason="the server answers 403",
        ),
        SilentFeed(
            feed="ledger-shipping",
            outlet="Harbour Ledger",
            since=SLOT - timedelta(days=5, hours=3),
            reason="nothing new for longer than usual",
        ),
    ),
    undated=3,
    archived=12,
    held_back=4,
)
PAST = {
    "arden-zalesia/accord": Past(
        last=SLOT - timedelta(days=1), daily=(2, 3, 1, 0, 4, 2, 3, 5, 2, 3, 2, 4, 3, 1)
    ),
    "arden-zalesia/council": Past(
        last=SLOT - timedelta(days=12), daily=(0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 1)
    ),
    "arden-zalesia/frozen-assets": Past(
        last=SLOT - timedelta(days=1), daily=(2, 1, 0, 3, 2, 2, 1, 4, 3, 0, 2, 1, 9, 4)
    ),
    "arden-zalesia/sanctions": Past(
        last=SLOT - timedelta(days=2), daily=(1, 0, 1, 2, 0, 0, 1, 1, 0, 2, 1, 1, 1, 0)
    ),
    "arden-zalesia/elections": Past(last=SLOT - timedelta(days=1), daily=(0,) * 12 + (1, 0)),
    "arden-zalesia/army-size": Past(
        last=SLOT - timedelta(days=4), daily=(0,) * 9 + (2, 0, 0, 0, 0)
    ),
    "arden-zalesia/league": Past(last=SLOT - timedelta(days=31), daily=(0,) * 14),
    "arden-zalesia/sovereignty": Past(last=SLOT - timedelta(days=2), daily=(0,) * 11 + (1, 0, 0)),
}


def finding(
    provision: str,
    title: str,
    text: str = "",
    *,
    matched: Iterable[str] = (),
    outlet: str = "courier",
    language: str = "en",
    score: float = 1.0,
    hours: float = 12,
    story: str = "",
    id: str = "",
    url: str | None = None,
    undated: bool = False,
    change: Change = Change.FOUND,
    why: str = "",
    state: HitState = HitState.HOLDS,
) -> Finding:
    """A finding as the store would hand it over; `matched` words become its evidence."""
    id = id or f"{outlet}-{abs(hash_of(title)) % 10**8}"
    seen = SLOT - timedelta(hours=hours)
    item = Item(
        id=id,
        feed=f"{outlet}-feed",
        key=id,
        url=f"https://{outlet}.example.org/news/{id}" if url is None else url,
        outlet=outlet,
        language=language,
        title=title,
        text=text,
        published=None if undated else seen,
        first_seen=seen,
    )
    hit = Hit(
        provision=f"{DOCUMENT.id}/{provision}",
        item=id,
        item_rev=1,
        rules_version="r1",
        origin=Origin.STREAM,
        state=state,
        score=33 + 12 * score,  # 1 is barely normal, 2.7 is high
        evidence=tuple(evidence(item, matched)),
    )
    event = HitEvent(
        provision=hit.provision,
        item=id,
        item_rev=1,
        change=change,
        at=seen,
        announce=True,
        why=why,
    )
    return Finding(event=event, hit=hit, item=item, story=story or id)


def hash_of(text: str) -> int:
    """The same in every process, unlike hash()."""
    return sum(ord(char) * 31**i for i, char in enumerate(text))


def evidence(item: Item, matched: Iterable[str]) -> Iterable[Evidence]:
    for leaf in matched:
        for field in ("title", "text"):
            start = getattr(item, field).find(leaf)
            if start >= 0:
                yield Evidence(0, leaf, field, start, start + len(leaf))


def explain(hit: Hit, item: Item) -> str:
    fields = dict.fromkeys(e.field for e in hit.evidence)
    words = dict.fromkeys(e.leaf for e in hit.evidence)
    return f"{', '.join(words)} in {' and '.join(fields)}" if words else ""


_COUNCIL = (
    "The foreign ministers met behind closed doors for a second day. Two diplomats said the draft"
    " now speaks of a return of Zalesia to the Council of Nine once a ceasefire has held for"
    " ninety days, a step that three members opposed as recently as last week. The final wording"
    " is expected on Friday, after the capitals have answered."
)


def findings() -> list[Finding]:
    """A morning with something of everything."""
    long_title = (
        "Zalesia’s central bank says that frozen assets worth 180 billion crowns, most of them held"
        " in clearing houses abroad, must not be touched before the last instalment of the loan"
        " has been repaid, and threatens to sue every house that takes part"
    )
    return [
        finding(
            "council",
            "Draft lets Zalesia back into the Council of Nine after ninety days of ceasefire",
            _COUNCIL,
            matched=["return of Zalesia", "Council of Nine", "Zalesia"],
            score=3.4,
            hours=9.5,
            story="council",
        ),
        *(
            finding(
                "council",
                title,
                matched=[],
                outlet=outlet,
                language=language,
                score=2.0,
                hours=8,
                story="council",
            )
            for outlet, language, title in (
                ("wire", "en", "Council of Nine door reopens for Zalesia"),
                ("bote", "de", "Entwurf: Zalesien soll in den Rat der Neun zurückkehren"),
                ("vestnik", "ru", "Залесье может вернуться в Совет девяти"),
                ("donghai", "zh", "草案允许扎列西亚重返九国理事会"),
            )
        ),
        finding(
            "council",
            "Залесье назвало условия возвращения в Совет девяти",
            "Представитель министерства иностранных дел сообщил журналистам, что страна готова"
            " обсуждать возвращение в Совет девяти только после отмены взносов за пропущенные годы."
            " По его словам, ни одна из сторон не заинтересована в том, чтобы переговоры"
            " затянулись до осени, однако торопиться в столице тоже не намерены.",
            matched=["возвращение в Совет девяти", "Совет девяти"],
            outlet="vestnik",
            language="ru",
            score=2.8,
            hours=5,
        ),
        finding(
            "frozen-assets",
            long_title,
            "The bank published its answer late on Wednesday. It calls the plan to invest frozen"
            " assets in rebuilding “a seizure by another name”.",
            matched=["frozen assets", "invest", "rebuilding"],
            outlet="ledger",
            score=3.1,
            hours=10,
        ),
        finding(
            "frozen-assets",
            "冻结资产或用于重建波多尔",
            "据东海日报报道，多名官员表示，被冻结的资产将首先用于重建波多尔的港口和铁路，"
            "第一批项目预计在年底之前公布。谈判代表说，具体金额仍在讨论之中，"
            "各方对由谁监督这笔资金也没有达成一致。",
            matched=["冻结资产", "冻结的资产", "重建"],
            outlet="donghai",
            language="zh",
            score=2.6,
            hours=14,
        ),
        finding(
            "frozen-assets",
            "Заморожені активи: парламент Подолу вимагає гарантій",
            "Депутати наполягають, щоб заморожені активи вкладали у відбудову лише за рішенням"
            " спільної ради, в якій Подол матиме право вето.",
            matched=["заморожені активи", "відбудову"],
            outlet="holos",
            language="uk",
            score=2.2,
            hours=20,
        ),
        finding(
            "frozen-assets",
            "Draft lets Zalesia back into the Council of Nine after ninety days of ceasefire",
            _COUNCIL + " Frozen assets are the subject of an annex.",
            matched=["Frozen assets"],
            score=1.1,
            hours=9.5,
            story="council",
        ),
        finding(
            "frozen-assets",
            "أصول مجمدة: خلاف جديد حول إعادة الإعمار",
            "قال مسؤولون إن الأصول المجمدة لن تستخدم قبل توقيع الاتفاق النهائي.",
            matched=["الأصول المجمدة"],
            outlet="nahar",
            language="ar",
            score=1.9,
            hours=16,
        ),
        *(
            finding(
                "frozen-assets",
                f"Rebuilding fund: round {n} of talks on frozen assets ends without a date",
                matched=["frozen assets"],
                outlet="wire",
                score=1.5 - n / 10,
                hours=11 + n,
            )
            for n in range(1, 8)
        ),
        finding(
            "sanctions",
            "Stufenplan: Sanktionen gegen Zalesien könnten ab Herbst fallen",
            "Ein Sprecher nannte den Herbst als frühesten Zeitpunkt, zu dem die ersten Sanktionen"
            " aufgehoben werden könnten; den Anfang mache der Handel mit Dünger.",
            matched=["Sanktionen", "aufgehoben"],
            outlet="bote",
            language="de",
            score=2.0,
            hours=30,
            change=Change.UPDATED,
            why="title changed, “im Sommer” became “ab Herbst”",
        ),
        finding(
            "elections",
            "Podol’s election office: 100 days are “possible, but only just”",
            matched=["election", "100 days"],
            outlet="courier",
            score=1.4,
            hours=2,
            undated=True,
        ),
        finding(
            "accord",
            "Draft lets Zalesia back into the Council of Nine after ninety days of ceasefire",
            _COUNCIL,
            score=1.0,
            hours=9.5,
            story="council",
        ),
        finding(
            "accord",
            "What the Arden proposal says, clause by clause",
            "A reader’s guide to the proposal: what is new, what is old, and what nobody has"
            " explained so far.",
            matched=["Arden proposal", "proposal"],
            outlet="ledger",
            score=1.6,
            hours=21,
        ),
        finding(
            "army-size",
            "Army limit dropped from the draft, says spokesman",
            score=2.0,
            state=HitState.WITHDRAWN,
        ),
    ]


def sample(**changes: object) -> Digest:
    """The digest of that morning; `changes` replace arguments of `compose`."""
    arguments: dict[str, object] = {
        "run": RUN,
        "subscription": SUBSCRIPTION,
        "document": DOCUMENT,
        "findings": findings(),
        "outlets": OUTLETS,
        "past": PAST,
        "coverage": COVERAGE,
        "explain": explain,
    } | changes
    return compose(**arguments)  # type: ignore[arg-type]


def empty() -> Digest:
    """A morning on which nothing hit, and the machine had slept over two others."""
    missed = (SLOT - timedelta(days=2), SLOT - timedelta(days=1))
    run = replace(RUN, missed=missed, made_at=SLOT + timedelta(hours=3, minutes=12))
    return sample(findings=[], run=run)


def main(directory: Path) -> None:
    for name, digest in (("rich", sample()), ("empty", empty())):
        message = render(digest, frame=FRAME)
        (directory / f"{name}.html").write_text(message.html, encoding="utf-8")
        (directory / f"{name}.txt").write_text(message.text, encoding="utf-8")
        print(message.subject, len(message.html.encode()), dict(message.headers), sep="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
