"""Any interleaving of what schedules, claims, renews, finishes, crashes and waits: no row is lost, none has two runs at
a time, no lane more slots than it has room for, and whatever can be taken is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule, run_state_machine_as_test
from sqlalchemy import delete, select

from engine import due
from engine.db import db
from engine.due import LEASE, Due, Task
from engine.lanes import Lanes, Wanted

START = datetime(2026, 11, 10, 18, 0, tzinfo=UTC)
LIMITS = {"narrow": 1, "broad": 3}
KEYS = {"a": "narrow", "b": "narrow", "c": "broad", "d": "broad", "e": "broad", "f": "broad", "g": ""}
EVERYTHING = Wanted(["score"], ["score"])


@dataclass
class Row:
    """What should be true of one row."""

    at: datetime
    version: int
    task: Task | None = None  # the last run that has it, until it ends; a lease may be over by then
    until: datetime = START


class Machine(RuleBasedStateMachine):
    runs: Bundle[Task] = Bundle("runs")

    def __init__(self, app: Flask) -> None:
        super().__init__()
        self.context = app.app_context()
        self.context.push()
        db.session.execute(delete(Due))
        db.session.commit()
        self.now = START
        self.rows: dict[str, Row] = {}

    def teardown(self) -> None:
        self.context.pop()

    @rule(key=st.sampled_from(sorted(KEYS)), later=st.sampled_from([0, 0, 20]))
    def schedule(self, key: str, later: int) -> None:
        at = self.now + timedelta(seconds=later)
        due.schedule(db.session, "score", key, at, KEYS[key])
        db.session.commit()
        old = self.rows.get(key)
        self.rows[key] = Row(at, old.version + 1, old.task, old.until) if old else Row(at, 1)

    @rule(target=runs)
    def claim(self) -> Any:
        free = {key for key, row in self.rows.items() if row.at <= self.now and not self._is_leased(row)}
        takeable = {key for key in free if not KEYS[key] or self._used(KEYS[key]) < LIMITS[KEYS[key]]}
        task = Lanes(LIMITS.__getitem__, {"score"}).claim(db.session, EVERYTHING, self.now)
        if task is None:
            assert not takeable
            return None
        assert task.key in takeable
        row = self.rows[task.key]
        assert row.at == min(self.rows[key].at for key in takeable)
        assert task.version == row.version
        row.task, row.until = task, self.now + LEASE
        return task

    @rule(task=runs)
    def renew(self, task: Task | None) -> None:
        if task is None:
            return
        kept = due.renew(db.session, task, self.now)
        db.session.commit()
        row = self.rows.get(task.key)
        mine = row is not None and row.task == task and self._is_leased(row)
        assert kept == mine
        if row is not None and mine:
            row.until = self.now + LEASE

    @rule(task=consumes(runs), again=st.sampled_from([None, None, 0, 20]))
    def finish(self, task: Task | None, again: int | None) -> None:
        if task is None:
            return
        again_at = None if again is None else self.now + timedelta(seconds=again)
        due.finish(db.session, task, again_at)
        db.session.commit()
        row = self.rows.get(task.key)
        if row is None or row.task != task:
            return
        row.task = None
        if row.version != task.version:
            return
        if again_at is None:
            del self.rows[task.key]
        else:
            row.at = again_at

    @rule(task=consumes(runs))
    def crash(self, task: Task | None) -> None:
        """Nobody hears of the run again; its lease ends by itself."""

    @rule(tasks=st.lists(consumes(runs), max_size=3))
    def give_back(self, tasks: list[Task | None]) -> None:
        given = [task for task in tasks if task]
        due.give_back(db.session, given)
        db.session.commit()
        for task in given:
            row = self.rows.get(task.key)
            if row is not None and row.task == task:
                row.task = None

    @rule(seconds=st.sampled_from([1, 10, 31]))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @invariant()
    def no_row_is_lost_and_no_lane_is_crowded(self) -> None:
        rows = db.session.scalars(select(Due)).all()
        db.session.commit()
        assert {row.key: row.version for row in rows} == {key: row.version for key, row in self.rows.items()}
        for lane, limit in LIMITS.items():
            assert self._used(lane) <= limit
        held = {row.key: row.leased_by for row in rows if row.leased_until and row.leased_until >= self.now}
        assert held == {
            key: row.task.lease for key, row in self.rows.items() if row.task is not None and self._is_leased(row)
        }

    def _is_leased(self, row: Row) -> bool:
        return row.task is not None and row.until >= self.now

    def _used(self, lane: str) -> int:
        return sum(
            row.task.slots for row in self.rows.values() if row.task and row.task.lane == lane and self._is_leased(row)
        )


@pytest.mark.one_database
def test_what_is_due_survives_any_interleaving(app: Flask) -> None:
    quick = settings(
        max_examples=30,
        stateful_step_count=30,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow],
    )
    run_state_machine_as_test(partial(Machine, app), settings=quick)  # type: ignore[arg-type]  # takes any maker
