"""Why an item hit, why it did not, and why it was never seen."""

import json

import pytest

from monitor.jobs.archive import import_archive
from monitor.jobs.check import load
from monitor.jobs.sync import sync
from monitor.jobs.why import Unseen, sentence_of, why
from tests.world import SEED, START, entry, rss, write_files

LINK = "https://wire.example/1"
TEXT = "It rained. Dockers went on strike in the port today! More follows."


def says(world, server, title, text="", **how):
    """The wire reports it, and is polled."""
    server.says("/wire", body=rss(entry("1", title, text, link=LINK, **how)))
    world.poll()


def change_seed(world, tmp_path, seed):
    """The files change and are applied, as at the next start."""
    feeds = {spec.id: spec.url for spec in world.app.config.feeds}
    world.app.loaded = load(write_files(tmp_path, feeds, seed=seed), {})
    sync(world.app, now=world.clock.now)


def the_one(world, what=LINK):
    [told] = why(world.app, what)
    return told


def test_a_hit_is_told_with_its_rule_its_words_and_their_sentence(world, server):
    says(world, server, "Quiet start", TEXT)

    [hit] = the_one(world).hits

    assert (hit.hit.provision, hit.title) == ("treaty/strikes", "No strikes in the port")
    assert (hit.found_at, hit.notes) == (START, ())
    [because] = hit.because
    assert because.rule == "port strike*"
    assert {(w.field, w.text) for w in because.words} == {("text", "strike"), ("text", "port")}
    assert {w.sentence for w in because.words} == {"Dockers went on strike in the port today!"}


def test_what_was_not_hit_is_told_closest_first(world, server):
    says(world, server, "A storm far out", "")

    told = the_one(world)

    assert told.hits == ()
    assert [(one.provision, one.share) for one in told.others] == [
        ("treaty/storms", 0.25),
        ("treaty/strikes", 0),
    ]
    assert told.others[0].missing == ("port is not there",)


def test_an_exclude_that_held_an_item_back_is_told(world, server):
    says(world, server, "Port strike delays wine")

    told = the_one(world)

    assert [one.provision for one in told.held_back] == ["treaty/strikes"]
    assert [rule.text for rule in told.held_back[0].excluded] == ["wine"]


def test_an_item_may_be_named_by_its_id_or_another_spelling_of_its_address(world, server):
    says(world, server, "Port strike")
    item = the_one(world).item

    for what in (item.id, f" {item.id} ", "http://www.wire.example/1/", f"{LINK}?utm_source=x#a"):
        assert the_one(world, what).item == item


def test_words_that_stand_twice_in_a_sentence_are_told_once(world, server):
    says(world, server, "Port strike, port strike")

    [hit] = the_one(world).hits

    assert sorted(w.text for w in hit.because[0].words) == ["Port", "port", "strike"]


def test_every_item_with_that_address_is_told(world, server):
    server.says("/echo", body=rss(entry("9", "Port strike goes on", link=LINK)))
    says(world, server, "Port strike")

    told = why(world.app, LINK)

    assert sorted(one.outlet for one in told) == ["The Echo", "The Wire"]


def test_a_hit_of_an_earlier_revision_is_told_in_the_words_of_that_revision(world, server):
    says(world, server, "Port strike begins")
    world.clock.pass_(hours=2)
    says(world, server, "Everything is fine in the north of the country")

    told = the_one(world)

    [hit] = told.hits
    assert {w.text for w in hit.because[0].words} == {"Port", "strike"}
    assert hit.notes == (
        "withdrawn: a later revision of the item does not hit any more",
        "the words are those of revision 1, now 2",
    )
    assert "treaty/strikes" in {one.provision for one in told.others}


def test_a_hit_under_earlier_rules_is_told_with_those_rules(world, server, tmp_path):
    says(world, server, "Port strike begins")
    change_seed(world, tmp_path, SEED.replace("'port strike*', ", ""))

    [hit] = the_one(world).hits

    assert [because.rule for because in hit.because] == ["port strike*"]
    [earlier, today] = hit.notes
    assert earlier.startswith("found under earlier rules (")
    assert today == "the rules of today do not hit it"


