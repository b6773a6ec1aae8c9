"""A class list of 10,000 in pages, read the first time and once more when nothing has changed.

    python -m benchmarks.roster --database postgresql

The LMS is a process of its own on loopback that waits before each page; what it costs is on nobody's account.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from flask import Flask
from sqlalchemy import event, func, select, update

from benchmarks.crowd import app_on, make_activities, make_courses, make_platform
from benchmarks.measure import machine, table
from engine import garbage
from engine.clock import real_now
from engine.db import db
from engine.due import Due
from engine.worker import Worker
from lti.keys import signing_key_alone
from lti.models.context import Context, Membership
from lti.models.platform import Platform
from lti.roster import refresh_roster
from personalization.choice.model import Choice

NOW = datetime(2026, 11, 10, 18, tzinfo=UTC)
OURS = {
    "context",
    "due",
    "service_token",
    "platform",
    "tool_key",
}  # when it was read, and how one may ask: no one's rows


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--database", choices=["sqlite", "postgresql"], action="append")
    asked.add_argument("--members", type=int, default=10_000)
    asked.add_argument("--page", type=int, default=50, help="members on one page: Canvas gives 50")
    asked.add_argument("--latency", type=float, default=0.05, help="seconds before each page")
    said = asked.parse_args()
    rows: list[list[object]] = []
    garbage.seldom()  # as a worker begins
    for database in said.database or ["sqlite", "postgresql"]:
        with (
            _lms(said.members, said.page, said.latency) as url,
            app_on(database, allowed_networks=(ip_network("127.0.0.0/8"),)) as app,
        ):
            rows += _measure(app, database, url, said.members, -(-said.members // said.page) * said.latency)
    print(f"\n{said.members} members, {said.page} a page, {said.latency} s each; one published activity; {machine()}\n")
    table(["what", "database", "beyond pages × latency", "our CPU", "rows written", "at least", "aim"], rows)


def _measure(app: Flask, database: str, url: str, members: int, waiting: float) -> list[list[object]]:
    platform = make_platform(NOW)
    platform.auth_token_url, platform.product_family = f"{url}/token", "moodle"
    make_activities(make_courses(platform, 1, 1, NOW), NOW)
    signing_key_alone(real_now())  # a school has had one since it was registered
    db.session.execute(update(Context).values(memberships_url=f"{url}/members"))
    db.session.commit()
    rows: list[list[object]] = []
    for what in ("first reading", "second, nothing new"):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        wall, cpu, written = _read(app)
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
        demand = "+ 2 s" if what == "first reading" else "0 rows"
        rows.append([what, database, f"{wall - waiting:.2f} s, {grown} MiB more", f"{cpu:.2f} s", written, demand,
                     "+ 0.5 s CPU" if what == "first reading" else ""])  # fmt: skip
    found = db.session.scalar(select(func.count()).select_from(Membership).where(Membership.left_at.is_(None)))
    lines = db.session.scalar(select(func.count()).select_from(Choice))
    if found != members or lines != members + 1:
        raise RuntimeError(f"{found} members and {lines} choices of {members} people: {_trouble()}")
    db.session.rollback()
    return rows


def _read(app: Flask) -> tuple[float, float, int]:
    """(seconds, seconds of CPU, rows written beside `OURS`) of one reading, by the worker."""
    refresh_roster(db.session.scalars(select(Context)).one(), real_now())
    db.session.execute(update(Due).where(Due.kind != "roster").values(at=datetime(2999, 1, 1, tzinfo=UTC)))
    db.session.execute(update(Platform).values(paused_until=None))
    db.session.commit()
    worker: Worker = app.extensions["worker"]
    with _written() as rows:
        wall, cpu = time.perf_counter(), time.process_time()
        worker.run_once()
        return time.perf_counter() - wall, time.process_time() - cpu, sum(rows)


def _trouble() -> str:
    return db.session.scalars(select(Context.roster_error)).one()


@contextmanager
def _written() -> Iterator[list[int]]:
    """How many rows each statement wrote, beside those of `OURS`."""
    rows: list[int] = []

    def note(_connection: Any, cursor: Any, statement: str, _values: Any, _context: Any, _many: bool) -> None:
        verb, *words = statement.replace('"', "").split()
        if verb in {"INSERT", "UPDATE", "DELETE"} and words[verb != "UPDATE"] not in OURS:
            rows.append(max(cursor.rowcount, 1))  # SQLite does not count those that it gives back: one at least

    engine = db.engine
    event.listen(engine, "after_cursor_execute", note)
    yield rows
    event.remove(engine, "after_cursor_execute", note)


@contextmanager
def _lms(members: int, page: int, latency: float) -> Iterator[str]:
    """Its address."""
    ours, theirs = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=_serve, args=(theirs, members, page, latency), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        process.terminate()
        process.join()


def _serve(pipe: Connection, members: int, page: int, latency: float) -> None:
    bodies = [_page(start, min(start + page, members)) for start in range(0, members, page)]

    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body leave together, as far as the buffer holds them
        disable_nagle_algorithm = True  # as servers do: else the rest waits 40 ms for the first to be acknowledged

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self._say(b'{"access_token": "t", "token_type": "Bearer", "expires_in": 3600}')

        def do_GET(self) -> None:
            time.sleep(latency)
            number = int(self.path.partition("?page=")[2] or 0)
            more = f'<http://{self.headers["Host"]}/members?page={number + 1}>; rel="next"'
            self._say(bodies[number], more if number + 1 < len(bodies) else "")

        def _say(self, body: bytes, link: str = "") -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            if link:
                self.send_header("Link", link)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_said: object) -> None:
            """Nothing: it would stand amid the table."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    pipe.send(server.server_port)
    server.serve_forever()


def _page(start: int, end: int) -> bytes:
    people = [
        {"status": "Active", "roles": ["Learner"], "user_id": f"m{n}", "name": f"Student {n}", "given_name": "Student",
         "family_name": str(n), "email": f"m{n}@school.example", "lis_person_sourcedid": f"sis-{n}"}
        for n in range(start, end)
    ]  # fmt: skip
    return json.dumps({"id": "members", "context": {"id": "course-0"}, "members": people}).encode()


if __name__ == "__main__":
    main()
