"""The files of docs/tutorial.md do what it says they do."""

import re
import shutil

import pytest

from monitor.demo.outlet import SITE
from monitor.errors import ConfigError
from monitor.jobs.check import load
from tests.docs.pages import ROOT, page

PAGE = page("docs/tutorial.md")
YAML = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def block(start: str) -> str:
    (found,) = {text for text in YAML if text.startswith(start)}
    return found


@pytest.fixture
def project(tmp_path):
    """The tutorial's files at step 4, with the mistake in them."""
    shutil.copytree(ROOT / "config", tmp_path / "config")
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "coast-charter.yaml").write_text(block("id: coast-charter"))
    (tmp_path / "config" / "subscribers.yaml").write_text(block("subscribers:"))
    return tmp_path


def seed(project, old: str, new: str) -> None:
    path = project / "seeds" / "coast-charter.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_the_mistake_is_reported_as_the_page_shows_it(project):
    shown = re.search(r"^\S*/coast/(seeds/\S+: .*)$", PAGE, re.MULTILINE)[1]

    with pytest.raises(ConfigError) as caught:
        load(project / "config", {})

    (problem,) = caught.value.problems
    assert str(problem).endswith(f"/{shown}")
    assert f"line {problem.line}, character {problem.column}" in PAGE


def test_the_corrections_make_it_right(project):
    mended, tuned = block("      - 'storm NEAR/6 tide'"), block("    keywords:")
    seed(project, "      - 'storm NEAR tide'\n", mended)
    old = re.search(
        r"    keywords:\n      - 'storm.*?(?=\n  - id)",
        (project / "seeds" / "coast-charter.yaml").read_text(),
        re.DOTALL,
    )[0]
    seed(project, old, tuned)

    loaded = load(project / "config", {})

    (document,) = loaded.documents
    rules = sum(len(p.keywords) for p in document.provisions)
    assert f"1 document(s), {len(document.provisions)} provisions, {rules} keyword lines" in PAGE
    assert [rule.text for rule in document.provisions[1].exclude] == ["regatta"]


def test_the_list_of_feeds_is_one(project):
    written = block("outlets:\n")
    (project / "config" / "feeds.yaml").write_text(written)
    seed(project, "storm NEAR tide", "storm NEAR/6 tide")

    feeds = load(project / "config", {}).config.feeds

    sold = {path.name for path in (SITE / "day1").iterdir()}
    assert len(feeds) == 3
    assert {feed.url.rpartition("/")[2] for feed in feeds} <= sold
    assert all(f"{feed.url} " in PAGE for feed in feeds)


def test_the_headlines_shown_are_those_on_sale():
    text = "".join(p.read_text() for day in ("day1", "day2") for p in (SITE / day).iterdir())
    shown = re.search(r"^\$ monitor hits\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)[1]

    headlines = [hit.splitlines()[1].strip() for hit in shown.strip().split("\n\n")]

    assert len(headlines) == 5
    assert [line for line in headlines if line not in text] == []
