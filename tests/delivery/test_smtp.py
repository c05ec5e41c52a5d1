import socket
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from pydantic import SecretStr

from monitor.delivery.smtp import smtp_sender
from monitor.errors import DeliveryError
from monitor.model import Message
from tests.delivery.post import (
    HOST,
    PASSWORD,
    Authority,
    Post,
    Settings,
    authenticator,
    message,
    serving,
)


@pytest.fixture
def post() -> Iterator[Post]:
    with serving() as post:
        yield post


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.make(tmp_path_factory.mktemp("authority"))


def send(post: Post, message: Message, **settings: Any) -> None:
    smtp_sender(Settings(port=post.port, **settings))(message)


def refused(post: Post, sent: Message | None = None, **settings: Any) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        send(post, sent or message(), **settings)
    return caught.value


def test_a_mail_arrives_as_it_was(post: Post) -> None:
    send(post, message())

    (mail,) = post.mails
    assert mail["Subject"] == message().subject
    assert mail["Message-ID"] == "<digest.1@example.org>"
    assert mail.get_body(("plain",)).get_content().strip() == message().text.strip()
    assert mail.get_body(("html",)).get_content().strip() == message().html
    (envelope,) = post.envelopes
    assert envelope.mail_from == "monitor@example.org"
    assert envelope.rcpt_tos == ["reader@example.org"]


def test_a_name_before_the_address_is_no_second_recipient(post: Post) -> None:
    send(post, message(to='"Desk, foreign" <reader@example.org>'))

    assert post.envelopes[0].rcpt_tos == ["reader@example.org"]


def test_one_refused_recipient_of_five_hurts_nobody_else() -> None:
    readers = [f"reader{n}@example.org" for n in range(5)]
    outcomes = []
    with serving(Post(refused=frozenset({"reader2@example.org"}))) as post:
        for reader in readers:
            try:
                send(post, message(to=reader))
                outcomes.append("sent")
            except DeliveryError as e:
                outcomes.append("permanent" if e.permanent else "later")

    assert outcomes == ["sent", "sent", "permanent", "sent", "sent"]
    assert [mail["To"] for mail in post.mails] == [*readers[:2], *readers[3:]]


@pytest.mark.parametrize(
    ("verb", "answer", "permanent"),
    [
        ("RCPT", "550 5.1.1 no such user", True),
        ("RCPT", "552 mailbox full", True),
        ("RCPT", "450 4.2.1 greylisted", False),
        ("RCPT", "421 too busy", False),
        ("RCPT", "550 5.7.1 relaying denied", False),
        ("RCPT", "530 authentication required", False),
        ("MAIL", "550 sender not allowed", False),
        ("MAIL", "451 later", False),
        ("DATA", "554 looks like spam", False),
        ("DATA", "451 later", False),
    ],
)
def test_only_the_recipient_is_refused_for_good(verb: str, answer: str, permanent: bool) -> None:
    with serving(Post(answers={verb: [answer]})) as post:
        error = refused(post)

        assert (error.permanent, answer in str(error)) == (permanent, True)
        send(post, message())  # the next try is another connection and goes well

    assert len(post.mails) == 1


def test_a_connection_that_dies_before_the_answer_is_not_sent_and_the_repeat_looks_the_same() -> (
    None
):
    with serving(Post(drop_at="DATA")) as post:
        assert not refused(post).permanent
        post.drop_at = ""
        send(post, message())

    first, second = post.mails
    assert first["Message-ID"] == second["Message-ID"]


def test_a_connection_that_dies_after_the_answer_is_sent() -> None:
    with serving(Post(drop_at="QUIT")) as post:
        send(post, message())

    assert len(post.mails) == 1


def test_a_server_that_says_nothing_is_given_up() -> None:
    with serving(Post(silent_at="DATA")) as post:
        error = refused(post, timeout_s=0.2)

    assert "timed out" in str(error) or "no answer" in str(error)


@pytest.mark.parametrize("security", ["none", "tls"])
def test_a_server_that_never_greets_is_given_up(security: str) -> None:
    with socket.create_server((HOST, 0)) as deaf:
        error = refused(Post(port=deaf.getsockname()[1]), security=security, timeout_s=0.1)

    assert "timed out" in str(error) or "no answer within 0.1 s" in str(error)


def test_a_server_that_greets_with_a_refusal_is_tried_again_later() -> None:
    with socket.create_server((HOST, 0)) as closed:
        thread = Thread(target=turn_away, args=(closed,))
        thread.start()
        error = refused(Post(port=closed.getsockname()[1]))
        thread.join()

    assert "554 no service today" in str(error)
    assert not error.permanent


