"""Submission reviews and SpeedGrader's openings, as real launches: staff are led to the work, nobody else is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import responses
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from engine import clock
from engine.db import db
from lti.models.context import Membership, User
from lti.models.platform import Platform
from personalization.activity.model import Activity
from personalization.choice.model import Choice
from personalization.people.model import Person, PersonSection, Role
from personalization.submission.model import Submission
from personalization.submission.receiving import hand_back
from tests.cast import ISSUER, NOON, URIS, Cast, Member, make_activity, make_person, writing
from tests.lti.captures import captured
from tests.lti.platform import ENDPOINT, GONE, Lms, pair
from tests.personalization.arranging import activity_of, choice_of, hand_in, make_ready, release

TOOL = "http://localhost/lti/launch"
REVIEW = "LtiSubmissionReviewRequest"
NUMBER = re.compile(r"40[34]-[0-9A-F]{6}")
VOCABULARY = "http://purl.imsglobal.org/vocab/lis/v2/"
LATER = NOON + timedelta(hours=1)


class School:
    """The cast's own LMS: it signs launches of Biology 9B as anybody."""

    def __init__(self, lms: Lms, cast: Cast, activity_id: int, key: str) -> None:
        self.lms, self.cast, self.activity_id, self.key = lms, cast, activity_id, key

    def launch(self, client: FlaskClient, who: str, *roles: Role, address: str = "", **over: Any) -> TestResponse:
        """A launch of the activity's link by somebody of the cast, in these roles or their own."""
        member: Member = getattr(self.cast, who)
        uris = [VOCABULARY + URIS[role] for role in roles or (ROLES[who],)]
        claims = self.lms.claims(
            **{
                "sub": f"sub-{member.name}",
                "roles": uris,
                "context": {"id": "bio-9b", "title": "Biology 9B"},
                "resource_link": {"id": f"link-{self.activity_id}"},
                "target_link_uri": address or f"{TOOL}?activity={self.key}",
                "name": member.name,
                "email": "",
                **over,
            }
        )
        with clock.at(LATER):
            return self.lms.launch(client, claims)

    def review(self, client: FlaskClient, who: str, sub: Any, *roles: Role, **over: Any) -> TestResponse:
        column = {ENDPOINT: {"scope": [], "lineitem": f"{ISSUER}/courses/1/line_items/{self.activity_id}"}}
        said = {"message_type": REVIEW, "for_user": {"user_id": sub}, **column, **over}
        return self.launch(client, who, *roles, **said)

    def work(self, client: FlaskClient, who: str, number: object, *roles: Role, **over: Any) -> TestResponse:
        return self.launch(client, who, *roles, address=f"{TOOL}?activity={self.key}&work={number}", **over)


ROLES = {
    "teacher": Role.TEACHER,
    "assistant": Role.ASSISTANT,
    "designer": Role.DESIGNER,
    "observer": Role.OBSERVER,
    "student": Role.STUDENT,
    "classmate": Role.STUDENT,
}
AMARA, NOOR, NOBODY = "sub-Amara Diallo", "sub-Noor Haddad", "sub-Nobody"
MENTEE: dict[str, Any] = {"role_scope_mentor": [AMARA]}


@pytest.fixture
def school(app: Flask, cast: Cast, activity_id: int) -> Iterator[School]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        lms = Lms(wire, issuer=ISSUER, client_id="101", host=ISSUER)
        lms.deployment_id = "1"
        with writing(app):
            key = db.session.get_one(Activity, activity_id).key
            keys = {"keys": [pair(lms.kid).as_dict(private=False)]}
            fresh = {"jwks": keys, "jwks_fetched_at": clock.real_now()}
            db.session.execute(update(Platform).values(fresh))
        yield School(lms, cast, activity_id, key)


@pytest.fixture
def work_id(app: Flask, cast: Cast, activity_id: int) -> int:
    with writing(app):
        return hand_in(activity_id, cast.student.id)


