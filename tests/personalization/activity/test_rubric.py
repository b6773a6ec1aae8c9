"""Rubrics: rows that keep their numbers, versions that others hold to."""

from __future__ import annotations

from decimal import Decimal

import pytest

from personalization.activity.rubric import Criterion, Rubric, generic_criteria, level_name, make_criterion

WORDS = ["a", "b", "c", "d"]


def test_a_criterion_is_worth_its_highest_level() -> None:
    criterion = make_criterion(1, "Model", "", WORDS, [Decimal(0), Decimal(2), Decimal(4), Decimal("5.5")])
    assert criterion.points == Decimal("5.5")
    assert make_criterion(1, "Model", "", WORDS).points == 4


def test_a_rubric_is_worth_all_its_criteria() -> None:
    assert Rubric(number=1, criteria=generic_criteria()).points == 12
    assert Rubric(number=1, criteria=[]).points == 0


def test_the_generic_rubric_has_three_criteria_with_four_worded_levels() -> None:
    criteria = generic_criteria()
    assert [c.key for c in criteria] == [1, 2, 3]
    assert all(level.text for c in criteria for level in c.levels)
    assert [[level.value for level in c.levels] for c in criteria] == [[1, 2, 3, 4]] * 3


def test_a_level_and_a_criterion_are_found_by_their_numbers() -> None:
    rubric = Rubric(number=1, criteria=generic_criteria())
    reasons = rubric.criterion(2)
    assert reasons is not None
    assert reasons.name == "Reasons"
    third = reasons.level(3)
    assert third is not None
    assert third.value == 3
    assert rubric.criterion(9) is None
    assert reasons.level(5) is None


def test_levels_have_a_word_each() -> None:
    assert len({level_name(n) for n in range(1, 5)}) == 4


def test_rewording_keeps_the_row_of_a_criterion_that_stays() -> None:
    rubric = Rubric(number=1, criteria=[make_criterion(1, "Model", "", WORDS), make_criterion(2, "Numbers", "", WORDS)])
    numbers = rubric.criteria[1]
    rubric.reword(
        [make_criterion(2, "Figures", "All of them", ["e"] * 4, position=1), make_criterion(3, "New", "", WORDS)]
    )
    assert rubric.criteria[0] is numbers
    assert (numbers.name, numbers.description, numbers.levels[0].text) == ("Figures", "All of them", "e")
    assert [(c.key, c.name) for c in rubric.criteria] == [(2, "Figures"), (3, "New")]


@pytest.mark.parametrize(
    "other",
    [
        make_criterion(2, "Model", "", WORDS),
        make_criterion(1, "Models", "", WORDS),
        make_criterion(1, "Model", "Words", WORDS),
        make_criterion(1, "Model", "", ["a", "b", "c", "e"]),
        make_criterion(1, "Model", "", WORDS, [Decimal(n) for n in (1, 2, 3, 5)]),
    ],
)
def test_any_change_of_words_points_or_number_is_a_change(other: Criterion) -> None:
    assert other.wording() != make_criterion(1, "Model", "", WORDS).wording()
