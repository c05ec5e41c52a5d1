"""From fetched bytes to what is stored, with a real server, a real parser and a real database."""

from contextlib import ExitStack
from datetime import timedelta

import pytest
from sqlalchemy import event
from structlog.testing import capture_logs

from monitor import store
from monitor.store import feeds
from tests.feeds.server import Reply, Server
from tests.world import SEED, SETTINGS, START, DrivenClock, a_world, entry, everything, rss

STRIKE = entry("1", "Port strike begins in the north", "Dockers walked out on Monday.")
STORM = entry("2", "Storm closes the port for two days", "Waves of six metres.")
OTHER = entry("3", "Cats win the show again", "Two cats won.")
OLD = START - timedelta(days=3)


def titles(world):
    return [title for (title,) in world.rows("SELECT title FROM item ORDER BY number")]


def hits(world):
    return world.rows(
        "SELECT h.provision, i.title FROM hit h JOIN item i ON i.id = h.item"
        " WHERE h.state = 'holds' ORDER BY 1, 2"
    )


def events(world):
    return world.rows("SELECT provision, change, announce, why FROM hit_event ORDER BY number")


def outcomes(world, feed="wire"):
    query = f"SELECT outcome, detail FROM ledger WHERE feed = '{feed}' AND kind = 'poll'"
    return world.rows(query + " ORDER BY number")


def memory(world, feed="wire"):
    with store.reading(world.app.engine) as session:
        return {f.id: f for f in feeds.active(session)}[feed]


def test_what_a_feed_says_is_stored_matched_and_counted(world, server):
    server.says("/wire", body=rss(STRIKE, STORM, OTHER), headers={"ETag": '"v1"'})

    polled = world.poll()

    assert (polled.asked, polled.answered, polled.new, polled.hits) == (2, 1, 3, 2)
    assert sorted(titles(world)) == sorted(
        [
            "Port strike begins in the north",
            "Storm closes the port for two days",
            "Cats win the show again",
        ]
    )
    assert hits(world) == [
        ("treaty/storms", "Storm closes the port for two days"),
        ("treaty/strikes", "Port strike begins in the north"),
    ]
    assert memory(world).etag == '"v1"'


def test_validators_are_sent_back_byte_for_byte_and_304_takes_in_nothing(world, server):
    etag, date = 'W/"odd:é\\"', "Mon, 05 Jan 2026 08:00:00 GMT"

    def answer(request):
        if request.headers.get("if-none-match") == etag:
            return Reply(304)
        return Reply(body=rss(STRIKE), headers={"ETag": etag, "Last-Modified": date})

    server.answers("/wire", answer)
    world.poll()
    before = everything(world)
    world.clock.pass_(hours=2)

    world.poll()

    [request] = [r for r in server.requests if r.path == "/wire"][1:]
    assert request.headers["if-modified-since"] == date
    assert outcomes(world)[-1][0] == "not-modified"
    assert everything(world) == before


def test_the_same_bytes_again_write_nothing_but_the_ledger(world, server):
    server.says("/wire", body=rss(STRIKE, STORM))
    world.poll()
    before = everything(world)
    world.clock.pass_(hours=2)

    world.poll()

    assert everything(world) == before
    assert [o for o, _ in outcomes(world)] == ["fetched", "unchanged"]


def test_an_edited_title_is_one_item_with_a_new_revision_and_one_hit_marked_updated(world, server):
    server.says("/wire", body=rss(STRIKE))
    world.poll()
    server.says("/wire", body=rss(entry("1", "Port strike ends in the north", "It is over.")))
    world.clock.pass_(hours=2)

    world.poll()

    assert world.rows("SELECT title, rev FROM item") == [("Port strike ends in the north", 2)]
    assert world.rows("SELECT rev, title FROM item_revision") == [
        (1, "Port strike begins in the north")
    ]
    assert world.rows("SELECT item_rev FROM hit") == [(2,)]
    assert events(world) == [
        ("treaty/strikes", "found", 1, ""),
        ("treaty/strikes", "updated", 1, "title changed"),
    ]


