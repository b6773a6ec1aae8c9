"""The embedded motor: nobody waits for a slow LMS, no error ends it, and what it has in hand is handed over."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
import structlog
from flask import Flask
from sqlalchemy import text

from engine import clock, due, motor
from engine.db import db
from engine.due import Task
from engine.motor import Motor
from engine.worker import Handler, Worker
from tests.engine.tasks import SECONDS, leases, schedule, until


@contextmanager
def running(one: Worker) -> Iterator[Motor]:
    here = Motor(one)
    here.start()
    try:
        yield here
    finally:
        here.stop(SECONDS)


class Slow:
    """A handler that begins and does not end before `go_on`; `begun` are the keys, in order."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.go_on = threading.Event()

    def __call__(self, task: Task) -> None:
        self.begun.append(task.key)
        self.go_on.wait(SECONDS)


@pytest.fixture
def slow() -> Iterator[Slow]:
    one = Slow()
    yield one
    one.go_on.set()


# Beside each other


def test_slow_lmss_hold_up_neither_the_others_nor_what_has_no_lane(app: Flask, slow: Slow) -> None:
    """Four seats: the last one is kept for a lane that has none yet, whatever else waits."""
    schedule(app, *((f"a{number}", "slow") for number in range(5)), ("b", "other"))
    schedule(app, ("clock", ""), kind="clock")
    done: list[str] = []
    handlers: dict[str, Handler] = {"score": slow, "clock": lambda task: done.append(task.key)}
    with running(Worker(app, handlers, room=lambda lane: 9, threads=4)):
        until(lambda: len(slow.begun) == 3 and done)
        assert sorted(slow.begun) == ["a0", "a1", "b"]
        assert done == ["clock"]
        schedule(app, ("again", ""), kind="clock")
        schedule(app, ("c", "third"))
        until(lambda: done == ["clock", "again"] and "c" in slow.begun)
        assert sorted(slow.begun) == ["a0", "a1", "b", "c"]
        slow.go_on.set()
        until(lambda: leases(app) == {})
    assert sorted(slow.begun) == ["a0", "a1", "a2", "a3", "a4", "b", "c"]


def test_a_mail_server_that_does_not_answer_holds_up_nothing_else_and_gets_one_at_a_time(
    app: Flask, slow: Slow
) -> None:
    schedule(app, ("first", ""), ("second", ""), kind="mail")
    schedule(app, ("a", "school"), ("b", ""))
    done: list[str] = []
    with running(Worker(app, {"mail": slow, "score": lambda task: done.append(task.key)}, apart=["mail"])):
        until(lambda: len(done) == 2)
        assert slow.begun == ["first"]
        slow.go_on.set()
        until(lambda: slow.begun == ["first", "second"])


def test_what_is_committed_here_is_looked_at_at_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(motor, "IDLE_SECONDS", SECONDS * 2)
    done: list[str] = []
    with running(Worker(app, {"score": lambda task: done.append(task.key)})):
        time.sleep(0.2)  # it has looked and idles now
        with app.app_context():
            due.schedule(db.session, "score", "a", clock.real_now(), "school")
            db.session.rollback()
        schedule(app, ("b", "school"))
        until(lambda: done == ["b"])


# Trouble


