"""`flask export`: every state as JSON, agreeing with the pages."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient

from engine import clock
from engine.db import db
from personalization.accommodation.model import Accommodation, Look, Terms
from personalization.choice import asking
from personalization.choice.model import Rule
from personalization.people.model import Person
from personalization.proposal.answering import accept, ask_for_revision
from personalization.proposal.model import Words
from personalization.proposal.starting import begin_idea
from personalization.submission.model import Submission
from tests.cast import NOON, Cast, Member, writing
from tests.personalization.arranging import GOT_IT, choice_of, hand_in, make_ready, note_column_read, pick, release
from tests.personalization.pressing import look

SignedIn = Callable[[Member], FlaskClient]


def run(app: Flask, *arguments: str) -> Result:
    with clock.at(NOON):
        return app.test_cli_runner().invoke(args=["export", *arguments])


def exported(app: Flask, cast: Cast) -> dict[str, Any]:
    done = run(app, "--platform", str(cast.teacher.platform_id), "--course", "bio-9b", "--format", "json")
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.output)
    return found


def line_of(whole: dict[str, Any], who: Member) -> dict[str, Any]:
    lines = [line for line in whole["activities"][0]["choices"] if line["student"] == who.id]
    assert len(lines) == 1
    found: dict[str, Any] = lines[0]
    return found


def test_a_whole_story_is_in_it(app: Flask, cast: Cast, activity_id: int) -> None:
    with writing(app):
        choice, by = choice_of(activity_id, cast.student.id), db.session.get_one(Person, cast.teacher.id)
        proposal = begin_idea(choice, [], choice.student, NOON)
        db.session.add(proposal)
        asked = Words(title="A card game", plan="Cards", lines={1: "a", 2: "", 3: "c"}, unsure=frozenset({2}))
        proposal.submit(asked, choice.activity.criteria, choice.student, NOON)
        ask_for_revision(proposal, 1, "Where are your reasons?", by, NOON)
        proposal.submit(Words(title="A card game", plan="Cards", lines={1: "a", 2: "b", 3: "c"}),
                        choice.activity.criteria, choice.student, NOON)  # fmt: skip
        db.session.add(accept(proposal, 2, choice.activity.rubric, by, NOON))
        db.session.flush()
        release(hand_in(activity_id, cast.student.id, "The game"), cast.teacher.id)
    whole = exported(app, cast)
    line = line_of(whole, cast.student)
    assert (line["standing"], line["badge"], line["way"]) == ("released", "Grade released", "agreed")
    (idea,) = line["proposals"]
    assert idea["status"] == "accepted"
    assert [version["number"] for version in idea["versions"]] == [1, 2]
    assert idea["versions"][0]["lines"][1] == {"criterion": 2, "text": "", "unsure": True}
    assert [(d["version"], d["outcome"], d["reason"]) for d in idea["decisions"]] == [
        (1, "ask for revision", "Where are your reasons?"),
        (2, "accept", ""),
    ]
    (agreement,) = line["agreements"]
    assert (agreement["version"], agreement["rubric"], agreement["ended_at"]) == (2, 1, None)
    (go,) = line["submissions"]
    assert (go["text"], go["handed_in_at"], go["late"]) == ("The game", "2026-11-10T18:00:00+00:00", False)
    assert (go["grade"]["status"], go["grade"]["points"], go["grade"]["out_of"]) == ("released", 75, 100)
    assert go["grade"]["levels"] == {str(key): level for key, level in GOT_IT.items()}
    (shown,) = go["grade"]["releases"]
    assert (line["shown_release"], shown["comment"], shown["withdrawn_at"]) == (shown["id"], "Well done.", None)
    assert (line["score"]["status"], line["score"]["given"], line["score"]["maximum"]) == ("queued", 75, 100)
    own = [o for o in whole["activities"][0]["options"] if o["only_for"] is not None]
    assert [(o["title"], o["only_for"], o["letter"]) for o in own] == [("A card game", cast.student.id, None)]


def test_what_the_clock_and_the_teacher_did_about_somebody_is_in_it(app: Flask, cast: Cast, activity_id: int) -> None:
    with writing(app):
        choice, by = choice_of(activity_id, cast.student.id), db.session.get_one(Person, cast.teacher.id)
        asking.ask(choice, choice.student, "Where do I start?", NOON)
        choice.unplace(NOON)
        choice.excuse("Was on an exchange.", by, NOON)
        other = choice_of(activity_id, cast.classmate.id)
        other.place_by_rule(other.activity.designed_options[0], Rule.DEFAULT, NOON)
    whole = exported(app, cast)
    line, placed = line_of(whole, cast.student), line_of(whole, cast.classmate)
    assert (line["standing"], line["badge"], line["excused"]["reason"]) == ("excused", "Excused", "Was on an exchange.")
    assert [event["verb"] for event in line["events"]] == ["made", "asked for help", "unplaced", "excused"]
    assert [(m["text"], m["waits"]) for m in line["messages"]] == [("Where do I start?", True)]
    assert (placed["badge"], placed["way"], placed["rule"]) == ("Placed automatically", "placed", "default")
    assert (placed["excused"], placed["messages"]) == (None, [])


def test_what_is_arranged_is_in_it_with_who_looked(app: Flask, cast: Cast, activity_id: int) -> None:
    with writing(app):
        student, by = db.session.get_one(Person, cast.student.id), db.session.get_one(Person, cast.teacher.id)
        one = Accommodation.begin(student, Terms(days=2, formats="Read aloud."), by, NOON)
        db.session.add(one)
        db.session.flush()
        one.write(Terms(days=3, formats="Read aloud."), 1, by, NOON)
        db.session.add(Look(accommodation_id=one.id, by_id=by.id, at=NOON, page="page"))
    (said,) = exported(app, cast)["arrangements"]
    assert (said["person"], said["days"], said["formats"], said["ended_at"]) == (
        cast.student.id,
        3,
        "Read aloud.",
        None,
    )
    assert [(change["by"], change["before"]["days"]) for change in said["changes"]] == [(cast.teacher.id, 2)]
    assert [(look["by"], look["page"]) for look in said["looks"]] == [(cast.teacher.id, "page")]


def test_time_passes_before_it_is_told(app: Flask, cast: Cast, activity_id: int) -> None:
    """A worker that stands still makes no export older than the pages are."""
    with clock.at(NOON + timedelta(days=12)):
        done = app.test_cli_runner().invoke(
            args=["export", "--platform", str(cast.teacher.platform_id), "--course", "bio-9b"]
        )
    line = line_of(json.loads(done.output), cast.student)
    assert (line["standing"], line["unplaced_at"] is not None) == ("unplaced", True)


def test_it_agrees_with_the_class_page(app: Flask, cast: Cast, activity_id: int, signed_in: SignedIn) -> None:
    with writing(app):
        note_column_read(activity_id)
        make_ready(hand_in(activity_id, cast.student.id), cast.teacher.id)
        choice = pick(activity_id, cast.classmate.id)
        db.session.add(Submission.start(choice, None, NOON))
    page = BeautifulSoup(look(signed_in(cast.teacher), f"/activities/{activity_id}").text, "html.parser")
    for line in exported(app, cast)["activities"][0]["choices"]:
        row = page.select_one(f"#student-{line['student']} .state")
        assert row is not None
        assert row.text == line["badge"]


def test_people_are_named_once_by_the_lms_own_id(app: Flask, cast: Cast, activity_id: int) -> None:
    whole = exported(app, cast)
    assert whole["course"]["context_id"] == "bio-9b"
    assert whole["course"]["platform"] == cast.teacher.platform_id
    amara = next(person for person in whole["people"] if person["id"] == cast.student.id)
    assert (amara["sub"], amara["name"], amara["role"]) == ("sub-Amara Diallo", "Amara Diallo", "student")
    assert "Eve Field" not in json.dumps(whole), "another school's course of the same id"


def test_two_exports_of_one_state_are_the_same(app: Flask, cast: Cast, activity_id: int) -> None:
    with writing(app):
        hand_in(activity_id, cast.student.id)
    assert (
        run(app, "--platform", "1", "--course", "hist-8a").output
        == run(app, "--platform", "1", "--course", "hist-8a").output
    )
    assert exported(app, cast) == exported(app, cast)


def test_an_ambiguous_course_is_refused_with_the_list(app: Flask, cast: Cast, activity_id: int) -> None:
    done = run(app, "--course", "bio-9b")
    assert done.exit_code == 2
    assert "Several courses have the id bio-9b" in done.output
    for platform_id in (cast.teacher.platform_id, cast.other_school_teacher.platform_id):
        assert f"--platform {platform_id}" in done.output
    assert "choices" not in done.output


def test_a_course_that_only_one_platform_has_needs_no_platform(app: Flask, cast: Cast) -> None:
    done = run(app, "--course", "hist-8a")
    assert done.exit_code == 0
    assert json.loads(done.output)["course"]["title"] == "History 8A"


@pytest.mark.parametrize("arguments", [("--course", "no-such"), ("--platform", "999", "--course", "bio-9b")])
def test_an_unknown_course_is_a_sentence_and_no_traceback(app: Flask, cast: Cast, arguments: tuple[str, ...]) -> None:
    done = run(app, *arguments)
    assert done.exit_code == 2
    assert "is known" in done.output
    assert "Traceback" not in done.output


@pytest.mark.parametrize(
    "arguments", [(), ("--course", "bio-9b", "--format", "xml"), ("--platform", "x", "--course", "c")]
)
def test_wrong_options_are_refused(app: Flask, cast: Cast, arguments: tuple[str, ...]) -> None:
    assert run(app, *arguments).exit_code == 2
