"""What a health check complains of, and what it lets pass."""

from datetime import timedelta

import pytest

from monitor.errors import DeliveryError
from monitor.jobs.deliver import deliver
from monitor.jobs.digest import sweep
from monitor.jobs.pulse import pulse
from monitor.jobs.status import complaints, status
from monitor.screens import feeds_screen, show, status_screen
from monitor.store import facts, writing
from tests.feeds.server import Reply
from tests.world import a_world, rss


def complained(world, **later):
    now = world.clock.now + timedelta(**later)
    return complaints(status(world.app.engine, now=now))


def test_a_service_that_sweeps_is_well(world):
    sweep(world.app, now=world.clock.now)

    assert complained(world, minutes=4) == ()


def test_one_that_has_never_run_is_not(world):
    assert complained(world) == ("the service has never run",)


def test_one_that_does_not_sweep_any_more_is_not(world):
    sweep(world.app, now=world.clock.now)

    assert complained(world, minutes=6) == (
        "the service is not running: its last sign of life is of 2026-01-05 09:00 UTC",
    )


def test_one_that_no_feed_answers_is_not(world, server):
    for path in ("/wire", "/echo"):
        server.answers(path, lambda _: Reply(raw=b"?"))
    world.poll()
    pulse(world.app, now=world.clock.now)
    sweep(world.app, now=world.clock.now)

    (complaint,) = complained(world)
    assert complaint.startswith("no feed answers since 2026-01-05 09:00 UTC")


def test_one_feed_that_fails_is_no_complaint(world, server):
    server.says("/wire", body=rss())
    server.answers("/echo", lambda _: Reply(500))
    world.poll()
    pulse(world.app, now=world.clock.now)
    sweep(world.app, now=world.clock.now)

    assert complained(world) == ()


@pytest.mark.parametrize(("permanent", "days", "told"), [(True, 6, 1), (True, 8, 0), (False, 6, 0)])
def test_a_mail_that_failed_for_good_is_complained_of_for_a_week(
    tmp_path, server, permanent, days, told
):
    def refuse(_):
        raise DeliveryError("mailbox unknown", permanent=permanent)

    with a_world(tmp_path, {"wire": server.says("/wire", body=rss())}, send=refuse) as world:
        world.poll()
        world.morning()
        world.clock.pass_(days=days)
        with writing(world.app.engine) as session:
            facts.note(session, "last-sweep", now=world.clock.now)

        found = complained(world)

    assert len(found) == told
    assert all("to desk@example.org: mailbox unknown" in line for line in found)


def test_the_screen_shows_the_complaints_first(world, capsys):
    from rich.console import Console

    with writing(world.app.engine) as session:
        facts.note(session, "files-wrong", now=world.clock.now, value="feeds.yaml:3:1: [bold]x")
        facts.note(session, "files-applied", now=world.clock.now, value="1 feed added: gull")
        facts.note(session, "restart-needed", now=world.clock.now, value="smtp")

    show(Console(), status_screen(status(world.app.engine, now=world.clock.now)))

    shown = capsys.readouterr().out
    assert shown.startswith("! the service has never run\n! files are wrong since")
    assert "feeds.yaml:3:1: [bold]x" in shown
    assert "In force after a restart: smtp" in shown
    assert "1 feed added: gull" in shown


def test_a_row_is_a_line_where_no_terminal_is(world, capsys):
    from rich.console import Console

    from monitor.jobs.feedlist import listed

    show(Console(), feeds_screen(listed(world.app, now=world.clock.now)))

    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == [
        "id",
        "outlet",
        "state",
        "since",
        "last",
        "new",
        "next",
        "poll",
        "error",
    ]
    assert [line.split()[:3] for line in lines[1:]] == [
        ["wire", "The", "Wire"],
        ["echo", "The", "Echo"],
    ]


def test_deliveries_that_stop_try_no_further_mail(world, server):
    server.says("/wire", body=rss())
    server.says("/echo", body=rss())
    world.poll()
    world.clock.pass_(days=1)
    sweep(world.app, now=world.clock.now)

    assert deliver(world.app, now=world.clock.now, stopping=lambda: True) == 0
    assert world.rows("SELECT state, attempts FROM outbox") == [("waiting", 0)]
