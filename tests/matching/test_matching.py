"""What a rule finds and what it does not, operator by operator and language by language."""

import pytest

from monitor.matching import Percolator
from monitor.matching.bound import leaves
from monitor.matching.compile import compiled
from monitor.matching.leaves import LeafTable
from monitor.model import Origin, Rule
from tests.matching.making import document, hit, item, matched, provision


@pytest.mark.parametrize(
    ("rule", "text", "expected"),
    [
        pytest.param("chip", "Chipmakers meet", [], id="no part of a word"),
        pytest.param("chip", "New chips for Norhaven", ["chips"], id="plural"),
        pytest.param("#ceasefire", "A ceasefire", ["ceasefire"], id="a hashtag and its word"),
        pytest.param("ceasefire", "It's a #Ceasefire", ["Ceasefire"], id="a word and its hashtag"),
        pytest.param('"oder"', "Tod oder Leben", ["oder"], id="an operator's word in quotes"),
        pytest.param("UN", "un accord fragile", [], id="UN is not un"),
        pytest.param("UN", "The UN votes", ["UN"], id="UN"),
        pytest.param("US", "Let us talk", [], id="US is not us"),
        pytest.param("US", "U.S. envoy lands", ["U.S."], id="US with dots"),
        pytest.param("US", "US-led talks", ["US"], id="US before a hyphen"),
        pytest.param("us", "US envoy", ["US"], id="a word in lower case finds both"),
        pytest.param("G8", "The G-8 meets", ["G-8"], id="a code with a hyphen"),
        pytest.param("NATO", "Nato meets", [], id="a code is taken as written"),
        pytest.param("NATO", "NATO SUMMIT ENDS WITHOUT PACT", ["NATO"], id="title in capitals"),
        pytest.param("harbour", "HARBOUR TREATY SIGNED", ["HARBOUR"], id="and a word"),
        pytest.param("US", "LET US TALK", ["US"], id="capitals do not tell US from us there"),
        pytest.param("Un", "UN VOTES", ["UN"], id="nor UN from un"),
        pytest.param("=Start", "START TALKS BEGIN", [], id="exactly so is exact there too"),
        pytest.param("Nato", "NATO SUMMIT ENDS", ["NATO"], id="a name in capitals"),
        pytest.param("verhandlung", "VERHANDLUNGEN IN WIEN", ["VERHANDLUNGEN"], id="inflected"),
        pytest.param("AI", "Training in Spain", [], id="a code is no part of a word"),
        pytest.param("ai", "Training in Spain", [], id="nor is a short word"),
        pytest.param("ceasefire", "A cease-fire holds", ["cease-fire"], id="solid finds hyphen"),
        pytest.param("ceasefire", "A cease fire holds", ["cease fire"], id="solid finds space"),
        pytest.param("ceasefire", "Ceasefires hold", ["Ceasefires"], id="solid finds plural"),
        pytest.param("ceasefire", "Cease-fires hold", ["Cease-fires"], id="and plural in two"),
        pytest.param("cease-fire", "A ceasefire holds", ["ceasefire"], id="hyphen finds solid"),
        pytest.param("cease-fire", "A cease fire holds", ["cease fire"], id="hyphen finds space"),
        pytest.param('"cease fire"', "A ceasefire holds", ["ceasefire"], id="phrase finds solid"),
        pytest.param("cease-fire", "Cease, fire", [], id="but not over a comma"),
        pytest.param('"western allies"', "Western grain", [], id="a phrase is not its first word"),
        pytest.param("ceasefire", "Cease\u2011fire", ["Cease\u2011fire"], id="non-breaking hyphen"),
        pytest.param("Iran", "I ran for office", [], id="two short words are no name"),
        pytest.param("non-aggression", "nonaggression pact", ["nonaggression"], id="non-"),
        pytest.param("600,000", "600 000 troops", ["600 000"], id="thousands with a space"),
        pytest.param("600,000", "600.000 Soldaten", ["600.000"], id="thousands with a dot"),
        pytest.param("sanctions", "sanc\u00adtions", ["sanc\u00adtions"], id="soft hyphen"),
        pytest.param("sanctions", "sanc\u200btions", ["sanc\u200btions"], id="zero-width space"),
        pytest.param("Norhaven", "Norhaven\u2019s harbour", ["Norhaven"], id="curly possessive"),
        pytest.param("negociés", "ne\u0301gocie\u0301s", ["ne\u0301gocie\u0301s"], id="decomposed"),
        pytest.param("sanct*", "Sanctioned ships", ["Sanctioned"], id="prefix"),
        pytest.param("ceasefir*", "cease-fires", ["cease-fires"], id="prefix over a hyphen"),
        pytest.param("mediac*", "A media claim", [], id="but not by a letter"),
        pytest.param("mediac*", "The media-coverage", [], id="nor over a hyphen"),
        pytest.param('"Europe live"', "Europe-led talks", [], id="two words that begin alike"),
        pytest.param("shell*", "She'll resign", [], id="a clipped verb"),
        pytest.param("pret*", "Pre-trial talks", [], id="pre- is half of a longer word"),
        pytest.param("OBrien", "O\u2019Brien resigns", ["O\u2019Brien"], id="a name in two"),
        pytest.param("20", "Norhaven wins 2-0", [], id="a score is no number"),
        pytest.param("12", "Rounds 1 2", [], id="nor are two"),
        pytest.param("mediacover*", "Media-coverage", ["Media-coverage"], id="by five letters"),
        pytest.param("USA*", "fuel usage", [], id="prefix of a code is taken as written"),
    ],
)  # fmt: skip
def test_a_word_is_found_in_all_its_spellings_and_no_other(rule, text, expected):
    assert matched(rule, text) == expected


