"""A roster becomes a class: who joins, leaves, comes back, changes; and nothing is written that was known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select, update

from engine.db import db
from lti.models.context import Context, Membership, User
from personalization.activity.model import Activity
from personalization.choice.model import Choice, Event
from personalization.people import roster
from personalization.people.model import Course, Person, PersonSection, Role
from tests.cast import NOON, Cast, Member, make_activity, writing
from tests.personalization.arranging import choice_of, hand_in

SignedIn = Callable[[Member], FlaskClient]
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership"
LEARNER = [f"{MEMBERSHIP}#Learner"]
ASSISTANT = [f"{MEMBERSHIP}#Instructor", f"{MEMBERSHIP}/Instructor#TeachingAssistant"]


def context_of(cast: Cast) -> Context:
    return db.session.get_one(Context, db.session.get_one(Course, cast.course_id).context_id)


def enrol(cast: Cast, *subs: str, **more: Any) -> None:
    """Members of Biology 9B as a roster lists them; nobody has taken them over yet."""
    context = context_of(cast)
    users = [User(platform=context.platform, sub=sub, name=sub.title(), given_name=sub.title()) for sub in subs]
    db.session.add_all(users)
    db.session.flush()
    values = {"roster_roles": LEARNER, "listed_at": NOON, **more}
    db.session.add_all([Membership(context_id=context.id, user_id=user.id, **values) for user in users])


def membership(cast: Cast, user_id: int) -> Membership:
    query = select(Membership).where(Membership.context_id == context_of(cast).id, Membership.user_id == user_id)
    return db.session.scalars(query).one()


def read(app: Flask, cast: Cast, at: datetime = NOON) -> None:
    """The roster is taken over at this time."""
    with time_machine.travel(at, tick=False), writing(app):
        roster.take_over(context_of(cast))


def person(sub: str) -> Person:
    return db.session.scalars(select(Person).join(User, User.id == Person.user_id).where(User.sub == sub)).one()


@pytest.fixture
def written(app: Flask) -> Iterator[list[str]]:
    """Every statement from now on that writes."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement.split()[0] in {"INSERT", "UPDATE", "DELETE"}:
            found.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)


def test_whoever_joins_gets_a_line_in_every_published_activity(app: Flask, cast: Cast, activity_id: int) -> None:
    with writing(app):
        draft = make_activity(cast.course_id, cast.teacher.id, title="A draft", published=False)
        enrol(cast, "linh", sections=["42", "43"])
    read(app, cast)
    with app.app_context():
        linh = person("linh")
        assert (linh.name, linh.role, linh.first_seen_at, linh.left_at) == ("Linh", Role.STUDENT, NOON, None)
        assert linh.sections == {"42", "43"}
        assert choice_of(activity_id, linh.id).dates == db.session.get_one(Activity, activity_id).dates
        assert db.session.scalar(select(Choice).where(Choice.activity_id == draft)) is None


@pytest.mark.parametrize(
    "more",
    [{"roster_roles": ASSISTANT}, {"is_test_student": True}, {"left_at": NOON}],
    ids=["assistant", "test student", "gone"],
)
def test_whoever_is_no_student_that_counts_gets_none(
    app: Flask, cast: Cast, activity_id: int, more: dict[str, Any]
) -> None:
    with writing(app):
        enrol(cast, "linh", **more)
    before = count(app, Choice)
    read(app, cast)
    assert count(app, Choice) == before


def test_whoever_was_gone_before_we_knew_them_is_nobody_here(app: Flask, cast: Cast) -> None:
    with writing(app):
        enrol(cast, "linh", left_at=NOON)
    before = count(app, Person)
    read(app, cast)
    assert count(app, Person) == before


def test_whoever_leaves_keeps_their_work_and_loses_the_pages(
    app: Flask, cast: Cast, activity_id: int, signed_in: SignedIn
) -> None:
    with writing(app):
        work = hand_in(activity_id, cast.student.id)
        membership(cast, cast.student.user_id).left_at = NOON
    read(app, cast)
    with app.app_context():
        choice = choice_of(activity_id, cast.student.id)
        assert choice.student.left_at == NOON
        assert (choice.is_handed_in, choice.activity.course.students[0].id) == (True, cast.classmate.id)
    assert signed_in(cast.student).get(f"/courses/{cast.course_id}/mine").status_code == 403
    teacher = signed_in(cast.teacher)
    assert "Amara Diallo" not in teacher.get(f"/courses/{cast.course_id}/queue").text
    assert teacher.get(f"/submissions/{work}/grade").status_code == 200