def refused(answer: TestResponse) -> str:
    """The words of a refusal, which names nobody and nothing, and signs nobody in."""
    assert answer.status_code == 403, answer.location
    said = words(answer)
    for secret in ("Amara", "Noor", "Diallo", "Haddad", "Energy", "poster", "sub-"):
        assert secret not in said
    assert "third_option=" not in answer.headers.get("Set-Cookie", "")
    return said


def landed(answer: TestResponse) -> tuple[int, str | None, str]:
    assert answer.status_code < 400
    return answer.status_code, answer.location, words(answer)


def words(answer: TestResponse) -> str:
    """What a page says, without the number to ask about it."""
    return NUMBER.sub("", " ".join(BeautifulSoup(answer.text, "html.parser").get_text(" ").split()))


# Who marks


@pytest.mark.parametrize("who", ["teacher", "assistant"])
def test_a_review_leads_who_marks_to_the_newest_hand_in(
    app: Flask, client: FlaskClient, cast: Cast, school: School, work_id: int, who: str
) -> None:
    with writing(app):
        hand_back(
            db.session.get_one(Submission, work_id), "Show more.", db.session.get_one(Person, cast.teacher.id), NOON
        )
        second = hand_in(school.activity_id, cast.student.id, "My second poster")
    answer = school.review(client, who, AMARA)
    assert (answer.status_code, answer.location) == (303, f"/submissions/{second}/grade")
    page = client.get(answer.location)
    assert page.status_code == 200
    assert "My second poster" in page.text


def test_a_go_that_is_still_written_does_not_hide_the_one_before(
    app: Flask, client: FlaskClient, cast: Cast, school: School, work_id: int
) -> None:
    with writing(app):
        first = db.session.get_one(Submission, work_id)
        hand_back(first, "Show more.", db.session.get_one(Person, cast.teacher.id), NOON)
        db.session.add(Submission.start(first.choice, first, NOON))
    assert school.review(client, "teacher", AMARA).location == f"/submissions/{work_id}/grade"


def test_where_nothing_was_handed_in_the_student_s_page_says_so(
    app: Flask, client: FlaskClient, school: School, cast: Cast
) -> None:
    with app.app_context():
        choice_id = choice_of(school.activity_id, cast.classmate.id).id
    answer = school.review(client, "teacher", NOOR)
    assert answer.location == f"/choices/{choice_id}"
    assert "Nothing is handed in yet." in words(client.get(answer.location))


def test_a_student_who_came_after_the_roster_gets_a_line_to_be_shown(
    app: Flask, client: FlaskClient, school: School, cast: Cast
) -> None:
    with writing(app):
        choice = choice_of(school.activity_id, cast.classmate.id)
        db.session.delete(choice)
    answer = school.review(client, "teacher", NOOR)
    with app.app_context():
        assert answer.location == f"/choices/{choice_of(school.activity_id, cast.classmate.id).id}"


@pytest.mark.parametrize("sub", [NOBODY, "sub-Adaeze Okafor", "x" * 200, "' or 1=1 --", "sub-Eve Field"])
def test_a_review_of_nobody_here_is_a_page_in_words(client: FlaskClient, school: School, sub: str) -> None:
    answer = school.review(client, "teacher", sub)
    assert answer.status_code == 404
    assert "There is no work of this student to show" in answer.text


def test_another_course_s_student_is_nobody_here(app: Flask, client: FlaskClient, school: School, cast: Cast) -> None:
    with writing(app):
        course = db.session.get_one(Person, cast.other_teacher.id).course
        make_person(course, "Hana Ito", Role.STUDENT)
        make_activity(course.id, cast.other_teacher.id)
    assert school.review(client, "teacher", "sub-Hana Ito").status_code == 404


def test_work_of_who_has_left_is_still_found(
    app: Flask, client: FlaskClient, school: School, cast: Cast, work_id: int
) -> None:
    with writing(app):
        db.session.get_one(Person, cast.student.id).left_at = NOON
    assert school.review(client, "teacher", AMARA).location == f"/submissions/{work_id}/grade"


