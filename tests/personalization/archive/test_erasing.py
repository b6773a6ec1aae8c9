"""Erasing by command: what is refused, what stays right for others, and what a broken-off run leaves."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage

from engine import clock
from engine.audit import Audit
from engine.db import db
from engine.due import Due
from lti.models.context import Context, Membership, User
from lti.models.launch import SignIn
from lti.models.platform import Platform
from lti.models.score import Delivery, OutgoingScore
from personalization.accommodation.model import Accommodation, Terms
from personalization.activity.copy_offer import CopyOffer, FormerKey
from personalization.activity.course_copy import find_offer, named, start
from personalization.activity.model import Activity, Option
from personalization.archive import erasing
from personalization.board import claim
from personalization.choice.model import Choice, Way
from personalization.people import roster
from personalization.people.model import Course, Person, Role
from personalization.proposal.answering import accept
from personalization.proposal.model import Words
from personalization.proposal.sharing import Sharing
from personalization.proposal.starting import begin_idea
from personalization.submission import storage
from personalization.submission.blueprint import store
from personalization.submission.model import Evidence, Submission
from tests.cast import NOON, Cast, browser_of, make_activity, make_course, make_person, writing
from tests.personalization.arranging import choice_of, count, hand_in, pick, release
from tests.personalization.work import PNG

AMARA, NOOR = "sub-Amara Diallo", "sub-Noor Haddad"


@pytest.fixture
def tool(make_app: Callable[..., Flask], tmp_path: Path) -> Flask:
    """An app with a place for files of its own."""
    return make_app(storage_url=f"file://{tmp_path}/files")


def erase(app: Flask, *arguments: str) -> Result:
    with clock.at(NOON):
        return app.test_cli_runner().invoke(args=["erase", *arguments])


def erased(app: Flask, cast: Cast, *more: str) -> str:
    done = erase(app, "--platform", str(cast.teacher.platform_id), "--course", "bio-9b", "--yes", *more)
    assert done.exit_code == 0, done.output
    return done.output


def with_file(activity_id: int, student_id: int, name: str) -> Submission:
    go = db.session.get_one(Submission, hand_in(activity_id, student_id))
    stored = storage.keep(store(), FileStorage(io.BytesIO(PNG), filename=name), 10_000)
    go.evidence.append(Evidence.file(stored, go.choice.student, NOON))
    db.session.flush()
    return go


def files_in(folder: Path) -> int:
    return sum(path.is_file() for path in folder.rglob("*"))


def test_an_ambiguous_course_is_refused_with_the_list(app: Flask, cast: Cast) -> None:
    done = erase(app, "--course", "bio-9b", "--yes")
    assert done.exit_code == 2
    assert f"--platform {cast.other_school_teacher.platform_id}" in done.output
    with app.app_context():
        assert count(Course) == 3


def test_a_course_cannot_be_named_so_that_another_seems_to_be_erased(app: Flask, cast: Cast) -> None:
    evil = "\x1b[2K\rNothing is held.\n"
    with writing(app):
        for course in db.session.scalars(select(Course)):
            course.title = evil
        opened_last("hist-8a", 500)
    platform = str(cast.teacher.platform_id)
    for done in (
        erase(app, "--course", "bio-9b"),
        erase(app, "--platform", platform, "--course", "bio-9b"),
        app.test_cli_runner().invoke(args=["retention", "--days", "30"]),
    ):
        assert "\\x1b[2K\\rNothing is held.\\n" in done.output
        assert not {"\x1b", "\r"} & set(done.output)


@pytest.mark.parametrize("more", [(), ("--person", AMARA)])
def test_without_yes_nothing_goes(app: Flask, cast: Cast, activity_id: int, more: tuple[str, ...]) -> None:
    done = erase(app, "--platform", str(cast.teacher.platform_id), "--course", "bio-9b", *more)
    assert (done.exit_code, "choice " in done.output, "Nothing was erased" in done.output) == (0, True, True)
    with app.app_context():
        assert (count(Choice), count(Person), count(Audit)) == (2, 8, 0)


@pytest.mark.parametrize(
    "arguments", [("--course", "no-such"), ("--course", "hist-8a", "--person", "nobody")], ids=["course", "person"]
)
def test_what_is_not_there_is_a_sentence(app: Flask, cast: Cast, arguments: tuple[str, ...]) -> None:
    done = erase(app, *arguments, "--yes")
    assert (done.exit_code, done.output.startswith("Nothing is held")) == (0, True)


def test_somebody_who_is_in_another_course_too_goes_from_this_one_only(
    app: Flask, cast: Cast, activity_id: int
) -> None:
    with writing(app):
        context = db.session.scalars(select(Context).where(Context.context_id == "hist-8a")).one()
        db.session.add(Membership(context=context, user_id=cast.student.user_id, launched_at=NOON))
    browser_of(app, cast.student)
    erased(app, cast, "--person", AMARA)
    with app.app_context():
        assert db.session.get(User, cast.student.user_id) is not None
        here = select(Membership.context_id).where(Membership.user_id == cast.student.user_id)
        assert db.session.scalars(here).all() == [context_of("hist-8a")]
        assert db.session.get(Person, cast.student.id) is None
        assert count(SignIn) == 0, "signed out, also where they still are"
        assert db.session.get_one(Person, cast.observer.id).mentees == []


def context_of(context_id: str) -> int:
    return db.session.scalars(select(Context.id).where(Context.context_id == context_id)).one()


def test_whom_the_lms_still_names_comes_back_as_somebody_new(app: Flask, cast: Cast, activity_id: int) -> None:
    with writing(app):
        pick(activity_id, cast.student.id)
    assert "new, empty person" in erased(app, cast, "--person", AMARA)
    with writing(app):
        course = db.session.get_one(Course, cast.course_id)
        context = db.session.get_one(Context, course.context_id)
        user = User(platform=context.platform, sub=AMARA, name="Amara Diallo")
        db.session.add(Membership(context=context, user=user, listed_at=NOON, roster_roles=[
            "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"]))  # fmt: skip
        db.session.flush()
        roster.take_over(context)
    with app.app_context():
        back = db.session.scalars(select(Person).where(Person.full_name == "Amara Diallo")).one()
        choice = choice_of(activity_id, back.id)
        assert (choice.option_id, [event.verb for event in choice.events]) == (None, ["made"])


def test_nobody_gets_the_id_of_whoever_was_erased(app: Flask, cast: Cast) -> None:
    """The log outlives them: what they did must not be told of whoever comes next."""
    with writing(app):
        last = make_person(db.session.get_one(Course, cast.course_id), "Theo Last", Role.STUDENT).id
    erased(app, cast, "--person", "sub-Theo Last")
    with writing(app):
        assert db.session.get(Person, last) is None
        assert make_person(db.session.get_one(Course, cast.course_id), "Una Next", Role.STUDENT).id > last


def test_what_waits_for_the_lms_about_them_is_dropped(app: Flask, cast: Cast, activity_id: int) -> None:
    with writing(app):
        for who in (cast.student, cast.classmate):
            release(hand_in(activity_id, who.id), cast.teacher.id)
    erased(app, cast, "--person", AMARA)
    with app.app_context():
        row = db.session.scalars(select(OutgoingScore)).one()
        assert (row.user_id, row.status) == (cast.classmate.user_id, Delivery.QUEUED)


def test_a_place_that_they_held_is_free_again(app: Flask, cast: Cast, activity_id: int) -> None:
    with writing(app):
        first = db.session.get_one(Activity, activity_id).designed_options[0]
        first.capacity = 1
        pick(activity_id, cast.student.id)
    erased(app, cast, "--person", AMARA)
    with writing(app):
        choice = choice_of(activity_id, cast.classmate.id)
        choice.pick(choice.activity.designed_options[0], taken=0, by=choice.student, now=NOON)


def test_an_assistant_lets_go_of_ideas_and_arrangements(app: Flask, cast: Cast, activity_id: int) -> None:
    with writing(app):
        ben, teacher = (db.session.get_one(Person, who.id) for who in (cast.assistant, cast.teacher))
        choice = choice_of(activity_id, cast.student.id)
        idea = begin_idea(choice, [], choice.student, NOON)
        db.session.add(idea)
        db.session.flush()
        claim.take(idea, ben, NOON)
        db.session.add(Accommodation.begin(choice.student, Terms(days=1, shown_to=(ben.id,)), teacher, NOON))
    erased(app, cast, "--person", "sub-Ben Ito")
    with app.app_context():
        assert (count(claim.Claim), db.session.scalars(select(Accommodation)).one().shown_to) == (0, [])
        assert db.session.get(Person, cast.assistant.id) is None, "nothing names him any more"


def shared_idea(activity_id: int, cast: Cast) -> int:
    """Amara's idea became a way for others; its option."""
    choice, teacher = choice_of(activity_id, cast.student.id), db.session.get_one(Person, cast.teacher.id)
    idea = begin_idea(choice, [], choice.student, NOON)
    db.session.add(idea)
    idea.submit(Words("Duck radio", "I talk", "", "", {1: "a", 2: "b", 3: "c"}), choice.activity.criteria,
                choice.student, NOON)  # fmt: skip
    agreement = accept(idea, 1, choice.activity.rubric, teacher, NOON)
    sharing = Sharing.ask(agreement, teacher, NOON) if agreement else None
    assert sharing is not None
    db.session.add_all([agreement, sharing])
    sharing.agree("Duck radio", "Talk as a duck.", "", choice.student, NOON)
    option = sharing.share(teacher, NOON)
    db.session.flush()
    return option.id


