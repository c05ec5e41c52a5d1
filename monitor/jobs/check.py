"""Read everything that a person wrote; all of it is right, or nothing is used."""

from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path

from monitor import config as configuration
from monitor import documents as seeds
from monitor.app import Loaded
from monitor.digest.phrases import languages
from monitor.errors import ConfigError, Problem
from monitor.matching import Percolator, RuleProblem, problems
from monitor.model import Document


class Judged(Enum):
    """How closely rules are looked at before a command may begin."""

    NOT = "not"  #: what needs no rule works though one is wrong
    RULES = "rules"
    ALL = "all"  #: their examples too; for what matches news


def load(directory: Path, env: Mapping[str, str], *, judged: Judged = Judged.ALL) -> Loaded:
    """The files of `directory` and the seeds that they name.

    Raises:
        ConfigError: with every problem of every file.
    """
    config = configuration.load(directory, env)
    documents = seeds.load_all(config.seeds)
    known = {d.id: {p.id for p in d.provisions} for d in documents}
    found = [
        *rule_problems(documents, judged),
        *configuration.check_subscriptions(config, known),
        *frame_problems(config),
    ]
    if found:
        raise ConfigError(found)
    percolator = Percolator(documents, late=judged is Judged.NOT)
    if judged is Judged.ALL:
        percolator.prepare()
    return Loaded(config, documents, percolator)


def rule_problems(
    documents: tuple[Document, ...], judged: Judged = Judged.ALL
) -> Iterator[Problem]:
    """What is wrong with rules and examples, at the place in the file."""
    if judged is Judged.NOT:
        return
    for document in documents:
        for problem in problems(document, examples=judged is Judged.ALL):
            yield located(problem)


def frame_problems(config: configuration.Config) -> Iterator[Problem]:
    """Mails that are wanted in a language that nobody has translated yet."""
    for subscription in config.subscriptions:
        if subscription.frame not in languages():
            spot = config.spot("subscription", subscription.id)
            hint = f"there is: {', '.join(languages())}; news come in every language all the same"
            reason = f"the mail's own words do not exist in '{subscription.frame}' yet"
            yield spot.source.problem((*spot.keys[:2], "frame"), reason, hint)


def located(problem: RuleProblem) -> Problem:
    """A position in a rule's text, as line and column of the file that it stands in."""
    rule = problem.rule
    line, column = rule.place.at(problem.position) if rule.place else (0, 0)
    return Problem(
        file=rule.place.file if rule.place else "",
        line=line,
        column=column,
        key=rule.key,
        reason=problem.reason,
        hint=problem.hint,
    )
