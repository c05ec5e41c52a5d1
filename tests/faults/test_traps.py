"""Traps that others have stepped into, each from the bytes of a feed to the mail.

Where a trap had its test already, that one counts:

| trap | test |
| --- | --- |
| 1 words, codes, Chinese, marks | here; `matching/test_matching.py` |
| 2 an exclude is of its own provision | `jobs/test_poll.py::test_an_exclude_holds_back_a_hit_...` |
| 3 an invalid rule stops the start | here; `matching/test_check.py`, `test_stopping.py` |
| 4 mail server down, kill before the commit | `faults/test_mail.py`, `crash/test_kill.py`, |
|  | `faults/test_kill_at_random.py` |
| 5 asleep, clock changes, unknown zone | `faults/test_clock.py`, `config/test_mistakes.py` |
| 6 captcha, one guid, changed guid, one wire | here; `jobs/test_poll.py`, |
|  | `faults/test_changing_feeds.py` |
| 7 500 items, undated, future date | here; `jobs/test_poll.py` |
| 8 a silent feed is reported | in each digest: `digest/test_render.py`; a 304 ends a failure, |
|  | on purpose: `feeds/test_schedule.py::test_not_modified_renews_...` |
| 9 a new feed's history is no news | here; `jobs/test_poll.py` |
| 10 an edited rule mails no past hits | here; how many it would add is not told yet |
| 11 an item of several provisions | `digest/test_compose.py::test_a_story_stands_in_full_...` |
| 12 size, text part, unsubscribe, date | `digest/test_render.py`; one click waits for web pages |
|  | nobody sees another: `faults/test_mail.py` |
| 13 no model | there is none in the first release |
| 14 old files, migration, backup | `config/test_mistakes.py`, `store/test_migrations.py` |
| 15 the scheduler, and a sweep of our own | here; `jobs/test_digest.py` |
"""

import asyncio
import re
from datetime import timedelta
from types import SimpleNamespace

import pytest

from monitor import service
from monitor.errors import ConfigError
from monitor.jobs.check import load
from monitor.jobs.reload import apply
from tests.feeds.server import Server
from tests.world import SEED, START, a_world, entry, rss, write_files

RULE = """\
id: treaty
title: Harbour treaty
languages: [en, zh]
provisions:
  - id: clause
    title: The clause
    keywords: ['{rule}']
"""


@pytest.fixture
def server():
    with Server() as running:
        yield running


@pytest.fixture
def world(tmp_path, server):
    with a_world(tmp_path, {"wire": server.url("/wire")}) as made:
        yield made


def says(world, server, *entries, path="/wire", hours=2):
    """A new body, polled; time passes."""
    server.says(path, body=rss(*entries))
    world.clock.pass_(hours=hours)
    return world.poll()


@pytest.mark.parametrize(
    ("rule", "title", "hits"),
    [
        pytest.param("ai", "Training of dockers begins", 0, id="ai is not in training"),
        pytest.param("ai", "AI reads the tide tables", 1, id="ai in capitals"),
        pytest.param("UN", "Comme un port en hiver", 0, id="UN is not un"),
        pytest.param("UN", "UN votes on the harbour", 1, id="UN"),
        pytest.param("US", "They told us nothing", 0, id="US is not us"),
        pytest.param("US", "US sends ships", 1, id="US"),
        pytest.param("NO", "In no harbour, no way in", 0, id="NO is not no"),
        pytest.param("ceasefire", "Cease-fire holds", 1, id="hyphen"),
        pytest.param("ceasefire", "Cease fire holds", 1, id="space"),
        pytest.param("cease-fire", "Ceasefires hold", 1, id="solid, plural"),
        pytest.param("ceasefire", "Cease&#8209;fire holds", 1, id="non-breaking hyphen"),
        pytest.param("ceasefire", "Cease&amp;shy;fire holds", 1, id="soft hyphen as an entity"),
        pytest.param("harbour", "The har&#173;bour is open", 1, id="soft hyphen"),
        pytest.param("制裁", "取消对俄制裁措施", 1, id="Chinese inside a run"),
        pytest.param("café", "Cafe&#769; at the pier", 1, id="decomposed"),
        pytest.param("café", "Caf&amp;eacute; at the pier", 1, id="entity of HTML"),
        pytest.param("docker", "The docker&#8217;s dog", 1, id="curly quote"),
        pytest.param("strong", "Write &amp;lt;strong&amp;gt; for bold", 1, id="decoded once"),
        pytest.param("strong", "A &lt;strong&gt;calm&lt;/strong&gt; sea", 0, id="a tag is no word"),
    ],
)  # fmt: skip
def test_trap_1_words_are_found_as_a_reader_would(tmp_path, server, rule, title, hits):
    body = rss(entry("1", "TITLE")).replace(b"TITLE", title.encode())
    server.says("/wire", body=body)
    with a_world(tmp_path, {"wire": server.url("/wire")}, seed=RULE.format(rule=rule)) as world:
        assert world.poll().hits == hits