def turn_away(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection:
        connection.sendall(b"554 no service today\r\n")


def test_no_server_is_an_error_that_names_it() -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        error = refused(Post(port=taken.getsockname()[1]))

    assert str(error).startswith(f"{HOST}:")
    assert not error.permanent


def test_an_unknown_host_is_an_error_that_names_it() -> None:
    assert "nowhere.invalid:25:" in str(refused(Post(port=25), host="nowhere.invalid"))


@pytest.mark.parametrize(
    "to", ["", "nobody", "a@b..org", "a@x.org, b@x.org", "a@x.org\r\nRCPT TO:<b@x.org>"]
)
def test_what_is_not_one_address_is_refused_before_any_connection(to: str) -> None:
    error = refused(Post(port=1), message(to=to))

    assert error.permanent
    assert "not one mail address" in str(error)


def test_a_wrong_sender_waits_for_the_operator(post: Post) -> None:
    assert not refused(post, sender="nobody").permanent


# -- encryption


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_encrypted_with_a_certificate_that_is_checked(
    security: str, authority: Authority, tmp_path: Path
) -> None:
    with encrypted(security, authority, tmp_path) as post:
        send(post, message(), security=security, ca_file=str(authority.file))

    assert len(post.mails) == 1


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_certificate_of_an_unknown_authority_is_refused(
    security: str, authority: Authority, tmp_path: Path
) -> None:
    with encrypted(security, authority, tmp_path) as post:
        error = refused(post, security=security)

    assert "certificate not trusted" in str(error)
    assert post.mails == []


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_certificate_of_another_host_is_refused(
    security: str, authority: Authority, tmp_path: Path
) -> None:
    with encrypted(security, authority, tmp_path, name="other.example.org") as post:
        error = refused(post, security=security, ca_file=str(authority.file))

    assert "certificate not trusted" in str(error)


def test_a_server_without_starttls_gets_nothing(post: Post) -> None:
    error = refused(post, security="starttls")

    assert "STARTTLS" in str(error)
    assert post.mails == []


def test_a_missing_authority_file_is_named(post: Post) -> None:
    assert "ca_file /nowhere.pem" in str(refused(post, security="starttls", ca_file="/nowhere.pem"))


def encrypted(security: str, authority: Authority, folder: Path, *, name: str = HOST) -> Any:
    context = authority.context(folder, name=name)
    if security == "starttls":
        return serving(tls_context=context, require_starttls=True)
    return serving(ssl_context=context, ready_timeout=10)


# -- login


LOGIN = {"auth_require_tls": False, "authenticator": authenticator}


def test_logs_in_over_an_encrypted_connection(authority: Authority, tmp_path: Path) -> None:
    context = authority.context(tmp_path)
    with serving(tls_context=context, auth_required=True, authenticator=authenticator) as post:
        send(
            post,
            message(),
            security="starttls",
            ca_file=str(authority.file),
            user="desk",
            password=SecretStr(PASSWORD),
        )

    assert post.logged_in == [True]


def test_logs_in_in_the_clear_on_the_same_machine() -> None:
    with serving(**LOGIN) as post:
        send(post, message(), user="desk", password=SecretStr(PASSWORD))

    assert post.logged_in == [True]


def test_never_logs_in_in_the_clear_elsewhere() -> None:
    host = outward_address()
    with serving(host=host, **LOGIN) as post:
        error = refused(post, host=host, user="desk", password=SecretStr(PASSWORD))

    assert "not encrypted" in str(error)
    assert post.mails == []


def outward_address() -> str:
    """An address of this machine that is not loopback; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine has no address but loopback")
        return str(probe.getsockname()[0])


@pytest.mark.parametrize("password", ["wrong one", "süß", "x"])
def test_a_refused_login_can_be_mended_and_never_shows_the_password(password: str) -> None:
    with serving(**LOGIN) as post:
        error = refused(post, user="desk", password=SecretStr(password))

    assert not error.permanent
    assert "login refused: 535" in str(error) or "plain ASCII" in str(error)
    assert password not in str(error)
    assert b64encode(password.encode()).decode() not in str(error)
    assert error.__suppress_context__


def test_a_server_without_login_says_so(post: Post) -> None:
    assert "AUTH" in str(refused(post, user="desk", password=SecretStr(PASSWORD)))


def test_settings_of_another_shape_will_do() -> None:
    assert callable(smtp_sender(replace(Settings(port=25), user="desk")))
