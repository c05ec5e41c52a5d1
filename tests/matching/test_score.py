"""How well an item answers a provision, and how common words are."""

from dataclasses import replace
from datetime import date

import pytest

from monitor.matching import Percolator, summed
from monitor.matching.frequency import NEEDED, OF_LANGUAGE, START, Seen, WordTable, counted
from monitor.model import Band, Rule
from tests.matching.making import document, item, provision

DAY = date(2026, 3, 1)
WORDS = WordTable("2026-03-01", 9_000, {}, {"en": WordTable("2026-03-01", 1_000, {"port": 900})})


def scored(news, *keywords, words=WORDS, language="en", **more):
    made = document(provision(*keywords, **more), languages=("en", "ru"))
    news = item(*news.split(" | "), language=language)
    (found,) = Percolator([made]).match(news, words=words).hits
    return found


def points(found, beginning):
    return sum(p for reason, p in found.contributions if reason.startswith(beginning))


# -- the score


def test_a_rare_word_counts_more_than_a_common_one():
    assert scored("Euroclear", "euroclear").score > scored("Port", "port").score


def test_where_nothing_is_known_a_long_word_is_taken_for_a_rare_one():
    rare, common = (scored(w, w, words=START) for w in ("euroclear", "port"))

    assert rare.score > common.score


def test_a_word_of_the_title_counts_half_as_much_again():
    title, text = scored("Euroclear | x", "euroclear"), scored("x | Euroclear", "euroclear")

    assert points(title, "matched") == pytest.approx(1.5 * points(text, "matched"))


def test_the_second_name_of_the_same_word_is_no_second_word():
    once, twice = scored("Euroclear", "euroclear"), scored("Euroclear", "euroclear", '"euroclear"')

    assert points(once, "matched") == points(twice, "matched")


def test_a_keyword_counts_by_its_weight():
    light, heavy = (
        scored("Euroclear", Rule(text="euroclear", weight=weight)).score for weight in (0.5, 1.5)
    )

    assert light < heavy


def test_an_item_that_reads_like_the_provision_counts_more():
    text = "Frozen assets are put into reconstruction"

    near = scored("Club: frozen assets for reconstruction", "club", text=text)
    far = scored("Club wins at football", "club", text=text)

    assert points(near, "like") > points(far, "like")


@pytest.mark.parametrize("language", ["ru", ""])
def test_who_has_no_text_in_the_language_gets_the_middle(language):
    found = scored("Port", "port", text="A port", language=language)

    assert points(found, "no text in its language") == 7


def test_the_text_in_the_language_of_the_item_is_compared():
    found = scored("Порт закрыт", "порт", text="x", texts={"ru": "Порт закрыт"}, language="ru")

    assert points(found, "like") == 15


def test_the_sum_can_be_read():
    found = scored("Euroclear pays", "euroclear", text="x")

    assert summed(found.contributions) == (
        "20 keyword 1 + 9 matched euroclear + 4 words close together"
    )
    assert (
        summed((("a", 90.0), ("b", 20.0), ("cut at 100", -10.0))) == "90 a + 20 b - 10 cut at 100"
    )
    assert summed(()) == "0"


def test_a_hit_says_which_table_it_was_scored_with():
    assert scored("Port", "port").basis == "2026-03-01"
    assert scored("Port", "port", words=START).basis == "start"


@pytest.mark.parametrize(
    ("score", "expected"),
    [(100, Band.HIGH), (65, Band.HIGH), (64.9, Band.NORMAL), (45, Band.NORMAL), (44.9, Band.LOW)],
)
def test_bands(score, expected):
    assert replace(scored("Port", "port"), score=score).band is expected


# -- tables


def news(n, language="en", title="Port strike"):
    return [Seen(language, title, "") for _ in range(n)]


def test_of_few_items_nothing_is_counted():
    assert counted(news(NEEDED - 1), day=DAY) is START


def test_an_item_counts_a_word_once_in_whatever_case():
    table = counted([*news(NEEDED - 3, title="x"), *news(3, title="Port, PORT")], day=DAY)

    assert (table.name, table.items, table.counts["port"]) == ("2026-03-01", NEEDED, 3)
    assert table.share("port") == 3 / NEEDED


def test_a_word_of_one_or_two_items_is_left_out_and_rare():
    table = counted([*news(NEEDED), *news(2, title="Euroclear")], day=DAY)

    assert "euroclear" not in table.counts
    assert table.idf("euroclear") > 5 > 0.01 > table.idf("strike")


def test_each_language_has_a_table_of_its_own():
    table = counted([*news(NEEDED), *news(OF_LANGUAGE, "ru", "Порт"), *news(9, "de")], day=DAY)

    assert table.of("ru").share("порт") == 1
    assert table.of("").share("порт") == OF_LANGUAGE / (NEEDED + OF_LANGUAGE + 9)
    assert table.of("de") is START
