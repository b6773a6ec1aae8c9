"""Health: what a probe is told, how long it waits, and that asking often costs little."""

from __future__ import annotations

import shutil
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread

import pytest
import structlog
from flask import Flask
from sqlalchemy import text

from engine import health
from engine.db import db
from engine.probe import Probe

MakeApp = Callable[..., Flask]


def put_at(app: Flask, revision: str) -> None:
    """Say that the database has another shape than the code."""
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :now"), {"now": revision})


def shape(app: Flask) -> str:
    with app.app_context(), db.engine.connect() as connection:
        return str(connection.scalar(text("SELECT version_num FROM alembic_version")))


@pytest.mark.parametrize(
    ("revision", "reason"),
    [("0001", "the database waits for `flask db upgrade`"), ("9999", "the database is newer than this code")],
)
def test_a_database_of_another_shape_is_not_ready(make_app: MakeApp, revision: str, reason: str) -> None:
    app = make_app()
    head = shape(app)
    put_at(app, revision)
    try:
        answer = app.test_client().get("/readyz")
    finally:
        put_at(app, head)
    assert (answer.status_code, answer.json) == (503, {"status": "down", "reason": reason})


@pytest.mark.one_database
def test_a_folder_for_files_that_went_away_is_told_once_and_so_is_its_return(
    make_app: MakeApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "FRESH_SECONDS", 0.0)
    folder = tmp_path / "uploads"
    client = make_app(storage_url=f"file://{folder}").test_client()
    assert client.get("/readyz").json == {"status": "ok"}
    shutil.rmtree(folder)
    with structlog.testing.capture_logs() as logs:
        for _asked in range(2):
            answer = client.get("/readyz")
            assert answer.status_code == 503
            assert answer.json == {"status": "down", "reason": "the folder for files cannot be written to"}
        folder.mkdir()
        assert client.get("/readyz").status_code == 200
    assert [line["event"] for line in logs if "ready" in line["event"]] == ["not ready", "ready again"]


@pytest.mark.one_database
def test_a_broker_that_is_away_is_told_and_keeps_nobody_out(make_app: MakeApp) -> None:
    with socket.create_server(("127.0.0.1", 0)) as broker:
        port = broker.getsockname()[1]
        there = make_app(broker_url=f"redis://127.0.0.1:{port}/0").test_client().get("/readyz")
    gone = make_app(broker_url=f"redis://:a-password@127.0.0.1:{port}/0").test_client().get("/readyz")
    assert (there.status_code, there.json) == (200, {"status": "ok"})
    assert (gone.status_code, gone.json) == (200, {"status": "ok", "broker": "does not answer; what is due waits"})


def test_asking_often_asks_once() -> None:
    asked: list[float] = []

    def ask() -> str:
        asked.append(time.monotonic())
        return "well"

    probe = Probe(ask, "silence", fresh=0.05)
    assert {probe.answer() for _time in range(100)} == {"well"}
    assert len(asked) == 1 or asked[1] - asked[0] >= 0.05
    time.sleep(0.06)
    before = len(asked)
    assert probe.answer() == "well"
    assert len(asked) == before + 1


def test_who_hangs_holds_nobody_for_longer_than_told_and_is_asked_once() -> None:
    asked: list[int] = []
    go_on = Event()

    def ask() -> str:
        asked.append(1)
        go_on.wait(10)
        return "well"

    probe = Probe(ask, "silence", seconds=0.2, fresh=0.0)
    heard: list[str] = []
    began = time.monotonic()
    crowd = [Thread(target=lambda: heard.append(probe.answer())) for _one in range(8)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    assert time.monotonic() - began < 2
    late = time.monotonic()
    assert probe.answer() == "silence"
    assert time.monotonic() - late < 0.1  # the time is over: nobody more waits for it
    assert heard == ["silence"] * 8
    assert len(asked) == 1
    go_on.set()
    deadline = time.monotonic() + 10
    while probe.answer() != "well":
        assert time.monotonic() < deadline


def test_a_question_that_breaks_is_silence_and_asked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("threading.excepthook", lambda _told: None)
    answers: Iterator[Exception | str] = iter([RuntimeError(), "well"])

    def ask() -> str:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    probe = Probe(ask, "silence", fresh=0.0)
    assert [probe.answer(), probe.answer()] == ["silence", "well"]
