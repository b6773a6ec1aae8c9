"""The morning's digest: for whom, when, what it counts, and that it names nobody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from engine.db import db
from personalization.board import waiting
from personalization.choice.model import Choice
from personalization.notice.digest import is_due, wants_today
from personalization.notice.model import Rhythm
from personalization.people.model import Course, Person, PersonSection, Role
from tests.cast import NOON, Cast, make_activity, writing
from tests.personalization.arranging import choice_of, hand_in
from tests.personalization.notice.posts import (
    MakeApp,
    change,
    forget_the_beginning,
    give_addresses,
    look_around_in_the_morning,
    mailing,
    mails,
    send,
)
from tests.personalization.notice.smtp import Sink, listening
from tests.personalization.notice.test_views import propose

SEVEN = datetime(2026, 11, 11, 13, 0, tzinfo=UTC)  # Wednesday, seven in Chicago


@pytest.fixture
def sink() -> Iterator[Sink]:
    with listening() as one:
        yield one


@pytest.fixture
def app(make_app: MakeApp, sink: Sink) -> Flask:
    return mailing(make_app, sink)


@pytest.fixture
def activity_id(app: Flask, cast: Cast) -> int:
    with writing(app):
        activity_id = make_activity(cast.course_id, cast.teacher.id)
    give_addresses(app, cast)
    return activity_id


def work_waits(app: Flask, activity_id: int, cast: Cast) -> None:
    """Noor handed in; Amara was answered, so that hers waits for her."""
    with writing(app):
        hand_in(activity_id, cast.classmate.id)
    propose(app, activity_id, cast)
    forget_the_beginning(app)


def sent_to(sink: Sink) -> list[str]:
    return [message["To"].addresses[0].addr_spec for message in sink.took]


def body(sink: Sink, number: int = 0) -> str:
    part = sink.took[number].get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def test_staff_for_whom_something_waits_have_one_digest_a_morning(
    app: Flask, sink: Sink, cast: Cast, activity_id: int
) -> None:
    work_waits(app, activity_id, cast)
    look_around_in_the_morning(app, SEVEN - timedelta(minutes=1))
    assert mails(app) == []
    for minutes in (0, 15, 200):
        look_around_in_the_morning(app, SEVEN + timedelta(minutes=minutes))
        send(app, SEVEN + timedelta(minutes=minutes))
    assert sorted(sent_to(sink)) == ["adaeze@example.edu", "ben@example.edu"]
    look_around_in_the_morning(app, SEVEN + timedelta(days=1))
    send(app, SEVEN + timedelta(days=1))
    assert len(sink.took) == 4


def test_it_counts_what_the_queue_shows_and_names_nobody(app: Flask, sink: Sink, cast: Cast, activity_id: int) -> None:
    with writing(app):
        hand_in(activity_id, cast.classmate.id)
    change(app, Choice, choice_id(app, activity_id, cast.student.id), unplaced_at=NOON)
    forget_the_beginning(app)
    with app.test_request_context():
        counted = waiting.count(db.session.get_one(Person, cast.teacher.id), SEVEN)
    look_around_in_the_morning(app, SEVEN)
    send(app, SEVEN)
    text = body(sink)
    assert counted == 2
    assert "One hand-in to mark" in text
    assert "One student has no way yet" in text
    assert sink.took[0]["Subject"] == "Biology 9B: 2 things wait for you"
    assert f"http://localhost/courses/{cast.course_id}/queue" in text
    for private in ("Amara", "Noor", "Energy in our pond", "A card game"):
        assert private not in sink.took[0].as_string()


def choice_id(app: Flask, activity_id: int, student_id: int) -> int:
    with app.app_context():
        return choice_of(activity_id, student_id).id


def test_where_nothing_waits_nothing_is_sent(app: Flask, sink: Sink, cast: Cast, activity_id: int) -> None:
    look_around_in_the_morning(app, SEVEN)
    assert mails(app) == []
    work_waits(app, activity_id, cast)  # later that morning: tomorrow's digest has it
    look_around_in_the_morning(app, SEVEN + timedelta(hours=2))
    assert mails(app) == []


def test_what_was_settled_before_it_left_is_not_sent(app: Flask, sink: Sink, cast: Cast, activity_id: int) -> None:
    mine = choice_id(app, activity_id, cast.student.id)
    change(app, Choice, mine, unplaced_at=NOON)
    forget_the_beginning(app)
    look_around_in_the_morning(app, SEVEN)
    assert len(mails(app)) == 2
    change(app, Choice, mine, excused_at=NOON, excused_by_id=cast.teacher.id)
    send(app, SEVEN)
    assert sink.took == []
    assert mails(app) == []


def test_who_sees_only_sections_is_told_of_those(app: Flask, sink: Sink, cast: Cast, activity_id: int) -> None:
    work_waits(app, activity_id, cast)
    change(app, Person, cast.assistant.id, sees_only_sections=True)
    with writing(app):
        for member, section in ((cast.assistant, "1"), (cast.student, "1"), (cast.classmate, "2")):
            db.session.add(PersonSection(person_id=member.id, section=section))
    look_around_in_the_morning(app, SEVEN)
    send(app, SEVEN)
    assert sent_to(sink) == ["adaeze@example.edu"]


@pytest.mark.parametrize(
    "values",
    [{"left_at": NOON}, {"mail_rhythm": Rhythm.OFF}, {"is_test": True}, {"role": Role.DESIGNER}],
    ids=["left", "off", "test", "designer"],
)
def test_who_wants_or_may_have_none_has_none(
    app: Flask, sink: Sink, cast: Cast, activity_id: int, values: dict[str, object]
) -> None:
    work_waits(app, activity_id, cast)
    for member in (cast.teacher, cast.assistant):
        change(app, Person, member.id, **values)
    look_around_in_the_morning(app, SEVEN)
    assert mails(app) == []


def test_without_a_mail_server_nobody_is_thought_of(make_app: MakeApp, cast: Cast) -> None:
    app = make_app()
    look_around_in_the_morning(app, SEVEN)
    with app.app_context():
        assert db.session.get_one(Person, cast.teacher.id).digest_at is None


# When: pure


def teacher(zone: str = "America/Chicago", **more: object) -> Person:
    return Person(role=Role.TEACHER, course=Course(zone=zone), **more)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("zone", "moment", "due"),
    [
        ("America/Chicago", "2026-11-11T12:59:59+00:00", False),
        ("America/Chicago", "2026-11-11T13:00:00+00:00", True),
        ("America/Chicago", "2026-11-11T17:59:00+00:00", True),
        ("America/Chicago", "2026-11-11T18:00:00+00:00", False),
        ("America/Denver", "2026-10-31T13:00:00+00:00", True),  # summer time
        ("America/Denver", "2026-11-01T13:00:00+00:00", False),  # and the hour after it
        ("America/Denver", "2026-11-01T14:00:00+00:00", True),
        ("Asia/Kathmandu", "2026-11-11T01:15:00+00:00", True),
        ("Asia/Kathmandu", "2026-11-11T01:14:00+00:00", False),
        ("Pacific/Apia", "2026-11-10T18:00:00+00:00", True),
    ],
)
def test_the_morning_is_the_courses(zone: str, moment: str, due: bool) -> None:
    assert is_due(teacher(zone), at(moment)) is due


def test_once_a_morning() -> None:
    assert not is_due(teacher(digest_at=SEVEN), SEVEN + timedelta(hours=1))
    assert is_due(teacher(digest_at=SEVEN), SEVEN + timedelta(days=1))
    assert is_due(teacher(digest_at=SEVEN - timedelta(minutes=1)), SEVEN)


@pytest.mark.parametrize(
    ("rhythm", "days"),
    [(None, 7), (Rhythm.DAILY, 7), (Rhythm.WEEKLY, 1), (Rhythm.OFF, 0), (Rhythm.EACH, 7)],
)
def test_how_often_in_a_week(rhythm: Rhythm | None, days: int) -> None:
    """Who has a student's rhythm from before has the usual one of staff."""
    week = [SEVEN + timedelta(days=day) for day in range(7)]
    wanted = [day for day in week if wants_today(teacher(mail_rhythm=rhythm), day)]
    assert len(wanted) == days
    assert rhythm is not Rhythm.WEEKLY or wanted[0].weekday() == 0
