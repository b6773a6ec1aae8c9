"""gunicorn with the configuration that docs/deploy/ gives, on a socket that outlives it, as systemd hands one over."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).parents[2]
SECONDS = 60.0  # that anything here may take at most
# What systemd does between fork and exec: the socket is file 3, and the variables say whose it is (sd_listen_fds).
HAND_OVER = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execv(sys.executable, [sys.executable, "-m", "gunicorn", "--config", "docs/deploy/gunicorn.conf.py"])
"""


def until(true: Callable[[], Any], what: str) -> Any:
    """What `true` says, as soon as it is something."""
    end = time.monotonic() + SECONDS
    while not (found := true()):
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.02)
    return found


class Served:
    """One start of the server. `log` are its lines, each of which must be JSON."""

    def __init__(self, listener: socket.socket, environ: Mapping[str, str], log: Path) -> None:
        self._log, self.port = log, listener.getsockname()[1]
        before = len(self.log)
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-c", HAND_OVER, str(listener.fileno())],
                cwd=ROOT, env={**os.environ, **environ}, pass_fds=[listener.fileno()], stdout=output, stderr=output,
            )  # fmt: skip
        self.pid = self._process.pid
        until(lambda: any("Booting worker" in line["event"] for line in self.log[before:]), "gunicorn")

    @property
    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._log.read_text().splitlines()] if self._log.exists() else []

    @property
    def workers(self) -> set[int]:
        """Its processes that answer."""
        return {int(one) for one in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()}

    def get(self, path: str) -> tuple[int, str]:
        return ask(self.port, path)

    def stop_soon(self) -> None:
        self._process.send_signal(signal.SIGTERM)

    def wait(self) -> int:
        return self._process.wait(SECONDS)

    def end(self) -> None:
        """Whatever state it is in."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


def ask(port: int, path: str) -> tuple[int, str]:
    """(status, body) of one request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


class Crowd:
    """Browsers that ask for one page, each again and again, in a `with`; `heard` is what came of every request."""

    def __init__(self, port: int, path: str, size: int = 4) -> None:
        self._port, self._path = port, path
        self.heard: list[object] = []
        self._enough = threading.Event()
        self._threads = [threading.Thread(target=self._ask_on) for _one in range(size)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._enough.set()
        for thread in self._threads:
            thread.join()

    def _ask_on(self) -> None:
        while not self._enough.is_set():
            try:
                self.heard.append(ask(self._port, self._path)[0])
            except (OSError, http.client.HTTPException) as failed:
                self.heard.append(repr(failed))
