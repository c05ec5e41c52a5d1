"""What is not indexed is looked at quickly, and never passed over."""

from dataclasses import replace

from hypothesis import given

from monitor.matching import quicklook
from monitor.matching.bound import leaves
from monitor.matching.compile import Binder
from monitor.matching.evaluate import evaluate
from monitor.matching.leaves import LeafTable
from monitor.matching.quicklook import bare, bare_latin, quick_look
from monitor.model import Document, Rule
from monitor.tokens import tokens
from tests.matching.making import item
from tests.matching.strategies import makers


@given(makers)
def test_the_quick_look_never_says_no_to_what_the_rule_holds_for(make):
    document, news = make.document(), make.item()
    binder = Binder(document)
    for rule in (rule for p in document.provisions for rule in p.keywords):
        node = binder.line(rule).node

        if evaluate(node, LeafTable(leaves(node)).find(news)) is not None:
            assert quick_look(node)(news)


def test_the_quick_look_says_no_to_most_of_the_rest():
    nobody = Document(id="d", title="", provisions=())
    looks = quick_look(Binder(nobody).line(Rule(text='"port strike" NEAR/5 docker*')).node)

    assert not looks(item("Cats win", "in the cup"))
    assert not looks(item("Катастрофа", "в порту"))


def test_an_address_is_looked_at_where_the_rule_asks_for_one():
    nobody = Document(id="d", title="", provisions=())
    looks = quick_look(Binder(nobody).line(Rule(text="url:strike")).node)

    assert looks(replace(item("Cats win"), url="https://wire.example/strike"))
    assert not looks(item("Cats win"))


def test_what_is_looked_for_in_a_text_is_there_however_it_is_written():
    """Each letter alone: what it folds to is what the quick look sees."""
    for letter in map(chr, [*range(0x80, 0x3400), *range(0xA600, 0xAC00), *range(0xF900, 0xFFFF)]):
        folded = "".join(token.text for token in tokens(letter))

        assert quicklook._NOT_A_WORD.sub("", folded).lower() in bare(letter)
        latin = "".join(c for c in bare(letter) if c.isascii())
        assert latin in bare_latin(letter)
        if quicklook._FAR.search(bare(letter)):
            assert quicklook._FAR.search(letter)
