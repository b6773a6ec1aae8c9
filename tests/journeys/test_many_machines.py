"""The journeys that wait for what happens after the page, once more where two workers do it, told by Celery and Redis.

One for each kind of work that they are handed, and for what can come in its way: a grade that follows its hand-in, with
Canvas and with Moodle, a refusal and the second try, a pause that somebody makes and ends, an LMS that is away and then
asks for slower calls, ways that are settled at a deadline, a roster with somebody new, word of a copied course. Of the
others, which wait for a page alone or begin the work themselves, each walks on many machines by TEST_MOTOR=celery.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from demo.run import Demo
from tests.journeys.conftest import PORTS
from tests.journeys.test_copy_notice import test_a_copied_course_is_told_before_anybody_opens_it
from tests.journeys.test_grade import (
    test_canvas_gets_one_hand_in_and_one_grade,
    test_moodle_gets_the_grade_alone_rescaled_to_its_column,
)
from tests.journeys.test_latecomer import test_a_late_joiner_has_days_of_their_own
from tests.journeys.test_must_pick import test_whoever_has_no_plan_after_the_deadline_gets_one
from tests.journeys.test_refused import test_a_refused_grade_is_explained_and_sent_again
from tests.journeys.test_weather import (
    test_a_teacher_pauses_sending_for_the_course_and_lets_it_go_on,
    test_grades_wait_for_an_lms_that_is_down_or_throttled_and_arrive_by_themselves,
    weather,
)
from tests.machines import Shared

__all__ = [
    "test_a_copied_course_is_told_before_anybody_opens_it",
    "test_a_late_joiner_has_days_of_their_own",
    "test_a_refused_grade_is_explained_and_sent_again",
    "test_a_teacher_pauses_sending_for_the_course_and_lets_it_go_on",
    "test_canvas_gets_one_hand_in_and_one_grade",
    "test_grades_wait_for_an_lms_that_is_down_or_throttled_and_arrive_by_themselves",
    "test_moodle_gets_the_grade_alone_rescaled_to_its_column",
    "test_whoever_has_no_plan_after_the_deadline_gets_one",
    "weather",
]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, many: Shared) -> Iterator[Demo]:
    """In place of the one that all other files share."""
    with Demo(tmp_path_factory.mktemp("many"), ports=PORTS, machines=many.of("many")) as running:
        yield running
