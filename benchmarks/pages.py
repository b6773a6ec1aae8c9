"""What pages cost that launches lead to: a student's, a teacher's, and the largest of these, a class of a thousand and
a queue of two hundred ideas.

Asked within one process, as a worker of gunicorn would be, several times; the cheapest half counts, since whatever else
the machine does only adds. CPU of the page is the process's own, that of the database its server's.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_network
from tempfile import TemporaryDirectory
from typing import NamedTuple

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, text

from app import create_app
from benchmarks.measure import Postgresql, flask, machine, postgresql, table
from engine import clock, garbage
from engine.config import Config
from engine.db import db
from tests.cast import NOON, Cast, browser_of, make_activity, make_cast, writing
from tests.personalization.arranging import note_column_read
from tests.personalization.crowded import fill, send_ideas

STUDENTS, IDEAS = 1_000, 200
ROUNDS, TURNS = 3, 15
CLASS, QUEUE, ACTIVITY = "/activities/{activity}", "/courses/{course}/queue", "/activities/{activity}/choice"
SECRET = "benchmarks only, and no secret at all"  # noqa: S105
SETTINGS = {"SECRET_KEY": SECRET, "PUBLIC_URL": "http://localhost"}


class Cost(NamedTuple):
    """Of one page: CPU of the process and of the database, and wall-clock time, in milliseconds."""

    web: float
    database: float
    wall: float
    statements: int
    kilobytes: float


def main() -> None:
    with postgresql() as server:
        with _course(server, "few", students=10) as course:
            mine, activity = course.asked_by("student", "/courses/{course}/mine"), course.asked_by("student", ACTIVITY)
            few, short = course.asked_by("teacher", CLASS), course.asked_by("teacher", QUEUE)
        with _course(server, "many", students=STUDENTS) as course:
            many = course.asked_by("teacher", CLASS)
        with _course(server, "queue", ideas=IDEAS) as course:
            queue = course.asked_by("teacher", QUEUE)
    heads = ["page", "CPU ms", "web", "database", "wall ms", "statements", "kB", "at least", "aim"]
    rows = [
        _row("a student’s list", mine, "", ""),
        _row("a student’s activity", activity, "", ""),
        _row("queue with nothing in it", short, "", ""),
        _row("class of 10", few, "", ""),
        _row(f"class of {STUDENTS}", many, f"80 ms CPU, {few.statements} statements", "40 ms CPU, 8 statements"),
        _row(f"queue of {IDEAS} ideas", queue, "300 ms", "100 ms"),
    ]
    table(heads, rows)
    print(f"\n{machine()}")


def _row(name: str, cost: Cost, least: str, aim: str) -> list[str]:
    cpu = f"{cost.web + cost.database:.0f}"
    parts = [f"{cost.web:.0f}", f"{cost.database:.0f}", f"{cost.wall:.0f}"]
    return [name, cpu, *parts, str(cost.statements), f"{cost.kilobytes:.0f}", least, aim]


class Course(NamedTuple):
    """A course with its people, and what is asked of it."""

    app: Flask
    server: Postgresql
    cast: Cast
    activity: int

    def asked_by(self, who: str, page: str) -> Cost:
        """`who` is one of the cast; `page` an address that may name the course and the full activity."""
        client = browser_of(self.app, getattr(self.cast, who))
        return _cost(self.app, self.server, client, page.format(course=self.cast.course_id, activity=self.activity))


@contextmanager
def _course(server: Postgresql, name: str, *, students: int = 0, ideas: int = 0) -> Iterator[Course]:
    """With two activities: one that so many have finished, and one that so many have sent an idea for."""
    with _app(server.database(name)) as app, clock.at(NOON):
        with writing(app):
            cast = make_cast()
        with writing(app):
            full, talked = (make_activity(cast.course_id, cast.teacher.id, title=t) for t in ("Pond", "Pulleys"))
        with writing(app):
            fill(cast, full, students, "one")
            send_ideas(cast, talked, ideas)
            note_column_read(full)
        with app.app_context(), db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
        garbage.seldom()  # as gunicorn's processes begin
        yield Course(app, server, cast, full)


def _cost(app: Flask, server: Postgresql, client: FlaskClient, page: str) -> Cost:
    asked: list[str] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda _c, _u, statement, *_rest: asked.append(statement))
    for _warm in range(3):
        asked.clear()
        answer = client.get(page)
        if answer.status_code != 200:
            raise RuntimeError(f"{page} answered {answer.status_code}")
    statements = len(asked)
    web, wall, database = list[float](), list[float](), list[float]()
    for _round in range(ROUNDS):
        before = server.cpu_seconds()
        for _turn in range(TURNS):
            cpu, at = time.process_time(), time.perf_counter()
            client.get(page)
            web.append(time.process_time() - cpu)
            wall.append(time.perf_counter() - at)
        database.append((server.cpu_seconds() - before) / TURNS)
    middle = [1000 * statistics.median(sorted(times)[: len(times) // 2 + 1]) for times in (web, database, wall)]
    return Cost(middle[0], middle[1], middle[2], statements, len(answer.data) / 1000)


@contextmanager
def _app(url: str) -> Iterator[Flask]:
    flask("db", "upgrade", environ={"DATABASE_URL": url, **SETTINGS})
    with TemporaryDirectory() as folder:
        app = create_app(
            Config(
                testing=True,
                secret_key=SECRET,
                public_url=SETTINGS["PUBLIC_URL"],
                database_url=url,
                storage_url=f"file://{folder}",
                allowed_networks=(ip_network("127.0.0.0/8"),),
            )
        )
        yield app
        with app.app_context():
            db.engine.dispose()


if __name__ == "__main__":
    main()
