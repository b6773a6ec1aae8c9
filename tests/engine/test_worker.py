"""The worker: fair to every lane, one task after the other, and its lease kept as long as it works."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from engine import clock, worker
from engine.db import db
from engine.due import Due, Task
from engine.worker import Worker
from tests.engine.tasks import SECONDS, leases, schedule, until


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

    ends = clock.real_now() + timedelta(seconds=SECONDS)

    def is_renewed() -> bool:
        with app.app_context():
            return db.session.scalar(select(Due.id).where(Due.leased_until > ends)) is not None

    def slow(_task: Task) -> None:
        with app.app_context():
            db.session.execute(update(Due).values(leased_until=ends))
            db.session.commit()
        until(is_renewed)

    assert Worker(app, {"score": slow}).run_once() == 1
    assert leases(app) == {}


def test_once_is_once_also_for_what_runs_apart(app: Flask) -> None:
    """`jobs run` ends when it is done: nothing goes on behind its back."""
    schedule(app, ("a", ""))
    done: list[str] = []
    one = Worker(app, {"score": lambda task: done.append(threading.current_thread().name)}, apart=["score"])
    assert one.run_once() == 1
    assert done == [threading.current_thread().name]


def test_a_run_is_given_as_much_of_its_lane_as_is_free(app: Flask) -> None:
    schedule(app, ("a", "school"))
    slots: list[int] = []
    Worker(app, {"score": lambda task: slots.append(task.slots)}, room=lambda lane: 50, wide={"score"}).run_all()
    assert slots == [50]
