"""The log: ids that lead from line to line, one line for each answer, and all of it JSON."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest
import structlog
from flask import Flask
from flask.testing import FlaskClient

from engine import clock, due, logs
from engine.db import db
from engine.worker import Worker
from tests import logged
from tests.cast import Cast, Member

MakeApp = Callable[..., Flask]
log = structlog.get_logger()

pytestmark = pytest.mark.one_database


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [json.loads(record.getMessage()) for record in caplog.records if record.name == logs.OURS]


def test_all_lines_of_a_request_have_its_id_and_so_has_the_answer(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = client.get("/nowhere"), client.get("/lti/register")
    ids = [answer.headers["X-Request-Id"] for answer in (first, second)]
    assert len(set(ids)) == 2
    told = [(line["event"], line["request"], line["status"], line["endpoint"]) for line in lines(caplog)]
    assert told == [
        ("refused", ids[0], 404, None),
        ("answered", ids[0], 404, None),
        ("refused", ids[1], 400, "lti.register"),
        ("answered", ids[1], 400, "lti.register"),
    ]


def test_the_line_of_an_answer_names_no_address(
    signed_in: Callable[[Member], FlaskClient], cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    """A file's name and what was searched for stand in addresses; ids tell as much."""
    teacher = signed_in(cast.teacher)
    teacher.get(f"/courses/{cast.course_id}/queue?said=what+was+searched")
    teacher.get("/files/a-random-key/Amara-Diallo-pond.pdf")
    queue, file = (line for line in lines(caplog) if line["event"] == "answered")
    assert (queue["endpoint"], queue["course_id"], queue["status"]) == ("board.queue", cast.course_id, 200)
    assert isinstance(queue["ms"], int)
    assert (file["endpoint"], file["status"]) == ("submission.file", 404)
    assert not {"key", "name"} & file.keys()
    assert "searched" not in caplog.text


def test_machines_that_ask_every_few_seconds_and_static_files_have_no_lines(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    for address in ("/healthz", "/readyz", "/metrics", "/ui/static/base.css"):
        with client.get(address) as answer:
            assert answer.status_code == 200
    assert lines(caplog) == []


GIVEN = "7c1f-proxy.id_1"


def test_a_proxy_s_id_is_kept_where_proxies_are_believed(make_app: MakeApp, caplog: pytest.LogCaptureFixture) -> None:
    answer = make_app(trusted_proxies=1).test_client().get("/nowhere", headers={"X-Request-Id": GIVEN})
    assert answer.headers["X-Request-Id"] == GIVEN
    assert {line["request"] for line in lines(caplog)} == {GIVEN}


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "ü", '","level":"error', "amara@example.test"])
def test_an_id_that_is_not_plain_is_not(make_app: MakeApp, given: str) -> None:
    answer = make_app(trusted_proxies=1).test_client().get("/nowhere", headers={"X-Request-Id": given})
    assert len(answer.headers["X-Request-Id"]) == 12


def test_without_a_proxy_nobody_gives_ids(client: FlaskClient) -> None:
    assert client.get("/nowhere", headers={"X-Request-Id": GIVEN}).headers["X-Request-Id"] != GIVEN


def test_all_lines_of_a_run_say_of_which_task_in_other_threads_too(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    def handle(_task: due.Task) -> None:
        log.info("in the run")
        for work in (log.info, logs.carried(log.info)):
            thread = Thread(target=work, args=("in a thread",))
            thread.start()
            thread.join()
        raise RuntimeError("broken on purpose")

    with app.app_context():
        due.schedule(db.session, "made up", "7", clock.real_now(), "platform:3")
        db.session.commit()
    Worker(app, {"made up": handle}).run_once()
    log.info("afterwards")
    told = lines(caplog)
    about = [(line["event"], line.get("kind"), line.get("lane"), line.get("attempt")) for line in told]
    ids = ("made up", "platform:3", 1)
    assert about == [
        ("in the run", *ids),
        ("in a thread", None, None, None),
        ("in a thread", *ids),
        ("task failed", *ids),
        ("afterwards", None, None, None),
    ]
    assert told[0]["task"] == told[2]["task"] == told[3]["task"] > 0


def test_lines_of_others_have_the_same_shape() -> None:
    try:
        raise ValueError("with a trace")
    except ValueError:
        record = logging.getLogger("gunicorn.error").makeRecord(
            "gunicorn.error", logging.ERROR, "file", 1, "Worker %s", ("died",), sys.exc_info()
        )
    line = json.loads(logs.Lines().format(record))
    assert (line["event"], line["logger"], line["level"]) == ("Worker died", "gunicorn.error", "error")
    assert "ValueError: with a trace" in line["exception"]
    assert line["timestamp"].startswith("20")


@pytest.mark.parametrize(
    "said",
    [
        {"who": "Ms. Okafor"},
        {"to": "amara@example.edu"},
        {"id_token": "eyJhbGciOiJSUzI1NiIsImtpZCI6"},
        {"why": "Bearer token-1"},
        {"key": "-----BEGIN PRIVATE KEY-----"},
        {"path": "/files/random/Essay.pdf"},
        {"path": "/lti/register?invite=random"},
        {"title": "Zoë’s pond"},
    ],
)
def test_the_law_of_the_log_finds_what_it_forbids(said: dict[str, str]) -> None:
    """It is held over every test of this suite: see tests/conftest.py and tests/laws/conftest.py."""
    line = structlog.processors.JSONRenderer()(None, "", {"event": "something", **said})
    assert isinstance(line, str)
    assert len(logged.private(['{"event": "fine", "course_id": 7}', line], {"Zoë’s pond"})) == 1
