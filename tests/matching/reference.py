"""The query language as simply as it can be said: slow, and right by looking at it.

The percolator must find exactly what this finds. It shares with it only the parser, the token
stream and the stemmers; there is no leaf table, no normal form and no anchor.
"""

from functools import cache
from itertools import product

from monitor.matching.languages import TAG, inflecting, root, stems
from monitor.matching.syntax import parse as parse_anew
from monitor.matching.terms import is_code
from monitor.matching.tree import (
    Alias,
    And,
    Field,
    Near,
    Not,
    Or,
    Phrase,
)
from monitor.tokens import Gap, amount_of, fold, spells_one, tokens

parse = cache(parse_anew)


class Reference:
    """Answers for one document and one item."""

    def __init__(self, document, item):
        self.document = document
        self.texts = {"title": item.title, "text": item.text, "body": "", "url": item.url}
        self.values = {"outlet": item.outlet, "lang": item.language}
        self.streams = {name: tokens(text) for name, text in self.texts.items()}
        self._phrases = {}

    def hits(self):
        """provision key -> {(keyword, field, start, end)} of those that hit."""
        return {key: why for key, why, excludes in self._answers() if not excludes}

    def held_back(self):
        """provision key -> the first exclude that held."""
        return {key: excludes[0] for key, _, excludes in self._answers() if excludes}

    def _answers(self):
        for provision in self.document.provisions:
            why = {
                (number, *place)
                for number, rule in enumerate(provision.keywords)
                for place in self.rule(rule) or ()
            }
            if why and (provision.context is None or self.rule(provision.context) is not None):
                held = [n for n, r in enumerate(provision.exclude) if self.rule(r) is not None]
                yield provision.key, why, held

    def rule(self, rule, field=""):
        """{(field, start, end)} if the rule holds, else None."""
        return self.holds(parse(rule.text), rule.languages or self.document.languages, field)

    def holds(self, node, languages, field):
        match node:
            case And():
                found = [self.holds(part, languages, field) for part in node.parts]
                return None if None in found else set().union(*found)
            case Or():
                found = [self.holds(part, languages, field) for part in node.parts]
                held = [one for one in found if one is not None]
                return set().union(*held) if held else None
            case Not():
                return set() if self.holds(node.part, languages, field) is None else None
            case Field():
                return self.holds(node.part, languages, node.name)
            case Alias():
                return self._any(node, field)
            case Phrase() if field in self.values:
                return self._filter(node, field)
            case _:
                places = self.places(node, languages, field)
                return set().union(*(self._cut(why) for *_, why in places)) if places else None

    def _any(self, alias, field):
        found = [self.rule(rule, field) for rule in self.document.aliases[alias.name]]
        held = [one for one in found if one is not None]
        return set().union(*held) if held else None

    def _filter(self, phrase, field):
        value = fold(self.values[field])
        wanted = fold(" ".join(word.text for word in phrase.words))
        held = value.startswith(wanted) if phrase.words[-1].prefix else value == wanted
        return {(field, 0, len(self.values[field]))} if held else None

    def _cut(self, why):
        return {
            (name, self.streams[name][first].start, self.streams[name][last].end)
            for name, first, last in why
        }

    # places: [(field, first token, last token, {(field, first, last) of the leaves})]

    def places(self, node, languages, field):
        match node:
            case Or():
                return [p for part in node.parts for p in self.places(part, languages, field)]
            case Field():
                return self.places(node.part, languages, node.name)
            case Alias():
                return [
                    place
                    for rule in self.document.aliases[node.name]
                    for place in self.places(
                        parse(rule.text), rule.languages or self.document.languages, field
                    )
                ]
            case Near():
                left = self.places(node.left, languages, field)
                right = self.places(node.right, languages, field)
                return (
                    self._same(left, right)
                    if node.distance is None
                    else self._near(node, left, right)
                )
            case Phrase():
                return self._once(node, languages, field)
        raise AssertionError(node)

    def _near(self, node, left, right):
        found = []
        for one, other in product(left, right):
            for before, after in [(one, other)] if node.ordered else [(one, other), (other, one)]:
                if before[0] == after[0] and before[2] < after[1]:
                    between = self.streams[before[0]][before[2] + 1 : after[1]]
                    words = sum(0.5 if token.char else 1 for token in between)
                    if int(words) <= node.distance:
                        found.append((before[0], before[1], after[2], before[3] | after[3]))
        return found

    def _same(self, left, right):
        found = []
        for name, stream in self.streams.items():
            for sentence in {token.sentence for token in stream}:
                sides = [
                    [
                        place
                        for place in side
                        if place[0] == name
                        and stream[place[1]].sentence == stream[place[2]].sentence == sentence
                    ]
                    for side in (left, right)
                ]
                if all(sides):
                    both = sides[0] + sides[1]
                    why = set().union(*(place[3] for place in both))
                    found.append((name, min(p[1] for p in both), max(p[2] for p in both), why))
        return found

    def _once(self, *asked):
        """A list of names stands in many rules."""
        if asked not in self._phrases:
            self._phrases[asked] = self._phrase(*asked)
        return self._phrases[asked]

    def _phrase(self, node, languages, field):
        found = []
        for name in [field] if field else ["title", "text", "body"]:
            words = _spelled(node, () if name == "url" else languages, url=name == "url")
            stream = self.streams[name]
            for first in range(len(stream)):
                ends = list(_ends(words, stream, first, first))
                if ends:
                    found.append((name, first, min(ends), {(name, first, min(ends))}))
        return found