def test_a_hit_that_an_edit_takes_away_is_withdrawn_and_one_it_brings_is_told(world, server):
    server.says("/wire", body=rss(STRIKE))
    world.poll()
    server.says("/wire", body=rss(entry("1", "Storm closes the port of the north")))
    world.clock.pass_(hours=2)

    world.poll()

    assert [p for p, _ in hits(world)] == ["treaty/storms"]
    assert [(p, change, announce) for p, change, announce, _ in events(world)] == [
        ("treaty/strikes", "found", 1),
        ("treaty/storms", "found", 1),
        ("treaty/strikes", "withdrawn", 0),
    ]


def test_a_hit_that_comes_back_is_restored(world, server):
    for title in ("Port strike begins", "Harbour talks begin", "Port strike begins after all"):
        server.says("/wire", body=rss(entry("1", title)))
        world.poll()
        world.clock.pass_(hours=2)

    assert [change for _, change, _, _ in events(world)] == ["found", "withdrawn", "restored"]
    assert world.rows("SELECT state, item_rev FROM hit") == [("holds", 3)]


def test_the_first_fetch_archives_what_is_old_and_announces_what_is_fresh(world, server):
    old = entry("9", "Port strike of last week", at=OLD)
    server.says("/wire", body=rss(STRIKE, old))

    world.poll()

    assert [announce for _, _, announce, _ in events(world)] == [0, 1]
    assert world.rows("SELECT archived, new FROM ledger WHERE feed = 'wire'") == [(1, 2)]


def test_an_item_that_comes_late_to_a_known_feed_is_news(world, server):
    server.says("/wire", body=rss(OTHER))
    world.poll()
    late = entry("9", "Port strike of last week", at=OLD)
    server.says("/wire", body=rss(OTHER, late))
    world.clock.pass_(hours=2)

    world.poll()

    assert [announce for _, _, announce, _ in events(world)] == [1]


def test_an_exclude_holds_back_a_hit_of_its_own_provision_only_and_is_counted(world, server):
    wine = entry("1", "Storm over port wine: port strike at the cellars, says the storm office")
    server.says("/wire", body=rss(wine))

    world.poll()

    assert [p for p, _ in hits(world)] == ["treaty/storms"]
    assert world.rows("SELECT outcome, provision, detail FROM ledger WHERE kind = 'drop'") == [
        ("excluded", "treaty/strikes", "wine")
    ]


def test_the_same_text_from_two_outlets_is_one_story_of_the_earliest_item(world, server):
    server.says("/wire", body=rss(STRIKE))
    world.poll()
    server.says("/echo", body=rss(entry("e1", "Port strike begins in the north")))
    world.clock.pass_(hours=2)

    world.poll()

    rows = world.rows("SELECT feed, id, story FROM item ORDER BY number")
    assert [feed for feed, _, _ in rows] == ["wire", "echo"]
    assert {story for _, _, story in rows} == {rows[0][1]}


def test_the_same_text_from_two_outlets_in_one_batch_is_one_story(world, server):
    server.says("/wire", body=rss(STRIKE))
    server.says("/echo", body=rss(entry("e1", "Port strike begins in the north")))

    world.poll()

    assert world.rows("SELECT count(DISTINCT story), count(*) FROM item") == [(1, 2)]


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        pytest.param(Reply(500), "server", id="server error"),
        pytest.param(Reply(body=b"<html><title>Log in</title></html>"), "not-a-feed", id="page"),
        pytest.param(Reply(body=b""), "not-a-feed", id="empty"),
        pytest.param(Reply(404), "http", id="not found"),
        pytest.param(Reply(raw=b"\x00\x01garbage\r\n\r\n"), "network", id="not http"),
    ],
)
def test_a_bad_feed_is_recorded_backs_off_and_hurts_nobody(world, server, reply, kind):
    server.says("/wire", body=rss(OTHER), headers={"ETag": '"v1"'})
    server.says("/echo", body=rss(STRIKE))
    world.poll()
    server.answers("/wire", lambda _: reply)
    world.clock.pass_(hours=2)

    polled = world.poll()

    [(feed, reason)] = polled.failed
    assert (feed, reason.split(":")[0]) == ("wire", kind)
    after = memory(world)
    assert (after.failures, after.etag, after.failing_since) == (1, '"v1"', world.clock.now)
    assert after.next_poll_at > world.clock.now
    assert memory(world, "echo").failures == 0


