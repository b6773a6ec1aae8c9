"""LTI's roles in the words of the domain. Pure.

Only membership roles count: institution roles speak of the whole school, where a student may well teach elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from personalization.people.model import Role

MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership"
SYSTEM_ADMINISTRATOR = "http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator"

MAIN = {
    "Instructor": Role.TEACHER,
    "Learner": Role.STUDENT,
    "ContentDeveloper": Role.DESIGNER,
    "Mentor": Role.OBSERVER,
    "Administrator": Role.ADMINISTRATOR,
    "Manager": Role.ADMINISTRATOR,
    "Officer": Role.ADMINISTRATOR,
    "Member": Role.STUDENT,
}
ASSISTING = ("TeachingAssistant", "Grader")

# The role someone acts in where they hold several.
ORDER = [Role.TEACHER, Role.ASSISTANT, Role.DESIGNER, Role.STUDENT, Role.OBSERVER, Role.ADMINISTRATOR]


def translate(launch: Iterable[str], roster: Iterable[str], listed: bool | None = None) -> list[Role]:
    """All roles that a person holds in a course, the one to act in first; nobody is left without one.

    Args:
        launch: full role URIs of their last launch; empty where they never launched.
        roster: full role URIs of the last roster.
        listed: whether a roster that was read whole names them; None where none was read.

    A sub-role beats its main role: Canvas assistants carry Instructor too. A roster never lowers what a launch said,
    but shows what kind of teacher it was: Moodle's non-editing teacher is Instructor at launch, Learner in the roster.
    """
    return list(_roles(tuple(launch), tuple(roster), listed))


@lru_cache(maxsize=100)
def _roles(launched: tuple[str, ...], said: tuple[str, ...], listed: bool | None) -> tuple[Role, ...]:
    """Most of a class list of thousands hold the same."""
    by_launch, by_roster = _memberships(launched), _memberships(said)
    roles = by_launch | by_roster
    if Role.ASSISTANT in roles:
        roles.discard(Role.TEACHER)
    if Role.TEACHER in by_launch and by_roster == {Role.STUDENT} and Role.STUDENT not in by_launch:
        roles = {Role.ASSISTANT}
    if SYSTEM_ADMINISTRATOR in launched and Role.TEACHER in roles and listed is False:
        roles = {Role.ADMINISTRATOR}
    return tuple(role for role in ORDER if role in roles) or (Role.ADMINISTRATOR,)


def _memberships(uris: Iterable[str]) -> set[Role]:
    found = set()
    for uri in uris:
        if not uri.startswith(MEMBERSHIP):
            continue
        kind, _hash, name = uri.removeprefix(MEMBERSHIP).partition("#")
        main, sub = (kind.strip("/"), name) if kind else (name, "")
        if main == "Instructor" and sub.startswith(ASSISTING):
            found.add(Role.ASSISTANT)
        elif main in MAIN:
            found.add(MAIN[main])
    return found