@pytest.mark.parametrize("in_use", [False, True])
def test_an_idea_given_to_others_goes_unless_somebody_works_by_it(
    app: Flask, cast: Cast, activity_id: int, in_use: bool
) -> None:
    with writing(app):
        option_id = shared_idea(activity_id, cast)
        if in_use:
            noor = choice_of(activity_id, cast.classmate.id)
            noor.settle(db.session.get_one(Option, option_id), Way.PICKED, noor.student, NOON)
    erased(app, cast, "--person", AMARA)
    with app.app_context():
        option = db.session.get(Option, option_id)
        assert (option is not None) is in_use
        assert count(Sharing) == 0


def test_whoever_got_a_new_id_goes_with_the_old_one(app: Flask, cast: Cast) -> None:
    """Two rows were said to be one person: what the LMS said of the older goes too, and nobody else's."""
    with writing(app):
        user, course = db.session.get_one(User, cast.student.user_id), db.session.get_one(Course, cast.course_id)
        user.email = "amara@example.edu"
        for sub, email in (("old-id", "amara@example.edu"), ("other", "kim@example.edu")):
            context = db.session.get_one(Context, course.context_id)
            older = User(platform=context.platform, sub=sub, name=f"{sub} of the class", email=email)
            db.session.add(Membership(context=context, user=older, left_at=NOON))
    erased(app, cast, "--person", AMARA)
    with app.app_context():
        subs = set(db.session.scalars(select(User.sub)))
        assert not {AMARA, "old-id"} & subs
        assert "other" in subs


