"""The marking page and its presses: right person, wrong person, wrong state, bad input."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient

from engine.db import db
from lti.models.score import Delivery, OutgoingScore
from personalization.grading.model import Grade, Release, Status
from personalization.submission.model import Submission
from tests.cast import NOON, Cast, Member, writing
from tests.personalization.arranging import activity_of, count, grade_of, hand_in, pick, score_of
from tests.personalization.pressing import look, press

SignedIn = Callable[[Member], FlaskClient]
GOT_IT = {"c-1": "3", "c-2": "3", "c-3": "3"}  # 9 of 12, so 75 of 100 points
HOUR = timedelta(hours=1)


# Looking


def test_the_page_shows_the_work_beside_the_way_and_the_rubric(teacher: FlaskClient, work: int) -> None:
    page = look(teacher, f"/submissions/{work}/grade")
    soup = BeautifulSoup(page.text, "html.parser")
    assert page.status_code == 200
    assert soup.h1 is not None
    assert soup.h1.text == "Amara’s work"
    assert "<em>poster</em>" in page.text
    assert "What you do for the field poster." in page.text
    assert {radio["name"] for radio in soup.select("input[type=radio]")} == {"c-1", "c-2", "c-3"}
    assert soup.select_one("button[value=release]") is not None


def test_looking_writes_nothing(app: Flask, teacher: FlaskClient, work: int) -> None:
    look(teacher, f"/submissions/{work}/grade")
    with app.app_context():
        assert count(Grade) == 0


@pytest.mark.parametrize(
    "who", ["student", "classmate", "designer", "observer", "other_teacher", "other_school_teacher"]
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_others_may_not_mark(app: Flask, cast: Cast, signed_in: SignedIn, work: int, who: str, method: str) -> None:
    client = signed_in(getattr(cast, who))
    address = f"/submissions/{work}/grade"
    answer = look(client, address) if method == "get" else press(client, address, GOT_IT)
    assert answer.status_code == 403
    assert "My poster" not in answer.text
    with app.app_context():
        assert count(Grade) == 0


def test_a_stranger_is_asked_to_come_through_the_lms(client: FlaskClient, work: int) -> None:
    assert look(client, f"/submissions/{work}/grade").status_code == 401


@pytest.mark.parametrize("number", ["999", "99999999999999999999999"])
def test_no_such_work(teacher: FlaskClient, number: str) -> None:
    assert look(teacher, f"/submissions/{number}/grade").status_code == 404


def test_a_draft_stays_the_students_own(app: Flask, cast: Cast, activity_id: int, teacher: FlaskClient) -> None:
    with writing(app):
        choice = pick(activity_id, cast.student.id)
        draft = Submission.start(choice, None, NOON)
        db.session.add(draft)
        draft.save("Not finished, please do not read", "", NOON)
        db.session.flush()
        number = draft.id
    page = look(teacher, f"/submissions/{number}/grade")
    assert page.status_code == 409
    assert "please do not read" not in page.text


# Keeping marks


def test_marks_are_kept_as_a_draft(app: Flask, cast: Cast, teacher: FlaskClient, work: int) -> None:
    answer = press(teacher, f"/submissions/{work}/grade", {"do": "save", "c-2": "4", "comment": "Go on.\r\n"})
    assert (answer.status_code, answer.location) == (303, f"/submissions/{work}/grade")
    with app.app_context():
        grade = grade_of(work)
        assert (grade.status, grade.levels, grade.comment) == (Status.DRAFT, {2: 4}, "Go on.\r\n")
        assert (grade.marked_by_id, count(OutgoingScore)) == (cast.teacher.id, 0)


def test_the_kept_marks_come_back_on_the_page(teacher: FlaskClient, work: int) -> None:
    press(teacher, f"/submissions/{work}/grade", {"c-2": "4", "comment": "\nTwo\nlines"})
    soup = BeautifulSoup(look(teacher, f"/submissions/{work}/grade").text, "html.parser")
    assert [(r["name"], r["value"]) for r in soup.select("input[type=radio][checked]")] == [("c-2", "4")]
    comment = soup.select_one("textarea[name=comment]")
    assert comment is not None
    assert comment.text.removeprefix("\n") == "\nTwo\nlines"


def test_the_total_is_on_the_page_once_every_row_is_marked(teacher: FlaskClient, work: int) -> None:
    press(teacher, f"/submissions/{work}/grade", {"c-1": "3", "c-2": "3"})
    assert "– / 100" in look(teacher, f"/submissions/{work}/grade").text
    press(teacher, f"/submissions/{work}/grade", GOT_IT)
    assert "75 / 100" in look(teacher, f"/submissions/{work}/grade").text


def test_an_autosave_answers_in_one_sentence(app: Flask, teacher: FlaskClient, work: int) -> None:
    answer = press(teacher, f"/submissions/{work}/grade", {"c-1": "2"}, autosave=True)
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["status"] == "Saved at 12:00 pm. You can close this and come back."
    with app.app_context():
        assert grade_of(work).levels == {1: 2}


def test_an_autosave_says_what_the_marks_come_to_by_now(teacher: FlaskClient, work: int) -> None:
    for marks, said in (({"c-1": "2"}, "– / 100"), (GOT_IT, "75 / 100")):
        answer = press(teacher, f"/submissions/{work}/grade", marks, autosave=True)
        assert answer.json is not None
        assert answer.json["sum"] == said


def test_an_autosave_of_nonsense_says_why(teacher: FlaskClient, work: int) -> None:
    answer = press(teacher, f"/submissions/{work}/grade", {"adjustment": "much"}, autosave=True)
    assert answer.status_code == 422
    assert answer.json == {"status": "Give a number of points, such as -1 or 0.5."}


def test_ones_own_autosave_is_not_someone_else(app: Flask, teacher: FlaskClient, work: int) -> None:
    press(teacher, f"/submissions/{work}/grade", {"c-1": "2", "seen": "0"}, autosave=True)
    assert press(teacher, f"/submissions/{work}/grade", {"c-1": "3", "seen": "0"}).status_code == 303
    with app.app_context():
        assert grade_of(work).levels == {1: 3}


def test_a_colleagues_marks_are_not_written_over_unseen(
    app: Flask, cast: Cast, teacher: FlaskClient, signed_in: SignedIn, work: int
) -> None:
    press(signed_in(cast.assistant), f"/submissions/{work}/grade", {"c-1": "2"})
    answer = press(teacher, f"/submissions/{work}/grade", {"seen": "0", "c-1": "4", "comment": "My long words"})
    assert answer.status_code == 409
    assert "Ben Ito marked this while you were reading" in answer.text
    assert "My long words" in answer.text
    with app.app_context():
        version = grade_of(work).row_version
        assert grade_of(work).levels == {1: 2}
    seen = {"seen": str(version), "c-1": "4"}
    assert press(teacher, f"/submissions/{work}/grade", seen).status_code == 303


@pytest.mark.parametrize(
    "bad",
    [
        {"c-1": "9"},
        {"c-1": "three"},
        {"do": "publish"},
        {"adjustment": "a lot"},
        {"adjustment": "NaN"},
        {"adjustment": "1e30"},
        {"comment": "a\0b"},
        {"comment": "x" * 20_001},
        {"adjustment": "1", "adjustment_reason": "x" * 2_001},
    ],
)
def test_bad_input_is_refused_and_everything_typed_is_kept(
    app: Flask, teacher: FlaskClient, work: int, bad: dict[str, str]
) -> None:
    answer = press(teacher, f"/submissions/{work}/grade", {"c-2": "4", "comment": "My words", **bad})
    assert answer.status_code == 422
    soup = BeautifulSoup(answer.text, "html.parser")
    assert soup.select_one("[role=alert]") is not None
    assert soup.select_one("input[name=c-2][value='4'][checked]") is not None
    if "comment" not in bad:
        assert "My words" in answer.text
    with app.app_context():
        assert count(Grade) == 0


def test_without_a_token_nothing_is_taken(app: Flask, teacher: FlaskClient, work: int) -> None:
    answer = teacher.post(f"/submissions/{work}/grade", data={"c-1": "3", "comment": "My words"})
    assert answer.status_code == 400
    assert "My words" in answer.text
    with app.app_context():
        assert count(Grade) == 0


# Ready and released


def test_ready_needs_every_row_and_says_which(app: Flask, teacher: FlaskClient, work: int) -> None:
    answer = press(teacher, f"/submissions/{work}/grade", {"do": "ready", "c-1": "3", "comment": "Kept"})
    assert answer.status_code == 422
    summary = BeautifulSoup(answer.text, "html.parser").select_one("[role=alert]")
    assert summary is not None
    links = {str(a["href"]) for a in summary.select("a")}
    assert len(links) == 2
    assert all(BeautifulSoup(answer.text, "html.parser").select_one(link) for link in links)
    assert "“Reasons” has no level yet" in summary.text
    with app.app_context():
        assert count(Grade) == 0


def test_ready_is_not_released(app: Flask, teacher: FlaskClient, work: int) -> None:
    press(teacher, f"/submissions/{work}/grade", {"do": "ready", **GOT_IT})
    with app.app_context():
        grade = grade_of(work)
        assert (grade.status, grade.points, grade.out_of) == (Status.READY, Decimal(75), Decimal(100))
        assert (count(Release), count(OutgoingScore)) == (0, 0)


def test_mark_and_release_in_one_press(app: Flask, cast: Cast, teacher: FlaskClient, work: int) -> None:
    answer = press(teacher, f"/submissions/{work}/grade", {"do": "release", **GOT_IT, "comment": "Well done."})
    assert answer.status_code == 303
    assert "Released to Amara." in look(teacher, answer.location).text
    with app.app_context():
        shown = grade_of(work).live_release
        assert shown is not None
        assert (shown.points, shown.comment) == (Decimal(75), "Well done.")
        score = score_of(cast.student)
        assert (score.score_given, score.score_maximum, score.comment) == (75, 100, "Well done.")
        assert score.status is Delivery.QUEUED


def test_pressing_release_twice_is_one_release(app: Flask, cast: Cast, teacher: FlaskClient, work: int) -> None:
    fields = {"do": "release", **GOT_IT, "comment": "Well done."}
    for _press in range(2):
        assert press(teacher, f"/submissions/{work}/grade", fields).status_code == 303
    with app.app_context():
        assert count(Release) == 1
        assert score_of(cast.student).wanted_version == 1


def test_an_adjustment_counts_with_its_reason(app: Flask, cast: Cast, teacher: FlaskClient, work: int) -> None:
    fields = {"do": "release", **GOT_IT, "adjustment": "-2,5"}
    answer = press(teacher, f"/submissions/{work}/grade", fields)
    assert answer.status_code == 422
    assert "An adjustment needs a reason" in answer.text
    press(teacher, f"/submissions/{work}/grade", {**fields, "adjustment_reason": "As we agreed."})
    with app.app_context():
        assert score_of(cast.student).score_given == 72.5


def test_marking_anew_changes_nothing_for_the_student_until_released(
    app: Flask, cast: Cast, teacher: FlaskClient, work: int
) -> None:
    press(teacher, f"/submissions/{work}/grade", {"do": "release", **GOT_IT})
    press(teacher, f"/submissions/{work}/grade", {"do": "save", **GOT_IT, "c-1": "4"})
    with app.app_context():
        shown = grade_of(work).live_release
        assert shown is not None
        assert (shown.points, score_of(cast.student).score_given) == (Decimal(75), 75)
    page = look(teacher, f"/submissions/{work}/grade").text
    assert "Marked anew" in page
    press(teacher, f"/submissions/{work}/grade", {"do": "release", **GOT_IT, "c-1": "4"})
    with app.app_context():
        assert score_of(cast.student).score_given == pytest.approx(83.33)


def test_an_ungraded_activity_releases_words_but_no_score(
    app: Flask, activity_id: int, teacher: FlaskClient, work: int
) -> None:
    with writing(app):
        activity_of(activity_id).graded = False
    press(teacher, f"/submissions/{work}/grade", {"do": "release", **GOT_IT, "comment": "Lovely."})
    with app.app_context():
        shown = grade_of(work).live_release
        assert shown is not None
        assert shown.comment == "Lovely."
        assert count(OutgoingScore) == 0


def test_an_assistant_marks_but_does_not_release(
    app: Flask, cast: Cast, signed_in: SignedIn, activity_id: int, work: int
) -> None:
    ben = signed_in(cast.assistant)
    page = BeautifulSoup(look(ben, f"/submissions/{work}/grade").text, "html.parser")
    assert page.select_one("button[value=release]") is None
    assert press(ben, f"/submissions/{work}/grade", {"do": "release", **GOT_IT}).status_code == 403
    with app.app_context():
        assert count(Grade) == 0
    assert press(ben, f"/submissions/{work}/grade", {"do": "ready", **GOT_IT}).status_code == 303
    assert press(ben, f"/activities/{activity_id}/releases").status_code == 403
    with app.app_context():
        assert (grade_of(work).status, count(Release)) == (Status.READY, 0)


# Another go


def test_handing_back_needs_a_reason(app: Flask, teacher: FlaskClient, work: int) -> None:
    answer = press(teacher, f"/submissions/{work}/return", {"reason": "  "})
    assert answer.status_code == 422
    assert "A reason is needed. One sentence will do." in answer.text
    with app.app_context():
        assert db.session.get_one(Submission, work).returned_at is None


def test_handing_back_twice_is_the_same_as_once(app: Flask, teacher: FlaskClient, work: int) -> None:
    for _press in range(2):
        assert press(teacher, f"/submissions/{work}/return", {"reason": "Add the heron."}).status_code == 303
    page = look(teacher, f"/submissions/{work}/grade")
    assert "Add the heron." in page.text
    assert "Release to" not in page.text
    with app.app_context():
        choice = db.session.get_one(Submission, work).choice
        assert [event.verb for event in choice.events].count("returned") == 1


def test_returned_work_is_not_marked(app: Flask, teacher: FlaskClient, work: int) -> None:
    press(teacher, f"/submissions/{work}/return", {"reason": "Add the heron."})
    assert press(teacher, f"/submissions/{work}/grade", {"do": "release", **GOT_IT}).status_code == 409
    with app.app_context():
        assert count(Grade) == 0


# Next, please


def test_before_and_next_walk_through_what_waits(
    app: Flask, cast: Cast, activity_id: int, teacher: FlaskClient, work: int
) -> None:
    with writing(app):
        other = hand_in(activity_id, cast.classmate.id, now=NOON + HOUR)
    first = look(teacher, f"/submissions/{work}/grade").text
    assert f'href="/submissions/{other}/grade">Next: Noor' in first
    assert "1 of 2" in first
    assert f'href="/submissions/{work}/grade">Before: Amara' in look(teacher, f"/submissions/{other}/grade").text
    press(teacher, f"/submissions/{work}/grade", {"do": "release", **GOT_IT})
    assert "Before:" not in look(teacher, f"/submissions/{other}/grade").text
