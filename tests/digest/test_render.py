import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.digest.parts import Coverage, Digest, Past, SilentFeed
from monitor.digest.phrases import ENGLISH, language
from monitor.digest.render import LIMIT, SUBJECT, Frame, render
from monitor.model import Change, Kind, Message
from tests.digest.page import read
from tests.digest.sample import (
    COVERAGE,
    DOCUMENT,
    FRAME,
    PAST,
    RUN,
    SLOT,
    SUBSCRIPTION,
    empty,
    finding,
    findings,
    provision,
    sample,
)

GOLDEN = Path(__file__).parent / "golden"


def mail(digest: Digest, frame: Frame = FRAME) -> Message:
    return render(digest, frame=frame)


@pytest.mark.parametrize(("name", "digest"), [("rich", sample()), ("empty", empty())])
def test_the_text_is_the_one_a_person_has_read_and_liked(name: str, digest: Digest) -> None:
    # to accept a change: python -m tests.digest.sample DIRECTORY, read the .txt and copy it here
    assert mail(digest).text == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")


def test_the_same_digest_gives_the_same_bytes() -> None:
    assert mail(sample(findings=findings()[::-1])) == mail(sample())


def test_the_subject_says_day_and_what_moved() -> None:
    assert mail(sample()).subject == (
        "Thu 20 Mar: Zalesia returns to the Council…: first coverage in 11 days"
        " · Frozen assets are invested in…: 12 stories · 6 quiet"
    )


def test_the_day_of_the_subject_is_the_readers() -> None:
    tokyo = replace(SUBSCRIPTION, zone="Asia/Tokyo")
    run = replace(RUN, slot=SLOT.replace(hour=22))

    assert mail(sample(run=run, subscription=tokyo)).subject.startswith("Fri 21 Mar: ")


def test_quiet_and_broken_look_different_in_the_inbox() -> None:
    well = replace(COVERAGE, feeds_answered=43)

    assert mail(sample(findings=[], coverage=well)).subject == (
        "Thu 20 Mar: nothing new on Arden proposal on Zalesia and Podol"
    )
    assert mail(empty()).subject.endswith("· 2 feeds did not answer")


def test_the_key_is_of_subscription_slot_and_address() -> None:
    message = mail(sample())

    assert message.key == "digest:desk/daily:2031-03-20T06:00:00+00:00:reader@example.org"
    assert (message.kind, message.to, message.at) == ("digest", "reader@example.org", RUN.made_at)


def test_headers() -> None:
    headers = dict(mail(sample()).headers)

    assert re.fullmatch(r"<digest\.[0-9a-f]{32}@monitor\.example\.org>", headers.pop("Message-ID"))
    assert headers == {
        "List-Id": "<desk-daily.monitor.example.org>",
        "List-Unsubscribe": "<mailto:desk@example.org?subject=unsubscribe%20desk%2Fdaily>",
        "Auto-Submitted": "auto-generated",
    }


def test_message_id_stays_when_the_digest_is_made_again_and_changes_with_the_slot() -> None:
    def message_id(run: object) -> str:
        return mail(sample(run=run)).headers["Message-ID"]

    again = replace(RUN, id=8, made_at=SLOT + timedelta(hours=2))
    assert message_id(again) == message_id(RUN)
    assert message_id(replace(RUN, slot=SLOT + timedelta(days=1))) != message_id(RUN)


def test_without_a_maintainer_there_is_no_unsubscribe_that_nobody_reads() -> None:
    message = mail(sample(), Frame(sender_domain="monitor.example.org"))

    assert "List-Unsubscribe" not in message.headers
    assert "nsubscribe" not in message.text + message.html
    assert "and 4 more" in message.text
    assert "monitor hits" not in message.text


def test_links_to_the_monitor_only_where_it_has_a_page() -> None:
    page = "https://monitor.example.org/"

    assert page not in mail(sample()).html
    assert page in read(mail(sample(), replace(FRAME, public_url=page)).html).links


def test_the_command_begins_on_the_earlier_of_two_days() -> None:
    tokyo = replace(SUBSCRIPTION, zone="Asia/Tokyo")  # there the window begins a day later
    run = replace(RUN, window_start=SLOT.replace(day=18, hour=22))

    text = mail(sample(run=run, subscription=tokyo)).text

    assert "monitor hits --provision frozen-assets --since 2031-03-18" in text


@pytest.mark.parametrize(
    ("hours", "undated", "when"),
    [
        (2, False, "05:00"),
        (2, True, "seen 05:00"),
        (8, False, "Wed 23:00"),
        (24 * 6, False, "Fri 07:00"),
        (24 * 7, False, "Thu 13 Mar"),
        (24 * 90, False, "20 Dec 2030"),
        (-24, False, "Fri 21 Mar"),
    ],
)
def test_the_time_of_a_story(hours: int, undated: bool, when: str) -> None:
    found = finding("league", "t", hours=hours, undated=undated)

    assert f"The Arden Courier · en · {when}\n" in mail(sample(findings=[found])).text


