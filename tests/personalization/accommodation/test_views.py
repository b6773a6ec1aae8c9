"""Writing an arrangement, what it moves, and what the pages say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from engine.db import db
from personalization.accommodation.finding import accommodation_of, allowance_of, allowances
from personalization.accommodation.model import Change, Terms
from personalization.choice.model import Choice
from personalization.people.model import Person
from tests.cast import NOON, Cast, Member, make_activity, writing
from tests.personalization.accommodation.arranging import AUDIO, arrange, arranged, look, page, save
from tests.personalization.arranging import activity_of, choice_of, count
from tests.personalization.pressing import look as see
from tests.personalization.pressing import page_of, press, text_of

SignIn = Callable[[Member], FlaskClient]


@pytest.fixture
def teacher(cast: Cast, signed_in: SignIn) -> FlaskClient:
    return signed_in(cast.teacher)


def own_dates(activity_id: int, student: Member) -> tuple[datetime | None, datetime | None]:
    choice: Choice = choice_of(activity_id, student.id)
    return choice.pick_by, choice.work_due


def test_a_teacher_arranges_more_time_and_that_student_s_dates_move(
    app: Flask, cast: Cast, activity_id: int, teacher: FlaskClient
) -> None:
    answer = save(teacher, cast.student)
    assert (answer.status_code, answer.location) == (303, page(cast.student))
    with app.app_context():
        dates, tz = activity_of(activity_id).dates, activity_of(activity_id).course.tz
        assert arranged(cast.student) == Terms(
            factor=Decimal("1.5"), formats=AUDIO, goals="Asks for help once a lesson."
        )
        own = accommodation_of(cast.student.id)
        assert own is not None
        mine = own.allowance.move(dates, tz)
        assert own_dates(activity_id, cast.student) == (mine.pick_by, mine.work_due)
        assert mine.work_due == dates.work_due + timedelta(days=11)  # type: ignore[operator]  # 21 days become 32
        assert choice_of(activity_id, cast.student.id).events[-1].verb == "dates moved"
        assert own_dates(activity_id, cast.classmate) == (dates.pick_by, dates.work_due)
        assert [e.verb for e in choice_of(activity_id, cast.classmate.id).events] == ["made"]
        assert allowances(cast.course_id) == {cast.student.id: own.allowance}
    shown = page_of(teacher, page(cast.student))
    assert "1.5 times the days" in text_of(shown, "#become")
    assert shown.select_one("input[name=time][value=half]").has_attr("checked")  # type: ignore[union-attr]


def test_an_activity_published_later_counts_it_too(app: Flask, cast: Cast, teacher: FlaskClient) -> None:
    save(teacher, cast.student, time="two-days")
    with writing(app):
        later = make_activity(cast.course_id, cast.teacher.id, "Next")
    with app.app_context():
        theirs, mine = own_dates(later, cast.classmate)[1], own_dates(later, cast.student)[1]
        assert theirs is not None
        assert mine == theirs + timedelta(days=2)


def test_ended_the_dates_are_the_class_s_again(app: Flask, cast: Cast, activity_id: int, teacher: FlaskClient) -> None:
    save(teacher, cast.student)
    for _press in range(2):
        assert press(teacher, f"{page(cast.student)}/ending", {"seen": "1"}).status_code == 303
    with app.app_context():
        assert arranged(cast.student) is None
        assert allowance_of(cast.student.id) is None
        assert own_dates(activity_id, cast.student) == own_dates(activity_id, cast.classmate)
        assert count(Change) == 1
    assert "ended it" in page_of(teacher, page(cast.student)).select_one("main").get_text()  # type: ignore[union-attr]


def test_ending_what_changed_meanwhile_is_refused(app: Flask, cast: Cast, teacher: FlaskClient) -> None:
    save(teacher, cast.student)
    save(teacher, cast.student, seen="1", time="double")
    assert press(teacher, f"{page(cast.student)}/ending", {"seen": "1"}).status_code == 409
    assert press(teacher, f"{page(cast.classmate)}/ending", {"seen": "0"}).status_code == 422
    with app.app_context():
        assert arranged(cast.student) is not None


def test_the_same_page_twice_is_one_arrangement(app: Flask, cast: Cast, teacher: FlaskClient) -> None:
    for _press in range(2):
        assert save(teacher, cast.student).status_code == 303
    with app.app_context():
        assert count(Change) == 0


def test_two_teachers_do_not_overwrite_each_other(app: Flask, cast: Cast, teacher: FlaskClient) -> None:
    save(teacher, cast.student)
    save(teacher, cast.student, seen="1", time="double")
    answer = save(teacher, cast.student, seen="1", formats="Large print")
    assert answer.status_code == 409
    assert "Large print" in answer.text
    assert "2 times the days" in answer.text  # how it stands now
    assert save(teacher, cast.student, seen="2", formats="Large print").status_code == 303
    with app.app_context():
        terms = arranged(cast.student)
        assert terms is not None
        assert terms.formats == "Large print"
        assert count(Change) == 2


@pytest.mark.usefixtures("activity_id")
def test_a_preview_shows_the_dates_and_keeps_nothing(app: Flask, cast: Cast, teacher: FlaskClient) -> None:
    answer = save(teacher, cast.student, time="own", days="3", factor="1,75", do="preview")
    assert answer.status_code == 200
    assert "1.75 times the days, and 3 more days" in answer.text
    assert "Energy in our pond" in answer.text
    assert AUDIO in answer.text
    with app.app_context():
        assert accommodation_of(cast.student.id) is None


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"time": ""}, "Pick how much time."),
        ({"time": "triple"}, "Pick how much time."),
        ({"time": "own"}, "Write days, a factor, or both."),
        ({"time": "own", "days": "400"}, "from 1 to 365"),
        ({"time": "own", "factor": "0.5"}, "from 1.01 to 4"),
        ({"time": "own", "factor": "1e1"}, "from 1.01 to 4"),
        ({"time": "class", "days": "3"}, "Numbers are written"),
        ({"formats": "x" * 20_001}, "20000 characters fit"),
        ({"goals": "a\0b"}, "Something in here is no text"),
    ],
)
def test_what_can_not_be_kept_is_said_and_given_back(
    app: Flask, cast: Cast, teacher: FlaskClient, wrong: dict[str, str], sentence: str
) -> None:
    answer = save(teacher, cast.student, demands="Half of the tasks", **wrong)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "Half of the tasks" in answer.text
    with app.app_context():
        assert accommodation_of(cast.student.id) is None


def test_nothing_different_is_refused_with_the_page(cast: Cast, teacher: FlaskClient) -> None:
    answer = save(teacher, cast.student, time="class", formats="", goals="")
    assert answer.status_code == 422
    assert "Nothing is different yet" in answer.text


def test_a_diagnosis_is_noticed_and_blocks_nothing(app: Flask, cast: Cast, teacher: FlaskClient) -> None:
    assert "may be a diagnosis" not in page_of(teacher, page(cast.student)).get_text()
    assert save(teacher, cast.student, formats="Quiet room because of ADHD").status_code == 303
    assert "“ADHD”" in text_of(page_of(teacher, page(cast.student)), ".note[data-tone=own]")
    with app.app_context():
        assert arranged(cast.student) is not None


def test_criteria_that_are_not_asked_reach_the_student_s_line(
    app: Flask, cast: Cast, activity_id: int, teacher: FlaskClient
) -> None:
    box = f"not-asked-{activity_id}"
    all_of_them: dict[str, Any] = {box: ["1", "2", "3"]}
    answer = save(teacher, cast.student, **all_of_them)
    assert answer.status_code == 422
    assert "keep at least one thing asked" in answer.text
    assert save(teacher, cast.student, **{box: ["2", "9", "x", "²"]}).status_code == 303
    with app.app_context():
        assert choice_of(activity_id, cast.student.id).not_asked == [2]
        assert choice_of(activity_id, cast.classmate.id).not_asked == []
    save(teacher, cast.student, seen="1")
    with app.app_context():
        assert choice_of(activity_id, cast.student.id).not_asked == []


def test_what_is_not_asked_in_an_activity_that_is_over_stays(
    app: Flask, cast: Cast, activity_id: int, teacher: FlaskClient
) -> None:
    save(teacher, cast.student, **{f"not-asked-{activity_id}": "2"})
    with writing(app):
        activity_of(activity_id).lock = NOON - timedelta(hours=1)
    assert f"not-asked-{activity_id}" not in see(teacher, page(cast.student)).text
    save(teacher, cast.student, seen="1", time="double")
    with app.app_context():
        assert choice_of(activity_id, cast.student.id).not_asked == [2]


def test_a_latecomer_s_preview_begins_when_they_came(
    app: Flask, cast: Cast, activity_id: int, teacher: FlaskClient
) -> None:
    with writing(app):
        db.session.get_one(Person, cast.student.id).first_seen_at = NOON + timedelta(days=10)
    shown = save(teacher, cast.student, do="preview").text
    with app.app_context():
        activity, student = activity_of(activity_id), db.session.get_one(Person, cast.student.id)
        late = Terms(factor=Decimal("1.5")).allowance.move(activity.dates, activity.course.tz)
        due = late.from_first_seen(student.first_seen_at, activity.course.tz).work_due
        assert due is not None
        assert due.astimezone(activity.course.tz).isoformat(timespec="minutes") in shown


def test_earlier_versions_are_on_the_page(cast: Cast, teacher: FlaskClient) -> None:
    save(teacher, cast.student)
    save(teacher, cast.student, seen="1", formats="Large print")
    assert AUDIO in text_of(page_of(teacher, page(cast.student)), "main > details")


def test_only_students_have_arrangements(cast: Cast, teacher: FlaskClient) -> None:
    assert see(teacher, page(cast.assistant)).status_code == 404
    assert save(teacher, cast.assistant).status_code == 404
    assert see(teacher, "/people/987654/accommodation").status_code == 404


def test_opening_after_half_an_hour_is_a_new_look(app: Flask, cast: Cast, teacher: FlaskClient) -> None:
    with writing(app):
        arrange(cast.student, cast.teacher)
    assert AUDIO not in see(teacher, page(cast.student)).text
    look(teacher, cast.student)
    assert AUDIO in see(teacher, page(cast.student), now=NOON + timedelta(minutes=29)).text
    assert AUDIO not in see(teacher, page(cast.student), now=NOON + timedelta(minutes=30)).text
