"""What a Prometheus may count: launches, deliveries, rosters, tasks and page times, and not a word about anybody.

Every label takes few values: results that the code names, kinds of tasks, endpoints, statuses. Nothing that came from
outside is ever one. Where PROMETHEUS_MULTIPROC_DIR names a folder, the processes of one server count into files there
and each of them tells the sum; else each tells its own.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from flask import Flask, Response, g, request
from prometheus_client import (
    CONTENT_TYPE_PLAIN_0_0_4,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
    multiprocess,
    values,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import Engine, QueuePool, event, func, or_, select
from sqlalchemy.exc import SQLAlchemyError

from engine import clock
from engine.db import db
from engine.due import Due
from engine.probe import Probe

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
MOST_LANES = 100
PAGE_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
TASK_SECONDS = (0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0)

disable_created_metrics()  # a second series for each of the others, which nobody reads

_launches = Counter("third_option_launches", "Launches by what became of them.", ["result"])
_deliveries = Counter("third_option_deliveries", "Requests with a score, by how the LMS answered.", ["result"])
_rosters = Counter("third_option_rosters", "Class lists asked for, by what came.", ["result"])
_answers = Counter("third_option_answers", "Answers to browsers and LMSs by HTTP status.", ["status"])
_pages = Histogram("third_option_page_seconds", "Time to an answer, by endpoint.", ["endpoint"], buckets=PAGE_SECONDS)
_tasks = Histogram("third_option_task_seconds", "Time of a task run.", ["kind", "result"], buckets=TASK_SECONDS)
_connections = Gauge(
    "third_option_database_connections", "Connections to the database in use.", multiprocess_mode="livesum"
)


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
    """Time every page, of errors and static files too, and count the database's connections that are in use."""
    app.after_request(_count)
    waiting = Probe(partial(_read_waiting, app), None)
    app.extensions["metrics_waiting"] = waiting
    with app.app_context():
        engine = db.engine
    event.listen(engine, "checkout", lambda *_which: _note_connections(engine, 0))
    event.listen(engine, "checkin", lambda *_which: _note_connections(engine, 1))


def text(app: Flask) -> bytes:
    """All figures, of all processes that count together. A database that does not answer keeps back its own alone."""
    registry = CollectorRegistry()
    registry.register(_Waiting(app.extensions["metrics_waiting"].answer()))
    return generate_latest(registry) + counted()


def counted() -> bytes:
    """What this process counted, and those that count into files with it."""
    if values.ValueClass is values.MutexValue:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)
    return generate_latest(registry)


@dataclass(frozen=True)
class Waits:
    """What is due of one kind in one lane: `rows` that nobody works on, the oldest due since `seconds`."""

    kind: str
    lane: str
    rows: int
    seconds: float


class _Waiting(Collector):
    """Read from the database when asked. `found` is None where it did not answer."""

    def __init__(self, found: Sequence[Waits] | None) -> None:
        self._found = found

    def collect(self) -> Iterator[GaugeMetricFamily]:
        answers = self._found is not None
        yield GaugeMetricFamily("third_option_database_up", "Whether the database answers.", value=float(answers))
        labels = ["kind", "lane"]
        rows = GaugeMetricFamily("third_option_queue_rows", "What is due and waits.", labels=labels)
        ages = GaugeMetricFamily("third_option_queue_oldest_seconds", "How long the oldest waits.", labels=labels)
        for one in self._found or ():
            rows.add_metric([one.kind, one.lane], one.rows)
            ages.add_metric([one.kind, one.lane], one.seconds)
        yield from (rows, ages)


def _read_waiting(app: Flask) -> list[Waits] | None:
    """The oldest lanes first, MOST_LANES of them."""
    now = clock.real_now()
    free = or_(Due.leased_until.is_(None), Due.leased_until < now)
    oldest = func.min(Due.at)
    query = select(Due.kind, Due.lane, func.count(), oldest).where(Due.at <= now, free)
    query = query.group_by(Due.kind, Due.lane).order_by(oldest).limit(MOST_LANES)
    try:
        with app.app_context():
            found = db.session.execute(query).all()
    except SQLAlchemyError:
        return None
    return [Waits(kind, lane or "none", rows, (now - at).total_seconds()) for kind, lane, rows, at in found]


def _note_connections(engine: Engine, leaving: int) -> None:
    """`leaving`: how many are on their way back, yet still counted by the pool."""
    if isinstance(engine.pool, QueuePool):
        _connections.set(max(0, engine.pool.checkedout() - leaving))


def _count(response: Response) -> Response:
    _answers.labels(str(response.status_code)).inc()
    if began := g.get("began"):  # noted by engine/logs.py
        _pages.labels(request.endpoint or "none").observe(time.perf_counter() - began)
    return response
