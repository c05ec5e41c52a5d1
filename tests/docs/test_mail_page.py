"""docs/how-to/send-by-smtp.md: its settings can be read, its reasons are those of the code."""

import re
import smtplib
from pathlib import Path

from monitor.config.settings import read_settings
from tests.docs.pages import ROOT, page, rows

PAGE = page("docs/how-to/send-by-smtp.md")
SOURCE = (ROOT / "monitor" / "delivery" / "smtp.py").read_text(encoding="utf-8")
OF_OTHERS = {"Connection refused"}  #: said by the operating system


def test_the_example_can_be_read(tmp_path):
    path = tmp_path / "monitor.toml"
    path.write_text(re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)[1])

    settings, _ = read_settings(path, {})

    assert settings.mail.via == "smtp"
    assert settings.smtp.password_file


def test_every_reason_is_one_that_is_given():
    table = PAGE.partition("| the reason says |")[2]
    said = SOURCE + Path(smtplib.__file__).read_text(encoding="utf-8")

    reasons = [re.sub(r"[:,]? *\d+.*", "", row[0]) for row in rows(table)]

    assert len(reasons) > 5
    assert [r for r in reasons if r not in said and r not in OF_OTHERS] == []
