"""Numbers with a word for thousands, millions, billions: 100bn, 100 Mrd., 1000亿. Pure.

An amount is written as its digits: all three are 100000000000. What a word stands for does not
depend on the item's language, which may be guessed wrong: `Billion` is read as in English, and
`Billionen` as in German.
"""

import re
from collections.abc import Iterator
from typing import Final

_POWERS: Final = {
    3: "k thousand tausend tsd tys tysiac tysiace tysiecy тыс тысяча тысячи тысяч тис тисяча тисячі"
    " тисяч mille mil mila",
    4: "万",
    6: "mn mln mio million millions millionen millon millones milion miliony milionow milioni"
    " milione milhao milhoes milyon млн миллион миллиона миллионов мільйон мільйона мільйони"
    " мільйонів",
    8: "亿 억",
    9: "bn mrd mld billion billions milliarde milliarden milliard milliards miliard miliardy"
    " miliardow miliardi miliardo bilhao bilhoes milyar млрд миллиард миллиарда миллиардов мільярд"
    " мільярда мільярди мільярдів",
    12: "tn trn trillion trillions billionen billones трлн триллион триллиона триллионов трильйон"
    " трильйона трильйони трильйонів",
}
_WORDS: Final = {10**power: frozenset(words.split()) for power, words in _POWERS.items()}
FACTORS: Final = {word: factor for factor, words in _WORDS.items() for word in words}
_ATTACHED: Final = re.compile(r"(\d+)([^\W\d_]+)")
_LONGEST: Final = 18  #: digits
_DECIMALS: Final = 3


def amount(number: str, word: str) -> str:
    """The digits of `number` times `word`, both folded; empty if that is no amount."""
    factor = FACTORS.get(word)
    whole, _, decimals = number.partition(".")
    if not factor or len(whole) > _LONGEST or len(decimals) > _DECIMALS:
        return ""
    if not (whole + decimals).isdecimal():  # int() reads no other digits, such as Ethiopic ones
        return ""
    value = int(whole + decimals) * factor // 10 ** len(decimals)
    return str(value) if number == _times(value, factor) else ""


def attached(word: str) -> str:
    """`word` itself, but 100bn is 100000000000."""
    parts = _ATTACHED.fullmatch(word)
    return (parts and amount(parts[1], parts[2])) or word


def halves(digits: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Each number that makes `digits` an amount, and the words that it needs for that."""
    if digits.isdecimal() and digits.endswith("00"):
        for factor, words in _WORDS.items():
            number = _times(int(digits), factor)
            if number:
                yield number, words


def _times(value: int, factor: int) -> str:
    """How often `factor` goes into `value`, as it is written; empty where nobody writes so.

    2025 is a year and never 2.025 thousand: amounts end in two zeros.
    """
    thousandths, rest = divmod(value * 10**_DECIMALS, factor)
    if rest or value < 1000 or value % 100 or thousandths < 100 or len(str(value)) > _LONGEST:
        return ""
    return f"{thousandths // 1000}.{thousandths % 1000:03}".rstrip("0").rstrip(".")
