"""What was learned stays as it was written; verdicts are read as they stood."""

from datetime import timedelta

from monitor import store
from monitor.model import Story
from monitor.store import feedback, hits, items, learned, stories
from monitor.store.feedback import Verdict
from monitor.store.learned import Stored
from tests.store.kit import a_hit, an_item, set_up

HOUR = timedelta(hours=1)


def test_what_was_learned_first_stays(engine, now):
    first = [Stored("treaty/ports", 2, 0.5, [["port", "ports", 0.25]])]

    with store.writing(engine) as session:
        learned.add(session, now.date(), first)
        learned.add(session, now.date(), [Stored("treaty/ports", 9, 0.0, [])])

        assert learned.of_day(session, now.date()) == first
        assert learned.newest(session, now.date() + timedelta(days=3)) == now.date()
        assert learned.newest(session, now.date() - timedelta(days=1)) is None


def test_verdicts_and_quiet_items_are_those_of_the_moment(engine, now):
    with store.writing(engine) as session:
        set_up(session, now)
        found = [an_item(name, now) for name in ("a", "b", "c")]
        stories.save(
            session, [Story(id=i.id, key="", first_seen=now, last_seen=now) for i in found]
        )
        items.add(session, [(i, i.id) for i in found])
        hits.save(session, [a_hit("a")], known=False, now=now)
        for said, at in (("not", now), ("relevant", now + HOUR)):
            verdict = Verdict(
                item="a", provision="treaty/ports", verdict=said, rules_version="v", at=at, by="x"
            )
            feedback.record(session, [verdict])

        early = learned.said(session, before=now + HOUR)
        late = learned.said(session, before=now + 2 * HOUR)
        quiet = learned.without_hit(session, before=now + HOUR, limit=9)
        assert [one.verdict for one in early] == ["not"]
        assert [one.verdict for one in late] == ["relevant"]
        assert [item.id for item in quiet] == ["b", "c"]
        assert learned.without_hit(session, before=now, limit=9) == []


def test_words_are_forgotten_from_their_moment_on(engine, now):
    with store.writing(engine) as session:
        learned.forget(session, "treaty/ports", "stadium", by="x", now=now)

        assert learned.forgotten(session, before=now) == {}
        assert learned.forgotten(session, before=now + HOUR) == {"treaty/ports": ["stadium"]}


def test_a_restored_word_is_forgotten_no_more_and_may_be_again(engine, now):
    with store.writing(engine) as session:
        for hours, restored in enumerate((False, True, False)):
            at = now + hours * HOUR
            learned.forget(session, "treaty/ports", "stadium", by="x", now=at, restored=restored)

        states = [learned.forgotten(session, before=now + n * HOUR) for n in (1, 2, 3)]
        assert states == [{"treaty/ports": ["stadium"]}, {}, {"treaty/ports": ["stadium"]}]
