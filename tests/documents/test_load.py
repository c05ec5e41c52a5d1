import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.documents import load, load_all
from monitor.documents.read import _document, _lines
from monitor.documents.shape import (
    DocumentLines,
    Examples,
    ProvisionLines,
    RuleLine,
    SourceLines,
)
from monitor.errors import ConfigError
from monitor.model import Kind, Rule, Source
from monitor.source import yaml_source

FERRY = """\
id: ferry-treaty
title: Treaty on the
  night ferries
source: {name: Joint Harbor Office, url: "https://harbors.example/treaty", date: 2024-03-05}
version: 1.10
languages: [en, de]
aliases:
  ferry: [ferry, {rule: Fähr*, lang: [de]}, '@boats']
  boats: [boat]
context: '@ferry'
provisions:
  - id: treaty
    kind: whole
    title: The treaty
    context: none
    keywords: ['"ferry treaty"']
  - id: harbor-fees
    number: 3a
    title: Fees fall by a third
    text: >
      Both sides lower
      the fees.
    text.de: Beide Seiten senken die Gebühren.
    keywords:
      - fee* NEAR/6 lower*
      - rule: |
          toll
            OR charge
        weight: 2
        lang: [en]
        note: as the press says
    exclude:
    #  - museum
    examples:
      hit: [Northport cuts ferry fees]
      miss: ['Museum ship: entry fees cut']
    renamed_from: fees
"""


@pytest.fixture
def ferry(tmp_path):
    path = tmp_path / "ferry.yaml"
    path.write_text(FERRY, encoding="utf-8")
    return path


def test_a_document_is_what_its_file_says(ferry):
    document = load(ferry)

    assert (document.id, document.title) == ("ferry-treaty", "Treaty on the night ferries")
    assert document.source == Source(
        name="Joint Harbor Office", url="https://harbors.example/treaty", date=date(2024, 3, 5)
    )
    assert (document.version, document.languages) == ("1.10", ("en", "de"))
    assert document.aliases == {
        "ferry": (Rule(text="ferry"), Rule(text="Fähr*", languages=("de",)), Rule(text="@boats")),
        "boats": (Rule(text="boat"),),
    }
    assert [provision.key for provision in document.provisions] == [
        "ferry-treaty/treaty",
        "ferry-treaty/harbor-fees",
    ]


def test_a_provision_is_what_its_lines_say(ferry):
    whole, fees = load(ferry).provisions

    assert (whole.kind, whole.number, whole.text, whole.texts) == (Kind.WHOLE, "", "", {})
    assert (fees.kind, fees.number, fees.title) == (Kind.PROVISION, "3a", "Fees fall by a third")
    assert fees.text == "Both sides lower the fees.\n"
    assert fees.texts == {"de": "Beide Seiten senken die Gebühren."}
    assert fees.keywords == (
        Rule(text="fee* NEAR/6 lower*"),
        Rule(text="toll\n  OR charge\n", weight=2, languages=("en",), note="as the press says"),
    )
    assert fees.exclude == ()
    assert fees.hits == (Rule(text="Northport cuts ferry fees"),)
    assert fees.misses == (Rule(text="Museum ship: entry fees cut"),)
    assert fees.renamed_from == "fees"


def test_a_provision_has_the_documents_context_unless_it_says_otherwise(ferry):
    whole, fees = load(ferry).provisions

    assert whole.context is None
    assert fees.context == Rule(text="@ferry")
    assert fees.context.key == "context"


def test_every_rule_knows_its_key_and_its_place(ferry):
    document = load(ferry)
    fees = document.provisions[1]

    rules = {
        rule.key: rule.place.at()
        for rule in [*document.aliases["ferry"], *fees.keywords, *fees.hits, *fees.misses]
    }

    assert rules == {
        "aliases.ferry[0]": (8, 11),
        "aliases.ferry[1]": (8, 25),
        "aliases.ferry[2]": (8, 46),
        "provisions[1].keywords[0]": (25, 9),
        "provisions[1].keywords[1]": (27, 11),
        "provisions[1].examples.hit[0]": (35, 13),
        "provisions[1].examples.miss[0]": (36, 15),
    }
    assert fees.keywords[0].place.file == str(ferry)
    assert fees.keywords[1].place.at(7) == (28, 13)


