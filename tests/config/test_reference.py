"""The annotated file and the reference pages say what the code does."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from monitor import config, documents
from monitor.config.people import DigestLines, FeedLines, OutletLines, SubscriberLines
from monitor.config.settings import Settings, read_settings, variables
from monitor.documents.shape import (
    DocumentLines,
    Examples,
    ProvisionLines,
    RuleLine,
    SourceLines,
)

ROOT = Path(__file__).parents[2]
DELIVERED = ROOT / "config/monitor.toml"
CONFIGURATION = (ROOT / "docs/reference/configuration.md").read_text(encoding="utf-8")
DOCUMENTS = (ROOT / "docs/reference/documents.md").read_text(encoding="utf-8")


def test_the_delivered_settings_are_the_defaults():
    settings, _ = read_settings(DELIVERED, {})

    assert settings == Settings()


def test_the_delivered_settings_hold_every_key():
    _, source = read_settings(DELIVERED, {})

    assert [keys for keys in variables().values() if keys not in source.marks] == []


@pytest.mark.parametrize("keys", variables().values(), ids=".".join)
def test_every_setting_is_in_the_reference_with_its_default(keys):
    default = tomllib.loads(DELIVERED.read_text(encoding="utf-8"))
    for key in keys:
        default = default[key]
    said = json.dumps(default) if isinstance(default, str | list) else str(default)

    row = re.search(rf"^\| `{re.escape('.'.join(keys))}` \|.*$", CONFIGURATION, re.MULTILINE)

    assert row, "has no row"
    assert row[0].split(" | ")[2] == f"`{said}`"


@pytest.mark.parametrize(
    ("page", "heading", "model"),
    [
        (CONFIGURATION, "### outlets", OutletLines),
        (CONFIGURATION, "### feeds", FeedLines),
        (CONFIGURATION, "### subscribers", SubscriberLines),
        (CONFIGURATION, "### digests", DigestLines),
        (DOCUMENTS, "## The document", DocumentLines),
        (DOCUMENTS, "### source", SourceLines),
        (DOCUMENTS, "## A provision", ProvisionLines),
        (DOCUMENTS, "### A rule", RuleLine),
        (DOCUMENTS, "### examples", Examples),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 30 else "",
)
def test_every_key_is_in_the_reference(page, heading, model):
    section = re.split(r"^#+ ", page.partition(f"\n{heading}\n")[2], maxsplit=1, flags=re.MULTILINE)

    documented = re.findall(r"^\| `([\w.*]+)` \|", section[0], re.MULTILINE)

    assert documented == [known.alias or name for name, known in model.model_fields.items()]


def test_the_example_of_a_document_is_one(tmp_path):
    lines = re.search(r"(?:^    .*\n)+", DOCUMENTS, re.MULTILINE)[0]
    path = tmp_path / "example.yaml"
    path.write_text("\n".join(line.removeprefix("    ") for line in lines.split("\n")))

    assert documents.load(path).id == "ferry-treaty"


def test_the_examples_of_configuration_are_right(tmp_path):
    blocks = re.findall(r"(?:^    .*\n)+", CONFIGURATION, re.MULTILINE)
    for block in blocks:
        text = "\n".join(line.removeprefix("    ") for line in block.split("\n"))
        if text.startswith(("outlets:", "subscribers:")):
            name = "feeds.yaml" if text.startswith("outlets:") else "subscribers.yaml"
            (tmp_path / name).write_text(text)

    loaded = config.load(tmp_path, {})

    assert (len(loaded.feeds), len(loaded.subscriptions)) == (2, 2)
