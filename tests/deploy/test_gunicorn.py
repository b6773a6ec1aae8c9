"""The server as an operator starts it: it counts over its processes, and a restart is noticed by nobody."""

from __future__ import annotations

import os
import re
import signal
import socket
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from engine import due
from engine.clock import real_now
from engine.config import Config
from engine.db import db
from lti.models import Context, Deployment, Platform
from tests.deploy.served import Crowd, Served, until

pytestmark = pytest.mark.one_database
Start = Callable[[], Served]


@pytest.fixture
def start(config: Config, tmp_path: Path) -> Iterator[Start]:
    """A function that starts the server anew on the same socket, on the test's database."""
    environ = {
        "SECRET_KEY": config.secret_key,
        "PUBLIC_URL": config.public_url,
        "DATABASE_URL": config.database_url,
        "STORAGE_URL": f"file://{tmp_path}/uploads",
        "ALLOWED_NETWORKS": str(ip_network("127.0.0.0/8")),
        "WEB_CONCURRENCY": "2",
    }
    started: list[Served] = []
    with socket.create_server(("127.0.0.1", 0), backlog=200) as listener:

        def begin() -> Served:
            started.append(Served(listener, environ, tmp_path / "log"))
            return started[-1]

        yield begin
        for one in started:
            one.end()


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


def reading_a_class_list(app: Flask, lms: int) -> None:
    """An LMS at this port of ours, and its class list due."""
    with app.app_context():
        address = f"http://127.0.0.1:{lms}"
        platform = Platform(
            name="Slow", issuer=address, client_id="1", product_family="moodle", created_at=real_now(),
            auth_login_url=f"{address}/auth", auth_token_url=f"{address}/token", jwks_url=f"{address}/jwks",
        )  # fmt: skip
        context = Context(
            deployment=Deployment(platform=platform, deployment_id="1"), context_id="1", title="Biology",
            memberships_url=f"{address}/members",
        )  # fmt: skip
        db.session.add_all([platform, context])
        db.session.flush()
        due.schedule(
            db.session, "roster", str(context.id), real_now() - timedelta(seconds=1), f"platform:{platform.id}"
        )
        db.session.commit()


def lease(app: Flask) -> tuple[str | None, int]:
    """Who works on the class list, and how often it failed."""
    with app.app_context():
        found = db.session.execute(select(due.Due.leased_by, due.Due.attempts).where(due.Due.kind == "roster")).one()
        return found.leased_by, found.attempts


def test_a_restart_under_load_fails_nobody_and_gives_back_what_waits_for_an_lms(start: Start, app: Flask) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # an LMS that takes a call and says nothing
        reading_a_class_list(app, silent.getsockname()[1])
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
