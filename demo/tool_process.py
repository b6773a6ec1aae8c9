"""The tool as a process of its own, as on a real server: gunicorn, settings from the environment, a log."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import requests

CHECKOUT = Path(__file__).resolve().parent.parent
START_SECONDS = 60
STOP_SECONDS = 15
GUNICORN = ("--workers=1", "--worker-class=gthread", "--threads=8", "--graceful-timeout=5", "--no-control-socket")


class CannotStart(Exception):
    """The demo did not come up; the text says what to look at."""


class ToolProcess:
    """gunicorn with the tool in it, on a socket that is bound already: nobody else can take the port in between."""

    def __init__(
        self, listening: socket.socket, environment: Mapping[str, str], log: Path, certificate: Path | None = None
    ) -> None:
        self._log = log
        encrypted = [f"--certfile={certificate}", f"--keyfile={certificate}"] if certificate else []
        number = listening.fileno()
        with log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603  # our own interpreter and our own words
                [
                    sys.executable,
                    "-m",
                    "gunicorn",
                    "--bind",
                    f"fd://{number}",
                    *GUNICORN,
                    *encrypted,
                    "app:create_app()",
                ],
                cwd=CHECKOUT,
                env=environment,
                stdout=output,
                stderr=output,
                pass_fds=(number,),
                start_new_session=True,  # Ctrl+C reaches this process, which then stops the tool in good order
            )

    def await_answer(self, url: str) -> None:
        """Wait until it answers there.

        Raises:
            CannotStart: it died, or was too slow.
        """
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and not self.has_died():
            try:
                if requests.get(f"{url}/healthz", timeout=5).ok:
                    return
            except requests.RequestException:
                pass
            time.sleep(0.1)
        tail = "".join(self._log.read_text(errors="replace").splitlines(keepends=True)[-30:])
        raise CannotStart(f"The tool did not come up. The end of {self._log}:\n{tail}")

    def has_died(self) -> bool:
        return self._process.poll() is not None

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def kill(self) -> None:
        """As a power cut would: all its processes at once, with no time to tidy up."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def run_flask(environment: Mapping[str, str], *words: str) -> str:
    """A command of the tool's, in its own process: what it printed.

    Raises:
        CannotStart: it failed.
    """
    command = [sys.executable, "-m", "flask", "--app", "app", *words]
    done = subprocess.run(  # noqa: S603  # our own interpreter and our own words
        command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise CannotStart(f"`flask --app app {' '.join(words)}` failed:\n{done.stdout}{done.stderr}")
    return done.stdout
