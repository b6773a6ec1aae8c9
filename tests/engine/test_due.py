"""Leases on what is due: one run at a time has a row, and only that one may finish it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import due
from engine.db import db
from engine.due import LEASE, PATIENCE, Due, Task
from engine.lanes import Lanes, Wanted

NOW = datetime(2026, 11, 10, 18, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
SCORES = Wanted(["score"], ["score"])


@pytest.fixture
def rows(app: Flask) -> Iterator[Session]:
    """Two rows of one school, one of another, due in this order."""
    with app.app_context():
        for number, (key, lane) in enumerate((("a", "school"), ("b", "school"), ("c", "other"))):
            due.schedule(db.session, "score", key, NOW - LEASE + number * SECOND, lane)
        db.session.commit()
        yield db.session


def claim(session: Session, now: datetime = NOW) -> Task:
    task = Lanes().claim(session, SCORES, now)
    assert task
    return task


def row(session: Session, key: str) -> Due:
    session.expire_all()
    return session.scalars(select(Due).where(Due.key == key)).one()


def test_a_lease_ends_by_itself_unless_it_is_renewed(rows: Session) -> None:
    task = claim(rows)
    assert due.renew(rows, task, NOW + LEASE)
    rows.commit()
    others = [claim(rows, NOW + LEASE + SECOND), claim(rows, NOW + 2 * LEASE + SECOND)]
    assert [other.key for other in others] == ["c", "a"]


def test_a_lease_that_another_run_has_taken_is_neither_renewed_nor_finished(rows: Session) -> None:
    mine = claim(rows)
    theirs = claim(rows, NOW + LEASE + SECOND)
    assert (mine.key, theirs.key) == ("a", "a")
    assert not due.renew(rows, mine, NOW + 3 * LEASE)
    due.finish(rows, mine, None)
    rows.commit()
    assert (row(rows, "a").leased_by, row(rows, "a").leased_until) == (theirs.lease, NOW + 2 * LEASE + SECOND)


def test_a_long_run_makes_room_for_its_own_lane_and_for_one_that_nobody_serves(rows: Session) -> None:
    """As many schools as there are hands, each with hours to do, must not keep another one's single grade waiting."""
    mine, theirs = claim(rows), claim(rows)
    assert (mine.key, theirs.key) == ("a", "c")
    assert due.others_wait(rows, mine, NOW), "b waits in the same lane"
    assert not due.others_wait(rows, theirs, NOW), "b waits, but its lane is served"
    due.schedule(rows, "score", "d", NOW, "third")
    assert not due.others_wait(rows, theirs, NOW + PATIENCE - SECOND), "somebody is about to take it"
    assert due.others_wait(rows, theirs, NOW + PATIENCE)
    due.schedule(rows, "mail", "e", NOW - PATIENCE, "")
    due.schedule(rows, "score", "d", NOW + LEASE, "third")
    assert not due.others_wait(rows, theirs, NOW + PATIENCE), "neither what is not due, nor what has its own seat"


def test_who_stops_gives_back_their_own_leases_alone(rows: Session) -> None:
    mine, theirs = claim(rows), claim(rows)
    due.give_back(rows, [mine])
    rows.commit()
    assert [row(rows, key).leased_by for key in "abc"] == [None, None, theirs.lease]


def test_what_is_scheduled_anew_while_it_is_worked_on_comes_again_at_once(rows: Session) -> None:
    task = claim(rows)
    due.schedule(rows, "score", "a", NOW, "school")
    due.finish(rows, task, None)
    rows.commit()
    again = row(rows, "a")
    assert (again.version, again.attempts, again.leased_by, again.at) == (task.version + 1, 0, None, NOW)


def test_what_comes_again_later_counts_its_attempts(rows: Session) -> None:
    task = claim(rows)
    due.finish(rows, task, NOW + LEASE)
    rows.commit()
    assert (row(rows, "a").at, row(rows, "a").attempts, row(rows, "a").leased_by) == (NOW + LEASE, 1, None)
