"""A link of a copied course, launched by everybody who may come, through HTTP with really signed tokens.

Where its origin is not proven a key is worth as much as one that nobody ever made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from threading import Barrier
from typing import Any

import pytest
import responses
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from engine import clock
from engine.db import db
from lti.models.context import Context, ContextOrigin, ResourceLink
from lti.models.platform import Deployment
from lti.models.score import OutgoingScore
from personalization.activity.copy_offer import CopyOffer
from personalization.activity.model import Activity
from personalization.activity.placement import Placement
from personalization.activity.publishing import publish
from personalization.people.model import Course, Person, Role
from tests.cast import NOON, make_activity, make_person, writing
from tests.lti.platform import Lms, pair
from tests.personalization.arranging import hand_in, release
from tests.personalization.pressing import look, press

HERE, THERE = "new-course", "old-course"
NONSENSE = "a-key-that-nobody-ever-made"
ROLES = {
    "teacher": "Instructor",
    "designer": "ContentDeveloper",
    "student": "Learner",
    "observer": "Mentor",
    "assistant": "Instructor#TeachingAssistant",
}


@dataclass
class Copied:
    """A platform with the old course and an activity in it, of which the LMS makes a new course."""

    app: Flask
    lms: Lms
    activity_id: int = 0
    key: str = ""
    browsers: dict[str, FlaskClient] = field(default_factory=dict)

    def launch(self, sub: str = "teacher", link: str = "link-1", *, course: str = HERE, **said: Any) -> TestResponse:
        """`sub` launches a link with these custom parameters; the role is in the name: "teacher 2" is another."""
        browser = self.browsers.setdefault(sub, self.app.test_client())
        custom = {"activity_key": self.key, "context_id_history": THERE, **said.pop("custom", {})}
        role = ROLES[sub.partition(" ")[0]]
        claims = self.lms.claims(
            sub=sub,
            name=sub,
            custom={name: value for name, value in custom.items() if value is not None},
            context={"id": course, "label": "SCI8", "title": "Science 8"},
            resource_link={"id": link, "title": "Energy project"},
            roles=[f"http://purl.imsglobal.org/vocab/lis/v2/membership{'/' if '#' in role else '#'}{role}"],
            target_link_uri=said.pop("target_link_uri", "http://localhost/lti/launch"),
            **said,
        )
        with clock.at(NOON):
            return self.lms.launch(browser, claims)

    def open(self, sub: str = "teacher", link: str = "link-1", **said: Any) -> TestResponse:
        """The page that a launch leads to."""
        answer = self.launch(sub, link, **said)
        return look(self.browsers[sub], answer.location) if answer.status_code == 303 else answer

    def start(self, sub: str = "teacher", link: str = "link-1", **form: str) -> TestResponse:
        """Launch, and press the button of the offer."""
        address = self.launch(sub, link).location
        link_id = address.partition("link=")[2].partition("&")[0]
        return press(self.browsers[sub], address, {"link": link_id, "opens": "2027-01-11", "others": "no", **form})


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    """The network: nothing but the platform's keys is there."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mocked:
        yield mocked


@pytest.fixture
def copied(app: Flask, wire: responses.RequestsMock) -> Copied:
    lms = registered(app, Lms(wire))
    made = Copied(app, lms)
    with writing(app):
        course = _course(lms.platform_id, THERE)
        by = make_person(course, "Ms. Before", Role.TEACHER)
        made.activity_id = make_activity(course.id, by.id, "Energy project")
        made.key = db.session.get_one(Activity, made.activity_id).key
    return made


def registered(app: Flask, lms: Lms) -> Lms:
    """Its keys are known already: the app, which all tests share, fetches those of one platform only so often."""
    lms.register(app, jwks={"keys": [pair(lms.kid).as_dict(private=False)]}, jwks_fetched_at=clock.real_now())
    return lms


def _course(platform_id: int, context_id: str, deployment_id: str = "dep-1") -> Course:
    deployment = db.session.scalar(
        select(Deployment).where(Deployment.platform_id == platform_id, Deployment.deployment_id == deployment_id)
    ) or Deployment(platform_id=platform_id, deployment_id=deployment_id)
    context = Context(deployment=deployment, context_id=context_id, title=context_id.title())
    db.session.add(context)
    db.session.flush()
    course = Course(context_id=context.id, title=context_id.title(), zone="America/Chicago")
    db.session.add(course)
    db.session.flush()
    return course


