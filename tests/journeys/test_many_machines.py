"""The journeys that wait for what happens after the page, once more where two workers do it, told by Celery and Redis.

A grade that follows its hand-in, a pause that somebody makes and ends, an LMS that is away and then asks for slower
calls, word of a copied course. All other journeys walk on many machines by TEST_MOTOR=celery.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from demo.run import Demo
from tests.journeys.conftest import PORTS
from tests.journeys.test_copy_notice import test_a_copied_course_is_told_before_anybody_opens_it
from tests.journeys.test_grade import test_canvas_gets_one_hand_in_and_one_grade
from tests.journeys.test_weather import (
    test_a_teacher_pauses_sending_for_the_course_and_lets_it_go_on,
    test_grades_wait_for_an_lms_that_is_down_or_throttled_and_arrive_by_themselves,
    weather,
)
from tests.machines import Shared

__all__ = [
    "test_a_copied_course_is_told_before_anybody_opens_it",
    "test_a_teacher_pauses_sending_for_the_course_and_lets_it_go_on",
    "test_canvas_gets_one_hand_in_and_one_grade",
    "test_grades_wait_for_an_lms_that_is_down_or_throttled_and_arrive_by_themselves",
    "weather",
]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, many: Shared) -> Iterator[Demo]:
    """In place of the one that all other files share."""
    with Demo(tmp_path_factory.mktemp("many"), ports=PORTS, machines=many.of("many")) as running:
        yield running
