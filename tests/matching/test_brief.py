"""A rule, told in few characters."""

import pytest

from monitor.matching import brief


@pytest.mark.parametrize(
    ("rule", "most", "told"),
    [
        ("fee  OR\n toll", 20, "fee OR toll"),
        ("fee (a1 OR a2 OR a3 OR a4 OR a5)", 31, "fee (a1 OR a2 OR a3 OR 2 more)"),
        ("title:(fee OR toll OR dues OR levy)", 20, "title:(fee OR 3 more)"),
        ("(fee OR toll) NEAR/4 (g1 OR g2 OR g3)", 30, "(fee OR toll) NEAR/4 (g1 OR 2 more)"),
        ("fee toll dues levy", 14, "fee toll …"),
        ("fee NOT (toll OR dues OR levy)", 26, "fee NOT (toll OR 2 more)"),
        ('"a very long phrase of many words"', 10, '"a very long phrase of many words"'),
        ("fee OR OR toll", 10, "fee OR …"),
    ],
)
def test_a_long_rule_keeps_the_first_of_each_list(rule, most, told):
    assert brief(rule, most) == told
