"""Mail that waits after something happened to a whole school: how fast it goes out, and what each costs.

    python -m benchmarks.mail --database postgresql --wait 0.005

`--wait` is how long each answer of the mail server is on its way, in seconds.
"""

from __future__ import annotations

import argparse
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy import event, func, insert, select, text

from benchmarks.crowd import analyze, app_on, make_activities, make_courses, make_platform
from benchmarks.measure import cpu_seconds, machine, processes, table
from engine import clock, due
from engine.db import db
from personalization.choice.model import Choice, Event
from personalization.notice.model import Mail

NOW = datetime(2026, 11, 10, 18, tzinfo=UTC)
STUDENTS = 100  # in one class


@contextmanager
def mailbox(wait: float) -> Iterator[str]:
    """The address of a mail server in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.mailbox", str(wait)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield (process.stdout.readline() if process.stdout else "").strip()
        finally:
            process.kill()


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--database", choices=["postgresql", "sqlite"], action="append")
    asked.add_argument("--mails", type=int, default=2_000)
    asked.add_argument("--wait", type=float, default=0.0)
    said = asked.parse_args()
    rows = []
    for database in said.database or ["sqlite", "postgresql"]:
        with mailbox(said.wait) as url, app_on(database, smtp_url=url, mail_from="office@school.example") as app:
            rows.append(_measure(app, database, url, said.mails))
    print(f"\n{said.mails} mails, an answer {1000 * said.wait:.0f} ms on its way; {machine()}\n")
    heads = ["database", "mails a minute", "CPU ms a mail, ours", "PostgreSQL’s", "statements a mail"]
    table([*heads, "lost / repeated", "connections"], rows)


def _measure(app: Flask, database: str, url: str, mails: int) -> list[object]:
    """A line of the table."""
    _fill(mails // STUDENTS)
    worker, theirs = app.extensions["worker"], _database_seconds(database)
    with _counted() as counted:
        began, cpu = time.monotonic(), time.process_time()
        with clock.at(NOW):
            while _waiting():
                worker.run_all()
        wall, cpu = time.monotonic() - began, time.process_time() - cpu
    theirs = _database_seconds(database) - theirs
    took, repeats, connections = _taken(url)
    return [
        database, f"{60 * took / wall:,.0f}", f"{1000 * cpu / mails:.1f}", f"{1000 * theirs / mails:.1f}",
        f"{counted[0] / mails:.2f}", f"{mails - (took - repeats)} / {repeats}", connections,
    ]  # fmt: skip


def _fill(classes: int) -> None:
    """Something happened to every student, of which all but this benchmark is told already."""
    courses = make_courses(make_platform(NOW), classes, STUDENTS, NOW)
    make_activities(courses, NOW)
    db.session.execute(text("UPDATE choice_event SET told_at = at"))
    happened = {"verb": "unplaced", "at": NOW, "detail": {}}
    ids = db.session.execute(select(Choice.id, Choice.tenant_id)).all()
    db.session.execute(insert(Event), [{**happened, "choice_id": one, "tenant_id": tenant} for one, tenant in ids])
    db.session.commit()
    analyze()
    db.session.expunge_all()


def _waiting() -> bool:
    """Whether some mail is still to go; then the worker looks for it at once."""
    untold = db.session.scalar(select(Event.id).where(Event.told_at.is_(None)).limit(1))
    waits = db.session.scalar(select(func.count(Mail.id)).where(Mail.next_at.is_not(None)))
    due.schedule(db.session, "mail", "", clock.real_now())
    db.session.commit()
    return untold is not None or bool(waits)


@contextmanager
def _counted() -> Iterator[list[int]]:
    """[statements that reach the database from now on]."""
    seen, engine = [0], db.engine

    def note(*_rest: Any) -> None:
        seen[0] += 1

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def _taken(url: str) -> tuple[int, int, int]:
    """(messages, those of them that came twice, connections), as the mail server counted."""
    parts = urlsplit(url)
    with smtplib.SMTP(parts.hostname or "", parts.port or 0) as smtp:
        messages, repeats, connections = smtp.noop()[1].split()
    return int(messages), int(repeats), int(connections)


def _database_seconds(database: str) -> float:
    """CPU that PostgreSQL used up to now, all of its processes; SQLite's is ours."""
    if database == "sqlite":
        return 0.0
    backend = db.session.scalar(text("SELECT pg_backend_pid()"))
    db.session.rollback()
    return cpu_seconds(next(one.parent for one in processes() if one.pid == backend))


if __name__ == "__main__":
    main()
