"""Canvas tells by itself that a course was copied: the tool asked it to after a launch, and believes it."""

from __future__ import annotations

from playwright.sync_api import expect
from sqlalchemy import NullPool, create_engine, select, text
from sqlalchemy.orm import Session

from demo.run import Demo
from demo.store import Course, NoticeHandler
from tests.journeys.conftest import BIOLOGY, Be
from tests.journeys.gradebook import eventually
from tests.journeys.steps import TEACHER

COPY = "Biology, told by itself"


def handler(demo: Demo) -> str | None:
    """Where the tool wants to be told of copies, as the LMS has it."""
    with Session(demo.school.engine) as session:
        return session.scalar(select(NoticeHandler.url).where(NoticeHandler.kind == "LtiContextCopyNotice"))


def told(demo: Demo) -> set[tuple[str, str]]:
    """(copy, origin) of what the tool believed."""
    with create_engine(demo.environment()["DATABASE_URL"], poolclass=NullPool).connect() as database:
        found = database.execute(text("select context_id, origin_id from context_origin"))
        return {(copy, origin) for copy, origin in found}


def test_a_copied_course_is_told_before_anybody_opens_it(be: Be) -> None:
    teacher = be(TEACHER)
    teacher.open_course_page()
    address = eventually(lambda: handler(teacher.demo), "the tool’s address for notices")
    assert address == f"{teacher.demo.tool_url}/lti/notices"

    teacher.to_course()
    teacher.page.get_by_text("Copy this course").click()
    teacher.page.get_by_label("Name of the copy").fill(COPY)
    teacher.page.get_by_role("button", name="Copy the course").click()
    expect(teacher.page.get_by_role("heading", level=1)).to_have_text(COPY)
    with Session(teacher.demo.school.engine) as session:
        ids = {title: session.scalars(select(Course.context_id).where(Course.title == title)).one()
               for title in (COPY, BIOLOGY)}  # fmt: skip
    assert (ids[COPY], ids[BIOLOGY]) in told(teacher.demo)
