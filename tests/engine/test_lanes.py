"""Which row comes next: the oldest whose lane has room, with a fair part of its lane, whatever waits before it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, insert, select, text
from sqlalchemy.orm import Session

from engine import due, lanes
from engine.db import db
from engine.due import LEASE, Due, Task
from engine.lanes import WINDOW, Lanes, Wanted
from tests.replay import engine_of

NOW = datetime(2026, 11, 10, 18, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
KINDS = ["score", "roster"]
LIMITS = {"narrow": 1, "broad": 4, "shut": 0}


def room(lane: str) -> int:
    return LIMITS.get(lane, 1)


@pytest.fixture
def rows(app: Flask) -> Iterator[Session]:
    with app.app_context():
        yield db.session


def fill(session: Session, *lanes: str, kind: str = "score", at: datetime = NOW - LEASE) -> None:
    """A row for each name, due one second after the other."""
    before = session.scalar(select(func.count()).select_from(Due)) or 0
    for number, lane in enumerate(lanes):
        due.schedule(session, kind, f"{before + number}", at + number * SECOND, lane)
    session.commit()


def claim(session: Session, wanted: Wanted | None = None, now: datetime = NOW) -> Task | None:
    return Lanes(room, {"score"}).claim(session, wanted or Wanted(KINDS, KINDS), now)


def claim_all(session: Session, wanted: Wanted | None = None) -> list[tuple[str, int]]:
    """(lane, slots) of all that can be had at one moment."""
    had = []
    while task := claim(session, wanted):
        had.append((task.lane, task.slots))
    return had


def test_a_lane_has_as_many_tasks_at_a_time_as_it_has_room_for_and_the_oldest_goes_first(rows: Session) -> None:
    fill(rows, "narrow", "narrow", "other", "broad", "broad", "shut", "", "", kind="roster")
    assert claim_all(rows) == [("narrow", 1), ("other", 1), ("broad", 1), ("broad", 1), ("", 1), ("", 1)]


@pytest.mark.parametrize(
    ("waiting", "slots"), [(1, [4]), (2, [2, 2]), (3, [2, 2]), (4, [1, 1, 1, 1]), (9, [1, 1, 1, 1])]
)
def test_rows_of_a_lane_share_its_slots_and_one_alone_has_them_all(
    rows: Session, waiting: int, slots: list[int]
) -> None:
    fill(rows, *["broad"] * waiting)
    assert claim_all(rows) == [("broad", number) for number in slots]


def test_a_kind_that_is_not_wide_takes_one_slot_and_leaves_the_rest(rows: Session) -> None:
    fill(rows, "broad", kind="roster")
    fill(rows, "broad", at=NOW)
    assert claim_all(rows) == [("broad", 1), ("broad", 2)]


def test_what_comes_later_takes_no_slot_from_what_is_due(rows: Session) -> None:
    fill(rows, "broad")
    fill(rows, *["broad"] * 5, at=NOW + SECOND)
    assert claim_all(rows) == [("broad", 4)]


def test_slots_are_free_again_when_their_lease_is_over(rows: Session) -> None:
    fill(rows, "broad", "broad")
    assert claim_all(rows) == [("broad", 2), ("broad", 2)]
    rows.execute(text("UPDATE due SET slots = 4"))
    rows.commit()
    again = claim(rows, now=NOW + LEASE + SECOND)
    assert again
    assert again.slots == 2


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(KINDS, KINDS, not_in={"a"}), ["b", ""]),
        (Wanted(KINDS, KINDS, later={"a", "b"}), ["", "a", "b"]),
        (Wanted((), KINDS), [""]),
        (Wanted(KINDS, ()), ["a", "b"]),
        (Wanted(["roster"], KINDS), [""]),
    ],
)
def test_a_claim_takes_what_is_wanted_alone(rows: Session, wanted: Wanted, found: list[str]) -> None:
    fill(rows, "a", "b", "")
    assert [lane for lane, _slots in claim_all(rows, wanted)] == found


def test_whatever_waits_in_a_lane_that_is_full_hides_no_other(rows: Session) -> None:
    """More rows than are read at first, and then a lane after another, each by its oldest row."""
    crowd = [f"crowd {number}" for number in range(WINDOW + 1)]
    rows.execute(insert(Due), [{"kind": "score", "key": key, "lane": "shut", "at": NOW - LEASE} for key in crowd])
    fill(rows, "z", "a", "", "a", at=NOW - 9 * SECOND)
    assert [lane for lane, _slots in claim_all(rows)] == ["z", "a", ""]


def test_two_who_claim_at_the_same_moment_share_no_slot(
    app: Flask, rows: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have looked before either takes."""
    fill(rows, *["broad"] * 3, "other")
    looked, look = threading.Barrier(6), lanes._used
    had: list[Task | None] = []

    def slowly(leases: Sequence[lanes.Lease]) -> dict[str, int]:
        looked.wait(10)
        return look(leases)

    def one() -> None:
        with app.app_context():
            had.append(claim(db.session))

    monkeypatch.setattr(lanes, "_used", slowly)
    threads = [threading.Thread(target=one) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(had) == 6
    taken = [task for task in had if task]
    assert len({task.id for task in taken}) == len(taken)
    assert sum(task.slots for task in taken if task.lane == "broad") == 4
    assert {task.lane for task in taken} == {"broad", "other"}


@pytest.mark.one_database("postgresql")
def test_who_waits_for_one_lane_holds_up_no_other(app: Flask, rows: Session, database_url: str) -> None:
    if "postgresql" not in database_url:
        pytest.skip("SQLite has one writer anyhow")
    fill(rows, "narrow", "other")
    with engine_of(database_url).connect() as somebody:
        somebody.execute(select(func.pg_advisory_xact_lock(lanes.LOCKS, func.hashtext("narrow"))))
        task = claim(rows, Wanted(KINDS, KINDS, not_in={"narrow"}))
        assert task
        assert task.lane == "other"


def test_looking_where_nothing_is_due_takes_two_statements(rows: Session) -> None:
    """Each process asks every second."""
    fill(rows, *["broad"] * 3, at=NOW + SECOND)
    seen: list[str] = []
    event.listen(db.engine, "before_cursor_execute", note := lambda *about: seen.append(about[2]))
    try:
        assert claim(rows) is None
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert len([statement for statement in seen if statement != "BEGIN"]) == 2, seen


def test_no_row_that_merely_waits_is_looked_at(rows: Session) -> None:
    """Thousands are due tomorrow, or at one moment: neither are they gone through nor put in order, at any step."""
    lite = db.engine.dialect.name == "sqlite"
    for at in (NOW + LEASE, NOW - LEASE):
        several = [{"kind": "score", "key": f"{at} {n}", "lane": f"lane {n % 30}", "at": at} for n in range(900)]
        rows.execute(insert(Due), several)
    rows.commit()
    rows.execute(text("ANALYZE due"))
    rows.commit()
    plans: list[str] = []

    def explain(connection: Any, cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        if statement.startswith(("SELECT due", "UPDATE")):
            cursor.execute(f"EXPLAIN {'QUERY PLAN' if lite else ''} {statement}", parameters)
            plans.append(" ".join(str(word) for row in cursor.fetchall() for word in row))

    event.listen(db.engine, "before_cursor_execute", explain)
    try:
        task = claim(rows)
        assert task
        due.others_wait(rows, task, NOW - 9 * LEASE)
        due.give_back(rows, [task])
    finally:
        event.remove(db.engine, "before_cursor_execute", explain)
    assert len(plans) >= 8
    for plan in plans:
        assert not any(step in plan for step in ("SCAN due", "TEMP B-TREE", "Seq Scan", "Sort")), plan