def test_whoever_comes_back_finds_their_own_line(app: Flask, cast: Cast, activity_id: int) -> None:
    with writing(app):
        choice_id = choice_of(activity_id, cast.student.id).id
        membership(cast, cast.student.user_id).left_at = NOON
    read(app, cast)
    with writing(app):
        membership(cast, cast.student.user_id).left_at = None
    people = count(app, Person)
    read(app, cast, NOON + timedelta(hours=2))
    assert count(app, Person) == people
    with app.app_context():
        choice = choice_of(activity_id, cast.student.id)
        assert (choice.id, choice.student_id, choice.student.left_at) == (choice_id, cast.student.id, None)
        assert choice.dates == choice.activity.dates  # two hours off the list are a slip, and move nothing


def test_what_passed_while_they_were_away_is_given_anew(app: Flask, cast: Cast, activity_id: int) -> None:
    """As to somebody who comes late: the class's own number of days, from when they came back."""
    with app.app_context():
        dates = db.session.get_one(Activity, activity_id).dates
    assert dates.propose_by is not None
    with writing(app):
        membership(cast, cast.student.user_id).left_at = NOON
    read(app, cast)
    with writing(app):
        membership(cast, cast.student.user_id).left_at = None
    back = dates.propose_by + timedelta(days=1)
    read(app, cast, back)
    with app.app_context():
        mine = choice_of(activity_id, cast.student.id)
        assert mine.dates == dates.for_latecomer(back, mine.activity.course.tz)
        assert mine.propose_by is not None
        assert mine.propose_by > back
        assert mine.step_at is not None
        assert choice_of(activity_id, cast.classmate.id).dates == dates


def test_what_passed_before_they_left_stays_passed(app: Flask, cast: Cast, activity_id: int) -> None:
    with app.app_context():
        dates = db.session.get_one(Activity, activity_id).dates
    assert dates.propose_by is not None
    with writing(app):
        membership(cast, cast.student.user_id).left_at = NOON
    read(app, cast, dates.propose_by + timedelta(hours=1))
    with writing(app):
        membership(cast, cast.student.user_id).left_at = None
    read(app, cast, dates.propose_by + timedelta(days=2))
    with app.app_context():
        assert choice_of(activity_id, cast.student.id).dates == dates


def test_a_second_reading_writes_nothing(app: Flask, cast: Cast, activity_id: int, written: list[str]) -> None:
    with writing(app):
        enrol(cast, *(f"student {n}" for n in range(40)), sections=["42"])
        enrol(cast, "assisting", roster_roles=ASSISTANT, sections=["42"], section_restricted=True)
        enrol(cast, "gone", left_at=NOON)
    read(app, cast)
    written.clear()
    read(app, cast, NOON + timedelta(days=1))
    assert written == []


def test_what_was_read_again_is_as_it_was(app: Flask, cast: Cast, activity_id: int) -> None:
    with writing(app):
        enrol(cast, "linh", "yusuf", sections=["42"])
    read(app, cast)
    before = [count(app, kind) for kind in (Person, PersonSection, Choice, Event)]
    read(app, cast)
    assert [count(app, kind) for kind in (Person, PersonSection, Choice, Event)] == before


@pytest.mark.parametrize("many", [20, 200])
def test_as_many_statements_for_ten_times_as_many(app: Flask, cast: Cast, written: list[str], many: int) -> None:
    """Nothing is written one by one: people, their sections, who left."""
    read(app, cast)
    with writing(app):
        enrol(cast, *(f"student {n}" for n in range(many)), sections=["42", "43"])
    written.clear()
    read(app, cast)
    assert [statement.replace('"', "").split()[2] for statement in written] == ["person", "person_section"]


def test_a_changed_name_and_section_is_taken_over(app: Flask, cast: Cast, activity_id: int) -> None:
    with writing(app):
        enrol(cast, "linh", sections=["42"])
    read(app, cast)
    with writing(app):
        user = db.session.scalars(select(User).where(User.sub == "linh")).one()
        user.name, user.given_name, user.family_name = "Linh Pham", "Linh", "Pham"
        membership(cast, user.id).sections = ["43"]
    read(app, cast)
    with app.app_context():
        linh = person("linh")
        assert (linh.name, linh.sort_name, linh.sections) == ("Linh Pham", "Pham, Linh", frozenset({"43"}))


