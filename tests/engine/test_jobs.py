"""`flask jobs run` and `flask worker`: what they do at which moment, what they leave alone, and how they refuse."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import clock, due
from engine.db import db
from engine.due import Due, Task
from engine.worker import Worker
from personalization.choice.model import Choice
from tests.cast import NOON, Cast, browser_of, make_activity, writing

ROOT = Path(__file__).parents[2]
SETTINGS = {"SECRET_KEY": "x" * 40, "PUBLIC_URL": "http://localhost:5000"}
LONG_AFTER = datetime(2027, 6, 1, tzinfo=UTC)


@pytest.fixture
def activity_id(app: Flask, cast: Cast) -> int:
    with writing(app):
        return make_activity(cast.course_id, cast.teacher.id, least_filled=True)


def run(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["jobs", "run", *arguments])


def rules(session: Session) -> set[str | None]:
    session.expire_all()
    return set(session.scalars(select(Choice.rule)))


# jobs run


@pytest.mark.usefixtures("activity_id")
def test_everything_that_is_due_is_done_once_and_said(app: Flask, session: Session) -> None:
    first = run(app, "--now", "2027-06-01T00:00:00Z")
    assert (first.exit_code, first.output[:6]) == (0, "Done: ")
    events = [len(choice.events) for choice in session.scalars(select(Choice))]
    assert rules(session) == {"least filled"}
    assert run(app, "--now", "2027-06-01T00:00:00Z").exit_code == 0
    assert [len(choice.events) for choice in session.scalars(select(Choice))] == events


@pytest.mark.usefixtures("activity_id")
def test_what_is_not_due_at_that_moment_is_left(app: Flask, session: Session) -> None:
    assert run(app, "--now", NOON.isoformat()).exit_code == 0
    assert rules(session) == {None}


@pytest.mark.one_database
@pytest.mark.parametrize(
    "text", ["tomorrow", "", "2026-13-01", "0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00"]
)
def test_a_moment_that_is_none_is_refused_with_a_sentence(app: Flask, text: str) -> None:
    refused = run(app, "--now", text)
    assert refused.exit_code == 2
    assert f"{text} is no instant such as 2026-11-20T18:00:00Z" in refused.output
    assert isinstance(refused.exception, SystemExit)


def test_the_moment_is_the_domains_and_never_that_of_leases_or_of_what_others_read(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is due is due by real time, whatever --now says; a handler that stamps takes the real clock."""
    seen: list[tuple[datetime, datetime, datetime | None]] = []

    def look(task: Task) -> None:
        with app.app_context():
            leased = db.session.scalar(select(Due.leased_until).where(Due.id == task.id))
        seen.append((clock.now(), clock.real_now(), leased))

    monkeypatch.setitem(app.extensions, "worker", Worker(app, {"look": look}))
    real = clock.real_now()
    with writing(app):
        due.schedule(db.session, "look", "now", real - timedelta(minutes=1))
        due.schedule(db.session, "look", "in an hour", real + timedelta(hours=1))
    done = run(app, "--now", LONG_AFTER.isoformat())
    assert done.output == "Done: 1.\n", "what is due in an hour is not due for saying it is June"
    domain, stamp, leased = seen[0]
    assert domain == LONG_AFTER
    assert abs(stamp - real) < timedelta(minutes=1)
    assert leased is not None
    assert abs(leased - real - due.LEASE) < timedelta(minutes=1)