def test_a_feed_that_showed_a_login_page_recovers_without_a_flood(world, server):
    server.says("/wire", body=rss(STRIKE), headers={"ETag": '"v1"'})
    world.poll()
    before = everything(world)
    server.says("/wire", body=b"<!doctype html><title>Log in</title>", headers={"ETag": '"p"'})
    world.clock.pass_(hours=2)
    world.poll()
    server.says("/wire", body=rss(STRIKE), headers={"ETag": '"v1"'})
    world.clock.pass_(hours=5)

    world.poll()

    assert everything(world) == before
    assert memory(world).failures == 0
    asked = [r.headers.get("if-none-match") for r in server.requests if r.path == "/wire"]
    assert asked == [None, '"v1"', '"v1"']


def test_a_body_whose_intake_was_rolled_back_is_asked_for_again(world, server):
    server.says("/wire", body=rss(STRIKE), headers={"ETag": '"v1"'})

    def fail(connection, cursor, statement, *_):
        if statement.startswith("INSERT INTO hit_event"):
            raise ZeroDivisionError("a bug of ours")

    event.listen(world.app.engine, "before_cursor_execute", fail)
    first = world.poll()
    event.remove(world.app.engine, "before_cursor_execute", fail)
    broken = (everything(world), memory(world).etag)
    world.clock.pass_(hours=2)
    world.poll()

    assert dict(first.failed)["wire"].startswith("intake:")
    assert broken == ({"items": [], "hits": [], "events": [], "told": []}, None)
    assert [p for p, _ in hits(world)] == ["treaty/strikes"]


def test_one_feed_whose_intake_raises_does_not_keep_the_others_out(world, server):
    server.says("/wire", body=rss(STRIKE))
    server.says("/echo", body=rss(entry("e1", "Storm closes the port at noon")))

    def fail(connection, cursor, statement, parameters, *_):
        if statement.startswith("INSERT INTO hit ") and "strikes" in str(parameters):
            raise ZeroDivisionError("a bug of ours")

    event.listen(world.app.engine, "before_cursor_execute", fail)
    polled = world.poll()

    assert [feed for feed, _ in polled.failed] == ["wire"]
    assert [p for p, _ in hits(world)] == ["treaty/storms"]


def test_a_feed_with_five_hundred_items_is_taken_whole(world, server):
    many = [entry(f"g{n}", f"Port strike number {n} of the year") for n in range(500)]
    server.says("/wire", body=rss(*many))

    polled = world.poll()

    assert (polled.new, polled.hits) == (500, 500)


def test_an_undated_item_is_kept_without_an_invented_date(world, server):
    server.says("/wire", body=rss(OTHER))
    world.poll()
    server.says("/wire", body=rss(entry("u", "Port strike, no date", at=None), OTHER))
    world.clock.pass_(hours=2)

    world.poll()

    query = "SELECT published FROM item WHERE title LIKE '%no date'"
    assert world.rows(query) == [(None,)]
    assert world.rows("SELECT sum(undated) FROM ledger WHERE feed = 'wire'") == [(1,)]


def test_a_feed_is_not_asked_before_its_time(world, server):
    server.says("/wire", body=rss(OTHER))
    world.poll()
    world.clock.pass_(minutes=30)

    polled = world.poll(every=False)

    assert polled.asked == 0


