"""What is refused in a rule, and what to write instead. Pure.

A rule is never guessed at: what looks like an operator and is none (`or`, `a, b`, `NEAR`) is an
error with a hint. docs/reference/query-language.md explains every message.
"""

import re
from difflib import get_close_matches
from unicodedata import normalize

from monitor.errors import RuleError
from monitor.matching.lexer import STAR, Lexeme
from monitor.matching.tree import (
    FIELDS,
    FILTERS,
    MAX_DEPTH,
    MAX_LETTERS,
    MAX_PHRASE,
    MIN_PREFIX,
    Alias,
    And,
    Field,
    Near,
    Node,
    Not,
    Or,
    walk,
)

_NO_DISTANCE = re.compile(r"(near|then)(?:/(.*)|\d+)", re.IGNORECASE)
_MEANINGLESS = re.compile(r"[;|\[\]{}<>^~?=\\]|(?<!\d)[,:\uff1a]|[,:\uff1a](?!\d)")
_ELSEWHERE = re.compile(r"(?:w|W|pre|PRE|n|N)/\d+|(?:ADJ|WITHIN|PROX)(?:/?\d+)?|ONEAR(?:/?\d+)?")
_LONGEST_OPERATOR = 20  #: characters; the marks of a longer word would be put in order for nothing
_SHOWN = 60  #: characters
_JOINING = {
    word: operator
    for operator, words in {
        "AND": "und et и та oraz 以及",
        "OR": "oder ou или або lub 或 或者",
        "NOT": "nicht не",
    }.items()
    for word in words.split()
}  #: what only joins words in one of the languages; of one letter such as `y` nobody can say
_SINGLE_QUOTES = "'\u2018\u201a\u2039"
_ALTERNATIVES = {
    "\uff06": "AND",
    "\uff5c": "OR",
    "\uff0b": "AND",
    "\uff01": "NOT",
    "|": "OR",
    "||": "OR",
    "&": "AND",
    "&&": "AND",
    "!": "NOT",
    "+": "AND",
}


def _shown(text: str) -> str:
    """What a message repeats of a person's text: enough to find it again."""
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def too_deep(position: int) -> RuleError:
    """For what Python's own stack would not survive."""
    return RuleError(
        f"nested more than {MAX_DEPTH} deep",
        position=position,
        hint="name the inner part in the document's aliases and write @name here",
    )


def check_bare(taken: Lexeme) -> None:
    """A word without quotes may not look like an operator."""
    word, position = taken.text, taken.position
    _check_foreign(word, position)
    if word.lower() in ("and", "or", "not"):
        raise RuleError(
            f"{word!r} in lower case is no operator",
            position=position,
            hint=f'write {word.upper()}, or "{word}" in quotes to look for the word',
        )
    if word in ("near", "Near"):
        raise RuleError(
            f"{word!r} in lower case is no operator",
            position=position,
            hint='write NEAR/6, or "near" in quotes to look for the word',
        )
    if word in ("NEAR", "THEN") or _NO_DISTANCE.fullmatch(word):
        name = "THEN" if word.upper().startswith("THEN") else "NEAR"
        if not word.isupper() and word[-1].isdecimal():
            raise RuleError(
                f"{_shown(word)!r} in lower case is no operator",
                position=position,
                hint=f"write {_shown(word.upper())}",
            )
        raise RuleError(
            f"{name} needs a number", position=position, hint=f"write {name}/6 in capitals"
        )
    if word.upper().startswith("SAME/"):
        raise RuleError("SAME takes no number", position=position, hint="write SAME, or NEAR/6")
    if bad := _MEANINGLESS.search(word):
        raise RuleError(
            f"{bad[0]!r} means nothing here",
            position=position + bad.start(),
            hint=_instead(bad[0]),
        )
    if word.startswith("/") and word.endswith("/") and len(word) > 2:
        raise RuleError(
            "patterns are not part of this language",
            position=position,
            hint="list the words with OR, and use * for endings: sanction*",
        )


def check_size(letters: int, position: int) -> None:
    """What no news holds is refused: looking for it would take time and memory without a bound."""
    if letters > MAX_LETTERS:
        raise RuleError(
            f"a word of more than {MAX_LETTERS} letters",
            position=position,
            hint="no news has it; write the part that tells it from others",
        )


def check_length(taken: Lexeme, length: int) -> None:
    """A phrase is no article."""
    if length > MAX_PHRASE:
        raise RuleError(
            f"a phrase of more than {MAX_PHRASE} words",
            position=taken.position,
            hint="a few words that stand together tell it from other texts",
        )


