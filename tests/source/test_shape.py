"""What is said where a file does not have the shape it should."""

import pytest

from monitor.errors import ConfigError
from monitor.source import Shape, shaped, toml_source, yaml_source


class Box(Shape):
    size: int
    colour: str = "red"


def test_pydantic_is_never_heard():
    source = yaml_source("size: {big: 1}\ncolor: blue\ncolour: [1]\n", file="x.yaml")

    with pytest.raises(ConfigError) as raised:
        shaped(source, (), source.data, Box)

    assert str(raised.value).split("\n") == [
        "x.yaml:1:7: size: expected a whole number",
        "x.yaml:2:1: color: unknown key 'color' (did you mean 'colour'?)",
        "x.yaml:3:9: colour: expected text",
    ]


def test_a_number_of_toml_is_no_text():
    source = toml_source("size = 1\ncolour = 5\n", file="x.toml")

    with pytest.raises(ConfigError) as raised:
        shaped(source, (), source.data, Box)

    assert str(raised.value) == "x.toml:2:10: colour: expected text (put it in quotes)"
