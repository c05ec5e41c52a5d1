"""The token stream: what is one word, where it stands, where a sentence ends."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.tokens import FORMAT, Gap, fold, folded, tokens


def words(text):
    return [token.text for token in tokens(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Talks resume", ["talks", "resume"], id="words"),
        pytest.param("cease-fire", ["cease", "fire"], id="hyphen"),
        pytest.param("cease\u2011fire", ["cease", "fire"], id="non-breaking hyphen"),
        pytest.param("Kiew\u2013Moskau", ["kiew", "moskau"], id="en dash"),
        pytest.param("sanc\u00adtions", ["sanctions"], id="soft hyphen"),
        pytest.param("sanc\u200btions\u2060", ["sanctions"], id="zero-width characters"),
        pytest.param("\u2018frozen\u2019 assets", ["frozen", "assets"], id="curly quotes"),
        pytest.param("Kyiv\u2019s and Kyiv's", ["kyiv", "and", "kyiv"], id="possessive"),
        pytest.param("l\u2019accord d'hier", ["l", "accord", "d", "hier"], id="elision"),
        pytest.param("об\u2019єкт об'єкт обʼєкт", ["обєкт"] * 3, id="Ukrainian apostrophe"),
        pytest.param("the U.S. and U.N", ["the", "us", "and", "un"], id="dotted acronym"),
        pytest.param("С.Иванов", ["с", "иванов"], id="initial is no acronym"),
        pytest.param("600,000 and 600.000", ["600000", "and", "600000"], id="thousands"),
        pytest.param("600k 100bn 5m", ["600000", "100000000000", "5m"], id="thousands, billions"),
        pytest.param("2.5 or 2,5", ["2.5", "or", "2.5"], id="decimals"),
        pytest.param("G8 F16 28th", ["g8", "f16", "28th"], id="letters and digits"),
        pytest.param("12:30", ["12", "30"], id="time of day"),
        pytest.param("１２ ٣٤", ["12", "34"], id="digits of other scripts"),
        pytest.param("ＮＡＴＯ", ["nato"], id="full width"),
        pytest.param("café cafe\u0301 CAFÉ", ["cafe"] * 3, id="composed and decomposed"),
        pytest.param("Łódź Øresund Straße", ["lodz", "oresund", "strasse"], id="Latin letters"),
        pytest.param("ёлка за\u0301мок", ["елка", "замок"], id="Russian yo and stress"),
        pytest.param("война воина", ["война", "воина"], id="short i is a letter of its own"),
        pytest.param("їхати", ["їхати"], id="yi is a letter of its own"),
        pytest.param("الأَمْن الامن", ["الامن", "الامن"], id="Arabic signs and alef"),
        pytest.param("الـــسلام", ["السلام"], id="Arabic tatweel"),
        pytest.param("制裁解除", ["制", "裁", "解", "除"], id="Chinese"),
        pytest.param("俄羅斯", ["俄", "罗", "斯"], id="traditional Chinese"),
        pytest.param("後裡裏臺著", list("后里里台着"), id="characters that two became"),
        pytest.param("乾幹干", ["干"] * 3, id="characters that three became"),
        pytest.param("颱瞭羣佈甦", list("台了群布苏"), id="variants"),
        pytest.param("皇后 公里 像", list("皇后公里像"), id="simplified stays"),
        pytest.param("ｶﾞｽ ガス", ["ガ", "ス", "ガ", "ス"], id="half-width kana"),
        pytest.param("제재", ["제", "재"], id="Korean"),
        pytest.param("G8会议", ["g8", "会", "议"], id="Latin in a Chinese run"),
        pytest.param("a_b", ["a", "b"], id="underscore"),
        pytest.param("— … !", [], id="punctuation alone"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_a_text_is_cut_into_words(text, expected):
    assert words(text) == expected


def test_thai_keeps_its_vowel_signs():
    assert words("ดี") != words("ดุ")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cease-fire", Gap.HYPHEN),
        ("cease\u2011fire", Gap.HYPHEN),
        ("cease fire", Gap.SPACE),
        ("cease\u00a0\u200bfire", Gap.SPACE),
        ("O'Brien", Gap.APOSTROPHE),
        ("停火", Gap.NONE),
        ("cease, fire", Gap.OTHER),
        ("cease - fire", Gap.OTHER),
    ],
)
def test_a_token_knows_what_parts_it_from_the_last(text, expected):
    first, second = tokens(text)

    assert first.gap is Gap.OTHER
    assert second.gap is expected


def test_a_token_knows_how_it_was_written():
    first, second, third = tokens("U.S. N\u00c9GOCI\u00c9S sanc\u00adtions")

    assert (first.written, second.written, third.written) == ("US", "NÉGOCIÉS", "sanctions")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Talks end. Envoys leave.", [0, 0, 1, 1], id="full stop"),
        pytest.param("Talks end! Envoys leave?", [0, 0, 1, 1], id="exclamation mark"),
        pytest.param("He asked \u201cwhy?\u201d and left", [0] * 5, id="goes on in lower case"),
        pytest.param("The U.S. Senate votes", [0] * 4, id="acronym"),
        pytest.param("Mr. Novak met Gen. Horn", [0] * 5, id="titles"),
        pytest.param("J. R. Novak spoke", [0] * 4, id="initials"),
        pytest.param("It rose 2.5 percent", [0] * 4, id="decimal"),
        pytest.param("am 24. November", [0] * 3, id="German ordinal"),
        pytest.param("Около 5 млн. Рублей", [0] * 4, id="Russian abbreviation"),
        pytest.param("停火。制裁", [0, 0, 1, 1], id="Chinese stop"),
        pytest.param("停火!制裁", [0, 0, 1, 1], id="Latin stop in Chinese"),
        pytest.param("سلام؟ حرب", [0, 1], id="Arabic question mark"),
        pytest.param("It didn't. He left", [0, 0, 0, 1, 1], id="a clipped word is no initial"),
        pytest.param("One\n\nTwo", [0, 1], id="blank line"),
        pytest.param("Wait... Then go", [0, 1, 1], id="ellipsis"),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(text, expected):
    assert [token.sentence for token in tokens(text)] == expected


spelled = st.text(
    st.sampled_from("aZsé\u0301ёй'’ʼ-\u2011\u00ad\u200b .,!?。８7俄羅ｶﾞทำ\u0640أ_İßU\u0e31\n")
)


@given(st.text() | spelled)
def test_every_token_is_found_again_in_what_was_cut_out(text):
    end = 0
    for token in tokens(text):
        assert end <= token.start < token.end <= len(text)
        end = token.end
        assert words(text[token.start : token.end]) == [token.text]
        assert token.text
        assert token.written


@given(st.text() | spelled)
def test_folding_twice_changes_nothing(text):
    assert folded(folded(text)) == folded(text)


@given(st.text())
def test_upper_case_and_lower_case_fold_alike(text):
    simple = "".join(c for c in text if c.lower().upper() == c.upper() and len(c.upper()) == 1)

    assert fold(simple.upper()) == fold(simple.lower())


def test_other_tokens_have_another_format():
    """If this fails because tokens changed on purpose: raise FORMAT, then write the new digest."""
    sample = (
        "U.S.-led G-8, O'Brien's 600,000 (2,5) cease\u2011fire! Об’єкт, санкции; 對俄羅斯制裁。停火"
        " NÉGOCIÉ l’accord straße Łódź مُفاوضات ไทยแลนด์ ﬁne ½ км² … Mr. X"
    )
    said = "|".join(f"{t.text} {t.start} {t.end} {t.written} {t.gap}" for t in tokens(sample))

    assert (FORMAT, sha256(said.encode()).hexdigest()[:8]) == (3, "f303471c")