@pytest.mark.one_database
def test_a_database_that_is_away_is_told_once_and_waited_for(
    make_app: Callable[..., Flask], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(motor, "IDLE_SECONDS", 0.01)
    (tmp_path / "elsewhere").mkdir()
    ready = make_app(database_url=f"sqlite:///{tmp_path}/elsewhere/file.sqlite3")
    ready.test_cli_runner().invoke(args=["db", "upgrade"], catch_exceptions=False)
    schedule(ready, ("a", "school"))
    with ready.app_context():
        db.engine.dispose()
    app = make_app(database_url=f"sqlite:///{tmp_path}/later/file.sqlite3")
    done: list[str] = []
    with structlog.testing.capture_logs() as logs, running(Worker(app, {"score": lambda task: done.append(task.key)})):
        until(lambda: logs)
        time.sleep(0.1)
        (tmp_path / "elsewhere").rename(tmp_path / "later")
        until(lambda: done)
    told = [(line["log_level"], line["event"], line.get("why")) for line in logs]
    assert told == [
        ("warning", "worker cannot take what is due; waiting", "unable to open database file"),
        ("info", "worker goes on", None),
    ]


@pytest.mark.one_database
def test_a_database_of_another_shape_is_waited_for(
    make_app: Callable[..., Flask], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever starts the new code's worker before `db upgrade` must not have it write old rows by new rules."""
    monkeypatch.setattr(motor, "IDLE_SECONDS", 0.01)
    app = make_app(database_url=f"sqlite:///{tmp_path}/file.sqlite3")
    app.test_cli_runner().invoke(args=["db", "upgrade"], catch_exceptions=False)
    newest = _shape(app, "old")
    schedule(app, ("a", "school"))
    done: list[str] = []
    with structlog.testing.capture_logs() as logs, running(Worker(app, {"score": lambda task: done.append(task.key)})):
        until(lambda: logs)
        time.sleep(0.1)
        assert done == []
        _shape(app, newest)
        until(lambda: done)
    assert [line["why"] for line in logs if "why" in line] == ["the database is newer than this code"]


def _shape(app: Flask, name: str) -> str:
    """Have the database say that it is of this shape; of which it was."""
    with app.app_context():
        was: str = db.session.scalar(text("SELECT version_num FROM alembic_version"))
        db.session.execute(text("UPDATE alembic_version SET version_num = :name"), {"name": name})
        db.session.commit()
    return was


class Broken(Mapping[str, Handler]):
    """Handlers that fail to be listed, the first time."""

    def __init__(self, handlers: dict[str, Handler]) -> None:
        self._handlers, self._whole = handlers, False

    def __getitem__(self, kind: str) -> Handler:
        return self._handlers[kind]

    def __iter__(self) -> Iterator[str]:
        if not self._whole:
            self._whole = True
            raise RuntimeError("nobody thought of this")
        return iter(self._handlers)

    def __len__(self) -> int:
        return len(self._handlers)


def test_no_error_ends_the_thread(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(motor, "IDLE_SECONDS", 0.01)
    schedule(app, ("a", "school"))
    done: list[str] = []
    with structlog.testing.capture_logs() as logs:
        with running(Worker(app, Broken({"score": lambda task: done.append(task.key)}))):
            until(lambda: done)
        assert logs[0]["why"] == "nobody thought of this"
        assert logs[0]["exc_info"]


# The end


def test_who_is_stopped_in_mid_task_gives_it_all_back_at_once(app: Flask, slow: Slow) -> None:
    schedule(app, ("a", "school"), ("b", "other"), ("waits", "school"))
    schedule(app, ("mail", ""), kind="mail")
    with running(Worker(app, {"score": slow, "mail": slow}, apart=["mail"])) as here:
        until(lambda: len(slow.begun) == 3)
        assert {key for key, owner in leases(app).items() if owner} == {"a", "b", "mail"}
        here.stop(0.05)
        assert set(leases(app).values()) == {None}
        slow.go_on.set()
    assert sorted(leases(app)) == ["a", "b", "mail", "waits"], "whoever gave it back does not finish it any more"


def test_who_is_stopped_is_told_so_and_may_come_to_an_end(app: Flask) -> None:
    schedule(app, ("a", "school"))
    begun = threading.Event()

    def long(task: Task) -> None:
        begun.set()
        assert task.stops.wait(SECONDS)

    with running(Worker(app, {"score": long})) as here:
        assert begun.wait(SECONDS)
        here.stop(SECONDS)
    assert leases(app) == {}, "it is done"


def test_who_is_stopped_finishes_what_ends_in_time(app: Flask, slow: Slow) -> None:
    schedule(app, ("a", "school"), ("waits", "school"))
    with running(Worker(app, {"score": slow})) as here:
        until(lambda: slow.begun)
        threading.Timer(0.1, slow.go_on.set).start()
        here.stop(SECONDS)
    assert leases(app) == {"waits": None}