def test_trap_3_an_invalid_rule_stops_the_start_with_file_line_and_reason(tmp_path):
    config = write_files(tmp_path, {}, seed=SEED.replace("dock walkout", "dock AND"))

    with pytest.raises(ConfigError) as caught:
        load(config, {})

    [problem] = caught.value.problems
    assert problem.file.endswith("treaty.yaml")
    assert (problem.line, problem.reason != "") == (7, True)


def test_trap_6_one_guid_for_everything_costs_no_report_even_one_at_a_time(world, server):
    says(world, server, entry("0", "Cats win the show"))
    for n, what in enumerate(("north gate", "south pier", "east mole")):
        title = f"Port strike at the {what}"
        text = f"{what.title()} pickets {' '.join(f'{what[0]}{n}{m}' for m in range(12))}"
        says(world, server, entry("guid", title, text, link=f"https://wire.example/{n}"))
        says(world, server, entry("guid", title, text, link=f"https://wire.example/{n}"))

    [mail] = world.morning()

    assert world.rows("SELECT count(*) FROM item") == [(4,)]
    assert [mail.text.count(f"at the {w}") for w in ("north gate", "south pier", "east mole")] == [
        1, 1, 1,
    ]  # fmt: skip


def test_trap_6_a_guid_that_changes_with_the_title_is_one_hit_shown_as_updated(world, server):
    link, text = "https://wire.example/strike", "Dockers walked out of the northern port at noon."
    says(world, server, entry("begins", "Port strike begins in the north", text, link=link))
    [first] = world.morning()
    says(world, server, entry("ends", "Port strike ends in the north", text, link=link))

    [second] = world.morning()

    assert world.rows("SELECT count(*) FROM hit") == [(1,)]
    assert ("begins" in first.text, "Port strike ends" in second.text) == (True, True)
    assert "title changed" in second.text.lower()


def test_trap_6_the_same_wire_in_four_outlets_is_one_story_with_four_names(tmp_path, server):
    papers = ("gull", "tern", "skua", "auk")
    wire = "Port strike begins in the north"
    feeds = {id_: server.says(f"/{id_}", body=rss(entry(id_, wire))) for id_ in papers}
    with a_world(tmp_path, feeds) as world:
        world.poll()
        [mail] = world.morning()

    assert mail.text.count("Port strike begins in the north") == 1
    assert re.search(r"The \w+, The \w+ \+2 ", mail.text)


def test_trap_6_a_body_cut_off_within_an_entry_brings_no_half_report(world, server):
    says(world, server, entry("0", "Cats win the show"))
    whole = rss(entry("2", "Storm closes the port"), entry("1", "Port strike begins", "At noon."))
    server.says("/wire", body=whole[: whole.index(b"At noon")], headers={"ETag": '"half"'})
    world.clock.pass_(hours=2)
    world.poll()
    half = world.rows("SELECT title FROM item ORDER BY number")
    server.says("/wire", body=whole)
    world.clock.pass_(hours=2)
    world.poll()

    assert half == [("Cats win the show",), ("Storm closes the port",)]
    assert world.rows("SELECT count(*), count(DISTINCT title) FROM item") == [(3, 3)]
    assert "if-none-match" not in server.requests[-1].headers


