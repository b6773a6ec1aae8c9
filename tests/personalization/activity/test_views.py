"""Authoring, from nothing to published: who may, what four fields are enough for, what is looked at first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from bs4 import Tag
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from personalization.activity.model import Activity, Option, Silence
from personalization.choice.model import Choice
from personalization.people.model import Course
from tests.cast import NOON, Cast, Member
from tests.personalization.activity.designing import FOUR, form_of, page, the_one, typed
from tests.personalization.pressing import token as token_for

SignedIn = Callable[[Member], FlaskClient]


# Who may


@pytest.mark.parametrize("path", ["activities", "activities/new"])
@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("teacher", 200),
        ("designer", 200),
        ("assistant", 403),
        ("observer", 403),
        ("student", 403),
        ("other_teacher", 403),
        ("other_school_teacher", 403),
    ],
)
def test_only_authors_of_the_course_see_its_activities(
    signed_in: SignedIn, cast: Cast, path: str, who: str, status: int
) -> None:
    assert signed_in(getattr(cast, who)).get(f"/courses/{cast.course_id}/{path}").status_code == status


def test_nobody_is_asked_to_sign_in_again(client: FlaskClient, cast: Cast, draft_id: int) -> None:
    for path in (f"/courses/{cast.course_id}/activities/new", f"/activities/{draft_id}/design"):
        assert client.get(path).status_code == 401


@pytest.mark.parametrize("who", ["assistant", "student", "other_teacher", "other_school_teacher"])
@pytest.mark.parametrize("path", ["design", "draft", "placements"])
def test_others_change_nothing(
    signed_in: SignedIn, cast: Cast, draft_id: int, session: Session, who: str, path: str
) -> None:
    client = signed_in(getattr(cast, who))
    data = {"title": "Mine now", "do": "publish", "csrf_token": token_for(client)}
    assert client.post(f"/activities/{draft_id}/{path}", data=data).status_code == 403
    assert the_one(session).title == "Rocks"


# From nothing to published


def test_four_fields_and_one_press_publish_it(teacher: FlaskClient, cast: Cast, session: Session) -> None:
    fields = form_of(teacher.get(f"/courses/{cast.course_id}/activities/new"))
    response = teacher.post(f"/courses/{cast.course_id}/activities", data=typed(fields, FOUR, do="publish"))
    activity = the_one(session)
    assert response.status_code == 303
    assert response.location == f"/activities/{activity.id}"
    assert activity.published_at == NOON
    assert [o.title for o in activity.designed_options] == ["Field poster", "Data story"]
    assert len(activity.criteria) == 3
    assert activity.dates.work_due is None
    assert session.scalar(select(func.count()).select_from(Choice)) == 2  # one for each student


def test_nothing_but_the_four_fields_need_be_sent(teacher: FlaskClient, cast: Cast, session: Session) -> None:
    data = {**FOUR, "do": "publish", "csrf_token": token_for(teacher)}
    assert teacher.post(f"/courses/{cast.course_id}/activities", data=data).status_code == 303
    activity = the_one(session)
    assert activity.own_idea
    assert activity.graded
    assert activity.points == 100
    assert activity.silence is Silence.PROTECT
    assert activity.gaps() == []
    assert all(level.text for level in activity.criteria[0].levels)


def test_the_hand_in_date_is_meant_in_the_course_s_zone(teacher: FlaskClient, cast: Cast, session: Session) -> None:
    fields = form_of(teacher.get(f"/courses/{cast.course_id}/activities/new"))
    data = typed(fields, FOUR, do="publish", work_due="2026-12-04T18:00")
    teacher.post(f"/courses/{cast.course_id}/activities", data=data)
    activity = the_one(session)
    assert activity.work_due == datetime(2026, 12, 5, 0, 0, tzinfo=UTC)
    assert activity.dates.clash() is None
    assert activity.pick_by is not None


def test_the_browser_names_the_zone_where_no_launch_did(teacher: FlaskClient, cast: Cast, session: Session) -> None:
    session.get_one(Course, cast.course_id).zone = "UTC"
    session.flush()
    fields = form_of(teacher.get(f"/courses/{cast.course_id}/activities/new"))
    data = typed(fields, FOUR, do="publish", work_due="2026-12-04T18:00", zone="Asia/Kathmandu")
    teacher.post(f"/courses/{cast.course_id}/activities", data=data)
    assert the_one(session).work_due == datetime(2026, 12, 4, 12, 15, tzinfo=UTC)
    assert session.get_one(Course, cast.course_id).zone == "Asia/Kathmandu"


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Nowhere/Land", "../../etc/passwd", "\x00"])
def test_a_known_zone_is_not_changed_by_a_browser(
    teacher: FlaskClient, cast: Cast, session: Session, zone: str
) -> None:
    fields = form_of(teacher.get(f"/courses/{cast.course_id}/activities/new"))
    teacher.post(f"/courses/{cast.course_id}/activities", data=typed(fields, FOUR, do="publish", zone=zone))
    assert session.get_one(Course, cast.course_id).zone == "America/Chicago"


def test_the_same_page_sent_twice_makes_one_activity(teacher: FlaskClient, cast: Cast, session: Session) -> None:
    data = typed(form_of(teacher.get(f"/courses/{cast.course_id}/activities/new")), FOUR, do="publish")
    first = teacher.post(f"/courses/{cast.course_id}/activities", data=data)
    second = teacher.post(f"/courses/{cast.course_id}/activities", data=data)
    assert (first.status_code, first.location) == (second.status_code, second.location)
    activity = the_one(session)
    assert len(activity.rubrics) == 1
    assert len(activity.designed_options) == 2


def test_a_form_key_of_somebody_else_leads_nowhere(
    teacher: FlaskClient, signed_in: SignedIn, cast: Cast, session: Session
) -> None:
    data = typed(form_of(teacher.get(f"/courses/{cast.course_id}/activities/new")), FOUR, do="save")
    teacher.post(f"/courses/{cast.course_id}/activities", data=data)
    designer = signed_in(cast.designer)
    data = typed(data, {"title": "Mine", "csrf_token": token_for(designer)})
    designer.post(f"/courses/{cast.course_id}/activities", data=data)
    session.expire_all()
    assert sorted(session.scalars(select(Activity.title))) == ["Energy in our pond", "Mine"]


@pytest.mark.parametrize("name", list(FOUR))
def test_each_of_the_four_is_asked_for_and_the_rest_kept(
    teacher: FlaskClient, cast: Cast, session: Session, name: str
) -> None:
    fields = form_of(teacher.get(f"/courses/{cast.course_id}/activities/new"))
    response = teacher.post(
        f"/courses/{cast.course_id}/activities", data=typed(fields, {**FOUR, name: " "}, do="publish")
    )
    assert response.status_code == 422
    summary = page(response).find(role="alert")
    assert isinstance(summary, Tag)
    assert summary.find("a", href=f"#{name}")
    assert form_of(response)["title"] == ("" if name == "title" else FOUR["title"])
    assert the_one(session).published_at is None


def test_designers_are_led_to_what_they_may_see(signed_in: SignedIn, cast: Cast) -> None:
    client = signed_in(cast.designer)
    fields = form_of(client.get(f"/courses/{cast.course_id}/activities/new"))
    response = client.post(f"/courses/{cast.course_id}/activities", data=typed(fields, FOUR, do="publish"))
    assert response.location == f"/courses/{cast.course_id}/activities"
    assert client.get(response.location).status_code == 200


# What to look at before publishing


def test_a_gap_is_named_first_and_let_through_the_second_time(
    teacher: FlaskClient, draft_id: int, session: Session
) -> None:
    fields = form_of(teacher.get(f"/activities/{draft_id}/design"))
    fields.setlist("options-1-cover-1-shown", ["no"])
    first = teacher.post(f"/activities/{draft_id}/design", data=typed(fields, {}, do="publish"))
    assert first.status_code == 422
    assert "Data story gives no way to show “Reasons”." in first.text
    assert page(first).find("a", href="#options-1-cover-1-shown")
    assert page(first).find(id="options-1-cover-1-shown")
    assert the_one(session).published_at is None
    second = teacher.post(f"/activities/{draft_id}/design", data=typed(form_of(first), {}, do="publish"))
    assert second.status_code == 303
    assert the_one(session).published_at == NOON


def test_unequal_effort_is_told_and_forbids_nothing(teacher: FlaskClient, draft_id: int) -> None:
    fields = form_of(teacher.get(f"/activities/{draft_id}/design"))
    data = typed(fields, {"options-0-minutes": "200", "options-1-minutes": "90"}, do="save")
    teacher.post(f"/activities/{draft_id}/design", data=data)
    again = teacher.get(f"/activities/{draft_id}/design")
    assert "takes about 200 minutes" in again.text
    assert (
        teacher.post(f"/activities/{draft_id}/design", data=typed(form_of(again), {}, do="publish")).status_code == 303
    )


# The preview


def test_the_preview_shows_what_students_see_and_no_own_idea_of_one(
    teacher: FlaskClient, cast: Cast, activity_id: int, session: Session
) -> None:
    activity = session.get_one(Activity, activity_id)
    session.add(Option(activity_id=activity_id, position=3, title="Amara’s card game", only_for_id=cast.student.id))
    session.flush()
    assert len(activity.options) == 3
    answer = teacher.get(f"/activities/{activity_id}/preview")
    assert answer.status_code == 200
    assert "This is what students see" in answer.text
    assert "Field poster" in answer.text
    assert "Amara" not in answer.text
    assert "Amara" not in teacher.get(f"/activities/{activity_id}/design").text


def test_a_draft_can_be_previewed_too(teacher: FlaskClient, draft_id: int, session: Session) -> None:
    assert teacher.get(f"/activities/{draft_id}/preview").status_code == 200
    assert the_one(session).published_at is None
