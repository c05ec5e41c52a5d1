"""What a reader says is kept, and takes nothing away."""

import pytest

from monitor.jobs.feedback import judge, listed
from tests.world import a_world, entry, rss

LINK = "https://wire.example/a1"


@pytest.fixture
def world(world, server):
    feed = rss(
        entry("a1", "Port strike begins"),
        entry("b2", "Storms close the port; port strike goes on"),
        entry("c3", "Cats win the show"),
    )
    server.says("/wire", body=feed)
    world.poll()
    return world


def say(world, what, verdict, by="ada", **how):
    world.clock.pass_(minutes=1)
    return judge(world.app, what, verdict, by=by, now=world.clock.now, **how)


def test_a_verdict_is_kept_with_the_rules_that_found_the_hit(world):
    judged = say(world, LINK, "not", provision="strikes")

    [(version,)] = world.rows(
        "SELECT h.rules_version FROM hit h JOIN item i ON i.id = h.item"
        " WHERE i.title = 'Port strike begins'"
    )
    assert (judged.verdict.provision, judged.verdict.rules_version) == ("treaty/strikes", version)
    assert (judged.title, judged.was_hit, judged.verdict.by) == ("Port strike begins", True, "ada")


def test_no_verdict_drops_a_hit_and_the_digest_tells_it_all_the_same(world):
    before = world.rows("SELECT * FROM hit ORDER BY number")
    say(world, LINK, "not", provision="strikes")

    [mail] = world.morning()

    assert world.rows("SELECT * FROM hit ORDER BY number") == before
    assert "Port strike begins" in mail.text


def test_the_latest_word_is_listed_and_the_earlier_one_kept(world):
    say(world, LINK, "not", provision="strikes")
    say(world, LINK, "belongs-to", provision="strikes", target="storms", by="bo")

    [judged] = listed(world.app, limit=9)

    assert (judged.verdict.verdict, judged.verdict.target) == ("belongs-to", "treaty/storms")
    assert judged.as_json() | {"by": "bo", "url": LINK} == judged.as_json()
    assert world.rows("SELECT count(*) FROM feedback") == [(2,)]
    assert listed(world.app, provision="storms", limit=9) == []


def test_the_item_may_be_named_by_any_spelling_of_its_link_or_by_its_id(world):
    [(id_,)] = world.rows("SELECT id FROM item WHERE title = 'Port strike begins'")

    for what in (id_, f"{LINK}?utm_source=mail", "HTTPS://Wire.Example/a1#top"):
        assert say(world, what, "relevant", provision="strikes").verdict.item == id_


def test_the_provision_may_be_left_out_where_only_one_is_meant(world):
    assert say(world, LINK, "relevant").verdict.provision == "treaty/strikes"

    with pytest.raises(LookupError, match="one of treaty/storms, treaty/strikes"):
        say(world, "https://wire.example/b2", "relevant")
    with pytest.raises(LookupError, match="it is a hit of none so far"):
        say(world, "https://wire.example/c3", "relevant")


def test_an_item_that_no_rule_found_can_be_called_relevant(world):
    judged = say(world, "https://wire.example/c3", "relevant", provision="storms")

    versions = world.app.loaded.percolator.versions
    assert (judged.was_hit, judged.verdict.rules_version) == (False, versions["treaty/storms"])


def test_one_word_counts_for_an_article_that_came_by_two_feeds(world, server):
    server.says("/echo", body=rss(entry("e1", "Port strike begins", link=LINK)))
    world.poll()

    say(world, LINK, "not", provision="strikes")

    assert world.rows("SELECT count(DISTINCT item) FROM feedback") == [(2,)]
    assert len(listed(world.app, limit=9)) == 1


@pytest.mark.parametrize(
    ("what", "verdict", "how", "says"),
    [
        ("wire.example/a1", "not", {}, "https:// included"),
        ("https://wire.example/zz", "not", {}, "`monitor hits` shows the links"),
        ("http://www.wire.example/a1/", "not", {}, f"did you mean {LINK}"),
        (LINK, "relevent", {}, "did you mean 'relevant'"),
        (LINK, "wrong", {}, "write one of: relevant, not, belongs-to"),
        (LINK, "not", {"provision": "strike"}, "did you mean 'strikes'"),
        (LINK, "not", {"provision": "xyz"}, "there is: strikes, storms"),
        (LINK, "belongs-to", {"provision": "strikes"}, "belongs-to PROVISION"),
        (LINK, "belongs-to", {"provision": "strikes", "target": "storm"}, "did you mean 'storms'"),
        (LINK, "belongs-to", {"provision": "strikes", "target": "strikes"}, "stands already"),
        (LINK, "not", {"provision": "strikes", "target": "storms"}, "write one"),
    ],
)
def test_a_mistake_says_what_to_write_instead(world, what, verdict, how, says):
    with pytest.raises(LookupError) as caught:
        say(world, what, verdict, **how)

    assert says in str(caught.value)
    assert world.rows("SELECT count(*) FROM feedback") == [(0,)]


def test_a_provision_id_of_two_documents_is_ambiguous(tmp_path, server):
    from tests.world import SEED

    other = tmp_path / "seeds" / "other.yaml"
    other.parent.mkdir(parents=True)
    other.write_text(SEED.replace("id: treaty", "id: bill"), encoding="utf-8")
    with (
        a_world(tmp_path, {"wire": server.url("/wire")}) as world,
        pytest.raises(LookupError, match=r"one of .*bill/strikes"),
    ):
        listed(world.app, provision="strikes", limit=9)
