"""Where an activity goes once it is published: into a waiting dialogue, or behind a link that opened nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from bs4 import Tag
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti.models.context import ResourceLink
from lti.models.launch import DeepLinkRequest
from personalization.activity.placement import Placement
from personalization.people.model import Course
from tests.cast import NOON, Cast, Member
from tests.personalization.activity.designing import FOUR, form_of, page, the_one, typed
from tests.personalization.pressing import token as token_for

SignedIn = Callable[[Member], FlaskClient]


# Where it goes


@pytest.fixture
def launch(session: Session, cast: Cast) -> str:
    course = session.get_one(Course, cast.course_id)
    now = datetime.now(UTC)
    request = DeepLinkRequest(
        id="launch-of-the-teacher-1",
        context_id=course.context_id,
        user_id=cast.teacher.user_id,
        settings={
            "deep_link_return_url": "https://canvas.example.edu/return",
            "accept_types": ["ltiResourceLink"],
            "data": "d1",
        },
        created_at=now,
        expires_at=now + timedelta(days=1),
    )
    session.add(request)
    session.flush()
    return request.id


def test_published_within_a_dialogue_it_goes_to_the_lms(
    teacher: FlaskClient, cast: Cast, launch: str, session: Session
) -> None:
    fields = form_of(teacher.get(f"/courses/{cast.course_id}/activities/new?launch={launch}"))
    for _press in range(2):
        response = teacher.post(f"/courses/{cast.course_id}/activities", data=typed(fields, FOUR, do="publish"))
        assert response.status_code == 200
        form = page(response).find("form", action="https://canvas.example.edu/return")
        assert isinstance(form, Tag)
        assert form.find("input", attrs={"name": "JWT"})
    assert the_one(session).published_at == NOON
    assert session.get_one(DeepLinkRequest, launch).answered_at is not None


def test_a_draft_saved_within_a_dialogue_stays_there(teacher: FlaskClient, cast: Cast, launch: str) -> None:
    fields = form_of(teacher.get(f"/courses/{cast.course_id}/activities/new?launch={launch}"))
    response = teacher.post(f"/courses/{cast.course_id}/activities", data=typed(fields, FOUR, do="save"))
    assert response.location.endswith(f"?launch={launch}")
    assert form_of(teacher.get(response.location))["launch"] == launch


def test_a_dialogue_offers_what_the_course_has(
    teacher: FlaskClient, cast: Cast, launch: str, activity_id: int, draft_id: int
) -> None:
    answer = page(teacher.get(f"/courses/{cast.course_id}/activities/new?launch={launch}"))
    assert answer.find("a", href=f"/activities/{draft_id}/design?launch={launch}")
    use = answer.find("form", action=f"/activities/{activity_id}/placements")
    assert isinstance(use, Tag)
    data = {str(field["name"]): str(field.get("value", "")) for field in use.find_all("input")}
    response = teacher.post(f"/activities/{activity_id}/placements", data=data)
    assert page(response).find("form", action="https://canvas.example.edu/return")


def test_a_dialogue_of_somebody_else_is_not_answered(
    signed_in: SignedIn, cast: Cast, launch: str, activity_id: int, session: Session
) -> None:
    designer = signed_in(cast.designer)
    assert designer.get(f"/courses/{cast.course_id}/activities/new?launch={launch}").status_code == 404
    data = {"launch": launch, "csrf_token": token_for(designer)}
    assert designer.post(f"/activities/{activity_id}/placements", data=data).status_code == 404
    assert session.get_one(DeepLinkRequest, launch).answered_at is None


@pytest.mark.parametrize("name", ["nothing", "a\x00b", "x" * 5000])
def test_a_dialogue_that_never_was_is_not_here(teacher: FlaskClient, cast: Cast, name: str) -> None:
    address = f"/courses/{cast.course_id}/activities/new"
    assert teacher.get(address, query_string={"launch": name}).status_code == 404


def test_a_dialogue_that_waited_too_long_loses_nothing(
    teacher: FlaskClient, cast: Cast, launch: str, session: Session
) -> None:
    fields = form_of(teacher.get(f"/courses/{cast.course_id}/activities/new?launch={launch}"))
    session.get_one(DeepLinkRequest, launch).expires_at = datetime.now(UTC) - timedelta(minutes=1)
    session.flush()
    response = teacher.post(f"/courses/{cast.course_id}/activities", data=typed(fields, FOUR, do="publish"))
    assert response.status_code == 422
    assert "This dialogue was open too long" in response.text
    assert (the_one(session).title, the_one(session).published_at) == (FOUR["title"], None)
    activity = the_one(session)
    again = teacher.post(f"/activities/{activity.id}/design", data=typed(form_of(response), {}, do="publish"))
    assert again.status_code == 303


@pytest.fixture
def link(session: Session, cast: Cast) -> int:
    course = session.get_one(Course, cast.course_id)
    link = ResourceLink(context_id=course.context_id, resource_link_id="unconfigured", title="New tool", seen_at=NOON)
    session.add(link)
    session.flush()
    return link.id


def test_a_link_that_opened_nothing_opens_it_from_now_on(
    teacher: FlaskClient, cast: Cast, link: int, session: Session
) -> None:
    fields = form_of(teacher.get(f"/courses/{cast.course_id}/activities/new?link={link}"))
    data = typed(fields, FOUR, do="publish")
    for _press in range(2):
        assert teacher.post(f"/courses/{cast.course_id}/activities", data=data).status_code == 303
    placement = session.scalars(select(Placement)).one()
    assert (placement.resource_link_id, placement.activity_id) == (link, the_one(session).id)


def test_a_link_that_opens_another_one_is_not_moved(
    teacher: FlaskClient, cast: Cast, link: int, activity_id: int, session: Session
) -> None:
    token = token_for(teacher)
    first = teacher.post(f"/activities/{activity_id}/placements", data={"link": link, "csrf_token": token})
    assert first.status_code == 303
    assert teacher.get(f"/courses/{cast.course_id}/activities/new?link={link}").status_code == 409
    assert session.scalars(select(Placement.activity_id).where(Placement.resource_link_id == link)).one() == activity_id


def test_a_link_of_another_course_is_not_here(signed_in: SignedIn, cast: Cast, link: int) -> None:
    stone = signed_in(cast.other_teacher)
    assert stone.get(f"/courses/{cast.other_course_id}/activities/new?link={link}").status_code == 404


@pytest.mark.parametrize("name", ["x", "-1", "9" * 30, "1.5", "²"])
def test_a_link_that_is_no_number_is_not_here(teacher: FlaskClient, cast: Cast, name: str) -> None:
    address = f"/courses/{cast.course_id}/activities/new"
    assert teacher.get(address, query_string={"link": name}).status_code == 404


def test_a_draft_is_not_placed(teacher: FlaskClient, cast: Cast, link: int, draft_id: int) -> None:
    data = {"link": link, "csrf_token": token_for(teacher)}
    assert teacher.post(f"/activities/{draft_id}/placements", data=data).status_code == 409
