"""Leases on what is due: one owner per row, one row per lane."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import due
from engine.db import db
from engine.due import LEASE, Due, Task

NOW = datetime(2026, 11, 10, 18, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
KINDS = ["score"]


@pytest.fixture
def rows(app: Flask) -> Iterator[Session]:
    """Two rows of one school, one of another, due in this order."""
    with app.app_context():
        for number, (key, lane) in enumerate((("a", "school"), ("b", "school"), ("c", "other"))):
            due.schedule(db.session, "score", key, NOW - LEASE + number * SECOND, lane)
        db.session.commit()
        yield db.session


def claim(session: Session, owner: str, now: datetime = NOW, *not_in: str) -> Task | None:
    task = due.claim(session, KINDS, now, owner, not_in)
    session.commit()
    return task


def test_a_lane_has_one_task_at_a_time_and_the_oldest_goes_first(rows: Session) -> None:
    assert [task and task.key for task in (claim(rows, "me"), claim(rows, "you"), claim(rows, "them"))] == [
        "a", "c", None
    ]  # fmt: skip


def test_lanes_that_had_their_turn_are_passed_over(rows: Session) -> None:
    task = claim(rows, "me", NOW, "school")
    assert task
    assert (task.key, task.lane) == ("c", "other")


def test_two_who_claim_at_the_same_moment_never_share_a_lane(app: Flask, rows: Session) -> None:
    claim(rows, "them", NOW, "school")  # leaves the two rows of one lane
    first = due.claim(rows, KINDS, NOW, "me")  # not committed yet
    second: list[Task | None] = []

    def another() -> None:
        with app.app_context():
            second.append(claim(db.session, "you"))

    thread = threading.Thread(target=another)
    thread.start()
    thread.join(0.3)
    rows.commit()
    thread.join(10)
    assert first
    assert first.key == "a"
    assert second == [None]


def test_a_lease_ends_by_itself_unless_it_is_renewed(rows: Session) -> None:
    task = claim(rows, "me")
    assert task
    due.renew(rows, task, "me", NOW + LEASE)
    rows.commit()
    others = [claim(rows, "you", NOW + LEASE + SECOND), claim(rows, "them", NOW + 2 * LEASE + SECOND)]
    assert [other and other.key for other in others] == ["c", "a"]


def test_a_lease_that_another_has_taken_is_not_renewed(rows: Session) -> None:
    mine = claim(rows, "me")
    assert mine
    assert claim(rows, "you", NOW + LEASE + SECOND, "other") == mine
    due.renew(rows, mine, "me", NOW + 3 * LEASE)
    rows.commit()
    row = rows.scalars(select(Due).where(Due.key == "a")).one()
    assert (row.leased_by, row.leased_until) == ("you", NOW + 2 * LEASE + SECOND)


def test_who_stops_gives_back_their_own_leases_alone(rows: Session) -> None:
    claim(rows, "me")
    claim(rows, "you")
    due.give_back(rows, "me")
    rows.commit()
    assert rows.scalars(select(Due.leased_by).order_by(Due.key)).all() == [None, None, "you"]
