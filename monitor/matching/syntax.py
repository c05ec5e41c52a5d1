"""The query language: text -> tree. Pure. docs/reference/query-language.md is for people.

    rule    = and { "OR" and }
    and     = not { [ "AND" ] not }                      words side by side must all hold
    not     = [ "NOT" | "-" ] near
    near    = atom { ( "NEAR/n" | "THEN/n" | "SAME" ) atom }      binds tightest, from the left
    atom    = "(" rule ")" | field ":" atom | "@" alias | "=" words | words
    words   = word [ "*" ] | '"' word [ "*" ] { word [ "*" ] } '"'
    field   = title text body url outlet lang

Every node knows the position of its first character. A rule is refused, never guessed at: what
looks like an operator and is none (`or`, `a, b`, `NEAR`) is an error that says what to write.
The parser looks at each character a fixed number of times and goes at most `MAX_DEPTH` deep.
"""

import re
from functools import lru_cache

from monitor.errors import RuleError
from monitor.matching.lexer import DISTANCE, STAR, Lexeme, Lexer
from monitor.matching.refusals import (
    check_bare,
    check_field,
    check_inside,
    check_length,
    check_place,
    check_size,
    no_word,
    nothing_before,
    too_deep,
)
from monitor.matching.tree import (
    MAX_DEPTH,
    MAX_DISTANCE,
    MIN_PREFIX,
    Alias,
    And,
    Field,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Word,
    children,
    is_positive,
)
from monitor.tokens import tokens

_ALIAS = re.compile(r"\w[\w-]*")


def parse(text: str) -> Node:
    """Read a rule.

    Raises:
        RuleError: with the position of the first wrong character and what to write instead.
    """
    node = Parser(text).rule()
    _check_height(node)
    if not is_positive(node):
        raise RuleError(
            "NOT needs something positive beside it",
            position=_first_not(node),
            hint="say what to look for as well: sanctions NOT football",
        )
    return node


def _check_height(node: Node) -> None:
    """A long chain of NEAR is a tall tree without any parentheses."""
    level: list[Node] = [node]
    for _ in range(MAX_DEPTH + 2):
        level = [part for parent in level for part in children(parent)]
        if not level:
            return
    raise too_deep(level[0].position)


def _first_not(node: Node) -> int:
    match node:
        case And(parts=parts) | Or(parts=parts):
            return next(_first_not(part) for part in parts if not is_positive(part))
        case Field(part=part):
            return _first_not(part)
        case _:
            return node.position


# -- the parser ------------------------------------------------------------------------------


class Parser:
    """Recursive descent; one method a line of the grammar."""

    def __init__(self, text: str) -> None:
        self._lexer = Lexer(text)
        self._now = self._lexer.next()
        self._depth = 0

    def rule(self) -> Node:
        """The whole text as one tree."""
        if self._now.kind == "end":
            raise RuleError("the rule is empty", position=0, hint="write a word to look for")
        node = self._or()
        if self._now.kind == ")":
            raise RuleError(
                "this ) closes nothing", position=self._now.position, hint="remove it, or add a ("
            )
        return node

    def _take(self) -> Lexeme:
        taken, self._now = self._now, self._lexer.next()
        return taken

    def _or(self) -> Node:
        start = self._now.position
        parts = [self._and()]
        while self._now.kind == "OR":
            self._operator(self._take())
            parts.append(self._and())
        return _flat(Or, parts, start)

    def _and(self) -> Node:
        start = self._now.position
        parts = [self._not()]
        while self._now.kind not in ("OR", ")", "end"):
            if self._now.kind == "AND":
                self._operator(self._take())
            parts.append(self._not())
        return _flat(And, parts, start)

    def _not(self) -> Node:
        if self._now.kind not in ("NOT", "-"):
            return self._near()
        start = self._take()
        self._operator(start)
        with _deeper(self, start.position):
            return Not(self._not(), start.position)

    def _near(self) -> Node:
        left = self._atom()
        while self._now.kind in ("NEAR", "SAME"):
            sign = self._take()
            self._operator(sign)
            check_place(left, sign.text)
            right = self._atom()
            check_place(right, sign.text)
            left = _near(left, right, sign)
        return left

    def _operator(self, sign: Lexeme) -> None:
        """After an operator something must follow."""
        if self._now.kind in ("end", ")", "OR", "AND"):
            raise RuleError(
                f"{sign.text} needs something after it",
                position=sign.position,
                hint=f'add a word, or write "{sign.text}" in quotes to look for the word',
            )

    def _atom(self) -> Node:
        taken = self._take()
        match taken.kind:
            case "(":
                return self._group(taken)
            case "quoted":
                return Phrase(_words(taken), position=taken.position)
            case "word":
                return Phrase((_word(taken),), position=taken.position)
            case "=":
                return self._exact(taken)
            case "name":
                return self._field(taken)
            case "alias":
                return _alias(taken)
            case _:
                raise nothing_before(taken)

    def _group(self, opened: Lexeme) -> Node:
        if self._now.kind == ")":
            raise RuleError("nothing stands between ( and )", position=opened.position)
        with _deeper(self, opened.position):
            node = self._or()
        if self._now.kind != ")":
            raise RuleError(
                "this ( is never closed", position=opened.position, hint="add a ) after the group"
            )
        self._take()
        return node

    def _exact(self, sign: Lexeme) -> Node:
        taken = self._take()
        if taken.kind not in ("quoted", "word"):
            raise RuleError(
                "= needs a word or a phrase", position=sign.position, hint='write ="START"'
            )
        words = _words(taken) if taken.kind == "quoted" else (_word(taken),)
        if any(word.prefix for word in words):
            raise RuleError(
                "an exact word takes no *", position=taken.position, hint="leave out the = or the *"
            )
        return Phrase(words, exact=True, position=sign.position)

    def _field(self, name: Lexeme) -> Node:
        check_field(name)
        with _deeper(self, name.position):
            part = self._atom()
        check_inside(part, name)
        return Field(name.text.lower(), part, name.position)


