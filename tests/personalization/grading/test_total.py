"""How levels become points: earned ÷ asked × points, half up to two decimals."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalization.activity.rubric import Level, Rubric, make_criterion
from personalization.grading.total import total

WORDS = ["starts", "half", "there", "further"]


def make_rubric(*criteria: int, fourth: int = 4) -> Rubric:
    """A criterion per key, worth 1, 2, 3 and `fourth` points."""
    rubric = Rubric(number=1, criteria=[make_criterion(key, f"Criterion {key}", "", WORDS) for key in criteria])
    for criterion in rubric.criteria:
        criterion.levels[3].points = Decimal(fourth)
    return rubric


@pytest.mark.parametrize(
    ("levels", "out_of", "points"),
    [
        ({1: 4, 2: 4, 3: 3, 4: 3}, 16, "14.00"),
        ({1: 4, 2: 4, 3: 4, 4: 4}, 100, "100.00"),
        ({1: 1, 2: 1, 3: 1, 4: 1}, 100, "25.00"),
        ({1: 4, 2: 3}, 16, "14.00"),  # two criteria not asked are in neither sum
        ({1: 1}, 10, "2.50"),
        ({}, 10, "0.00"),
        ({1: 4}, 0, "0.00"),
    ],
)
def test_total_is_what_was_earned_of_what_was_asked(levels: dict[int, int], out_of: int, points: str) -> None:
    assert str(total(make_rubric(1, 2, 3, 4), levels, Decimal(out_of))) == points


def test_half_a_hundredth_is_rounded_up() -> None:
    # 1 of 8 of 0.36 points is 0.045
    assert total(make_rubric(1, fourth=8), {1: 1}, Decimal("0.36")) == Decimal("0.05")
    assert total(make_rubric(1, 2, 3), {1: 1, 2: 1, 3: 2}, Decimal(10)) == Decimal("3.33")


def test_an_adjustment_comes_on_top_and_never_below_nothing() -> None:
    rubric = make_rubric(1)
    assert total(rubric, {1: 2}, Decimal(10), Decimal("1.5")) == Decimal("6.50")
    assert total(rubric, {1: 2}, Decimal(10), Decimal(-6)) == Decimal(0)
    assert total(rubric, {1: 4}, Decimal(10), Decimal(2)) == Decimal(12), "extra credit may pass the points"


def test_levels_may_be_worth_what_the_teacher_says() -> None:
    rubric = make_rubric(1)
    rubric.criteria[0].levels = [
        Level(value=1, text="", points=Decimal(0)),
        Level(value=2, text="", points=Decimal(20)),
    ]
    assert total(rubric, {1: 1}, Decimal(10)) == 0
    assert total(rubric, {1: 2}, Decimal(10)) == 10


@given(st.dictionaries(st.integers(1, 4), st.integers(1, 4)), st.decimals(0, 1000, places=2))
def test_without_an_adjustment_the_total_stays_between_nothing_and_all(levels: dict[int, int], out_of: Decimal) -> None:
    assert 0 <= total(make_rubric(1, 2, 3, 4), levels, out_of) <= out_of
