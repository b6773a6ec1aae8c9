"""A course once more, in both manners: what a tool learns of a copied link, and who is in the copy."""

from __future__ import annotations

import re

import pytest
import requests

from demo.store import Activity, Column, Course, Enrolment
from tests.demo.riverbend import BIOLOGY, HISTORY, Riverbend
from tests.demo.stand_in import activity_item

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"


@pytest.fixture(params=["canvas", "moodle"])
def course_id(request: pytest.FixtureRequest, riverbend: Riverbend) -> int:
    """A course of either manner, with an activity in it."""
    found = {"canvas": BIOLOGY, "moodle": HISTORY}[request.param]
    riverbend.add_activity(found)
    return found


def copy(riverbend: Riverbend, course_id: int, **form: str) -> int:
    answer = riverbend.teacher().post(
        f"{riverbend.url}/courses/{course_id}/copies", data={"title": "Once more", **form}, timeout=5
    )
    assert answer.status_code == 200
    assert "You teach it; nobody else is in it yet." in answer.text
    return int(re.search(r"/courses/(\d+)$", answer.url)[1])  # type: ignore[index]  # it is such an address


def test_a_copied_link_keeps_its_custom_and_nothing_else(riverbend: Riverbend, course_id: int) -> None:
    first = course_id
    custom = {"activity_key": "k-1", "history": "$Context.id.history"}
    item = activity_item(riverbend.tool.url, custom=custom)
    riverbend.reply(riverbend.teacher(), first, item)
    copied = copy(riverbend, copy(riverbend, first))
    with riverbend.session() as session:
        before, after = session.get_one(Course, first), session.get_one(Course, copied)
        twin = session.get_one(Activity, after.activities[-1].id)
        number, history = twin.id, after.history.split(",")
        assert (twin.url, twin.custom) == (before.activities[-1].url, before.activities[-1].custom)
        assert history[1] == before.context_id
        assert [(c.label, c.maximum, c.resource_id, c.tag) for c in after.columns] == [
            (c.label, c.maximum, c.resource_id, c.tag) for c in before.columns
        ]
        assert not any(column.cells for column in after.columns)
        ids = {before.context_id, before.activities[-1].resource_link_id}
        column = twin.columns[0].id
        assert column not in {one.id for one in before.columns}
    claims = riverbend.claims(riverbend.teacher(), f"/activities/{number}/launch")
    said = claims[f"{LTI}custom"]
    assert (said["activity_key"], said["history"]) == ("k-1", ",".join(history))
    assert not ids & {claims[f"{LTI}context"]["id"], claims[f"{LTI}resource_link"]["id"]}
    assert re.search(rf"items/{column}\b", claims[AGS]["lineitem"])
    if course_id == HISTORY:
        assert claims[f"{LTI}context"]["id"] == str(copied)


def test_its_teacher_alone_is_in_it_till_the_class_comes(riverbend: Riverbend, course_id: int) -> None:
    copied = copy(riverbend, course_id)
    with riverbend.session() as session:
        assert [one.person.name for one in session.get_one(Course, copied).enrolments] == ["Adaeze Okafor"]
        students = {one.person_id for one in session.get_one(Course, course_id).enrolments if one.role == "student"}
    for _time in range(2):
        page = riverbend.teacher().post(f"{riverbend.url}/courses/{copied}/enrolments", timeout=5)
        assert page.status_code == 200
    with riverbend.session() as session:
        found = [one.person_id for one in session.query(Enrolment).filter_by(course_id=copied, role="student")]
        assert sorted(found) == sorted(students)


def test_moodle_s_copy_says_when_it_begins(riverbend: Riverbend) -> None:
    riverbend.reply(
        riverbend.teacher(), HISTORY, activity_item(riverbend.tool.url, custom={"b": "$CourseSection.timeFrame.begin"})
    )
    copied = copy(riverbend, HISTORY, begins="2027-01-11")
    with riverbend.session() as session:
        number = session.get_one(Course, copied).activities[-1].id
    custom = riverbend.claims(riverbend.teacher(), f"/activities/{number}/launch")[f"{LTI}custom"]
    assert custom["b"] == "2027-01-11T06:00:00Z"


@pytest.mark.parametrize("form", [{"title": ""}, {"title": "x" * 256}, {"title": "Good", "begins": "soon"}])
def test_what_makes_no_course_is_refused(riverbend: Riverbend, form: dict[str, str]) -> None:
    url = f"{riverbend.url}/courses/{HISTORY}/copies"
    assert riverbend.teacher().post(url, data=form, timeout=5).status_code == 400


def test_only_its_teachers_copy_a_course(riverbend: Riverbend) -> None:
    for name in ("Bo Lind", "Linh Phạm", "Ines Okoro"):
        browser: requests.Session = riverbend.browser(riverbend.person(name))
        for end in ("copies", "enrolments"):
            answer = browser.post(f"{riverbend.url}/courses/{BIOLOGY}/{end}", data={"title": "x"}, timeout=5)
            assert answer.status_code == 403
    assert riverbend.teacher().post(f"{riverbend.url}/courses/{BIOLOGY}/enrolments", timeout=5).status_code == 400


def test_a_stand_alone_column_is_copied_too(riverbend: Riverbend, course_id: int) -> None:
    """Moodle (seen) copies those that a tool made by itself."""
    with riverbend.session() as session, session.begin():
        course = session.get_one(Course, course_id)
        tool_id = session.query(Column.tool_id).filter(Column.course_id == course.id).limit(1).scalar()
        course.columns.append(Column(tool_id=tool_id, label="Alone", maximum=10, resource_id="res", tag="t"))
    copied = copy(riverbend, course_id)
    with riverbend.session() as session:
        (alone,) = [column for column in session.get_one(Course, copied).columns if column.label == "Alone"]
        assert (alone.activity_id, alone.maximum, alone.resource_id, alone.tag) == (None, 10, "res", "t")
