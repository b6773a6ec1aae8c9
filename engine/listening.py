"""A worker has no web server, yet something to tell: its figures, and that it lives.

WORKER_LISTEN is where. The same three addresses as in a server process, for the same who may ask, and no page.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from http import HTTPStatus
from socketserver import ThreadingMixIn
from threading import Thread
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import structlog
from flask import Flask

from engine.config import Config

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

log = structlog.get_logger()

TOLD = {"/healthz", "/readyz", "/metrics"}
NOT_FOUND = f"{HTTPStatus.NOT_FOUND.value} {HTTPStatus.NOT_FOUND.phrase}"


class _Quiet(WSGIRequestHandler):
    """Its addresses are asked every few seconds. Who asks and then says nothing is not waited for."""

    timeout = 5.0  # seconds

    def log_message(self, format: str, *args: object) -> None:
        pass


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Server6(_Server):
    address_family = socket.AF_INET6


def start(app: Flask) -> int | None:
    """Answer in a thread of this process until it ends; the port, None where none is set or it is taken.

    Of several workers on one machine one has it; the others work all the same.
    """
    config: Config = app.extensions["config"]
    if config.worker_listen is None:
        return None

    def told(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] in TOLD:
            return app(environ, start_response)
        start_response(NOT_FOUND, [("Content-Length", "0")])
        return []

    host, port = config.worker_listen
    try:
        server = make_server(host, port, told, _Server6 if ":" in host else _Server, _Quiet)
    except OSError as taken:
        log.warning("nothing listens at WORKER_LISTEN", why=taken.strerror)
        return None
    Thread(target=server.serve_forever, name="third-option-listening", daemon=True).start()
    return server.server_port
