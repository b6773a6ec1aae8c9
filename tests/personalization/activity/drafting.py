"""A draft as a teacher leaves it after four fields."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from personalization.activity.model import Activity
from personalization.people.model import Course, Person, Role

NOON = datetime(2026, 11, 10, 18, 0, tzinfo=UTC)
DAYS_20 = NOON + timedelta(days=20)


def make_draft(**more: Any) -> Activity:
    course = Course(id=1, title="Biology 9B", zone="America/Chicago")
    teacher = Person(id=1, course=course, role=Role.TEACHER, full_name="Adaeze Okafor")
    activity = Activity.draft(course, teacher, NOON)
    activity.title, activity.shows = "Energy in our pond", "Where does the energy go?"
    activity.options[0].title, activity.options[1].title = "Field poster", "Data story"
    for name, value in more.items():
        setattr(activity, name, value)
    return activity