AMOUNTS = [
    "$100bn", "$100 billion", "a 100-billion loan", "100 Mrd. Euro", "100\u00a0млрд долларов",
    "1000亿美元", "1000億美元", "100.000 millones", "0,1 trillion", "100,000,000,000 euros",
]  # fmt: skip


@pytest.mark.parametrize("rule", ["100bn", '"100 billion"', '"100 Mrd"', '"100 млрд"', "1000亿"])
def test_an_amount_is_found_however_it_is_written(rule):
    missed = [text for text in AMOUNTS if not matched(rule, text)]

    assert missed == []


@pytest.mark.parametrize(
    ("rule", "text", "expected"),
    [
        pytest.param("600,000", "600k troops", ["600k"], id="k"),
        pytest.param("600K", "600 тыс. солдат", ["600 тыс"], id="a rule in capitals"),
        pytest.param("600,000", "600'000 soldiers", ["600'000"], id="Swiss"),
        pytest.param('"600 thousand"', "600 000 troops", ["600 000"], id="parted by a space"),
        pytest.param("1.5bn", "1,5 Mrd. Euro", ["1,5 Mrd"], id="decimals"),
        pytest.param("9bn", "19 billion", [], id="no part of a number"),
        pytest.param("15bn", "1.5 billion", [], id="nor without its point"),
        pytest.param("100bn", "100, billion", [], id="not over a comma"),
        pytest.param("100bn", "It cost 100. Billion", [], id="nor over a full stop"),
        pytest.param("100bn", "100 billionaires", [], id="another word"),
        pytest.param("2025", "20.25 hundred, 2,02 thousand", [], id="a year is no amount"),
        pytest.param("billion", "$100 billion", ["billion"], id="the word stays a word"),
        pytest.param('"100 billion dollars"', "100bn dollars", ["100bn dollars"], id="in a phrase"),
        pytest.param('="100 billion"', "100bn", [], id="exactly so"),
        pytest.param("28-point", "28 points", ["28 points"], id="points"),
        pytest.param("28点", "28 點計劃", ["28 點"], id="points in Chinese"),
        pytest.param("24", "24.11.2025", [], id="a date is one word"),
    ],
)  # fmt: skip
def test_numbers_are_compared_by_what_they_are_worth(rule, text, expected):
    assert matched(rule, text) == expected