def test_a_feed_is_not_asked_while_its_server_says_that_nothing_is_newer(world, server):
    headers = {"Cache-Control": "max-age=10800"}
    server.says("/wire", body=rss(OTHER), headers=headers)
    server.says("/echo", body=rss(OTHER), headers=headers)
    world.poll()
    world.clock.pass_(minutes=179)
    early = world.poll(every=False)
    world.clock.pass_(minutes=2)

    later = world.poll(every=False)

    assert (early.asked, later.asked) == (0, 2)


def test_what_a_feed_wishes_is_remembered(world, server):
    wish = b"<ttl>240</ttl><skipHours><hour>13</hour></skipHours>"
    server.says("/wire", body=rss(OTHER).replace(b"<item>", wish + b"<item>", 1))

    world.poll()

    feed = memory(world)
    assert (feed.wish_s, feed.skip_hours, feed.interval_s) == (14_400, (13,), 3_600)
    assert feed.next_poll_at == START.replace(hour=14)


def test_two_feeds_that_move_to_one_address_are_reported_and_both_polled(world, server):
    there = server.says("/there", body=rss(OTHER), headers={"ETag": '"1"'})
    for path in ("/wire", "/echo"):
        server.says(path, status=301, headers={"Location": there})

    with capture_logs() as logs:
        for _ in range(3):
            world.poll()
            world.clock.pass_(hours=12)

    moved = {line["feed"]: line for line in logs if line["event"] == "feed moved"}
    assert {line["url"] for line in moved.values()} == {there}
    # whoever was taken in first was alone there
    assert any(line["same_as"] in (["wire"], ["echo"]) for line in moved.values())
    assert memory(world).url == memory(world, "echo").url == there
    details = world.rows("SELECT detail FROM ledger WHERE detail != ''")
    assert details == [(f"moved to {there}",)] * 2
    world.poll()
    assert [request.path for request in server.requests[-2:]] == ["/there"] * 2


def test_429_pauses_the_whole_site(tmp_path, server):
    paths = [f"/feed{n}" for n in range(5)]
    for path in paths:
        server.answers(path, lambda _: Reply(429, headers={"Retry-After": "7200"}))
    settings = SETTINGS.replace("per_site = 8", "per_site = 1")
    with a_world(tmp_path, {p[1:]: server.url(p) for p in paths}, settings=settings) as world:
        began = world.clock.now
        world.poll()
        asked_before = len(server.requests)
        waited = world.clock.now - began

    # the clock of a test goes on when everybody waits: the others were asked after the pause
    assert asked_before == len(paths)
    assert waited >= 4 * timedelta(hours=2)


def test_a_guid_that_changes_and_comes_back_stays_one_item(world, server):
    link = "https://wire.example/strike"
    for guid in ("old", "new", "old", "new"):
        server.says("/wire", body=rss(entry(guid, "Port strike begins in the north", link=link)))
        world.poll()
        world.clock.pass_(hours=2)

    assert world.rows("SELECT rev FROM item") == [(1,)]
    assert [change for _, change, _, _ in events(world)] == ["found"]
    assert [outcome for outcome, _ in outcomes(world)] == ["fetched"] * 4


def test_when_our_own_network_is_down_feeds_are_asked_again_soon_and_not_punished(tmp_path):
    with ExitStack() as stack:
        servers = [stack.enter_context(Server()) for _ in range(5)]  # each port is a site
        sites = {f"f{n}": s.says("/feed", raw=b"?") for n, s in enumerate(servers)}
        world = stack.enter_context(a_world(tmp_path, sites))
        world.poll()
        world.poll()
        down = [memory(world, id_).next_poll_at - world.clock.now for id_ in sites]
        failures = {memory(world, id_).failures for id_ in sites}
        for server in servers:
            server.says("/feed", body=rss(STRIKE))
        world.clock.pass_(minutes=5)

        polled = world.poll(every=False)

    assert max(down) <= timedelta(minutes=3)
    assert max(failures) <= 1
    assert polled.answered == len(sites)


