"""Archives: importing old news, and finding it again."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
from sqlalchemy import text

from monitor import store
from monitor.errors import Locked, RuleError
from monitor.jobs import indexing, shortlist
from monitor.jobs.archive import BATCH, import_archive
from monitor.jobs.archivefile import read_line
from monitor.jobs.digest import rehearse
from monitor.jobs.search import search
from monitor.jobs.sync import sync
from monitor.store import search as search_store
from tests.world import SEED, START, a_world, entry, rss

DAY = timedelta(days=1)
OLD = START - 30 * DAY
STRIKE = {
    "url": "https://old.example/strike",
    "title": "Port strikes begin",
    "summary": "Dockers walked out.",
    "published": "2025-12-06T08:30:00Z",
    "source": "The Old Paper",
    "lang": "en",
    "seen": "2025-12-06T09:00:00Z",
}
STORM = {"url": "https://old.example/storm", "title": "Storm shuts port for two days"}
WINE = {"url": "https://old.example/wine", "title": "Port strike delays wine"}


@pytest.fixture
def world(tmp_path, server):
    with a_world(tmp_path, {"wire": server.url("/wire")}) as made:
        yield made


def archive(folder, *lines, name="archive.jsonl"):
    """A file of lines: what is no text already is written as JSON."""
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path = folder / name
    path.write_text("\n".join(texts) + "\n", encoding="utf-8")
    return path


def take(world, path, **how):
    return import_archive(world.app, path, holder="the test", **how)


def items(world, columns="title"):
    found = world.rows(f"SELECT {columns} FROM item ORDER BY number")
    return [one for (one,) in found] if "," not in columns else found


def lines(count, **fields):
    """So many lines of different items, a minute apart."""
    return [
        {"title": f"Port strike number {n}", "url": f"https://old.example/{n}"}
        | {"seen": (OLD + n * timedelta(minutes=1)).isoformat()}
        | fields
        for n in range(count)
    ]


# -- what is stored ----------------------------------------------------------------------------


def test_an_archive_is_stored_and_matched(world, tmp_path):
    result = take(world, archive(tmp_path, STRIKE, STORM, WINE))

    assert (result.lines, result.items, result.hits.total(), result.held_back) == (3, 3, 2, 1)
    assert result.hits == {"treaty/strikes": 1, "treaty/storms": 1}
    assert items(world, "title, url, language, text, archived, feed")[0] == (
        "Port strikes begin",
        "https://old.example/strike",
        "en",
        "Dockers walked out.",
        1,
        "import-the-old-paper",
    )
    assert world.rows("SELECT DISTINCT origin, state FROM hit") == [("import", "holds")]


def test_nothing_of_an_archive_is_ever_announced(world, tmp_path):
    yesterday = (START - timedelta(hours=2)).isoformat()
    take(world, archive(tmp_path, STRIKE | {"seen": yesterday, "published": yesterday}))

    [mail] = world.morning()

    assert "Port strikes begin" not in mail.text
    assert world.rows("SELECT announce FROM hit_event") == [(0,)]
    assert world.rows("SELECT count(*) FROM digest_entry") == [(0,)]


def test_hits_events_and_drops_are_dated_by_when_the_item_was_seen(world, tmp_path):
    take(world, archive(tmp_path, STRIKE, WINE | {"seen": STRIKE["seen"]}))

    found = world.rows("SELECT found_at FROM hit UNION SELECT at FROM hit_event")
    dropped = world.rows("SELECT at FROM ledger WHERE kind = 'drop'")
    assert [at[:16] for (at,) in [*found, *dropped]] == ["2025-12-06 09:00"] * 2


def test_importing_a_file_again_adds_nothing(world, tmp_path):
    path = archive(tmp_path, STRIKE, STORM, {"title": "No address here"})
    take(world, path)

    again = take(world, path)

    assert (again.items, again.repeated, again.hits.total()) == (0, 3, 0)
    assert len(items(world)) == 3


def test_an_item_that_stands_twice_in_a_file_is_stored_once(world, tmp_path):
    same = STRIKE | {"source": "Another paper", "url": STRIKE["url"] + "?utm_source=x#top"}

    result = take(world, archive(tmp_path, STRIKE, same))

    assert (result.items, result.repeated) == (1, 1)


def test_without_an_address_source_title_and_date_tell_items_apart(world, tmp_path):
    one = {"title": "News in brief", "source": "Wire", "published": "2025-12-01"}
    others = [one | {"published": "2025-12-02"}, one | {"source": "Else"}, one | {"title": "Short"}]

    result = take(world, archive(tmp_path, one, *others, one))

    assert (result.items, result.repeated) == (4, 1)


def test_an_item_without_address_and_dates_is_known_again_on_another_day(world, tmp_path):
    path = archive(tmp_path, {"title": "News in brief"}, {"title": "B", "published": "2026-02-01"})
    take(world, path)
    world.clock.pass_(days=40)

    assert take(world, path).repeated == 2


def test_what_a_polled_feed_brought_is_left_alone_and_counted(world, server, tmp_path):
    server.says("/wire", body=rss(entry("1", "As the feed said it", link=STRIKE["url"])))
    world.poll()

    result = take(world, archive(tmp_path, STRIKE, STORM))

    assert (result.items, result.polled, result.repeated) == (1, 1, 0)
    assert items(world) == ["As the feed said it", "Storm shuts port for two days"]


def test_title_and_text_become_plain_text(world, tmp_path):
    odd = {"title": "Port &amp; <b>ships</b>\u200b", "summary": "<p>One</p><p>two&nbsp;</p>"}

    take(world, archive(tmp_path, odd))

    assert items(world, "title, text") == [("Port & ships", "One two")]


def test_items_are_stored_in_the_order_in_which_they_were_seen(world, tmp_path):
    newest_first = list(reversed(lines(BATCH + 3)))

    take(world, archive(tmp_path, *newest_first))

    assert items(world) == [f"Port strike number {n}" for n in range(BATCH + 3)]


def test_a_very_long_address_is_no_trouble(world, tmp_path):
    long = "https://old.example/" + "x" * 3_000
    path = archive(tmp_path, {"title": "A", "url": long}, {"title": "B", "url": long + "y"})

    assert [take(world, path).items, take(world, path).items] == [2, 0]
    assert {len(key) <= 300 for key in items(world, "key")} == {True}


@pytest.mark.parametrize(
    ("fields", "published", "first_seen"),
    [
        ({"published": "2025-12-01", "seen": "2025-12-02"}, "2025-12-01", "2025-12-02"),
        ({"published": "2025-12-01T10:00:00+02:00"}, "2025-12-01", "2025-12-01"),
        ({}, None, f"{START:%Y-%m-%d}"),
        ({"published": "2026-03-01"}, None, f"{START:%Y-%m-%d}"),
        ({"published": "1970-01-01", "seen": "2025-12-02"}, None, "2025-12-02"),
        ({"published": "2025-12-09", "seen": "2025-12-02"}, None, "2025-12-02"),
    ],
    ids=["both", "no seen", "neither", "the future", "a placeholder", "after it was seen"],
)
def test_dates(world, tmp_path, fields, published, first_seen):
    take(world, archive(tmp_path, {"title": "Some news"} | fields))

    [(said, seen)] = items(world, "published, first_seen")
    assert (said and said[:10], seen[:10]) == (published, first_seen)


@pytest.mark.parametrize(
    ("fields", "outlet"),
    [
        ({"source": "the WIRE"}, "wire"),
        ({"source": "Elsewhere"}, "x-elsewhere"),
        ({"url": "https://news.paper.example/1"}, "x-news-paper-example-443"),
        ({}, "x-unnamed"),
    ],
    ids=["by name", "unknown", "by site", "nothing"],
)
def test_whose_an_item_is(world, tmp_path, fields, outlet):
    take(world, archive(tmp_path, {"title": "Some news"} | fields))

    assert items(world, "outlet") == [outlet]


def test_an_outlet_is_found_by_its_alias_and_its_site(tmp_path, server):
    with a_world(tmp_path, {"wire": server.url("/wire")}) as world:
        feeds = tmp_path / "config" / "feeds.yaml"
        named = feeds.read_text().replace("The Wire", "The Wire, aliases: [TW, wire.org]")
        feeds.write_text(named)
    with a_world_of(tmp_path) as world:
        by_alias = {"title": "One", "source": "tw"}
        by_site = {"title": "Two", "url": "https://www.wire.org/2"}

        take(world, archive(tmp_path, by_alias, by_site))

        assert items(world, "outlet") == ["wire", "wire"]


def a_world_of(folder):
    """The world of files that are there already."""
    from contextlib import contextmanager

    from monitor.app import open_app
    from monitor.jobs.check import load
    from tests.world import DrivenClock, World, shared_reader

    @contextmanager
    def made():
        clock = DrivenClock()
        loaded = load(folder / "config", {})
        with open_app(loaded, clock=clock, send=print, reader=shared_reader()) as app:
            yield World(app, clock)

    return made()


def test_items_that_say_the_same_share_a_story_with_those_of_the_feeds(world, server, tmp_path):
    at = START - timedelta(hours=3)
    server.says("/wire", body=rss(entry("1", "Harbour closed for two days", at=at)))
    world.poll()
    said = {"title": "Harbour closed for two days", "seen": (at - DAY).isoformat()}
    far = {"title": "Harbour closed for two days", "seen": (at - 20 * DAY).isoformat()}

    take(world, archive(tmp_path, said | {"source": "A"}, said | {"source": "B"}))
    take(world, archive(tmp_path, far))

    [polled, one, other, long_ago] = items(world, "story")
    assert polled == one == other != long_ago


def test_an_archive_outlives_a_change_of_the_files(world, tmp_path):
    take(world, archive(tmp_path, STRIKE))

    sync(world.app, now=world.clock.pass_(days=1))

    query = "SELECT paused, retired_at FROM feed WHERE id = 'import-the-old-paper'"
    assert world.rows(query) == [(1, None)]


def test_a_past_day_can_be_rehearsed(world, tmp_path):
    take(world, archive(tmp_path, STRIKE, STORM | {"seen": "2025-12-03T09:00:00Z"}))
    [subscription] = world.app.config.subscriptions

    mail = rehearse(
        world.app, subscription, datetime(2025, 12, 7, tzinfo=UTC).date(), now=world.clock.now
    )

    assert "Port strikes begin" in mail.text
    assert "Storm" not in mail.text


# -- files -------------------------------------------------------------------------------------


def test_bad_lines_are_reported_and_do_not_stop_the_others(world, tmp_path):
    path = archive(tmp_path, STRIKE, "{not json", "", '{"url": "https://old.example/1"}', STORM)

    result = take(world, path)

    assert result.items == 2
    assert [(bad.number, bad.reason[:16]) for bad in result.bad] == [
        (2, "not JSON: Expect"),
        (4, "title is missing"),
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("[1]", 'not an object; write {"title": "...", "url": "..."}'),
        ({"title": "<b></b> "}, "title is missing"),
        ({"title": "A", "url": 3}, 'url must be a text; write it as "url": "..."'),
        ({"title": "A", "seen": "yesterday"},
         "seen: 'yesterday' is no date; write it as 2025-11-24T07:00:00Z"),
        ({"title": "A", "published": "0001-01-01T00:00:00+14:00"},
         "published: '0001-01-01T00:00:00+14:00' is no date; write it as 2025-11-24T07:00:00Z"),
        ({"title": "A", "seen": "2031-01-01"}, "seen: '2031-01-01' is no moment of the past"),
        ({"title": "A", "seen": "1931-01-01"}, "seen: '1931-01-01' is no moment of the past"),
        ("[" * 100_000, "not JSON: "),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_line_is_said_with_what_to_write_instead(line, reason):
    raw = line if isinstance(line, str) else json.dumps(line)

    with pytest.raises(ValueError, match=r".+") as caught:
        read_line(raw.encode(), now=START)

    assert str(caught.value).startswith(reason)


def test_bytes_that_are_no_text_are_a_bad_line():
    with pytest.raises(ValueError, match="not JSON"):
        read_line(b'{"title": "\xff\xfe\xfa"}', now=START)


def test_half_characters_and_marks_of_the_file_do_no_harm():
    line = read_line(
        b'\xef\xbb\xbf{"title": "A\\ud83d\\u0000 b", "source": "\\udfff"}\r\n', now=START
    )

    assert (line.title, line.source) == ("A b", "")


def test_unknown_keys_nulls_and_odd_languages_do_no_harm():
    line = read_line(
        b'{"title": "A", "summary": null, "lang": "zh-Hans", "rank": 7, "source": null}', now=START
    )

    assert (line.language, line.summary, line.source) == ("zh", "", "")
    assert read_line(b'{"title": "A", "lang": "english"}', now=START).language == ""


def test_a_gzipped_file_is_read_whatever_its_name(world, tmp_path):
    path = archive(tmp_path, STRIKE)
    path.write_bytes(gzip.compress(path.read_bytes()))

    assert take(world, path).items == 1


@pytest.mark.parametrize("damage", [lambda b: b[:-9], lambda b: b[:12] + b"\xff" * 40 + b[52:]])
def test_a_damaged_file_is_refused_and_nothing_is_stored(world, tmp_path, damage):
    path = tmp_path / "archive.jsonl.gz"
    path.write_bytes(damage(gzip.compress("\n".join(map(json.dumps, lines(50))).encode())))

    with pytest.raises(OSError, match=r".+"):
        take(world, path)

    assert items(world) == []


def test_an_import_that_was_interrupted_is_finished_by_the_next(world, tmp_path):
    path = archive(tmp_path, *lines(2 * BATCH + 5))

    def stop(so_far):
        if so_far.done == BATCH:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take(world, path, progress=stop)
    result = take(world, path)

    assert (result.repeated, result.items) == (BATCH, BATCH + 5)
    assert len(items(world)) == len(set(items(world, "id"))) == 2 * BATCH + 5


def test_progress_counts_up_to_the_whole(world, tmp_path):
    heard = []

    take(world, archive(tmp_path, *lines(BATCH + 1)), progress=heard.append)

    assert [(one.done, one.lines) for one in heard] == [
        (0, BATCH + 1),
        (BATCH, BATCH + 1),
        (BATCH + 1, BATCH + 1),
    ]


def test_an_import_needs_the_database_for_itself(world, tmp_path):
    path = archive(tmp_path, STRIKE)

    with (
        store.service_lock(world.app.engine, holder="monitor run, pid 7"),
        pytest.raises(Locked, match="monitor run, pid 7"),
    ):
        take(world, path)

    assert items(world) == []


# -- search ------------------------------------------------------------------------------------


def found(world, words, **how):
    return [one.item.title for one in search(world.app, words, **how)]


def test_a_search_finds_by_rule_newest_first(world, tmp_path):
    take(
        world,
        archive(
            tmp_path,
            {"title": "Storms near the port", "seen": "2025-12-03"},
            {"title": "The storm", "summary": "The port stays open", "seen": "2025-12-05"},
            {"title": "A port in the storm", "seen": "2025-12-04"},
        ),
    )

    assert found(world, "storm* NEAR/3 port") == ["A port in the storm", "Storms near the port"]
    assert found(world, "storm port -open") == ["A port in the storm", "Storms near the port"]
    assert len(found(world, "storm port")) == 3


def test_a_search_can_be_limited_in_time_and_language(world, tmp_path):
    take(
        world,
        archive(
            tmp_path,
            {"title": "Storm one", "seen": "2025-12-03", "lang": "en"},
            {"title": "Storm two", "seen": "2025-12-05", "lang": "en"},
            {"title": "Storm drei", "seen": "2025-12-05", "lang": "de"},
        ),
    )

    since = datetime(2025, 12, 4, tzinfo=UTC)
    assert found(world, "storm", since=since, language="en") == ["Storm two"]
    assert found(world, "storm lang:de") == ["Storm drei"]
    assert found(world, "lang:de") == ["Storm drei"]
    assert found(world, "storm -lang:en") == ["Storm drei"]
    assert found(world, "unicorn OR url:unicorn") == []


def test_a_search_goes_through_all_pages(world, tmp_path):
    count = 2 * shortlist._FIRST + 30
    take(world, archive(tmp_path, *lines(count, seen="2025-12-05")))

    assert len(found(world, "strike")) == count
    assert len(list(islice(search(world.app, "strike"), 9))) == 9


def test_matched_words_are_marked(world, tmp_path):
    take(world, archive(tmp_path, STRIKE | {"summary": "The strikes go on. " * 30}))

    [one] = search(world.app, "port strike")

    assert [run.text for run in one.title if run.marked] == ["Port", "strikes"]
    assert {run.text for run in one.snippet if run.marked} == {"strikes"}
    assert sum(len(run.text) for run in one.snippet) <= 240
    assert one.words == ("Port", "strikes")
    assert one.outlet == "The Old Paper"


def test_lists_of_the_documents_can_be_used(tmp_path, server):
    seed = SEED.replace("provisions:", "aliases: {workers: [docker*, stevedore*]}\nprovisions:")
    with a_world(tmp_path, {"wire": server.url("/wire")}, seed=seed) as world:
        take(world, archive(tmp_path, STRIKE, STORM))

        assert found(world, "@workers") == ["Port strikes begin"]


def test_a_wrong_rule_is_refused_at_once(world):
    with pytest.raises(RuleError) as caught:
        search(world.app, "port NEAR strike")

    assert caught.value.position == 5


def test_a_search_is_right_while_the_archive_is_not_indexed_yet(world, tmp_path):
    take(world, archive(tmp_path, STRIKE, STORM))
    with store.writing(world.app.engine) as session:
        session.execute(text("UPDATE indexed SET upto = 1"))

    assert sorted(found(world, "port")) == ["Port strikes begin", "Storm shuts port for two days"]
    assert found(world, "storm*") == ["Storm shuts port for two days"]


def test_what_was_stored_before_the_index_is_indexed_in_batches(world, tmp_path):
    take(world, archive(tmp_path, *lines(indexing.BATCH + 3)))
    with store.writing(world.app.engine) as session:
        session.execute(text("UPDATE indexed SET format = 'of another version'"))

    assert indexing.build(world.app, stopping=iter([False, True, True]).__next__) == indexing.BATCH
    assert indexing.build(world.app) == 3
    assert indexing.build(world.app) == 0
    with store.reading(world.app.engine) as session:
        assert search_store.missing(session) == 0
        assert search_store.unstemmed(session, ("en",), limit=1) == []
    assert len(found(world, "port strike")) == indexing.BATCH + 3


def test_a_poll_indexes_what_it_takes_in_and_what_changed(world, server):
    server.says("/wire", body=rss(entry("1", "Harbour closed"), entry("2", "Storm near port")))
    world.poll()
    server.says("/wire", body=rss(entry("1", "Airport closed"), entry("2", "Storm near port")))
    world.clock.pass_(hours=1)
    world.poll()

    with store.reading(world.app.engine) as session:
        assert search_store.missing(session) == 0
    assert found(world, "airport") == ["Airport closed"]
    assert found(world, "harbour") == []
