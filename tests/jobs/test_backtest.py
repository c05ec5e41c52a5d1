"""What rules would have found in the archive, and what an edit of the files would change."""

from datetime import date, timedelta

import pytest

from monitor.errors import RuleError
from monitor.jobs.archive import import_archive
from monitor.jobs.backtest import SAMPLE, backtest, chosen
from monitor.jobs.check import load
from monitor.jobs.diff import diff, differences
from monitor.matching import Percolator
from monitor.model import Provision, Rule
from tests.jobs.test_archive import archive
from tests.world import START, a_world

DAY = timedelta(days=1)
LINES = [
    {"title": "Port strikes begin", "source": "Old Paper", "lang": "en", "seen": "2025-12-06"},
    {"title": "Port strike over", "source": "Old Paper", "lang": "en", "seen": "2025-12-07"},
    {"title": "Storm near the port: strike off", "source": "Sea", "seen": "2025-12-07"},
    {"title": "Dock walkout delays wine", "source": "Sea", "lang": "en", "seen": "2025-12-08"},
    {"title": "Ferry sinks", "source": "Sea", "lang": "en", "seen": "2025-12-09"},
]


@pytest.fixture
def world(tmp_path, server):
    with a_world(tmp_path, {"wire": server.url("/wire")}) as made:
        import_archive(made.app, archive(tmp_path, *LINES), holder="the test")
        yield made


def edited(world, tmp_path, old, new):
    """The files with a change that is not in force."""
    seed = tmp_path / "seeds" / "treaty.yaml"
    text = seed.read_text()
    assert old in text
    seed.write_text(text.replace(old, new))
    world.app.loaded = load(tmp_path / "config", {})


def asked(world, since=None, **how):
    documents = chosen(world.app.loaded.documents, **how)
    return list(backtest(world.app, documents, since=since, now=START))[-1]


def titles(results):
    return [one.item.title for one in results]


def test_rules_that_did_not_change_find_what_is_stored(world):
    found = asked(world)

    assert {key: (t.hits, t.new, t.lost) for key, t in found.tested.items()} == {
        "treaty/strikes": (3, 0, 0),
        "treaty/storms": (1, 0, 0),
    }
    assert (found.total, found.passed) == (5, 5)
    assert found.looked_at == 4


def test_hits_are_counted_by_day_outlet_language_and_other_provisions(world):
    strikes = asked(world).tested["treaty/strikes"]

    assert strikes.days == {date(2025, 12, 6): 1, date(2025, 12, 7): 2}
    assert strikes.outlets == {"Old Paper": 2, "Sea": 1}
    assert strikes.languages == {"en": 2, "?": 1}
    assert strikes.overlap == {"treaty/storms": 1}
    [first, *_] = strikes.sample
    assert [run.text for run in first.title if run.marked] == ["port", "strike"]


def test_one_more_keyword_of_a_provision_works_under_its_excludes(world):
    found = asked(world, provision="strikes", rule="ferry OR walkout").tested["treaty/strikes"]

    assert (found.hits, found.new, found.lost) == (4, 1, 0)
    assert titles(found.new_sample) == ["Ferry sinks"]


def test_a_rule_alone_is_new_where_no_provision_hits(world):
    [found] = asked(world, rule="port OR ferry").tested.values()

    assert (found.hits, found.new, found.lost) == (4, 1, 0)
    assert found.overlap == {"treaty/strikes": 3, "treaty/storms": 1}
    assert titles(found.new_sample) == ["Ferry sinks"]


def test_an_edited_rule_shows_what_is_new_and_what_is_lost(world, tmp_path):
    edited(world, tmp_path, "'port strike*', 'dock walkout'", "'strike* begin*', ferry")

    found = asked(world, provision="treaty/strikes").tested["treaty/strikes"]

    assert (found.hits, found.new, found.lost) == (2, 1, 2)
    assert set(titles(found.lost_sample)) == {"Storm near the port: strike off", "Port strike over"}
    assert any(run.marked for run in found.lost_sample[0].title)


def test_only_some_days_can_be_tested(world):
    found = asked(world, since=START - 29.5 * DAY)

    assert found.tested["treaty/strikes"].hits == 2
    assert (found.total, found.tested["treaty/strikes"].lost) == (4, 0)
    assert found.days == 29.5


def test_samples_are_short(world, tmp_path):
    more = [{"title": f"Port strike {n}", "seen": "2025-12-10"} for n in range(SAMPLE + 3)]
    import_archive(world.app, archive(tmp_path, *more), holder="the test")

    assert len(asked(world).tested["treaty/strikes"].sample) == SAMPLE


def test_what_cannot_be_tested_is_said(world):
    documents = world.app.loaded.documents
    with pytest.raises(LookupError, match="no provision 'ports'; there is: treaty/strikes"):
        chosen(documents, provision="ports")
    with pytest.raises(LookupError, match="no document 'law'; there is treaty"):
        chosen(documents, document="law")
    with pytest.raises(RuleError):
        backtest(world.app, chosen(documents, rule="port NEAR strike"), now=START)


def test_an_empty_archive_has_no_hits(tmp_path, server):
    with a_world(tmp_path, {"wire": server.url("/wire")}) as world:
        found = asked(world)

    assert [t.hits for t in found.tested.values()] == [0, 0]
    assert found.as_json()["items"] == 0


# -- check --diff ------------------------------------------------------------------------------


def differ(world):
    return list(diff(world.app, since=None, now=START))[-1]


def test_without_an_edit_there_is_no_difference(world):
    assert not differ(world).differences
    assert differ(world).test is None


def test_new_changed_and_retired_provisions_are_told_before_they_are_in_force(world, tmp_path):
    edited(world, tmp_path, "keywords: ['port strike*', 'dock walkout']", "keywords: [ferry]")
    edited(world, tmp_path, "id: storms", "id: seas")
    edited(world, tmp_path, "'storm* NEAR/8 port'", "sinks")

    found = differ(world)

    assert found.differences.new == ("treaty/seas",)
    assert found.differences.changed == ("treaty/strikes",)
    assert found.retired_hits == {"treaty/storms": 1}
    assert {key: (t.new, t.lost) for key, t in found.test.tested.items()} == {
        "treaty/strikes": (1, 3),
        "treaty/seas": (1, 0),
    }
    assert world.rows("SELECT count(*) FROM provision") == [(2,)]


def test_a_renamed_provision_is_compared_with_its_old_self(world, tmp_path):
    edited(world, tmp_path, "- id: strikes", "- id: walkouts\n    renamed_from: strikes")
    assert not differ(world).differences

    edited(world, tmp_path, "'port strike*', 'dock walkout'", "'port strike*', ferry")
    found = differ(world)

    assert found.differences.changed == ("treaty/walkouts",)
    tested = found.test.tested["treaty/walkouts"]
    assert (tested.new, tested.lost) == (1, 0)


def test_a_difference_is_one_of_versions():
    def provision(id, **more):
        return Provision(document="d", id=id, title="", keywords=(Rule(text="port"),), **more)

    found = differences(
        [provision("a"), provision("b"), provision("c", renamed_from="z")],
        {"d/a": "1", "d/b": "2", "d/c": "3"},
        {"d/a": "1", "d/b": "9", "d/z": "3", "d/gone": "4"},
    )

    assert (found.new, found.changed, found.retired) == ((), ("d/b",), ("d/gone",))
    assert found.stored_as == {"d/c": "d/z"}


def test_the_matcher_of_a_test_is_that_of_the_stream(world):
    documents = chosen(world.app.loaded.documents, provision="storms")

    assert set(Percolator(documents).versions) == {"treaty/storms"}
