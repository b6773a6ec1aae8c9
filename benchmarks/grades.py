"""10,000 released grades on their way to an LMS that takes 100 ms each, 50 at once, and turns all away now and then.

`--at-once N` and `--grades N` ask the same of other lanes and classes.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_network
from urllib.request import urlopen

from flask import Flask
from sqlalchemy import insert, select

from app import create_app
from benchmarks.gradebook import CLOSED, LATENCY
from benchmarks.measure import flask, machine, postgresql, table
from engine import clock, due
from engine.config import Config
from engine.db import db
from lti.models.context import Context, LineItem, User
from lti.models.platform import Deployment, Platform
from lti.models.score import Delivery, OutgoingScore

SECRET = "of a benchmark, and no secret at all"  # noqa: S105


@contextmanager
def lms(late: bool) -> Iterator[str]:
    """The address of a gradebook in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.gradebook", *(["late"] if late else [])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield (process.stdout.readline() if process.stdout else "").strip()
        finally:
            process.kill()


def fill(lms_url: str, at_once: int, grades: int) -> None:
    """One column in which so many grades were just released. Inside an app context."""
    now, session = clock.real_now(), db.session
    platform = Platform(
        issuer=lms_url, client_id="c", auth_login_url=lms_url, auth_token_url=f"{lms_url}/token", jwks_url=lms_url,
        product_family="canvas", at_once=at_once, created_at=now,
    )  # fmt: skip
    context = Context(deployment=Deployment(platform=platform, deployment_id="1"), context_id="1")
    item = LineItem(context=context, url=f"{lms_url}/items/1", score_maximum=20)
    session.add(item)
    session.flush()
    people = [{"platform_id": platform.id, "sub": f"student-{number}"} for number in range(grades)]
    session.execute(insert(User), people)
    session.flush()
    wanted = {
        "tenant_id": platform.id, "line_item_id": item.id, "score_given": 17.5, "score_maximum": 20.0,
        "comment": "A strong model. Say where it ends.", "status": Delivery.QUEUED, "wanted_version": 1,
        "queued_at": now,
    }  # fmt: skip
    ids = session.scalars(select(User.id)).all()
    session.execute(insert(OutgoingScore), [{**wanted, "user_id": user_id} for user_id in ids])
    due.schedule(session, "score", str(item.id), now, lane=f"platform:{platform.id}")
    session.commit()


def measure(
    database_url: str, at_once: int, grades: int, database_cpu: Callable[[], float], *, late: bool
) -> list[object]:
    """A line of the table."""
    said = {"DATABASE_URL": database_url, "SECRET_KEY": SECRET, "PUBLIC_URL": "http://localhost"}
    flask("db", "upgrade", environ=said)
    config = Config(
        secret_key=SECRET, public_url="http://localhost", database_url=database_url, testing=True,
        allowed_networks=(ip_network("127.0.0.0/8"),),
    )  # fmt: skip
    app: Flask = create_app(config)
    with lms(late) as url:
        with app.app_context():
            fill(url, at_once, grades)
        worker, began, cpu = app.extensions["worker"], time.monotonic(), time.process_time() + database_cpu()
        while time.monotonic() - began < 600 and not _is_done(app):
            worker.run_all()
            time.sleep(0.05)
        cpu = time.process_time() + database_cpu() - cpu
        with urlopen(f"{url}/state") as answer:  # noqa: S310 ours
            state = json.load(answer)
    with app.app_context():
        db.engine.dispose()
    ideal = grades * LATENCY / at_once + state["closed_times"] * CLOSED
    lost = grades - state["people"]
    wrong = f"{lost} / {state['out_of_order']} / {state['repeats']}"
    return [
        database_url.partition(":")[0].partition("+")[0], "late" if late else "at once",
        f"{state['seconds']:.1f}", f"{ideal:.1f}",
        f"{state['seconds'] / ideal:.3f}", f"{1000 * cpu / grades:.2f}", wrong, state["most_at_once"], state["refused"],
        f"{1000 * state['cpu'] / grades:.2f}",
    ]  # fmt: skip


def _is_done(app: Flask) -> bool:
    with app.app_context():
        return db.session.scalar(select(due.Due.id).where(due.Due.kind == "score")) is None


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--at-once", type=int, default=50)
    asked.add_argument("--grades", type=int, default=10_000)
    asked.add_argument("--only", choices=["postgresql", "sqlite"])
    said = asked.parse_args()
    rows = []
    if said.only != "sqlite":
        with postgresql() as server:
            for late in (False, True):
                url = server.database(f"grades_{late}".lower())
                rows.append(measure(url, said.at_once, said.grades, server.cpu_seconds, late=late))
    if said.only != "postgresql":
        with tempfile.TemporaryDirectory() as folder:
            url = f"sqlite:///{folder}/grades.sqlite3"
            rows.append(measure(url, said.at_once, said.grades, lambda: 0.0, late=False))
    print(f"{said.grades} grades, {said.at_once} at once; at least 1.25 × ideal and 0 / 0 / 0, aim 1.10 × and 2 ms")
    heads = [
        "database",
        "refuses",
        "seconds",
        "ideal",
        "ratio",
        "CPU ms a grade, with database",
        "lost / disordered / repeated",
    ]
    table([*heads, "most at once", "turned away", "CPU ms of the LMS"], rows)
    print(machine())


if __name__ == "__main__":
    main()
