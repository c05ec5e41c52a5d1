"""How well an item answers a provision: a sum that a person can read. Pure.

Each reason gives a number of points up to a bound of its own; the sum is cut at 100, and the cut
shows as a reason. Points of one reason never depend on another, so that the sum explains itself.

* the best keyword that holds: 40 x its weight, at most 60
* further keywords that hold: 8 x weight each, at most 24; two words for one thing are not two
  things, so the second counts less than the first
* matched words in the title: 20; a headline says what an item is about
* words of the best keyword close together: up to 16, falling with the distance in characters

Rarity of the words, likeness to the provision's own text and feedback come on top of these in the
same shape.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from monitor.model import Evidence, Provision

Contributions = tuple[tuple[str, float], ...]

_BEST, _BEST_CAP = 40.0, 60.0
_FURTHER, _FURTHER_CAP = 8.0, 24.0
_TITLE = 20.0
_CLOSE = 16.0
_CLOSE_REACH = 160  #: characters; further apart gives nothing
_CAP = 100.0


def scored(provision: Provision, evidence: Sequence[Evidence]) -> tuple[float, Contributions]:
    """The score, 0 to 100, and the reasons it is the sum of."""
    by_rule: dict[int, list[Evidence]] = {}
    for one in evidence:
        by_rule.setdefault(one.rule, []).append(one)
    weights = {rule: provision.keywords[rule].weight for rule in by_rule}
    best = max(weights, key=lambda rule: (weights[rule], _closeness(by_rule[rule]), -rule))
    reasons = [
        (f"keyword {best + 1}", _bounded(_BEST * weights[best], _BEST_CAP)),
        *_further({rule: weight for rule, weight in weights.items() if rule != best}),
        ("in the title", _TITLE if any(one.field == "title" for one in evidence) else 0.0),
        ("words close together", _closeness(by_rule[best])),
    ]
    return _cut([(reason, points) for reason, points in reasons if points])


def _further(weights: Mapping[int, float]) -> list[tuple[str, float]]:
    if not weights:
        return []
    count = len(weights)
    reason = f"{count} more keyword{'s' * (count > 1)}"
    return [(reason, _bounded(_FURTHER * sum(weights.values()), _FURTHER_CAP))]


def _closeness(evidence: Sequence[Evidence]) -> float:
    """Points for the two nearest leaves of one field; a leaf that stands alone gets half."""
    places = sorted((one.field, one.start, one.end, one.leaf) for one in evidence)
    if len({one.leaf for one in evidence}) == 1:
        return _CLOSE / 2
    apart = [
        max(0, right[1] - left[2])
        for left, right in pairwise(places)
        if left[0] == right[0] and left[3] != right[3]
    ]
    nearest = min(apart, default=_CLOSE_REACH)
    return round(_CLOSE * max(0.0, 1 - nearest / _CLOSE_REACH), 1)


def _bounded(points: float, most: float) -> float:
    return round(min(max(points, 0.0), most), 1)


def _cut(reasons: list[tuple[str, float]]) -> tuple[float, Contributions]:
    total = round(sum(points for _, points in reasons), 1)
    if total > _CAP:
        reasons.append((f"cut at {_CAP:g}", round(_CAP - total, 1)))
    return min(total, _CAP), tuple(reasons)