@pytest.mark.parametrize(
    ("rule", "text", "expected"),
    [
        pytest.param("ease ban", "Ban to be eased", ["Ban", "eased"], id="all words"),
        pytest.param("ease ban", "Ban stays", [], id="one word missing"),
        pytest.param("ease OR ban", "Ban stays", ["Ban"], id="one of two"),
        pytest.param("ease OR ban", "Ban eased", ["Ban", "eased"], id="those that hold"),
        pytest.param("ban NOT eased", "Ban stays", ["Ban"], id="NOT missing"),
        pytest.param("ban NOT eased", "Ban eased", [], id="NOT there"),
        pytest.param("ban -(eased OR lifted)", "Ban lifted", [], id="minus group"),
        pytest.param('"frozen assets"', "Frozen assets moved", ["Frozen assets"], id="phrase"),
        pytest.param('"frozen assets"', "Assets frozen", [], id="phrase in order"),
        pytest.param('"frozen assets"', "Rivers frozen. Assets safe", [], id="one sentence"),
        pytest.param('"frozen asset"', "frozen assets", ["frozen assets"], id="phrase inflects"),
        pytest.param('"fro* asset*"', "frozen assets", ["frozen assets"], id="prefixes inside"),
        pytest.param("ban NEAR/2 oil", "oil under the ban", ["oil", "ban"], id="NEAR backwards"),
        pytest.param("ban NEAR/1 oil", "oil under the ban", [], id="NEAR too far"),
        pytest.param("ban THEN/2 oil", "oil under the ban", [], id="THEN wants order"),
        pytest.param("oil THEN/2 ban", "oil under the ban", ["oil", "ban"], id="THEN in order"),
        pytest.param("oil NEAR/3 oil", "oil", [], id="a word is not near itself"),
        pytest.param("oil NEAR/0 ban", "oil ban", ["oil", "ban"], id="neighbours"),
        pytest.param("oil NEAR/2 (ban OR cap)", "cap on oil", ["cap", "oil"], id="NEAR a group"),
        pytest.param("oil NEAR/1 ban NEAR/1 gas", "oil ban gas", ["oil", "ban", "gas"], id="chain"),
        pytest.param("oil NEAR/1 ban NEAR/0 gas", "oil ban on gas", [], id="chain too far"),
        pytest.param("oil SAME ban", "Oil up. Ban stays", [], id="two sentences"),
        pytest.param("oil SAME ban", "Oil up as ban stays", ["Oil", "ban"], id="one sentence"),
        pytest.param("oil SAME ban", "U.S. oil and Mr. Horn's ban", ["oil", "ban"], id="no end"),
        pytest.param('="START"', "New START ends", ["START"], id="exact"),
        pytest.param('="START"', "Talks start", [], id="exact case"),
        pytest.param('="lift"', "lifted", [], id="exact does not inflect"),
        pytest.param('="Moscú"', "Moscu", [], id="exact accents"),
        pytest.param("制裁", "取消对俄制裁措施", ["制裁"], id="Chinese word inside a run"),
        pytest.param("俄罗斯 制裁", "对俄羅斯實施制裁", ["俄羅斯", "制裁"], id="traditional"),
        pytest.param("制裁", "制度、裁判", [], id="Chinese word in one piece"),
        pytest.param("制裁 NEAR/3 解除", "制裁将逐步得到解除", ["制裁", "解除"], id="half words"),
        pytest.param("制裁 NEAR/2 解除", "制裁将逐步地并得到解除", [], id="characters too far"),
        pytest.param('"G8 峰会"', "重返G8峰会", ["G8峰会"], id="mixed scripts"),
    ],
)  # fmt: skip
def test_an_operator_holds_exactly_where_it_should(rule, text, expected):
    assert matched(rule, text) == expected


@pytest.mark.parametrize(
    ("rule", "text", "expected"),
    [
        ("lift", "Ban lifted", ["lifted"]),
        ("negotiation", "Negotiations stall", ["Negotiations"]),
        ("санкция", "Новых санкций не будет", ["санкций"]),
        ("активы", "Заморозка активов банка", ["активов"]),
        ("зелёный", "Зеленого коридора нет", ["Зеленого"]),
        ("санкція", "Про зняття санкцій не йдеться", ["санкцій"]),
        ("переговори", "Тур переговорів відкладено", ["переговорів"]),
        ("заморожений актив", "Заморожених активів не торкнуться", ["Заморожених", "активів"]),
        ("Уиткофф", "Визит Уиткоффа", ["Уиткоффа"]),
        ("Haus", "HÄUSER am Hafen", ["HÄUSER"]),
        ("aufheben", "Sperre wird aufgehoben", ["aufgehoben"]),
        ("об'єднання", "Нове обʼєднання міст", ["обʼєднання"]),
        ("制裁", "制裁升级", ["制裁"]),
        ("Verhandlung", "Neue Verhandlungen im Hafen", ["Verhandlungen"]),
        ("Gespräch", "Gespraeche und Gespräche", ["Gespraeche", "Gespräche"]),
        ("négociation", "Les négociations reprennent", ["négociations"]),
        ("négociation", "REPRISE DES NEGOCIATIONS", ["NEGOCIATIONS"]),
        ("sanción", "Nuevas sanciones al puerto", ["sanciones"]),
        ("negociación", "Siguen las negociaciones", ["negociaciones"]),
        ("sankcje", "Nowych sankcji nie będzie", ["sankcji"]),
        ("rozmowa", "Rozmowy w porcie", ["Rozmowy"]),
    ],
)
def test_an_inflected_word_is_found_in_its_language(rule, text, expected):
    assert matched(rule, text) == expected


