"""No secret reaches the log, however it got into an event."""

import json
import logging

import pytest
import structlog

from monitor import observe

SECRET = 'hu"sh é/1'
WAYS = {
    "text": SECRET,
    "inside": f"login as x with {SECRET} failed",
    "percent": "smtp://x:hu%22sh%20%C3%A9%2F1@mail.example.org",
    "list": ["a", (SECRET,)],
    "mapping": {"deep": {"password": SECRET}, SECRET: 1},
    "error": ValueError(f"bad password {SECRET}"),
    "set": {SECRET},
    "json": json.dumps({"password": SECRET}),
}


@pytest.fixture
def log(capsys):
    observe.configure(form="json", secrets=[SECRET, ""])
    yield structlog.get_logger()
    observe.configure(form="json", level="debug")


@pytest.fixture
def line(capsys):
    def read():
        return json.loads(capsys.readouterr().err)

    return read


@pytest.mark.parametrize("value", WAYS.values(), ids=WAYS)
def test_a_secret_in_a_field_is_hidden(log, line, value):
    log.info("something", value=value)

    found = json.dumps(line(), ensure_ascii=False)
    for spelling in (SECRET, SECRET.replace('"', '\\"'), "hu%22sh", "sh é"):
        assert spelling not in found
    assert "***" in found


def test_a_secret_in_a_traceback_is_hidden(log, line):
    try:
        raise ConnectionError(f"535 {SECRET} was refused")
    except ConnectionError:
        log.exception("sending raised", key="a")

    found = line()
    assert "535 *** was refused" in found["exception"]
    assert found["key"] == "a"


def test_a_secret_in_the_words_of_a_library_is_hidden(log, line):
    logging.getLogger("some.library").warning("cannot log in with %s", SECRET)

    assert line()["message"] == "cannot log in with ***"


def test_other_values_stay_what_they_are(log, line):
    log.info("something", n=3, share=0.5, yes=True, nothing=None, some=["a", {"b": 1}])

    found = line()
    assert (found["n"], found["share"], found["yes"], found["nothing"]) == (3, 0.5, True, None)
    assert found["some"] == ["a", {"b": 1}]
