"""A real mail server on loopback, with certificates made on the spot and selectable bad manners."""

import asyncio
import datetime as dt
import ipaddress
import ssl
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr

from monitor.model import Message

HOST = "127.0.0.1"
PASSWORD = "correct horse"
NO_PASSWORD = SecretStr("")


def message(**changes: Any) -> Message:
    return Message(
        **{
            "key": "digest:desk/daily:2031-03-20T06:00:00+00:00:reader@example.org",
            "kind": "digest",
            "to": "reader@example.org",
            "subject": "Thu 20 Mar: Rückkehr in den Rat · 9 quiet",
            "text": "Слава и хлеб\n",
            "html": "<p>峰会",
            "headers": {"Message-ID": "<digest.1@example.org>"},
            "at": dt.datetime(2031, 3, 20, 6, 0, 40, tzinfo=dt.UTC),
        }
        | changes
    )


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What monitor.config.Smtp has."""

    host: str = HOST
    port: int
    security: Any = "none"
    user: str = ""
    password: SecretStr = NO_PASSWORD
    sender: str = "Provision monitor <monitor@example.org>"
    timeout_s: float = 5
    ca_file: str = ""


@dataclass
class Post:
    """What arrived, and what the server does instead of taking it."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    envelopes: list[Any] = field(default_factory=list)
    logged_in: list[bool] = field(default_factory=list)  #: for each mail
    answers: dict[str, list[str]] = field(default_factory=dict)  #: MAIL, RCPT, DATA -> in turn
    drop_at: str = ""  #: DATA or QUIT: the connection dies before the answer
    silent_at: str = ""  #: DATA: no answer at all
    refused: frozenset[str] = frozenset()  #: recipients

    def _answer(self, verb: str) -> str | None:
        left = self.answers.get(verb, [])
        return left.pop(0) if left else None

    async def handle_MAIL(self, server, session, envelope, address, options) -> str:
        if answer := self._answer("MAIL"):
            return answer
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:
        if address in self.refused:
            return "550 5.1.1 no such user"
        if answer := self._answer("RCPT"):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope) -> str:
        if answer := self._answer("DATA"):
            return answer
        if self.silent_at == "DATA":
            await asyncio.Event().wait()
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        self.envelopes.append(envelope)
        self.logged_in.append(bool(session.authenticated))
        if self.drop_at == "DATA":
            server.transport.abort()
        return "250 OK"

    async def handle_QUIT(self, server, session, envelope) -> str:
        if self.drop_at == "QUIT":
            server.transport.abort()
        return "221 Bye"


class _AnyPort(Controller):
    """The system picks the port; the controller's own first connection has to know it."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def serving(post: Post | None = None, *, host: str = HOST, **options: Any) -> Iterator[Post]:
    """A running server; `options` are those of aiosmtpd."""
    post = post or Post()
    controller = _AnyPort(post, hostname=host, port=0, **options)
    controller.start()
    post.port = controller.port
    try:
        yield post
    finally:
        controller.stop()


def authenticator(server, session, envelope, mechanism, data) -> AuthResult:
    """One user, one password; a wrong one is repeated in the answer, as careless servers do."""
    assert isinstance(data, LoginPassword)
    if (data.login, data.password) == (b"desk", PASSWORD.encode()):
        return AuthResult(success=True)
    said = f"{data.password.decode()} ({b64encode(data.password).decode()})"
    return AuthResult(success=False, handled=False, message=f"535 5.7.8 {said} is no password")


@dataclass(frozen=True)
class Authority:
    """Signs certificates; `file` is what a client has to trust."""

    file: Path
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def make(cls, folder: Path) -> "Authority":
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _certificate("Test authority", key, "Test authority", key, None)
        file = folder / "authority.pem"
        file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        return cls(file, key, certificate)

    def context(self, folder: Path, *, name: str = HOST) -> ssl.SSLContext:
        """What a server needs to be `name`."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _certificate(name, key, "Test authority", self.key, name)
        file = folder / f"server-{name}.pem"
        file.write_bytes(
            certificate.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


def _certificate(
    name: str, key: Any, issuer: str, issuer_key: Any, host: str | None
) -> x509.Certificate:
    start = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=365 * 50))
        .add_extension(x509.BasicConstraints(ca=host is None, path_length=None), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if host is not None:
        alternative = x509.SubjectAlternativeName([_general_name(host)])
        builder = builder.add_extension(alternative, critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