def _check_foreign(word: str, position: int) -> None:
    """Operators of other programs, or in other letters, are not words to look for."""
    plain = normalize("NFKC", word) if len(word) <= _LONGEST_OPERATOR else word
    if plain != word and (plain in ("AND", "OR", "NOT", "SAME") or _NO_DISTANCE.fullmatch(plain)):
        raise RuleError(
            f"{word!r} is written in full-width letters",
            position=position,
            hint=f"write {plain}, in ordinary letters",
        )
    meant = _JOINING.get(word.lower())
    if meant and (meant != "NOT" or word.isupper()):  # `nicht NEAR/3 angreif*` looks for the word
        raise RuleError(
            f"{word!r} is no operator; operators are in English",
            position=position,
            hint=f'write {meant}, or "{word}" in quotes to look for the word',
        )
    if _ELSEWHERE.fullmatch(word):
        raise RuleError(
            f"{_shown(word)!r} is an operator elsewhere and none here",
            position=position,
            hint=f'write {_near(word)}, or "{_shown(word)}" in quotes to look for the word',
        )
    if word[0] in "+!" and len(word) > 1 and word[1].isalpha():
        rest = _shown(word[1:])
        better = f"NOT {rest}" if word[0] == "!" else rest
        raise RuleError(
            f"{word[0]!r} before a word means nothing here",
            position=position,
            hint=f"write {better}; words side by side must all hold",
        )
    if word[0] in _SINGLE_QUOTES and word[1:]:
        raise RuleError(
            "a phrase stands in double quotes",
            position=position,
            hint='write "two words"',
        )


def _near(word: str) -> str:
    """With the number that it has, for `w/5` means what NEAR/5 does."""
    number = "".join(filter(str.isdigit, word))[:3] or "6"
    return f"NEAR/{number} or THEN/{number}"


def _instead(sign: str) -> str:
    if sign in ",;|":
        return "write OR between alternatives, AND or a space where all must hold"
    if sign == "?":
        return "use * for any ending, after at least three letters: sanction*"
    if sign == "~":
        return "write NEAR/6 between the two words"
    return "remove it, or put the words in quotes"


def no_word(taken: Lexeme) -> RuleError:
    """For a sign that stands where a word should."""
    if meant := _ALTERNATIVES.get(taken.text):
        return RuleError(
            f"{taken.text!r} is no operator", position=taken.position, hint=f"write {meant}"
        )
    if taken.text.strip(STAR) == "":
        return RuleError(
            f"* needs at least {MIN_PREFIX} letters before it",
            position=taken.position,
            hint="write the beginning of a word: sanction*",
        )
    return RuleError(
        f"{_shown(taken.text)!r} holds no letter or digit",
        position=taken.position,
        hint="remove it; to exclude a word write NOT before it, or a - that touches it",
    )


def nothing_before(taken: Lexeme) -> RuleError:
    """For an operator, or the end, that stands where a word should."""
    if taken.kind == "NOT" or taken.kind == "-":
        return RuleError(
            "NOT has no position in the text",
            position=taken.position,
            hint="write NOT outside: a NEAR/6 b NOT c",
        )
    if taken.kind in ("end", ")"):
        return RuleError("a word is missing here", position=taken.position)
    return RuleError(
        f"{taken.text} needs something before it",
        position=taken.position,
        hint=f'write a {taken.text} b, or "{taken.text}" in quotes to look for the word',
    )


def check_field(name: Lexeme) -> None:
    """The field must be one there is."""
    if name.text.lower() in FIELDS:
        return
    like = get_close_matches(name.text.lower(), FIELDS, n=1)
    raise RuleError(
        f"unknown field {_shown(name.text)!r}",
        position=name.position,
        hint=(f"did you mean {like[0]}:? " if like else "")
        + "fields are "
        + ", ".join(f"{known}:" for known in FIELDS)
        + "; put words with a colon in quotes",
    )


def check_inside(part: Node, name: Lexeme) -> None:
    """No field in a field; and a filter holds names, not places."""
    for node in walk(part):
        if isinstance(node, Field):
            raise RuleError(
                f"a field stands inside {name.text}:",
                position=node.position,
                hint=f"write {name.text}:(...) {node.name}:(...) side by side",
            )
        if name.text.lower() in FILTERS and isinstance(node, Near | Alias):
            raise RuleError(
                f"{name.text}: takes names only",
                position=node.position,
                hint=f"write {name.text}:(one OR other)",
            )


def check_place(node: Node, sign: str) -> None:
    """Both sides of NEAR need a position in the text."""
    match node:
        case Not(position=position):
            reason, hint = "NOT has", "write NOT outside: a NEAR/6 b NOT c"
        case And(position=position):
            reason = "words that may stand anywhere have"
            hint = "put a phrase in quotes, write OR, or chain: a NEAR/6 b NEAR/6 c"
        case Field(name=name, position=position) if name in FILTERS:
            reason, hint = f"{name}: has", f"write it outside: a NEAR/6 b {name}:..."
        case Field(part=part):
            return check_place(part, sign)
        case Or(parts=parts):
            for part in parts:
                check_place(part, sign)
            return None
        case _:
            return None
    raise RuleError(
        f"{reason} no position in the text, which {sign} needs", position=position, hint=hint
    )
