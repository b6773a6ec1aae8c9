"""Editing what students see already: it waits, reaches everybody at once, and overwrites nobody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import clock
from engine.db import db
from personalization.activity.model import Activity
from personalization.choice.model import Choice
from personalization.proposal.agreement import Agreement
from personalization.proposal.starting import begin_idea
from tests.cast import NOON, Cast, Member, writing
from tests.personalization.activity.designing import form_of, the_one, typed

SignedIn = Callable[[Member], FlaskClient]


# After publishing


def test_what_is_typed_later_waits_until_it_is_published(
    teacher: FlaskClient, activity_id: int, session: Session
) -> None:
    fields = form_of(teacher.get(f"/activities/{activity_id}/design"))
    data = typed(fields, {"title": "Energy, anew"})
    assert teacher.post(f"/activities/{activity_id}/draft", data=data, headers={"X-Autosave": "1"}).status_code == 200
    assert the_one(session).title == "Energy in our pond"
    again = teacher.get(f"/activities/{activity_id}/design")
    assert "students don’t see yet" in again.text
    assert form_of(again)["title"] == "Energy, anew"
    teacher.post(f"/activities/{activity_id}/design", data=typed(form_of(again), {}, do="publish"))
    activity = the_one(session)
    assert (activity.title, activity.typed) == ("Energy, anew", None)


def test_saving_for_later_without_javascript_waits_too(
    teacher: FlaskClient, activity_id: int, session: Session
) -> None:
    fields = form_of(teacher.get(f"/activities/{activity_id}/design"))
    response = teacher.post(f"/activities/{activity_id}/design", data=typed(fields, {"title": "Anew"}, do="save"))
    assert response.status_code == 303
    assert the_one(session).title == "Energy in our pond"
    assert form_of(teacher.get(f"/activities/{activity_id}/design"))["title"] == "Anew"


def test_what_waits_can_be_thrown_away(teacher: FlaskClient, activity_id: int) -> None:
    fields = form_of(teacher.get(f"/activities/{activity_id}/design"))
    teacher.post(f"/activities/{activity_id}/draft", data=typed(fields, {"title": "Anew"}), headers={"X-Autosave": "1"})
    teacher.post(f"/activities/{activity_id}/design", data={"do": "forget", "csrf_token": fields["csrf_token"]})
    assert form_of(teacher.get(f"/activities/{activity_id}/design"))["title"] == "Energy in our pond"


def test_a_row_more_is_not_shown_to_students_yet(teacher: FlaskClient, activity_id: int, session: Session) -> None:
    fields = form_of(teacher.get(f"/activities/{activity_id}/design"))
    response = teacher.post(f"/activities/{activity_id}/design", data=typed(fields, {}, do="add-option"))
    assert "options-2-title" in form_of(response)
    assert len(the_one(session).designed_options) == 2


def test_moved_dates_reach_the_students(teacher: FlaskClient, activity_id: int, session: Session) -> None:
    fields = form_of(teacher.get(f"/activities/{activity_id}/design"))
    data = typed(fields, {"pick_by": "2026-11-25T12:00", "work_due": "2026-12-20T12:00"}, do="publish")
    assert teacher.post(f"/activities/{activity_id}/design", data=data).status_code == 303
    session.expire_all()
    choices = session.scalars(select(Choice)).all()
    assert {c.pick_by for c in choices} == {datetime(2026, 11, 25, 18, 0, tzinfo=UTC)}
    assert {c.work_due for c in choices} == {datetime(2026, 12, 20, 18, 0, tzinfo=UTC)}


def test_saving_unchanged_moves_no_date_by_a_second(teacher: FlaskClient, activity_id: int, session: Session) -> None:
    activity = the_one(session)
    activity.opens = NOON - timedelta(days=1, seconds=-17)
    session.flush()
    before = activity.dates
    fields = form_of(teacher.get(f"/activities/{activity_id}/design"))
    teacher.post(f"/activities/{activity_id}/design", data=typed(fields, {}, do="publish"))
    assert the_one(session).dates == before


def test_a_broken_edit_of_a_published_one_changes_nothing(
    teacher: FlaskClient, activity_id: int, session: Session
) -> None:
    before = the_one(session).dates
    fields = form_of(teacher.get(f"/activities/{activity_id}/design"))
    data = typed(fields, {"title": "Anew", "work_due": "2026-11-09T12:00"}, do="publish")
    response = teacher.post(f"/activities/{activity_id}/design", data=data)
    assert response.status_code == 422
    assert form_of(response)["work_due"] == "2026-11-09T12:00"
    activity = the_one(session)
    assert (activity.title, activity.dates) == ("Energy in our pond", before)


def test_a_rubric_that_nobody_holds_gets_no_second_version(
    teacher: FlaskClient, activity_id: int, session: Session
) -> None:
    fields = form_of(teacher.get(f"/activities/{activity_id}/design"))
    teacher.post(f"/activities/{activity_id}/design", data=typed(fields, {"criteria-0-name": "Model"}, do="publish"))
    activity = the_one(session)
    assert [r.number for r in activity.rubrics] == [1]
    assert activity.criteria[0].name == "Model"


def test_a_rubric_that_was_promised_stays_as_it_was(teacher: FlaskClient, activity_id: int, session: Session) -> None:
    fields = form_of(teacher.get(f"/activities/{activity_id}/design"))
    hold_rubric(session)
    teacher.post(f"/activities/{activity_id}/design", data=typed(fields, {"criteria-0-name": "Model"}, do="publish"))
    activity = the_one(session)
    assert [r.criteria[0].name for r in activity.rubrics] == ["Understanding", "Model"]


def hold_rubric(session: Session) -> None:
    """Amara and Ms. Okafor agreed on an own idea, by the rubric as it is."""
    choice = session.scalars(select(Choice)).first()
    assert choice is not None
    activity = choice.activity
    proposal = begin_idea(choice, [], choice.student, NOON)
    agreement = Agreement(
        choice=choice,
        proposal=proposal,
        version=proposal.versions[0],
        option=activity.options[0],
        rubric=activity.rubric,
        agreed_at=NOON,
        agreed_by=choice.student,
    )
    session.add(agreement)
    session.flush()


def test_somebody_else_s_edit_is_not_overwritten_unseen(
    teacher: FlaskClient, signed_in: SignedIn, cast: Cast, activity_id: int, session: Session
) -> None:
    mine = form_of(teacher.get(f"/activities/{activity_id}/design"))
    designer = signed_in(cast.designer)
    theirs = form_of(designer.get(f"/activities/{activity_id}/design"))
    with clock.at(NOON + timedelta(minutes=5)):
        designer.post(f"/activities/{activity_id}/design", data=typed(theirs, {"title": "By Dora"}, do="publish"))
        response = teacher.post(f"/activities/{activity_id}/design", data=typed(mine, {"title": "By me"}, do="publish"))
        assert response.status_code == 409
        assert "Dora Lang saved this" in response.text
        assert form_of(response)["title"] == "By me"
        assert the_one(session).title == "By Dora"
        silent = teacher.post(f"/activities/{activity_id}/draft", data=mine, headers={"X-Autosave": "1"})
        assert silent.status_code == 409
        again = typed(form_of(response), {}, do="publish")
        assert teacher.post(f"/activities/{activity_id}/design", data=again).status_code == 303
    assert the_one(session).title == "By me"


def test_a_way_that_was_added_meanwhile_is_not_taken_away_by_an_older_page(
    app: Flask, teacher: FlaskClient, activity_id: int, session: Session
) -> None:
    fields = form_of(teacher.get(f"/activities/{activity_id}/design"))
    with writing(app):
        db.session.get_one(Activity, activity_id).add_option("A card game", "Some players, one pond.")
    data = typed(fields, {"options-0-title": "A larger poster"}, do="publish")
    assert teacher.post(f"/activities/{activity_id}/design", data=data).status_code == 303
    session.expire_all()
    shown = session.get_one(Activity, activity_id).designed_options
    assert [o.title for o in shown] == ["A larger poster", "Data story", "A card game"]
    fields = form_of(teacher.get(f"/activities/{activity_id}/design"))
    gone = teacher.post(f"/activities/{activity_id}/design", data=typed(fields, {}, do="remove-option-2"))
    teacher.post(f"/activities/{activity_id}/design", data=typed(form_of(gone), {}, do="publish"))
    session.expire_all()
    assert [o.title for o in session.get_one(Activity, activity_id).designed_options] == [
        "A larger poster",
        "Data story",
    ]
