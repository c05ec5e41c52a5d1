"""What is a text that can be read and kept."""

import pytest

from monitor.errors import ConfigError
from monitor.source import read_toml, read_yaml, toml_source, yaml_source
from monitor.source.files import MAX_BYTES


def test_windows_line_ends_and_a_byte_order_mark_do_not_move_columns(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: [x, y]\r\n")

    source = read_yaml(path)

    assert source.data == {"a": "1", "b": ["x", "y"]}
    assert source.at(("a",), key=True) == (1, 1)
    assert source.at(("b", 1)) == (2, 8)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"a: 1\nb: \xff\n", ":2: is not UTF-8 text (save it as UTF-8)"),
        (b"#" * (MAX_BYTES + 1), ": is larger than 5 MB (split it)"),
    ],
    ids=["encoding", "size"],
)
def test_a_file_that_is_no_small_text_is_refused(raw, said, tmp_path):
    path = tmp_path / "x.yaml"
    path.write_bytes(raw)

    with pytest.raises(ConfigError) as raised:
        read_yaml(path)

    assert str(raised.value) == f"{path}{said}"


def test_what_cannot_be_read_says_why(tmp_path):
    with pytest.raises(ConfigError) as raised:
        read_toml(tmp_path)

    assert str(raised.value) == f"{tmp_path}: cannot be read: Is a directory"


@pytest.mark.parametrize(
    ("read_text", "text", "said"),
    [
        (yaml_source, 'a: "\\ud800"', "x:1:4: holds the character U+D800, which cannot be stored"),
        (
            toml_source,
            'a = "\\u0000"',
            "x:1:5: a: holds the character U+0000, which cannot be stored",
        ),
    ],
    ids=["yaml", "toml"],
)
def test_what_cannot_be_stored_is_refused(read_text, text, said):
    with pytest.raises(ConfigError) as raised:
        read_text(text, file="x")

    assert str(raised.value) == said