def test_a_dictionary_keeps_apart_what_endings_run_together():
    assert matched("Burg", "Bürger an den Burgen", languages=("de",)) == ["Burgen"]


def test_a_word_that_begins_unlike_its_dictionary_form_is_no_form_of_it():
    assert matched("war", "Der Krieg und sein Ende, seine Folgen") == []
    assert matched("sein", "Es war sein Hafen") == ["sein"]


def test_the_languages_of_a_line_select_inflection_and_never_items():
    rule = Rule(text="санкция", languages=("en",))

    assert matched(rule, "Новых санкций не будет") == []
    assert matched(rule, item("Новая санкция", language="ru")) == ["санкция"]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("title:harbour", ["Harbour"]),
        ("text:harbour", ["harbour"]),
        ("harbour", ["Harbour", "harbour"]),
        ("title:(harbour fee)", []),
        ("title:harbour text:fee", ["Harbour", "fee"]),
        ("title:harbour NEAR/3 fee", []),
        ("fee NEAR/3 treaty", []),
        ("url:ports", ["ports"]),
        ("url:port", []),
        ('url:"news/ports"', ["news/ports"]),
        ("harbour outlet:norhaven-times", ["Harbour", "harbour", "norhaven-times"]),
        ("harbour outlet:norhaven", []),
        ("harbour outlet:norhaven*", ["Harbour", "harbour", "norhaven-times"]),
        ("treaty lang:en", ["treaty", "en"]),
        ("treaty lang:de", []),
        ("treaty NOT lang:de", ["treaty"]),
        ("body:harbour", []),
    ],
)
def test_a_field_limits_where_a_word_is_looked_for(rule, expected):
    news = item(
        "Harbour treaty signed",
        "The harbour charges a fee",
        url="https://example.org/news/ports",
        outlet="norhaven-times",
        language="en",
    )

    assert sorted(matched(rule, news)) == sorted(expected)


def test_an_alias_stands_for_all_its_names_and_lists():
    aliases = {"towns": ["@north", "Sudport*"], "north": ["Norhaven", "北港"]}

    assert matched("fee NEAR/4 @towns", "Fee in Norhaven", aliases=aliases) == ["Fee", "Norhaven"]
    assert matched("fee @towns", "Sudporters pay a fee", aliases=aliases) == ["Sudporters", "fee"]
    assert matched("title:@towns", item("x", "北港"), aliases=aliases) == []
    assert matched("@towns", item("x", "在北港"), aliases=aliases) == ["北港"]


def test_a_provision_needs_its_context():
    percolator = Percolator([document(provision("fee", context="harbour OR port"))])

    assert not percolator.match(item("School fee")).hits
    assert percolator.match(item("Port fee")).hits


def test_an_exclude_holds_back_its_own_provision_only():
    one = provision("fee", id="one", exclude=["airport", "museum"])
    two = provision("fee", id="two")

    verdict = Percolator([document(one, two)]).match(item("Museum fee"))

    assert [found.provision for found in verdict.hits] == ["doc/two"]
    (held,) = verdict.held_back
    assert (held.provision, held.exclude, held.rule) == ("doc/one", 1, "museum")


def test_what_would_not_have_hit_is_not_held_back():
    one = provision("fee", exclude=["airport"], context="harbour")

    assert not Percolator([document(one)]).match(item("Airport fee")).held_back
    assert not Percolator([document(one)]).match(item("Airport at the harbour")).held_back


def test_evidence_names_the_keyword_the_leaf_and_the_place():
    made = document(provision("museum", "fee harbour", 'title:"port due*" OR ="Fee"'))

    (found,) = Percolator([made]).match(item("Port dues", "Harbour Fee")).hits

    assert [(e.rule, e.leaf, e.field, e.start, e.end) for e in found.evidence] == [
        (1, "fee", "text", 8, 11),
        (1, "harbour", "text", 0, 7),
        (2, '="Fee"', "text", 8, 11),
        (2, 'title:"port due*"', "title", 0, 9),
    ]


