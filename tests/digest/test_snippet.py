import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.digest.snippet import Run, Span, breakable, clipped, marked, snippet

FILL = "The talks went on and on. "
NEWS = "A third state may return to the Council if a ceasefire holds, said a diplomat. "


def spans(text: str, *words: str) -> list[Span]:
    return [Span(text.find(word), text.find(word) + len(word), word) for word in words]


def shown(runs: tuple[Run, ...]) -> str:
    return "".join(f"[{text}]" if marked else text for text, marked in runs)


def plain(runs: tuple[Run, ...]) -> str:
    return "".join(run.text for run in runs)


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("Short and whole.", ["whole"], "Short and [whole]."),
        ("", [], ""),
        ("nothing marked", [], "nothing marked"),
        ("one two", ["one", "two"], "[one] [two]"),
        ("overlapping", ["over", "verlap"], "[overlap]ping"),
        ("e\u0301te\u0301", ["\u0301t"], "[e\u0301t]e\u0301"),
        ("naïve cafe\u0301s", ["cafe"], "naïve [cafe\u0301]s"),
        ("俄罗斯重返八国集团", ["八国集团"], "俄罗斯重返[八国集团]"),
    ],
)
def test_a_short_text_stays_whole(text: str, words: list[str], expected: str) -> None:
    assert shown(snippet(text, spans(text, *words))) == expected


def test_starts_at_the_sentence_that_holds_the_evidence() -> None:
    text = FILL * 20 + NEWS + FILL * 20

    found = shown(snippet(text, spans(text, "Council")))

    assert found.startswith("… A third state may return to the [Council] if a ceasefire holds")
    assert found.endswith("\xa0…")


def test_starts_at_a_word_where_there_is_no_sentence() -> None:
    text = "word " * 100 + "Council " + "word " * 100

    found = shown(snippet(text, spans(text, "Council")))

    assert found.startswith("… word word ")
    assert "[Council]" in found


def test_prefers_the_place_that_shows_most_different_words() -> None:
    text = "Council. " + FILL * 20 + "The Council and the ceasefire. " + FILL * 20
    late = text.rindex("Council")
    evidence = [
        *spans(text, "Council", "ceasefire"),
        Span(late, late + 7, "Council"),
    ]

    assert "[Council] and the [ceasefire]" in shown(snippet(text, evidence))


def test_shows_the_end_of_a_text_whose_end_matches() -> None:
    text = FILL * 20 + "It is about the Council"

    found = shown(snippet(text, spans(text, "Council")))

    assert found.endswith("about the [Council]")
    assert found.startswith("… ")


def test_chinese_is_cut_between_characters_and_never_before_a_stop() -> None:
    text = "谈判仍在继续，" * 60 + "八国集团" + "，谈判仍在继续。" * 60

    found = plain(snippet(text, spans(text, "八国集团")))

    assert "八国集团" in found
    assert found[2] not in "，。"


def test_evidence_beyond_the_text_is_left_out() -> None:
    assert snippet("short", [Span(90, 95), Span(-3, 2)]) == (Run("sh", True), Run("ort"))


@pytest.mark.parametrize("character", ["👩‍👩‍👧", "🇩🇪", "e\u0301", "👍🏽", "葛\U000e0100"])
def test_no_character_is_torn_apart(character: str) -> None:
    found = plain(snippet(character * 300, [])).removesuffix("\xa0…")

    assert found == character * (len(found) // len(character))


def test_what_could_break_a_line_or_turn_the_direction_is_dropped() -> None:
    text = "a\u202eb\r\nc\u2066d\x00e\ud800f"

    assert plain(marked(text, [])) == "ab  cd e\ufffdf"


def test_clipped_ends_at_a_word() -> None:
    assert clipped("A title of some length, and more", 24) == "A title of some length…"
    assert clipped("fits", 4) == "fits"


def test_non_breaking_spaces_do_not_break() -> None:
    assert breakable("G\xa08 summit 峰会。") == ["G\xa08 ", "summit ", "峰", "会。"]


texts = st.text(
    st.one_of(st.characters(), st.sampled_from(" .,。，峰会\u0301\u200d👩🇩🏽\ufe0fabc")),
    max_size=700,
)


@given(
    text=texts,
    bounds=st.lists(st.tuples(st.integers(0, 700), st.integers(1, 30)), max_size=8),
)
def test_a_snippet_is_a_short_piece_of_its_text(text: str, bounds: list[tuple[int, int]]) -> None:
    evidence = [Span(start, start + length, str(start)) for start, length in bounds]

    runs = snippet(text, evidence)

    assert sum(len(run.text) for run in runs) <= 240
    piece = plain(runs)
    if len(text) > 240:
        piece = piece.removeprefix("… ").removesuffix("\xa0…")
    assert piece in plain(marked(text, []))
    assert not any(char in "\r\n\u202e" for char in piece)


@given(
    st.lists(st.sampled_from(["wort", "Länge", "e\u0301te\u0301", "слово", "don’t"]), min_size=90)
)
def test_a_snippet_holds_whole_words_only(words: list[str]) -> None:
    text = " ".join(words)
    start = text.index(words[50])

    piece = plain(snippet(text, [Span(start, start + len(words[50]))]))

    assert set(piece.strip("… \xa0").split()) <= set(words)


@given(texts)
def test_pieces_make_up_the_text_and_begin_with_a_character(text: str) -> None:
    pieces = breakable(text)

    assert "".join(pieces) == text
    assert not any(unicodedata.combining(piece[0]) for piece in pieces[1:] if piece)
