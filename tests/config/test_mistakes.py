"""Every mistake of a person, and the exact words that answer it."""

import pytest

from monitor.config import load
from monitor.errors import ConfigError

OUTLETS = "outlets: [{id: post, name: Post}]\nfeeds:\n"
DESK = "subscribers:\n- id: desk\n  address: desk@example.org\n  zone: UTC\n  digests:\n"

# (the file, what its problems say after the file's name)
FEEDS = [
    (
        OUTLETS + "- {id: a, outlet: post, url: 'https://a.example/f', evry: 30m}\n",
        "3:53: feeds[0].evry: unknown key 'evry' (did you mean 'every'?)",
    ),
    (
        OUTLETS + "- {id: a, outlet: post, url: 'https://a.example/f', every: 30}\n",
        "3:60: feeds[0].every: expected a duration like 30m (did you mean '30m'?)",
    ),
    (
        OUTLETS + "- {id: a, outlet: post, url: 'https://a.example/f', every: half an hour}\n",
        "3:60: feeds[0].every: expected a duration like 30m (units are s, m, h and d)",
    ),
    (
        OUTLETS + "- {id: a, outlet: post, url: 'https://a.example/f', every: 1m}\n",
        "3:60: feeds[0].every: is less than polling.min_interval, 5m (write 5m)",
    ),
    (
        OUTLETS + "- {id: a, outlet: post, url: 'https://a.example/f', every: 0h}\n",
        "3:60: feeds[0].every: must be longer than 0s",
    ),
    (
        OUTLETS + "- {id: a, outlet: post, url: 'https://a.example/f', every: 999d}\n",
        "3:60: feeds[0].every: must be at most 366d",
    ),
    (
        OUTLETS + "- {id: a, outlet: posst, url: 'https://a.example/f'}\n",
        "3:19: feeds[0].outlet: unknown outlet 'posst' (did you mean 'post'?)",
    ),
    (
        OUTLETS + "- {id: a, url: 'https://a.example/f'}\n",
        "3:3: feeds[0].outlet: is missing (name its outlet, or write aggregator: true)",
    ),
    (OUTLETS + "- {id: a, outlet: post}\n", "3:3: feeds[0].url: is missing"),
    (
        OUTLETS + "- {id: a, outlet: post, url: a.example/f}\n",
        "3:30: feeds[0].url: expected a web address (it starts with https:// and has no blanks)",
    ),
    (
        OUTLETS + "- {id: a, outlet: post, url: 'https://a.example:x/f'}\n",
        "3:30: feeds[0].url: expected a web address (it starts with https:// and has no blanks)",
    ),
    (
        OUTLETS + "- {id: a, outlet: post, url: 'https://a.example/f', paused: maybe}\n",
        "3:61: feeds[0].paused: expected true or false",
    ),
    (
        OUTLETS + "- {id: a, outlet: post, url: 'https://a.example/f', language: en-GB}\n",
        "3:63: feeds[0].language: unknown language 'en-GB' (write 'en')",
    ),
    (
        OUTLETS
        + "- {id: a, outlet: post, url: 'https://a.example/f'}\n- {id: a, outlet: post, url: 'https://a.example/g'}\n",
        "4:8: feeds[1].id: id 'a' is used twice (also in line 3; each needs its own)",
    ),
    (
        OUTLETS
        + "- {id: a, outlet: post, url: 'https://a.example/f'}\n- {id: b, outlet: post, url: 'HTTP://A.example:80/f/'}\n",
        "4:30: feeds[1].url: feed 'a' has the same address (delete one of the two)",
    ),
    (OUTLETS + "- https://a.example/f\n", "3:3: feeds[0]: expected 'key: value' lines"),
    (
        "outlets:\n- {id: post, name: Post, country: uk}\nfeeds: []\n",
        (
            "2:35: outlets[0].country: expected a country's two capital letters (write "
            "'GB', or 'UA' for Ukraine)"
        ),
    ),
    (
        (
            "outlets:\n- {id: post, name: Post}\n- {id: posten, name: Posten, aliases: "
            "[post]}\nfeeds: []\n"
        ),
        (
            "3:40: outlets[1].aliases[0]: 'post' is also a name of outlet 'post' (a "
            "name must lead to one outlet)"
        ),
    ),
    (
        "outlets:\n- {id: post, name: Post, zone: Europe/Berlni}\nfeeds: []\n",
        "2:32: outlets[0].zone: unknown time zone 'Europe/Berlni' (did you mean 'Europe/Berlin'?)",
    ),
    ("feed: []\n", "1:1: feed: unknown key 'feed' (did you mean 'feeds'?)"),
    ("feeds: {id: a}\n", "1:8: feeds: expected a list (as in [one, two])"),
]
FEEDS += [
    (
        f"outlets:\n- {{id: post, name: Post, country: {country}}}\n",
        f"2:35: outlets[0].country: expected a country's two capital letters ({hint})",
    )
    for country, hint in [("de", "write 'DE'"), ("Germany", "as in UA or DE")]
]
SUBSCRIBERS = [
    (
        DESK + "  - {id: daily, document: d, at: noon}\n",
        (
            "6:34: subscribers[0].digests[0].at: expected a time (write 07:00, weekdays "
            "07:00 or Mon 08:00)"
        ),
    ),
    (
        DESK + "  - {id: daily, document: d, at: '25:00'}\n",
        (
            "6:34: subscribers[0].digests[0].at: expected a time (write 07:00, weekdays "
            "07:00 or Mon 08:00)"
        ),
    ),
    (
        DESK + "  - {id: daily, document: d, news_in: [en, xx]}\n",
        (
            "6:44: subscribers[0].digests[0].news_in[1]: unknown language 'xx' (two "
            "letters, as in en, uk or zh)"
        ),
    ),
    (DESK + "  - {id: daily}\n", "6:5: subscribers[0].digests[0].document: is missing"),
    (
        DESK + "  - {id: daily, document: d}\n  - {id: daily, document: d}\n",
        (
            "7:10: subscribers[0].digests[1].id: id 'daily' is used twice (also in line "
            "6; each needs its own)"
        ),
    ),
    (DESK, "5:3: subscribers[0].digests: is empty (write at least one)"),
    (
        DESK.replace("desk@example.org", "desk at example.org") + "  - {id: daily, document: d}\n",
        "3:12: subscribers[0].address: expected a mail address (as in desk@example.org)",
    ),
    (
        DESK.replace("UTC", "Berlin") + "  - {id: daily, document: d}\n",
        "4:9: subscribers[0].zone: unknown time zone 'Berlin' (did you mean 'Europe/Berlin'?)",
    ),
    (
        DESK.replace("  zone: UTC\n", "") + "  - {id: daily, document: d}\n",
        "2:3: subscribers[0].zone: is missing",
    ),
]
SETTINGS = [
    (
        "[polling]\nevery = 30\n",
        "2:9: polling.every: expected a duration like 30m (did you mean '30m'?)",
    ),
    ("[polling]\nevery = 30m\n", "2:11: unexpected text after the value (a text stands in quotes)"),
    (
        '[polling]\nevery = "30m\n',
        "2:13: this character cannot stand here (is a closing quote missing?)",
    ),
    ('[polling]\nevery "30m"\n', "2:7: expected 'key = value' (is the '=' missing?)"),
    (
        '[polling]\nevery = "1h"\nevery = "2h"\n',
        "3:13: this key is written twice (keep one of them)",
    ),
    (
        '[polling]\nevery = "1h"\n[polling]\nat_once = 3\n',
        "3:9: this section is written twice (join the two)",
    ),
    ('[polling]\nat_once = "many"\n', "2:11: polling.at_once: expected a whole number"),
    ("[polling]\nat_once = 0\n", "2:11: polling.at_once: must be at least 1"),
    ("[polling]\nat_once = 1.5\n", "2:11: polling.at_once: expected a whole number"),
    (
        '[polling]\nevery = "1m"\n',
        "2:9: polling.every: is less than polling.min_interval, 5m (write 5m)",
    ),
    (
        '[polling]\nallow_networks = [\n  "10.0.0.0/8",\n  "10.0.0.1/8",\n]\n',
        "4:3: polling.allow_networks[1]: expected a network (as in 10.0.0.0/8 or fd00::/8)",
    ),
    (
        '[polling]\nallow_networks = "10.0.0.0/8"\n',
        '2:18: polling.allow_networks: expected a list (as in ["10.0.0.0/8"])',
    ),
    (
        '[polling]\nslow_sites = ["example.org 60"]\n',
        "2:15: polling.slow_sites[0]: expected a duration like 30m (did you mean '60m'?)",
    ),
    (
        '[polling]\nslow_sites = ["https://example.org/ 60s"]\n',
        "2:15: polling.slow_sites[0]: expected a domain and a duration (as in reddit.com 60s)",
    ),
    (
        '[polling]\nslowest = "8d"\n',
        "2:11: polling.slowest: must be at most 7d"
        " (a feed that moves or ends is noticed within a week)",
    ),
    (
        '[polling]\nfastest = "1m"\n',
        "2:11: polling.fastest: is less than polling.min_interval, 5m (write 5m)",
    ),
    (
        '[polling]\nmax_body = "ten"\n',
        "2:12: polling.max_body: expected a size like 10MB (units are KB, MB and GB)",
    ),
    (
        '[polling]\nproxy = "proxy"\n',
        "2:9: polling.proxy: expected a proxy's address (as in http://proxy.example.org:3128)",
    ),
    ('[poling]\nevery = "1h"\n', "1:1: poling: unknown key 'poling' (did you mean 'polling'?)"),
    ("polling = 5\n", "1:11: polling: expected a section (as in [mail])"),
    (
        'every = "1h"\n',
        (
            "1:1: every: unknown key 'every' (known keys: database, seeds, data, maintainer, "
            "contact, public_url, heartbeat_url, polling, mail, smtp, digest, keep, log)"
        ),
    ),
    ("seeds = 5\n", "1:9: seeds: expected text (put it in quotes)"),
    ('seeds = ""\n', "1:9: seeds: is empty (write a directory, or delete the line)"),
    ('maintainer = "me"\n', "1:14: maintainer: expected a mail address (as in desk@example.org)"),
    (
        'contact = "me"\n',
        (
            "1:11: contact: expected a web or mail address (as in "
            "https://example.org/monitor or desk@example.org)"
        ),
    ),
    (
        'database = "mysql://me:secret@db/x"\n',
        (
            "1:12: database: expected a database address (sqlite:///data/monitor.db or "
            "postgresql://user@host/name)"
        ),
    ),
    ('mail.via = "post"\n', "1:12: mail.via: expected files or smtp"),
    (
        'mail.via = "smtp"\n',
        '1:1: smtp.host: is missing (mail.via = "smtp" needs the name of a mail server)',
    ),
    (
        'mail.sender = "nobody"\n',
        "1:15: mail.sender: expected a sender (as in Provision monitor <monitor@example.org>)",
    ),
    (
        '[mail]\nvia = "smtp"\n[smtp]\nhost = "mail.example.org"\nuser = "me"\n',
        "5:8: smtp.user: has no password (set MONITOR_SMTP_PASSWORD or smtp.password_file)",
    ),
    (
        '[mail]\nvia = "smtp"\n[smtp]\nhost = "mail.example.org:465"\n',
        "4:8: smtp.host: expected the name of a server (the port has its own key)",
    ),
    (
        '[mail]\nvia = "smtp"\n[smtp]\nhost = "mail.example.org"\nport = 465\n',
        '3:1: smtp.security: port 465 is encrypted from the start (write security = "tls")',
    ),
    (
        '[smtp]\npassword = "hunter2"\n',
        (
            "2:1: smtp.password: a password does not belong in this file (set "
            "MONITOR_SMTP_PASSWORD, or name a file in smtp.password_file)"
        ),
    ),
    (
        '[smtp]\npassword_file = "nowhere"\n',
        "2:17: smtp.password_file: cannot be read: No such file or directory",
    ),
    ("[smtp]\nport = 70000\n", "2:8: smtp.port: must be at most 65535"),
    (
        '[log]\nlevel = "warn"\n',
        "2:9: log.level: expected debug, info, warning or error (did you mean 'warning'?)",
    ),
    ("database = [\n", "1:13: the file ends too early (is a closing ] or a value missing?)"),
    ("a\\b = 1\n", "1:2: expected 'key = value' (is the '=' missing?)"),
]
ENVIRONMENT = [
    (
        {"MONITOR_POLLING_EVERY": "5"},
        "MONITOR_POLLING_EVERY: expected a duration like 30m (did you mean '5m'?)",
    ),
    (
        {"MONITOR_POLLING_EVRY": "5m"},
        "MONITOR_POLLING_EVRY: unknown variable (did you mean 'MONITOR_POLLING_EVERY'?)",
    ),
    ({"MONITOR_X": "red"}, "MONITOR_X: unknown variable (unset it)"),
    (
        {"MONITOR_POLLING_ALLOW_NETWORKS": "10.0.0.0/8, home"},
        "MONITOR_POLLING_ALLOW_NETWORKS: expected a network (as in 10.0.0.0/8 or fd00::/8)",
    ),
    ({"MONITOR_SMTP_PORT": "smtp"}, "MONITOR_SMTP_PORT: expected a whole number"),
    (
        {"MONITOR_DATABASE": "mysql://me:secret@db/x"},
        (
            "MONITOR_DATABASE: expected a database address (sqlite:///data/monitor.db "
            "or postgresql://user@host/name)"
        ),
    ),
]


