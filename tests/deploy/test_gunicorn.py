"""The server as an operator starts it: it counts over its processes, and a restart is noticed by nobody."""

from __future__ import annotations

import os
import re
import signal
import socket
import time
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from engine import due
from engine.db import db
from tests.deploy.conftest import Start
from tests.deploy.served import Crowd, Served, until
from tests.deploy.silent import class_list_is_due

pytestmark = pytest.mark.one_database


def answers(served: Served, status: str) -> float:
    """How many answers of a status all its processes together have given."""
    code, text = served.get("/metrics")
    assert code == 200
    found = re.search(rf'^third_option_answers_total{{status="{status}"}} (\S+)$', text, re.MULTILINE)
    return float(found[1]) if found else 0


def test_the_figures_are_those_of_all_processes_and_outlive_one_that_is_killed(start: Start) -> None:
    served = start()
    for _time in range(20):
        assert served.get("/nowhere")[0] == 404
    assert {answers(served, "404") for _time in range(6)} == {20}  # whichever process is asked
    killed = served.workers.pop()
    os.kill(killed, signal.SIGKILL)
    until(lambda: killed not in served.workers and len(served.workers) == 2, "another process")
    counts = Path("/dev/shm") / f"third-option-{served.pid}"  # noqa: S108  # as gunicorn.conf.py has it
    until(lambda: not list(counts.glob(f"gauge_live*_{killed}.db")), "the dead one's connections to be forgotten")
    assert answers(served, "404") == 20
    served.stop_soon()
    assert served.wait() == 0
    assert not counts.exists()


LOGIN = b"iss=nobody"


def slow_login(port: int) -> socket.socket:
    """A request of which half has been sent."""
    browser = socket.create_connection(("127.0.0.1", port), timeout=30)
    head = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(LOGIN)}"
    browser.sendall(f"POST /lti/login HTTP/1.1\r\nHost: localhost\r\n{head}\r\n\r\n".encode() + LOGIN[:4])
    return browser


def lease(app: Flask) -> tuple[str | None, int]:
    """Who works on the class list, and how often it failed."""
    with app.app_context():
        found = db.session.execute(select(due.Due.leased_by, due.Due.attempts).where(due.Due.kind == "roster")).one()
        return found.leased_by, found.attempts


def test_a_restart_under_load_fails_nobody_and_gives_back_what_waits_for_an_lms(start: Start, app: Flask) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # an LMS that takes a call and says nothing
        class_list_is_due(app, silent.getsockname()[1])
        first = start()
        until(lambda: lease(app)[0], "the class list to be taken")
        with Crowd(first.port, "/lti/setup") as crowd, slow_login(first.port) as half:
            until(lambda: len(crowd.heard) > 20, "a crowd")  # by then half a login is in a thread, too
            began = time.monotonic()
            first.stop_soon()
            time.sleep(0.5)
            half.sendall(LOGIN[4:])
            with half.makefile("rb") as answer:
                assert answer.readline().startswith(b"HTTP/1.1 400")
            assert first.wait() == 0
            assert time.monotonic() - began < 20
            assert lease(app) == (None, 0)
            start()
            heard = len(crowd.heard)
            until(lambda: len(crowd.heard) > heard + 20, "the crowd to go on")
    assert set(crowd.heard) == {200}
