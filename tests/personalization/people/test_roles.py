"""LTI's roles in our words: sub-roles beat main roles, rosters lower nobody, institutions give no right."""

from __future__ import annotations

import pytest

from personalization.people.model import Role
from personalization.people.roles import SYSTEM_ADMINISTRATOR, translate

LIS = "http://purl.imsglobal.org/vocab/lis/v2/"
INSTRUCTOR = f"{LIS}membership#Instructor"
LEARNER = f"{LIS}membership#Learner"
ASSISTANT = f"{LIS}membership/Instructor#TeachingAssistant"
SECTION_ASSISTANT = f"{LIS}membership/Instructor#TeachingAssistantSection"
GRADER = f"{LIS}membership/Instructor#Grader"
DESIGNER = f"{LIS}membership#ContentDeveloper"
OBSERVER = f"{LIS}membership#Mentor"


@pytest.mark.parametrize(
    ("uri", "role"),
    [
        (INSTRUCTOR, Role.TEACHER),
        (f"{LIS}membership/Instructor#PrimaryInstructor", Role.TEACHER),
        (LEARNER, Role.STUDENT),
        (f"{LIS}membership/Learner#GuestLearner", Role.STUDENT),
        (f"{LIS}membership#Member", Role.STUDENT),
        (ASSISTANT, Role.ASSISTANT),
        (SECTION_ASSISTANT, Role.ASSISTANT),
        (GRADER, Role.ASSISTANT),
        (DESIGNER, Role.DESIGNER),
        (OBSERVER, Role.OBSERVER),
        (f"{LIS}membership#Administrator", Role.ADMINISTRATOR),
    ],
)
def test_each_membership_has_its_role(uri: str, role: Role) -> None:
    assert translate([uri], []) == [role]
    assert translate([], [uri]) == [role]


def test_an_assistant_who_is_an_instructor_too_is_an_assistant() -> None:
    """As Canvas sends them."""
    assert translate([INSTRUCTOR, ASSISTANT], []) == [Role.ASSISTANT]
    assert translate([INSTRUCTOR], [ASSISTANT]) == [Role.ASSISTANT]


def test_roles_elsewhere_in_the_school_give_no_right_here() -> None:
    elsewhere = [f"{LIS}institution/person#Instructor", f"{LIS}system/person#User", f"{LIS}institution/person#Faculty"]
    assert translate([LEARNER, *elsewhere], []) == [Role.STUDENT]
    assert translate(elsewhere, []) == [Role.ADMINISTRATOR]


@pytest.mark.parametrize(
    "uris", [[], ["nonsense"], [f"{LIS}membership#Nobody"], [f"{LIS}membership"], ["urn:x#Instructor"]]
)
def test_somebody_without_a_known_role_may_set_up_only(uris: list[str]) -> None:
    assert translate(uris, []) == [Role.ADMINISTRATOR]


def test_someone_who_teaches_and_learns_is_both_and_begins_as_a_teacher() -> None:
    assert translate([LEARNER, INSTRUCTOR], []) == [Role.TEACHER, Role.STUDENT]


def test_a_roster_never_lowers_what_a_launch_said() -> None:
    assert translate([INSTRUCTOR], [INSTRUCTOR]) == [Role.TEACHER]
    assert translate([INSTRUCTOR], []) == [Role.TEACHER]


def test_a_non_editing_teacher_of_moodle_is_an_assistant() -> None:
    """Instructor at launch, Learner in the roster."""
    assert translate([INSTRUCTOR], [LEARNER]) == [Role.ASSISTANT]


def test_somebody_who_launched_as_both_is_not_taken_for_one() -> None:
    assert translate([INSTRUCTOR, LEARNER], [LEARNER]) == [Role.TEACHER, Role.STUDENT]


def test_a_student_s_launch_is_not_raised_by_a_roster_that_says_the_same() -> None:
    assert translate([LEARNER], [LEARNER]) == [Role.STUDENT]


def test_a_moodle_administrator_who_is_not_in_the_roster_sets_up_only() -> None:
    assert translate([INSTRUCTOR, SYSTEM_ADMINISTRATOR], [], listed=False) == [Role.ADMINISTRATOR]


@pytest.mark.parametrize("listed", [True, None])
def test_an_administrator_who_teaches_here_teaches(listed: bool | None) -> None:
    """In the roster, or where no roster could be read."""
    assert translate([INSTRUCTOR, SYSTEM_ADMINISTRATOR], [], listed=listed) == [Role.TEACHER]
