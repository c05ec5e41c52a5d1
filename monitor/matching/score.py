"""How well an item answers a provision: a sum that a person can read. Pure.

Each reason gives a number of points up to a bound of its own; the sum is cut at 100, and the cut
shows as a reason. Points of one reason never depend on another, so that the sum explains itself.

* a keyword holds: 20 x its weight, at most 40
* the words that matched: each 6 x the weight of its keyword x how rare it is in the news of its
  language, half as much again in the title; the best eight, at most 40. Three words for three
  things tell more than one, and "euroclear" more than "russia"
* like the provision's text: up to 15, by the cosine of its words with those of the title, or of
  title and text, each counting as the square of its rarity. A provision that has no text in the
  item's language gives what half of all items get, so that no language pays for a missing
  translation
* words close together: up to 8, falling with the distance in characters
* what readers said of other hits: -20 to 20; see learning.py

Words are compared by their first five letters, which is stem enough here, and in scripts without
spaces by pairs of characters. Where nothing is known of how rare words are, all are alike.

Tried and left out: points for further keywords (they repeat the words that matched), points for a
title as such, share of matched words in the title.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from math import log, sqrt
from typing import Final

from monitor.matching.frequency import RAREST, WordTable
from monitor.matching.learning import Read
from monitor.model import Evidence, Item, Provision
from monitor.tokens import Gap, Token, tokens

Contributions = tuple[tuple[str, float], ...]

_HOLDS, _HOLDS_CAP = 20.0, 40.0
_WORD, _WORDS_CAP = 6.0, 40.0
_IN_TITLE = 1.5
_COUNTED = 8  #: words that matched
_NAMED = 3  #: of them in the reason
_LIKE = 15.0
_ALIKE = 0.15  #: a cosine that is as good as any
_MIDDLE = 7.0  #: points for likeness that half of all good hits have
_CLOSE = 8.0
_CLOSE_REACH = 160  #: characters; further apart gives nothing
_CAP = 100.0
_STEM = 5  #: letters
_FULL: Final = -log(RAREST)  #: the idf of a word that is as rare as one can be


def summed(contributions: Contributions) -> str:
    """The sum, written out for a person: "40 keyword 1 + 12.6 matched euroclear"."""
    first, *others = [f"{abs(points):g} {reason}" for reason, points in contributions] or ["0"]
    signs = ["-" if points < 0 else "+" for _, points in contributions[1:]]
    return first + "".join(f" {sign} {one}" for sign, one in zip(signs, others, strict=True))


def scored(
    provision: Provision,
    item: Item,
    evidence: Sequence[Evidence],
    *,
    text: str | None,
    words: WordTable,
) -> tuple[float, Contributions]:
    """The score, 0 to 100, and the reasons it is the sum of.

    text: of the provision in the language of `item`; None = there is none.
    """
    weights = {one.rule: provision.keywords[one.rule].weight for one in evidence}
    best = max(weights, key=lambda rule: (weights[rule], -rule))
    table = words.of(item.language)
    reasons = [
        (f"keyword {best + 1}", _bounded(_HOLDS * weights[best], _HOLDS_CAP)),
        _matched(item, evidence, weights, table),
        _likeness(item, text, table),
        ("words close together", _closeness(evidence)),
        _learned(provision, item, words),
    ]
    return _cut([(reason, points) for reason, points in reasons if points])


# -- the words that matched ------------------------------------------------------------------


def _matched(
    item: Item, evidence: Iterable[Evidence], weights: Mapping[int, float], table: WordTable
) -> tuple[str, float]:
    """Each leaf counts once, where it counts most."""
    found: dict[str, tuple[float, str]] = {}
    for one in evidence:
        written = _text(item, one)
        points = _WORD * weights[one.rule] * _rarity(written, table)
        points *= _IN_TITLE if one.field == "title" else 1
        found[one.leaf] = max(found.get(one.leaf, (0.0, "")), (points, written.casefold()))
    best = sorted(found.values(), key=lambda one: (-one[0], one[1]))[:_COUNTED]
    named = list(dict.fromkeys(written for points, written in best if points))
    more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    reason = f"matched {', '.join(named[:_NAMED])}{more}"
    return reason, _bounded(sum(points for points, _ in best), _WORDS_CAP)


def _text(item: Item, one: Evidence) -> str:
    if one.field not in ("title", "text"):
        return ""
    return getattr(item, one.field)[one.start : one.end]  # type: ignore[no-any-return]


def _rarity(written: str, table: WordTable) -> float:
    """0 to 1; the words of a phrase add up."""
    return min(sum(table.idf(token.text) for token in tokens(written)) / _FULL, 1.0)


# -- likeness --------------------------------------------------------------------------------


def _likeness(item: Item, text: str | None, table: WordTable) -> tuple[str, float]:
    if text is None:
        return "no text in its language to compare", _MIDDLE
    own = _own(text, table)
    whole = _cosine(own, _bag((item.title, item.text), table))
    alike = max(whole, _cosine(own, _bag((item.title,), table)))
    return "like the provision's text", _bounded(_LIKE * alike / _ALIKE, _LIKE)


@lru_cache(maxsize=100)
def _own(text: str, table: WordTable) -> Mapping[str, float]:
    """Of a provision, which many items are compared with."""
    return _bag((text,), table)


def _bag(texts: Iterable[str], table: WordTable) -> dict[str, float]:
    """Stems with what they count."""
    found: dict[str, float] = {}
    for text in texts:
        stream = tokens(text)
        for one in stream:
            if not one.char:
                stem = one.text[:_STEM]
                found[stem] = max(found.get(stem, 0.0), table.idf(one.text) ** 2)
        for left, right in pairwise(stream):
            if _is_pair(left, right):
                rarity = (table.idf(left.text) + table.idf(right.text)) * 0.75
                found[left.text + right.text] = rarity**2
    return found


def _is_pair(left: Token, right: Token) -> bool:
    return left.char and right.char and right.gap is Gap.NONE


def _cosine(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    both = sum(weight * other[stem] for stem, weight in one.items() if stem in other)
    sizes = sqrt(_square(one) * _square(other))
    return both / sizes if sizes else 0.0


def _square(bag: Mapping[str, float]) -> float:
    return sum(weight * weight for weight in bag.values())


# -- what readers said ------------------------------------------------------------------------


def _learned(provision: Provision, item: Item, words: WordTable) -> tuple[str, float]:
    known = words.learned.get(provision.key)
    if known is None:
        return "", 0.0
    points, named = known.points(Read(item.language, item.title, item.text), words)
    count = f"{known.verdicts} verdict{'s' * (known.verdicts != 1)}"
    return f"learned from {count} of {known.name}: {named}", points


# -- closeness, and the sum ------------------------------------------------------------------


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
    if total < 0:
        reasons.append(("not below 0", -total))
    return min(max(total, 0.0), _CAP), tuple(reasons)
