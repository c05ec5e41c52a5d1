"""What a person types about mail, and what they read then."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from monitor import store
from monitor.app import SystemClock
from monitor.cli import cli
from monitor.errors import ConfigError
from monitor.jobs.mailtest import advice
from monitor.store import learned, outbox
from tests.delivery.post import PASSWORD, Post, authenticator, serving
from tests.feeds.server import Server
from tests.world import SETTINGS, SUBSCRIBERS, DrivenClock, World, a_world, entry, rss, write_files

QUIET_LOG = '[log]\nformat = "json"\n'
TWO = (
    SUBSCRIBERS
    + """\
  - id: legal
    address: legal@example.org
    zone: Pacific/Auckland
    digests:
      - {id: weekly, document: treaty, at: "Mon 08:00"}
"""
)
LINK = "https://wire.example/a1"


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture
def world(tmp_path, server) -> Iterator[World]:
    """Yesterday, by the clock that the command line reads, with one hit and nothing told."""
    clock = DrivenClock(SystemClock()() - timedelta(days=1))
    feeds = {"wire": server.url("/wire")}
    settings = SETTINGS + QUIET_LOG
    with a_world(tmp_path, feeds, clock=clock, subscribers=TWO, settings=settings) as world:
        server.says("/wire", body=rss(entry("a1", "Port strike begins", at=clock.now)))
        world.poll()
        yield world


@pytest.fixture
def config(tmp_path, world):
    return tmp_path / "config"


def monitor(config, *words, env=None):
    """Run it in this process; a bug keeps its traceback."""
    env = {"MONITOR_CONFIG": str(config), "COLUMNS": "200"} | (env or {})
    result = CliRunner().invoke(cli, [str(w) for w in words], env=env)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def says(result, *words):
    missing = [word for word in words if word not in result.output]
    assert not missing, f"{missing} not in:\n{result.output}"


# -- digest


def test_a_digest_is_made_sent_and_found(config, tmp_path):
    made = monitor(config, "digest", "--subscriber", "desk")
    shown = monitor(config, "deliveries", "--subscriber", "desk")

    assert made.exit_code == shown.exit_code == 0
    says(made, "1 digest(s) made, 1 mail(s) sent", str(tmp_path / "data" / "mail"))
    says(shown, "desk/daily: sent", "to desk@example.org", "holds 1 hit(s)", "Message-ID <digest.")


def test_a_rehearsal_writes_nothing_and_says_so(config, world, tmp_path):
    page = tmp_path / "page.html"

    result = monitor(config, "digest", "--dry-run", "--subscriber", "desk/daily", "--html", page)

    assert result.exit_code == 0
    says(result, "nothing is written", "Subject: ", "desk/daily, to desk@example.org, due")
    assert page.read_text(encoding="utf-8").startswith("<!")
    assert world.rows("SELECT count(*) FROM digest_run") == [(0,)]


def test_a_rehearsal_before_anything_was_polled_says_why_it_is_empty(tmp_path):
    config = write_files(tmp_path, {}, settings=SETTINGS + QUIET_LOG)

    result = monitor(config, "digest", "--dry-run")

    assert result.exit_code == 0
    says(result, "run `monitor poll` first", "Subject: ")


def test_the_first_digest_of_all_needs_no_service_before_it(tmp_path):
    config = write_files(tmp_path, {}, settings=SETTINGS + QUIET_LOG)

    says(monitor(config, "digest"), "1 digest(s) made, 1 mail(s) sent")


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["--date", "2025-11-24"], "add --dry-run"),
        (["--html", "x.html"], "--html only rehearses"),
        (["--dry-run", "--date", "yesterday"], "write it as 2025-11-24"),
        (["--dry-run", "--date", "2999-01-01"], "is still to come for desk/daily"),
        (["--dry-run", "--html", "x.html"], "add --subscriber desk/daily, legal/weekly"),
        (["--subscriber", "dsk"], "did you mean 'desk'"),
        (["--subscriber", "xyz"], "there is: desk, desk/daily, legal, legal/weekly"),
        (
            ["--dry-run", "--subscriber", "desk", "--html", "/no/such/folder/x.html"],
            "cannot write /no/such/folder/x.html",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_hint(config, words, answer):
    result = monitor(config, "digest", *words)

    assert result.exit_code == 2
    says(result, answer)


def test_nobody_to_send_to_is_said(tmp_path):
    settings = SETTINGS + QUIET_LOG
    config = write_files(tmp_path, {}, settings=settings, subscribers="subscribers: []\n")

    result = monitor(config, "digest")

    assert result.exit_code == 2
    says(result, "subscribers.yaml names nobody")


def test_a_digest_that_is_new_in_the_files_waits_for_the_running_service(config, world, server):
    newer = TWO.replace("id: weekly", "id: monthly")
    feeds = {"wire": server.url("/wire")}
    write_files(config.parent, feeds, settings=SETTINGS + QUIET_LOG, subscribers=newer)

    with store.service_lock(world.app.engine, holder="monitor run, pid 42"):
        result = monitor(config, "digest", "--subscriber", "legal")
    after = monitor(config, "digest", "--subscriber", "legal")

    assert (result.exit_code, after.exit_code) == (2, 0)
    says(result, "legal/monthly: new in subscribers.yaml", "monitor run, pid 42")


def test_beside_a_running_service_the_digest_is_made_and_left_to_it(config, world):
    with store.service_lock(world.app.engine, holder="monitor run, pid 42"):
        result = monitor(config, "digest", "--subscriber", "desk")

    assert result.exit_code == 0
    says(result, "1 digest(s) made, 0 mail(s) sent", "sends what waits within seconds")


# -- deliveries


def fail_one(world, config):
    """A digest that the server refused for good."""
    with store.writing(world.app.engine) as session:
        [key] = [d.message.key for d in outbox.deliveries(session)]
        outbox.mark_unsent(session, key, reason="550 no such user", permanent=True)
    return key


def test_a_refused_digest_can_be_sent_again(config, world):
    with store.service_lock(world.app.engine, holder="monitor run, pid 42"):
        monitor(config, "digest", "--subscriber", "desk")
    key = fail_one(world, config)

    shown = monitor(config, "deliveries", "--failed")
    again = monitor(config, "deliveries", "retry", key)
    waiting = monitor(config, "deliveries")

    says(shown, "FAILED", "550 no such user", f"monitor deliveries retry '{key}'")
    says(again, f"{key}: waits, for desk@example.org")
    says(waiting, "waiting, for desk@example.org")
    says(monitor(config, "deliveries", "--failed"), "Nothing failed.")


def test_the_folder_may_be_named_before_or_after_retry(config, world):
    for words in (
        ["deliveries", "--config", config, "retry", "x"],
        ["deliveries", "retry", "x", "--config", config],
    ):
        result = CliRunner().invoke(cli, [str(w) for w in words])

        assert result.exit_code == 2
        says(result, "no message has the key 'x'")


def test_a_day_and_a_name_are_answered_in_the_subscribers_time(config, world):
    monitor(config, "digest", "--subscriber", "desk")
    tomorrow = (SystemClock()() + timedelta(days=2)).date()

    coming = monitor(config, "deliveries", "--subscriber", "desk", "--date", tomorrow)
    nobody = monitor(config, "deliveries", "--subscriber", "desc")

    says(coming, "07:00 UTC  desk/daily: coming")
    assert nobody.exit_code == 2
    says(nobody, "did you mean 'desk'")


def test_a_script_reads_deliveries_as_json(config):
    monitor(config, "digest", "--subscriber", "desk")

    found = json.loads(monitor(config, "deliveries", "--json").stdout)

    assert [d["state"] for d in found["deliveries"]] == ["sent"]
    assert found["unsubscribed"] == []


def test_before_the_first_digest_there_is_none(config):
    says(monitor(config, "deliveries"), "No digest was made")


def test_a_late_digest_says_what_it_stands_for(config, world):
    from monitor.jobs.digest import sweep

    world.clock.pass_(days=3)
    sweep(world.app, now=world.clock.now)

    shown = monitor(config, "deliveries", "--subscriber", "desk")

    says(
        shown, "desk/daily: waiting", "0 tries so far", "stands also for", ", late; holds 1 hit(s)"
    )


# -- unsubscribe


def test_unsubscribe_says_what_it_does_and_what_the_file_means_now(config):
    stopped = monitor(config, "unsubscribe", "desk", "--by", "ada")
    again = monitor(config, "unsubscribe", "desk/daily")
    digest = monitor(config, "digest")
    named = monitor(config, "digest", "--subscriber", "desk")
    shown = monitor(config, "deliveries")
    undone = monitor(config, "unsubscribe", "desk", "--undo")

    says(stopped, "desk/daily: unsubscribed.", "still lists it", "unsubscribe desk/daily --undo")
    says(again, "was unsubscribed already")
    says(digest, "desk/daily is left out: unsubscribed by ada", "1 digest(s) made")
    assert named.exit_code == 2
    says(named, "to undo: monitor unsubscribe desk/daily --undo")
    says(shown, "desk/daily: unsubscribed on", "by ada")
    says(undone, "desk/daily: gets its digests again, from the next one on")
    says(monitor(config, "unsubscribe", "desk", "--undo"), "is not unsubscribed")


def test_unsubscribe_cancels_what_waits(config, world):
    with store.service_lock(world.app.engine, holder="monitor run, pid 42"):
        monitor(config, "digest", "--subscriber", "desk")

    says(monitor(config, "unsubscribe", "desk"), "1 digest(s) that had not left are cancelled")
    says(monitor(config, "deliveries"), "desk/daily: cancelled")
    says(monitor(config, "unsubscribe", "desk", "--undo"), "1 digest(s) that were cancelled go out")


def test_unsubscribe_of_nobody_is_refused(config):
    result = monitor(config, "unsubscribe", "desk/weekly")

    assert result.exit_code == 2
    says(result, "no subscriber or digest 'desk/weekly'", "did you mean")


# -- feedback


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["--provision", "strikes", "not"], "treaty/strikes: not relevant"),
        (["relevant"], "treaty/strikes: relevant"),
        (["belongs-to", "storms"], "treaty/strikes: belongs to treaty/storms"),
        (["--belongs-to", "storms"], "treaty/strikes: belongs to treaty/storms"),
        (["--provision", "storms", "relevant"], "a rule that should have found it did not"),
    ],
)
def test_feedback_is_noted_and_listed(config, words, answer):
    noted = monitor(config, "feedback", LINK, *words, "--by", "ada")
    listed = monitor(config, "feedback", "list")
    as_json = json.loads(monitor(config, "feedback", "list", "--json").stdout)

    says(noted, "Noted: ", answer, "Port strike begins", LINK)
    says(listed, "(by ada)", LINK)
    assert (as_json[0]["url"], as_json[0]["by"]) == (LINK, "ada")


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ([LINK], "write one verdict"),
        ([LINK, "not", "relevant", "x"], "write one verdict"),
        ([LINK, "nope"], "'nope' is no verdict"),
        ([LINK + "0", "not"], "no item with the link"),
        (["list", "not"], "and no verdict"),
        (["list", "--provision", "strike"], "did you mean 'strikes'"),
    ],
)
def test_feedback_that_is_not_understood_says_what_to_write(config, words, answer):
    result = monitor(config, "feedback", *words)

    assert result.exit_code == 2
    says(result, answer)


def test_feedback_of_a_script(config):
    noted = json.loads(monitor(config, "feedback", LINK, "not", "--json").stdout)

    assert (noted["verdict"], noted["provision"]) == ("not", "treaty/strikes")
    assert noted["by"]
    says(monitor(config, "feedback", "list", "--provision", "storms"), "No feedback yet")


# -- learned


@pytest.fixture
def taught(config, world):
    words = [["euroc", "euroclear", 0.5], ["strik", "strike", 0.3], ["begin", "begins", -0.2]]
    assert monitor(config, "feedback", LINK, "--provision", "strikes", "not").exit_code == 0
    with store.writing(world.app.engine) as session:
        stored = learned.Stored("treaty/strikes", 1, 0.0, words)
        learned.add(session, world.clock.now.date(), [stored])
    return config


def test_what_was_learned_is_shown_with_its_effect(taught):
    result = monitor(taught, "learned", "--provision", "strikes")

    says(result, "treaty/strikes: 1 verdict(s)", "+ euroclear: in 0", "- begins: in 1")
    says(result, "`exclude: ['begins']` would hold back 1")
    [found] = json.loads(monitor(taught, "learned", "--json", "--limit", "1").stdout)
    assert [one["word"] for one in found["words"]] == ["euroclear"]


def test_a_word_is_forgotten_or_all_of_them(taught):
    one = monitor(taught, "learned", "--provision", "strikes", "--forget", "begins")
    says(one, "Forgotten from the next UTC day on: begins")
    says(monitor(taught, "learned"), "not; forgotten from the next UTC day on")

    back = monitor(taught, "learned", "--provision", "strikes", "--restore", "begin")
    says(back, "Learned again from the next UTC day on: begins")

    every = monitor(taught, "learned", "--provision", "strikes", "--all", "--by", "ada")
    says(every, "euroclear, strike, begins")


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["--forget", "begins"], "for which provision"),
        (["--restore", "begins", "--provision", "strikes"], "'begins' is not forgotten"),
        (["--forget", "begins", "--all", "--provision", "strikes"], "write one of them"),
        (["--forget", "cat", "--provision", "strikes"], "nothing was learned of 'cat'"),
        (["--provision", "strike"], "did you mean 'strikes'"),
    ],
)
def test_forgetting_that_is_not_understood_says_what_to_write(taught, words, answer):
    result = monitor(taught, "learned", *words)

    assert result.exit_code == 2
    says(result, answer)


def test_nothing_learned_says_when_there_will_be(config):
    says(monitor(config, "learned"), "Nothing learned yet")


# -- mail test


def smtp(tmp_path, port, *lines):
    text = (
        f'[mail]\nvia = "smtp"\nsender = "Monitor <monitor@example.org>"\n[smtp]\nport = {port}\n'
    )
    smtp_ = "".join(f"{line}\n" for line in ('host = "127.0.0.1"', 'security = "none"', *lines))
    return write_files(tmp_path, {}, settings=SETTINGS + QUIET_LOG + text + smtp_)


def test_a_test_message_arrives_once(tmp_path):
    with serving() as post:
        config = smtp(tmp_path, post.port)
        result = monitor(config, "mail", "test", "ada@example.org")
        monitor(config, "digest")  # the delivery round of a service leaves it alone

    assert result.exit_code == 0
    says(result, f"mail server 127.0.0.1, port {post.port}", "security: none", "login:    no")
    says(result, "accepted", "Message-ID <test.")
    assert [mail["To"] for mail in post.mails] == ["ada@example.org", "desk@example.org"]
    shown = monitor(config, "deliveries")
    says(shown, "test: sent")


def test_a_digest_that_the_server_does_not_take_now_needs_a_look(tmp_path):
    with serving(Post(answers={"RCPT": ["451 4.7.1 greylisted"]})) as post:
        result = monitor(smtp(tmp_path, post.port), "digest")

    assert result.exit_code == 1
    says(result, "1 digest(s) made, 0 mail(s) sent", "why: monitor deliveries")


@pytest.mark.parametrize(
    ("answers", "reason", "check"),
    [
        ({"RCPT": ["550 5.1.1 no such user"]}, "recipient refused: 550", "typing mistake"),
        ({"RCPT": ["451 4.7.1 greylisted"]}, "recipient refused: 451", "in ten minutes"),
        ({"RCPT": ["550 5.7.1 relaying denied"]}, "relaying denied", "does not send for us"),
        ({"MAIL": ["550 who are you"]}, "sender refused: 550", "mail.sender must be"),
        ({"DATA": ["554 looks like spam"]}, "text refused: 554", "spam or size rule"),
    ],
)
def test_a_refusal_shows_the_servers_words_and_what_to_check(tmp_path, answers, reason, check):
    with serving(Post(answers=answers)) as post:
        config = smtp(tmp_path, post.port)
        result = monitor(config, "mail", "test", "ada@example.org")
        shown = monitor(config, "deliveries")
        monitor(config, "digest")  # and nobody repeats it

    assert result.exit_code == 1
    says(result, reason, "What to check: ", check)
    says(shown, "test: tried once, not sent", reason)
    assert [mail["To"] for mail in post.mails] == ["desk@example.org"]


def test_a_wrong_password_is_told_and_not_shown(tmp_path):
    with serving(auth_require_tls=False, authenticator=authenticator) as post:
        config = smtp(tmp_path, post.port, 'user = "desk"')
        wrong = monitor(
            config, "mail", "test", "ada@example.org", env={"MONITOR_SMTP_PASSWORD": "sesame"}
        )
        right = monitor(
            config, "mail", "test", "ada@example.org", env={"MONITOR_SMTP_PASSWORD": PASSWORD}
        )

    assert (wrong.exit_code, right.exit_code) == (1, 0)
    says(wrong, "login:    yes, as desk", "login refused", "app password")
    assert "sesame" not in wrong.output
    assert PASSWORD not in right.output


def test_a_test_while_the_service_delivers_is_sent_once(tmp_path):
    """The round of the service begins in the middle of the test: it finds nothing to send."""
    from monitor.jobs.deliver import deliver
    from monitor.jobs.mailtest import mail_test

    rounds = []

    def send(message):
        rounds.append(deliver(world.app, now=world.clock.now))
        world.sent.append(message)

    with a_world(tmp_path, {}, send=send) as world:
        for _ in range(2):  # two tests in one moment are two messages
            mail_test(world.app, "ada@example.org", now=world.clock.now)
        world.clock.pass_(days=1)
        deliver(world.app, now=world.clock.now)

    assert (rounds, [m.to for m in world.sent]) == ([0, 0], ["ada@example.org"] * 2)
    assert len({m.headers["Message-ID"] for m in world.sent}) == 2


def test_a_test_that_died_half_way_is_repeated_by_nobody(tmp_path):
    from monitor.jobs.deliver import deliver
    from monitor.jobs.deliveries import deliveries
    from monitor.jobs.mailtest import mail_test

    def send(message):
        raise KeyboardInterrupt

    with a_world(tmp_path, {}, send=send) as world:
        with pytest.raises(KeyboardInterrupt):
            mail_test(world.app, "ada@example.org", now=world.clock.now)
        world.app.send = world.sent.append
        deliver(world.app, now=world.clock.now)
        [line] = deliveries(world.app, now=world.clock.now).lines

    assert (world.sent, line.state, line.why) == ([], "direct", "the try was not finished")


def test_mails_kept_as_files_say_where(tmp_path):
    config = write_files(tmp_path, {}, settings=SETTINGS + QUIET_LOG)

    result = monitor(config, "mail", "test", "ada@example.org")

    assert result.exit_code == 0
    says(result, 'mail.via = "files"')
    [path] = re.findall(r"written: +(\S+)", result.output)
    [file] = (tmp_path / "data" / "mail").glob("*.eml")
    assert path == str(file)


def test_a_folder_that_cannot_be_written_says_what_to_check(tmp_path):
    config = write_files(tmp_path, {}, settings=SETTINGS + QUIET_LOG)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "mail").write_text("in the way", encoding="utf-8")

    result = monitor(config, "mail", "test", "ada@example.org")

    assert result.exit_code == 1
    says(result, "data/mail", "Check that mail.directory")


def test_what_is_no_address_is_refused_before_anything_is_tried(tmp_path):
    config = write_files(tmp_path, {}, settings=SETTINGS + QUIET_LOG)

    result = monitor(config, "mail", "test", "ada@example.org, bo@example.org")

    assert result.exit_code == 2
    says(result, "is not one mail address", "such as desk@example.org")
    says(monitor(config, "deliveries"), "No digest was made")


@pytest.mark.parametrize(
    ("reason", "check"),
    [
        ("127.0.0.1:1: [Errno 111] Connection refused", "Nothing listens there"),
        ("h:25: [Errno -2] Name or service not known", "no machine of that name"),
        ("h:587: no answer within 30 s", "firewall"),
        ("h:587: [SSL: WRONG_VERSION_NUMBER] wrong version number", "do not belong together"),
        ("h:25: STARTTLS extension not supported by server.", "offers no STARTTLS"),
        ("h:465: certificate not trusted: hostname mismatch", "smtp.ca_file"),
        ("h: no login over a connection that is not encrypted;", "smtp.security"),
        ("h:25: 421 too busy", "what your mail provider says"),
    ],
)
def test_each_kind_of_trouble_has_its_advice(tmp_path, reason, check):
    from monitor.jobs.check import load

    config = load(smtp(tmp_path, 25), {}).config

    assert check in advice(config, reason)


@pytest.mark.parametrize("command", [("deliveries",), ("unsubscribe", "desk/daily")], ids=str)
def test_a_wrong_rule_stops_no_command_that_needs_none(config, command):
    seed = next((config.parent / "seeds").glob("*.yaml"))
    seed.write_text(seed.read_text().replace("keywords: [", "keywords: ['port NEAR strike', "))

    with pytest.raises(ConfigError):
        monitor(config, "hits")
    assert monitor(config, *command).exit_code == 0
