from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from monitor.delivery.files import files_sender
from monitor.errors import DeliveryError
from tests.delivery.post import message

NAME = "20310320T060040Z-digest-desk-daily-2031-03-20t06-00-00-00-00-reader-example-org-"


def test_a_message_becomes_a_file_that_a_mail_program_opens(tmp_path: Path) -> None:
    files_sender(tmp_path / "new" / "folder")(message())

    (file,) = (tmp_path / "new" / "folder").glob("*.eml")
    assert file.name.startswith(NAME)
    mail = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert mail["Subject"] == message().subject
    assert mail.get_body(("plain",)).get_content().splitlines() == [message().text.strip()]


def test_a_repeat_overwrites_even_if_its_time_has_changed(tmp_path: Path) -> None:
    send = files_sender(tmp_path)

    send(message(text="once\n"))
    send(message(text="twice\n", at=message().at + timedelta(hours=1)))

    (file,) = tmp_path.glob("*.eml")
    assert b"twice" in file.read_bytes()


def test_keys_that_look_alike_have_their_own_files(tmp_path: Path) -> None:
    send = files_sender(tmp_path)

    for key in ("a:b", "a/b", "A B", "../a/b", "a" * 500, "", "日本"):
        send(message(key=key))

    assert len(list(tmp_path.glob("*.eml"))) == 7
    assert list(tmp_path.parent.glob("*.eml")) == []


def test_the_same_message_gives_the_same_bytes(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        files_sender(tmp_path / folder)(message())

    (a,), (b,) = ((tmp_path / folder).glob("*.eml") for folder in ("a", "b"))
    assert a.read_bytes() == b.read_bytes()


def test_latest_is_the_newest_digest_whatever_came_last(tmp_path: Path) -> None:
    send = files_sender(tmp_path)
    latest = tmp_path / "latest.html"

    send(message(key="2", html="<p>second"))
    send(message(key="1", html="<p>first, stuck for a day", at=message().at - timedelta(days=1)))
    assert latest.read_text(encoding="utf-8") == "<p>second"

    send(message(key="3", html="<p>third", at=message().at + timedelta(days=1)))
    assert latest.read_text(encoding="utf-8") == "<p>third"


@pytest.mark.parametrize("changes", [{"kind": "alert"}, {"html": ""}])
def test_only_a_digest_with_html_is_the_latest(tmp_path: Path, changes: dict[str, str]) -> None:
    files_sender(tmp_path)(replace(message(), **changes))

    assert not (tmp_path / "latest.html").exists()


def test_a_message_without_time_is_kept_too(tmp_path: Path) -> None:
    files_sender(tmp_path)(message(at=None))

    assert (tmp_path / "latest.html").exists()
    assert next(tmp_path.glob("*.eml")).name.startswith("19700101T000000Z-")


def test_nothing_half_written_is_left(tmp_path: Path) -> None:
    files_sender(tmp_path)(message())

    assert sorted(p.suffix for p in tmp_path.iterdir()) == [".eml", ".html"]


def test_a_folder_that_cannot_be_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(DeliveryError, match="file") as caught:
        files_sender(tmp_path / "file")(message())

    assert not caught.value.permanent


def test_a_wrong_recipient_is_refused_for_good(tmp_path: Path) -> None:
    with pytest.raises(DeliveryError) as caught:
        files_sender(tmp_path)(message(to="nobody"))

    assert caught.value.permanent
    assert list(tmp_path.iterdir()) == []