def rows(session: Session, kind: type[Any]) -> int:
    return session.scalar(select(func.count()).select_from(kind)) or 0


def the_copy(session: Session, origin_id: int) -> Activity:
    session.expire_all()
    offers = session.scalars(select(CopyOffer).where(CopyOffer.origin_id == origin_id)).all()
    (found,) = {offer.copy for offer in offers if offer.copy is not None}
    return found


# The offer


@pytest.mark.parametrize("role", ["teacher", "designer"])
def test_whoever_designs_in_the_copied_course_is_offered_a_copy(copied: Copied, role: str) -> None:
    page = copied.open(role)
    assert page.status_code == 200
    assert "Start a copy of “Energy project” from “Old-Course”" in page.text


def test_the_key_in_the_address_alone_is_as_good(copied: Copied) -> None:
    address = f"http://localhost/lti/launch?activity={copied.key}"
    page = copied.open(custom={"activity_key": None}, target_link_uri=address)
    assert "Start a copy of “Energy project”" in page.text


@pytest.mark.parametrize(
    "history", [THERE, f"between,{THERE}", f" {THERE} , older,truncated", f"{','.join('abcdefgh')},{THERE}"]
)
def test_the_history_names_it_anywhere_in_the_list(copied: Copied, history: str) -> None:
    assert "Start a copy" in copied.open(custom={"context_id_history": history}).text


def test_moodle_s_copy_under_another_deployment_is_offered_too(copied: Copied, app: Flask) -> None:
    with writing(app):
        db.session.add(Deployment(platform_id=copied.lms.platform_id, deployment_id="5"))
    assert "Start a copy" in copied.open(deployment_id="5").text


def test_the_same_course_under_another_deployment_proves_itself(copied: Copied, app: Flask) -> None:
    with writing(app):
        db.session.add(Deployment(platform_id=copied.lms.platform_id, deployment_id="5"))
    page = copied.open(course=THERE, deployment_id="5", custom={"context_id_history": None})
    assert "Start a copy of “Energy project”" in page.text


def test_the_page_of_the_course_itself_offers_it_for_no_link(copied: Copied) -> None:
    """Links inside Canvas’s texts carry the course’s own id, and so did SpeedGrader once."""
    answer = copied.launch(link=HERE)
    assert answer.location.startswith("/copy-offers/")
    assert "link=" not in answer.location


def test_a_notice_of_the_copy_proves_it_where_the_launch_says_nothing(copied: Copied, app: Flask) -> None:
    with writing(app):
        said = {"platform_id": copied.lms.platform_id, "told_at": NOON}
        db.session.add_all(
            [
                ContextOrigin(context_id=HERE, origin_id="between", **said),
                ContextOrigin(context_id="between", origin_id=THERE, **said),
            ]
        )
    assert "Start a copy of “Energy project”" in copied.open(custom={"context_id_history": None}).text


# What is not proven is not known


def without_numbers(answer: TestResponse) -> str:
    return "".join("#" if sign.isdigit() else sign for sign in answer.location or answer.text)


def same_as_nonsense(copied: Copied, session: Session, sub: str = "teacher", **said: Any) -> None:
    """The answer, the page behind it and what was written are those for a key that nobody ever made."""
    custom = said.pop("custom", {})
    real = copied.launch(sub, "link-real", custom=custom, **said)
    page = look(copied.browsers[sub], real.location) if real.location else real
    assert rows(session, CopyOffer) == 0
    nonsense = copied.launch(sub, "link-none", custom={**custom, "activity_key": NONSENSE}, **said)
    other = look(copied.browsers[sub], nonsense.location) if nonsense.location else nonsense
    assert (real.status_code, without_numbers(real)) == (nonsense.status_code, without_numbers(nonsense))
    assert page.status_code == other.status_code
    assert "Energy project" not in page.text
    assert "Old-Course" not in page.text
    for shown in (page, other):
        assert ("not known in this course" in shown.text) == (
            ROLES[sub.partition(" ")[0]] in {"Instructor", "ContentDeveloper"}
        )


