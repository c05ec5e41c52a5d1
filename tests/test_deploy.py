"""What runs the monitor for years: container, compose file, unit of systemd."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from typer.main import get_command

from monitor.cli import cli
from monitor.config import load, variables

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
UNIT = (ROOT / "deploy" / "provision-monitor.service").read_text(encoding="utf-8")
COMPOSE = YAML(typ="safe").load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
OTHERS = {"MONITOR_SMTP_PASSWORD", "MONITOR_CONFIG"}

TEXT, TEXTS = str, [str]
DURATION = re.compile(r"(\d+(us|ms|s|m|h))+")
PORT = re.compile(r"(127\.0\.0\.1:)?\d+:\d+(/(tcp|udp))?")
VOLUME = re.compile(r"(\./[\w/-]+|[a-z][\w-]*):/[\w/-]+(:(ro|rw|z|Z))?")
TMPFS = re.compile(r"/[\w/]+(:.*)?")
CAPABILITY = re.compile(r"ALL|[A-Z_]+")
RESTART = re.compile(r"no|always|on-failure(:\d+)?|unless-stopped")
NAME = re.compile(r"[a-zA-Z0-9._-]+")
IMAGE = re.compile(r"[a-z0-9./-]+(:[\w.-]+)?(@sha256:[0-9a-f]{64})?")

# the part of the compose specification that we use: {key: shape}; a key that is not here is a
# typing mistake, which compose would refuse, too
SERVICE = {
    "build": TEXT,
    "image": IMAGE,
    "init": bool,
    "restart": RESTART,
    "stop_grace_period": DURATION,
    "environment": {NAME: TEXT},
    "volumes": [VOLUME],
    "ports": [PORT],
    "read_only": bool,
    "tmpfs": [TMPFS],
    "cap_drop": [CAPABILITY],
    "security_opt": TEXTS,
    "profiles": [NAME],
}
FILE = {"services": {NAME: SERVICE}, "volumes": {NAME: {"driver": TEXT, "external": bool}}}


def misfits(value, shape, where="") -> list[str]:
    """Where `value` is not of `shape`."""
    if isinstance(shape, re.Pattern):
        return [] if isinstance(value, str) and shape.fullmatch(value) else [f"{where}: {value!r}"]
    if isinstance(shape, type):
        return [] if isinstance(value, shape) else [f"{where}: {value!r} is no {shape.__name__}"]
    if isinstance(shape, list):
        if not isinstance(value, list):
            return [f"{where}: is no list"]
        return [m for n, v in enumerate(value) for m in misfits(v, shape[0], f"{where}[{n}]")]
    if not isinstance(value, dict):
        return [f"{where}: is no mapping"]
    found = []
    for key, inner in value.items():
        fits = next((s for k, s in shape.items() if k == key or _matches(k, key)), None)
        found += misfits(inner, fits, f"{where}.{key}") if fits else [f"{where}.{key}: unknown key"]
    return found


def _matches(pattern, key) -> bool:
    return isinstance(pattern, re.Pattern) and bool(pattern.fullmatch(str(key)))


def instructions() -> list[tuple[str, str]]:
    """(word, rest) of each instruction of the Dockerfile."""
    text = re.sub(r"^\s*#.*\n", "", DOCKERFILE, flags=re.MULTILINE).replace("\\\n", " ")
    return [tuple(line.split(maxsplit=1)) for line in text.splitlines() if line.strip()]


def said(word: str) -> list[str]:
    return [rest for name, rest in instructions() if name == word]


def unit(key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", UNIT, re.MULTILINE)


# -- compose ---------------------------------------------------------------------------------


def test_the_compose_file_has_the_shape_of_one():
    assert misfits(COMPOSE, FILE, "") == []


@pytest.mark.parametrize(
    ("wrong", "misfit"),
    [
        ({"services": {"a": {"imag": "x"}}}, ".services.a.imag: unknown key"),
        ({"services": {"a": {"init": "yes"}}}, ".services.a.init: 'yes' is no bool"),
        ({"services": {"a": {"ports": "80:80"}}}, ".services.a.ports: is no list"),
        ({"services": {"a": {"volumes": ["data"]}}}, ".services.a.volumes[0]: 'data'"),
        ({"services": ["a"]}, ".services: is no mapping"),
    ],
    ids=["key", "type", "list", "volume", "mapping"],
)
def test_the_check_finds_mistakes(wrong, misfit):
    assert misfits(wrong, FILE, "") == [misfit]


def test_every_volume_that_is_used_is_declared_and_every_folder_is_there():
    sources = {
        v.partition(":")[0] for s in COMPOSE["services"].values() for v in s.get("volumes", ())
    }

    assert {name for name in sources if not name.startswith(".")} == set(COMPOSE["volumes"])
    assert all((ROOT / name).is_dir() for name in sources if name.startswith("."))


def test_the_volumes_are_those_of_the_image():
    inside = {v.split(":")[1] for v in COMPOSE["services"]["monitor"]["volumes"]}

    assert inside == set(re.findall(r'"([^"]+)"', said("VOLUME")[0]))


def test_every_variable_means_something_to_the_monitor():
    names = set(COMPOSE["services"]["monitor"]["environment"])
    names |= set(re.findall(r"^(MONITOR_\w+)", UNIT + text("deploy/mailpit.env"), re.MULTILINE))
    names |= set(re.findall(r"\b(MONITOR_\w+)=", DOCKERFILE))

    assert names <= variables().keys() | OTHERS


def test_what_is_not_set_outside_is_not_set_inside():
    environment = COMPOSE["services"]["monitor"]["environment"]

    assert environment == {name: f"${{{name}:-}}" for name in environment}
    assert load(ROOT / "config", dict.fromkeys(environment, "")) == load(ROOT / "config", {})


def test_with_mailpit_mails_go_to_mailpit():
    env = dict(re.findall(r"^(\w+)=(.*)$", text("deploy/mailpit.env"), re.MULTILINE))

    config = load(ROOT / "config", env)

    assert (config.mail.via, config.smtp.host, config.smtp.port) == ("smtp", "mailpit", 1025)
    assert config.smtp.host in COMPOSE["services"]
    assert env.keys() <= COMPOSE["services"]["monitor"]["environment"].keys()
    assert COMPOSE["services"]["mailpit"]["profiles"] == ["mailpit"]


def test_no_port_is_open_to_the_network():
    ports = [p for s in COMPOSE["services"].values() for p in s.get("ports", ())]

    assert all(port.startswith("127.0.0.1:") for port in ports)


# -- image -----------------------------------------------------------------------------------


def test_libraries_are_installed_with_their_hashes_and_nothing_else_is_downloaded():
    installs = [rest for rest in said("RUN") if "pip install" in rest]

    assert len(installs) == 2
    assert "--require-hashes --requirement /src/requirements.txt" in installs[0]
    assert "--no-deps --no-build-isolation" in installs[1]


def test_what_the_image_needs_is_sent_to_its_build_and_no_more():
    lines = text(".dockerignore").splitlines()
    sent = {line[1:] for line in lines if line.startswith("!")}
    copied = {
        source
        for rest in said("COPY")
        if not rest.startswith("--from")
        for source in rest.split()[:-1]
    }

    assert lines[1] == "*"
    assert sent == copied
    assert all((ROOT / name).exists() for name in sent)


def test_it_does_not_run_as_root():
    words = [name for name, _ in instructions()]

    assert said("USER") == ["10001:10001"]
    assert words.index("USER") < words.index("HEALTHCHECK") < words.index("CMD")


@pytest.mark.parametrize("word", ["HEALTHCHECK", "CMD"])
def test_what_the_image_runs_is_a_command(word):
    (rest,) = said(word)
    call = re.findall(r'"([^"]+)"', rest)

    assert call[0] == "monitor"
    command = get_command(cli).commands[call[1]]
    assert set(call[2:]) <= {option for p in command.params for option in p.opts}


# -- systemd ---------------------------------------------------------------------------------


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_systemd_takes_the_unit(tmp_path):
    here = tmp_path / "provision-monitor.service"
    here.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", UNIT, flags=re.MULTILINE))

    done = subprocess.run(["systemd-analyze", "verify", here], capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (0, "")


def test_the_unit_starts_the_service_where_it_may_write():
    (start,) = unit("ExecStart")
    (state,) = unit("StateDirectory")
    (config,) = [e for e in unit("Environment") if e.startswith("MONITOR_CONFIG=")]

    assert shlex.split(start)[1:] == ["run"]
    assert config == f"MONITOR_CONFIG=/var/lib/{state}/config"
    assert unit("ProtectSystem") == ["strict"]


def test_it_is_started_again_unless_that_is_of_no_use():
    from monitor.cli.common import LOCKED, WRONG

    assert unit("Restart") == ["on-failure"]
    assert unit("RestartPreventExitStatus") == [f"{WRONG} {LOCKED}"]


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")
