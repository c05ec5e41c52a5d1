"""Values that both configuration and documents hold; each says what it expected. Pure."""

import re
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator

from monitor.source.shape import wrong

T = TypeVar("T")

LANGUAGES = frozenset(  # ISO 639-1
    re.findall(
        "[a-z]{2}",
        "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv "
        "cy da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr "
        "ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw "
        "ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv "
        "ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr "
        "ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi "
        "yo za zh zu ",
    )
)
_MEANT = dict(  # countries, names and habits that people write instead of the language
    re.findall(
        "([a-z]+)=([a-z]{2})",
        "ua=uk cn=zh jp=ja cz=cs gr=el dk=da by=be il=he iw=he kz=kk rs=sr ir=fa br=pt at=de "
        "english=en russian=ru ukrainian=uk german=de french=fr spanish=es polish=pl chinese=zh "
        "arabic=ar eng=en",
    )
)
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def check_language(code: str) -> str:
    """`code`, if it is one of ISO 639-1."""
    if code in LANGUAGES:
        return code
    short = code.casefold()
    meant = _MEANT.get(short) or re.split("[-_]", short)[0]
    hint = f"write '{meant}'" if meant in LANGUAGES else "two letters, as in en, uk or zh"
    raise wrong(f"unknown language '{code}'", hint)


def check_url(text: str) -> str:
    """`text`, if it is the address of something on the web."""
    if re.fullmatch(r"(?i:https?)://[^\s\x00-\x20\x7f]+", text) and _has_host(text):
        return text
    raise wrong("expected a web address", "it starts with https:// and has no blanks")


def _has_host(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _id(text: str) -> str:
    if _ID.fullmatch(text) and len(text) <= 64:
        return text
    proposal = re.sub("[^a-z0-9]+", "-", text.casefold()).strip("-")[:64].rstrip("-")
    hint = f"write '{proposal}'" if proposal else "as in g8-return"
    raise wrong("an id is made of a-z, 0-9 and single hyphens, at most 64 of them", hint)


def _said(text: str) -> str:
    if not text.strip():
        raise wrong("is empty", "write a value, or delete the line")
    return text


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def _or_nothing(value: Any) -> Any:
    """A list all of whose lines are commented out is an empty list."""
    return () if value is None else value


Text = Annotated[str, AfterValidator(_said)]
Line = Annotated[str, AfterValidator(_squeezed), AfterValidator(_said)]  #: one line of text
Id = Annotated[str, AfterValidator(_id)]
Language = Annotated[str, AfterValidator(check_language)]
Url = Annotated[str, AfterValidator(check_url)]
Many = Annotated[tuple[T, ...], BeforeValidator(_or_nothing)]