def test_one_task_that_breaks_keeps_no_other_waiting_and_comes_again(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    def handle(task: Task) -> None:
        if task.key == "broken":
            raise RuntimeError("a handler's bug")
        done.append(task.key)

    monkeypatch.setitem(app.extensions, "worker", Worker(app, {"look": handle}))
    with writing(app):
        for key in ("broken", "whole"):
            due.schedule(db.session, "look", key, clock.real_now() - timedelta(minutes=1))
    assert run(app).exit_code == 0
    assert done == ["whole"]
    with app.app_context():
        assert list(db.session.scalars(select(Due.key))) == ["broken"]


BY_HAND = (
    "lti add-platform --issuer i --client-id c --deployment-id d --auth-login-url https://lms.example.edu/a"
    " --auth-token-url https://lms.example.edu/t --jwks-url https://lms.example.edu/k"
)


@pytest.mark.one_database
@pytest.mark.parametrize(
    "command", ["jobs run", "export --course c", "lti invite", "lti platforms", "lti rotate-key", BY_HAND]
)
@pytest.mark.parametrize(
    ("folder", "why"), [("here", "the database waits for `flask db upgrade`"), ("gone", "the database does not answer")]
)
def test_a_database_that_cannot_be_used_is_one_sentence(
    make_app: Callable[..., Flask], tmp_path: Path, folder: str, why: str, command: str
) -> None:
    (tmp_path / "here").mkdir()
    app = make_app(database_url=f"sqlite:///{tmp_path}/{folder}/file.sqlite3")
    refused = app.test_cli_runner().invoke(args=command.split())
    assert (refused.exit_code, refused.output) == (1, f"Error: Nothing was done: {why}.\n")


@pytest.mark.one_database
@pytest.mark.parametrize("command", ["upgrade", "downgrade 0001", "current"])
def test_a_database_that_is_away_is_named_to_who_would_change_its_shape(
    make_app: Callable[..., Flask], tmp_path: Path, command: str
) -> None:
    app = make_app(database_url=f"sqlite:///{tmp_path}/gone/file.sqlite3")
    refused = app.test_cli_runner().invoke(args=["db", *command.split()])
    assert refused.exit_code == 1
    assert refused.output == "Error: The database does not answer: unable to open database file\n"


# CLOCK_FILE


def test_the_clock_file_moves_pages_and_jobs_alike(
    make_app: Callable[..., Flask], tmp_path: Path, cast: Cast, session: Session
) -> None:
    clock_file = tmp_path / "clock"
    app = make_app(clock_file=clock_file)
    with writing(app):
        activity_id = make_activity(cast.course_id, cast.teacher.id, least_filled=True)
    student = browser_of(app, cast.student)
    clock_file.write_text(NOON.isoformat())
    assert run(app).exit_code == 0
    assert "Pick how you will show it" in student.get(f"/activities/{activity_id}/choice").text
    clock_file.write_text(LONG_AFTER.isoformat())
    assert "You are on" in student.get(f"/activities/{activity_id}/choice").text
    assert run(app).exit_code == 0
    assert rules(session) == {"least filled"}


# worker


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/worker.sqlite3"


def flask(database: str, *arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "DATABASE_URL": database, **SETTINGS}
    command = [sys.executable, "-m", "flask", "--app", "app", *arguments]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def first_line(worker: subprocess.Popen[str]) -> str:
    assert worker.stdout is not None
    return worker.stdout.readline()


@pytest.mark.parametrize("ended_by", [signal.SIGTERM, signal.SIGINT])
def test_the_worker_works_until_it_is_told_to_stop_and_ends_well(database: str, ended_by: signal.Signals) -> None:
    with flask(database, "db", "upgrade") as upgrade:
        upgrade.communicate(timeout=60)
    with flask(database, "worker") as worker:
        assert first_line(worker) == "Working. Ctrl-C ends it.\n"
        worker.send_signal(ended_by)
        rest, _errors = worker.communicate(timeout=30)
    assert (worker.returncode, "Traceback" in rest) == (0, False), rest


@pytest.mark.one_database
def test_beat_without_a_broker_says_that_none_is_needed(app: Flask) -> None:
    refused = app.test_cli_runner().invoke(args=["beat"])
    assert (refused.exit_code, refused.output) == (
        1, "Error: BROKER_URL is empty: without a broker, whoever works looks by themself.\n"
    )  # fmt: skip


def test_with_a_broker_a_server_process_starts_no_motor_and_holds_nothing_for_commands_alone(database: str) -> None:
    """Celery, Alembic: each process that needs one imports it for itself. Nor does a server without a broker."""
    look = (
        "import sys, threading, app; app.create_app();"
        "print(any(name.startswith(('celery', 'kombu', 'alembic', 'mako')) for name in sys.modules),"
        " [thread.name for thread in threading.enumerate() if 'third-option' in thread.name])"
    )
    seen = [
        subprocess.run(
            [sys.executable, "-c", look],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": database, "BROKER_URL": broker, **SETTINGS},
            text=True,
            capture_output=True,
            check=True,
        ).stdout
        for broker in ("", "redis://127.0.0.1:1/0")
    ]
    assert seen == ["False ['third-option-motor']\n", "False []\n"]


def test_a_worker_that_comes_before_the_database_is_ready_says_so_and_waits(database: str) -> None:
    with flask(database, "worker") as worker:
        assert first_line(worker) == "Waiting: the database waits for `flask db upgrade`.\n"
        worker.send_signal(signal.SIGTERM)
        rest, _errors = worker.communicate(timeout=30)
    assert (worker.returncode, "Traceback" in rest) == (0, False), rest
