"""The server's processes are forked from one that is loaded: what a fork would break is made after it, in each."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

from flask import Flask

from tests.deploy.conftest import Start
from tests.deploy.served import Crowd, Served, until
from tests.deploy.silent import asking, class_list_is_due

SEATS = 4  # class lists that a process has in hand at most: WORKER_THREADS


def all_answer(served: Served) -> None:
    """Each process has written down an answer, while several ask whether database and files are there."""
    counts = Path("/dev/shm") / f"third-option-{served.pid}"  # noqa: S108  # as gunicorn.conf.py has it

    def counted() -> bool:
        return served.workers <= {int(file.stem.rpartition("_")[2]) for file in counts.glob("counter_*.db")}

    with Crowd(served.port, "/readyz") as crowd:
        until(counted, "an answer of each process")
    assert set(crowd.heard) == {200}


def assert_can_be_forked(process: Path) -> None:
    """Nothing runs in it and nothing is open: a thread could hold a lock at that moment, for good in the other process,
    and a connection would be two's."""
    assert len(list((process / "task").iterdir())) == 1
    files = {os.readlink(file) for file in (process / "fd").iterdir()}
    assert len([file for file in files if file.startswith("socket:")]) == 1  # where browsers knock
    assert not [file for file in files if "sqlite" in file]


def test_each_process_answers_and_does_what_is_due_also_one_that_comes_later(start: Start, app: Flask) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        served = start()
        all_answer(served)
        assert_can_be_forked(Path(f"/proc/{served.pid}"))
        for _more_than_one_takes in range(SEATS + 1):
            class_list_is_due(app, silent.getsockname()[1])
        until(lambda: asking(app) == served.workers, "both to do what is due")

        killed = min(served.workers)
        os.kill(killed, signal.SIGKILL)
        until(lambda: len(served.workers - {killed}) == 2, "another process")
        all_answer(served)
        for _more_than_the_first_takes in range(SEATS):
            class_list_is_due(app, silent.getsockname()[1])
        until(lambda: served.workers <= asking(app), "the new one to do what is due")

        before = served.workers
        os.kill(served.pid, signal.SIGHUP)
        until(lambda: len(served.workers) == 2 and not served.workers & before, "two others")
        all_answer(served)
        served.stop_soon()
        assert served.wait() == 0