@pytest.fixture
def config(tmp_path):
    """A directory that is right and says nothing."""
    (tmp_path / "feeds.yaml").write_text("feeds: []\n")
    (tmp_path / "subscribers.yaml").write_text("subscribers: []\n")
    return tmp_path


def said(directory, env, *, file):
    with pytest.raises(ConfigError) as raised:
        load(directory, env)
    return [str(p).removeprefix(f"{file}:").strip() for p in raised.value.problems]


@pytest.mark.parametrize(
    ("name", "mistake"),
    [
        *(("feeds.yaml", mistake) for mistake in FEEDS),
        *(("subscribers.yaml", mistake) for mistake in SUBSCRIBERS),
        *(("monitor.toml", mistake) for mistake in SETTINGS),
    ],
    ids=lambda value: value if isinstance(value, str) else value[1],
)
def test_a_mistake_is_answered_with_its_place_and_what_to_write(name, mistake, config):
    text, *expected = mistake
    (config / name).write_text(text, encoding="utf-8")

    assert said(config, {}, file=config / name) == expected


@pytest.mark.parametrize("mistake", ENVIRONMENT, ids=lambda m: m[1])
def test_a_mistake_in_the_environment_names_the_variable(mistake, config):
    env, *expected = mistake

    assert said(config, env, file="environment") == expected


