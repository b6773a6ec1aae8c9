"""A server of one's own on loopback, and an app that may call it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from typing import Any

import pytest
from flask import Flask

from engine.config import Config

Reply = Callable[["Server"], None]


class Server(BaseHTTPRequestHandler):
    """Answers as the test says: {path: reply}."""

    replies: dict[str, Reply] = {}
    seen: list[str] = []

    def do_GET(self) -> None:
        type(self).seen.append(self.path)
        with suppress(ConnectionError):  # whoever asked may have hung up, as they should
            self.replies[self.path](self)

    do_POST = do_GET

    def log_message(self, *args: Any) -> None:
        """Quiet."""

    def say(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def server() -> Iterator[str]:
    Server.replies, Server.seen = {}, []
    with another_server() as address:
        yield address


@contextmanager
def another_server() -> Iterator[str]:
    """One on a port of its own."""
    running = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    thread = threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()
    running.server_close()
    thread.join()


@pytest.fixture
def loopback(config: Config, app_with: Callable[[Config], Flask]) -> Iterator[Flask]:
    """An app that may call loopback."""
    app = app_with(replace(config, allowed_networks=(ip_network("127.0.0.0/8"),)))
    with app.app_context():
        yield app
