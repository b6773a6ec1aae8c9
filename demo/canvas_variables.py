"""Canvas's custom variables: what each launch and each roster expands (lib/lti/variable_expander.rb)."""

from __future__ import annotations

import json
from datetime import datetime

from demo.base import GRADED, Role
from demo.store import Activity, Course, Enrolment, Person

SECTION_IDS = {"Period 3": "42", "Period 5": "43"}


def launch_values(
    person: Person, course: Course, activity: Activity | None, enrolment: Enrolment | None
) -> dict[str, str]:
    """Every variable that this launch expands; the others stay as they are written, as in Canvas."""
    found = roster_values(person, course, enrolment) | {
        "Canvas.enrollment.enrollmentState": "active" if enrolment else "",
        "Canvas.course.workflowState": "available",
        "Context.id.history": course.history,
        "com.instructure.User.student_view": _flag(enrolment and enrolment.role is Role.TEST_STUDENT),
        "com.instructure.User.observees": enrolment.observes.uuid if enrolment and enrolment.observes else "",
    }
    if enrolment and enrolment.role is Role.TEST_STUDENT:
        teacher = next(one.person for one in course.enrolments if one.role is Role.TEACHER)
        found["Canvas.masqueradingUser.userId"] = teacher.uuid
    if activity and activity.columns:
        found |= _assignment_values(person, activity, enrolment)
    return found


def roster_values(person: Person, course: Course, enrolment: Enrolment | None) -> dict[str, str]:
    """The few variables that expand in a roster's `message` too (names_and_roles_serializer.rb)."""
    sections = [name for name in enrolment.section.split(",") if name] if enrolment else []
    return {
        "Canvas.user.id": str(500 + person.id),
        "Canvas.course.id": str(course.id),
        "Canvas.course.sectionIds": ",".join(SECTION_IDS[name] for name in sections),
        "Canvas.course.sectionRestricted": _flag(enrolment and enrolment.limited),
        "com.instructure.User.sectionNames": json.dumps(sections, separators=(",", ":")),
        "Canvas.group.contextIds": "",
        "Canvas.user.prefersHighContrast": "false",
        "Canvas.user.prefersDyslexicFont": "false",
        "Person.address.timezone": person.zone,
        "Message.locale": person.locale,
        "User.id": person.uuid,
    }


def _assignment_values(person: Person, activity: Activity, enrolment: Enrolment | None) -> dict[str, str]:
    """Dates: a student's own; for others the latest, and only where everybody has one."""
    student = bool(enrolment and enrolment.role in GRADED)
    every = [activity.due_at, *(extension.due_at for extension in activity.extensions)]
    dates = sorted(date for date in every if date)
    due = activity.due_for(person) if student else (dates[-1] if len(dates) == len(every) else None)
    found = {
        "Canvas.assignment.published": "true",
        "Canvas.assignment.pointsPossible": f"{activity.columns[0].maximum:g}",
        "Canvas.assignment.title": activity.title,
        "Canvas.assignment.allDueAts.iso8601": ",".join(_iso(date) if date else "" for date in every),
        "Canvas.assignment.earliestEnrollmentDueAt.iso8601": _iso(dates[0]) if dates else "",
        "com.instructure.Assignment.anonymous_grading": "false",
    }
    for names, date in (
        (("Canvas.assignment.dueAt.iso8601", "ResourceLink.submission.endDateTime"), due),
        (("Canvas.assignment.unlockAt.iso8601", "ResourceLink.available.startDateTime"), activity.opens_at),
        (("Canvas.assignment.lockAt.iso8601", "ResourceLink.available.endDateTime"), activity.locks_at),
    ):
        found |= {name: _iso(date) for name in names if date}
    return found


def _iso(date: datetime) -> str:
    return date.strftime("%Y-%m-%dT%H:%M:%SZ")


def _flag(value: object) -> str:
    return "true" if value else "false"
