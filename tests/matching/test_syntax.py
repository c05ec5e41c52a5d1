"""The query language: what is read, what is refused and what the person is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import RuleError
from monitor.matching import parse, unparse
from monitor.matching.tree import (
    MAX_DEPTH,
    Alias,
    And,
    Field,
    Near,
    Not,
    Or,
    Phrase,
    Word,
    walk,
)
from tests.matching.strategies import makers


def word(text, *, prefix=False):
    return Phrase((Word(text, prefix),))


A, B, C = word("a"), word("b"), word("c")


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        pytest.param("a", A, id="word"),
        pytest.param("a b", And((A, B)), id="side by side"),
        pytest.param("a AND b", And((A, B)), id="AND"),
        pytest.param("a OR b", Or((A, B)), id="OR"),
        pytest.param("a b OR c", Or((And((A, B)), C)), id="AND binds tighter than OR"),
        pytest.param("(a)", A, id="parentheses around one word"),
        pytest.param("a (b OR c)", And((A, Or((B, C)))), id="group"),
        pytest.param("(a b) c", And((A, B, C)), id="needless group"),
        pytest.param("a NOT b", And((A, Not(B))), id="NOT"),
        pytest.param("a -b", And((A, Not(B))), id="minus"),
        pytest.param('a -"b c"', And((A, Not(Phrase((Word("b"), Word("c")))))), id="minus phrase"),
        pytest.param("a -(b OR c)", And((A, Not(Or((B, C))))), id="minus group"),
        pytest.param('"a b"', Phrase((Word("a"), Word("b"))), id="phrase"),
        pytest.param("„a b“", Phrase((Word("a"), Word("b"))), id="German quotes"),
        pytest.param("«a b»", Phrase((Word("a"), Word("b"))), id="French quotes"),
        pytest.param("（a OR b） c", And((Or((A, B)), C)), id="full-width parentheses"),
        pytest.param("sanct*", word("sanct", prefix=True), id="prefix"),
        pytest.param(
            '"no sanct* b"', Phrase((Word("no"), Word("sanct", True), Word("b"))), id="prefix in it"
        ),
        pytest.param("俄*", word("俄"), id="Chinese needs no star"),
        pytest.param("cease-fire", word("cease-fire"), id="hyphen inside"),
        pytest.param("a NEAR/6 b", Near(A, B, 6), id="NEAR"),
        pytest.param("a THEN/6 b", Near(A, B, 6, True), id="THEN"),
        pytest.param("a NEAR/6 nicht", Near(A, word("nicht"), 6), id="a word that denies"),
        pytest.param("a SAME b", Near(A, B, None), id="SAME"),
        pytest.param("a NEAR/1 b THEN/2 c", Near(Near(A, B, 1), C, 2, True), id="from the left"),
        pytest.param("a b NEAR/6 c", And((A, Near(B, C, 6))), id="NEAR binds tighter than AND"),
        pytest.param("a NOT b NEAR/6 c", And((A, Not(Near(B, C, 6)))), id="and than NOT"),
        pytest.param("title:a b", And((Field("title", A), B)), id="field takes one word"),
        pytest.param("title:(a b)", Field("title", And((A, B))), id="field takes a group"),
        pytest.param("title: a", Field("title", A), id="field with a space"),
        pytest.param('TITLE:"a b"', Field("title", Phrase((Word("a"), Word("b")))), id="phrase in"),
        pytest.param("title:a NEAR/2 b", Near(Field("title", A), B, 2), id="field beside NEAR"),
        pytest.param('="START"', Phrase((Word("START"),), True), id="exact"),
        pytest.param("=START", Phrase((Word("START"),), True), id="exact without quotes"),
        pytest.param("@russia", Alias("russia"), id="alias"),
        pytest.param("@eu-states a", And((Alias("eu-states"), A)), id="alias with a hyphen"),
        pytest.param('"or"', word("or"), id="an operator in quotes is a word"),
        pytest.param("12:30", word("12:30"), id="time of day"),
    ],
)
def test_a_rule_is_read(rule, expected):
    assert parse(rule) == expected


@pytest.mark.parametrize(
    ("rule", "position", "reason", "hint"),
    [
        pytest.param("", 0, "empty", "a word", id="nothing"),
        pytest.param("  ", 0, "empty", "a word", id="white space"),
        pytest.param("a (b OR c", 2, "never closed", "add a )", id="open parenthesis"),
        pytest.param("a b)", 3, "closes nothing", "remove it", id="closing parenthesis"),
        pytest.param("a ()", 2, "nothing stands", "", id="empty parentheses"),
        pytest.param('a "b c', 2, "never closed", "two words", id="open quote"),
        pytest.param('""', 0, "nothing stands", "two words", id="empty quotes"),
        pytest.param('"…"', 0, "nothing stands", "two words", id="only punctuation in quotes"),
        pytest.param("a NEAR b", 2, "NEAR needs a number", "NEAR/6", id="NEAR alone"),
        pytest.param("a NEAR/x b", 2, "NEAR needs a number", "NEAR/6", id="NEAR with a letter"),
        pytest.param("a near/6 b", 2, "lower case is no operator", "NEAR/6", id="lower-case near"),
        pytest.param("a NEAR6 b", 2, "NEAR needs a number", "NEAR/6", id="NEAR6"),
        pytest.param("a THEN b", 2, "THEN needs a number", "THEN/6", id="THEN alone"),
        pytest.param("a SAME/6 b", 2, "SAME takes no number", "SAME", id="SAME with a number"),
        pytest.param("a NEAR/500 b", 2, "too far", "NEAR/100", id="NEAR too far"),
        pytest.param("NEAR/6 a", 0, "something before", "quotes", id="NEAR first"),
        pytest.param("a NEAR/6", 2, "something after", "quotes", id="NEAR last"),
        pytest.param("a NEAR/6 NOT b", 9, "no position", "outside", id="NEAR around NOT"),
        pytest.param("a NEAR/6 (b OR NOT c)", 15, "no position", "outside", id="NOT in it"),
        pytest.param("a~ b", 1, "means nothing", "NEAR/6", id="tilde"),
        pytest.param("a NEAR/6 (b c)", 10, "no position", "quotes", id="NEAR around AND"),
        pytest.param("a NEAR/6 lang:ru", 9, "no position", "outside", id="NEAR around a filter"),
        pytest.param("a NEAR/6 (b OR (c d))", 16, "no position", "quotes", id="AND in OR in NEAR"),
        pytest.param("a or b", 2, "lower case", "OR", id="lower-case or"),
        pytest.param("a and b", 2, "lower case", "AND", id="lower-case and"),
        pytest.param("a Not b", 2, "lower case", "NOT", id="half-capital not"),
        pytest.param("a OR", 2, "something after", "quotes", id="OR last"),
        pytest.param("OR a", 0, "something before", "quotes", id="OR first"),
        pytest.param("a OR OR b", 2, "something after", "quotes", id="OR twice"),
        pytest.param("NOT a", 0, "positive", "as well", id="NOT alone"),
        pytest.param("a OR NOT b", 5, "positive", "as well", id="NOT beside OR"),
        pytest.param("title:(NOT a)", 7, "positive", "as well", id="NOT alone in a field"),
        pytest.param("re*", 0, "at least 3 letters", "more of the word", id="short prefix"),
        pytest.param("a *", 2, "at least 3 letters", "beginning", id="star alone"),
        pytest.param("sanc*ion", 4, "end of a word", "sanction*", id="star inside"),
        pytest.param('"a san*tion"', 6, "end of a word", "sanction*", id="star inside a phrase"),
        pytest.param('="sanct*"', 1, "takes no *", "leave out", id="exact prefix"),
        pytest.param("a =", 2, "needs a word", "START", id="equals alone"),
        pytest.param("headline:a", 0, "unknown field", "title:", id="unknown field"),
        pytest.param("https://example.org", 0, "unknown field", "quotes", id="address"),
        pytest.param("title:(a url:b)", 9, "inside title", "side by side", id="field in a field"),
        pytest.param("title:", 6, "missing", "", id="field without a word"),
        pytest.param("lang:(ru NEAR/2 en)", 9, "names only", "OR", id="NEAR in a filter"),
        pytest.param("a, b", 1, "means nothing", "OR", id="comma"),
        pytest.param("a near b", 2, "lower case", '"near"', id="lower-case near"),
        pytest.param("a near/5 b", 2, "lower case", "NEAR/5", id="lower-case near with a number"),
        pytest.param("a NEAR 5 b", 2, "needs a number", "NEAR/6", id="number beside NEAR"),
        pytest.param("a NEAR/five b", 2, "needs a number", "NEAR/6", id="number in words"),
        pytest.param("a w/5 b", 2, "elsewhere", "NEAR/5", id="w/5"),
        pytest.param("a ADJ3 b", 2, "elsewhere", "THEN/3", id="ADJ3"),
        pytest.param("a ADJ b", 2, "elsewhere", "THEN/6", id="ADJ without a number"),
        pytest.param("custo?s", 5, "means nothing", "after at least three", id="question mark"),
        pytest.param("a AND OR b", 2, "something after", "quotes", id="AND OR"),
        pytest.param("a ODER b", 2, "in English", "write OR,", id="German or"),
        pytest.param("a oder b", 2, "in English", "write OR,", id="German or in lower case"),
        pytest.param("a UND b", 2, "in English", "write AND,", id="German and"),
        pytest.param("a NICHT b", 2, "in English", "write NOT,", id="German not"),
        pytest.param("a ИЛИ b", 2, "in English", "write OR,", id="Russian or"),
        pytest.param("a И b", 2, "in English", "write AND,", id="Russian and"),
        pytest.param("a або b", 2, "in English", "write OR,", id="Ukrainian or"),
        pytest.param("a ET b", 2, "in English", "write AND,", id="French and"),
        pytest.param("a lub b", 2, "in English", "write OR,", id="Polish or"),
        pytest.param("制裁 或 停火", 3, "in English", "write OR,", id="Chinese or"),
        pytest.param("a ＯＲ b", 2, "full-width", "OR", id="full-width OR"),
        pytest.param("a ＮＥＡＲ/5 b", 2, "full-width", "NEAR/5", id="full-width NEAR"),
        pytest.param("a ＆ b", 2, "no operator", "AND", id="full-width ampersand"),
        pytest.param("a ｜ b", 2, "no operator", "OR", id="full-width bar"),
        pytest.param("+lift a", 0, "before a word", "write lift", id="plus before a word"),
        pytest.param("a !lift", 2, "before a word", "NOT lift", id="bang before a word"),
        pytest.param("'peace plan'", 0, "double quotes", '"two words"', id="single quotes"),
        pytest.param("‘peace plan’", 0, "double quotes", '"two words"', id="curly single quotes"),
        pytest.param("word~2", 4, "means nothing", "NEAR/6", id="fuzzy word"),
        pytest.param("titel:a", 0, "unknown field", "did you mean title:?", id="misspelt field"),
        pytest.param("a" * 101, 0, "more than 100 letters", "part", id="endless word"),
        pytest.param('"' + "a " * 101 + '"', 0, "more than 100 words", "few", id="endless phrase"),
        pytest.param("a | b", 2, "means nothing", "OR", id="bar"),
        pytest.param("a & b", 2, "no operator", "AND", id="ampersand"),
        pytest.param("a ! b", 2, "no operator", "NOT", id="exclamation mark"),
        pytest.param("sanction?", 8, "means nothing", "*", id="question mark"),
        pytest.param("/sanctions?/", 10, "means nothing", "*", id="pattern with a sign"),
        pytest.param("/sanctions/", 0, "patterns", "OR", id="pattern"),
        pytest.param("a - b", 2, "no letter or digit", "touches", id="minus with spaces"),
        pytest.param("@", 0, "needs a name", "@russia", id="alias without a name"),
        pytest.param("@russia, b", 0, "needs a name", "@russia", id="alias with a comma"),
        pytest.param("Заголовок:a", 9, "means nothing", "quotes", id="colon after a word"),
    ],
)
def test_a_wrong_rule_is_refused_with_position_and_hint(rule, position, reason, hint):
    with pytest.raises(RuleError) as caught:
        parse(rule)

    assert caught.value.position == position
    assert reason in caught.value.reason
    assert hint in caught.value.hint


def test_every_node_knows_where_it_stands():
    rule = 'title:(G8 OR "group of eight") NEAR/8 @russia NOT football'

    places = {type(node).__name__: rule[node.position :] for node in walk(parse(rule))}

    assert places["Field"].startswith("title:")
    assert places["Or"].startswith("G8 OR")
    assert places["Near"].startswith("NEAR/8")
    assert places["Alias"].startswith("@russia")
    assert places["Not"].startswith("NOT")
    assert places["Phrase"].startswith("football")


@pytest.mark.parametrize(
    "word", ["or", "OR", "oder", "ET", "или", "near/6", "a, b", "NEAR/6", "12:x", "x*y"]
)
def test_what_would_be_read_otherwise_is_printed_in_quotes(word):
    node = Phrase(tuple(Word(part) for part in word.replace("*", "").split()))

    assert parse(unparse(node)) == node


@given(makers)
def test_a_printed_rule_reads_as_the_same_tree(make):
    node = make.tree(("one", "two"))

    assert parse(unparse(node)) == node
    assert unparse(parse(unparse(node))) == unparse(node)


# fmt: off
pieces = st.sampled_from((
    "a", "俄", '"', "(", ")", " ", "OR", "AND", "NOT", "-", "NEAR/2", "THEN/1", "SAME", "title:",
    "url:", "lang:", "outlet:", "=", "*", "@x", "abc*", "or", "near", ",", "U.S.", "“", "\n",
))
# fmt: on


@given(st.text() | st.lists(pieces).map("".join) | st.lists(pieces).map(" ".join))
def test_any_text_is_a_rule_or_a_rule_error(text):
    node = read(text)

    if isinstance(node, RuleError):
        assert 0 <= node.position <= len(text)
        assert node.reason
    else:
        assert parse(unparse(node)) == node


def read(text):
    try:
        return parse(text)
    except RuleError as error:
        return error


@pytest.mark.parametrize(
    "hostile",
    [
        pytest.param("(" * 100_000, id="parentheses"),
        pytest.param("-" * 100_000 + "a", id="minus signs"),
        pytest.param("NOT " * 100_000 + "a", id="NOTs"),
        pytest.param("a" + " NEAR/1 a" * 20_000, id="chain of NEAR"),
        pytest.param("title:" * 50_000 + "a", id="fields"),
        pytest.param("(a OR " * 20_000 + "a" + ")" * 20_000, id="groups"),
    ],
)
def test_deep_nesting_is_refused_and_not_a_crash(hostile):
    with pytest.raises(RuleError) as caught:
        parse(hostile)

    assert f"{MAX_DEPTH} deep" in caught.value.reason or "field" in caught.value.reason
