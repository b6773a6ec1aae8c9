"""Bringing the gradebook in step: what is sent again and what is left, how far it is, and stopping it for a course."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select, update

from engine import due
from engine.clock import real_now
from engine.db import db
from lti.models.context import Context, LineItem
from lti.models.platform import Platform
from lti.models.score import Delivery, OutgoingScore
from tests.cast import Cast, Member, make_activity, writing
from tests.personalization.arranging import activity_of, column_of, hand_in, make_ready, note_column_read, release
from tests.personalization.pressing import page_of
from tests.personalization.work import press, words

SignedIn = Callable[[Member], FlaskClient]


@pytest.fixture
def teacher(cast: Cast, signed_in: SignedIn) -> FlaskClient:
    return signed_in(cast.teacher)


@pytest.fixture
def scores(app: Flask, cast: Cast, activity_id: int) -> dict[str, int]:
    """Amara's arrived, Noor's was refused: ids of both rows."""
    with writing(app):
        for who in (cast.student, cast.classmate):
            release(hand_in(activity_id, who.id), cast.teacher.id)
        note_column_read(activity_id)
        rows = {row.user_id: row for row in db.session.scalars(select(OutgoingScore))}
        arrived, refused = rows[cast.student.user_id], rows[cast.classmate.user_id]
        arrived.status, arrived.sent_at, arrived.sent_version = Delivery.SENT, real_now(), arrived.wanted_version
        arrived.delivered_given, arrived.delivered_maximum = arrived.score_given, arrived.score_maximum
        refused.status, refused.message = Delivery.REFUSED, "The LMS was in no mood."
        db.session.execute(delete(due.Due))
        return {"arrived": arrived.id, "refused": refused.id}


def statuses(app: Flask) -> list[Delivery]:
    with app.app_context():
        return list(db.session.scalars(select(OutgoingScore.status).order_by(OutgoingScore.id)))


def kinds(app: Flask) -> set[str]:
    """Of what the worker has to do."""
    with app.app_context():
        return set(db.session.scalars(select(due.Due.kind)))


def facts(page: BeautifulSoup) -> str:
    return " ".join(part.get_text(" ", strip=True) for part in page.select("#progress .facts"))


def test_what_was_refused_goes_again_and_the_column_is_compared(
    app: Flask, activity_id: int, scores: dict[str, int], teacher: FlaskClient
) -> None:
    answer = press(teacher, f"/activities/{activity_id}/syncs")
    assert (answer.status_code, answer.location) == (303, f"/activities/{activity_id}/gradebook")
    assert statuses(app) == [Delivery.SENT, Delivery.QUEUED]
    assert kinds(app) == {"score", "compare"}
    page = page_of(teacher, answer.location)
    assert "Comparing with what Canvas holds" in page.get_text()
    assert facts(page).startswith("In the gradebook 1 On the way 1 Needs you 0")


def test_twice_is_once(app: Flask, cast: Cast, scores: dict[str, int], teacher: FlaskClient) -> None:
    for _press in range(2):
        press(teacher, f"/courses/{cast.course_id}/syncs")
    with app.app_context():
        assert len(db.session.scalars(select(due.Due)).all()) == 2


def test_a_grade_that_somebody_changed_there_is_left(
    app: Flask, activity_id: int, scores: dict[str, int], teacher: FlaskClient
) -> None:
    with writing(app):
        db.session.get_one(OutgoingScore, scores["refused"]).status = Delivery.CHANGED
    press(teacher, f"/activities/{activity_id}/syncs")
    assert statuses(app) == [Delivery.SENT, Delivery.CHANGED]
    page = page_of(teacher, f"/activities/{activity_id}/gradebook")
    assert "of these changed in Canvas 1" in facts(page)
    assert page.select_one("#gradebook") is not None


def test_what_was_released_before_there_was_a_column_goes_too(
    app: Flask, cast: Cast, activity_id: int, teacher: FlaskClient
) -> None:
    with writing(app):
        submission_id = hand_in(activity_id, cast.student.id)
        make_ready(submission_id, cast.teacher.id)
        column_of(activity_id).gone_at = real_now()
    press(teacher, f"/activities/{activity_id}/releases")
    assert statuses(app) == []
    with writing(app):
        column_of(activity_id).gone_at = None
    press(teacher, f"/activities/{activity_id}/syncs")
    assert statuses(app) == [Delivery.QUEUED]


def test_the_part_that_renews_itself_stops_when_all_is_done(
    app: Flask, activity_id: int, scores: dict[str, int], teacher: FlaskClient
) -> None:
    address, asks = f"/activities/{activity_id}/gradebook", {"HX-Request": "true"}
    press(teacher, f"/activities/{activity_id}/syncs")
    busy = teacher.get(address, headers=asks).text
    assert 'hx-trigger="every 3s"' in busy
    assert "<h1" not in busy
    assert 'href="' + address + '">Reload' in busy
    with writing(app):
        db.session.scalars(select(LineItem)).one().compare_asked_at = None
        row = db.session.get_one(OutgoingScore, scores["refused"])
        row.status, row.sent_version, row.sent_at = Delivery.SENT, row.wanted_version, real_now()
    done = teacher.get(address, headers=asks).text
    assert "hx-trigger" not in done
    assert "Everything is in the gradebook." in done


def test_the_last_part_brings_the_list_along_which_is_as_old_as_the_page(
    app: Flask, activity_id: int, scores: dict[str, int], teacher: FlaskClient
) -> None:
    address = f"/activities/{activity_id}/gradebook?page=1"
    press(teacher, f"/activities/{activity_id}/syncs")
    busy = BeautifulSoup(teacher.get(address, headers={"HX-Request": "true"}).text, "html.parser")
    assert [part["hx-get"] for part in busy.select("[hx-get]")] == [address]
    assert busy.select_one("#each") is None
    with writing(app):
        db.session.scalars(select(LineItem)).one().compare_asked_at = None
        db.session.get_one(OutgoingScore, scores["refused"]).status = Delivery.CHANGED
    done = BeautifulSoup(teacher.get(address, headers={"HX-Request": "true"}).text, "html.parser").select_one("#each")
    assert done is not None
    assert done["hx-swap-oob"] == "true"
    assert "Changed in Canvas" in done.get_text()
    assert page_of(teacher, address).select_one("#each") is not None  # where it goes


def test_a_press_while_the_lms_is_down_is_heard(
    app: Flask, activity_id: int, scores: dict[str, int], teacher: FlaskClient
) -> None:
    with writing(app):
        platform = db.session.scalars(select(Platform).order_by(Platform.id)).first()
        assert platform is not None
        platform.paused_why = json.dumps({"reason": "fault"})
        platform.paused_until = real_now().replace(year=real_now().year + 1)
    press(teacher, f"/activities/{activity_id}/syncs")
    assert "One grade waits. So does the comparison." in progress_of(teacher, activity_id)


def test_of_a_deleted_column_nothing_is_said_to_be_in_the_gradebook(
    app: Flask, cast: Cast, activity_id: int, scores: dict[str, int], teacher: FlaskClient
) -> None:
    with writing(app):
        column_of(activity_id).gone_at = real_now()
    said = progress_of(teacher, activity_id)
    assert "Canvas says this column was deleted. Bring it back there" in said
    assert "What stands below is what it held before." in said
    assert "In the gradebook" not in said
    assert "this column was deleted" in words(teacher.get(f"/courses/{cast.course_id}/gradebook"))
    lines = page_of(teacher, f"/activities/{activity_id}/gradebook").select("#each .rows li, #each tbody tr")
    assert sum("Was in Canvas" in line.get_text() for line in lines) == 2  # the others as one, and Amara's own
    assert not any("Nothing to do" in line.get_text() for line in lines)


@pytest.mark.parametrize(("is_gone", "words_of_it"), [(False, ["In Canvas: 12 / 16"]), (True, ["Was in Canvas"])])
def test_the_class_page_too_says_that_a_grade_was_in_a_deleted_column(
    app: Flask, activity_id: int, scores: dict[str, int], teacher: FlaskClient, is_gone: bool, words_of_it: list[str]
) -> None:
    with writing(app):
        arrived = db.session.get_one(OutgoingScore, scores["arrived"])
        arrived.result_score, arrived.result_maximum = 12, 16
        column_of(activity_id).gone_at = real_now() if is_gone else None
    said = words(teacher.get(f"/activities/{activity_id}"))
    assert [word for word in ("In Canvas: 12 / 16", "Was in Canvas") if word in said] == words_of_it


def test_a_grade_released_without_a_column_is_said_to_be_kept_here(
    app: Flask, cast: Cast, activity_id: int, teacher: FlaskClient
) -> None:
    with writing(app):
        release(hand_in(activity_id, cast.student.id), cast.teacher.id)
        column_of(activity_id).gone_at = real_now()
    assert "kept here" not in progress_of(teacher, activity_id)  # the column was told of it
    with writing(app):
        make_ready(hand_in(activity_id, cast.classmate.id), cast.teacher.id)
    press(teacher, f"/activities/{activity_id}/releases")
    assert "One released grade is kept here for it." in progress_of(teacher, activity_id)
    with writing(app):
        column_of(activity_id).gone_at = None
    press(teacher, f"/activities/{activity_id}/syncs")
    assert "kept here" not in progress_of(teacher, activity_id)
    assert statuses(app) == [Delivery.QUEUED, Delivery.QUEUED]


def progress_of(teacher: FlaskClient, activity_id: int) -> str:
    found = page_of(teacher, f"/activities/{activity_id}/gradebook").select_one("#progress")
    assert found is not None
    return " ".join(found.get_text(" ").split())


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("fault", "Sending waits Canvas is not working just now. It goes on by itself; next try"),
        ("throttled", "Sending goes on slowly Canvas asked for slower calls, so it goes on slowly. The next one goes"),
    ],
)
def test_the_page_says_why_it_waits_and_when_it_goes_on(
    app: Flask, activity_id: int, scores: dict[str, int], teacher: FlaskClient, reason: str, said: str
) -> None:
    with writing(app):
        platform = db.session.scalars(select(Platform).order_by(Platform.id)).first()
        assert platform is not None
        platform.paused_why = json.dumps({"reason": reason, "status": 429})
        platform.paused_until = real_now().replace(year=real_now().year + 1)
        db.session.get_one(OutgoingScore, scores["refused"]).status = Delivery.QUEUED
    page = progress_of(teacher, activity_id)
    assert said in page
    assert "One grade waits." in page


def test_between_two_waits_a_throttled_lms_is_still_said_to_be_slow(
    app: Flask, activity_id: int, scores: dict[str, int], teacher: FlaskClient
) -> None:
    with writing(app):
        platform = db.session.scalars(select(Platform).order_by(Platform.id)).first()
        assert platform is not None
        platform.slowed_to = 1
    assert "goes on slowly" not in progress_of(teacher, activity_id)  # nothing is under way
    with writing(app):
        db.session.get_one(OutgoingScore, scores["refused"]).status = Delivery.QUEUED
    page = progress_of(teacher, activity_id)
    assert "Sending goes on slowly" in page
    assert "One grade is on its way." in page


def test_a_course_is_paused_and_goes_on(
    app: Flask, cast: Cast, activity_id: int, scores: dict[str, int], teacher: FlaskClient
) -> None:
    course = f"/courses/{cast.course_id}"
    assert press(teacher, f"{course}/pauses").location == f"{course}/gradebook"
    with app.app_context():
        assert db.session.scalars(select(Context.held_at).order_by(Context.id)).first() is not None
    press(teacher, f"/activities/{activity_id}/syncs")
    paused = words(teacher.get(f"{course}/gradebook"))
    assert "Sending is paused" in paused
    assert "One grade waits." in paused
    assert "every 3s" not in paused  # nothing moves until somebody says so
    assert "it goes on without you" not in paused
    assert "Let it go on" in words(teacher.get(f"/activities/{activity_id}"))
    assert statuses(app) == [Delivery.SENT, Delivery.QUEUED]
    press(teacher, f"{course}/resumptions")
    with app.app_context():
        assert db.session.scalars(select(Context.held_at).order_by(Context.id)).first() is None
    assert "score" in kinds(app)


def test_an_ungraded_activity_has_nothing_to_sync(
    app: Flask, cast: Cast, activity_id: int, teacher: FlaskClient
) -> None:
    with writing(app):
        activity_of(activity_id).graded = False
    assert press(teacher, f"/activities/{activity_id}/syncs").status_code == HTTPStatus.CONFLICT


def test_the_class_list_is_read_when_asked_where_the_lms_shows_one(
    app: Flask, cast: Cast, teacher: FlaskClient
) -> None:
    address = f"/courses/{cast.course_id}/rosters"
    assert press(teacher, address).status_code == HTTPStatus.CONFLICT
    with writing(app):
        context = db.session.scalars(select(Context).order_by(Context.id)).first()
        assert context is not None
        context.memberships_url = "https://canvas.example.edu/members"
    assert press(teacher, address).location == f"/courses/{cast.course_id}/class"
    assert kinds(app) == {"roster"}


def test_asked_on_an_activitys_page_one_stays_there_and_on_nobody_elses(
    app: Flask, cast: Cast, activity_id: int, teacher: FlaskClient
) -> None:
    with writing(app):
        db.session.execute(update(Context).values(memberships_url="https://canvas.example.edu/members"))
        others = make_activity(cast.other_course_id, cast.other_teacher.id)
    address, page = f"/courses/{cast.course_id}/rosters", f"/activities/{activity_id}"
    assert f'name="activity" value="{activity_id}"' in teacher.get(page).text
    assert press(teacher, address, activity=activity_id).location == page
    for odd in (others, 999_999):
        assert press(teacher, address, activity=odd).location == f"/courses/{cast.course_id}/class"
    assert press(teacher, address, activity="x").status_code == HTTPStatus.UNPROCESSABLE_ENTITY