def test_what_feedparser_chokes_on_costs_its_own_feed_only(world, server):
    bad = (
        b'<rss version="2.0"><channel><title>W</title><item><title>x &#x110000; y</title>'
        b"<guid>1</guid></item></channel></rss>"
    )
    server.says("/wire", body=bad)
    server.says("/echo", body=rss(STRIKE))

    polled = world.poll()

    [(feed, reason)] = polled.failed
    assert (feed, reason.split(":")[0]) == ("wire", "parser")
    assert [p for p, _ in hits(world)] == ["treaty/strikes"]


def test_a_document_that_lists_a_report_under_its_old_and_its_new_guid_is_taken(world, server):
    link = "https://wire.example/strike"
    for guids in (["k1"], ["k2"], ["k1", "k2"], ["k2", "k1"], ["k1", "k2"]):
        both = [
            entry(g, "Port strike begins in the north", f"Dockers walked out {g}", link=link)
            for g in guids
        ]
        server.says("/wire", body=rss(*both))
        polled = world.poll()
        assert [f for f, _ in polled.failed] == ["echo"]
        world.clock.pass_(hours=2)


def test_a_page_that_reports_something_else_every_day_is_told_every_day(world, server):
    for day in range(30):
        server.says("/wire", body=rss(entry("daily", f"Port strike, day {day} of many")))
        world.poll()
        world.clock.pass_(days=1)

    assert [change for _, change, _, _ in events(world)] == ["found"] + ["updated"] * 29


def test_a_hit_of_a_provision_that_is_out_of_the_files_for_a_while_is_not_withdrawn(
    tmp_path, server
):
    feeds_ = {"wire": server.url("/wire")}
    without = SEED.replace("id: strikes", "id: others").replace("port strike*", "museum")
    for n, seed in enumerate((SEED, without, SEED)):
        with a_world(
            tmp_path, feeds_, clock=DrivenClock(START + timedelta(hours=2 * n)), seed=seed
        ) as w:
            text = "Dockers walked out." + " Again." * n
            server.says("/wire", body=rss(entry("1", "Port strike begins", text)))
            w.poll()
            states = w.rows("SELECT state FROM hit WHERE provision = 'treaty/strikes'")

    assert states == [("holds",)]


def test_an_archived_item_that_is_edited_is_not_told(world, server):
    server.says("/wire", body=rss(entry("1", "Harbour talks begin", at=OLD)))
    world.poll()
    server.says("/wire", body=rss(entry("1", "Port strike begins", at=OLD)))
    world.clock.pass_(hours=2)

    world.poll()

    assert [(change, announce) for _, change, announce, _ in events(world)] == [("found", 0)]


def test_the_back_catalogue_of_a_new_address_is_no_news_and_what_came_meanwhile_is(
    tmp_path, server
):
    server.says("/wire", body=rss(OTHER))
    server.says(
        "/new",
        body=rss(
            entry("a", "Port strike of a month ago", at=START - timedelta(days=30)),
            entry("b", "Port strike of the week without an answer", at=START + timedelta(days=3)),
        ),
    )
    with a_world(tmp_path, {"wire": server.url("/wire")}) as world:
        world.poll()
    clock = DrivenClock(START + timedelta(days=7))
    with a_world(tmp_path, {"wire": server.url("/new")}, clock=clock) as world:
        world.poll()
        told = world.rows(
            "SELECT i.title, e.announce FROM hit_event e JOIN item i ON i.id = e.item ORDER BY 1"
        )

    assert told == [
        ("Port strike of a month ago", 0),
        ("Port strike of the week without an answer", 1),
    ]


def test_a_clock_that_was_a_year_ahead_for_a_round_stops_neither_polls_nor_digests(world, server):
    server.says("/wire", body=rss(OTHER))
    world.clock.pass_(days=365)
    world.poll()
    world.tell()
    world.clock.pass_(days=-365)
    server.says("/wire", body=rss(entry("n", "Port strike begins", at=world.clock.now)))

    polled = world.poll(every=False)
    mails = world.morning()

    assert polled.new == 1
    assert any("Port strike begins" in mail.text for mail in mails)