@pytest.mark.one_database
@pytest.mark.parametrize("sub", ["teacher", "designer"])
@pytest.mark.parametrize("history", [None, "", "elsewhere", "old-course-2", "$Context.id.history", "*", "%"])
def test_without_a_proof_nothing_is_known(copied: Copied, session: Session, sub: str, history: str | None) -> None:
    same_as_nonsense(copied, session, sub, custom={"context_id_history": history})


@pytest.mark.parametrize("sub", ["student", "observer", "assistant"])
def test_whoever_designs_nothing_learns_nothing(copied: Copied, session: Session, sub: str) -> None:
    same_as_nonsense(copied, session, sub)


@pytest.mark.parametrize("sub", ["student", "observer", "assistant"])
def test_whoever_comes_before_the_teacher_reads_that_it_is_not_ready(
    copied: Copied, session: Session, sub: str
) -> None:
    answer = copied.launch(sub)
    assert answer.status_code == 200
    assert "This activity is not ready yet" in answer.text
    assert "nothing is late" in answer.text
    assert (rows(session, CopyOffer), rows(session, Placement), rows(session, Activity)) == (0, 1, 1)


def test_an_administrator_who_is_nobody_there_reads_it_too(copied: Copied, session: Session) -> None:
    root = ["http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator"]
    copied.browsers["root"] = copied.app.test_client()
    said = copied.lms.claims(
        sub="root",
        roles=root,
        context={"id": HERE, "title": "New"},
        custom={"activity_key": copied.key, "context_id_history": THERE},
    )
    answer = copied.lms.launch(copied.browsers["root"], said)
    assert (answer.status_code, rows(session, CopyOffer)) == (200, 0)
    assert "This activity is not ready yet" in answer.text


def test_a_history_that_nobody_signed_is_none(copied: Copied, session: Session) -> None:
    address = f"http://localhost/lti/launch?activity={copied.key}&context_id_history={THERE}&activity_key={copied.key}"
    same_as_nonsense(copied, session, custom={"context_id_history": None}, target_link_uri=address)
    browser = copied.browsers["teacher"]
    with clock.at(NOON):
        asked = copied.lms.login(browser)
        said = copied.lms.claims(
            "Instructor", sub="teacher", context={"id": HERE}, custom={"activity_key": copied.key}, nonce=asked["nonce"]
        )
        form = {"id_token": copied.lms.sign(said), "state": asked["state"], "context_id_history": THERE}
        answer = browser.post("/lti/launch", data={**form, "custom_context_id_history": THERE})
    assert answer.location.startswith("/courses/")
    assert rows(session, CopyOffer) == 0


def test_another_platform_s_key_is_nothing_even_with_its_context_named(
    copied: Copied, app: Flask, wire: responses.RequestsMock, session: Session
) -> None:
    """Another school on this server has a course of the same id, and knows the key."""
    other = Lms(wire, issuer="https://other.example", host="https://other.example")
    registered(app, other)
    same_as_nonsense(Copied(app, other, key=copied.key), session)
    same_as_nonsense(Copied(app, other, key=copied.key), session, "teacher 2", course=THERE)


def test_the_same_issuer_with_another_client_is_another_platform(
    copied: Copied, app: Flask, wire: responses.RequestsMock, session: Session
) -> None:
    other = Lms(wire, client_id="client-2")
    registered(app, other)
    same_as_nonsense(Copied(app, other, key=copied.key), session)


@pytest.mark.one_database("postgresql")
@pytest.mark.parametrize("key", ["x" * 41, "k" * 9000, "a\0b", "’", "a b", "../..", "%00"])
def test_what_looks_like_no_key_is_none(copied: Copied, key: str) -> None:
    """The address is the LMS’s to sign, with whatever a teacher put there."""
    address = f"http://localhost/lti/launch?activity={key}"
    for said in ({"custom": {"activity_key": key}}, {"custom": {"activity_key": None}, "target_link_uri": address}):
        answer = copied.launch(link=f"link-{len(said)}", **said)
        assert answer.status_code == 303
        assert answer.location.startswith("/courses/")


# Whoever designs in both courses


