"""An activity is published in a class of 10,000, then again with other dates: what the teacher's press waits for.

python -m benchmarks.publish --database postgresql
"""

from __future__ import annotations

import argparse
import time
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, select

from benchmarks.crowd import analyze, app_on, make_activities, make_courses, make_platform
from benchmarks.measure import machine, table
from engine.db import db
from personalization.activity.model import Activity
from personalization.choice.keeping import keep
from personalization.choice.model import Choice, Event

NOW = datetime(2026, 11, 10, 18, tzinfo=UTC)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--database", choices=["sqlite", "postgresql"], action="append")
    asked.add_argument("--students", type=int, default=10_000)
    said = asked.parse_args()
    rows: list[list[object]] = []
    for database in said.database or ["sqlite", "postgresql"]:
        with app_on(database):
            rows += _measure(database, said.students)
    print(f"\n{said.students} students in one class; {machine()}\n")
    table(["what", "database", "time", "our CPU"], rows)


def _measure(database: str, students: int) -> list[list[object]]:
    (course,) = make_courses(make_platform(NOW), 1, students, NOW)
    (activity,) = make_activities([course], NOW)
    db.session.execute(delete(Event))
    db.session.execute(delete(Choice))
    db.session.commit()
    analyze()
    first = _timed(activity)
    if activity.work_due is None or activity.lock is not None:
        raise RuntimeError("an activity with a hand-in date and no lock was meant")
    activity.work_due += timedelta(days=3)
    again = _timed(activity)
    told = db.session.execute(select(Event.verb, func.count()).group_by(Event.verb)).all()
    if dict(told) != {"made": students, "dates moved": students}:
        raise RuntimeError(f"not a line and a step for each: {told}")
    return [["published", database, *first], ["published with another hand-in date", database, *again]]


def _timed(activity: Activity) -> tuple[str, str]:
    """(seconds, seconds of CPU), the commit included."""
    wall, cpu = time.perf_counter(), time.process_time()
    keep(activity, NOW)
    db.session.commit()
    return f"{time.perf_counter() - wall:.2f} s", f"{time.process_time() - cpu:.2f} s"


if __name__ == "__main__":
    main()
