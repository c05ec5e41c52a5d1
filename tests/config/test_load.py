from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config import Config, FeedNote, Polling, check_subscriptions, load, variables
from monitor.config.values import _AT, _duration, duration_text
from monitor.digest.schedule import parse_at
from monitor.errors import ConfigError
from monitor.model import FeedSpec, Outlet, Subscription

FEEDS = """\
outlets:
  - {id: post, name: Harbor Post, country: GB, language: en, ownership: private,
     zone: Europe/London, aliases: [HP, harborpost.example]}
feeds:
  - {id: post-world, outlet: post, url: "https://harborpost.example/world", language: en,
     every: 30m}
  - {id: search, url: "https://search.example/rss?q=ferry", aggregator: true, paused: true,
     verified: false, why: nobody looked yet}
"""
SUBSCRIBERS = """\
subscribers:
  - id: desk
    address: desk@example.org
    zone: Europe/Berlin
    frame: de
    digests:
      - {id: daily, document: ferry-treaty}
      - {id: legal, document: ferry-treaty, provisions: [fees, rest], at: Mon 08:00,
         news_in: [en, de], quiet_days: false}
"""


@pytest.fixture
def config(tmp_path):
    directory = tmp_path / "config"
    directory.mkdir()
    (directory / "feeds.yaml").write_text(FEEDS)
    (directory / "subscribers.yaml").write_text(SUBSCRIBERS)
    return directory


def test_feeds_and_outlets_are_the_models_own(config):
    loaded = load(config, {})

    assert loaded.outlets == (
        Outlet(
            id="post",
            name="Harbor Post",
            country="GB",
            language="en",
            ownership="private",
            zone="Europe/London",
            aliases=("HP", "harborpost.example"),
        ),
    )
    assert loaded.feeds == (
        FeedSpec(
            id="post-world",
            outlet="post",
            url="https://harborpost.example/world",
            language="en",
            every=timedelta(minutes=30),
        ),
        FeedSpec(
            id="search", url="https://search.example/rss?q=ferry", aggregator=True, paused=True
        ),
    )
    assert loaded.feed_notes["search"] == FeedNote(verified=False, why="nobody looked yet")


def test_a_subscription_is_a_digest_of_a_subscriber(config):
    desk = {"subscriber": "desk", "address": "desk@example.org", "zone": "Europe/Berlin"}

    assert load(config, {}).subscriptions == (
        Subscription(id="desk/daily", **desk, frame="de", document="ferry-treaty"),
        Subscription(
            id="desk/legal",
            **desk,
            frame="de",
            document="ferry-treaty",
            provisions=("fees", "rest"),
            at="Mon 08:00",
            news_in=("en", "de"),
            quiet_days=False,
        ),
    )


def test_without_settings_everything_has_its_default(config, tmp_path):
    loaded = load(config, {})

    assert loaded.polling == Config().polling
    assert loaded.digest.top == 8
    assert loaded.database == f"sqlite:///{tmp_path}/data/monitor.db"
    assert (loaded.seeds, loaded.data) == (tmp_path / "seeds", tmp_path / "data")
    assert loaded.mail.directory == tmp_path / "data/mail"


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////var/lib/monitor.db",
        "postgresql://monitor@db.example/monitor",
        "sqlite:///:memory:",
    ],
)
def test_an_absolute_database_stays_as_it_is(url, config):
    assert load(config, {"MONITOR_DATABASE": url}).database == url


def test_settings_are_read_with_their_units(config):
    (config / "monitor.toml").write_text(
        "public_url = 'https://monitor.example.org/'\n"
        "[polling]\nproxy = 'http://proxy.example.org:3128'\n"
        "every = '2d'\nmax_body = '1 GB'\nallow_networks = ['10.0.0.0/8']\n"
        "slow_sites = ['Example.org 2m']\n"
    )

    loaded = load(config, {})

    assert loaded.public_url == "https://monitor.example.org"
    assert loaded.polling.proxy == "http://proxy.example.org:3128"
    assert loaded.polling.every == timedelta(days=2)
    assert loaded.polling.max_body == 1_000_000_000
    assert loaded.polling.allow_networks == (ip_network("10.0.0.0/8"),)
    assert loaded.polling.slow_sites == (("example.org", timedelta(minutes=2)),)


def test_sections_are_made_in_code_too():
    assert Polling(every=timedelta(minutes=7), max_body=100).every == timedelta(minutes=7)


