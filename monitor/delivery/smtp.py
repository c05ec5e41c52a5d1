"""Send by SMTP: one connection a message, which is enough for digests.

When is a message sent? When the server has answered the text with 250. A connection that breaks
later changes nothing; one that breaks earlier is a DeliveryError, and the next try carries the
same Message-ID.

What is refused for good? Only the recipient (5xx to RCPT). A password, a sender, a policy or a
relay that is wrong can be mended by the operator while the message waits.
"""

import re
import smtplib
import ssl
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Literal, Protocol

from pydantic import SecretStr

from monitor.delivery import Sender
from monitor.delivery.mime import mime
from monitor.errors import DeliveryError
from monitor.model import Message
from monitor.text import squeeze

# 530: log in first; 5.7.x: a policy forbids it ("relaying denied"). Both are about us.
_MENDABLE = re.compile(r"53[0-9] |\d{3} 5\.7\.")


class SmtpSettings(Protocol):
    """What this module needs to know of the configuration."""

    @property
    def host(self) -> str:
        """Name or address of the server."""

    @property
    def port(self) -> int:
        """587 with STARTTLS, 465 with TLS, as a rule."""

    @property
    def security(self) -> Literal["starttls", "tls", "none"]:
        """How the connection is encrypted."""

    @property
    def user(self) -> str:
        """Who logs in; empty for no login."""

    @property
    def password(self) -> SecretStr:
        """Never in a log, never in an error."""

    @property
    def sender(self) -> str:
        """`Provision monitor <monitor@example.org>`."""

    @property
    def timeout_s(self) -> float:
        """For each answer of the server."""

    @property
    def ca_file(self) -> str:
        """One more authority to trust; empty for those of the machine."""


def smtp_sender(settings: SmtpSettings) -> Sender:
    """A sender for the server that `settings` name."""

    def send(message: Message, /) -> None:
        mail = mime(message, sender=settings.sender)
        with _reasons(settings), _connection(settings) as server:
            _log_in(server, settings)
            server.send_message(mail)

    return send


@contextmanager
def _connection(settings: SmtpSettings) -> Iterator[smtplib.SMTP]:
    server = _connect(settings)
    try:
        yield server
        _say_goodbye(server)
    finally:
        server.close()


def _say_goodbye(server: smtplib.SMTP) -> None:
    try:
        server.quit()
    except OSError:  # SMTPException is one; the message is the server's by now
        return


def _connect(settings: SmtpSettings) -> smtplib.SMTP:
    host, port, timeout = settings.host, settings.port, settings.timeout_s
    if settings.security == "tls":
        return smtplib.SMTP_SSL(host, port, timeout=timeout, context=_verified(settings))
    server = smtplib.SMTP(host, port, timeout=timeout)
    if settings.security == "starttls":
        try:
            server.starttls(context=_verified(settings))
        except BaseException:
            server.close()
            raise
    return server


def _verified(settings: SmtpSettings) -> ssl.SSLContext:
    """Certificate and host name are checked; `ca_file` adds an authority of one's own."""
    context = ssl.create_default_context()
    if settings.ca_file:
        try:
            context.load_verify_locations(settings.ca_file)
        except OSError as e:
            raise DeliveryError(f"ca_file {settings.ca_file}: {e.strerror or e}") from e
    return context


def _log_in(server: smtplib.SMTP, settings: SmtpSettings) -> None:
    if not settings.user:
        return
    if not isinstance(server.sock, ssl.SSLSocket) and not _is_loopback(server):
        raise DeliveryError(
            f"{settings.host}: no login over a connection that is not encrypted;"
            ' set security = "starttls" or "tls"'
        )
    server.login(settings.user, settings.password.get_secret_value())


def _is_loopback(server: smtplib.SMTP) -> bool:
    """Of the peer, not of the name: a name may lead anywhere."""
    return server.sock is not None and ip_address(server.sock.getpeername()[0]).is_loopback


@contextmanager
def _reasons(settings: SmtpSettings) -> Iterator[None]:
    """Whatever the network does becomes a DeliveryError that says what and where."""
    try:
        yield
    except smtplib.SMTPRecipientsRefused as e:
        ((code, answer),) = e.recipients.values()
        reason = _answer(code, answer)
        raise _error(
            settings, f"recipient refused: {reason}", permanent=_is_final(reason)
        ) from None
    except (OSError, UnicodeError) as e:
        raise _error(settings, _reason(e, settings)) from None


def _is_final(reason: str) -> bool:
    return reason.startswith("5") and not _MENDABLE.match(reason)


def _error(settings: SmtpSettings, reason: str, *, permanent: bool = False) -> DeliveryError:
    for secret in _secrets(settings):  # a server may repeat in its answer what it was told
        reason = reason.replace(secret, "***")
    return DeliveryError(f"{settings.host}:{settings.port}: {reason}", permanent=permanent)


def _secrets(settings: SmtpSettings) -> list[str]:
    """The password, as it is and as it travels."""
    password = settings.password.get_secret_value()
    if not password:
        return []
    sent = (f"\0{settings.user}\0{password}", password)
    return [*(b64encode(text.encode()).decode() for text in sent), password]


def _reason(error: Exception, settings: SmtpSettings) -> str:
    match error:
        case smtplib.SMTPAuthenticationError():
            return f"login refused: {_answer(error.smtp_code, error.smtp_error)}"
        case smtplib.SMTPSenderRefused():
            return f"sender refused: {_answer(error.smtp_code, error.smtp_error)}"
        case smtplib.SMTPDataError():
            return f"text refused: {_answer(error.smtp_code, error.smtp_error)}"
        case smtplib.SMTPResponseException():
            return _answer(error.smtp_code, error.smtp_error)
        case ssl.SSLCertVerificationError():
            return f"certificate not trusted: {error.verify_message}"
        case TimeoutError():
            return f"no answer within {settings.timeout_s:g} s"
        case UnicodeError():
            return "user, password and server name must be plain ASCII"
    return squeeze(str(error))


def _answer(code: int, text: bytes | str) -> str:
    """What the server said, in one line of bearable length."""
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {squeeze(words)}"[:300]