def test_a_student_who_assists_now_counts_no_longer(
    app: Flask, cast: Cast, activity_id: int, signed_in: SignedIn
) -> None:
    """Between two requests: the next one meets an assistant, whose own work stays on paper and off the queue."""
    with writing(app):
        hand_in(activity_id, cast.student.id)
        row = membership(cast, cast.student.user_id)
        row.launch_roles, row.roster_roles = [], ASSISTANT
    read(app, cast)
    amara = signed_in(cast.student)
    assert amara.get(f"/courses/{cast.course_id}/mine").status_code == 403
    queue = amara.get(f"/courses/{cast.course_id}/queue")
    assert queue.status_code == 200
    assert "Amara Diallo" not in queue.text
    with app.app_context():
        assert [p.id for p in db.session.get_one(Course, cast.course_id).students] == [cast.classmate.id]


def test_an_answer_about_two_roles_stands_as_long_as_both_do(app: Flask, cast: Cast) -> None:
    both = [f"{MEMBERSHIP}#Instructor", *LEARNER]
    with writing(app):
        enrol(cast, "linh", roster_roles=both)
    read(app, cast)
    with writing(app):
        person("linh").role, person("linh").role_chosen = Role.STUDENT, True
    read(app, cast)
    with writing(app):
        assert (person("linh").role, person("linh").role_chosen) == (Role.STUDENT, True)
        membership(cast, person("linh").user_id).roster_roles = LEARNER
    read(app, cast)
    with app.app_context():
        assert (person("linh").roles, person("linh").role_chosen) == (["student"], False)


def test_the_same_old_id_here_and_a_new_one_elsewhere_are_two_and_stay_so(app: Flask, cast: Cast) -> None:
    """Canvas keeps a merged person's old id in the courses where it was used (facts): nobody is mixed up by that."""
    with writing(app):
        enrol(cast, "old id")
        history = db.session.get_one(Context, db.session.get_one(Course, cast.other_course_id).context_id)
        new = User(platform=history.platform, sub="new id", name="Old Id", email="linh@example.edu")
        db.session.add(new)
        db.session.flush()
        db.session.add(Membership(context=history, user=new, roster_roles=LEARNER, listed_at=NOON))
        history_id = history.id
    read(app, cast)
    with writing(app):
        roster.take_over(db.session.get_one(Context, history_id))
    with app.app_context():
        assert (person("old id").course_id, person("new id").course_id) == (cast.course_id, cast.other_course_id)


def test_the_clock_looks_again_at_whoever_comes_back(app: Flask, cast: Cast, activity_id: int) -> None:
    """It passes by whoever is away: what they missed then must not be missed for ever."""
    with app.app_context():
        pick_by = db.session.get_one(Activity, activity_id).pick_by
    assert pick_by is not None
    with writing(app):
        choice = choice_of(activity_id, cast.student.id)
        choice.step_at = None
        membership(cast, cast.student.user_id).left_at = NOON
    read(app, cast)
    with writing(app):
        membership(cast, cast.student.user_id).left_at = None
    read(app, cast, NOON + timedelta(hours=1))
    with app.app_context():
        assert choice_of(activity_id, cast.student.id).step_at is not None


def test_nine_hundred_join_leave_and_come_back_in_as_many_statements_as_nine(
    app: Flask, cast: Cast, activity_id: int, written: list[str]
) -> None:
    read(app, cast)
    costs = []
    for count in (9, 900):
        subs = [f"of {count} {n}" for n in range(count)]
        with writing(app):
            enrol(cast, *subs)
        written.clear()
        read(app, cast)
        with writing(app):
            theirs = select(User.id).where(User.sub.in_(subs))
            db.session.execute(update(Membership).where(Membership.user_id.in_(theirs)).values(left_at=NOON))
        read(app, cast)
        with writing(app):
            db.session.execute(update(Membership).where(Membership.user_id.in_(theirs)).values(left_at=None))
        read(app, cast, NOON + timedelta(days=2))
        costs.append(len(written))
        with app.app_context():
            lines = select(Choice).join(Choice.student).where(Person.user_id.in_(theirs))
            assert {line.looked_at for line in db.session.scalars(lines)} == {None}, "the clock looks again"
            made = select(func.count()).select_from(Event).join(Choice, Choice.id == Event.choice_id)
            made = made.join(Choice.student).where(Person.user_id.in_(theirs), Event.verb == "made")
            assert db.session.scalar(made) == count
    assert costs[0] == costs[1]


def count(app: Flask, kind: type[Any]) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(kind)) or 0


assert NOON.tzinfo is UTC  # time_machine would take a naive time for a local one
