"""Every link inside the project leads somewhere, and every page can be found."""

import re
from pathlib import Path

import pytest

from tests.docs.pages import NAMES, PAGES, ROOT, anchors, links, page

MOST_BYTES = 300_000  #: of a picture


@pytest.mark.parametrize("name", NAMES)
def test_every_link_leads_somewhere(name):
    here = ROOT / name

    broken = [link for link in links(page(name)) if not leads_somewhere(here, link)]

    assert broken == []


def leads_somewhere(here: Path, link: str) -> bool:
    if re.match(r"[a-z]+:", link):
        return True
    path, _, anchor = link.partition("#")
    target = (here.parent / path).resolve() if path else here
    if not target.exists() or not target.is_relative_to(ROOT):
        return False
    return not anchor or anchor in anchors(target.read_text(encoding="utf-8"))


def test_every_page_is_linked_from_another():
    linked = {
        (file.parent / link.partition("#")[0]).resolve()
        for file in PAGES
        for link in links(file.read_text(encoding="utf-8"))
    }

    lost = [file.name for file in PAGES if file not in linked and file.parent != ROOT]

    assert lost == []


def test_pictures_are_small_enough_for_a_readme():
    pictures = [p for p in (ROOT / "docs").rglob("*") if p.suffix in {".png", ".jpg", ".svg"}]

    assert pictures
    assert [p.name for p in pictures if p.stat().st_size > MOST_BYTES] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_page_has_one_title(name):
    text = re.sub(r"^(```+).*?^\1", "", page(name), flags=re.MULTILINE | re.DOTALL)

    assert len(re.findall(r"^# \S", text, re.MULTILINE)) == 1
