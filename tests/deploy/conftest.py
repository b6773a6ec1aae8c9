"""A server on the test's database, as an operator starts it."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from ipaddress import ip_network
from pathlib import Path

import pytest

from engine.config import Config
from tests.deploy.served import Served

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
