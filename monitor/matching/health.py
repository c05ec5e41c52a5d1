"""How each rule of a provision is doing, and what to do about it. Pure.

A keyword earns its place by hits that no other line has, and loses it where readers say that the
hits it made alone were wrong. What is asked of a line, in this order:

* has it ever fired in the time looked at? Not if it is younger than that: nobody knows yet
* did it alone make hits that readers marked irrelevant?
* is each of its hits another line's hit as well? Then it changes only the order in the mail

An exclude is asked how many items it held back. A line is known by its text: one that was edited
begins anew, so that it never answers for what it once said.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from monitor.model import Fired, Provision, Rule

RELEVANT = "relevant"  #: the one verdict that says a hit was right
ENOUGH = 5  #: hits; of fewer nobody can say that a line is always covered by another


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is known of one provision."""

    fired: Sequence[Fired] = ()  #: its hits in the time looked at
    last_hit: datetime | None = None  #: ever
    held_back: Mapping[str, int] = field(default_factory=dict)  #: items, by text of the exclude
    since: Mapping[str, datetime] = field(default_factory=dict)  #: tried, by text of the line
    verdicts: Mapping[str, str] = field(default_factory=dict)  #: a reader's last word, by item


@dataclass(frozen=True, slots=True, kw_only=True)
class LineHealth:
    """One keyword."""

    number: int  #: its place among the keywords, 1-based
    rule: str
    note: str = ""
    days: int  #: for how many of the days looked at it was tried
    hits: int = 0
    alone: int = 0  #: hits that no other keyword made
    irrelevant: int = 0  #: of these, marked irrelevant by readers
    covered_by: int = 0  #: number of a keyword that has all its hits, too; 0 = none
    advice: str = ""  #: "" = nothing to do


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcludeHealth:
    """One exclude."""

    number: int
    rule: str
    days: int
    held_back: int = 0
    advice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvisionHealth:
    """One provision."""

    provision: str  #: its key
    title: str
    days: int  #: looked at
    hits: int
    days_since_last: int | None  #: None = never hit
    irrelevant: int  #: hits that readers marked so
    former: int  #: hits by keywords alone that the file does not have any more
    keywords: tuple[LineHealth, ...]
    excludes: tuple[ExcludeHealth, ...]
    advice: str = ""

    @property
    def needs_a_look(self) -> int:
        """How many pieces of advice there are."""
        said = [self.advice, *(one.advice for one in self.keywords)]
        return sum(map(bool, [*said, *(one.advice for one in self.excludes)]))


def health(provision: Provision, record: Record, *, now: datetime, days: int) -> ProvisionHealth:
    """How the rules of `provision` did in the last `days`."""
    wrong = {item for item, verdict in record.verdicts.items() if verdict != RELEVANT}
    ages = _ages(provision, record, now=now, days=days)
    texts = {rule.text for rule in provision.keywords}
    silent_for = (now - record.last_hit).days if record.last_hit else None
    return ProvisionHealth(
        provision=provision.key,
        title=provision.title,
        days=days,
        hits=len(record.fired),
        days_since_last=silent_for,
        irrelevant=sum(one.item in wrong for one in record.fired),
        former=sum(not one.rules & texts for one in record.fired),
        keywords=_keywords(provision, record.fired, wrong, ages, days=days),
        excludes=tuple(
            _exclude(number, rule, record.held_back.get(rule.text, 0), ages[rule.text], days=days)
            for number, rule in enumerate(provision.exclude, start=1)
        ),
        advice=_silence(silent_for, max(ages.values(), default=0), days=days),
    )


def _ages(provision: Provision, record: Record, *, now: datetime, days: int) -> Mapping[str, int]:
    """For how many of the days each line was tried, by its text."""
    start = now - timedelta(days=days)
    return {
        rule.text: (now - max(record.since.get(rule.text, now), start)).days
        for rule in (*provision.keywords, *provision.exclude)
    }


def _keywords(
    provision: Provision,
    fired: Iterable[Fired],
    wrong: AbstractSet[str],
    ages: Mapping[str, int],
    *,
    days: int,
) -> tuple[LineHealth, ...]:
    texts = {rule.text for rule in provision.keywords}
    hits: dict[str, set[str]] = {text: set() for text in texts}
    alone: Counter[str] = Counter()
    irrelevant: Counter[str] = Counter()
    for one in fired:
        held = one.rules & texts
        for text in held:
            hits[text].add(one.item)
        if len(one.rules) == 1:
            alone.update(held)
            irrelevant.update(held if one.item in wrong else ())
    found = []
    for number, rule in enumerate(provision.keywords, start=1):
        line = LineHealth(
            number=number,
            rule=rule.text,
            note=rule.note,
            days=ages[rule.text],
            hits=len(hits[rule.text]),
            alone=alone[rule.text],
            irrelevant=irrelevant[rule.text],
            covered_by=_covered_by(number, provision.keywords, hits),
        )
        found.append(replace(line, advice=_advice(line, days)))
    return tuple(found)


def _covered_by(number: int, rules: Sequence[Rule], hits: Mapping[str, set[str]]) -> int:
    """The number of a keyword that has all hits of keyword `number` and counts as much.

    Of two with the same hits the later one is covered, so that one of them is always kept.
    """
    own, rule = hits[rules[number - 1].text], rules[number - 1]
    if len(own) < ENOUGH:
        return 0
    for other, candidate in enumerate(rules, start=1):
        its = hits[candidate.text]
        one_goes = own < its or other < number or candidate.weight > rule.weight
        if other != number and own <= its and candidate.weight >= rule.weight and one_goes:
            return other
    return 0


def _advice(line: LineHealth, days: int) -> str:
    if not line.hits:
        return _never("fired", line.days, days, "widen it, or take it out")
    if line.irrelevant:
        of = f"{line.irrelevant} of the {line.alone} hits" if line.alone > 1 else "the one hit"
        told = f"readers marked {of} that it made alone as irrelevant"
        return f"{told}: narrow it, or write an exclude"
    if line.covered_by:
        return f"keyword {line.covered_by} makes each of its {line.hits} hits, too: it can go"
    return ""


def _exclude(number: int, rule: Rule, held_back: int, tried: int, *, days: int) -> ExcludeHealth:
    advice = "" if held_back else _never("held anything back", tried, days, "can it go?")
    return ExcludeHealth(
        number=number, rule=rule.text, days=tried, held_back=held_back, advice=advice
    )


def _never(what: str, tried: int, days: int, do: str) -> str:
    """Nothing is asked of a line that is younger than the time looked at."""
    return f"never {what} in {days} days: {do}" if tried >= days else ""


def _silence(silent_for: int | None, tried: int, *, days: int) -> str:
    if tried < days or (silent_for is not None and silent_for < days):
        return ""
    said = "never hit" if silent_for is None else f"no hit for {silent_for} days"
    return f"{said}: are its words those of headlines, and does a feed bring such news?"
