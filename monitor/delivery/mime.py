"""Message to mail. Pure.

Nothing that a stranger wrote can start a header: line ends and control characters become spaces.
"""

import hashlib
import re
from email.header import Header
from email.headerregistry import (
    Address,
    HeaderRegistry,
    UniqueUnstructuredHeader,
    UnstructuredHeader,
)
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime, getaddresses

from monitor.errors import DeliveryError
from monitor.model import Message
from monitor.text import squeeze


class _OneLine(UnstructuredHeader):
    """A header that stays in one piece.

    The standard folding turns a word of more than 78 characters into an encoded word, and then no
    program finds the link in List-Unsubscribe.
    """

    name: str  #: given by HeaderRegistry, which mixes this class with BaseHeader

    def fold(self, *, policy: Policy) -> str:
        """As it is, unless it needs an encoding."""
        value = str(self)
        if value.isascii():
            return f"{self.name}: {value}{policy.linesep}"
        return super().fold(policy=policy)  # type: ignore[misc, no-any-return]


class _Subject(UniqueUnstructuredHeader):
    """A subject that reads as it was written.

    The standard folding encodes single words and leaves a space on both sides of where it folds.
    """

    name: str

    def fold(self, *, policy: Policy) -> str:
        """Encoded as a whole where it must be encoded at all."""
        value = str(self)
        if value.isascii() or getattr(policy, "utf8", False):
            return super().fold(policy=policy)  # type: ignore[misc, no-any-return]
        header = Header(value, "utf-8", maxlinelen=76, header_name=self.name)
        return f"{self.name}: {header.encode(linesep=policy.linesep)}{policy.linesep}"


_REGISTRY = HeaderRegistry(default_class=_OneLine)
_REGISTRY.map_to_type("subject", _Subject)  # type: ignore[arg-type]

# 7bit: bodies are made quoted-printable or base64, so that servers without 8BITMIME take them too
_POLICY = SMTP.clone(cte_type="7bit", header_factory=_REGISTRY)
_HEADER = re.compile(r"[A-Za-z0-9-]+")
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\]+")
# what `mime` writes itself
_OURS = frozenset({"from", "to", "cc", "bcc", "sender", "reply-to", "subject", "date"})


def mime(message: Message, *, sender: str) -> EmailMessage:
    """`message` as a mail from `sender` ("Name <address>"); its Message-ID is always the same.

    Raises:
        DeliveryError: the recipient is not one address (permanent), or the sender is none.
        ValueError: `message.headers` holds one that is not its business.
    """
    author = address(sender, what="sender")
    to = address(message.to, what="recipient", permanent=True)
    ascii_only = author.addr_spec.isascii() and to.addr_spec.isascii()
    mail = EmailMessage(policy=_POLICY if ascii_only else _POLICY.clone(utf8=True))
    mail["From"] = author
    mail["To"] = to
    mail["Subject"] = squeeze(message.subject)
    if message.at is not None:
        mail["Date"] = format_datetime(message.at)
    for name, value in _headers(message, domain=author.domain).items():
        mail[name] = squeeze(value)
    mail.set_content(message.text)
    if message.html:
        mail.add_alternative(message.html, subtype="html")
        mail.set_boundary(f"=_{_fingerprint(message.key)}")  # same message, same bytes
    return mail


def address(text: str, *, what: str, permanent: bool = False) -> Address:
    """`text` as exactly one address: a second one would see the first."""
    try:
        ((name, spec),) = getaddresses([squeeze(text)])
        if not _ADDRESS.fullmatch(spec):
            raise ValueError(spec)
        user, _, domain = spec.rpartition("@")
        return Address(name, user, domain.encode("idna").decode("ascii"))
    except ValueError as e:  # none, several, or no address; UnicodeError: an impossible domain
        reason = f"{what} {text!r} is not one mail address"
        raise DeliveryError(reason, permanent=permanent) from e


def _headers(message: Message, *, domain: str) -> dict[str, str]:
    """The message's own headers, and a Message-ID from its key where it brings none."""
    if wrong := [name for name in message.headers if not _is_allowed(name)]:
        raise ValueError(f"{message.key}: a message may not bring the headers {wrong}")
    given = dict(message.headers)
    if "message-id" not in {name.lower() for name in given}:
        given["Message-ID"] = f"<{_fingerprint(message.key)}@{domain}>"
    return given


def _fingerprint(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def _is_allowed(name: str) -> bool:
    low = name.lower()
    return bool(_HEADER.fullmatch(name)) and low not in _OURS and not low.startswith("content-")