def test_whoever_designs_in_both_courses_needs_no_other_proof(copied: Copied, session: Session) -> None:
    none = {"context_id_history": None}
    assert "Start a copy" not in copied.open(custom=none).text
    copied.launch("teacher", "course-page", course=THERE, custom={"activity_key": None})
    answer = copied.launch(custom=none)
    assert answer.location.startswith("/copy-offers/")
    assert "Start a copy of “Energy project”" in look(copied.browsers["teacher"], answer.location).text
    # it is theirs alone, also where somebody names its address
    assert "Start a copy" not in copied.open("teacher 2", custom=none).text
    assert look(copied.browsers["teacher 2"], answer.location).status_code == 403
    assert press(copied.browsers["teacher 2"], answer.location, {"opens": ""}).status_code == 403
    assert rows(session, Activity) == 1


@pytest.mark.parametrize("role", ["student", "assistant", "observer"])
def test_another_role_in_the_course_before_proves_nothing(
    copied: Copied, app: Flask, session: Session, role: str
) -> None:
    copied.launch("teacher", "course-page", course=THERE, custom={"activity_key": None})
    with writing(app):
        there = db.session.scalars(select(Person).where(Person.full_name == "teacher")).one()
        there.role, there.roles = Role(role), [role]
    same_as_nonsense(copied, session, custom={"context_id_history": None})


def test_whoever_left_the_course_before_proves_nothing(copied: Copied, app: Flask, session: Session) -> None:
    copied.launch("teacher", "course-page", course=THERE, custom={"activity_key": None})
    with writing(app):
        db.session.scalars(select(Person).where(Person.full_name == "teacher")).one().left_at = NOON
    same_as_nonsense(copied, session, custom={"context_id_history": None})


def test_once_the_lms_proved_it_every_designer_of_the_course_may(copied: Copied) -> None:
    copied.launch()
    answer = copied.launch("teacher 2")
    copied.launch("teacher 2", custom={"context_id_history": None})
    assert look(copied.browsers["teacher 2"], answer.location).status_code == 200


# Started


def test_a_press_makes_one_draft_behind_the_link(copied: Copied, session: Session) -> None:
    address = copied.launch().location
    form = {"link": address.partition("link=")[2].partition("&")[0], "opens": "2027-01-11", "others": "no"}
    for _time in range(2):
        answer = press(copied.browsers["teacher"], address, form)
        copy = the_copy(session, copied.activity_id)
        assert (answer.status_code, answer.location) == (303, f"/activities/{copy.id}/design")
    assert rows(session, Activity) == 2
    assert (copy.title, copy.published_at) == ("Energy project", None)
    placed = session.scalars(select(Placement).where(Placement.activity_id == copy.id)).all()
    assert len(placed) == 1
    assert copied.launch().location == f"/activities/{copy.id}/design"
    assert "This activity is not ready yet" in copied.launch("student").text
    assert "This activity is not ready yet" in copied.launch("assistant").text
    assert "This activity is not ready yet" in copied.launch("observer").text


def published(copied: Copied, session: Session) -> Activity:
    copied.start()
    copy = the_copy(session, copied.activity_id)
    publish(copy, NOON)
    session.flush()
    return copy


def test_published_it_opens_for_students(copied: Copied, session: Session) -> None:
    copy = published(copied, session)
    copy.opens = NOON - timedelta(hours=1)
    session.flush()
    assert copied.launch("student").location == f"/activities/{copy.id}/choice"
    assert copied.launch("student", "link-2").location == f"/activities/{copy.id}/choice"
    assert copied.launch("student", HERE).location == f"/activities/{copy.id}/choice"
    assert copied.launch("teacher").location == f"/activities/{copy.id}"


def test_the_first_one_stays_the_old_course_s(copied: Copied, session: Session) -> None:
    copy = published(copied, session)
    answer = copied.launch("teacher", "link-old", course=THERE, custom={"context_id_history": None})
    assert answer.location == f"/activities/{copied.activity_id}"
    assert copy.id != copied.activity_id


