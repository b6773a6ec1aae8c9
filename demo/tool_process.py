"""The tool as processes of their own, as on a real server: settings from the environment, a log.

gunicorn alone, or with a broker also two workers and a beat.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import requests

CHECKOUT = Path(__file__).resolve().parent.parent
START_SECONDS = 60
STOP_SECONDS = 15
GUNICORN = ("--workers=1", "--worker-class=gthread", "--threads=8", "--graceful-timeout=5", "--no-control-socket")
WORKERS = (("worker-1.log", "worker"), ("worker-2.log", "worker"), ("beat.log", "beat"))


class CannotStart(Exception):
    """The demo did not come up; the text says what to look at."""


class Process:
    """One such process, begun as it is made; what it says goes to a file."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], log: Path, fds: Sequence[int] = ()
    ) -> None:
        self._log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603  # our own interpreter and our own words
                [sys.executable, "-m", *command],
                cwd=CHECKOUT,
                env=environment,
                stdout=output,
                stderr=output,
                pass_fds=fds,
                start_new_session=True,  # Ctrl+C reaches this process, which then stops the tool in good order
            )

    def has_died(self) -> bool:
        return self._process.poll() is not None

    def ask_to_stop(self) -> None:
        self._process.terminate()

    def stop(self) -> None:
        self.ask_to_stop()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def kill(self) -> None:
        """As a power cut would: all its processes at once, with no time to tidy up."""
        with suppress(ProcessLookupError):  # it died before
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


class ToolProcess(Process):
    """gunicorn with the tool in it, on a socket that is bound already: nobody else can take the port in between."""

    def __init__(
        self, listening: socket.socket, environment: Mapping[str, str], log: Path, certificate: Path | None = None
    ) -> None:
        encrypted = [f"--certfile={certificate}", f"--keyfile={certificate}"] if certificate else []
        number = listening.fileno()
        command = ["gunicorn", "--bind", f"fd://{number}", *GUNICORN, *encrypted, "app:create_app()"]
        super().__init__(command, environment, log, [number])

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


def workers(environment: Mapping[str, str], folder: Path) -> list[Process]:
    """Those that do, told by a broker, what is due: on a real server each on a machine of its own, if you like."""
    return [Process(["flask", "--app", "app", *words], environment, folder / log) for log, *words in WORKERS]


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