def test_the_environment_wins(config):
    (config / "monitor.toml").write_text("contact = 'a@example.org'\n[polling]\nat_once = 3\n")
    env = {
        "MONITOR_CONTACT": "b@example.org",
        "MONITOR_POLLING_AT_ONCE": "5",
        "MONITOR_POLLING_ALLOW_NETWORKS": "10.0.0.0/8, fd00::/8",
        "MONITOR_LOG_LEVEL": "debug",
        "HOME": "/nowhere/somebody",
        "MONITOR_MAINTAINER": "",
        "MONITOR_CORPUS": "elsewhere",
        "MONITOR_TEST_SPEED": "fast",
    }

    loaded = load(config, env)

    assert loaded.contact == "b@example.org"
    assert loaded.polling.at_once == 5
    assert loaded.polling.allow_networks == (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))
    assert loaded.log.level == "debug"
    assert loaded.maintainer == ""


SMTP = (
    "[mail]\nvia = 'smtp'\nsender = 'Desk <desk@example.org>'\n[smtp]\nhost = 'mail.example.org'\n"
)


def test_the_mail_server_has_the_sender_and_a_password_from_the_environment(config):
    (config / "monitor.toml").write_text(SMTP + "user = 'desk'\nca_file = 'ca.pem'\n")

    smtp = load(config, {"MONITOR_SMTP_PASSWORD": "hunter2"}).smtp

    assert (smtp.host, smtp.port, smtp.security, smtp.user) == (
        *("mail.example.org", 587, "starttls", "desk"),
    )
    assert smtp.sender == "Desk <desk@example.org>"
    assert smtp.password.get_secret_value() == "hunter2"
    assert smtp.timeout_s == 30.0
    assert Path(smtp.ca_file) == config.parent / "ca.pem"
    assert "hunter2" not in repr(smtp)


@pytest.mark.parametrize("way", ["key", "variable"])
def test_a_password_can_come_from_a_file(way, config):
    (config.parent / "secret").write_text("hunter 2\n")
    key = "password_file = 'secret'\n" if way == "key" else ""
    (config / "monitor.toml").write_text(f"{SMTP}user = 'desk'\n{key}")

    loaded = load(config, {"MONITOR_SMTP_PASSWORD_FILE": "secret"} if way == "variable" else {})

    assert loaded.smtp.password.get_secret_value() == "hunter 2"


def test_an_unreadable_password_file_is_a_problem_that_does_not_show_it(config):
    (config.parent / "secret").write_bytes(b"hunter\xff")
    (config / "monitor.toml").write_text(f"{SMTP}password_file = 'secret'\n")

    with pytest.raises(ConfigError) as raised:
        load(config, {})

    assert str(raised.value) == (
        f"{config}/monitor.toml:6:17: smtp.password_file: cannot be read: it is not UTF-8 text"
    )


# -- what only shows later -------------------------------------------------------------------


def test_subscriptions_to_what_no_document_holds_are_problems(config):
    loaded = load(config, {})

    def said(documents):
        return [str(p).removeprefix(f"{config}/") for p in check_subscriptions(loaded, documents)]

    assert said({"ferry-treaty": {"fees", "rest"}}) == []
    assert said({"ferry-treaty": {"fees", "night-rest"}}) == [
        "subscribers.yaml:8:64: subscribers[0].digests[1].provisions[1]:"
        " 'ferry-treaty' has no provision 'rest' (known provisions: fees, night-rest)"
    ]
    assert said({"ferry-treat": {"fees"}}) == [
        f"subscribers.yaml:{line}:31: subscribers[0].digests[{number}].document:"
        " unknown document 'ferry-treaty' (did you mean 'ferry-treat'?)"
        for number, line in enumerate((7, 8))
    ]


def test_a_later_problem_can_still_name_its_line(config):
    loaded = load(config, {})

    assert str(loaded.spot("feed", "search").problem("url", reason="is gone")) == (
        f"{config}/feeds.yaml:7:23: feeds[1].url: is gone"
    )
    assert str(loaded.spot("feed", "unknown").problem(reason="is gone")) == (
        "feed unknown: is gone"
    )


# -- values ----------------------------------------------------------------------------------


@given(st.integers(1, 366 * 24 * 3600))
def test_a_duration_reads_as_it_is_written(seconds):
    length = timedelta(seconds=seconds)

    assert _duration(duration_text(length)) == length


@pytest.mark.parametrize("text", ["07:00", "7:00", "Mon 08:00", "weekdays 07:00", "sunday 23:59"])
def test_times_of_digests(text):
    assert _AT.fullmatch(text)
    assert parse_at(text)


@given(st.from_regex(r"\A(?:[a-z]{0,8} )?[0-9]{1,2}:[0-9]{2}\Z"))
def test_times_are_read_as_the_schedule_reads_them(text):
    assert bool(_AT.fullmatch(text.strip())) == schedule_reads(text)


def schedule_reads(text):
    try:
        parse_at(text)
    except ValueError:
        return False
    return True


def test_every_setting_has_its_variable():
    assert variables()["MONITOR_DATABASE"] == ("database",)
    assert variables()["MONITOR_SMTP_PASSWORD_FILE"] == ("smtp", "password_file")
    assert "MONITOR_SMTP_PASSWORD" not in variables()