def test_a_second_link_with_a_column_shares_the_one_activity(copied: Copied, app: Flask, session: Session) -> None:
    """The newest link that has a column takes the grades, those released before too; nothing is sent twice."""
    copy = published(copied, session)
    copied.launch("student", "link-1", **copied.lms.services("items/1"))
    student = session.scalars(select(Person).where(Person.full_name == "student")).one().id
    teacher = session.scalars(select(Person).where(Person.full_name == "teacher")).one().id
    with writing(app):
        release(hand_in(copy.id, student), teacher)
    for _time in range(2):
        copied.launch("student", "link-2", **copied.lms.services("items/2"))
    columns = sorted(score.line_item.url.rpartition("/")[2] for score in session.scalars(select(OutgoingScore)))
    assert columns == ["1", "2"]
    copied.launch("student", "link-1", **copied.lms.services("items/1"))
    assert rows(session, OutgoingScore) == 2


def at_once(*launches: Callable[[], TestResponse]) -> list[TestResponse]:
    barrier = Barrier(len(launches))

    def go(one: Callable[[], TestResponse]) -> TestResponse:
        barrier.wait()
        return one()

    with ThreadPoolExecutor(len(launches)) as pool:
        return [future.result(timeout=60) for future in [pool.submit(go, one) for one in launches]]


def test_a_class_that_opens_a_copied_link_at_once_binds_it_once(copied: Copied, session: Session) -> None:
    copy = published(copied, session)
    copied.launch("teacher 2", "link-2", custom={"activity_key": NONSENSE})  # the link is known, and opens nothing
    answers = at_once(*[partial(copied.launch, f"student {n}", "link-2") for n in range(6)])
    assert {answer.location for answer in answers} == {f"/activities/{copy.id}/choice"}
    assert rows(session, Placement) == 3


def test_two_teachers_who_open_it_at_once_find_one_offer(copied: Copied, session: Session) -> None:
    for n in range(4):
        copied.launch(f"teacher {n}", custom={"activity_key": NONSENSE})  # they and the link are known
    answers = at_once(*[partial(copied.launch, f"teacher {n}") for n in range(4)])
    assert len({answer.location for answer in answers}) == 1
    assert rows(session, CopyOffer) == 1


# The course’s own page


def test_the_page_of_canvas_s_course_is_never_an_activity(copied: Copied, session: Session) -> None:
    copy = published(copied, session)
    assert copied.launch("student", HERE).location == f"/activities/{copy.id}/choice"  # by its key, as SpeedGrader did
    assert copied.launch("student", HERE, custom={"activity_key": None}).location.endswith("/mine")
    page = session.scalars(select(ResourceLink).where(ResourceLink.resource_link_id == HERE)).one()
    assert session.scalar(select(Placement).where(Placement.resource_link_id == page.id)) is None


def test_on_moodle_activity_2_of_course_2_is_an_activity(
    app: Flask, wire: responses.RequestsMock, session: Session
) -> None:
    lms = registered(app, Lms(wire, family="moodle"))
    with writing(app):
        course = _course(lms.platform_id, "2")
        by = make_person(course, "Ms. Before", Role.TEACHER)
        made = make_activity(course.id, by.id, "Energy project")
        key = db.session.get_one(Activity, made).key
    moodle = Copied(app, lms, made, key)
    assert moodle.launch("student", "2", course="2").location == f"/activities/{made}/choice"
    assert (
        moodle.launch("student", "2", course="2", custom={"activity_key": None}).location
        == f"/activities/{made}/choice"
    )


# A copy of a copy


def start_in(copied: Copied, course: str, history: str, sub: str, key: str | None = None) -> int:
    """Somebody starts the copy of the link's activity in this course; the draft's id."""
    answer = copied.launch(
        sub,
        f"link-{course}",
        course=course,
        custom={"context_id_history": history} | ({"activity_key": key} if key else {}),
    )
    assert answer.location.startswith("/copy-offers/"), answer.location
    link = answer.location.partition("link=")[2].partition("&")[0]
    done = press(copied.browsers[sub], answer.location, {"link": link, "opens": "2027-01-11", "others": "no"})
    return int(done.location.split("/")[2])


