"""Files that a person wrote: plain data, and where in the file each part of it stands.

    read_yaml(path), read_toml(path) -> Source      syntax (files, yaml, toml, mistakes)
    source.at(keys), source.place(keys)             line and column (data, marks, place)
    shaped(source, keys, data, Shape) -> a Shape    what the file may hold (shape, values)

Every later problem can then name file, line, column and key. What is promised:

* All YAML scalars are read as the text that was written (`number: 1.10` stays "1.10", `NO` stays
  Norway); only an empty value, `~` and `null` are None. The models say what a text must be.
* No tags, no second document, no duplicate keys, no anchors that unfold without end.
* A reader of these files never meets the wording of a library: syntax and shape errors become
  `Problem` values that say what to write instead.
"""

from monitor.source.data import Source, Spot, listed, repeated, written
from monitor.source.marks import Keys, Mark, dotted
from monitor.source.shape import Shape, shaped, wrong
from monitor.source.toml import read_toml, toml_source
from monitor.source.values import (
    LANGUAGES,
    Id,
    Language,
    Line,
    Many,
    Text,
    Url,
    check_language,
    check_url,
)
from monitor.source.words import nearest
from monitor.source.yaml import read_yaml, yaml_source

__all__ = [
    "LANGUAGES",
    "Id",
    "Keys",
    "Language",
    "Line",
    "Many",
    "Mark",
    "Shape",
    "Source",
    "Spot",
    "Text",
    "Url",
    "check_language",
    "check_url",
    "dotted",
    "listed",
    "nearest",
    "read_toml",
    "read_yaml",
    "repeated",
    "shaped",
    "toml_source",
    "written",
    "wrong",
    "yaml_source",
]