def test_an_assistant_of_another_section_learns_no_more_than_of_an_invented_student(
    app: Flask, client: FlaskClient, school: School, cast: Cast, work_id: int
) -> None:
    with writing(app):
        db.session.add(PersonSection(person_id=cast.student.id, section="42"))
        db.session.add(PersonSection(person_id=cast.classmate.id, section="43"))
        users = {member.user_id: section for member, section in ((cast.student, "42"), (cast.classmate, "43"))}
        for user_id, section in users.items():
            db.session.execute(update(Membership).where(Membership.user_id == user_id).values(sections=[section]))
        classmate_s = hand_in(school.activity_id, cast.classmate.id)
    limited = {"custom": {"section_restricted": "true", "section_ids": "42"}}
    answers = [school.review(client, "assistant", sub, **limited) for sub in (NOOR, NOBODY)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert words(answers[0]) == words(answers[1])
    ways = [school.work(client, "assistant", number, **limited).location for number in (classmate_s, 999_999)]
    assert ways == [f"/activities/{school.activity_id}"] * 2
    assert school.review(client, "assistant", AMARA, **limited).location == f"/submissions/{work_id}/grade"
    assert school.work(client, "assistant", work_id, **limited).location == f"/submissions/{work_id}/grade"


def test_an_activity_that_no_student_sees_yet_opens_as_ever(app: Flask, client: FlaskClient, school: School) -> None:
    with writing(app):
        activity_of(school.activity_id).published_at = None
    assert landed(school.review(client, "teacher", AMARA)) == landed(school.launch(client, "teacher"))


# The student, and who may look on


def test_a_student_s_review_of_themself_is_their_own_page(
    app: Flask, client: FlaskClient, school: School, cast: Cast, work_id: int
) -> None:
    assert school.review(client, "student", AMARA).location == f"/activities/{school.activity_id}/submission"
    with writing(app):
        release(work_id, cast.teacher.id)
    answer = school.review(client, "student", AMARA)
    assert answer.location == f"/activities/{school.activity_id}/grade"
    assert client.get(answer.location).status_code == 200


def test_a_student_s_own_work_in_canvas_is_their_own_page(client: FlaskClient, school: School, work_id: int) -> None:
    assert school.work(client, "student", work_id).location == f"/activities/{school.activity_id}/submission"


def test_another_student_is_refused_and_learns_nothing(
    app: Flask, client: FlaskClient, school: School, cast: Cast, work_id: int
) -> None:
    existing, invented = (refused(school.review(client, "classmate", sub)) for sub in (AMARA, NOBODY))
    assert existing == invented
    real, made_up = (refused(school.work(client, "classmate", number)) for number in (work_id, 999_999))
    assert real == made_up == existing


def test_who_is_refused_stays_who_they_were(client: FlaskClient, school: School, work_id: int) -> None:
    assert school.launch(client, "classmate").status_code == 303
    refused(school.review(client, "classmate", AMARA))
    assert client.get(f"/activities/{school.activity_id}/choice").status_code == 200
    assert client.get(f"/submissions/{work_id}/grade").status_code == 403


@pytest.mark.parametrize("who", ["designer", "observer"])
def test_whoever_marks_nobody_is_refused(client: FlaskClient, school: School, work_id: int, who: str) -> None:
    said = {refused(school.review(client, who, sub)) for sub in (NOOR, NOBODY, AMARA if who == "designer" else NOOR)}
    said |= {refused(school.work(client, who, number)) for number in (work_id if who == "designer" else 7, 999_999)}
    assert len(said) == 1


def test_an_administrator_is_refused(client: FlaskClient, school: School, work_id: int) -> None:
    said = {refused(school.review(client, "designer", sub, Role.ADMINISTRATOR)) for sub in (AMARA, NOBODY)}
    assert len(said | {refused(school.work(client, "designer", work_id, Role.ADMINISTRATOR))}) == 1


def test_an_observer_sees_the_child_the_lms_names(
    client: FlaskClient, school: School, cast: Cast, work_id: int
) -> None:
    observed = f"/people/{cast.student.id}/activities/{school.activity_id}"
    assert school.review(client, "observer", AMARA, **MENTEE).location == observed
    assert school.work(client, "observer", work_id, **MENTEE).location == observed
    assert client.get(observed).status_code == 200
    refused(school.review(client, "observer", NOOR, **MENTEE))


def test_an_observer_is_led_to_nothing_that_students_do_not_see(
    app: Flask, client: FlaskClient, school: School
) -> None:
    with writing(app):
        activity_of(school.activity_id).published_at = None
    answer = school.review(client, "observer", AMARA, **MENTEE)
    assert landed(answer) == landed(school.launch(client, "observer", **MENTEE))


BOTH = (Role.TEACHER, Role.STUDENT)


def test_whoever_teaches_and_learns_marks_others_and_sees_their_own(
    app: Flask, client: FlaskClient, school: School, cast: Cast, work_id: int
) -> None:
    with writing(app):
        other = hand_in(school.activity_id, cast.classmate.id)
    assert school.review(client, "student", NOOR, *BOTH).location == f"/submissions/{other}/grade"
    assert client.get(f"/submissions/{other}/grade").status_code == 200
    assert school.review(client, "student", AMARA, *BOTH).location == f"/activities/{school.activity_id}/submission"
    assert school.work(client, "student", other, *BOTH).location == f"/submissions/{other}/grade"
    with app.app_context():
        assert db.session.get_one(Person, cast.student.id).role is Role.TEACHER


def test_an_assistant_who_learns_here_is_no_marker_of_their_own(
    client: FlaskClient, school: School, work_id: int
) -> None:
    both = (Role.ASSISTANT, Role.STUDENT)
    assert school.work(client, "student", work_id, *both).location == f"/activities/{school.activity_id}/submission"


# What the launch says, and where it comes from

BAD: list[object] = [7, [AMARA], {"id": AMARA}, "x" * 256, "sub-Amara\0 Diallo"]


@pytest.mark.parametrize(("family", "status"), [("moodle", 303), ("canvas", 400), ("", 400)])
def test_moodle_alone_may_leave_the_column_out(
    app: Flask, client: FlaskClient, school: School, work_id: int, family: str, status: int
) -> None:
    """It names none where two hang on the link."""
    with writing(app):
        db.session.execute(update(Platform).values(product_family=family))
    bare = {ENDPOINT: {"scope": [], "lineitems": f"{ISSUER}/courses/1/line_items"}}
    answer = school.review(client, "teacher", AMARA, **bare)
    assert answer.status_code == status
    assert answer.location == (f"/submissions/{work_id}/grade" if status == 303 else None)


@pytest.mark.parametrize("named", [None, ""])
def test_a_review_that_names_nobody_opens_as_ever(client: FlaskClient, school: School, named: object) -> None:
    assert school.review(client, "teacher", named).location == f"/activities/{school.activity_id}"
    assert school.review(client, "classmate", named).location == f"/activities/{school.activity_id}/choice"


@pytest.mark.parametrize("about", [GONE, None, {}, AMARA, [], 7, *({"user_id": one} for one in BAD)])
def test_a_review_that_is_no_whole_launch_is_refused(client: FlaskClient, school: School, about: object) -> None:
    assert school.review(client, "teacher", AMARA, for_user=about).status_code == 400


@pytest.mark.parametrize("number", ["0", "-1", "2147483648", "9" * 18, "9" * 900, "²", "%00", "1.5", "a"])
def test_a_number_that_no_hand_in_has_leads_who_marks_to_the_activity(
    client: FlaskClient, school: School, number: str
) -> None:
    assert school.work(client, "teacher", number).location == f"/activities/{school.activity_id}"


def test_a_draft_is_opened_by_nobody_s_address(app: Flask, client: FlaskClient, school: School, cast: Cast) -> None:
    with writing(app):
        work_id = hand_in(school.activity_id, cast.student.id)
        work = db.session.get_one(Submission, work_id)
        hand_back(work, "Show more.", db.session.get_one(Person, cast.teacher.id), NOON)
        draft = Submission.start(work.choice, work, NOON)
        db.session.add(draft)
        db.session.flush()
        draft_id = draft.id
    assert school.work(client, "teacher", draft_id).location == f"/activities/{school.activity_id}"


def test_work_of_another_activity_is_not_opened_by_this_one_s_link(
    app: Flask, client: FlaskClient, school: School, cast: Cast
) -> None:
    with writing(app):
        other = make_activity(cast.course_id, cast.teacher.id, title="Another")
        work_id = hand_in(other, cast.student.id)
    assert school.work(client, "teacher", work_id).location == f"/activities/{school.activity_id}"


def test_the_address_of_marked_work_still_leads_to_it(
    app: Flask, client: FlaskClient, school: School, cast: Cast, work_id: int
) -> None:
    with writing(app):
        make_ready(work_id, cast.teacher.id)
    assert school.work(client, "teacher", work_id).location == f"/submissions/{work_id}/grade"


@pytest.mark.parametrize("link", ["bio-9b", "link-new"])
def test_a_review_of_a_link_without_an_activity(
    client: FlaskClient, school: School, cast: Cast, work_id: int, link: str
) -> None:
    """The course page's own link, and one that nobody has set up: each opens as ever for whoever may look."""
    elsewhere = {"resource_link": {"id": link}, "target_link_uri": TOOL}
    staff = school.review(client, "teacher", AMARA, **elsewhere)
    assert staff.status_code == 303
    assert staff.location.startswith(f"/courses/{cast.course_id}/")
    refused(school.review(client, "classmate", AMARA, **elsewhere))
    own = school.review(client, "student", AMARA, **elsewhere)
    assert own.status_code < 400
    assert "/submissions/" not in (own.location or "")


def test_a_review_in_another_course_opens_nothing_of_this_one(
    client: FlaskClient, school: School, work_id: int
) -> None:
    there = {"context": {"id": "hist-8a"}, "resource_link": {"id": "there"}}
    assert school.review(client, "teacher", AMARA, **there).status_code == 404
    there_too = school.work(client, "teacher", work_id, **there)
    assert f"/submissions/{work_id}" not in (there_too.location or there_too.text)


# Captured


@pytest.mark.parametrize("folder", ["moodle-4.2", "moodle-4.5"])
def test_moodle_s_captured_reviews(
    app: Flask, client: FlaskClient, school: School, cast: Cast, work_id: int, folder: str
) -> None:
    """The grade report's three visitors, as captured: the teacher, the student, and another who took their link."""
    people = {"3": cast.teacher, "5": cast.student, "6": cast.classmate}
    with writing(app):
        db.session.execute(update(Platform).values(product_family="moodle"))
        for sub, member in people.items():
            db.session.execute(update(User).where(User.id == member.user_id).values(sub=sub))
    seen = {}
    for one in captured(folder, "submission-review"):
        if one.get("message_type") != REVIEW or "deep-linked with submissionReview" not in one["note"]:
            continue
        claims = school.lms.claims(
            sub=one["sub"],
            roles=one["roles"],
            custom=one["custom"],
            for_user=one["for_user"],
            message_type=REVIEW,
            target_link_uri=one["target_link_uri"].replace("http://127.0.0.1:9000", "http://localhost"),
            context={"id": "bio-9b"},
            resource_link={"id": f"link-{school.activity_id}"},
            **{ENDPOINT: one["endpoint"]},
        )
        assert re.fullmatch(r"[0-9]+", one["for_user"]["user_id"])
        with clock.at(LATER):
            answer = school.lms.launch(client, claims)
        seen[one["sub"]] = (answer.status_code, answer.location)
    assert seen == {
        "3": (303, f"/submissions/{work_id}/grade"),
        "5": (303, f"/activities/{school.activity_id}/submission"),
        "6": (403, None),
    }
    with app.app_context():
        assert len(db.session.scalars(select(Choice)).all()) == 2
