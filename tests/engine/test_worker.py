"""The worker: fair to every lane, not to be killed by a database that is away, and quick to hand over."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from flask import Flask
from sqlalchemy import select, update

from engine import clock, due, worker
from engine.db import db
from engine.due import Due, Task
from engine.worker import Handler, Worker

SECONDS = 10.0  # that a thread may take at most


def schedule(app: Flask, *rows: tuple[str, str]) -> None:
    with app.app_context():
        for number, (key, lane) in enumerate(rows):
            due.schedule(db.session, "score", key, clock.real_now() - timedelta(minutes=9 - number), lane)
        db.session.commit()


def leases(app: Flask) -> dict[str, str | None]:
    with app.app_context():
        return dict(db.session.execute(select(Due.key, Due.leased_by)).all())


def until(true: Callable[[], Any]) -> None:
    end = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


@contextmanager
def running(one: Worker) -> Iterator[None]:
    one.start()
    try:
        yield
    finally:
        one.stop(SECONDS)


def test_a_school_with_much_to_do_does_not_keep_the_others_waiting(app: Flask) -> None:
    schedule(app, ("a1", "school"), ("a2", "school"), ("b1", "other"))
    done: list[str] = []
    one = Worker(app, {"score": lambda task: done.append(task.key)})
    assert one.run_once() == 2
    assert done == ["a1", "b1"]
    assert one.run_once() == 1
    assert done == ["a1", "b1", "a2"]


def test_what_waits_for_its_turn_is_left_to_others(app: Flask) -> None:
    schedule(app, ("a", "school"), ("b", "other"))
    seen: list[dict[str, str | None]] = []
    Worker(app, {"score": lambda task: seen.append(leases(app))}).run_once(1)
    assert seen[0]["a"]
    assert seen[0]["b"] is None


def test_a_task_may_take_longer_than_a_lease(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "RENEW_SECONDS", 0.02)
    schedule(app, ("a", "school"))

    def is_leased() -> bool:
        with app.app_context():
            return db.session.scalar(select(Due.id).where(Due.leased_until > clock.real_now())) is not None

    def slow(_task: Task) -> None:
        with app.app_context():
            db.session.execute(update(Due).values(leased_until=clock.real_now()))
            db.session.commit()
        until(is_leased)

    assert Worker(app, {"score": slow}).run_once() == 1
    assert leases(app) == {}


@pytest.mark.one_database
def test_a_database_that_is_away_is_told_once_and_waited_for(
    make_app: Callable[..., Flask], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "IDLE_SECONDS", 0.01)
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
    monkeypatch.setattr(worker, "IDLE_SECONDS", 0.01)
    schedule(app, ("a", "school"))
    done: list[str] = []
    with structlog.testing.capture_logs() as logs:
        with running(Worker(app, Broken({"score": lambda task: done.append(task.key)}))):
            until(lambda: done)
        assert logs[0]["why"] == "nobody thought of this"
        assert logs[0]["exc_info"]


def test_who_is_stopped_in_mid_task_gives_it_back_at_once(app: Flask) -> None:
    schedule(app, ("a", "school"))
    begun, go_on = threading.Event(), threading.Event()

    def slow(_task: Task) -> None:
        begun.set()
        go_on.wait(SECONDS)

    one = Worker(app, {"score": slow})
    one.start()
    try:
        assert begun.wait(SECONDS)
        assert leases(app)["a"]
        one.stop(0.05)
        assert leases(app) == {"a": None}
    finally:
        go_on.set()
        one.stop(SECONDS)
    assert leases(app) == {"a": None}, "whoever gave it back does not finish it any more"


# What runs apart


@pytest.fixture
def hung(app: Flask) -> Iterator[tuple[Worker, list[str], threading.Event]]:
    """A running worker whose mail server does not answer before the event, and what it did otherwise."""
    go_on, done = threading.Event(), list[str]()

    def mail(task: Task) -> None:
        done.append(f"begun {task.key}")
        go_on.wait(SECONDS)

    def score(task: Task) -> None:
        done.append(task.key)

    with app.app_context():
        due.schedule(db.session, "mail", "first", clock.real_now() - timedelta(minutes=9))
        due.schedule(db.session, "mail", "second", clock.real_now() - timedelta(minutes=8))
        db.session.commit()
    schedule(app, ("a", "school"))
    one = Worker(app, {"mail": mail, "score": score}, apart=["mail"])
    one.start()
    try:
        yield one, done, go_on
    finally:
        go_on.set()
        one.stop(SECONDS)


def test_a_mail_server_that_does_not_answer_holds_up_no_score(hung: tuple[Worker, list[str], threading.Event]) -> None:
    one, done, go_on = hung
    until(lambda: "a" in done)
    assert done == ["begun first", "a"], "of what runs apart, one at a time"
    go_on.set()
    one.wake()
    until(lambda: "begun second" in done)


def test_who_is_stopped_gives_back_what_runs_apart(app: Flask, hung: tuple[Worker, list[str], threading.Event]) -> None:
    one, done, _go_on = hung
    until(lambda: "a" in done)
    assert leases(app)["first"]
    one.stop(0.05)
    assert leases(app) == {"first": None, "second": None}


def test_once_is_once_also_for_what_runs_apart(app: Flask) -> None:
    """`jobs run` ends when it is done: nothing goes on behind its back."""
    schedule(app, ("a", ""))
    done: list[str] = []
    one = Worker(app, {"score": lambda task: done.append(threading.current_thread().name)}, apart=["score"])
    assert one.run_once() == 1
    assert done == [threading.current_thread().name]
