"""What is arranged for one student: writing it, ending it, who may read it. No database."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from personalization.accommodation.model import Accommodation, Terms
from personalization.errors import BadInput, Stale
from personalization.people.model import Person, Role
from tests.cast import NOON

LATER = NOON + timedelta(days=1)
HALF = Terms(factor=Decimal("1.5"), formats="Audio", shown_to=(5,), not_asked={7: (2,)})


def person(role: Role = Role.TEACHER, id_: int = 1, course_id: int = 1) -> Person:
    return Person(id=id_, course_id=course_id, role=role, full_name="Adaeze Okafor", first_seen_at=NOON)


def make(terms: Terms = HALF) -> Accommodation:
    one = Accommodation.begin(person(Role.STUDENT, 9), terms, person(), NOON)
    one.row_version = 1
    return one


def test_what_is_written_is_what_holds() -> None:
    one = make()
    assert one.terms == HALF
    assert one.allowance.factor == Decimal("1.5")
    assert one.in_force
    assert one.changes == []


@pytest.mark.parametrize("nothing", [Terms(), Terms(factor=Decimal(1)), Terms(shown_to=(5,)), Terms(not_asked={7: ()})])
def test_something_must_be_different(nothing: Terms) -> None:
    with pytest.raises(BadInput):
        make(nothing)
    one = make()
    with pytest.raises(BadInput):
        one.write(nothing, 1, person(), LATER)
    assert one.terms == HALF
    assert one.changes == []


def test_a_change_keeps_what_was_before_and_who_made_it() -> None:
    one, ben = make(), person(id_=2)
    assert one.write(Terms(days=3), 1, ben, LATER)
    assert one.terms == Terms(days=3)
    assert (one.written_by, one.written_at) == (ben, LATER)
    assert [(change.by, change.at, change.terms) for change in one.changes] == [(ben, LATER, HALF)]


def test_the_same_again_is_no_change_whatever_page_it_comes_from() -> None:
    one = make()
    assert not one.write(HALF, 0, person(), LATER)
    assert one.written_at == NOON
    assert one.changes == []


def test_what_somebody_else_changed_meanwhile_is_not_overwritten() -> None:
    one = make()
    one.row_version = 2
    with pytest.raises(Stale, match="Adaeze Okafor"):
        one.write(Terms(days=3), 1, person(id_=2), LATER)
    with pytest.raises(Stale):
        one.end(1, person(id_=2), LATER)
    assert one.terms == HALF
    assert one.in_force


def test_once_ended_it_gives_no_time_and_may_begin_anew() -> None:
    one = make()
    assert one.end(1, person(), LATER)
    assert not one.allowance
    assert not one.end(1, person(), LATER)
    assert len(one.changes) == 1
    assert one.write(HALF, 1, person(), LATER)
    assert one.in_force
    assert one.changes[-1].before["ended_at"] == LATER.isoformat()


@pytest.mark.parametrize(
    ("reader", "may"),
    [
        (person(Role.TEACHER, 3), True),
        (person(Role.ASSISTANT, 5), True),
        (person(Role.ASSISTANT, 6), False),
        (person(Role.DESIGNER, 5), False),
        (person(Role.ADMINISTRATOR, 5), False),
        (person(Role.STUDENT, 5), False),
        (person(Role.OBSERVER, 5), False),
        (person(Role.TEACHER, 3, course_id=2), False),
    ],
)
def test_it_is_read_by_teachers_and_by_the_assistants_named(reader: Person, may: bool) -> None:
    assert make().may_be_read_by(reader) is may


def test_once_ended_it_is_no_assistants_business() -> None:
    one = make()
    one.end(1, person(), LATER)
    assert not one.may_be_read_by(person(Role.ASSISTANT, 5))
    assert one.may_be_read_by(person())
