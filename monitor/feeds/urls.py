"""Web addresses: which two are the same, whose they are, where a relative one leads. Pure.

Nothing here raises: what is not a web address is "".
"""

import re
from functools import cache
from ipaddress import ip_address
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit

import idna
from publicsuffixlist import PublicSuffixList

DEFAULT_PORTS = {"http": 80, "https": 443}

# Parameters that say where a reader came from and never what is shown. `ref`, `source` and the
# like are not here: some sites choose the page by them.
_TRACKING = re.compile(
    r"utm_.*|at_(medium|campaign|custom\d|format|link_.*|bbc_team|ptr_name)|ns_(mchannel|source"
    r"|campaign|linkname|fee)|mc_.*|_hs(enc|mi)|hsctatracking|mtm_.*|matomo_.*|pk_.*|piwik_.*"
    r"|(fb|g|d|y|ys|tw|tt|msc)cl(id|kid)|msclkid|gclsrc|gad_source|gbraid|wbraid|igshid|igsh|li_fat_id"
    r"|mkt_tok|oly_(anon|enc)_id|vero_(id|conv)|_openstat|wt_z?mc|xtor|maca|traffic_source|ito"
    r"|cmpid|ocid|ftag|srnd|ncid|guccounter|guce_referrer(_sig)?|_ga|_gl",
    re.IGNORECASE,
)
_ESCAPE = re.compile(r"%[0-9a-fA-F]{2}")
_STRAY_PERCENT = re.compile(r"%(?![0-9a-fA-F]{2})")
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.~-]*[a-z0-9_~-])?")
_SAFE = "/%:@!$&'()*+,;=~?"


def canonical(url: str) -> str:
    """The spelling under which the same page is always the same text, or "".

    Without user-info, fragment, default port and tracking parameters. Idempotent.
    """
    parts = _split(url)
    if parts is None:
        return ""
    query = "&".join(p for p in parts.query.split("&") if p and not _tracks(p))
    path = _escaped(parts.path) or "/"
    return f"{parts.scheme}://{_netloc(parts)}{path}" + (f"?{_escaped(query)}" if query else "")


def site(url: str) -> str:
    """Whose machine is asked: the unit of politeness.

    The registrable domain of a public name; host:port of an address or of a name that only an
    inner network knows, where every port may be somebody else's.
    """
    parts = _split(url)
    if parts is None:
        return ""
    host = _host(parts)
    return _registrable(host) or f"{host}:{parts.port or DEFAULT_PORTS[parts.scheme]}"


def resolve(base: str, link: str) -> str:
    """`link` as seen from `base`; "" if there is none or it makes no sense."""
    try:
        return urljoin(base, link.strip()) if link.strip() else ""
    except ValueError:
        return ""


def alternate(url: str, *, home: str) -> str:
    """What is left of an address when scheme, `www.` and, at `home`, the host may change.

    `home` is the site of the feed. Elsewhere the host stays: two sites of one collected feed may
    well both have a `/?p=12`. A site's front page is nobody's alternate: "".
    """
    host, _, rest = canonical(url).partition("://")[2].removeprefix("www.").partition("/")
    rest = rest.rstrip("/")
    if not rest:
        return ""
    return f"/{rest}" if home and site(url) == home else f"{host}/{rest}"


def _split(url: str) -> SplitResult | None:
    """The parts of a web address with a host and a port that can be, else None."""
    try:
        parts = urlsplit(url.strip())
        sound = parts.scheme in DEFAULT_PORTS and "\\" not in parts.netloc and parts.port != 0
        return parts if sound and _host(parts) else None
    except ValueError:  # "http://[": brackets; "http://a:b": port; idna.IDNAError is one too
        return None


def _host(parts: SplitResult) -> str:
    """Lower case, ASCII, IPv6 in brackets and its shortest form; raises ValueError."""
    host = (parts.hostname or "").rstrip(".")
    if ":" in host:
        return f"[{ip_address(host.partition('%')[0]).compressed}]"
    if not host.isascii():
        host = idna.encode(host, uts46=True).decode("ascii").lower().rstrip(".")
    if not _HOST.fullmatch(host):
        raise ValueError(host)
    return host


def _netloc(parts: SplitResult) -> str:
    default = parts.port in (None, DEFAULT_PORTS[parts.scheme])
    return _host(parts) if default else f"{_host(parts)}:{parts.port}"


def _escaped(text: str) -> str:
    """Percent-encoded as browsers send it; what was escaped stays, in capitals."""
    text = quote(_STRAY_PERCENT.sub("%25", text), safe=_SAFE, errors="replace")
    return _ESCAPE.sub(lambda m: m[0].upper(), text)


def _tracks(parameter: str) -> bool:
    name = unquote(parameter.partition("=")[0])
    return _TRACKING.fullmatch(name.removeprefix("amp;")) is not None


def _registrable(host: str) -> str:
    """ "" for addresses and for names under no public suffix; `wiki` alone is somebody's server."""
    if "." not in host or host.startswith("[") or host.rpartition(".")[2].isdigit():
        return ""
    if not _suffixes().publicsuffix(host):
        return ""
    return _suffixes().privatesuffix(host) or host


@cache
def _suffixes() -> PublicSuffixList:
    """The list that the package carries; read once, and nothing is downloaded."""
    return PublicSuffixList(accept_unknown=False)