def test_hits_carry_what_they_were_found_with_and_come_best_first():
    made = document(
        provision("fee", id="b"), provision("fee", id="a"), provision("text:fee", id="c")
    )
    percolator = Percolator([made])

    found = percolator.match(item("Fee", "fee", rev=3), origin=Origin.BACKFILL).hits

    assert [one.provision for one in found] == ["doc/a", "doc/b", "doc/c"]
    assert {one.item_rev for one in found} == {3}
    assert {one.origin for one in found} == {Origin.BACKFILL}
    assert all(one.rules_version == percolator.versions[one.provision] for one in found)


def test_several_documents_are_asked_at_once():
    other = document(provision("harbour", document="other"))

    found = Percolator([document(provision("fee")), other]).match(item("Harbour fee")).hits

    assert [one.provision for one in found] == ["other/one", "doc/one"]


BASE = {"aliases": {"towns": ["Norhaven"]}, "languages": ("en",)}


@pytest.mark.parametrize(
    ("changed", "same"),
    [
        pytest.param(document(provision("fee @towns"), **BASE), True, id="nothing"),
        pytest.param(document(provision("(fee) AND @towns"), **BASE), True, id="spelling"),
        pytest.param(document(provision("fee"), **BASE), False, id="rule"),
        pytest.param(document(provision("fee @towns", "x"), **BASE), False, id="keyword added"),
        pytest.param(document(provision("fee @towns", context="x"), **BASE), False, id="context"),
        pytest.param(document(provision("fee @towns", exclude=["x"]), **BASE), False, id="exclude"),
        pytest.param(
            document(provision(Rule(text="fee @towns", weight=2)), **BASE), False, id="weight"
        ),
        pytest.param(
            document(provision(Rule(text="fee @towns", note="why")), **BASE), True, id="note"
        ),
        pytest.param(
            document(provision("fee @towns"), aliases={"towns": ["Sudport"]}, languages=("en",)),
            False,
            id="alias",
        ),
        pytest.param(
            document(provision("fee @towns"), aliases=BASE["aliases"], languages=("de",)),
            False,
            id="languages",
        ),
        pytest.param(
            document(provision("fee @towns"), provision("x", id="two"), **BASE),
            True,
            id="another provision",
        ),
    ],
)
def test_the_rules_version_changes_with_what_can_change_a_hit(changed, same):
    versions = Percolator([document(provision("fee @towns"), **BASE)]).versions

    assert (Percolator([changed]).versions["doc/one"] == versions["doc/one"]) is same


def test_a_score_is_the_sum_of_its_reasons_and_stays_below_a_hundred():
    weak = hit("fee", item("x", "fee"))
    strong = hit(Rule(text="fee NEAR/3 harbour", weight=5), item("harbour fee", "harbour fee"))

    for found in (weak, strong, hit(Rule(text="fee", weight=0), "fee")):
        assert found.score == pytest.approx(sum(points for _, points in found.contributions))
        assert 0 <= found.score <= 100
    assert weak.score < strong.score


def test_a_sum_above_a_hundred_is_cut_and_says_so():
    made = document(
        provision(
            Rule(text="harbour fees dues tolls", weight=5), text="Harbour fees, dues and tolls"
        )
    )

    (found,) = Percolator([made]).match(item("harbour fees, dues, tolls", language="en")).hits

    assert found.score == 100
    assert found.contributions[-1][0] == "cut at 100"


def test_forgetting_words_changes_nothing():
    rule = provision('"cease fire" OR ceasefire OR sanct* OR harbour')
    (one,) = compiled(document(rule))
    news = item("cease fire, ceasefire", "Cease-fires and sanctions in harbours, cease fires")
    some = [leaf for line in one.keywords for leaf in leaves(line.node)]
    found = LeafTable(some).find(news)
    forgetful = LeafTable(some, remembered=1)

    assert found.spans
    assert [forgetful.find(news).spans for _ in range(2)] == [found.spans] * 2


def test_a_language_that_inflects_at_the_beginning_is_read_whole():
    assert matched("كتاب", "الكتاب الجديد", languages=("ar",)) == ["الكتاب"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a harbour. Fee rises", []),
        ("pay harbour fee. Port due", ["harbour", "fee"]),
    ],
)
def test_a_pair_that_crosses_a_sentence_stands_in_none(text, expected):
    assert matched("(harbour NEAR/2 fee) SAME pay", text) == [*["pay"][: len(expected)], *expected]
