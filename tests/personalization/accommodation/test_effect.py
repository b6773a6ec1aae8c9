"""What an arrangement does elsewhere: a student with more time after the class's time is over, an idea that has less to
show, somebody who comes late."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient

from engine.db import db
from personalization.accommodation.finding import accommodation_of
from personalization.accommodation.model import Terms
from personalization.choice.keeping import choice_of as line_of
from personalization.choice.keeping import retime
from personalization.people.model import Course, Person, Role
from personalization.proposal.model import Proposal, Status
from tests.cast import NOON, Cast, Member, make_activity, make_person, writing
from tests.personalization.accommodation.arranging import arrange
from tests.personalization.arranging import activity_of, choice_of
from tests.personalization.pressing import look, page_of, press
from tests.personalization.proposal.talking import FIELDS, asked_to_change, draft, sent

SignIn = Callable[[Member], FlaskClient]
REASONS = 2  # a criterion's key
WITHOUT_REASONS = {name: text for name, text in FIELDS.items() if name != "criterion-2"}


def give(cast: Cast, student: Member, **terms: object) -> None:
    arrange(student, cast.teacher, **terms)
    retime(db.session.get_one(Person, student.id), NOON)


# Time


def test_who_has_more_time_picks_after_the_class_s_time_is_over(
    app: Flask, cast: Cast, activity_id: int, signed_in: SignIn
) -> None:
    with writing(app):
        give(cast, cast.student, factor=Decimal("1.5"))
    with app.app_context():
        activity, mine = activity_of(activity_id), choice_of(activity_id, cast.student.id)
        assert activity.pick_by is not None
        assert mine.pick_by is not None
        after = activity.pick_by + timedelta(hours=12)
        assert after < mine.pick_by
        first = activity.designed_options[0].id
    page = look(signed_in(cast.student), f"/activities/{activity_id}/choice", now=after)
    assert "your own dates" in page.text
    answer = press(signed_in(cast.student), f"/activities/{activity_id}/choice", {"option": str(first)}, now=after)
    assert answer.status_code == 303
    with app.app_context():
        ours, theirs = choice_of(activity_id, cast.student.id), choice_of(activity_id, cast.classmate.id)
        assert (ours.option_id, ours.rule, ours.unplaced_at, ours.must_pick_at) == (first, None, None, None)
        assert theirs.unplaced_at is not None, "the same moment was too late for the class"


@pytest.mark.parametrize("zone", ["America/Denver", "Asia/Kathmandu", "Pacific/Apia"])
def test_half_more_counts_the_course_s_days_for_a_latecomer_too(app: Flask, cast: Cast, zone: str) -> None:
    """Seen first on 27 October 2026; ideas were due on the 22nd, and Denver turns its clocks on 1 November."""
    tz = ZoneInfo(zone)

    def on(month: int, day: int, hour: int = 23, minute: int = 59) -> datetime:
        return datetime(2026, month, day, hour, minute, tzinfo=tz).astimezone(UTC)

    dates: dict[str, Any] = {
        "opens": on(10, 18, 8, 0),
        "propose_by": on(10, 22),
        "answer_by": on(10, 23),
        "accept_by": on(10, 24),
        "pick_by": on(10, 26),
        "work_due": on(10, 30),
        "lock": on(11, 3),
    }
    with writing(app):
        course = db.session.get_one(Course, cast.course_id)
        course.zone = zone
        late = make_person(course, "Lia Late", Role.STUDENT)
        late.first_seen_at = on(10, 27, 9, 30)
        activity_id = make_activity(cast.course_id, cast.teacher.id, **dates)
        give(cast, Member(late.id, late.user_id, 1, course.id, late.name), factor=Decimal("1.5"))
        give(cast, cast.student, factor=Decimal("1.5"))
        late_id = late.id
    with app.app_context():
        days = {
            "propose_by": 6,
            "accept_by": 9,
            "pick_by": 12,
            "work_due": 18,
            "lock": 24,
        }  # half more of 4, 6, 8, 12, 16
        for person_id, start in ((cast.student.id, dates["opens"]), (late_id, on(10, 27, 9, 30))):
            choice = choice_of(activity_id, person_id)
            for name, count in days.items():
                own = getattr(choice, name).astimezone(tz)
                assert (own.hour, own.minute) == (23, 59), name
                assert own.date() == start.astimezone(tz).date() + timedelta(days=count), name
        theirs = choice_of(activity_id, cast.classmate.id)
        assert {name: getattr(theirs, name) for name in days} == {name: dates[name] for name in days}


def test_a_test_student_s_line_counts_it_from_the_start(app: Flask, cast: Cast, activity_id: int) -> None:
    """Their line is made when they come, not by a roster."""
    with writing(app):
        course = db.session.get_one(Course, cast.course_id)
        tester = make_person(course, "Test Student", Role.STUDENT, is_test=True)
        give(cast, Member(tester.id, tester.user_id, 1, course.id, ""), days=2, not_asked={activity_id: (REASONS,)})
        activity = activity_of(activity_id)
        choice = line_of(activity, tester, NOON)
        assert activity.work_due is not None
        assert choice.work_due == activity.work_due + timedelta(days=2)
        assert choice.not_asked == [REASONS]


# Fewer demands


@pytest.fixture
def less(app: Flask, cast: Cast, activity_id: int) -> None:
    with writing(app):
        give(cast, cast.student, not_asked={activity_id: (REASONS,)})


@pytest.mark.usefixtures("less")
def test_an_idea_needs_no_line_for_what_is_not_asked(
    app: Flask, cast: Cast, activity_id: int, signed_in: SignIn
) -> None:
    with writing(app):
        address = f"/proposals/{draft(activity_id, cast.student.id)}"
    amara = signed_in(cast.student)
    shown = page_of(amara, address)
    assert [f["name"] for f in shown.select("textarea[name^=criterion]")] == ["criterion-1", "criterion-3"]
    assert "Reasons" not in shown.get_text()
    assert press(amara, f"{address}/versions", WITHOUT_REASONS).status_code == 303
    with app.app_context():
        assert db.session.get_one(Proposal, int(address.rsplit("/", 1)[1])).status is Status.SUBMITTED
    teacher = signed_in(cast.teacher)
    decision, offer = page_of(teacher, f"{address}/decision"), page_of(teacher, f"{address}/offer")
    assert "Reasons" not in decision.select_one("main").get_text()  # type: ignore[union-attr]
    assert not offer.select("[name=criterion-2]")
    edited = {**WITHOUT_REASONS, "plan": "Two players.", "reply": "Smaller.", "version": "1"}
    assert press(teacher, f"{address}/offer", edited).status_code == 303
    with app.app_context():
        assert db.session.get_one(Proposal, int(address.rsplit("/", 1)[1])).status is Status.OFFERED


def test_a_line_that_was_written_before_is_not_lost(
    app: Flask, cast: Cast, activity_id: int, signed_in: SignIn
) -> None:
    with writing(app):
        idea = sent(activity_id, cast.student.id)
        asked_to_change(idea, cast.teacher.id)
        give(cast, cast.student, not_asked={activity_id: (REASONS,)})
    amara = signed_in(cast.student)
    answer = press(amara, f"/proposals/{idea}/versions", {**WITHOUT_REASONS, "plan": "Another plan.", "seen": "1"})
    assert answer.status_code == 303
    with app.app_context():
        latest = db.session.get_one(Proposal, idea).latest
        assert (latest.number, latest.plan, latest.line(REASONS)) == (2, "Another plan.", "Each card shows kJ")


@pytest.mark.usefixtures("less")
def test_ended_all_is_asked_again(app: Flask, cast: Cast, activity_id: int, signed_in: SignIn) -> None:
    press(signed_in(cast.teacher), f"/people/{cast.student.id}/accommodation/ending", {"seen": "1"})
    with app.app_context():
        one = accommodation_of(cast.student.id)
        assert one is not None
        assert one.terms == Terms(not_asked={activity_id: (REASONS,)}), "what it said stays in the history"
        assert choice_of(activity_id, cast.student.id).not_asked == []
