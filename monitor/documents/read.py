"""Files of documents -> Documents. Rules are handed on unread, with their places.

Nothing half right comes out: all files are read, and either all are fine or one ConfigError
carries every problem of all of them.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from monitor.documents.shape import DocumentLines, ProvisionLines, RuleLine
from monitor.errors import ConfigError, Problem
from monitor.model import Document, Provision, Rule
from monitor.model import Source as Published
from monitor.source import Keys, Source, dotted, read_yaml, repeated, shaped, written

_NO_CONTEXT = "none"


def load(path: Path) -> Document:
    """The document in `path`.

    Raises:
        ConfigError: with everything that is wrong in it.
    """
    source = read_yaml(path)
    return _document(source, _lines(source))


def load_all(paths: Path | Iterable[Path]) -> tuple[Document, ...]:
    """The documents in `paths`, or in the *.yaml and *.yml files of a directory, by file name.

    Hidden files and a TEMPLATE.yaml are not documents.

    Raises:
        ConfigError: with everything that is wrong in all of them.
    """
    problems: list[Problem] = []
    sources: dict[str, Source] = {}
    documents: list[Document] = []
    for path in _files(paths) if isinstance(paths, Path) else paths:
        try:
            source = read_yaml(path)
            problems += _taken(source, sources)
            documents.append(_document(source, _lines(source)))
        except ConfigError as e:
            problems += e.problems
    if problems:
        raise ConfigError(problems)
    return tuple(documents)


def _files(directory: Path) -> list[Path]:
    try:
        found = [path for path in sorted(directory.iterdir()) if _is_document(path)]
    except OSError as e:
        reason = f"the documents cannot be read: {e.strerror}"
        raise ConfigError([Problem(file=str(directory), reason=reason)]) from None
    if not found:
        reason, hint = "there is no document here", "a document is a file like my-treaty.yaml"
        raise ConfigError([Problem(file=str(directory), reason=reason, hint=hint)])
    return found


def _is_document(path: Path) -> bool:
    return (
        path.suffix in (".yaml", ".yml")
        and not path.name.startswith(".")
        and path.stem != "TEMPLATE"
    )


def _taken(source: Source, earlier: dict[str, Source]) -> list[Problem]:
    """Does an earlier file have this document's id?"""
    name = source.data.get("id") if isinstance(source.data, dict) else None
    if not isinstance(name, str):
        return []
    other = earlier.setdefault(name, source)
    if other is source:
        return []
    hint = f"also in {other.file}; each document needs its own"
    return [source.problem(("id",), f"id '{name}' is used twice", hint)]


def _lines(source: Source) -> DocumentLines:
    """What the file says, once nothing is wrong with it."""
    problems = [*repeated(source, ("provisions",)), *_renamed(source)]
    try:
        lines = shaped(source, (), source.data, DocumentLines)
    except ConfigError as e:
        raise ConfigError([*problems, *e.problems]) from None
    if problems:
        raise ConfigError(problems)
    return lines


def _renamed(source: Source) -> Iterator[Problem]:
    """An id that is still in use was not renamed."""
    ids = {name for _, name in written(source, ("provisions",), "id")}
    for keys, old in written(source, ("provisions",), "renamed_from"):
        if old in ids:
            reason = f"'{old}' is still the id of a provision"
            yield source.problem(keys, reason, "write its former id")


# -- what was written -> the nouns of the model ----------------------------------------------


def _document(source: Source, lines: DocumentLines) -> Document:
    return Document(
        id=lines.id,
        title=lines.title,
        source=Published(name=lines.source.name, url=lines.source.url, date=lines.source.date),
        version=lines.version,
        languages=lines.languages,
        aliases={
            name: _rules(source, words, "aliases", name) for name, words in lines.aliases.items()
        },
        provisions=tuple(
            _provision(source, lines, provision, ("provisions", number))
            for number, provision in enumerate(lines.provisions)
        ),
    )


def _provision(
    source: Source, document: DocumentLines, lines: ProvisionLines, at: Keys
) -> Provision:
    return Provision(
        document=document.id,
        id=lines.id,
        number=lines.number,
        title=lines.title,
        text=lines.text,
        texts=lines.texts,
        kind=lines.kind,
        keywords=_rules(source, lines.keywords, *at, "keywords"),
        exclude=_rules(source, lines.exclude, *at, "exclude"),
        context=_context(source, document, lines, at),
        hits=_examples(source, lines.examples.hit, *at, "examples", "hit"),
        misses=_examples(source, lines.examples.miss, *at, "examples", "miss"),
        renamed_from=lines.renamed_from,
    )


def _context(
    source: Source, document: DocumentLines, lines: ProvisionLines, at: Keys
) -> Rule | None:
    """The provision's own, or the document's; None where it says `none`."""
    keys: Keys = ("context",) if lines.context is None else (*at, "context")
    text = document.context if lines.context is None else lines.context
    return None if text in (None, _NO_CONTEXT) else _text(source, text, keys)


def _rules(source: Source, lines: Iterable[RuleLine], *at: str | int) -> tuple[Rule, ...]:
    return tuple(_rule(source, line, (*at, number)) for number, line in enumerate(lines))


def _rule(source: Source, line: RuleLine, keys: Keys) -> Rule:
    inner = (*keys, "rule")
    return Rule(
        text=line.rule,
        weight=line.weight,
        languages=line.lang,
        note=line.note,
        place=source.place(inner if inner in source.marks else keys),
        key=dotted(keys),
    )


def _examples(source: Source, texts: Iterable[str], *at: str | int) -> tuple[Rule, ...]:
    return tuple(_text(source, text, (*at, number)) for number, text in enumerate(texts))


def _text(source: Source, text: str, keys: Keys) -> Rule:
    return Rule(text=text, place=source.place(keys), key=dotted(keys))
