"""monitor.toml and the environment -> Settings. The defaults here are the documented ones."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, SecretStr

from monitor.config.values import (
    Age,
    Database,
    Duration,
    Folder,
    Interval,
    MaybeAddress,
    MaybeContact,
    MaybeHeartbeat,
    MaybeHost,
    MaybeProxy,
    MaybePublicUrl,
    Network,
    Sender,
    Size,
    SlowSite,
    Span,
    duration_text,
)
from monitor.errors import ConfigError, Problem
from monitor.source import Keys, Many, Mark, Shape, Source, nearest, read_toml, shaped

_PREFIX = "MONITOR_"
_PASSWORD = "MONITOR_SMTP_PASSWORD"  # noqa: S105 - the name of the variable, not its value
#: read elsewhere, as is MONITOR_TEST_...
_OTHERS = frozenset({"MONITOR_CORPUS", "MONITOR_CONFIG", _PASSWORD})


class Polling(Shape):
    """How often and how politely feeds are fetched."""

    every: Interval = timedelta(hours=1)
    min_interval: Interval = timedelta(minutes=5)
    fastest: Interval = timedelta(minutes=15)
    slowest: Interval = timedelta(hours=6)
    at_once: Annotated[int, Field(ge=1, le=1000)] = 64
    per_site: Annotated[int, Field(ge=1, le=16)] = 1
    spacing: Duration = timedelta(seconds=1)
    slow_sites: Many[SlowSite] = (
        ("reddit.com", timedelta(seconds=60)),
        ("openrss.org", timedelta(seconds=2)),
        ("tumblr.com", timedelta(seconds=5)),
    )
    allow_networks: Many[Network] = ()
    connect_timeout: Span = timedelta(seconds=10)
    read_timeout: Span = timedelta(seconds=20)
    total_timeout: Span = timedelta(seconds=60)
    max_body: Size = 10_000_000
    max_download: Size = 5_000_000
    parse_timeout: Span = timedelta(seconds=10)
    proxy: MaybeProxy = ""


class Mail(Shape):
    """How mails leave: into files, or through a mail server."""

    sender: Sender = "Provision monitor <monitor@localhost>"
    via: Literal["files", "smtp"] = "files"
    directory: Folder = Path("data/mail")


class SmtpSection(Shape):
    """The mail server, as the file names it."""

    host: MaybeHost = ""
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password_file: str = ""
    timeout: Span = timedelta(seconds=30)
    ca_file: str = ""


class Digest(Shape):
    """What a digest holds."""

    top: Annotated[int, Field(ge=1, le=100)] = 8
    archive_after: Span = timedelta(hours=24)


class Keep(Shape):
    """How long what nobody needs any more is kept. Items, hits and digests stay for ever."""

    revisions: Age = timedelta(days=90)
    outbox: Age = timedelta(days=365)
    ledger: Age = timedelta(days=90)


class Log(Shape):
    """What is logged, and how."""

    format: Literal["auto", "json", "text"] = "auto"
    level: Literal["debug", "info", "warning", "error"] = "info"


class Settings(Shape):
    """All of monitor.toml."""

    database: Database = "sqlite:///data/monitor.db"
    seeds: Folder = Path("seeds")
    data: Folder = Path("data")
    maintainer: MaybeAddress = ""
    contact: MaybeContact = ""
    public_url: MaybePublicUrl = ""
    heartbeat_url: MaybeHeartbeat = ""
    polling: Polling = Polling()
    mail: Mail = Mail()
    smtp: SmtpSection = SmtpSection()
    digest: Digest = Digest()
    keep: Keep = Keep()
    log: Log = Log()


class Smtp(Shape):
    """The mail server, ready to be used; needed where mail.via is smtp."""

    host: str = ""
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""  #: "" = no login
    password: SecretStr = SecretStr("")
    sender: str
    timeout_s: float = 30.0
    ca_file: str = ""  #: "" = only the authorities that the machine trusts


def variables() -> dict[str, Keys]:
    """The environment variable of each setting."""
    return {_PREFIX + "_".join(map(str, keys)).upper(): keys for keys in _settings(Settings)}


def _settings(model: type[BaseModel]) -> Iterator[Keys]:
    for name, known in model.model_fields.items():
        section = known.annotation
        if isinstance(section, type) and issubclass(section, BaseModel):
            yield from ((name, *inner) for inner in _settings(section))
        else:
            yield (name,)


def read_settings(path: Path, env: Mapping[str, str]) -> tuple[Settings, Source]:
    """What `path` and `env` say; the defaults where neither exists.

    Raises:
        ConfigError: with every problem of both.
    """
    source = read_toml(path) if path.exists() else Source(str(path))
    problems = [
        *_unknown_variables(env),
        *_password_in_file(source),
        *_password_in_address(source),
    ]
    given = {keys: name for name, keys in variables().items() if env.get(name)}
    source = _overlaid(source, {keys: env[name] for keys, name in given.items()})
    settings = Settings()
    try:
        settings = shaped(source, (), source.data, Settings)
    except ConfigError as e:
        problems += e.problems
    else:
        problems += _contradictions(settings, source, env)
    if problems:
        raise ConfigError(_in_environment(problem, given) for problem in problems)
    return settings, source


def _unknown_variables(env: Mapping[str, str]) -> Iterator[Problem]:
    known = {name.removeprefix(_PREFIX) for name in (*variables(), *_OTHERS)}
    ours = {name.removeprefix(_PREFIX) for name in env if name.startswith(_PREFIX)}
    for name in sorted(ours - known):
        if not name.startswith("TEST_"):
            hint = nearest(name, known).replace("'", f"'{_PREFIX}", 1) or "unset it"
            key, reason = _PREFIX + name, "unknown variable"
            yield Problem(file="environment", key=key, reason=reason, hint=hint)


def _password_in_file(source: Source) -> Iterator[Problem]:
    """A secret in a file that is copied, mailed and committed; it is taken out of the data."""
    section = source.data.get("smtp")
    if isinstance(section, dict) and "password" in section:
        del section["password"]
        reason = "a password does not belong in this file"
        hint = f"set {_PASSWORD}, or name a file in smtp.password_file"
        yield source.problem(("smtp", "password"), reason, hint, key=True)


def _password_in_address(source: Source) -> Iterator[Problem]:
    """The same for the one of a database server."""
    database = source.data.get("database")
    if isinstance(database, str) and re.match(r"postgresql(\+psycopg)?://[^/@]*:[^/@]+@", database):
        reason = "a password does not belong in this file"
        yield source.problem(("database",), reason, "set MONITOR_DATABASE to the whole address")


def _overlaid(source: Source, values: Mapping[Keys, str]) -> Source:
    """`source` with `values` in place of what the file says."""
    data: dict[str, Any] = {**source.data}
    for keys, value in values.items():
        *sections, name = map(str, keys)
        inner = data
        for section in sections:
            there = inner.get(section)
            inner[section] = {**there} if isinstance(there, dict) else {}
            inner = inner[section]
        inner[name] = re.split(r"[,\s]+", value.strip()) if name == "allow_networks" else value
    new = {keys[:length] for keys in values for length in range(1, len(keys) + 1)}
    marks = dict.fromkeys(new, Mark(0, 0, 1, "toml"))
    return replace(source, data=data, marks={**marks, **source.marks})


def _in_environment(problem: Problem, given: Mapping[Keys, str]) -> Problem:
    """A problem of a value that came from a variable names the variable."""
    for keys, name in given.items():
        if re.sub(r"\[\d+\]$", "", problem.key) == ".".join(map(str, keys)):
            return replace(problem, file="environment", line=0, column=0, key=name)
    return problem


def _contradictions(
    settings: Settings, source: Source, env: Mapping[str, str]
) -> Iterator[Problem]:
    """Settings that are fine alone and not together."""
    polling, smtp = settings.polling, settings.smtp
    least = duration_text(polling.min_interval)
    for name in ("every", *sorted({"fastest", "slowest"} & polling.model_fields_set)):
        if getattr(polling, name) < polling.min_interval:
            reason = f"is less than polling.min_interval, {least}"
            yield source.problem(("polling", name), reason, f"write {least}")
    if settings.mail.via != "smtp":
        return
    if not smtp.host:
        yield source.problem(
            ("smtp", "host"), "is missing", 'mail.via = "smtp" needs the name of a mail server'
        )
    if smtp.port == 465 and smtp.security == "starttls":
        reason, hint = "port 465 is encrypted from the start", 'write security = "tls"'
        yield source.problem(("smtp", "security"), reason, hint)
    if smtp.user and not smtp.password_file and not env.get(_PASSWORD):
        yield source.problem(
            ("smtp", "user"), "has no password", f"set {_PASSWORD} or smtp.password_file"
        )


def read_smtp(settings: Settings, source: Source, env: Mapping[str, str], *, project: Path) -> Smtp:
    """The mail server; its password comes from the environment or a file.

    Raises:
        ConfigError: the file cannot be read.
    """
    smtp = settings.smtp
    return Smtp(
        host=smtp.host,
        port=smtp.port,
        security=smtp.security,
        user=smtp.user,
        password=SecretStr(env.get(_PASSWORD) or _password(smtp, source, project)),
        sender=settings.mail.sender,
        timeout_s=smtp.timeout.total_seconds(),
        ca_file=str(project / smtp.ca_file) if smtp.ca_file else "",
    )


def _password(smtp: SmtpSection, source: Source, project: Path) -> str:
    if not smtp.password_file:
        return ""
    try:
        return (project / smtp.password_file).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, ValueError) as e:
        reason = f"cannot be read: {getattr(e, 'strerror', 'it is not UTF-8 text')}"
        raise ConfigError([source.problem(("smtp", "password_file"), reason)]) from None
