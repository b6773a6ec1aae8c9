"""100,000 choices whose dates end at one instant: half of them with a plan B, half without, who must pick now.

    python -m benchmarks.sweep --database postgresql

Time is that of the sweep with its histories; then the mail of it is written down, as where a mail server is set.
"""

from __future__ import annotations

import argparse
import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import event, func, select, text, update

from benchmarks.crowd import analyze, app_on, make_activities, make_courses, make_platform
from benchmarks.measure import cpu_seconds, machine, processes, table
from engine import garbage
from engine.db import db
from personalization.choice.model import Choice, Event
from personalization.notice import outbox
from personalization.proposal import sweep

NOW = datetime(2026, 11, 10, 18, tzinfo=UTC)
DEMANDS = {"sqlite": (4.0, 2.0, 30), "postgresql": (8.0, 4.0, 5)}  # seconds at least, aim; milliseconds of nothing due


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--database", choices=sorted(DEMANDS), action="append")
    asked.add_argument("--choices", type=int, default=100_000)
    asked.add_argument("--students", type=int, default=100, help="in one class")
    said = asked.parse_args()
    rows: list[list[object]] = []
    garbage.seldom()  # as a worker begins
    for database in said.database or sorted(DEMANDS):
        with app_on(database) as app:
            rows += _measure(app, database, said.choices // said.students, said.students)
    print(f"\n{said.choices} choices in classes of {said.students}; {machine()}\n")
    table(["what", "database", "figure", "at least", "aim"], rows)


def _measure(app: Flask, database: str, classes: int, students: int) -> list[list[object]]:
    late = _fill(classes, students)
    least, aim, nothing = DEMANDS[database]
    before, plan = _nothing_due(NOW + timedelta(hours=1)), _plan(database)
    with _transactions() as lengths:
        theirs = _database_seconds(database)
        count, wall, cpu = _timed(lambda: sweep.pass_time(late))
        theirs = _database_seconds(database) - theirs
    if count != classes * students:
        raise RuntimeError(f"{count} of {classes * students} choices were looked at")
    _check(classes * students)
    after = _nothing_due(late + timedelta(minutes=1))
    mails, mail_wall, _mail_cpu = _timed(lambda: _write_down(late))
    return [
        [
            "sweep",
            database,
            f"{wall:.1f} s; CPU {cpu:.1f} s of ours, {theirs:.1f} s of PostgreSQL’s",
            f"{least:.0f} s",
            f"{aim:.0f} s",
        ],
        ["longest transaction of it", database, f"{1000 * max(lengths):.0f} ms", "", "150 ms"],
        ["nothing due, before and after", database, f"{before:.1f} ms, {after:.1f} ms", f"{nothing} ms", ""],
        ["how it is found", database, plan, "", ""],
        ["mail written down", database, f"{mails} in {mail_wall:.1f} s", "", ""],
    ]


def _fill(classes: int, students: int) -> datetime:
    """Just after the instant: every second choice has a plan B and no time left, the others have three days more."""
    courses = make_courses(make_platform(NOW), classes, students, NOW)
    activities = make_activities(courses, NOW)
    pick_by = activities[0].pick_by
    if pick_by is None:
        raise RuntimeError("an activity without dates settles nothing")
    for activity in activities:
        mine = update(Choice).where(Choice.activity_id == activity.id)
        db.session.execute(mine.where(Choice.id % 2 == 0).values(plan_b_id=activity.designed_options[0].id))
        db.session.execute(mine.where(Choice.id % 2 == 1).values(pick_by=pick_by + timedelta(days=3)))
    db.session.execute(update(Event).values(told_at=NOW))
    db.session.commit()
    analyze()
    db.session.expunge_all()
    del courses, activities
    gc.collect()
    return pick_by + timedelta(minutes=1)


def _timed(work: Callable[[], int]) -> tuple[int, float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    done = work()
    return done, time.perf_counter() - wall, time.process_time() - cpu


def _database_seconds(database: str) -> float:
    """CPU that PostgreSQL used up to now, all of its processes; SQLite's is ours."""
    if database == "sqlite":
        return 0.0
    backend = db.session.scalar(text("SELECT pg_backend_pid()"))
    db.session.rollback()
    return cpu_seconds(next(one.parent for one in processes() if one.pid == backend))


def _nothing_due(now: datetime) -> float:
    """Milliseconds of one look, the median of 21."""
    return 1000 * sorted(_timed(lambda: sweep.pass_time(now))[1] for _n in range(21))[10]


def _plan(database: str) -> str:
    explain = "EXPLAIN QUERY PLAN" if database == "sqlite" else "EXPLAIN"
    said = db.session.execute(text(f"{explain} SELECT id FROM choice WHERE step_at < :now"), {"now": str(NOW)})  # noqa: S608
    lines = " ".join(str(word) for row in said for word in row)
    db.session.rollback()
    return "by ix_choice_step_at" if "ix_choice_step_at" in lines else "by looking through the table"


def _write_down(now: datetime) -> int:
    while outbox.write_down(now, now) == outbox.BATCH:
        db.session.commit()
    db.session.commit()
    return db.session.scalar(text("SELECT count(*) FROM mail")) or 0


def _check(total: int) -> None:
    """Each exactly once, or the time means nothing."""
    told = dict(db.session.execute(select(Event.verb, func.count()).group_by(Event.verb)).all())
    if (told.get("placed"), told.get("must pick")) != (total // 2, total // 2):
        raise RuntimeError(f"not settled once each: {told}")
    db.session.rollback()


@contextmanager
def _transactions() -> Iterator[list[float]]:
    """Seconds that each transaction took from now on, its commit included."""
    lengths, begun, engine = [0.0], [0.0], db.engine

    def begin(_connection: Any) -> None:
        begun[0] = time.perf_counter()

    def end(_connection: Any) -> None:
        lengths.append(time.perf_counter() - begun[0])

    event.listen(engine, "begin", begin)
    event.listen(engine, "commit", end)
    yield lengths
    event.remove(engine, "begin", begin)
    event.remove(engine, "commit", end)


if __name__ == "__main__":
    main()
