"""Which addresses and ports feeds may be fetched from. Pure.

A feed's URL comes from outside, also by way of redirects and names, and must not become a hand that
reaches into the network the monitor runs in.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from monitor.errors import ForbiddenAddress

Network = IPv4Network | IPv6Network

_NAT64 = IPv6Network("64:ff9b::/96")
_COMPATIBLE = IPv6Network("::/96")
_UNICAST = IPv6Network("2000::/3")  #: of IPv6 nothing else is given out
# What Python's tables of this version call global or leave out
_REFUSED: tuple[Network, ...] = (
    IPv4Network("192.0.0.0/24"),
    IPv4Network("192.88.99.0/24"),
    IPv6Network("3fff::/20"),
)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Is this a host of the open internet, also after unwrapping IPv4 inside IPv6?"""
    address = _unwrapped(address)
    if isinstance(address, IPv6Address) and address not in _UNICAST:
        return False
    refused = any(address in network for network in _REFUSED)
    return address.is_global and not address.is_multicast and not refused


def check_port(port: int) -> None:
    """Raise ForbiddenAddress for the ports where no feed is, but mail and shells are."""
    if port not in (80, 443) and port < 1024:
        raise ForbiddenAddress(f"port {port} is not one that feeds are served on")


def check_address(host: str, answer: str, *, allowed: Iterable[Network]) -> None:
    """Raise ForbiddenAddress unless `answer`, an address of `host`, is public or allowed."""
    address = ip_address(answer.partition("%")[0])
    inner = {address, _unwrapped(address)}
    if is_public(address) or any(a in network for a in inner for network in allowed):
        return
    where = answer if answer == host else f"{host}, which is {answer}"
    raise ForbiddenAddress(
        f"{where}, is not a public address; polling.allow_networks can open its network"
    )


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Networks as a person writes them (10.0.0.0/8); ValueError for what is none."""
    return tuple(ip_network(text, strict=False) for text in texts)


def _unwrapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 one stands for, whoever translates it."""
    if isinstance(address, IPv4Address):
        return address
    inner = address.ipv4_mapped or address.sixtofour
    if inner is None and (address in _NAT64 or address in _COMPATIBLE):
        inner = IPv4Address(int(address) & 0xFFFFFFFF)
    return inner or address
