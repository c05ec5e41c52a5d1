"""Logs: one event per thing that happened, fields instead of sentences, no secrets.

Every event name is listed in docs/reference/events.md.
"""

import json
import logging
import sys
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from typing import Any
from urllib.parse import quote, unquote

import structlog

# a URL's user:password@, as in database and proxy addresses
_HIDDEN = "***"


def configure(*, form: str = "auto", level: str = "info", secrets: Iterable[str] = ()) -> None:
    """Set up logging for this process, to standard error.

    form: json, text, or auto (text on a terminal, else json).
    secrets: values that no line may show, whatever field they came in.
    """
    as_text = form == "text" or (form == "auto" and sys.stderr.isatty())
    console, lines = structlog.dev.ConsoleRenderer, structlog.processors.JSONRenderer
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _hide(secrets),
            console() if as_text else lines(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    _configure_libraries()


def _hide(secrets: Iterable[str]) -> structlog.types.Processor:
    hidden = _spellings(secrets)

    def hide(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        for name, value in event.items():
            event[name] = _without(value, hidden)
        return event

    return hide


def _spellings(secrets: Iterable[str]) -> list[str]:
    """Each secret as it is, and as it stands in a URL, a repr or JSON; the longest first."""
    ways = (str, unquote, lambda s: quote(s, safe=""), lambda s: repr(s)[1:-1], _in_json)
    return sorted({way(secret) for secret in secrets for way in ways if secret}, key=len)[::-1]


def _in_json(text: str) -> str:
    return json.dumps(text)[1:-1]


def _without(value: Any, hidden: Sequence[str]) -> Any:
    """`value` with no secret in it, however deep; what is no plain value is seen as its text."""
    if isinstance(value, str):
        for secret in hidden:
            value = value.replace(secret, _HIDDEN)
        return value
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, Mapping):
        return {_without(k, hidden): _without(v, hidden) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_without(part, hidden) for part in value]
    text = repr(value)
    return _without(text, hidden) if any(secret in text for secret in hidden) else value


def _configure_libraries() -> None:
    """Warnings of libraries come out as events, too; their chatter (each request) does not."""
    logging.basicConfig(level=logging.WARNING, handlers=[_Forward()], force=True)
    # it warns at every tick that finds the last one still at work, which is what we asked for
    logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)


class _Forward(logging.Handler):
    """Hands a library's log record to structlog."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log `record` as an event named `library`."""
        log = structlog.get_logger()
        log.log(
            record.levelno,
            "library",
            logger=record.name,
            message=record.getMessage(),
            **({"exc_info": record.exc_info} if record.exc_info else {}),
        )