def test_an_update_says_what_changed() -> None:
    page = read(mail(sample()).html)

    assert "Update: title changed, “im Sommer” became “ab Herbst”" in page.text


def test_text_of_other_directions_is_set_apart() -> None:
    html = mail(sample()).html

    assert '<p lang="ar" dir="rtl" style="text-align:right;' in html
    assert '<p lang="uk" dir="ltr"' in html
    unknown = mail(sample(findings=[finding("league", "t", language="")])).html
    assert '<p lang="" dir="auto"' in unknown


def test_late_mails_say_so_and_list_what_they_stand_for() -> None:
    text = " ".join(mail(empty()).text.split())

    assert "This mail is late: it was due Thu 20 Mar, 07:00 and was made Thu 20 Mar, 10:12." in text
    assert "It also stands for those of Tue 18 Mar, 07:00; Wed 19 Mar, 07:00." in text
    assert "is late" not in mail(sample()).text


def test_completeness_names_only_what_there_is() -> None:
    clean = Coverage(new_items=1204, feeds=43, feeds_answered=43)

    text = " ".join(mail(sample(findings=[], coverage=clean)).text.split())

    assert "1,204 new items from 43 of 43 feeds. -- " in text


def test_html_is_well_formed_and_has_neither_images_nor_scripts() -> None:
    for digest in (sample(), empty()):
        page = read(mail(digest).html)
        assert page.balanced
        assert page.tags <= {
            "html", "head", "meta", "title", "style", "body", "div", "table", "tr", "td",
            "p", "h1", "h2", "a", "b", "span", "code",
        }  # fmt: skip
        assert all(link.startswith(("https://", "mailto:")) for link in page.links)


