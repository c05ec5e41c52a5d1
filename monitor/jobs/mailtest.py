"""Send one test message by the way that digests take, and say how it went.

It goes into the outbox like every message, in a state that the delivery round does not touch: a
service that runs beside does not send it a second time, and a test that dies half way is not
repeated by anybody. A refusal leaves it in that state: whoever asked for the test has seen it.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import count
from pathlib import Path

import structlog

from monitor import store
from monitor.app import App
from monitor.config import Config
from monitor.delivery.mime import address
from monitor.errors import DeliveryError
from monitor.jobs.digest import sender_domain
from monitor.model import Message
from monitor.store import outbox, unsubscribes

log = structlog.get_logger()

KIND = "test"
TEXT = """\
This is a test message of the provision monitor. Somebody ran `monitor mail test`.

If you can read it, digests to this address will arrive, too. Is it in the spam folder? Then tell
your mail program that {sender} is welcome.
"""

#: what a reason says -> what to look at; the first that fits
ADVICE = (
    (r"is not one mail address", "Look at mail.sender in monitor.toml: one name, one <address>."),
    (r"login refused", "Check smtp.user and the password (MONITOR_SMTP_PASSWORD or"
     " smtp.password_file). Many providers want an app password here, not that of the web page."),
    (r"not encrypted", 'Set smtp.security to "starttls" (port 587) or "tls" (port 465).'),
    (r"certificate not trusted", "smtp.host must be the name in the server's certificate. If your"
     " own authority signed it, name its file in smtp.ca_file."),
    (r"ca_file", "Check the path in smtp.ca_file: it must be a file with certificates (PEM)."),
    (r"\b53\d |5\.7\.\d|relay", "The server does not send for us: it wants a login (smtp.user),"
     " or does not accept this mail.sender or this machine."),
    (r"sender refused", "mail.sender must be an address that the server lets this login use."),
    (r"recipient refused: 4", "The server wants us to come again later; digests would be tried"
     " again by themselves. Try the test again in ten minutes."),
    (r"recipient refused", "Check the address for a typing mistake; does this mailbox exist?"),
    (r"text refused", "The server took the addresses and not the text: a spam or size rule."
     " Ask who runs the server, with its answer above."),
    (r"wrong version number|unexpected eof|record layer|UNEXPECTED_EOF", "Port and security do not"
     ' belong together: 587 with "starttls", 465 with "tls", 25 with "none".'),
    (r"STARTTLS", "The server offers no STARTTLS on this port: try"
     ' security = "tls" with port 465.'),
    (r"no answer|timed out", "Check smtp.host and smtp.port. Does a firewall keep this machine from"
     " that port? Many networks close port 25: try 587."),
    (r"refused|unreachable|No route", "Nothing listens there: check smtp.host and smtp.port."),
    (r"not known|resolution|getaddrinfo|nodename", "There is no machine of that name: check"
     " smtp.host, and that this machine has a network."),
)  # fmt: skip
ANY = "Compare the [smtp] section of monitor.toml with what your mail provider says."
FOLDER = "Check that mail.directory is a folder that this user may write to, on a disk with room."


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """How a test went."""

    key: str
    message_id: str
    reason: str = ""  #: "" = it was taken
    advice: str = ""
    file: Path | None = None  #: where it was written, if mails are kept as files

    @property
    def taken(self) -> bool:
        """Did it leave?"""
        return not self.reason


def way_out(config: Config) -> list[tuple[str, str]]:
    """What the configuration says of how mail leaves: (what, value), nothing secret."""
    sender = ("from", config.mail.sender)
    if config.mail.via == "files":
        return [("way out", f'files in {config.mail.directory} (mail.via = "files")'), sender]
    smtp = config.smtp
    return [
        ("way out", f"mail server {smtp.host}, port {smtp.port}"),
        ("security", smtp.security),
        ("login", f"yes, as {smtp.user}" if smtp.user else "no (smtp.user is empty)"),
        sender,
    ]


def mail_test(app: App, to: str, *, now: datetime) -> Tested:
    """Send a test message to `to`, now.

    Raises:
        DeliveryError: `to` is not one mail address; nothing was tried.
    """
    address(to, what="recipient", permanent=True)
    message = _put(app, to, now=now)
    before = _files(app.config)
    try:
        app.send(message)
    except DeliveryError as e:
        return _refused(app, message, str(e))
    with store.writing(app.engine) as session:
        outbox.mark_sent(session, message.key, now=now)
    log.info("test message sent", key=message.key, to=to)
    file = _written(_files(app.config) - before, _id(message))
    return Tested(key=message.key, message_id=_id(message), file=file)


def advice(config: Config, reason: str) -> str:
    """What a person can look at."""
    if config.mail.via == "files":
        return FOLDER
    return next((say for shape, say in ADVICE if re.search(shape, reason, re.IGNORECASE)), ANY)


def _put(app: App, to: str, *, now: datetime) -> Message:
    """A new message, in the outbox and out of the delivery round's sight from the first moment."""
    with store.writing(app.engine) as session:
        for number in count(1):
            message = _message(app.config, to, number, now=now)
            if outbox.put(session, message, now=now):
                break
        unsubscribes.keep_back(session, message.key, now=now)
    return message


def _message(config: Config, to: str, number: int, *, now: datetime) -> Message:
    key = f"test:{to}:{now.isoformat()}:{number}"
    domain = sender_domain(config.mail.sender)
    return Message(
        key=key,
        kind=KIND,
        to=to,
        subject="Test message of the provision monitor",
        text=TEXT.format(sender=config.mail.sender),
        headers={
            "Message-ID": f"<test.{sha256(key.encode()).hexdigest()[:32]}@{domain}>",
            "Auto-Submitted": "auto-generated",
        },
        at=now,
    )


def _refused(app: App, message: Message, reason: str) -> Tested:
    with store.writing(app.engine) as session:
        outbox.mark_unsent(session, message.key, reason=reason, permanent=False)
    log.warning("test message not sent", key=message.key, to=message.to, reason=reason)
    hint = advice(app.config, reason)
    return Tested(key=message.key, message_id=_id(message), reason=reason, advice=hint)


def _id(message: Message) -> str:
    return message.headers["Message-ID"]


def _files(config: Config) -> set[Path]:
    return set(config.mail.directory.glob("*.eml")) if config.mail.via == "files" else set()


def _written(new: set[Path], message_id: str) -> Path | None:
    """Ours among them: the service may have written others meanwhile."""
    return next((path for path in new if message_id.encode() in path.read_bytes()), None)
