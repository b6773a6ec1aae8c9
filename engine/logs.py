"""Structured logs: one JSON line per event, with ids that lead from line to line, and no personal data.

`request` is the same on all lines of one request, `launch` on all that a browser did since it came in from the LMS,
`task` on all of one run of a task. An answer's line names its endpoint and the ids in its address, never the address
itself: a file's name may stand there.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import ParamSpec, TypeVar

import structlog
from flask import Flask, Request, Response, current_app, g, request
from structlog.contextvars import bind_contextvars, bound_contextvars, clear_contextvars, get_contextvars

P = ParamSpec("P")
T = TypeVar("T")

log = structlog.get_logger()

OURS = "third_option"  # the logger that all lines of this house go through, as JSON already
REQUEST_ID = "X-Request-Id"
PLAIN = re.compile(r"[A-Za-z0-9._-]{1,64}")
UNTOLD = {"health", "metrics"}  # asked every few seconds by a machine
STATIC = "static"
_ours = logging.getLogger(OURS)


class _Written:
    """Takes finished lines to the handlers, and does not look up who calls: their text says what happened. Its methods
    are the levels, as structlog calls them."""

    def __getattr__(self, level: str) -> Callable[[str], None]:
        number = logging.getLevelNamesMapping()["ERROR" if level == "exception" else level.upper()]

        def write(line: str) -> None:
            if _ours.isEnabledFor(number):
                _ours.handle(logging.LogRecord(OURS, number, "", 0, line, (), None))

        setattr(self, level, write)
        return write


WRITTEN = _Written()
# One list for good: loggers keep what they were first used with.
PROCESSORS: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    structlog.processors.JSONRenderer(),
]


class Lines(logging.Formatter):
    """Lines of others (gunicorn, Alembic, Celery) in the shape of ours."""

    def format(self, record: logging.LogRecord) -> str:
        if record.name == OURS:
            return record.getMessage()
        line = {"event": record.getMessage(), "logger": record.name, "level": record.levelname.lower()}
        line["timestamp"] = datetime.fromtimestamp(record.created, UTC).isoformat()
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


def init_app(app: Flask, trusted_proxies: int = 0) -> None:
    """Behind `trusted_proxies`, a request keeps the id that these gave it, so that one id leads through all logs."""
    structlog.configure(PROCESSORS, logger_factory=lambda *_names: WRITTEN, cache_logger_on_first_use=True)
    handler = logging.StreamHandler()
    handler.setFormatter(Lines())
    logging.basicConfig(level=logging.INFO, handlers=[handler])  # nothing, where whoever started us said how already
    for noisy in ("alembic", "urllib3"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    app.extensions["believes_request_ids"] = trusted_proxies > 0
    app.before_request(_begin)
    app.after_request(_answered)


@contextmanager
def of_task(task: int, kind: str, lane: str, attempt: int) -> Iterator[None]:
    """Every line of this block says which run of which task it is; `attempt` counts from 1."""
    with bound_contextvars(task=task, kind=kind, lane=lane, attempt=attempt):
        yield


def of_launch(launch: str, **ids: int) -> None:
    """Every further line of this request says which launch its browser came in by, such as of which platform."""
    bind_contextvars(launch=launch, **ids)


def carried(work: Callable[P, T]) -> Callable[P, T]:
    """`work` for another thread, whose lines then hold the ids of this one. Nothing else goes along: what is bound to a
    request or a database session belongs to one thread."""
    ids = get_contextvars()

    def carrying(*args: P.args, **kwargs: P.kwargs) -> T:
        with bound_contextvars(**ids):
            return work(*args, **kwargs)

    return carrying


def _begin() -> None:
    given = request.headers.get(REQUEST_ID, "") if current_app.extensions["believes_request_ids"] else ""
    name = given if given and PLAIN.fullmatch(given) else secrets.token_hex(6)
    g.request_id, g.began = name, time.perf_counter()
    clear_contextvars()
    bind_contextvars(request=name)


def _answered(response: Response) -> Response:
    """One line for each answer, but for static files and those to machines that look whether we live."""
    if "request_id" not in g:  # the request was refused before it began
        _begin()
    asked: Request = request._get_current_object()  # type: ignore[attr-defined]  # each look through it costs its own
    response.headers.add(REQUEST_ID, g.request_id)
    room, _dot, page = (asked.endpoint or "").rpartition(".")
    if room not in UNTOLD and page != STATIC:
        ids = {name: value for name, value in (asked.view_args or {}).items() if isinstance(value, int)}
        milliseconds = round((time.perf_counter() - g.began) * 1000)
        about = {"method": asked.method, "endpoint": asked.endpoint, "status": response.status_code}
        log.info("answered", **about, ms=milliseconds, **ids)
    return response
