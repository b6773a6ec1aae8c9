"""An upgrade while the release before is at work: nobody waits long, nothing is lost; and two at once do no harm."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from alembic import command
from flask import Flask

from engine.db import Base, db
from engine.migrate import alembic_config, bring_to
from engine.tenant import tenant_column
from tests.conftest import CLUSTER_HOME
from tests.postgresql import Cluster, obstacle

ROOT = Path(__file__).parents[2]
STUDENTS = 4_000
WAIT = 3.0  # seconds that nobody's statement may take: a second for a step to give way, and a busy machine

# One school with one large course, as the release before wrote it; what has to be there and says nothing is left away.
SCHOOL = """
INSERT INTO platform (id, name, issuer, client_id, auth_login_url, auth_token_url, jwks_url, product_family, guid,
                      scopes, any_deployment, created_at)
    VALUES (7, '', 'i', 'c', '', '', '', '', '', '[]', false, now());
INSERT INTO deployment (id, platform_id, deployment_id) VALUES (1, 7, 'd');
INSERT INTO context (id, deployment_id, context_id, label, title, type, ags_scopes, roster_error)
    VALUES (1, 1, 'c', '', '', '[]', '[]', '');
INSERT INTO course (id, context_id, title, label, lms, zone) VALUES (1, 1, '', '', '', 'UTC');
INSERT INTO "user" (id, platform_id, sub, name, given_name, family_name, email, locale, zoneinfo)
    SELECT n, 7, n, '', '', '', '', '', '' FROM generate_series(1, 4000) n;
INSERT INTO person (id, course_id, user_id, role, roles, role_chosen, given_name, full_name, sort_name, is_test,
                    mentees, first_seen_at)
    SELECT n, 1, n, 'student', '[]', false, '', '', '', false, '[]', now() FROM generate_series(1, 4000) n;
INSERT INTO activity (id, course_id, key, title, shows, goal, representations, graded, points, own_idea, silence,
                      least_filled, created_by_id, created_at, saved_at, saved_by_id, row_version)
    VALUES (1, 1, 'k', '', '', '', '', true, 100, true, 'protect', false, 1, now(), now(), 1, 1);
INSERT INTO choice (id, activity_id, student_id, row_version) SELECT n, 1, n, 1 FROM generate_series(1, 4000) n;
INSERT INTO choice_event (choice_id, verb, at, detail)
    SELECT 1 + n % 4000, 'made', now(), '{}' FROM generate_series(1, 20000) n;
"""
AS_BEFORE = "INSERT INTO choice_event (choice_id, verb, at, detail) VALUES (%s, 'picked', now(), '{}')"
ANOTHER = "UPDATE choice SET opened_at = now(), row_version = row_version + 1 WHERE id = %s"
CLASS = "SELECT count(*) FROM choice JOIN person ON person.id = choice.student_id WHERE choice.activity_id = 1"


@dataclass
class Traffic:
    """What somebody's statements came to, over and over: how many, the longest in seconds, and what went wrong."""

    statements: tuple[str, ...]
    count: int = 0
    longest: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def go(self, address: str, stop: threading.Event) -> None:
        with psycopg.connect(address, autocommit=True) as connection:
            while not stop.is_set():
                for statement in self.statements:
                    began = time.monotonic()
                    try:
                        connection.execute(statement, [1 + self.count % STUDENTS] if "%s" in statement else None)
                    except psycopg.Error as failed:
                        self.wrong.append(str(failed))
                    self.longest = max(self.longest, time.monotonic() - began)
                    self.count += 1
                stop.wait(0.005)


@contextmanager
def at_work(address: str, *traffic: Traffic) -> Iterator[None]:
    stop = threading.Event()
    threads = [threading.Thread(target=one.go, args=(address, stop)) for one in traffic]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def long_report(address: str, begun: threading.Event) -> None:
    """Somebody reads in one transaction for longer than a step of the upgrade waits, and so holds it up."""
    with psycopg.connect(address) as connection:
        connection.execute(CLASS)
        begun.set()
        time.sleep(2.5)