def test_files_that_two_share_stay_until_the_second_goes(tool: Flask, cast: Cast, tmp_path: Path) -> None:
    with writing(tool):
        activity_id = make_activity(cast.course_id, cast.teacher.id)
        mine = with_file(activity_id, cast.student.id, "photo.png")
        theirs = db.session.get_one(Submission, hand_in(activity_id, cast.classmate.id))
        theirs.evidence.append(mine.evidence[0].copy())
    erased(tool, cast, "--person", AMARA)
    assert files_in(tmp_path / "files") == 1
    assert "Stored files deleted: 1" in erased(tool, cast, "--person", NOOR)
    assert files_in(tmp_path / "files") == 0


def test_a_store_that_is_away_is_asked_again_by_the_worker(
    tool: Flask, cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows are gone for good then, and the files go later."""

    def away(*_args: object) -> None:
        raise OSError("no route to the store")

    with writing(tool):
        with_file(make_activity(cast.course_id, cast.teacher.id), cast.student.id, "photo.png")
    with monkeypatch.context() as patched:
        patched.setattr(storage, "delete", away)
        assert "the worker goes on with that" in erased(tool, cast, "--person", AMARA)
    assert files_in(tmp_path / "files") == 1
    with tool.app_context():
        assert (count(Submission), count(Due)) == (0, 1)
    tool.extensions["worker"].run_all()
    assert files_in(tmp_path / "files") == 0


def test_a_course_that_was_begun_is_gone_on_with(
    tool: Flask, cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after any batch, the next run does the rest; files of rows that went are due in the same commit."""
    monkeypatch.setattr(erasing, "BATCH", 1)
    monkeypatch.setattr(erasing, "FEW", 1)
    with writing(tool):
        activities = [make_activity(cast.course_id, cast.teacher.id, title) for title in ("One", "Two")]
        for activity_id in activities:
            for who in (cast.student, cast.classmate):
                with_file(activity_id, who.id, "photo.png")
    for stop in range(1, 40):
        with tool.app_context():
            course = db.session.get(Course, cast.course_id)
            if course is None:
                break
            for number, _done in enumerate(erasing.erase_course(course, clock.real_now()), 1):
                if number == stop:
                    db.session.rollback()  # as it is after a kill
                    break
                db.session.commit()
    else:
        raise AssertionError("it never came to its end")
    with tool.app_context():
        assert db.session.scalar(select(func.count(Due.id)).where(Due.kind == "file")) == 4
        assert set(db.session.scalars(select(User.name))) == {"Sam Stone", "Eve Field"}
    tool.extensions["worker"].run_all()
    assert files_in(tmp_path / "files") == 0


def test_a_copy_is_found_by_its_old_links_after_the_course_before_is_gone(app: Flask, cast: Cast) -> None:
    """And by the copy of that copy: no LMS changes the key in a link."""
    with writing(app):
        first = make_activity(cast.course_id, cast.teacher.id)
        key = db.session.get_one(Activity, first).key
        platform = db.session.get_one(Platform, cast.teacher.platform_id)
        years = [make_course(platform, f"bio-{year}", f"Biology {year}") for year in (2, 3)]
        desks = [make_person(year, f"Teacher {year.id}", Role.TEACHER) for year in years]
        before = db.session.get_one(Course, cast.course_id)
        offer = find_offer(desks[0], key, [before], NOON)
        assert offer is not None
        copy = start(offer, desks[0], None, [], NOON).id
        ids = [year.id for year in years], desks[1].id
    erased(app, cast)
    with writing(app):
        year_2, year_3 = (db.session.get_one(Course, year_id) for year_id in ids[0])
        found = named(year_2, key)
        assert (found is not None and found.id, count(CopyOffer), count(FormerKey)) == (copy, 0, 1)
        assert named(year_3, key) is None
        offer = find_offer(db.session.get_one(Person, ids[1]), key, [year_2], NOON)
        assert offer is not None
        again = start(offer, db.session.get_one(Person, ids[1]), None, [], NOON)
        assert named(year_3, key) is again


def opened_last(context_id: str, days: int) -> None:
    now = clock.real_now()
    for member in db.session.scalars(select(Membership).where(Membership.context_id == context_of(context_id))):
        member.launched_at = now - timedelta(days=days)


def test_courses_that_nobody_opens_are_listed_and_go(app: Flask, cast: Cast) -> None:
    with writing(app):
        opened_last("hist-8a", 500)
        for member in db.session.scalars(select(Membership).where(Membership.context_id != context_of("hist-8a"))):
            member.launched_at = clock.real_now()
    run = app.test_cli_runner().invoke
    assert "RETENTION_DAYS is not set" in run(args=["retention"]).output
    assert "0 courses" in run(args=["retention", "--days", "501"]).output
    assert "0 courses" in run(args=["retention", "--days", "36500"]).output
    assert run(args=["retention", "--days", "36501"]).exit_code == 2
    listed = run(args=["retention", "--days", "499"]).output
    assert "hist-8a\tHistory 8A" in listed
    assert "Nothing was erased" in listed
    assert run(args=["retention", "--days", "499", "--yes"]).exit_code == 0
    with app.app_context():
        assert {course.title for course in db.session.scalars(select(Course))} == {"Biology 9B"}
        assert count(Course) == 2


def test_the_log_of_a_course_is_read_by_command(app: Flask, cast: Cast, activity_id: int) -> None:
    with writing(app):
        release(hand_in(activity_id, cast.student.id), cast.teacher.id)
    erased(app, cast, "--person", NOOR)
    run = app.test_cli_runner().invoke
    said = run(args=["audit", "--platform", str(cast.teacher.platform_id), "--course", "bio-9b"]).output.splitlines()
    assert ['"verb": "released"' in said[0], '"verb": "person erased"' in said[1], len(said)] == [True, True, 2]
    assert "Noor" not in "".join(said)
    run(args=["lti", "rotate-key"])
    assert '"verb": "key rotated"' in run(args=["audit"]).output