def test_trap_7_a_date_in_the_future_is_none_and_the_item_is_news(world, server):
    says(world, server, entry("0", "Cats win the show"))
    says(world, server, entry("1", "Port strike begins", at=START + timedelta(days=400)))

    [mail] = world.morning()

    assert world.rows("SELECT published FROM item WHERE title LIKE 'Port%'") == [(None,)]
    assert "Port strike begins" in mail.text


def test_trap_9_the_history_of_a_feed_that_is_added_is_not_mailed(world, server, tmp_path):
    says(world, server, entry("0", "Cats win the show"))
    old = [
        entry(f"o{n}", f"Port strike of day {n}", at=START - timedelta(days=n))
        for n in range(2, 30)
    ]
    new = entry("n", "Port strike begins today", at=world.clock.now)
    feeds = {"wire": server.url("/wire"), "gull": server.says("/gull", body=rss(new, *old))}
    apply(world.app, load(write_files(tmp_path, feeds), {}), now=world.clock.now)
    world.poll()

    [mail] = world.morning()

    assert world.rows("SELECT count(*) FROM hit") == [(29,)]
    assert "begins today" in mail.text
    assert "Port strike of day" not in mail.text


def test_trap_9_history_is_no_news_either_when_the_first_body_was_cut_off(world, server):
    old = [entry(f"o{n}", f"Port strike of day {n}", at=START - timedelta(days=n)) for n in (2, 3)]
    cut = rss(*old)[: -len("</item></channel></rss>")]
    server.says("/wire", body=cut)
    world.poll()
    says(world, server, *old)
    news = entry("n", "Port strike begins today", at=START - timedelta(days=9))
    says(world, server, news, *old)

    [mail] = world.morning()

    assert world.rows("SELECT count(*), sum(archived) FROM item") == [(3, 2)]
    assert ("begins today" in mail.text, "of day" in mail.text) == (True, False)


def test_trap_9_a_feed_whose_every_body_is_cut_off_brings_news_all_the_same(world, server):
    old = entry("o", "Port strike of day 2", at=None)
    for n in range(4):
        news = [entry(f"n{m}", f"Port strike at quay {m}", at=None) for m in range(n)]
        server.says("/wire", body=rss(*news, old).removesuffix(b"</channel></rss>"))
        world.clock.pass_(hours=2)
        world.poll()

    [mail] = world.morning()

    assert ["quay 2" in mail.text, "of day 2" in mail.text] == [True, False]


def test_trap_10_a_rule_that_is_edited_mails_no_past_hits(world, server, tmp_path):
    says(world, server, entry("1", "Fire in the port is out"), entry("2", "Port strike begins"))
    feeds = {"wire": server.url("/wire")}
    seed = SEED.replace("'dock walkout'", "'fire NEAR/8 port'")
    apply(world.app, load(write_files(tmp_path, feeds, seed=seed), {}), now=world.clock.now)
    says(
        world,
        server,
        entry("3", "Another fire at the old port"),
        entry("1", "Fire in the port is out"),
    )

    [mail] = world.morning()

    assert "Another fire" in mail.text
    assert "Fire in the port is out" not in mail.text
    assert mail.text.count("Port strike begins") == 1


def test_trap_15_no_job_of_the_scheduler_is_dropped_or_doubled_for_being_late(world):
    async def jobs():
        watch = SimpleNamespace(look=lambda app, *, now: None)
        async with service.polling(world.app) as fetching:
            with service._scheduled(world.app, fetching, watch, stopping=lambda: True) as made:
                found = [
                    (j.misfire_grace_time, j.coalesce, j.max_instances) for j in made.get_jobs()
                ]
            fetching.abandon()
        return found

    assert set(asyncio.run(jobs())) == {(None, True, 1)}
