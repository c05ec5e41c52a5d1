"""Rules that are nearly right: what a slip of the hand makes of a good one.

A fuzzer guided by coverage (atheris) was considered and left out: the parser has few branches, and
slips in valid rules reach them by construction. It would be one more dependency to build.
"""

import re
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import RuleError
from monitor.matching import parse, unparse
from tests.matching.strategies import Maker

_LEXEME = re.compile(r'"[^"]*"|[()]|[^\s()"]+|\s+')
# fmt: off
ODD = (
    '"', "(", ")", "-", "=", "*", "@", ":", ",", "|", "#", "/", "NEAR/2", "THEN/", "SAME", "OR",
    "AND", "NOT", "\ud800", "title:", "lang:", "\u200b", "\u0301", "\u202e", "\ufeff", "\x00", "ﷺ",
    "\u1369", "１", "ＯＲ", "“", "«", "「", "（", "\u3000", "\n", "\\", "&amp;", "U.S.",
    "'", "…", "俄", "🙂",
)
# fmt: on


def mutated(seed, times):
    """A valid rule, and what is left of it after so many slips."""
    make = Maker(seed)
    random, rule = Random(seed), unparse(make.tree(("one", "two")))
    parts = _LEXEME.findall(rule)
    for _ in range(times):
        at, other = random.randrange(len(parts)), random.randrange(len(parts))
        match random.randrange(5):
            case 0 if len(parts) > 1:
                del parts[at]
            case 1:
                parts.insert(other, parts[at])
            case 2:
                parts[at], parts[other] = parts[other], parts[at]
            case 3:
                parts.insert(at, random.choice(ODD))
            case _:
                cut = random.randint(0, len(parts[at]))
                parts[at] = parts[at][:cut] + random.choice(ODD) + parts[at][cut:]
    return "".join(parts)


@given(st.integers(0, 2**64), st.integers(1, 6))
def test_a_rule_with_slips_is_read_or_refused_where_it_is_wrong(seed, times):
    text = mutated(seed, times)

    read = read_or_refused(text)

    if isinstance(read, RuleError):
        assert 0 <= read.position <= len(text)
        assert read.reason
    else:
        assert parse(unparse(read)) == read


def read_or_refused(text):
    try:
        return parse(text)
    except RuleError as error:
        return error
