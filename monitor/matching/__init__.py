"""Which provisions does an item hit, how well, and why. Pure.

parse(text) -> tree                the query language (syntax)
problems(document)                 all that is wrong with its rules and examples (check)
Percolator(documents).match(item)  hits with evidence and score, and what an exclude held back
why(hit, provision, item)          the evidence in one line (explain)
nearest(document, item)            how close it came to what it did not hit (whynot)
measure.table(items, predictions)  how good the rules are on items that a person has judged
"""

from monitor.matching.check import RuleProblem, problems
from monitor.matching.compile import MATCHER_VERSION
from monitor.matching.explain import Matched, Reason, reasons, why
from monitor.matching.percolator import HeldBack, Percolator, Verdict
from monitor.matching.printer import brief, unparse
from monitor.matching.score import summed
from monitor.matching.syntax import parse
from monitor.matching.whynot import Distances, WhyNot, nearest

__all__ = [
    "MATCHER_VERSION",
    "Distances",
    "HeldBack",
    "Matched",
    "Percolator",
    "Reason",
    "RuleProblem",
    "Verdict",
    "WhyNot",
    "brief",
    "nearest",
    "parse",
    "problems",
    "reasons",
    "summed",
    "unparse",
    "why",
]
