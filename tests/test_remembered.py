"""Answers are remembered up to a bound, and stay the same."""

from monitor.remembered import Remembered


def test_what_was_asked_before_is_not_made_again():
    made = []
    known = Remembered(lambda word: made.append(word) or word.upper())

    assert [known["talks"], known["talks"], known["peace"]] == ["TALKS", "TALKS", "PEACE"]
    assert made == ["talks", "peace"]


def test_when_it_is_full_everything_is_forgotten_and_answers_stay():
    known = Remembered(str.upper, most=2)

    assert [known[word] for word in "abcab"] == list("ABCAB")
    assert len(known) <= 2


def test_what_is_too_long_is_answered_and_not_kept():
    known = Remembered(str.upper, longest=3)

    assert known["long"] == "LONG"
    assert known["abc"] == "ABC"
    assert list(known) == ["abc"]
