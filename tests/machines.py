"""What several machines share, for tests that run the demo on them: a PostgreSQL, a Redis."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from demo.run import Machines
from tests.postgresql import Cluster, obstacle

START_SECONDS = 60.0


def lacking() -> str | None:
    """Why they cannot be had here, None if they can."""
    return obstacle() or (None if shutil.which("redis-server") else "no redis-server here")


class Shared:
    """They run; each who asks gets a database and a broker of their own, by name the same ones again."""

    def __init__(self, cluster: Cluster, port: int) -> None:
        self._cluster, self._port = cluster, port
        self._made: dict[str, Machines] = {}

    def of(self, name: str) -> Machines:
        if name not in self._made:
            number = len(self._made)
            broker = f"redis://127.0.0.1:{self._port}/{number}"
            self._made[name] = Machines(self._cluster.create(f"demo_{number}"), broker)
        return self._made[name]


@contextmanager
def running(folder: Path) -> Iterator[Shared]:
    """Both, gone with the block."""
    cluster = Cluster.in_new_folder()
    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with (folder / "redis.log").open("wb") as log, subprocess.Popen(command, stdout=log) as redis:
        try:
            cluster.start()
            end = time.monotonic() + START_SECONDS
            while "Ready to accept" not in (said := (folder / "redis.log").read_text()):
                assert time.monotonic() < end, said
                assert redis.poll() is None, said
                time.sleep(0.05)
            yield Shared(cluster, port)
        finally:
            redis.terminate()
            cluster.remove()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port
