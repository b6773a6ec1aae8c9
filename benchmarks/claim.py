"""How long a claim takes with 100,000 rows that wait in one lane, and a thousand other lanes; and how many a second.

Four cases: nothing is due; the lane with the crowd has room; it has none, and what can be taken stands behind all of
it; the same, and nothing can be taken. Then processes that claim and finish at once, each as fast as it can.
"""

from __future__ import annotations

import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import String, cast, delete, func, literal, select, text, update
from sqlalchemy.orm import Session

from app import create_app
from benchmarks.measure import machine, postgresql, table
from engine import clock, due, many
from engine.config import Config
from engine.db import db
from engine.due import Due
from engine.lanes import Lanes, Wanted

CROWD = 100_000
OTHERS = 1_000  # lanes, each with many rows that are due tomorrow
TIMES = 25
SECONDS = 4.0
KINDS = ["score", "roster"]
ALL = Wanted(KINDS, KINDS)
SHUT = Lanes(lambda lane: 0 if lane == "crowd" else 1, {"score"})
OPEN = Lanes(lambda lane: 50, {"score"})


def fill(session: Session, now: datetime) -> None:
    session.execute(delete(Due))
    crowd = [("crowd", now - timedelta(hours=1) + timedelta(milliseconds=n)) for n in range(CROWD)]
    future = [(f"platform:{n % OTHERS}", now + timedelta(days=1, seconds=n)) for n in range(CROWD)]
    rows = [{"kind": "score", "key": str(n), "lane": lane, "at": at} for n, (lane, at) in enumerate(crowd + future)]
    many.add_missing(session, Due, rows)
    session.commit()
    session.execute(text("ANALYZE due" if session.get_bind().dialect.name == "postgresql" else "ANALYZE"))
    session.commit()


def milliseconds(lanes: Lanes, session: Session, prepare: Callable[[], object], found: bool) -> float:
    """The median of some claims, each undone again."""
    took = []
    for _ in range(TIMES):
        prepare()
        session.commit()
        begun = time.perf_counter()
        task = lanes.claim(session, ALL, clock.real_now())
        took.append(1000 * (time.perf_counter() - begun))
        if (task is not None) != found:
            raise AssertionError(f"claimed {task}")
        if task:
            due.give_back(session, [task])
            session.commit()
    return statistics.median(took)


def cases(session: Session) -> dict[str, float]:
    now = clock.real_now()
    fill(session, now)
    last = update(Due).where(Due.key == str(2 * CROWD - 1))
    crowd = update(Due).where(Due.lane == "crowd")
    took = {
        "the lane of the crowd has room": milliseconds(OPEN, session, lambda: None, True),
        "it has none; nothing else is due": milliseconds(SHUT, session, lambda: None, False),
        "it has none; another lane stands behind it": milliseconds(
            SHUT, session, lambda: session.execute(last.values(at=now)), True
        ),
    }
    session.execute(crowd.values(at=now + timedelta(days=1)))
    session.execute(last.values(at=now + timedelta(days=1)))
    return {"nothing is due": milliseconds(OPEN, session, lambda: None, False)} | took


def claim_and_finish(config: Config, done: multiprocessing.Queue[int]) -> None:
    app, count, end = create_app(config), 0, time.monotonic() + SECONDS
    with app.app_context():
        while time.monotonic() < end:
            if task := OPEN.claim(db.session, ALL, clock.real_now()):
                due.finish(db.session, task, None)
                db.session.commit()
                count += 1
    done.put(count)


def a_second(config: Config, session: Session, claimants: int) -> float:
    """Tasks claimed and finished a second by so many processes, all of them from a hundred lanes."""
    fill(session, clock.real_now())
    session.execute(update(Due).where(Due.lane == "crowd").values(lane=literal("crowd ") + cast(Due.id % 100, String)))
    session.commit()
    spawn = multiprocessing.get_context("spawn")
    done: multiprocessing.Queue[int] = spawn.Queue()
    processes = [spawn.Process(target=claim_and_finish, args=(config, done)) for _ in range(claimants)]
    for process in processes:
        process.start()
    total = sum(done.get(timeout=120) for _ in processes)
    for process in processes:
        process.join()
    left = session.scalar(select(func.count()).select_from(Due).where(Due.at <= clock.real_now()))
    if left != CROWD - total:
        raise AssertionError(f"{CROWD - total} should be left, not {left}")
    return total / SECONDS


def measured(url: str) -> tuple[dict[str, float], dict[int, float]]:
    secret = "benchmarks only, and no secret"  # noqa: S105
    config = Config(secret_key=secret, public_url="http://localhost", database_url=url, testing=True)
    app = create_app(config)
    app.test_cli_runner().invoke(args=["db", "upgrade"], catch_exceptions=False)
    with app.app_context():
        found = cases(db.session)
        rates = {n: a_second(config, db.session, n) for n in (1, 2, 8)}
        db.engine.dispose()
    return found, rates


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, postgresql() as server:
        results = [measured(server.database("claim")), measured(f"sqlite:///{Path(folder)}/claim.sqlite3")]
    (on_postgresql, rates), (on_sqlite, lite) = results
    print(f"A claim, {CROWD:,} rows waiting in one lane, {CROWD:,} more for tomorrow in {OTHERS:,} lanes\n")
    table(
        ["ms", "PostgreSQL", "SQLite"],
        [[case, f"{on_postgresql[case]:.1f}", f"{on_sqlite[case]:.1f}"] for case in on_sqlite],
    )
    print("\nTasks claimed and finished a second\n")
    table(["processes", "PostgreSQL", "SQLite"], [[n, f"{rates[n]:.0f}", f"{lite[n]:.0f}"] for n in rates])
    print(f"\n{machine()}")


if __name__ == "__main__":
    main()
