"""A worker's own port: its figures and its health, and no page."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Callable

import pytest
import structlog
from flask import Flask

from engine import listening
from engine.config import Config, ConfigError

MakeApp = Callable[..., Flask]

pytestmark = pytest.mark.one_database


def ask(port: int, path: str, **headers: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_it_tells_what_a_server_process_tells_and_nothing_else(make_app: MakeApp) -> None:
    port = listening.start(make_app(worker_listen=("127.0.0.1", 0)))
    assert port
    assert ask(port, "/healthz")[0] == 200
    assert ask(port, "/readyz") == (200, '{"status":"ok"}\n')
    status, figures = ask(port, "/metrics")
    assert status == 200
    assert "third_option_database_up 1.0" in figures
    assert ask(port, "/metrics", X_Forwarded_For="127.0.0.1")[0] == 401
    assert [ask(port, path) for path in ("/", "/lti/setup", "/lti/jwks", "/metrics/")] == [(404, "")] * 4


def test_several_workers_on_one_machine_all_work_and_one_tells(make_app: MakeApp) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        app = make_app(worker_listen=("127.0.0.1", taken.getsockname()[1]))
        with structlog.testing.capture_logs() as logs:
            assert listening.start(app) is None
    assert [line["event"] for line in logs] == ["nothing listens at WORKER_LISTEN"]


def test_who_connects_and_says_nothing_is_not_waited_for(make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each would hold a thread of the worker's process."""
    monkeypatch.setattr(listening._Quiet, "timeout", 0.1)
    port = listening.start(make_app(worker_listen=("127.0.0.1", 0)))
    with socket.create_connection(("127.0.0.1", port), timeout=10) as silent:
        silent.sendall(b"GET /healthz HT")
        assert silent.recv(1) == b""


def test_nothing_listens_unless_asked_for(make_app: MakeApp) -> None:
    assert listening.start(make_app()) is None


NEEDED = {"SECRET_KEY": "0123456789abcdef", "PUBLIC_URL": "http://localhost"}


@pytest.mark.parametrize(
    ("text", "meant"),
    [("127.0.0.1:9108", ("127.0.0.1", 9108)), ("[::1]:9108", ("::1", 9108)), ("worker-3:80", ("worker-3", 80))],
)
def test_an_address_is_host_and_port(text: str, meant: tuple[str, int]) -> None:
    assert Config.from_env({**NEEDED, "WORKER_LISTEN": text}).worker_listen == meant


@pytest.mark.parametrize(
    "text", ["9108", ":9108", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:99999", "http://h:1", "h:1/p"]
)
def test_anything_else_is_named_at_start(text: str) -> None:
    with pytest.raises(ConfigError, match="WORKER_LISTEN is wrong: it is an address and a port"):
        Config.from_env({**NEEDED, "WORKER_LISTEN": text})
