"""gunicorn for Third Option, from the checkout: `gunicorn --config docs/deploy/gunicorn.conf.py`.

How many processes is gunicorn's own WEB_CONCURRENCY: 1 on SQLite, one for each core on PostgreSQL. Where it listens is
`--bind`, or the socket that systemd hands over.
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from pathlib import Path
from typing import TextIO

from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger
from gunicorn.workers.base import Worker

from engine import garbage
from engine.logs import Lines

MEMORY = Path("/dev/shm")  # noqa: S108  # a folder that is never written to a disk, where there is one
SCRATCH = MEMORY if os.access(MEMORY, os.W_OK) else Path(tempfile.gettempdir())
# Where the processes count together, for /metrics; the same after a reload, since the first process stays.
COUNTS = SCRATCH / f"third-option-{os.getpid()}"

wsgi_app = "app:create_app()"
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


def on_starting(server: Arbiter) -> None:
    """Count from nothing, though a process of the same number may have been killed here before."""
    shutil.rmtree(COUNTS, ignore_errors=True)
    COUNTS.mkdir(mode=0o700)


def post_worker_init(worker: Worker) -> None:
    """The application stands, and no request was answered yet."""
    garbage.seldom()


def child_exit(server: Arbiter, worker: Worker) -> None:
    """What a process that is gone counted stays; what it had just then, such as connections, is no more."""
    for gauge in COUNTS.glob(f"gauge_live*_{worker.pid}.db"):
        gauge.unlink()


def on_exit(server: Arbiter) -> None:
    shutil.rmtree(COUNTS, ignore_errors=True)
