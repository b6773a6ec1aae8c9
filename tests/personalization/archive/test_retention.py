"""Courses that nobody opens any more: their teachers are told four weeks before, and then they go, or were opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from engine import clock
from engine.audit import Audit
from engine.db import db
from lti.models.context import Context, Membership, User
from personalization.archive import announcing, retention
from personalization.notice.model import Mail
from personalization.people.model import Course, Person, Rhythm, Role
from tests.cast import Cast, Member, make_person, writing
from tests.personalization.notice.posts import MakeApp, change, give_addresses, mailing, mails, send
from tests.personalization.notice.smtp import Sink, listening
from tests.personalization.pressing import page_of

SignIn = Callable[[Member], FlaskClient]
NOW = datetime(2026, 11, 10, 18, 0, tzinfo=UTC)
DAYS = 400


@pytest.fixture
def sink() -> Iterator[Sink]:
    with listening() as one:
        yield one


@pytest.fixture
def app(make_app: MakeApp, sink: Sink) -> Flask:
    return mailing(make_app, sink, retention_days=DAYS)


@pytest.fixture
def at(app: Flask, cast: Cast) -> Iterator[Any]:
    """A clock that only the test moves; History 8A, where Eli Brandt alone teaches, is the course that nobody opens."""
    give_addresses(app, cast)
    with time_machine.travel(NOW, tick=False) as moved:
        opened(app, "bio-9b", NOW + timedelta(days=1000))
        with writing(app):
            course = db.session.get_one(Course, cast.other_course_id)
            if not [person for person in course.people if person.role is Role.TEACHER]:
                make_person(course, "Eli Brandt", Role.TEACHER)
            for user in db.session.scalars(select(User).where(User.email == "")):
                user.email = f"{user.given_name.lower()}@example.edu"
        opened(app, "hist-8a", NOW)
        yield moved


def opened(app: Flask, context_id: str, moment: datetime) -> None:
    """As if the last launch into this course were at that moment, and into all others of another school never."""
    with writing(app):
        there = select(Context.id).where(Context.context_id == context_id)
        for member in db.session.scalars(select(Membership).where(Membership.context_id.in_(there))):
            member.launched_at = moment


def look(app: Flask, times: int = 3) -> None:
    """The worker's daily turn, as often as it may come on one day."""
    for _time in range(times):
        with app.app_context():
            retention.handle(None)  # type: ignore[arg-type]  # it looks at no row


def verbs(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(Audit.verb).order_by(Audit.id)))


def is_there(app: Flask, cast: Cast) -> bool:
    with app.app_context():
        return db.session.get(Course, cast.other_course_id) is not None


def test_teachers_are_told_once_four_weeks_before_and_then_it_goes(app: Flask, sink: Sink, cast: Cast, at: Any) -> None:
    at.move_to(NOW + timedelta(days=DAYS - 29))
    look(app)
    assert verbs(app) == []
    at.move_to(NOW + timedelta(days=DAYS - 28, hours=1))
    look(app)
    assert verbs(app) == ["course end announced"]
    send(app)
    [message] = sink.took
    assert "History 8A: This course will be erased on" in message["Subject"]
    text = message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "To keep it: open the tool once from the course" in text
    assert f"/courses/{cast.other_course_id}/downloads" in text
    at.move_to(NOW + timedelta(days=DAYS, hours=1))
    look(app)
    assert is_there(app, cast), "the day that was named is not over by every clock"
    at.move_to(NOW + timedelta(days=DAYS + 1, hours=1))
    look(app)
    assert not is_there(app, cast)
    assert verbs(app) == ["course end announced", "course erasing begun", "course erased"]


def test_who_opens_it_after_that_keeps_it_and_is_told_again_another_year(
    app: Flask, sink: Sink, cast: Cast, at: Any
) -> None:
    at.move_to(NOW + timedelta(days=DAYS - 20))
    look(app)
    send(app)
    opened(app, "hist-8a", clock.real_now() + timedelta(days=1))
    at.move_to(NOW + timedelta(days=DAYS + 300))
    look(app)
    assert (is_there(app, cast), verbs(app)) == (True, ["course end announced"])
    at.move_to(NOW + timedelta(days=2 * DAYS - 19 - 28 + 1))
    look(app)
    send(app)
    assert verbs(app) == ["course end announced"] * 2
    assert len(sink.took) == 2
    at.shift(timedelta(days=30))
    look(app)
    assert not is_there(app, cast)


