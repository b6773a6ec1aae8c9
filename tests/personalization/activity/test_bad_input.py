"""Whatever is sent to the design page: refused in a sentence, the rest kept, nothing broken."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from personalization.activity.model import Activity, Option
from tests.cast import Cast, Member
from tests.personalization.activity.designing import form_of, page, the_one, typed

SignedIn = Callable[[Member], FlaskClient]


# Bad input


HOSTILE = ["\x00", "a\x00b", "\x1b[31m", "\x7f"]


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize(
    "name", ["title", "shows", "options-0-title", "criteria-0-levels-1-text", "options-0-cover-1-how"]
)
def test_what_is_no_text_is_refused_and_the_rest_kept(
    teacher: FlaskClient, draft_id: int, session: Session, name: str, value: str
) -> None:
    fields = form_of(teacher.get(f"/activities/{draft_id}/design"))
    data = typed(fields, {"goal": "Kept", name: value}, do="save")
    assert teacher.post(f"/activities/{draft_id}/design", data=data).status_code == 422
    assert the_one(session).goal == "Kept"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("title", "x" * 256),
        ("goal", "x" * 20_001),
        ("criteria-0-name", "x" * 121),
        ("options-0-minutes", "0"),
        ("options-0-minutes", "-5"),
        ("options-0-minutes", "1e9"),
        ("options-0-minutes", "9" * 5_000),
        ("options-0-capacity", "²"),
        ("points", "NaN"),
        ("points", "sNaN"),
        ("points", "Infinity"),
        ("points", "1e999999"),
        ("points", "-1"),
        ("points", "0"),
        ("points", "1.234"),
        ("points", ""),
        ("criteria-0-levels-0-points", "9"),
        ("silence", "maybe"),
        ("work_due", "tomorrow"),
        ("work_due", "0001-01-01T00:00"),
        ("work_due", "9999-12-31T23:59"),
    ],
)
def test_wrong_values_are_refused_with_a_sentence(teacher: FlaskClient, draft_id: int, name: str, value: str) -> None:
    fields = form_of(teacher.get(f"/activities/{draft_id}/design"))
    response = teacher.post(f"/activities/{draft_id}/design", data=typed(fields, {name: value}, do="save"))
    assert response.status_code == 422
    assert page(response).find(role="alert")


def test_odd_row_names_and_presses_break_nothing(teacher: FlaskClient, draft_id: int, session: Session) -> None:
    fields = form_of(teacher.get(f"/activities/{draft_id}/design"))
    odd = {
        "options-²-title": "x",
        "options--1-title": "x",
        "options-99999999999-title": "x",
        "options-0-id": "999999999999999999999999",
        "criteria-0-key": "77",
        "default_option": "9" * 400,
    }
    for do in ("save", "remove-option-999", "remove-option-²", "add-nothing", "publish-all", ""):
        assert teacher.post(f"/activities/{draft_id}/design", data=typed(fields, odd, do=do)).status_code in {200, 303}
    activity = the_one(session)
    assert [o.title for o in activity.designed_options] == ["Field poster", "Data story"]
    assert activity.default_option is None


def test_an_option_of_another_activity_is_not_taken_over(
    teacher: FlaskClient, draft_id: int, activity_id: int, session: Session
) -> None:
    theirs = session.scalars(select(Option).where(Option.activity_id == activity_id)).first()
    assert theirs is not None
    fields = form_of(teacher.get(f"/activities/{draft_id}/design"))
    data = typed(fields, {"options-0-id": str(theirs.id), "options-0-title": "Stolen"}, do="save")
    teacher.post(f"/activities/{draft_id}/design", data=data)
    session.expire_all()
    assert theirs.title == "Field poster"
    assert theirs.activity_id == activity_id


@pytest.mark.parametrize("path", ["design", "preview"])
@pytest.mark.parametrize("number", [0, 999_999])
def test_an_activity_that_is_not_there_is_404(teacher: FlaskClient, path: str, number: int) -> None:
    assert teacher.get(f"/activities/{number}/{path}").status_code == 404


def test_a_press_without_its_token_does_nothing(teacher: FlaskClient, draft_id: int, session: Session) -> None:
    assert teacher.post(f"/activities/{draft_id}/design", data={"title": "Stones"}).status_code == 400
    assert the_one(session).title == "Rocks"


def test_looking_changes_nothing(teacher: FlaskClient, cast: Cast, session: Session) -> None:
    teacher.get(f"/courses/{cast.course_id}/activities/new")
    teacher.get(f"/courses/{cast.course_id}/activities")
    assert session.scalar(select(func.count()).select_from(Activity)) == 0


def test_what_waits_unpublished_holds_no_sign_that_a_database_refuses(
    teacher: FlaskClient, activity_id: int, session: Session
) -> None:
    fields = form_of(teacher.get(f"/activities/{activity_id}/design"))
    data = typed(fields, {"goal": "Kept", "title": "a\x00b", "odd\x00name": "x"})
    answer = teacher.post(f"/activities/{activity_id}/draft", data=data, headers={"X-Autosave": "1"})
    assert answer.status_code == 200
    assert answer.json is not None
    assert "Something in here is no text" in answer.json["status"]
    again = form_of(teacher.get(f"/activities/{activity_id}/design"))
    assert (again["goal"], again["title"]) == ("Kept", "Energy in our pond")
