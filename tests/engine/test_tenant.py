"""A row made through a session has its tenant from the row it hangs on, for no statement more; others must say it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import event, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from engine import tenant
from engine.db import db
from lti.models.context import Context, LineItem, ResourceLink
from lti.models.platform import Deployment
from personalization.activity.model import Activity
from personalization.activity.option import Option, Showing
from personalization.people.model import Course, Person, PersonSection
from tests.cast import NOON, Cast, make_platform


@pytest.fixture
def here(app: Flask, cast: Cast) -> Iterator[Session]:
    """A session in which nothing is loaded."""
    with app.app_context():
        yield db.session
        db.session.rollback()


def written(session: Session) -> list[str]:
    """The statements of one flush, each as `table` or, where it looks something up, `table, looked up`."""
    seen: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        seen.append(statement.split()[2].strip('"') + ", looked up" * ("(SELECT" in statement))

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", note)
    session.flush()
    event.remove(connection, "before_cursor_execute", note)
    return seen


def test_from_a_parent_that_the_session_holds(here: Session, cast: Cast) -> None:
    teacher = here.get_one(Person, cast.other_school_teacher.id)
    here.add_all([PersonSection(person_id=teacher.id, section=name) for name in ("s1", "s2")])
    assert written(here) == ["person_section"]
    assert {row.tenant_id for row in teacher.in_sections} == {cast.other_school_teacher.platform_id}


def test_from_a_parent_that_nobody_loaded(here: Session, cast: Cast) -> None:
    here.add(row := PersonSection(person_id=cast.other_school_teacher.id, section="s1"))
    assert written(here) == ["person_section, looked up"]
    assert row.tenant_id == cast.other_school_teacher.platform_id


def test_from_a_parent_of_the_same_flush(here: Session, cast: Cast) -> None:
    teacher = here.get_one(Person, cast.other_school_teacher.id)
    activity = Activity.draft(here.get_one(Course, teacher.course_id), teacher, NOON)
    here.add(activity)
    here.flush()
    option = Option(activity_id=activity.id, position=9, title="", text="", means="", audience="", supports="")
    option.showings = [Showing(criterion_key=key, shown=True, how="") for key in (1, 2, 3)]
    here.add(option)
    assert set(written(here)) == {"option", "showing"}
    assert {row.tenant_id for row in (option, *option.showings)} == {cast.other_school_teacher.platform_id}


def test_down_from_a_platform_of_the_same_flush(here: Session) -> None:
    """Where the rows above are as new as it is."""
    platform = make_platform("303")
    context = Context(deployment=Deployment(platform=platform, deployment_id="9"), context_id="c")
    column = LineItem(context=context, url="https://canvas.example.edu/columns/1")
    here.add(link := ResourceLink(context=context, resource_link_id="l", line_item=column, seen_at=NOON))
    here.flush()
    assert [row.tenant_id for row in (context, column, link)] == [platform.id] * 3


def test_a_flush_that_fails_leaves_nothing_for_the_next(here: Session, cast: Cast) -> None:
    """Which may meet the same ids again, of another school."""
    teacher = here.get_one(Person, cast.teacher.id)
    here.add_all([Activity.draft(teacher.course, teacher, NOON), PersonSection(person_id=-1, section="s1")])
    with pytest.raises(IntegrityError):
        here.flush()
    here.rollback()
    assert tenant.MADE not in here.info


@pytest.mark.parametrize("values", [{}, {"tenant_id": None}])
def test_an_insert_that_forgets_it_is_refused(here: Session, cast: Cast, values: dict[str, None]) -> None:
    with pytest.raises(IntegrityError, match="tenant_id"):
        here.execute(insert(PersonSection), [{"person_id": cast.student.id, "section": "s1", **values}])


def test_a_row_that_hangs_on_nothing_is_refused(here: Session) -> None:
    here.add(Course(title="Nobody's"))
    with pytest.raises(IntegrityError, match=r"context_id|tenant_id"):
        here.flush()
