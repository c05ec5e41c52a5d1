"""A copy that can be used, of a database that is in use."""

import gzip
import sqlite3
from contextlib import closing
from dataclasses import replace
from threading import Event, Thread

import pytest

from monitor import store
from monitor.jobs.backup import CannotBackUp, back_up
from monitor.store import facts
from tests.world import START, entry, rss


@pytest.fixture
def filled(world, server):
    server.says("/wire", body=rss(*(entry(str(n), f"Port strike {n}") for n in range(20))))
    server.says("/echo", body=rss())
    world.poll()
    return world


def items(path):
    with closing(sqlite3.connect(path)) as database:
        return database.execute("SELECT count(*) FROM item").fetchone()[0]


def test_the_copy_is_whole_private_and_one_file(filled, tmp_path):
    target = tmp_path / "copies" / "monitor.db"
    target.parent.mkdir()

    assert back_up(filled.app.config, target, now=START) == target

    assert items(target) == 20
    assert target.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in target.parent.iterdir()] == ["monitor.db"]


def test_the_monitor_starts_with_the_copy(filled, tmp_path):
    target = back_up(filled.app.config, tmp_path / "copy.db", now=START)

    engine = store.open_engine(f"sqlite:///{target}")
    try:
        assert store.upgrade(engine) is None
        with store.reading(engine) as session:
            assert "service-started" in facts.noted(session)
    finally:
        engine.dispose()


def test_without_a_name_it_gets_one_under_data(filled, tmp_path):
    made = back_up(filled.app.config, None, now=START)

    assert made == tmp_path / "data" / "backups" / "monitor-20260105-090000.db"
    assert made.parent.stat().st_mode & 0o777 == 0o700


def test_a_name_in_gz_is_packed(filled, tmp_path):
    made = back_up(filled.app.config, tmp_path / "copy.db.gz", now=START)

    plain = tmp_path / "plain.db"
    plain.write_bytes(gzip.decompress(made.read_bytes()))
    assert items(plain) == 20
    assert made.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in tmp_path.iterdir() if "part" in p.name] == []


def test_nothing_is_written_over(filled, tmp_path):
    target = tmp_path / "mine"
    target.write_text("precious")

    with pytest.raises(CannotBackUp, match="mine exists; choose another name"):
        back_up(filled.app.config, target, now=START)

    assert target.read_text() == "precious"


def test_writers_go_on_while_it_is_copied(filled, tmp_path):
    stop, written = Event(), []

    def write():
        while not stop.is_set():
            with store.writing(filled.app.engine, durable=False) as session:
                facts.note(session, f"n{len(written)}", now=START)
            written.append(1)

    thread = Thread(target=write)
    thread.start()
    try:
        copies = [back_up(filled.app.config, tmp_path / f"{n}.db", now=START) for n in range(5)]
    finally:
        stop.set()
        thread.join()

    assert written
    assert {items(copy) for copy in copies} == {20}


def test_a_damaged_database_is_no_backup(filled, tmp_path):
    path = tmp_path / "data" / "monitor.db"
    filled.app.engine.dispose()
    with path.open("r+b") as stream:
        stream.seek(4096 * 3)
        stream.write(b"\xff" * 4096 * 20)
    target = tmp_path / "copy.db"

    with pytest.raises(CannotBackUp):
        back_up(filled.app.config, target, now=START)

    assert [p.name for p in tmp_path.iterdir() if p.name.startswith((".copy", "copy"))] == []


def test_a_folder_that_is_not_there_is_named(filled, tmp_path):
    with pytest.raises(CannotBackUp, match=r"cannot be written: .*No such file"):
        back_up(filled.app.config, tmp_path / "nowhere" / "copy.db", now=START)


def test_before_the_first_start_there_is_nothing_to_copy(world, tmp_path):
    config = replace(world.app.config, database=f"sqlite:///{tmp_path}/other.db")

    with pytest.raises(CannotBackUp, match="there is no database yet"):
        back_up(config, None, now=START)


def test_a_server_is_asked_with_its_own_command_and_without_the_password(world):
    url = "postgresql://monitor:hush@db.example.org/monitor"
    config = replace(world.app.config, database=url)

    with pytest.raises(CannotBackUp) as refused:
        back_up(config, None, now=START)

    assert "pg_dump --format=custom" in str(refused.value)
    assert "'postgresql://monitor@db.example.org/monitor'" in str(refused.value)
    assert "hush" not in str(refused.value)
