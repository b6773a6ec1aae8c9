"""The whole tool as an operator runs it, in processes of its own that a test may kill, with an LMS beside it.

Two ways: "embedded", where one gunicorn on SQLite does everything, and "celery", where PostgreSQL, Redis, gunicorn, two
workers and a beat share the work.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from ipaddress import ip_network
from itertools import count
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

import lti
from app import create_app
from engine.clock import real_now
from engine.config import Config
from engine.db import db
from engine.due import Due
from lti.models.context import Context, LineItem, User
from lti.models.platform import Deployment, Platform
from lti.models.score import Delivery, OutgoingScore
from tests.faults.lms import Lms
from tests.machines import free_port
from tests.postgresql import Cluster

ROOT = Path(__file__).parents[2]
SECRET = "tests only, and no secret at all"
START_SECONDS = 60.0  # on a machine that is busy with other tests
WAIT_SECONDS = 90.0  # for a lease to end and the work to go on
# The server is killed and not its machine: what was written without fsync stays, what waited to be written does not.
KEEPS_WHAT_IT_SAYS = ("fsync=off", "synchronous_commit=on", "listen_addresses=", "max_connections=60")


def until(true: Callable[[], Any], what: Callable[[], str], seconds: float = WAIT_SECONDS) -> None:
    """Wait for a condition, which comes as soon as it can; `what` is told where it does not come."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise AssertionError(f"waited in vain: {what()}")
        time.sleep(0.05)


class Program:
    """One program that can be killed and started again; what it says goes to a file."""

    def __init__(self, folder: Path, name: str, command: list[str], environ: Mapping[str, str]) -> None:
        self._command, self._environ, self._log = command, {**os.environ, **environ}, folder / f"{name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, cwd=ROOT, env=self._environ, stdout=log, stderr=log, start_new_session=True
            )

    @property
    def pid(self) -> int:
        """0 while it does not run."""
        return self._process.pid if self._process else 0

    def kill(self) -> None:
        """As a machine that loses its power: the program and its children, without a word."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """As a service manager does; the status that it ends with."""
        return self._end(signal.SIGTERM)

    def said(self) -> str:
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def _end(self, number: signal.Signals) -> int:
        if self._process is None:
            return 0
        if self._process.poll() is None:
            os.killpg(self._process.pid, number)
        try:
            return self._process.wait(START_SECONDS)
        finally:
            self._process = None


class Tool:
    """One such installation. `programs` by name: "web", and with Celery "redis", "worker-1", "worker-2" and "beat";
    `cluster` is its PostgreSQL. `app` is the same app in the test's own process, to arrange rows and to look."""

    def __init__(self, kind: str, app: Flask, lms: Lms, programs: dict[str, Program], cluster: Cluster | None) -> None:
        self.kind, self.app, self.lms, self.programs, self.cluster = kind, app, lms, programs, cluster
        self._columns = count(1)
        self._platform_id = self._platform()

    def busy(self) -> Program:
        """The one that has a lease on scores."""
        with self.app.app_context():
            leases = db.session.scalars(select(Due.leased_by).where(Due.kind == "score", Due.leased_by.is_not(None)))
            pids = {int(lease.split(":")[-2]) for lease in leases if lease}
        found = [program for program in self.programs.values() if program.pid in pids]
        return found[0] if found else self.programs["web"]  # whose children work

    def pass_time(self) -> None:
        """As if what is left of the lease on scores had nearly gone by, which somebody had who was killed."""
        with self.app.app_context():
            soon = real_now() + timedelta(seconds=1)
            db.session.execute(
                update(Due).where(Due.kind == "score", Due.leased_by.is_not(None)).values(leased_until=soon)
            )
            db.session.commit()

    def restart_database(self) -> None:
        """As after a crash. What the test itself was connected to a moment ago is gone, too, and it does not come again
        as a browser would."""
        assert self.cluster
        self.cluster.restart()
        _let_go(self.app)

    def column(self, people: int, *, of_its_own: bool = False) -> Column:
        """A course and a column of its own with so many people, of whom nothing is released; or even a school of its
        own at that LMS, which is left alone without the others."""
        number = next(self._columns)
        platform_id = self._platform(f"school {number}") if of_its_own else self._platform_id
        with self.app.app_context():
            return Column(self, number, _make_column(db.session, platform_id, self.lms, number, people))

    def _platform(self, client_id: str = "client") -> int:
        with self.app.app_context():
            return _make_platform(db.session, self.lms, client_id)

    def said(self) -> str:
        """What all programs said and what is due, for whoever reads a failure."""
        with self.app.app_context():
            rows = db.session.execute(select(Due.kind, Due.key, Due.at, Due.attempts, Due.leased_by, Due.leased_until))
            due = "\n".join(map(repr, rows))
        parts = {name: program.said()[-6000:] for name, program in self.programs.items()}
        return "\n".join(f"--- {name}\n{said}" for name, said in (parts | {"due": due}).items())