def test_what_the_rules_of_today_would_hit_is_told(world, server, tmp_path):
    says(world, server, "Cats win the show")
    change_seed(world, tmp_path, SEED.replace("'dock walkout'", "'cats show'"))

    told = the_one(world)

    assert told.hits == ()
    assert told.others[0].hits
    assert str(told.others[0]).startswith("keyword 2 holds under the rules of today")


def test_a_hit_of_a_provision_that_left_the_files_is_told(world, server, tmp_path):
    says(world, server, "Port strike begins")
    change_seed(world, tmp_path, SEED.replace("id: strikes", "id: walkouts"))

    [hit] = the_one(world).hits

    assert hit.because[0].rule == "port strike*"
    assert hit.notes == ("the files do not have this provision any more",)


def test_a_keyword_that_nobody_knows_any_more_is_said_to_be_unknown(world, server):
    says(world, server, "Port strike begins")
    with world.app.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE hit SET rules_version = 'lost'")

    [hit] = the_one(world).hits

    assert hit.because[0].rule == "a keyword that is no longer known"


def test_an_imported_hit_says_that_it_was_never_announced(world, tmp_path):
    path = tmp_path / "archive.jsonl"
    path.write_text(json.dumps({"title": "Port strike", "url": LINK}), encoding="utf-8")
    import_archive(world.app, path, holder="the test")

    [hit] = the_one(world).hits

    assert hit.notes == ("from an imported archive, so it was never announced",)


def test_words_in_the_address_are_told(tmp_path, world, server):
    change_seed(world, tmp_path, SEED.replace("'dock walkout'", "'url:wire'"))
    says(world, server, "Cats win")

    [hit] = the_one(world).hits

    assert [(w.field, w.text, w.sentence) for w in hit.because[0].words] == [("url", "wire", LINK)]


def test_an_address_that_was_never_seen_names_the_feeds_of_its_outlet(world, server):
    says(world, server, "Port strike")

    told = why(world.app, server.url("/never"))

    assert isinstance(told, Unseen)
    states = {feed.feed: (feed.state, feed.last_ok_at) for feed in told.feeds}
    assert states["wire"] == ("fine", START)
    assert told.aggregators == 0


def test_an_address_of_nobody_we_poll_has_no_feeds(world):
    told = why(world.app, "https://elsewhere.example.org/1")

    assert (told.outlet, told.feeds) == ("example.org", ())


def test_what_is_neither_address_nor_id_is_refused(world):
    with pytest.raises(LookupError, match="'nonsense' is neither"):
        why(world.app, "nonsense")


def test_json_says_everything_and_is_json(world, server):
    says(world, server, "Port strike begins")

    told = json.loads(json.dumps(the_one(world).as_json(), default=str))

    assert told["hits"][0]["because"][0]["words"][0] == {
        "field": "title",
        "text": "Port",
        "sentence": "Port strike begins",
    }
    assert told["not_hit"][0]["hits_today"] is False
    assert told["not_hit"][0]["words"].endswith("but storm* is not there")
    unseen = why(world.app, "https://elsewhere.example.org/1").as_json()
    assert unseen["url"] == "https://elsewhere.example.org/1"


@pytest.mark.parametrize(
    ("text", "word", "sentence"),
    [
        ("One. Two words here! Three", "words", "Two words here!"),
        ("(One) is first. Two", "One", "(One) is first."),
        ("Two", "Two", "Two"),
        ("一。二三。四", "二", "二三。"),
    ],
)
def test_the_sentence_of_a_word(text, word, sentence):
    start = text.index(word)

    assert sentence_of(text, start, start + len(word)) == sentence


def test_a_place_that_a_text_does_not_have_has_no_sentence():
    assert sentence_of("short", 40, 50) == ""
