import re
from email import message_from_bytes, policy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.delivery.mime import mime
from monitor.model import Message
from tests.delivery.post import message

SENDER = "Provision monitor <monitor@example.org>"


def read(message: Message, sender: str = SENDER) -> Any:
    return message_from_bytes(mime(message, sender=sender).as_bytes(), policy=policy.default)


def test_says_who_whom_what_and_when() -> None:
    mail = read(message())

    assert mail["From"] == SENDER
    assert mail["To"] == "reader@example.org"
    assert mail["Subject"] == "Thu 20 Mar: Rückkehr in den Rat · 9 quiet"
    assert mail["Date"] == "Thu, 20 Mar 2031 06:00:40 +0000"
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]


def test_without_html_it_is_plain_text() -> None:
    assert read(message(html="")).get_content_type() == "text/plain"


def test_message_id_is_the_given_one_or_one_of_the_key() -> None:
    own, again = (read(message(headers={}))["Message-ID"] for _ in range(2))

    assert read(message())["Message-ID"] == "<digest.1@example.org>"
    assert re.fullmatch(r"<[0-9a-f]{32}@example\.org>", own)
    assert own == again
    assert own != read(message(headers={}, key="other"))["Message-ID"]


def test_a_long_unsubscribe_link_stays_in_one_piece() -> None:
    link = f"<mailto:{'long' * 20}@example.org?subject=unsubscribe%20{'x' * 60}>"

    raw = mime(message(headers={"List-Unsubscribe": link}), sender=SENDER).as_bytes()

    assert f"List-Unsubscribe: {link}\r\n".encode() in raw


def test_the_wire_format_is_7_bit_with_short_lines() -> None:
    raw = mime(message(text="слово " * 900, html="<p>" + "峰" * 9000), sender=SENDER).as_bytes()

    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 78
    assert b"\n" not in raw.replace(b"\r\n", b"")


@pytest.mark.parametrize(
    ("to", "written"),
    [
        ("a@b.org", "a@b.org"),
        ("  a@b.org ", "a@b.org"),
        ("Ann <a@b.org>", "Ann <a@b.org>"),
        ('"Desk, foreign" <a@b.org>', '"Desk, foreign" <a@b.org>'),
        ("Юрий <a@b.org>", "Юрий <a@b.org>"),
        ("a@bücher.example", "a@xn--bcher-kva.example"),
        ("o'neil+news@b.org", "o'neil+news@b.org"),
    ],
)
def test_recipients(to: str, written: str) -> None:
    assert str(read(message(to=to))["To"]) == written


def test_an_address_beyond_ascii_is_written_as_it_is() -> None:
    raw = mime(message(to="юрий@b.org"), sender=SENDER).as_bytes()

    assert "To: юрий@b.org\r\n".encode() in raw


@pytest.mark.parametrize(
    "name", ["To", "bcc", "Subject", "Content-Type", "X\r\nBcc", "X:", "", "Näme", "Date"]
)
def test_headers_that_are_not_the_messages_business(name: str) -> None:
    with pytest.raises(ValueError, match="may not bring"):
        mime(message(headers={name: "x"}), sender=SENDER)


@given(subject=st.text(), value=st.text(), name=st.text(max_size=30), key=st.text(), text=st.text())
def test_nothing_that_is_said_becomes_a_header(
    subject: str, value: str, name: str, key: str, text: str
) -> None:
    evil = "\r\nBcc: everybody@example.org\r\n\r\n"
    safe = "".join(char for char in name if char.isalnum())

    mail = read(
        message(
            subject=subject + evil + subject,
            headers={"X-Note": value + evil},
            key=key.encode("utf-8", "replace").decode(),
            to=f'"{safe}" <reader@example.org>',
            text=text.encode("utf-8", "replace").decode(),
        )
    )

    assert {name.lower() for name in mail} == {
        "from", "to", "subject", "date", "x-note", "message-id", "mime-version", "content-type",
    }  # fmt: skip
    assert mail["To"].addresses[0].addr_spec == "reader@example.org"


def test_a_subject_of_many_words_comes_back_as_it_was_written():
    subject = "Wed 19 Nov: nothing new on Pact on energy, seas and sanctions · 3 feeds failed"

    raw = mime(message(subject=subject), sender=SENDER).as_bytes()

    assert message_from_bytes(raw, policy=policy.default)["Subject"] == subject
    assert max(map(len, raw.split(b"\r\n\r\n")[0].splitlines())) < 998
