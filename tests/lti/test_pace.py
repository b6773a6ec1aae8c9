"""How many calls at once a platform bears, as its answers teach it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti.pace import BREATH, Pace


def pace(limit: int = 50, slots: int = 50, slowed_to: int | None = None) -> Pace:
    return Pace(limit, slots, slowed_to or limit)


def test_at_first_it_bears_its_limit() -> None:
    assert pace().allowed == 50


def test_a_burst_of_refusals_halves_once() -> None:
    one = pace()
    assert one.turned_away(left_at=1.0, now=1.1)
    for left_at in (1.0, 1.05, 1.1):
        assert not one.turned_away(left_at, now=1.2), "it was on its way already"
    assert one.allowed == 25
    assert one.turned_away(left_at=1.3, now=1.4)
    assert one.allowed == 12


def test_it_grows_by_one_with_each_score_up_to_the_limit() -> None:
    one = pace()
    one.turned_away(1.0, 1.1)
    for _score in range(10):
        one.took_one()
    assert (one.allowed, one.grown) == (35, 10)
    for _score in range(100):
        one.took_one()
    assert (one.allowed, one.grown) == (50, 25)


def test_a_run_with_a_part_of_the_lane_slows_down_by_its_part() -> None:
    one = pace(limit=50, slots=10)
    one.turned_away(1.0, 1.1)
    assert one.allowed == 5


def test_what_others_learned_counts_from_the_start() -> None:
    assert pace(slowed_to=10).allowed == 10


@pytest.mark.parametrize("slots", [1, 4])
def test_one_at_least_is_always_on_its_way(slots: int) -> None:
    one = pace(limit=slots, slots=slots)
    for moment in range(10):
        one.turned_away(float(moment), moment + 0.5)
    assert one.allowed == 1


def test_canvas_s_bucket_that_runs_low_slows_down_before_it_is_empty() -> None:
    one = pace()
    assert one.hears({"X-Rate-Limit-Remaining": "600.0", "X-Request-Cost": "0.5"}) == timedelta(0)
    assert one.allowed == 50
    assert one.hears({"X-Rate-Limit-Remaining": "40.0", "X-Request-Cost": "1"}) == timedelta(0)
    assert one.allowed == 10
    assert one.hears({"X-Rate-Limit-Remaining": "3.9", "X-Request-Cost": "1"}) == BREATH
    assert one.allowed == 1
    assert one.hears({}) == timedelta(0), "Canvas names it only where it is limited"
    assert one.allowed == 50


@pytest.mark.parametrize("said", ["", "much", "nan", "inf", "-5", "1e400", "9" * 400])
def test_a_number_that_is_none_says_nothing(said: str) -> None:
    one = pace()
    assert one.hears({"X-Rate-Limit-Remaining": said, "X-Request-Cost": said}) == timedelta(0)
    assert one.allowed == 50


@given(
    st.integers(1, 60),
    st.integers(1, 60),
    st.lists(st.one_of(st.none(), st.floats(0, 1000), st.just("score")), max_size=60),
)
def test_whatever_happens_it_stays_between_one_and_its_slots(limit: int, slots: int, events: list[object]) -> None:
    one = pace(limit=limit, slots=min(slots, limit))
    for moment, event in enumerate(events):
        if event is None:
            one.turned_away(moment, moment + 0.5)
        elif isinstance(event, float):
            one.hears({"X-Rate-Limit-Remaining": str(event)})
        else:
            one.took_one()
        assert 1 <= one.allowed <= one.slots
        assert 1 <= one.slowed_to <= limit
