"""Plain rows do what their class does with what was read of them, and nothing with what was not."""

from __future__ import annotations

import pytest

from engine.plain import NotRead, Plain
from personalization.people.model import Person, Role

WHO = Plain(Person, Person.id, Person.role, Person.given_name, Person.full_name, Person.left_at)
AMARA = (7, Role.STUDENT, "Amara", "Amara Diallo", None)


def test_it_has_its_values_and_does_what_its_class_does() -> None:
    one = WHO.made(AMARA)
    assert (one.id, one.name, one.short_name, one.is_in_class) == (7, "Amara Diallo", "Amara", True)


def test_it_holds_what_its_relationships_are_given() -> None:
    course = object()
    assert WHO.made(AMARA, course=course).course is course


def test_what_was_not_read_raises_and_so_does_what_leans_on_it() -> None:
    one = WHO.made(AMARA)
    for ask in (lambda: one.sort_name, lambda: one.course, lambda: one.sections):
        with pytest.raises(NotRead):
            ask()


def test_two_of_the_same_values_are_two() -> None:
    one, other = WHO.made(AMARA), WHO.made(AMARA)
    assert one != other
    assert {one: 1, other: 2} == {other: 2, one: 1}


def test_it_tells_no_log_who_it_is() -> None:
    assert "Amara" not in f"{WHO.made(AMARA)!r} {WHO.made(AMARA)}"


def test_each_column_has_its_value() -> None:
    with pytest.raises(ValueError, match="4 values for 5 columns of Person"):
        WHO.made(AMARA[:4])