def test_all_mistakes_of_all_files_come_at_once(config):
    (config / "monitor.toml").write_text("[polling]\nat_once = 0\n")
    (config / "feeds.yaml").write_text(OUTLETS + "- {id: a, outlet: pots, url: x}\n")
    (config / "subscribers.yaml").write_text(DESK.replace("UTC", "Mars"))

    problems = said(config, {"MONITOR_X": "red"}, file=config)

    assert {problem.split(": ")[-1] for problem in problems} == {
        "unknown variable (unset it)",
        "expected a web address (it starts with https:// and has no blanks)",
        "unknown outlet 'pots' (did you mean 'post'?)",
        "is empty (write at least one)",
        "unknown time zone 'Mars' (as in Europe/Berlin)",
        "must be at least 1",
    }


def test_missing_files_are_problems_but_settings_may_be_missing(tmp_path):
    with pytest.raises(ConfigError) as raised:
        load(tmp_path, {})

    assert [str(problem) for problem in raised.value.problems] == [
        f"{tmp_path}/feeds.yaml: there is no such file",
        f"{tmp_path}/subscribers.yaml: there is no such file",
    ]


def test_a_secret_is_never_repeated(config):
    (config / "monitor.toml").write_text(
        'database = "mysql://me:hunter2@db/x"\n[smtp]\npassword = "hunter2"\nport = "hunter2"\n'
    )

    assert "hunter2" not in "\n".join(said(config, {}, file=config))
