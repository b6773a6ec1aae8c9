"""gunicorn for Third Option, from the checkout: `gunicorn --config docs/deploy/gunicorn.conf.py`.

How many processes is gunicorn's own WEB_CONCURRENCY: 1 on SQLite, one for each core on PostgreSQL. Where it listens is
`--bind`, or the socket that systemd hands over.
"""

from __future__ import annotations

import atexit
import logging
import os
import shutil
import tempfile
from pathlib import Path
from typing import TextIO

from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger
from gunicorn.workers.base import Worker

from engine import forks, garbage
from engine.logs import Lines

MEMORY = Path("/dev/shm")  # noqa: S108  # a folder that is never written to a disk, where there is one
SCRATCH = MEMORY if os.access(MEMORY, os.W_OK) else Path(tempfile.gettempdir())
FIRST = os.getpid()  # the same after a reload
COUNTS = SCRATCH / f"third-option-{FIRST}"  # where the processes count together, for /metrics
COUNTS.mkdir(mode=0o700, exist_ok=True)  # now: what is loaded looks for it

wsgi_app = "app:create_app(forks=True)"
preload_app = True  # the processes are forked from one that has loaded it, and share what none of them changes
worker_class = "gthread"  # threads, not processes, bear requests that wait
threads = 8
graceful_timeout = 25  # seconds that requests under way have after SIGTERM; less than systemd waits
worker_tmp_dir = str(SCRATCH)  # signs of life: on a disk that hangs, processes would be killed for it
control_socket_disable = True  # nothing here uses it
raw_env = [f"PROMETHEUS_MULTIPROC_DIR={COUNTS}"]


class logger_class(Logger):
    """gunicorn's own lines as JSON, like all others. There are no access lines: addresses may name an invite."""

    def _set_handler(self, log: logging.Logger, output: str | None, fmt: object, stream: TextIO | None = None) -> None:
        super()._set_handler(log, output, Lines(), stream)


def when_ready(server: Arbiter) -> None:
    """The first process is loaded, and no other one was forked from it yet."""
    forks.rehearse(server.app.wsgi(), "/lti/setup")
    # Count from nothing: not from the rehearsal, nor from what a process of the same number did that was killed.
    for file in COUNTS.iterdir():
        file.unlink()
    garbage.keep()


def post_worker_init(worker: Worker) -> None:
    """The application stands, and no request was answered yet."""
    garbage.seldom()
    forks.begin(worker.wsgi)


def child_exit(server: Arbiter, worker: Worker) -> None:
    """What a process that is gone counted stays; what it had just then, such as connections, is no more."""
    for gauge in COUNTS.glob(f"gauge_live*_{worker.pid}.db"):
        gauge.unlink()


@atexit.register  # on_exit does not come where the application cannot be loaded
def remove_counts() -> None:
    if os.getpid() == FIRST:  # those forked from it end before
        shutil.rmtree(COUNTS, ignore_errors=True)
