"""What a Prometheus may count: launches, deliveries, rosters, tasks and page times, and not a word about anybody.

Every label takes few values: results that the code names, kinds of tasks, endpoints, statuses. Nothing that came from
outside is ever one. Where PROMETHEUS_MULTIPROC_DIR names a folder, the processes of one server count into files there
and each of them tells the sum; else each tells its own.
"""

from __future__ import annotations

import time

from flask import Flask, Response, g, request
from prometheus_client import Counter, Histogram

PAGE_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
TASK_SECONDS = (0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0)

_launches = Counter("third_option_launches", "Launches by what became of them.", ["result"])
_deliveries = Counter("third_option_deliveries", "Requests with a score, by how the LMS answered.", ["result"])
_rosters = Counter("third_option_rosters", "Class lists asked for, by what came.", ["result"])
_answers = Counter("third_option_answers", "Answers to browsers and LMSs by HTTP status.", ["status"])
_pages = Histogram("third_option_page_seconds", "Time to an answer, by endpoint.", ["endpoint"], buckets=PAGE_SECONDS)
_tasks = Histogram("third_option_task_seconds", "Time of a task run.", ["kind", "result"], buckets=TASK_SECONDS)


def launch(result: str) -> None:
    """One launch came to its end: "accepted", or how it was refused."""
    _launches.labels(result).inc()


def delivery(result: str) -> None:
    """One request with a score was answered, or not: "sent", or what follows from the answer."""
    _deliveries.labels(result).inc()


def roster(result: str) -> None:
    """One class list was asked for: "read", or how it failed."""
    _rosters.labels(result).inc()


def task(kind: str, seconds: float, ok: bool) -> None:
    """One run of a handler ended; not `ok` where it raised."""
    _tasks.labels(kind, "done" if ok else "failed").observe(seconds)


def init_app(app: Flask) -> None:
    """Time every page, of errors and static files too."""
    app.before_request(_begin)
    app.after_request(_count)


def _begin() -> None:
    g.began = time.perf_counter()


def _count(response: Response) -> Response:
    _answers.labels(str(response.status_code)).inc()
    if "began" in g:
        _pages.labels(request.endpoint or "none").observe(time.perf_counter() - g.began)
    return response