class _deeper:  # reads as a phrase: with _deeper(parser, at)
    """One level of nesting more; too many are refused before Python's own stack ends."""

    def __init__(self, parser: Parser, position: int) -> None:
        self._parser, self._position = parser, position

    def __enter__(self) -> None:
        self._parser._depth += 1
        if self._parser._depth > MAX_DEPTH:
            raise too_deep(self._position)

    def __exit__(self, *_: object) -> None:
        self._parser._depth -= 1


def _flat(kind: type[And] | type[Or], parts: list[Node], position: int) -> Node:
    """(a b) c is a b c: grouping that changes nothing is not kept."""
    if len(parts) == 1:
        return parts[0]
    flat: list[Node] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, kind) else (part,))
    return kind(tuple(flat), position)


def _near(left: Node, right: Node, sign: Lexeme) -> Near:
    found = DISTANCE.fullmatch(sign.text)
    if not found:
        return Near(left, right, None, position=sign.position)
    distance = int(found[2])
    if distance > MAX_DISTANCE:
        raise RuleError(
            f"{distance} words are too far apart",
            position=sign.position,
            hint=f"at most {found[1]}/{MAX_DISTANCE}; without an operator both may stand anywhere",
        )
    return Near(left, right, distance, found[1] == "THEN", sign.position)


# -- words -----------------------------------------------------------------------------------


def _words(quoted: Lexeme) -> tuple[Word, ...]:
    """The words between quotes. Punctuation alone is skipped there, as in the news."""
    found = []
    for match in re.finditer(r"\S+", quoted.text):
        text = match[0].rstrip(STAR)
        if tokens(text):
            prefix = len(text) < len(match[0])
            found.append(_checked(text, prefix, quoted.position + 1 + match.start()))
    check_length(quoted, sum(len(tokens(word.text)) for word in found))
    if not found:
        raise RuleError(
            "nothing stands between the quotes", position=quoted.position, hint='write "two words"'
        )
    return tuple(found)


def _word(taken: Lexeme) -> Word:
    known = _ordinary(taken.text)
    return known or _checked_word(taken)


@lru_cache(maxsize=50_000)
def _ordinary(text: str) -> Word | None:
    """The word that a lexeme is, or None if something is wrong with it."""
    try:
        return _checked_word(Lexeme("word", text, 0, len(text)))
    except RuleError:
        return None


def _checked_word(taken: Lexeme) -> Word:
    check_bare(taken)
    text = taken.text.rstrip(STAR)
    if not (made := tokens(text)):
        raise no_word(taken)
    check_length(taken, len(made))
    return _checked(text, len(text) < len(taken.text), taken.position)


def _checked(text: str, prefix: bool, position: int) -> Word:
    if any(star in text for star in STAR):
        raise RuleError(
            "* stands only at the end of a word",
            position=position + next(i for i, c in enumerate(text) if c in STAR),
            hint="write the beginning of the word and a *: sanction*",
        )
    *_, last = made = tokens(text)
    check_size(max(len(token.text) for token in made), position)
    if prefix and not last.char and len(last.text) < MIN_PREFIX:
        raise RuleError(
            f"* needs at least {MIN_PREFIX} letters before it",
            position=position,
            hint=f"write more of the word: {text}... or list the words with OR",
        )
    return Word(text, prefix and not last.char)


def _alias(taken: Lexeme) -> Alias:
    name = taken.text[1:]
    if not _ALIAS.fullmatch(name):
        raise RuleError(
            "@ needs a name of letters, digits, - and _", position=taken.position, hint="@russia"
        )
    return Alias(name, taken.position)
