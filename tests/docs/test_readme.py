"""The numbers in README.md are those of the delivered files."""

import re

import pytest

from monitor import config, documents
from tests.docs.pages import ROOT, page

README = " ".join(page("README.md").split())
WORDS = {8: "eight"}


@pytest.fixture(scope="module")
def delivered():
    return config.load(ROOT / "config", {})


def test_the_size_of_what_is_delivered(delivered):
    (document,) = documents.load_all(delivered.seeds)
    languages = WORDS[len(document.languages)]

    assert (
        f"{len(document.provisions)} provisions and claims, rules in {languages} languages,"
        f" {len(delivered.feeds)} feeds of {len(delivered.outlets)} outlets"
    ) in README


def test_the_first_digest_comes_when_the_page_says(delivered):
    (subscription,) = delivered.subscriptions
    city = subscription.zone.rpartition("/")[2]

    assert f"at the next {subscription.at}, {city} time" in README


def test_mails_land_where_the_page_says(delivered):
    mail = delivered.mail

    assert mail.via == "files"
    assert f"`{mail.directory.relative_to(ROOT)}/`" in README


def test_no_column_of_the_comparison_is_missing():
    table = page("README.md").partition("| | Provision monitor |")[2].partition("\n\n")[0]

    widths = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()[1:]}

    assert len(widths) == 1