def test_a_number_that_is_set_today_erases_nothing_for_four_weeks(app: Flask, cast: Cast, at: Any) -> None:
    """Nor does a worker that was off while the course should have been announced."""
    at.move_to(NOW + timedelta(days=3 * DAYS))
    opened(app, "bio-9b", clock.real_now())
    look(app)
    at.shift(timedelta(days=27))
    look(app)
    assert is_there(app, cast)
    at.shift(timedelta(days=3))
    look(app)
    assert not is_there(app, cast)


def test_without_a_number_nobody_is_told_and_nothing_goes(make_app: MakeApp, cast: Cast, at: Any) -> None:
    silent = make_app()
    at.move_to(NOW + timedelta(days=9 * DAYS))
    look(silent)
    assert (is_there(silent, cast), verbs(silent)) == (True, [])


@pytest.mark.parametrize(
    "values", [{"mail_rhythm": Rhythm.OFF}, {"left_at": NOW}, {"role": Role.STUDENT}, {"is_test": True}]
)
def test_who_wants_no_mail_or_teaches_here_no_more_has_none(
    app: Flask, sink: Sink, cast: Cast, at: Any, values: dict[str, object]
) -> None:
    with app.app_context():
        teaches = select(Person.id).where(Person.course_id == cast.other_course_id, Person.role == Role.TEACHER)
        [teacher_id] = db.session.scalars(teaches)
    change(app, Person, teacher_id, **values)
    at.move_to(NOW + timedelta(days=DAYS - 20))
    look(app)
    send(app)
    assert (sink.took, mails(app), verbs(app)) == ([], [], ["course end announced"])


def test_a_mail_server_that_is_away_for_a_week_takes_it_then(app: Flask, sink: Sink, cast: Cast, at: Any) -> None:
    at.move_to(NOW + timedelta(days=DAYS - 20))
    look(app)
    sink.answer = lambda line: "421 gone" if line.startswith("mail") else None
    send(app)
    at.shift(timedelta(days=7))
    sink.answer = lambda line: None
    send(app)
    assert len(sink.took) == 1


def test_whoever_dies_amid_it_tells_nobody_twice(
    app: Flask, cast: Cast, at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Noted and not yet mailed: neither counts, and the next turn tells."""

    def die(_goes_at: datetime) -> str:
        raise KeyboardInterrupt

    at.move_to(NOW + timedelta(days=DAYS - 20))
    with monkeypatch.context() as patch:
        patch.setattr(announcing, "about_ending", die)
        with pytest.raises(KeyboardInterrupt):
            look(app)
    assert verbs(app) == []
    look(app)
    with app.app_context():
        assert db.session.scalar(select(func.count(Mail.id))) == 1
    assert verbs(app) == ["course end announced"]


def test_the_news_of_their_other_courses_show_it_until_somebody_opens_it(
    app: Flask, cast: Cast, at: Any, signed_in: SignIn
) -> None:
    with writing(app):
        both = {"course_id": cast.other_course_id, "user_id": cast.teacher.user_id, "first_seen_at": NOW}
        db.session.add(Person(**both, role=Role.TEACHER, roles=["teacher"], full_name="Adaeze Okafor"))
    at.move_to(NOW + timedelta(days=DAYS - 20))
    look(app)
    page = f"/courses/{cast.course_id}/news"
    notes = [note.get_text(" ", strip=True) for note in page_of(signed_in(cast.teacher), page).select(".note")]
    assert [note for note in notes if "“History 8A” will be erased" in note and "Dec" in note]
    for other in (cast.assistant, cast.student):
        assert "will be erased" not in page_of(signed_in(other), page).get_text()
    opened(app, "hist-8a", clock.real_now() + timedelta(seconds=1))
    assert "will be erased" not in page_of(signed_in(cast.teacher), page).get_text()


def test_an_operator_sees_who_was_told(app: Flask, cast: Cast, at: Any) -> None:
    at.move_to(NOW + timedelta(days=DAYS + 1))
    run = app.test_cli_runner().invoke
    assert "its teachers were not told" in run(args=["retention"]).output
    look(app)
    assert f"its teachers were told {NOW + timedelta(days=DAYS + 30):%Y-%m-%d}" in run(args=["retention"]).output
