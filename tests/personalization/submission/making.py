"""Amara, her way in an activity, and goes at handing in as far as a test wants them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from personalization.activity.model import Activity
from personalization.choice.model import Choice, Way
from personalization.people.model import Course, Person, Role
from personalization.submission.media import Stored
from personalization.submission.model import Evidence, Submission

NOON = datetime(2026, 12, 1, 18, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def make_person(role: Role, name: str, number: int) -> Person:
    return Person(id=number, course_id=1, user_id=number, role=role, given_name=name, full_name=name)


AMARA = make_person(Role.STUDENT, "Amara", 2)
OKAFOR = make_person(Role.TEACHER, "Ms. Okafor", 1)


def make_choice(picked: bool = True, work_due: datetime | None = NOON + DAY, lock: datetime | None = None) -> Choice:
    course = Course(id=1, context_id=1, title="Biology 9B", label="", lms="", zone="America/Chicago")
    activity = Activity.draft(course, OKAFOR, NOON - 9 * DAY)
    activity.options[0].title = "Field poster"
    choice = Choice(activity=activity, student=AMARA, work_due=work_due, lock=lock, option=None)
    if picked:
        choice.settle(activity.options[0], Way.PICKED, AMARA, NOON - 5 * DAY)
    return choice


def make_go(**dates: Any) -> Submission:
    return Submission.start(make_choice(**dates), None, NOON)


def make_link(url: str = "https://example.org/poster") -> Evidence:
    return Evidence.link(url, "", AMARA, NOON)


def make_file(digest: str = "d" * 64, name: str = "poster.pdf") -> Evidence:
    return Evidence.file(Stored("k" * 32, name, "application/pdf", 1200, digest), AMARA, NOON)


def handed_in(**dates: Any) -> Submission:
    go = make_go(**dates)
    go.save("My poster", "", NOON)
    go.hand_in(AMARA, NOON)
    return go


def verbs(go: Submission) -> list[str]:
    return [event.verb for event in go.choice.events]
