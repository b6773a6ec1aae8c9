"""How levels become points: earned ÷ asked × points, half up to two decimals."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalization.accommodation import demands
from personalization.activity.rubric import Criterion, Level, Rubric, make_criterion
from personalization.grading.total import total

WORDS = ["starts", "half", "there", "further"]


def make_rubric(*criteria: int, fourth: int = 4) -> Rubric:
    """A criterion per key, worth 1, 2, 3 and `fourth` points."""
    rubric = Rubric(number=1, criteria=[make_criterion(key, f"Criterion {key}", "", WORDS) for key in criteria])
    for criterion in rubric.criteria:
        criterion.levels[3].points = Decimal(fourth)
    return rubric


def asked(rubric: Rubric, keys: Collection[int]) -> list[Criterion]:
    return [c for c in rubric.criteria if c.key in keys]


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
    assert str(total(asked(make_rubric(1, 2, 3, 4), levels), levels, Decimal(out_of))) == points


def test_half_a_hundredth_is_rounded_up() -> None:
    # 1 of 8 of 0.36 points is 0.045
    assert total(make_rubric(1, fourth=8).criteria, {1: 1}, Decimal("0.36")) == Decimal("0.05")
    assert total(make_rubric(1, 2, 3).criteria, {1: 1, 2: 1, 3: 2}, Decimal(10)) == Decimal("3.33")


def test_an_adjustment_comes_on_top_and_never_below_nothing() -> None:
    one = make_rubric(1).criteria
    assert total(one, {1: 2}, Decimal(10), Decimal("1.5")) == Decimal("6.50")
    assert total(one, {1: 2}, Decimal(10), Decimal(-6)) == Decimal(0)
    assert total(one, {1: 4}, Decimal(10), Decimal(2)) == Decimal(12), "extra credit may pass the points"


def test_levels_may_be_worth_what_the_teacher_says() -> None:
    rubric = make_rubric(1)
    rubric.criteria[0].levels = [
        Level(value=1, text="", points=Decimal(0)),
        Level(value=2, text="", points=Decimal(20)),
    ]
    assert total(rubric.criteria, {1: 1}, Decimal(10)) == 0
    assert total(rubric.criteria, {1: 2}, Decimal(10)) == 10


# Fewer demands, with rubrics of any size and worth


@dataclass(frozen=True)
class Marked:
    """A rubric of any worth, a level in each of its criteria, and what is not asked of the student."""

    rubric: Rubric
    levels: dict[int, int]
    not_asked: list[int]

    @property
    def asked(self) -> list[Criterion]:
        return demands.asked(self.rubric.criteria, self.not_asked)

    def total(self, out_of: Decimal) -> Decimal:
        return total(self.asked, self.levels, out_of)


worths = st.lists(st.decimals(0, 1000, places=2), min_size=4, max_size=4).map(sorted)


@st.composite
def marked(draw: st.DrawFn) -> Marked:
    keys = draw(st.lists(st.integers(1, 30), min_size=1, max_size=10, unique=True))
    rows = [make_criterion(key, f"Criterion {key}", "", WORDS, draw(worths)) for key in keys]
    levels = {key: draw(st.integers(1, 4)) for key in keys}
    return Marked(Rubric(number=1, criteria=rows), levels, draw(st.lists(st.integers(1, 30))))


points = st.decimals(0, 1000, places=2)


@given(marked(), points)
def test_without_an_adjustment_the_total_stays_between_nothing_and_all(one: Marked, out_of: Decimal) -> None:
    assert 0 <= one.total(out_of) <= out_of


@given(marked(), points)
def test_a_criterion_that_is_not_asked_is_in_neither_sum(one: Marked, out_of: Decimal) -> None:
    """The arithmetic again, in fractions: earned ÷ asked × points, over what is left."""
    left = [c for c in one.rubric.criteria if c.key not in one.not_asked] or one.rubric.criteria
    earned = sum(Fraction(c.levels[one.levels[c.key] - 1].points) for c in left)
    possible = sum(Fraction(c.levels[-1].points) for c in left)
    exact = earned / possible * Fraction(out_of) if possible else Fraction(0)
    assert abs(Fraction(one.total(out_of)) - exact) <= Fraction(1, 200) + Fraction(1, 10**9)


@given(marked(), points, st.integers(1, 4))
def test_what_is_not_asked_may_be_marked_in_any_way(one: Marked, out_of: Decimal, level: int) -> None:
    asked_keys = {c.key for c in one.asked}
    otherwise = {key: value if key in asked_keys else level for key, value in one.levels.items()}
    assert total(one.asked, otherwise, out_of) == one.total(out_of)


@given(marked(), points)
def test_the_best_in_all_that_is_asked_is_all_the_points(one: Marked, out_of: Decimal) -> None:
    best = total(one.asked, dict.fromkeys(one.levels, 4), out_of)
    assert best == (out_of if any(c.points for c in one.asked) else 0)


def test_a_criterion_asked_and_not_marked_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        total(make_rubric(1, 2).criteria, {1: 4}, Decimal(10))
