"""Recorded polls of real feeds, served again in order and polled by the real loop.

Counted independently: entries are cut out of the raw bytes by a few patterns, which know nothing of
our parser. Every entry must have an item that says its title or leads to its link; no two items of
a feed may be one page with the same words.
"""

import json
import re
from collections import Counter
from html import unescape
from pathlib import Path

import pytest

from monitor.feeds.urls import canonical
from tests.feeds.server import Server
from tests.world import a_world, everything

_ENTRY = re.compile(r"<(item|entry)[\s>].*?</\1>", re.DOTALL)
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.DOTALL)
_LINK = re.compile(r"<link[^>]*?(?:href=[\"']([^\"']*)[\"'][^>]*>|>([^<]*)</link>)", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


def series(corpus: Path) -> dict[str, list[Path]]:
    """Feed id -> what it said, oldest first. Numbered files are polls of one feed, newest first."""
    found: dict[str, list[Path]] = {}
    for path in sorted((corpus / "feeds").glob("[pgr]*/**/*.*")):
        if path.parts[-3] == "parser_corpora" or not path.is_file():
            continue
        numbered = re.match(r"\d\d_", path.name)
        name = path.parent.name if numbered else f"{path.parent.name}-{path.stem}"
        if numbered and path.parent.parent.name != "polls" and path.parents[2].name == "polls":
            name = f"{path.parent.parent.name}-{name}"
        found.setdefault(re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-"), []).append(path)
    return {
        name: paths[::-1] for name, paths in found.items() if "parser_corpora" not in str(paths)
    }


def letters(text: str) -> str:
    """Only letters and digits: white space, quotes and invisible characters do not count."""
    plain = unescape(
        unescape(_TAG.sub("", unescape(text.replace("<![CDATA[", "").replace("]]>", ""))))
    )
    return re.sub(r"[\W_]+", "", _TAG.sub("", plain)).casefold()


def entries(body: bytes) -> list[tuple[str, str]]:
    """(title, link) of each entry, by pattern."""
    text = body.decode("utf-8", "replace")
    if text.lstrip().startswith("{"):
        items = json.loads(text).get("items", [])
        return [(letters(i.get("title") or ""), i.get("url") or "") for i in items]
    return [_said(match[0]) for match in _ENTRY.finditer(text)]


def _said(entry: str) -> tuple[str, str]:
    title = _TITLE.search(entry)
    links = [unescape(a or b).strip() for a, b in _LINK.findall(entry)]
    link = next((one for one in links if one), "")
    return letters(title[1] if title else ""), link.replace("<![CDATA[", "").replace("]]>", "")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_recorded_polls_lose_nothing_and_double_nothing(corpus, tmp_path):
    recorded = series(corpus)
    assert sum(map(len, recorded.values())) > 150
    with Server() as server:
        feeds = {name: server.url(f"/{name}") for name in recorded}
        with a_world(tmp_path, feeds) as world:
            rounds = max(map(len, recorded.values()))
            for turn in range(rounds):
                for name, paths in recorded.items():
                    server.says(f"/{name}", body=paths[min(turn, len(paths) - 1)].read_bytes())
                world.poll()
                world.clock.pass_(hours=1)
            before = everything(world)
            world.poll()

            assert everything(world) == before  # the same bytes again bring nothing
            failed = dict(world.rows("SELECT id, error FROM feed WHERE error != ''"))
            assert set(failed.values()) <= {"JSON, but not a JSON Feed", "an empty body"}, failed
            for name, paths in recorded.items():
                if name not in failed:
                    _check(world, name, paths)


def _check(world, name: str, paths: list[Path]) -> None:
    said = {entry for path in paths for entry in entries(path.read_bytes())}
    titles = world.rows(
        f"SELECT title FROM item WHERE feed = '{name}' UNION SELECT r.title FROM item_revision r"
        f" JOIN item i ON i.id = r.item WHERE i.feed = '{name}'"
    )
    known = {letters(title) for (title,) in titles}
    stored = world.rows(f"SELECT url, title, text FROM item WHERE feed = '{name}'")
    urls = {url for url, _, _ in stored}
    lost = [
        (title, link)
        for title, link in said
        if title and title not in known and canonical(link) not in urls
    ]
    doubled = [same for same, n in Counter(stored).items() if n > 1 and same[0]]
    assert not lost, f"{name}: {len(lost)} of {len(said)} lost, as {lost[:3]}"
    assert not doubled, f"{name}: {doubled[:3]}"