@cache
def _spelled(node, languages, *, url):
    """[(token of the rule, prefix, exact, tight, languages, url)]"""
    words = []
    for word in node.words:
        parts = tokens(word.text)
        for at, token in enumerate(parts):
            prefix = word.prefix and at == len(parts) - 1
            tight = at > 0 and token.gap != Gap.OTHER
            words.append((token, prefix, node.exact, tight, languages, url))
    return words


def _ends(words, stream, at, first):
    """Last tokens of the ways in which `words` can begin at token `at`."""
    if not words:
        yield at - 1
        return
    if at >= len(stream):
        return
    word, token = words[0], stream[at]
    if at > first and not _follows(word, token, stream[at - 1]):
        return
    if _equal(word, token.text, token.written):
        yield from _ends(words[1:], stream, at + 1, first)
    both = _joined_word(words)
    if both and _equal(both, token.text, token.written, first_half=words[0][0].text):
        yield from _ends(words[2:], stream, at + 1, first)
    for count, taken in _amounts(words, stream, at):
        yield from _ends(words[count:], stream, at + taken, first)
    if at + 1 < len(stream) and _spelled_by_two(word, token, stream[at + 1]):
        yield from _ends(words[1:], stream, at + 2, first)


def _amounts(words, stream, at):
    """(words of the rule, tokens) from here on that stand for the same digits."""
    (one, prefix, exact, *_), *others = words
    if exact or prefix:
        return
    wanted, found = {}, {}
    if others and not others[0][1]:
        gap = others[0][0].gap if others[0][3] else Gap.SPACE
        wanted[2] = _digits(one.text, others[0][0].text, gap)
    wanted[1] = one.text
    if at + 1 < len(stream) and stream[at].sentence == stream[at + 1].sentence:
        found[2] = _digits(stream[at].text, stream[at + 1].text, stream[at + 1].gap)
    found[1] = stream[at].text
    for (count, left), (taken, right) in product(wanted.items(), found.items()):
        if left == right and left.isdigit() and count + taken > 2:
            yield count, taken


def _digits(left, right, gap):
    joined = left + right
    return amount_of(left, right, gap) or joined * (
        joined.isdigit() and spells_one(left, right, gap)
    )


def _follows(word, token, last):
    return token.sentence == last.sentence and not (word[3] and token.gap == Gap.OTHER)


def _joined_word(words):
    if len(words) < 2:
        return None
    (one, prefix, exact, _, languages, url), (other, *_, tight, _, _) = words[0], words[1]
    if exact or prefix or one.char or other.char:
        return None
    if not spells_one(one.text, other.text, other.gap if tight else Gap.SPACE):
        return None
    token = one._replace(text=one.text + other.text, written=one.written + other.written)
    return (token, words[1][1], False, False, languages, url)


def _spelled_by_two(word, left, right):
    token, _, exact, *_ = word
    return (
        not exact
        and not token.char
        and not left.char
        and not right.char
        and left.sentence == right.sentence
        and spells_one(left.text, right.text, right.gap)
        and token.text.startswith(left.text + right.text[0])
        and _same_beginning(token.text[len(left.text) :], right.text)
        and _equal(word, left.text + right.text, left.written + right.written)
    )


def _same_beginning(rest, right):
    return right.isdigit() or rest[:3] == right[:3]


def _equal(word, text, written, *, first_half=""):
    """Is a token, folded and as written, a form of the rule's word?

    A stem that leaves nothing of a joined word's second half is none of that word.
    """
    token, prefix, exact, _, languages, url = word
    if exact:
        return written == token.written
    if is_code(token) and not url:
        return written.startswith(token.written) if prefix else written == token.written
    if prefix:
        return text.startswith(token.text)
    if text == token.text:
        return True
    if token.char:
        return False
    return any(
        text.startswith(root(stem)) and token.text.startswith(root(stem))
        for language in inflecting(token.text, languages)
        for stem in stems(written, language) & stems(token.written, language)
        if not first_half or len(stem[TAG:]) > len(first_half)
    )
