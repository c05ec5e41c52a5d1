"""feeds.yaml is edited as a person would: nothing but the meant lines changes."""

import difflib
from datetime import timedelta

import pytest

from monitor.config.editing import added, paused
from monitor.config.people import feeds_in
from monitor.errors import ConfigError
from monitor.model import FeedSpec, Outlet
from monitor.source import yaml_source

FILE = """\
# Ours.
outlets:

  # agencies
  - {id: wire, name: The Wire}   # first
  - id: post
    name: Harbour Post

# what is polled
feeds:
  - {id: wire-en, outlet: wire, url: "https://wire.example/en", every: 30m}     # often
  - id: post
    outlet: post
    url: https://post.example/rss # the whole of it
  - {id: echo, url: 'https://echo.example/rss', aggregator: true, paused: true}
  - id: gull
    paused: true
    outlet: post
    url: https://gull.example/rss
# the end
"""
GULL = Outlet(id="gull-house", name="Gull: the paper", aliases=("gull.example", "Möwe"))
NEWS = FeedSpec(
    id="gull-news", outlet="gull-house", url="https://gull.example/?a=1", every=timedelta(hours=2)
)


def source(text=FILE):
    return yaml_source(text, file="feeds.yaml")


def changed(before, after):
    """The lines that went (-) and came (+)."""
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    return [line for line in lines if line[0] in "+-"]


def test_new_lines_stand_behind_the_last_of_their_list():
    text = added(source(), [GULL], [NEWS])

    assert changed(FILE, text) == [
        '+   - {id: gull-house, name: "Gull: the paper", aliases: [gull.example, Möwe]}',
        '+   - {id: gull-news, outlet: gull-house, url: "https://gull.example/?a=1", every: 2h}',
    ]
    found = feeds_in(source(text))
    assert (found.outlets[-1], found.feeds[-1], found.problems) == (GULL, NEWS, ())


@pytest.mark.parametrize(
    "text",
    [
        "outlets:\n- {id: a, name: A}\nfeeds:\n- {id: a, outlet: a, url: 'https://a.example'}",
        "outlets: []   # none yet\nfeeds:\n",
        "outlets:\nfeeds: ~\n",
        "outlets:   # none\n\nfeeds: [ ]",
        "",
        "# nothing yet\n",
        "feeds:\n",
        "outlets:\n    - id: a\n      name: A\n      aliases:\n      - x\n      - y\n",
        "outlets:\n  - {id: a,\n     name: A}\nfeeds:\n  - {id: a, outlet: a,\n     url: 'https://a.ex'}\n",
    ],
    ids=[
        "at the margin, no last line end",
        "brackets, empty",
        "null",
        "comment",
        "empty file",
        "only a comment",
        "no outlets",
        "lists in lists",
        "over several lines",
    ],
)
def test_a_list_grows_however_it_is_written(text):
    before = feeds_in(source(text))

    after = feeds_in(source(added(source(text), [GULL], [NEWS])))

    assert after.problems == ()
    assert after.outlets == (*before.outlets, GULL)
    assert after.feeds == (*before.feeds, NEWS)


def test_a_list_in_brackets_is_left_to_the_person_with_the_line_to_write():
    text = "outlets: [{id: a, name: A}]\n"

    with pytest.raises(ConfigError) as refused:
        added(source(text), [Outlet(id="b", name="B")], [])

    (problem,) = refused.value.problems
    assert (problem.line, problem.key) == (1, "outlets")
    assert problem.hint.endswith("then add {id: b, name: B}")


@pytest.mark.parametrize(
    "name", ["Null", "null", "- dash", "a: b", "a #b", "'q'", 'say "so"', "{x}", "@home", "*", "24"]
)
def test_every_name_is_read_back_as_it_was(name):
    text = added(source("outlets:\nfeeds:\n"), [Outlet(id="a", name=name)], [])

    assert feeds_in(source(text)).outlets[0].name == name


@pytest.mark.parametrize(
    ("number", "on", "lines"),
    [
        (
            0,
            True,
            [
                '-   - {id: wire-en, outlet: wire, url: "https://wire.example/en", every: 30m}'
                "     # often",
                '+   - {id: wire-en, paused: true, outlet: wire, url: "https://wire.example/en",'
                " every: 30m}     # often",
            ],
        ),
        (1, True, ["+     paused: true"]),
        (
            2,
            False,
            [
                "-   - {id: echo, url: 'https://echo.example/rss', aggregator: true, paused: true}",
                "+   - {id: echo, url: 'https://echo.example/rss', aggregator: true}",
            ],
        ),
        (3, False, ["-     paused: true"]),
        (0, False, []),
    ],
    ids=["pause in braces", "pause in lines", "resume in braces", "resume in lines", "no change"],
)
def test_a_pause_is_one_key(number, on, lines):
    text = paused(source(), number, on=on)

    assert changed(FILE, text) == lines
    assert feeds_in(source(text)).feeds[number].paused is on


@pytest.mark.parametrize("first", ["{paused: true, id: a", "{id: a, paused: yes"], ids=str)
def test_what_cannot_be_taken_away_is_written_over(first):
    text = f"outlets: [{{id: o, name: O}}]\nfeeds:\n  - {first}, outlet: o, url: 'https://a.ex'}}\n"

    assert feeds_in(source(paused(source(text), 0, on=False))).feeds[0].paused is False


def test_pause_and_resume_leave_no_trace():
    text = FILE
    for on in (True, False):
        for number in (0, 1):
            text = paused(source(text), number, on=on)

    assert text == FILE