def test_a_copy_of_a_copy_comes_from_the_nearest_that_was_published(
    copied: Copied, app: Flask, session: Session
) -> None:
    second = start_in(copied, "second", THERE, "teacher")
    draft_of = start_in(copied, "third", f"second,{THERE}", "teacher 2")
    assert session.get_one(Activity, draft_of).title == "Energy project"
    with writing(app):
        middle = db.session.get_one(Activity, second)
        middle.title = "Energy project, second year"
        publish(middle, NOON)
    fourth = start_in(copied, "fourth", f"second,{THERE}", "teacher 3")
    assert session.get_one(Activity, fourth).title == "Energy project, second year"
    # a link made in the second course means the same copy
    second_key = session.get_one(Activity, second).key
    answer = copied.launch(
        "teacher 3", "link-b", course="fourth", custom={"context_id_history": "second", "activity_key": second_key}
    )
    assert answer.location == f"/activities/{fourth}/design"
    # and where only the nearest is named, that is proof enough
    fifth = start_in(copied, "fifth", "fourth", "teacher 4")
    assert session.get_one(Activity, fifth).title == "Energy project, second year"


def test_copied_back_the_old_key_opens_the_old_activity(copied: Copied) -> None:
    start_in(copied, "second", THERE, "teacher")
    answer = copied.launch("teacher", "link-back", course=THERE, custom={"context_id_history": "second"})
    assert answer.location == f"/activities/{copied.activity_id}"


# A link that has an activity


def test_a_link_keeps_its_activity_whatever_key_of_elsewhere_it_names(
    copied: Copied, app: Flask, session: Session
) -> None:
    copied.launch("teacher", "link-mine")
    with writing(app):
        me = db.session.scalars(select(Person).where(Person.full_name == "teacher")).one()
        mine = make_activity(me.course_id, me.id, "Designed anew")
        link = db.session.scalars(select(ResourceLink).where(ResourceLink.resource_link_id == "link-mine")).one()
        db.session.add(Placement(resource_link_id=link.id, activity_id=mine, placed_at=NOON))
    assert copied.launch("teacher", "link-mine").location == f"/activities/{mine}"
    copied.start("teacher", "link-other")
    assert copied.launch("teacher", "link-mine").location == f"/activities/{mine}"
    assert copied.launch("teacher", "link-mine", custom={"activity_key": NONSENSE}).location == f"/activities/{mine}"


def test_a_link_for_which_another_activity_was_chosen_in_the_lms_opens_that_one(
    copied: Copied, app: Flask, session: Session
) -> None:
    with writing(app):
        first = db.session.get_one(Activity, copied.activity_id)
        other = make_activity(first.course_id, first.created_by_id, "Another")
        key = db.session.get_one(Activity, other).key
    services = copied.lms.services("items/1")
    assert copied.launch("teacher", "link-9", course=THERE, **services).location == f"/activities/{copied.activity_id}"
    again = copied.launch("teacher", "link-9", course=THERE, custom={"activity_key": key}, **services)
    assert again.location == f"/activities/{other}"
    assert copied.launch("teacher", "link-9", course=THERE, custom={"activity_key": None}).location == again.location


# When it opens


def day_of(answer: TestResponse) -> str:
    return str(answer.location.rpartition("opens=")[2])


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("said", "day"),
    [
        ({}, "2026-11-10"),
        ({"course_begins_at": "2027-01-11T06:00:00Z"}, "2027-01-11"),
        ({"course_begins_at": "2026-09-01T05:00:00Z"}, "2026-11-10"),
        ({"course_begins_at": "soon"}, "2026-11-10"),
        ({"unlock_at": "2027-02-01T14:00:00Z", "course_begins_at": "2027-01-11T06:00:00Z"}, "2027-02-01"),
        ({"unlock_at": "2026-02-01T14:00:00Z", "course_begins_at": "2027-01-11T06:00:00Z"}, "2027-01-11"),
        ({"due_at": "2027-03-02T05:59:00Z"}, "2027-02-08"),  # due on 1 March; there it lasts 21 days
        ({"due_at": "9999-12-31T23:59:59Z"}, "2026-11-10"),
        ({"due_at": "2100-01-10T05:59:00Z"}, "2099-12-19"),
        ({"due_at": "0001-01-01T00:00:00Z"}, "2026-11-10"),
        ({"unlock_at": "0001-01-01T00:00:00Z"}, "2026-11-10"),
    ],
)
def test_the_day_that_is_suggested(copied: Copied, said: dict[str, str], day: str) -> None:
    answer = copied.launch(custom={"timezone": "America/Chicago", **said})
    assert day_of(answer) == day
    assert look(copied.browsers["teacher"], answer.location).status_code == 200