@pytest.fixture
def old(make_app: Callable[..., Flask]) -> Iterator[tuple[Flask, str]]:
    """An app on a PostgreSQL of the release before, with a school in it; and the address for others."""
    if why := obstacle():
        pytest.skip(why)
    cluster = Cluster(Path(os.environ[CLUSTER_HOME]))
    cluster.start()
    url = cluster.create(f"live_{uuid4().hex}")
    app = make_app(database_url=url)
    address = url.replace("postgresql+psycopg", "postgresql")
    with app.app_context():
        command.upgrade(alembic_config(), "0003")
        with psycopg.connect(address) as connection:
            connection.execute(SCHOOL)
        yield app, address


@pytest.mark.one_database("postgresql")
@pytest.mark.usefixtures("database_url")
def test_the_release_before_goes_on_reading_and_writing(old: tuple[Flask, str]) -> None:
    _app, address = old
    writer, reader = Traffic((AS_BEFORE, ANOTHER)), Traffic((CLASS,))
    begun = threading.Event()
    report = threading.Thread(target=long_report, args=(address, begun))
    with at_work(address, writer, reader):
        report.start()
        begun.wait(10)
        bring_to("head")
        report.join()
        time.sleep(0.1)  # and goes on after it, until somebody restarts it
    assert (writer.wrong, reader.wrong) == ([], [])
    assert max(writer.longest, reader.longest) < WAIT
    assert writer.count > 50
    with psycopg.connect(address) as connection:
        for table in Base.metadata.sorted_tables:
            if (column := tenant_column(table)) is not None:
                tenants = connection.execute(f'SELECT DISTINCT {column.name} FROM "{table.name}"').fetchall()  # noqa: S608
                assert tenants in ([], [(7,)]), table.name
        written = connection.execute("SELECT count(*) FROM choice_event WHERE verb = 'picked'").fetchone()
        assert written == (writer.count // 2,)
        assert unfinished(connection) == []


def unfinished(connection: psycopg.Connection) -> list[str]:
    """Constraints that hold for new rows only, and indexes that are of no use because their making broke off."""
    constraints = "SELECT conname FROM pg_constraint WHERE NOT convalidated"
    indexes = "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid"
    return [str(name) for (name,) in connection.execute(f"{constraints} UNION ALL {indexes}")]


def test_two_upgrades_at_once_are_one(database_url: str, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/two.sqlite3"
    if not database_url.startswith("sqlite"):
        url = Cluster(Path(os.environ[CLUSTER_HOME])).create(f"two_{uuid4().hex}")
    known = {"DATABASE_URL": url, "SECRET_KEY": "x" * 40, "PUBLIC_URL": "http://localhost:5000"}
    asked = [sys.executable, "-m", "flask", "--app", "app", "db", "upgrade"]
    both = [
        subprocess.Popen(
            asked, cwd=ROOT, env=os.environ | known, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        for _ in range(2)
    ]
    said = [one.communicate(timeout=120)[0] for one in both]
    assert [one.returncode for one in both] == [0, 0], said
    current = subprocess.run(
        [*asked[:-1], "current"], cwd=ROOT, env=os.environ | known, text=True, capture_output=True, check=True
    )
    assert "(head)" in current.stdout


def test_what_stands_in_the_way_is_said_before_anything_is_changed(
    make_app: Callable[..., Flask], tmp_path: Path
) -> None:
    """A row that a rule of now would not let in: somebody's own doing, since no release writes it."""
    app = make_app(database_url=f"sqlite:///{tmp_path}/odd.sqlite3")
    with app.app_context():
        command.upgrade(alembic_config(), "0003")
        with db.engine.begin() as connection:
            connection.exec_driver_sql(
                "INSERT INTO due (kind, key, lane, at, version, attempts) VALUES ('score', '1', '', '2026-01-01', 0, 0)"
            )
        with pytest.raises(RuntimeError, match="due: 1 against counts"):
            bring_to("head")
        with db.engine.begin() as connection:
            assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == "0003"
