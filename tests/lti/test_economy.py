"""What delivering costs: statements for each score, requests while a platform is left alone."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime

import pytest
import requests

from engine.clock import real_now
from engine.db import db
from lti import traffic
from lti.models.score import Delivery
from tests.lti.desk import Desk
from tests.statements import statements_of


def statements_for(desk: Desk, scores: int, name: str) -> int:
    """How many statements the worker needs to deliver that many."""
    for number in range(scores):
        desk.score(10, sub=f"{name}-{number}")
    with statements_of(desk.app) as seen:
        desk.run_for(5)
    assert desk.row(f"{name}-{scores - 1}").status is Delivery.SENT
    return len(seen)


def test_a_score_costs_a_handful_of_statements(canvas: Desk) -> None:
    """Read and noted as leaving, its token, read and noted as arrived; a run has its own few."""
    few, many = statements_for(canvas, 2, "few"), statements_for(canvas, 12, "many")
    assert (many - few) / 10 <= 5
    assert many <= 12 * 5 + 20


def test_reading_a_column_costs_the_same_for_many(canvas: Desk) -> None:
    for number in range(30):
        canvas.score(10, sub=f"user-{number}")
    canvas.run_for(5)
    asked = len(canvas.book.reads)
    canvas.look()
    assert len(canvas.book.reads) == asked + 1


@pytest.mark.parametrize("as_date", [False, True])
def test_retry_after_counts_as_seconds_and_as_a_date(canvas: Desk, as_date: bool) -> None:
    said = format_datetime(real_now() + timedelta(seconds=90), usegmt=True) if as_date else "90"
    canvas.book.hook = lambda score: (429, {"Retry-After": said}, "")
    canvas.score(10)
    canvas.run_for(1)
    pause = canvas.pause()
    assert pause is not None
    assert pause.until is not None
    assert timedelta(seconds=80) < pause.until - real_now() <= timedelta(seconds=90)


@pytest.mark.parametrize("said", ["999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_nobody_makes_us_wait_for_more_than_an_hour(canvas: Desk, said: str) -> None:
    canvas.book.hook = lambda score: (429, {"Retry-After": said}, "")
    canvas.score(10)
    canvas.run_for(1)
    pause = canvas.pause()
    assert pause is not None
    assert pause.until is not None
    assert pause.until - real_now() <= timedelta(hours=1)


@pytest.mark.parametrize("said", ["soon", "-5", "Fri, 99 Dec 2026", "1.5", "\u00b2"])
def test_a_retry_after_that_says_nothing_is_left_to_the_usual_waiting(canvas: Desk, said: str) -> None:
    canvas.book.hook = lambda score: (429, {"Retry-After": said}, "")
    canvas.score(10)
    canvas.run_for(1)
    pause = canvas.pause()
    assert pause is not None
    assert pause.until is not None
    assert pause.until - real_now() <= timedelta(seconds=10)


def test_reading_too_leaves_a_platform_alone_that_wants_it(canvas: Desk) -> None:
    canvas.book.line_item_answer = (429, {"Retry-After": "300"}, "")
    canvas.look()
    asked = len(canvas.lms.wire.calls)
    canvas.score(10)
    canvas.run_for(100)
    canvas.look()
    assert len(canvas.lms.wire.calls) == asked
    canvas.book.line_item_answer = None
    canvas.run_for(300)
    assert canvas.book.grades == {"user-1": 10}


def test_an_unreachable_platform_is_left_alone_ever_longer(canvas: Desk) -> None:
    def cut(score: object) -> None:
        raise requests.ConnectionError("cut")

    canvas.book.hook = cut
    for number in range(5):
        canvas.score(10, sub=f"user-{number}")
    waits = []
    for _time in range(5):
        canvas.run_for(1)
        pause = canvas.pause()
        assert pause is not None
        assert pause.until is not None
        assert "could not be reached" in pause.why
        waits.append(round((pause.until - real_now()).total_seconds(), -1))
        canvas.clock.move_to(pause.until + timedelta(seconds=1))
    assert len(canvas.book.posts) == 5, "one request each time, whatever waits"
    assert waits == sorted(waits)
    assert waits[-1] == 600, "a teacher waits for it"


def test_after_a_pause_the_columns_that_did_not_fail_come_first(canvas: Desk) -> None:
    """A score at which the platform never answers must not keep all others for ever."""

    def cut(score: dict[str, str]) -> None:
        if score["userId"] == "user-0":
            raise requests.ConnectionError("cut")

    canvas.book.hook = cut
    for number in range(4):
        canvas.score(10, sub=f"user-{number}")
    canvas.run_for(1)
    canvas.run_for(10)
    assert sorted(canvas.book.grades) == ["user-1", "user-2", "user-3"]


def test_a_run_that_is_told_to_stop_notes_what_came_back_and_leaves_the_rest_to_the_next(
    canvas: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traffic, "LOOK_SECONDS", 0)
    for number in range(5):
        canvas.score(10, sub=f"user-{number}")
    task = canvas.worker.take()
    assert task
    canvas.book.hook = lambda score: task.stops.set()
    canvas.worker.do(task)
    assert len(canvas.book.posts) == 1
    assert [canvas.row(f"user-{number}").status for number in range(5)].count(Delivery.SENT) == 1
    canvas.book.hook = lambda score: None
    canvas.run_for(0)
    assert len(canvas.book.posts) == 5, "none was told twice"


def test_a_restart_forgets_no_pause(canvas: Desk) -> None:
    canvas.book.hook = lambda score: (429, {"Retry-After": "300"}, "")
    canvas.score(10)
    canvas.run_for(1)
    with canvas.app.app_context():
        db.engine.dispose()
    canvas.run_for(100)
    assert len(canvas.book.posts) == 1
