"""Every mistake of a person, and the exact words that answer it."""

import pytest

from monitor.documents import load_all
from monitor.errors import ConfigError

HEAD = "id: d\ntitle: T\nprovisions:\n"
PROVISION = HEAD + "- id: p\n  title: P\n  keywords: [fee]\n"

# (the file, what its problems say after the file's name)
SYNTAX = [
    (
        PROVISION + '  exclude:\n  - "night rest" OR quiet\n',
        "8:18: the text goes on after it seemed to end (in quotes: '\"night rest\" OR quiet')",
    ),
    (
        PROVISION + "  exclude:\n  - @ferry fee\n",
        "8:5: a text cannot start with @ (in quotes: '@ferry fee')",
    ),
    (
        PROVISION + "  exclude:\n  - *ferry fee\n",
        "8:12: the text goes on after it seemed to end (in quotes: '*ferry fee')",
    ),
    (
        PROVISION + "  exclude:\n  - *ferry\n",
        "8:5: '*ferry' refers to nothing above it (put a text that starts with '*' in quotes)",
    ),
    (
        PROVISION + "  exclude:\n  - !fee\n",
        "8:5: '!fee' is a tag, which is not used here (put a text that starts with '!' in quotes)",
    ),
    (PROVISION + "  text: Fees: lower\n", "7:13: unexpected ': ' (put a text with ': ' in quotes)"),
    (PROVISION + "\texclude: [x]\n", "7:1: a tab cannot be used here (indent with spaces)"),
    (
        PROVISION + "  text: 'It is\n  open\n",
        "7:9: a quote is opened here and never closed (close it)",
    ),
    (
        PROVISION + "  exclude: [museum\n  number: 1\n",
        "7:12: a bracket is opened here and not closed (close it)",
    ),
    (
        PROVISION + "  text\n  number: 1\n",
        "7:3: expected 'key: value' (is a ':' or a '- ' missing?)",
    ),
    (
        PROVISION + "   text: x\n",
        "7:4: this does not fit the lines above it (check its indentation)",
    ),
    (PROVISION + " text: x\n", "7:2: this does not fit the lines above it (check its indentation)"),
    (
        PROVISION + '  text: "a \\q"\n',
        "7:13: unknown '\\' in double quotes (write \\\\ or use single quotes)",
    ),
    (
        PROVISION + "  text: | a\n    b\n",
        "7:11: unexpected text after | or > (start on the next line)",
    ),
    (PROVISION + "  title: Q\n", "7:3: key 'title' is written twice (also in line 5)"),
    (PROVISION + "---\nid: e\n", "7:1: a second document starts here (remove '---')"),
    (PROVISION + "  text: a\x07b\n", "7:10: a control character is not allowed here (delete it)"),
    (PROVISION + "  {a: b}: c\n", "7:3: expected a key here (put a text with { or [ in quotes)"),
    ("x: " + "[" * 30 + "]" * 30 + "\n", "1:20: is nested more than 16 levels deep"),
    ("- a\n- b\n", "1:1: expected 'key: value' lines"),
]
SHAPE = [
    ("", "id: is missing", "provisions: is missing", "title: is missing"),
    (
        PROVISION + "  keyword: [fee]\n",
        "7:3: provisions[0].keyword: unknown key 'keyword' (did you mean 'keywords'?)",
    ),
    (
        PROVISION + "  colour: red\n",
        (
            "7:3: provisions[0].colour: unknown key 'colour' (known keys: id, number, "
            "kind, title, text, text.*, keywords, exclude, context, examples, "
            "renamed_from)"
        ),
    ),
    (HEAD + "- fee\n", "4:3: provisions[0]: expected 'key: value' lines"),
    (HEAD + "- id: p\n  keywords: [fee]\n", "4:3: provisions[0].title: is missing"),
    (HEAD + "- id: p\n  title: P\n", "4:3: provisions[0].keywords: is missing"),
    (
        HEAD + "- id: p\n  title: P\n  keywords:\n",
        "6:3: provisions[0].keywords: is empty (write at least one)",
    ),
    (
        HEAD + "- id: p\n  title:\n  keywords: [fee]\n",
        "5:3: provisions[0].title: is empty (write a value, or delete the line)",
    ),
    (
        HEAD + "- id: p\n  title: P\n  keywords: fee\n",
        "6:13: provisions[0].keywords: expected a list (as in [fee])",
    ),
    (
        HEAD + "- id: p\n  title: P\n  keywords:\n  - fee\n  -\n",
        "8:3: provisions[0].keywords[1]: is empty (write a value, or delete the line)",
    ),
    (
        HEAD + "- id: p\n  title: P\n  keywords:\n  - title: fees\n",
        (
            "7:5: provisions[0].keywords[0]: expected a rule (if it is one, put it in "
            "quotes: 'title: fees')"
        ),
    ),
    (
        HEAD + "- id: p\n  title: P\n  keywords:\n  - [fees]\n",
        (
            "7:5: provisions[0].keywords[0]: expected a rule (a text that starts with [ "
            "must be in quotes)"
        ),
    ),
    (
        HEAD + "- id: p\n  title: P\n  keywords:\n  - {rule: fee, wieght: 2}\n",
        "7:17: provisions[0].keywords[0].wieght: unknown key 'wieght' (did you mean 'weight'?)",
    ),
    (
        HEAD + "- id: p\n  title: P\n  keywords:\n  - {rule: fee, weight: heavy}\n",
        "7:25: provisions[0].keywords[0].weight: expected a number",
    ),
    (
        HEAD + "- id: p\n  title: P\n  keywords:\n  - {rule: fee, weight: 0}\n",
        "7:25: provisions[0].keywords[0].weight: must be more than 0",
    ),
    (
        HEAD + "- id: p\n  title: P\n  keywords:\n  - {rule: fee, lang: [ua]}\n",
        "7:24: provisions[0].keywords[0].lang[0]: unknown language 'ua' (write 'uk')",
    ),
    (
        HEAD + "- id: p\n  title: P\n  keywords:\n  - {rule: fee, lang: de}\n",
        "7:23: provisions[0].keywords[0].lang: expected a list (as in [de])",
    ),
    (
        HEAD + "- id: p\n  title: P\n  keywords:\n  - {weight: 2}\n",
        "7:5: provisions[0].keywords[0].rule: is missing",
    ),
    (
        HEAD + "- id: Night_Rest\n  title: P\n  keywords: [fee]\n",
        (
            "4:7: provisions[0].id: an id is made of a-z, 0-9 and single hyphens, at "
            "most 64 of them (write 'night-rest')"
        ),
    ),
    (
        PROVISION + PROVISION.removeprefix(HEAD),
        "7:7: provisions[1].id: id 'p' is used twice (also in line 4; each needs its own)",
    ),
    (
        PROVISION + "  kind: claims\n",
        "7:9: provisions[0].kind: expected provision, claim or whole (did you mean 'claim'?)",
    ),
    (
        PROVISION + "  text.rus: T\n",
        "7:3: provisions[0].text.rus: unknown language 'rus' (two letters, as in en, uk or zh)",
    ),
    (
        PROVISION + "  texts: {ru: T}\n",
        "7:3: provisions[0].texts: unknown key 'texts' (did you mean 'text'?)",
    ),
    (
        PROVISION + "  renamed_from: p\n",
        (
            "7:17: provisions[0].renamed_from: 'p' is still the id of a provision "
            "(write its former id)"
        ),
    ),
    (
        PROVISION + "  examples: {hits: [x]}\n",
        "7:14: provisions[0].examples.hits: unknown key 'hits' (did you mean 'hit'?)",
    ),
    (
        PROVISION + "  examples: {hit: x}\n",
        "7:19: provisions[0].examples.hit: expected a list (as in [x])",
    ),
    (
        PROVISION + "languages: [en, english]\n",
        "7:17: languages[1]: unknown language 'english' (write 'en')",
    ),
    (PROVISION + "languages: []\n", "7:12: languages: is empty (write at least one)"),
    (
        PROVISION + "source: {date: 5 March 2024}\n",
        "7:16: source.date: expected a date (year-month-day, as in 2025-11-20)",
    ),
    (
        PROVISION + "source: {url: harbors.example}\n",
        "7:15: source.url: expected a web address (it starts with https:// and has no blanks)",
    ),
    (
        PROVISION + "aliases: {'@ferry': [ferry]}\n",
        (
            "7:11: aliases.@ferry: a list's name is made of letters, digits and hyphens "
            "(write it without @)"
        ),
    ),
    (PROVISION + "aliases: {ferry: []}\n", "7:18: aliases.ferry: is empty (write at least one)"),
    (PROVISION + "aliases: [ferry]\n", "7:10: aliases: expected 'key: value' lines"),
    (PROVISION + "  context: [none]\n", "7:12: provisions[0].context: expected text"),
]


@pytest.mark.parametrize("mistake", SYNTAX + SHAPE, ids=lambda m: m[1])
def test_a_mistake_is_answered_with_its_place_and_what_to_write(mistake, tmp_path):
    text, *expected = mistake
    path = tmp_path / "d.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError) as raised:
        load_all([path])

    said = [str(problem).removeprefix(f"{path}:").strip() for problem in raised.value.problems]
    assert said == expected
