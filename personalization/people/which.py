"""A course as whoever runs the tool names it: by its id in the LMS, and by the platform where several have that id."""

from __future__ import annotations

import click

from engine.printed import printed
from personalization.people import roster
from personalization.people.model import Course


class Unclear(click.ClickException):
    """No course, or several, go by that name."""

    exit_code = 2


def find_course(context_id: str, platform_id: int | None) -> tuple[int, Course] | None:
    """(platform id, course); None where there is none.

    Raises:
        Unclear: several have that id; they are listed.
    """
    found = roster.courses_named(context_id, platform_id)
    if len(found) > 1:
        named = "\n".join(
            f"  --platform {number}\t{printed(name)}\t{printed(course.name)}" for number, name, course in found
        )
        raise Unclear(f"Several courses have the id {context_id}. Say which one you mean:\n{named}")
    return (found[0][0], found[0][2]) if found else None


def the_course(context_id: str, platform_id: int | None) -> tuple[int, Course]:
    """As `find_course`.

    Raises:
        Unclear: there is none, either.
    """
    found = find_course(context_id, platform_id)
    if found is None:
        raise Unclear(unknown(context_id, platform_id))
    return found


def unknown(context_id: str, platform_id: int | None) -> str:
    return f"No course with the id {context_id} is known{' on that platform' if platform_id else ''}."