HOSTILE = [
    "<script>alert(1)</script>",
    "</a></p></td></table><h1>Owned</h1>",
    "\"'><img src=x onerror=alert(1)>",
    "&lt;b&gt; &amp;amp; &#0; &notit;",
    "{{ view.frame }} {% raw %} {# #}",
    "<!-- --><![endif]--><style>*{display:none}</style>",
    "\u202egnp.exe\u202c and \u2066isolated",
    "line one\r\nBcc: everybody@example.org\r\n\r\nbody",
    "\ud800 half a character and \x00\x1b[2J",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_strangers_write_stays_text(text: str) -> None:
    plain = mail(sample(findings=[finding("league", "harmless", "harmless", id="x")]))
    found = finding("league", text, text + " and more", id="x", outlet="", language='en" x="')
    silent = SilentFeed(feed=text, outlet=text, since=SLOT, reason=text)

    message = mail(
        sample(
            findings=[found, replace(found, event=replace(found.event, why=text))],
            coverage=replace(COVERAGE, silent=(silent,)),
            explain=lambda hit, item: text,
        )
    )

    page, clean = read(message.html), read(plain.html)
    assert page.balanced
    assert page.tags <= clean.tags | {"b"}
    assert {name for name, _ in page.attributes} <= {name for name, _ in clean.attributes}
    words = [w for w in re.split("[\x00-\x20\ud800\u202c-\u2066]", text) if w.isprintable()]
    assert all(word in page.text for word in words)
    for turning in "\u202a\u202b\u202d\u202e\u2066\u2067\u2068\r\x00\x1b":
        assert turning not in message.text + message.html + message.subject
    message.html.encode()


def test_a_hostile_document_stays_text_too() -> None:
    evil = "<i>\r\nBcc: x@example.org\u202e\"'&"
    document = replace(
        DOCUMENT,
        title=evil,
        provisions=(replace(provision("league", evil, evil)), provision("q", evil, evil)),
    )

    message = mail(sample(document=document, findings=[finding("league", "t")]))

    assert read(message.html).balanced
    assert "i" not in read(message.html).tags
    assert "\n" not in message.subject


lines = st.text(max_size=40)


@given(title=lines, number=lines, name=lines, address=lines, domain=lines)
def test_no_header_ever_holds_a_line_end(
    title: str, number: str, name: str, address: str, domain: str
) -> None:
    document = replace(DOCUMENT, title=title, provisions=(provision("league", number, name),))
    subscription = replace(SUBSCRIPTION, id=title)
    frame = Frame(sender_domain=domain, maintainer=address)

    for found in ([finding("league", title)], []):
        message = mail(sample(document=document, subscription=subscription, findings=found), frame)

        for value in (message.subject, *message.headers, *message.headers.values()):
            assert not re.search("[\r\n\x00-\x1f\x85\u2028\u2029]", value)
        assert len(message.subject) <= SUBJECT


def crowd(provisions: int, stories: int, *, text: str) -> Digest:
    clauses = tuple(provision(f"p{n}", f"{n}", text) for n in range(provisions))
    return sample(
        document=replace(DOCUMENT, title=text, provisions=clauses),
        findings=[
            finding(c.id, f"{n} {text}", text, id=f"{c.id}-{n}", url="https://x.example/" + text)
            for c in clauses
            for n in range(stories)
        ],
        past={c.key: Past(last=SLOT, daily=(1000,) * 14) for c in clauses},
        coverage=replace(
            COVERAGE,
            silent=tuple(
                SilentFeed(feed=text, outlet=text, since=SLOT, reason=text) for _ in range(99)
            ),
        ),
        run=replace(RUN, missed=tuple(SLOT - timedelta(days=n) for n in range(99, 0, -1))),
        explain=lambda hit, item: text,
    )


@given(
    provisions=st.integers(1, 250),
    stories=st.integers(1, 12),
    text=st.sampled_from(
        ["short", '"' * 1200, "语" * 1200, "👩‍👩‍👧" * 300, "<b>&" * 300, "word " * 240]
    ),
)
@settings(max_examples=10, deadline=None)
def test_the_mail_is_never_cut_by_a_mail_service(provisions: int, stories: int, text: str) -> None:
    digest = crowd(provisions, stories, text=text)

    html = mail(digest).html

    assert len(html.encode()) < LIMIT
    assert read(html).balanced


def test_what_does_not_fit_is_counted() -> None:
    message = mail(crowd(30, 8, text="A headline of usual length, " * 5))

    page = read(message.html)
    assert page.text.count("and 7 more") + page.text.count("and 6 more") + page.text.count(
        "and 5 more"
    ) >= 30  # fmt: skip


def test_provisions_go_last_and_are_counted_too() -> None:
    message = mail(crowd(900, 1, text="A headline of usual length, " * 5))

    shown = message.text.count("-" * 72) - 1
    assert f"and {900 - shown} more provisions with news" in message.text
    assert shown >= 20


def test_many_quiet_provisions_are_counted() -> None:
    clauses = tuple(provision(f"p{n}", f"{n}", f"Clause {n}") for n in range(100))
    digest = sample(
        document=replace(DOCUMENT, provisions=clauses), findings=[finding("p0", "t")], past=PAST
    )

    assert "59 Clause 59 · 60 Clause 60 and 39 more" in " ".join(mail(digest).text.split())


@pytest.mark.parametrize(
    ("title", "heading"),
    [
        ("Answer within a week", "28a Answer within a week (claim)"),
        ("Claim: they will not answer", "28a Claim: they will not answer"),
    ],
)
def test_a_claim_is_called_so_once(title: str, heading: str) -> None:
    clauses = (provision("deadline", "28a", title, kind=Kind.CLAIM),)
    digest = sample(
        document=replace(DOCUMENT, provisions=clauses), findings=[finding("deadline", "t")]
    )

    assert heading in mail(digest).text.splitlines()


def test_a_language_without_translation_speaks_english() -> None:
    assert language("xx") is ENGLISH


@pytest.mark.parametrize(
    ("phrase", "n", "said"),
    [
        ("stories", 1, "1 story"),
        ("stories", 0, "0 stories"),
        ("stories", 2, "2 stories"),
        ("archived", 1, "1 older one archived only"),
        ("undated", 1, "1 undated (dated by arrival)"),
    ],
)
def test_plural_forms(phrase: str, n: int, said: str) -> None:
    assert ENGLISH.say(phrase, n) == said


def test_every_phrase_is_used_and_every_used_phrase_exists() -> None:
    folder = Path(__file__).parents[2] / "monitor" / "digest"
    source = "".join(
        path.read_text(encoding="utf-8")
        for path in [*folder.glob("*.py"), *folder.glob("templates/*")]
        if path.name != "phrases.py"
    ) + (folder / "phrases.py").read_text(encoding="utf-8").split("ENGLISH = ")[0]  # fmt: skip

    assert [name for name in ENGLISH.phrases if not re.search(f"[\"']{name}[\"']", source)] == []


def test_a_mail_that_cannot_be_short_is_text_alone() -> None:
    endless = provision("x" * LIMIT, "1", "A clause")
    news = [finding(endless.id, f"t{n}") for n in range(9)]

    message = mail(sample(document=replace(DOCUMENT, provisions=(endless,)), findings=news))

    assert message.html == ""
    assert "A clause" in message.text


@pytest.mark.parametrize(
    ("last", "change"),
    [(None, "first coverage · 1 story"), (20, "first coverage in 20 days · 1 story")],
)
def test_what_moved_says_how_long_there_was_nothing(last: int | None, change: str) -> None:
    before = SLOT - timedelta(days=last) if last else None
    past = PAST | {"arden-zalesia/league": Past(last=before)}

    text = mail(sample(findings=[finding("league", "t", hours=1)], past=past)).text

    assert f"- 7 Podol does not join the Northern League\n  {change}\n" in text


def test_a_hit_that_holds_again_says_so() -> None:
    found = finding("league", "t", change=Change.RESTORED, why="the text came back")

    assert "Holds again: the text came back" in mail(sample(findings=[found])).text


def test_an_item_without_a_headline_or_a_link_can_be_read() -> None:
    found = finding("league", "", "Only a text.", url="ftp://x.example/", id="i")

    message = mail(sample(findings=[found]))

    assert "* (no headline)\n" in message.text
    assert "(no headline)" in read(message.html).text
    assert "ftp:" not in message.text + message.html