def test_a_directory_is_read_by_file_name(tmp_path, ferry):
    bridge = "id: bridge\ntitle: Bridge\nprovisions: [{id: toll, title: Toll, keywords: [toll]}]\n"
    (tmp_path / "bridge.yml").write_text(bridge)
    (tmp_path / "TEMPLATE.yaml").write_text("no document")
    (tmp_path / ".bridge.yaml").write_text("no document")
    (tmp_path / "README.md").write_text("no document")

    assert [document.id for document in load_all(tmp_path)] == ["bridge", "ferry-treaty"]
    assert load_all([ferry]) == (load(ferry),)


def test_an_id_belongs_to_one_document(tmp_path, ferry):
    copy = tmp_path / "twin.yaml"
    copy.write_text(FERRY, encoding="utf-8")

    with pytest.raises(ConfigError) as raised:
        load_all(tmp_path)

    assert str(raised.value) == (
        f"{copy}:1:5: id: id 'ferry-treaty' is used twice"
        f" (also in {ferry}; each document needs its own)"
    )


def test_all_problems_of_all_documents_come_at_once(tmp_path, ferry):
    ferry.write_text(
        FERRY.replace("lang: [en]", "lang: [xx]").replace("id: harbor-fees", "id: treaty")
    )
    (tmp_path / "other.yaml").write_text("- nothing\n")
    (tmp_path / "syntax.yaml").write_text("a: 'x\n")

    with pytest.raises(ConfigError) as raised:
        load_all(tmp_path)

    assert [(p.file.rpartition("/")[2], p.key, p.reason) for p in raised.value.problems] == [
        ("ferry.yaml", "provisions[1].id", "id 'treaty' is used twice"),
        ("ferry.yaml", "provisions[1].keywords[1].lang[0]", "unknown language 'xx'"),
        ("other.yaml", "", "expected 'key: value' lines"),
        ("syntax.yaml", "", "a quote is opened here and never closed"),
    ]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "there is no document here (a document is a file like my-treaty.yaml)"),
        ("seeds", "the documents cannot be read: No such file or directory"),
    ],
    ids=["empty", "missing"],
)
def test_a_directory_without_documents_is_a_problem(name, said, tmp_path):
    with pytest.raises(ConfigError) as raised:
        load_all(tmp_path / name)

    assert str(raised.value) == f"{tmp_path / name}: {said}"


SHAPES = (DocumentLines, SourceLines, ProvisionLines, RuleLine, Examples)
KEYS = st.sampled_from(sorted({"text.de", "x"}.union(*(shape.model_fields for shape in SHAPES))))
SCALARS = st.sampled_from(
    ["", "a", "en", "none", "2024-03-05", "1", "\ud800", "a\nb", "'", None, 2]
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=20,
)
LIKE_A_DOCUMENT = st.fixed_dictionaries(
    {"id": ANYTHING, "title": ANYTHING},
    optional={
        "aliases": st.dictionaries(KEYS, ANYTHING, max_size=2),
        "source": ANYTHING,
        "languages": ANYTHING,
        "context": ANYTHING,
        "provisions": st.lists(
            st.dictionaries(KEYS, ANYTHING, max_size=6)
            | st.fixed_dictionaries(
                {"id": SCALARS, "title": SCALARS, "keywords": st.lists(ANYTHING, max_size=2)}
            ),
            max_size=3,
        ),
    },
)


@given(LIKE_A_DOCUMENT | ANYTHING)
def test_whatever_a_file_holds_is_read_or_answered(data):
    for problem in problems(json.dumps(data)):
        assert problem.line
        assert str(problem).encode()
        assert "cannot be used here" not in problem.reason


def problems(text):
    try:
        source = yaml_source(text, file="x.yaml")
        _document(source, _lines(source))
    except ConfigError as e:
        return e.problems
    return ()
