"""Whatever is killed, and whenever: each grade ends in the LMS as it was last released, in order, and not twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import pytest

from lti.models.score import Delivery
from tests.faults.lms import Fault
from tests.faults.processes import Column, Tool, until

PEOPLE = 24
AT_ONCE = 4  # that Moodle is sent, and that may hence be on their way when something is killed
SLOW = Fault(at="scores", do="slow", seconds=0.2)


@pytest.fixture
def column(motor: Tool) -> Iterator[Column]:
    yield motor.column(PEOPLE)
    motor.lms.recovers()


@pytest.fixture
def celery_column(celery: Tool) -> Iterator[Column]:
    yield celery.column(PEOPLE)
    celery.lms.recovers()


def begun(motor: Tool, column: Column, given: float) -> None:
    """Release, and wait till some of it was taken and the rest is on its way."""
    motor.lms.fails(SLOW)
    column.release(given)
    taken = len(column.accepted())
    until(lambda: len(column.accepted()) >= taken + AT_ONCE, lambda: f"{motor.kind}: nothing is sent\n{motor.said()}")


def holds(column: Column, repeats: int) -> None:
    """The LMS holds what was released last, told in order; at most so many scores were told again, each later."""
    assert {sub: row.status for sub, row in column.rows().items()} == dict.fromkeys(column.released, Delivery.SENT)
    assert column.grades() == pytest.approx(column.released)
    told: dict[str, list[tuple[str, float]]] = {}
    for score in column.accepted():
        told.setdefault(score["sub"], []).append((score["timestamp"], score["given"]))
    for scores in told.values():
        assert all(one[0] < following[0] for one, following in pairwise(scores)), "each is later than the one before"
    again = Counter(len(scores) - len({given for _at, given in scores}) for scores in told.values())
    assert sum(more * people for more, people in again.items()) <= repeats
    assert max(again) <= 1


def settled(motor: Tool, column: Column, repeats: int = 0) -> None:
    column.wait()
    motor.lms.recovers()
    holds(column, repeats)


def test_who_is_told_to_stop_finishes_or_hands_over_and_repeats_nothing(motor: Tool, column: Column) -> None:
    begun(motor, column, 10)
    stopped = motor.busy()
    assert stopped.stop() == 0, stopped.said()
    stopped.start()
    settled(motor, column)


def test_what_is_killed_in_the_midst_of_a_delivery_costs_nothing(motor: Tool, column: Column) -> None:
    """Who delivers, and the web server with it, just after a release; what was on its way may be told twice."""
    begun(motor, column, 10)
    killed = {motor.busy(), motor.programs["web"]}
    column.release(15)
    for program in killed:
        program.kill()
    motor.pass_time()
    for program in killed:
        program.start()
    settled(motor, column, AT_ONCE)


def test_a_broker_killed_in_the_midst_of_a_delivery_costs_nothing(celery: Tool, celery_column: Column) -> None:
    begun(celery, celery_column, 10)
    workers = [program for name, program in celery.programs.items() if "worker" in name]
    told = [worker.said().count("Cannot connect") for worker in workers]
    celery.programs["redis"].kill()
    celery_column.release(15)  # goes without a broker, since the workers soon look by themselves
    settled(celery, celery_column)
    for worker, before in zip(workers, told, strict=True):
        assert worker.said().count("Cannot connect") - before <= 2, "not each of the three times that it tried by then"
    celery.programs["redis"].start()
    column = celery.column(1)
    column.release(12)
    settled(celery, column)


def test_a_database_restarted_in_the_midst_of_a_delivery_costs_nothing(celery: Tool, celery_column: Column) -> None:
    begun(celery, celery_column, 10)
    celery.restart_database()
    celery_column.release(15)
    settled(celery, celery_column, AT_ONCE)


def test_columns_of_one_lms_share_its_lane_whoever_sends_them(motor: Tool) -> None:
    """Last, since it looks at the most that was on its way at once in all of these tests."""
    motor.lms.fails(SLOW)
    columns = [motor.column(8) for _ in range(3)]
    for column in columns:
        column.release(10)
    for column in columns:
        column.wait()
        holds(column, 0)
    motor.lms.recovers()
    assert 1 < motor.lms.state()["most_at_once"] <= AT_ONCE