class Column:
    """A gradebook column on both sides: what was released here, and what the LMS took."""

    def __init__(self, tool: Tool, number: int, line_item_id: int) -> None:
        self._tool, self._item, self._line_item_id = tool, str(number), line_item_id
        self.released: dict[str, float] = {}

    @property
    def item(self) -> str:
        """What the LMS calls it."""
        return self._item

    def release(self, given: float) -> None:
        """Grade everybody anew, each a little differently, in one transaction."""
        with self._tool.app.app_context():
            line_item = db.session.get_one(LineItem, self._line_item_id)
            query = select(User).where(User.platform_id == line_item.tenant_id, User.sub.startswith(f"{self._item}-"))
            for number, user in enumerate(db.session.scalars(query.order_by(User.id))):
                self.released[user.sub] = given + number / 100
                lti.queue_score(line_item, user, lti.Score(given + number / 100, 20))
            db.session.commit()

    def rows(self) -> dict[str, OutgoingScore]:
        """{sub: how telling the gradebook about them goes}"""
        query = select(OutgoingScore).where(OutgoingScore.line_item_id == self._line_item_id)
        with self._tool.app.app_context(), Session(db.engine, expire_on_commit=False) as session:
            return {row.user.sub: row for row in session.scalars(query.options(joinedload(OutgoingScore.user)))}

    def accepted(self) -> list[dict[str, Any]]:
        return self._tool.lms.accepted(self._item)

    def grades(self) -> dict[str, float | None]:
        return self._tool.lms.grades(self._item)

    def is_settled(self) -> bool:
        """Whether each row was sent, or refused for a reason."""
        return all(row.status in {Delivery.SENT, Delivery.REFUSED} for row in self.rows().values())

    def wait(self) -> None:
        until(self.is_settled, lambda: f"{self._tool.kind}: grades still wait: {self._waiting()}\n{self._tool.said()}")

    def _waiting(self) -> list[str]:
        told = {Delivery.SENT, Delivery.REFUSED}
        return [f"{sub} {row.status} {row.message}" for sub, row in self.rows().items() if row.status not in told]


@contextmanager
def running(kind: str, folder: Path, lms: Lms) -> Iterator[Tool]:
    """The tool of a `kind`, ready to work; all is gone with the block."""
    with ExitStack() as ends:
        cluster = ends.enter_context(_cluster()) if kind == "celery" else None
        url = cluster.create("tool") if cluster else f"sqlite:///{folder}/tool.sqlite3"
        app = create_app(_config(url, folder))
        ends.callback(_let_go, app)
        app.test_cli_runner().invoke(args=["db", "upgrade"], catch_exceptions=False)
        programs = _programs(kind, url, folder)
        tool = Tool(kind, app, lms, programs, cluster)
        for program in programs.values():
            program.start()
            ends.callback(program.kill)
        until(lambda: _looks(tool), lambda: f"{kind}: nobody works\n{tool.said()}", START_SECONDS)
        yield tool


def _looks(tool: Tool) -> bool:
    """Whether each of those that work said that it does."""
    words = {"web": "Listening at", "redis": "Ready to accept connections", "beat": "Ringing."}
    return all(words.get(name, "Working.") in one.said() for name, one in tool.programs.items())


@contextmanager
def _cluster() -> Iterator[Cluster]:
    cluster = Cluster.in_new_folder()
    try:
        cluster.start(KEEPS_WHAT_IT_SAYS)
        yield cluster
    finally:
        cluster.remove()


def _config(url: str, folder: Path) -> Config:
    return Config(
        testing=True,
        secret_key=SECRET,
        public_url="http://localhost:5000",
        database_url=url,
        storage_url=f"file://{folder}/uploads",
        allowed_networks=(ip_network("127.0.0.0/8"),),
    )


def _programs(kind: str, url: str, folder: Path) -> dict[str, Program]:
    port = free_port()
    environ = {
        "DATABASE_URL": url,
        "SECRET_KEY": SECRET,
        "PUBLIC_URL": "http://localhost:5000",
        "STORAGE_URL": f"file://{folder}/uploads",
        "ALLOWED_NETWORKS": "127.0.0.0/8",
        "BROKER_URL": f"redis://127.0.0.1:{port}/0" if kind == "celery" else "",
    }
    flask = [sys.executable, "-m", "flask", "--app", "app"]
    gunicorn = [sys.executable, "-m", "gunicorn", "app:create_app()", "--worker-class=gthread", "--threads=2"]
    redis = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    commands = {"web": [*gunicorn, f"--bind=127.0.0.1:{free_port()}", "--no-control-socket"]}
    if kind == "celery":
        commands |= {"redis": redis, "worker-1": [*flask, "worker"], "worker-2": [*flask, "worker"]}
        commands["beat"] = [*flask, "beat"]
    return {name: Program(folder, name, command, environ) for name, command in commands.items()}


def _let_go(app: Flask) -> None:
    with app.app_context():
        db.engine.dispose()


def _make_platform(session: Any, lms: Lms, client_id: str) -> int:
    platform = Platform(
        name="Riverbend",
        issuer=lms.url,
        client_id=client_id,
        auth_login_url=f"{lms.url}/auth",
        auth_token_url=f"{lms.url}/token",
        jwks_url=f"{lms.url}/jwks",
        product_family=lms.family,
        created_at=real_now(),
    )
    session.add(platform)
    session.commit()
    return platform.id


def _make_column(session: Any, platform_id: int, lms: Lms, number: int, people: int) -> int:
    deployment = Deployment(platform_id=platform_id, deployment_id=f"deployment {number}")
    context = Context(deployment=deployment, context_id=f"course {number}")
    line_item = LineItem(context=context, url=f"{lms.url}/items/{number}", label="Energy project", score_maximum=20)
    users = [User(platform_id=platform_id, sub=f"{number}-{person}") for person in range(people)]
    session.add_all([line_item, *users])
    session.commit()
    return line_item.id
