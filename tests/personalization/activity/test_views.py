"""The pages of authoring: who may, what a press does, what is kept when something is wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from engine import clock
from lti.models import DeepLinkRequest, ResourceLink
from personalization.activity.model import Activity, Option, Placement, Silence
from personalization.choice.model import Choice
from personalization.people.model import Course
from personalization.proposal.model import Agreement, Proposal
from tests.cast import NOON, Cast, Member, make_activity, writing
from tests.personalization.pressing import token as token_for

SignedIn = Callable[[Member], FlaskClient]
FOUR = {
    "title": "Energy in our pond",
    "shows": "Where does the sun’s energy go?",
    "options-0-title": "Field poster",
    "options-1-title": "Data story",
}


@pytest.fixture(autouse=True)
def noon() -> Any:
    with clock.at(NOON):
        yield


@pytest.fixture
def teacher(signed_in: SignedIn, cast: Cast) -> FlaskClient:
    return signed_in(cast.teacher)


@pytest.fixture
def draft_id(app: Flask, cast: Cast) -> int:
    with writing(app):
        return make_activity(cast.course_id, cast.teacher.id, "Rocks", published=False)


def page(response: TestResponse) -> BeautifulSoup:
    return BeautifulSoup(response.text, "html.parser")


def form_of(response: TestResponse) -> MultiDict[str, str]:
    """What a browser would send if nothing were changed: the design form's successful controls."""
    form = page(response).find("form", id="design")
    assert isinstance(form, Tag)
    pairs: list[tuple[str, str]] = []
    for control in form.find_all(["input", "textarea", "select"]):
        name, kind = str(control.get("name") or ""), control.get("type")
        if not name or (kind in {"checkbox", "radio"} and not control.has_attr("checked")):
            continue
        if control.name == "select":
            chosen = control.find("option", selected=True) or control.find("option")
            assert isinstance(chosen, Tag)
            pairs.append((name, str(chosen.get("value", ""))))
        else:
            pairs.append(
                (
                    name,
                    control.get_text().removeprefix("\r\n")
                    if control.name == "textarea"
                    else str(control.get("value", "")),
                )
            )
    return MultiDict(pairs)


def typed(fields: MultiDict[str, str], values: dict[str, str], **more: str) -> MultiDict[str, str]:
    changed = fields.copy()
    for name, value in {**values, **more}.items():
        changed[name] = value
    return changed


def the_one(session: Session) -> Activity:
    session.expire_all()
    return session.scalars(select(Activity)).one()


# Who may


@pytest.mark.parametrize("path", ["activities", "activities/new"])
@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("teacher", 200),
        ("designer", 200),
        ("assistant", 403),
        ("observer", 403),
        ("student", 403),
        ("other_teacher", 403),
        ("other_school_teacher", 403),
    ],
)
def test_only_authors_of_the_course_see_its_activities(
    signed_in: SignedIn, cast: Cast, path: str, who: str, status: int
) -> None:
    assert signed_in(getattr(cast, who)).get(f"/courses/{cast.course_id}/{path}").status_code == status


def test_nobody_is_asked_to_sign_in_again(client: FlaskClient, cast: Cast, draft_id: int) -> None:
    for path in (f"/courses/{cast.course_id}/activities/new", f"/activities/{draft_id}/design"):
        assert client.get(path).status_code == 401


@pytest.mark.parametrize("who", ["assistant", "student", "other_teacher", "other_school_teacher"])
@pytest.mark.parametrize("path", ["design", "draft", "placements"])
def test_others_change_nothing(
    signed_in: SignedIn, cast: Cast, draft_id: int, session: Session, who: str, path: str
) -> None:
    client = signed_in(getattr(cast, who))
    data = {"title": "Mine now", "do": "publish", "csrf_token": token_for(client)}
    assert client.post(f"/activities/{draft_id}/{path}", data=data).status_code == 403
    assert the_one(session).title == "Rocks"


# From nothing to published


def test_four_fields_and_one_press_publish_it(teacher: FlaskClient, cast: Cast, session: Session) -> None:
    fields = form_of(teacher.get(f"/courses/{cast.course_id}/activities/new"))
    response = teacher.post(f"/courses/{cast.course_id}/activities", data=typed(fields, FOUR, do="publish"))
    activity = the_one(session)
    assert response.status_code == 303
    assert response.location == f"/activities/{activity.id}"
    assert activity.published_at == NOON
    assert [o.title for o in activity.designed_options] == ["Field poster", "Data story"]
    assert len(activity.criteria) == 3
    assert activity.dates.work_due is None
    assert session.scalar(select(func.count()).select_from(Choice)) == 2  # one for each student


def test_nothing_but_the_four_fields_need_be_sent(teacher: FlaskClient, cast: Cast, session: Session) -> None:
    data = {**FOUR, "do": "publish", "csrf_token": token_for(teacher)}
    assert teacher.post(f"/courses/{cast.course_id}/activities", data=data).status_code == 303
    activity = the_one(session)
    assert activity.own_idea
    assert activity.graded
    assert activity.points == 100
    assert activity.silence is Silence.PROTECT
    assert activity.gaps() == []
    assert all(level.text for level in activity.criteria[0].levels)


def test_the_hand_in_date_is_meant_in_the_course_s_zone(teacher: FlaskClient, cast: Cast, session: Session) -> None:
    fields = form_of(teacher.get(f"/courses/{cast.course_id}/activities/new"))
    data = typed(fields, FOUR, do="publish", work_due="2026-12-04T18:00")
    teacher.post(f"/courses/{cast.course_id}/activities", data=data)
    activity = the_one(session)
    assert activity.work_due == datetime(2026, 12, 5, 0, 0, tzinfo=UTC)
    assert activity.dates.clash() is None
    assert activity.pick_by is not None


def test_the_browser_names_the_zone_where_no_launch_did(teacher: FlaskClient, cast: Cast, session: Session) -> None:
    session.get_one(Course, cast.course_id).zone = "UTC"
    session.flush()
    fields = form_of(teacher.get(f"/courses/{cast.course_id}/activities/new"))
    data = typed(fields, FOUR, do="publish", work_due="2026-12-04T18:00", zone="Asia/Kathmandu")
    teacher.post(f"/courses/{cast.course_id}/activities", data=data)
    assert the_one(session).work_due == datetime(2026, 12, 4, 12, 15, tzinfo=UTC)
    assert session.get_one(Course, cast.course_id).zone == "Asia/Kathmandu"


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Nowhere/Land", "../../etc/passwd", "\x00"])
def test_a_known_zone_is_not_changed_by_a_browser(
    teacher: FlaskClient, cast: Cast, session: Session, zone: str
) -> None:
    fields = form_of(teacher.get(f"/courses/{cast.course_id}/activities/new"))
    teacher.post(f"/courses/{cast.course_id}/activities", data=typed(fields, FOUR, do="publish", zone=zone))
    assert session.get_one(Course, cast.course_id).zone == "America/Chicago"


def test_the_same_page_sent_twice_makes_one_activity(teacher: FlaskClient, cast: Cast, session: Session) -> None:
    data = typed(form_of(teacher.get(f"/courses/{cast.course_id}/activities/new")), FOUR, do="publish")
    first = teacher.post(f"/courses/{cast.course_id}/activities", data=data)
    second = teacher.post(f"/courses/{cast.course_id}/activities", data=data)
    assert (first.status_code, first.location) == (second.status_code, second.location)
    activity = the_one(session)
    assert len(activity.rubrics) == 1
    assert len(activity.designed_options) == 2


def test_a_form_key_of_somebody_else_leads_nowhere(
    teacher: FlaskClient, signed_in: SignedIn, cast: Cast, session: Session
) -> None:
    data = typed(form_of(teacher.get(f"/courses/{cast.course_id}/activities/new")), FOUR, do="save")
    teacher.post(f"/courses/{cast.course_id}/activities", data=data)
    designer = signed_in(cast.designer)
    data = typed(data, {"title": "Mine", "csrf_token": token_for(designer)})
    designer.post(f"/courses/{cast.course_id}/activities", data=data)
    session.expire_all()
    assert sorted(session.scalars(select(Activity.title))) == ["Energy in our pond", "Mine"]


@pytest.mark.parametrize("name", list(FOUR))
def test_each_of_the_four_is_asked_for_and_the_rest_kept(
    teacher: FlaskClient, cast: Cast, session: Session, name: str
) -> None:
    fields = form_of(teacher.get(f"/courses/{cast.course_id}/activities/new"))
    response = teacher.post(
        f"/courses/{cast.course_id}/activities", data=typed(fields, {**FOUR, name: " "}, do="publish")
    )
    assert response.status_code == 422
    summary = page(response).find(role="alert")
    assert isinstance(summary, Tag)
    assert summary.find("a", href=f"#{name}")
    assert form_of(response)["title"] == ("" if name == "title" else FOUR["title"])
    assert the_one(session).published_at is None


def test_designers_are_led_to_what_they_may_see(signed_in: SignedIn, cast: Cast) -> None:
    client = signed_in(cast.designer)
    fields = form_of(client.get(f"/courses/{cast.course_id}/activities/new"))
    response = client.post(f"/courses/{cast.course_id}/activities", data=typed(fields, FOUR, do="publish"))
    assert response.location == f"/courses/{cast.course_id}/activities"
    assert client.get(response.location).status_code == 200


# Drafts


def test_a_draft_is_saved_and_seen_by_nobody(teacher: FlaskClient, cast: Cast, session: Session) -> None:
    fields = form_of(teacher.get(f"/courses/{cast.course_id}/activities/new"))
    response = teacher.post(f"/courses/{cast.course_id}/activities", data=typed(fields, {"title": "Half a"}, do="save"))
    activity = the_one(session)
    assert response.location == f"/activities/{activity.id}/design"
    assert activity.published_at is None
    assert session.scalar(select(func.count()).select_from(Choice)) == 0


def test_typing_saves_and_the_dialogue_closed_by_accident_loses_nothing(
    teacher: FlaskClient, cast: Cast, session: Session
) -> None:
    fields = form_of(teacher.get(f"/courses/{cast.course_id}/activities/new"))
    for title in ("Ene", "Energy"):
        answer = teacher.post(
            f"/courses/{cast.course_id}/activities/draft",
            data=typed(fields, {"title": title, "work_due": "2026-12-04T18:00"}),
            headers={"X-Autosave": "1"},
        )
        assert answer.json is not None
        assert answer.json["status"].startswith("Saved at ")
    activity = the_one(session)
    assert activity.title == "Energy"
    assert session.scalar(select(func.count()).select_from(Option)) == 2
    assert "Energy" in teacher.get(f"/courses/{cast.course_id}/activities").text


def test_what_makes_no_sense_yet_is_told_and_the_rest_saved(
    teacher: FlaskClient, draft_id: int, session: Session
) -> None:
    fields = form_of(teacher.get(f"/activities/{draft_id}/design"))
    data = typed(fields, {"title": "Stones", "options-0-minutes": "ninety", "points": "many"})
    answer = teacher.post(f"/activities/{draft_id}/draft", data=data, headers={"X-Autosave": "1"})
    assert answer.status_code == 200
    assert answer.json is not None
    assert "Write a" in answer.json["status"]
    activity = the_one(session)
    assert (activity.title, activity.points) == ("Stones", 100)
    assert activity.options[0].minutes is None


def test_everything_unfolded_comes_back_as_it_was_typed(teacher: FlaskClient, draft_id: int, session: Session) -> None:
    fields = form_of(teacher.get(f"/activities/{draft_id}/design"))
    everything = {
        "goal": "Follow the energy\nto its end",
        "representations": "A film\nThe pond itself",
        "points": "12.5",
        "silence": "strict",
        "default_option": "1",
        "criteria-0-name": "Model",
        "criteria-0-description": "Who eats whom",
        "criteria-0-levels-3-text": "All of it",
        "criteria-0-levels-3-points": "6",
        "options-0-text": "Draw the web",
        "options-0-minutes": "90",
        "options-0-means": "paper or tablet",
        "options-0-audience": "the hallway",
        "options-0-capacity": "6",
        "options-0-supports": "Pond cards\nA half-started web",
        "options-0-cover-0-how": "on the arrows",
        "opens": "2026-11-11T08:00",
        "work_due": "2026-12-04T18:00",
        "lock": "2026-12-08T18:00",
    }
    teacher.post(f"/activities/{draft_id}/design", data=typed(fields, everything, do="save"))
    again = form_of(teacher.get(f"/activities/{draft_id}/design"))
    assert {name: again[name] for name in everything} == everything
    activity = the_one(session)
    assert activity.silence is Silence.STRICT
    assert activity.default_option is activity.options[1]
    assert activity.options[0].how(1) == "on the arrows"


@pytest.mark.parametrize("name", ["own_idea", "graded", "least_filled", "options-1-cover-2-shown"])
def test_a_box_can_be_unticked_and_ticked_again(
    teacher: FlaskClient, draft_id: int, session: Session, name: str
) -> None:
    def read() -> bool:
        activity = the_one(session)
        if name.startswith("options"):
            return activity.options[1].can_show(3)
        return bool(getattr(activity, name))

    fields = form_of(teacher.get(f"/activities/{draft_id}/design"))
    for value, expected in [(["no"], False), (["no", "yes"], True), (["no"], False)]:
        fields.setlist(name, value)
        teacher.post(f"/activities/{draft_id}/design", data=typed(fields, {}, do="save"))
        assert read() is expected


@pytest.mark.parametrize(
    ("kind", "first", "rows"),
    [("option", "options-2-title", 3), ("criterion", "criteria-3-name", 4), ("target", "targets-0-text", 1)],
)
def test_a_row_is_added_without_losing_what_was_typed(
    teacher: FlaskClient, draft_id: int, session: Session, kind: str, first: str, rows: int
) -> None:
    fields = form_of(teacher.get(f"/activities/{draft_id}/design"))
    response = teacher.post(f"/activities/{draft_id}/design", data=typed(fields, {"title": "Stones"}, do=f"add-{kind}"))
    assert response.status_code == 200
    again = form_of(response)
    assert again["title"] == "Stones"
    assert first in again
    control = page(response).find(id=first)
    assert isinstance(control, Tag)
    assert control.has_attr("autofocus")
    saved = teacher.post(f"/activities/{draft_id}/design", data=typed(again, {first: "A new one"}, do="save"))
    assert saved.status_code == 303
    assert form_of(teacher.get(f"/activities/{draft_id}/design"))[first] == "A new one"
    activity = the_one(session)
    counts = {
        "option": len(activity.designed_options),
        "criterion": len(activity.criteria),
        "target": len(activity.targets),
    }
    assert counts[kind] == rows


def test_a_new_row_typed_in_steps_stays_one_row(teacher: FlaskClient, draft_id: int, session: Session) -> None:
    fields = form_of(teacher.get(f"/activities/{draft_id}/design"))
    fields = form_of(teacher.post(f"/activities/{draft_id}/design", data=typed(fields, {}, do="add-option")))
    fields = form_of(teacher.post(f"/activities/{draft_id}/design", data=typed(fields, {}, do="add-criterion")))
    for words in ("S", "So", "Song"):
        data = typed(fields, {"options-2-title": words, "criteria-3-name": words})
        teacher.post(f"/activities/{draft_id}/draft", data=data, headers={"X-Autosave": "1"})
    activity = the_one(session)
    assert [o.title for o in activity.options] == ["Field poster", "Data story", "Song"]
    assert [c.key for c in activity.criteria] == [1, 2, 3, 4]
    assert activity.criteria[3].name == "Song"


def test_a_row_is_taken_away_with_all_that_hangs_on_it(teacher: FlaskClient, draft_id: int, session: Session) -> None:
    fields = form_of(teacher.get(f"/activities/{draft_id}/design"))
    fields = form_of(teacher.post(f"/activities/{draft_id}/design", data=typed(fields, {}, do="add-option")))
    more = {"options-2-title": "Song", "default_option": "2", "options-2-cover-2-how": "in the refrain"}
    fields = form_of(teacher.post(f"/activities/{draft_id}/design", data=typed(fields, more, do="remove-criterion-1")))
    assert fields["options-2-cover-1-how"] == "in the refrain"
    fields = form_of(teacher.post(f"/activities/{draft_id}/design", data=typed(fields, {}, do="remove-option-0")))
    assert fields["default_option"] == "1"
    teacher.post(f"/activities/{draft_id}/design", data=typed(fields, {}, do="save"))
    activity = the_one(session)
    assert [o.title for o in activity.designed_options] == ["Data story", "Song"]
    assert activity.default_option is activity.designed_options[1]
    assert [c.key for c in activity.criteria] == [1, 3]
    assert activity.default_option.how(3) == "in the refrain"


def test_a_list_grows_to_its_end_and_no_further(teacher: FlaskClient, draft_id: int) -> None:
    fields = form_of(teacher.get(f"/activities/{draft_id}/design"))
    for _press in range(9):
        fields = form_of(teacher.post(f"/activities/{draft_id}/design", data=typed(fields, {}, do="add-option")))
    assert "options-7-title" in fields
    assert "options-8-title" not in fields


# What to look at before publishing


def test_a_gap_is_named_first_and_let_through_the_second_time(
    teacher: FlaskClient, draft_id: int, session: Session
) -> None:
    fields = form_of(teacher.get(f"/activities/{draft_id}/design"))
    fields.setlist("options-1-cover-1-shown", ["no"])
    first = teacher.post(f"/activities/{draft_id}/design", data=typed(fields, {}, do="publish"))
    assert first.status_code == 422
    assert "Data story gives no way to show “Reasons”." in first.text
    assert page(first).find("a", href="#options-1-cover-1-shown")
    assert page(first).find(id="options-1-cover-1-shown")
    assert the_one(session).published_at is None
    second = teacher.post(f"/activities/{draft_id}/design", data=typed(form_of(first), {}, do="publish"))
    assert second.status_code == 303
    assert the_one(session).published_at == NOON


def test_unequal_effort_is_told_and_forbids_nothing(teacher: FlaskClient, draft_id: int) -> None:
    fields = form_of(teacher.get(f"/activities/{draft_id}/design"))
    data = typed(fields, {"options-0-minutes": "200", "options-1-minutes": "90"}, do="save")
    teacher.post(f"/activities/{draft_id}/design", data=data)
    again = teacher.get(f"/activities/{draft_id}/design")
    assert "takes about 200 minutes" in again.text
    assert (
        teacher.post(f"/activities/{draft_id}/design", data=typed(form_of(again), {}, do="publish")).status_code == 303
    )


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
    proposal = Proposal.start(choice, [], choice.student, NOON)
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


# Where it goes


@pytest.fixture
def launch(session: Session, cast: Cast) -> str:
    course = session.get_one(Course, cast.course_id)
    now = datetime.now(UTC)
    request = DeepLinkRequest(
        id="launch-of-the-teacher-1",
        context_id=course.context_id,
        user_id=cast.teacher.user_id,
        settings={
            "deep_link_return_url": "https://canvas.example.edu/return",
            "accept_types": ["ltiResourceLink"],
            "data": "d1",
        },
        created_at=now,
        expires_at=now + timedelta(days=1),
    )
    session.add(request)
    session.flush()
    return request.id


def test_published_within_a_dialogue_it_goes_to_the_lms(
    teacher: FlaskClient, cast: Cast, launch: str, session: Session
) -> None:
    fields = form_of(teacher.get(f"/courses/{cast.course_id}/activities/new?launch={launch}"))
    response = teacher.post(f"/courses/{cast.course_id}/activities", data=typed(fields, FOUR, do="publish"))
    assert response.status_code == 200
    form = page(response).find("form", action="https://canvas.example.edu/return")
    assert isinstance(form, Tag)
    assert form.find("input", attrs={"name": "JWT"})
    assert the_one(session).published_at == NOON
    assert session.get_one(DeepLinkRequest, launch).answered_at is not None


def test_a_draft_saved_within_a_dialogue_stays_there(teacher: FlaskClient, cast: Cast, launch: str) -> None:
    fields = form_of(teacher.get(f"/courses/{cast.course_id}/activities/new?launch={launch}"))
    response = teacher.post(f"/courses/{cast.course_id}/activities", data=typed(fields, FOUR, do="save"))
    assert response.location.endswith(f"?launch={launch}")
    assert form_of(teacher.get(response.location))["launch"] == launch


def test_a_dialogue_offers_what_the_course_has(
    teacher: FlaskClient, cast: Cast, launch: str, activity_id: int, draft_id: int
) -> None:
    answer = page(teacher.get(f"/courses/{cast.course_id}/activities/new?launch={launch}"))
    assert answer.find("a", href=f"/activities/{draft_id}/design?launch={launch}")
    use = answer.find("form", action=f"/activities/{activity_id}/placements")
    assert isinstance(use, Tag)
    data = {str(field["name"]): str(field.get("value", "")) for field in use.find_all("input")}
    response = teacher.post(f"/activities/{activity_id}/placements", data=data)
    assert page(response).find("form", action="https://canvas.example.edu/return")


def test_a_dialogue_of_somebody_else_is_not_answered(
    signed_in: SignedIn, cast: Cast, launch: str, activity_id: int, session: Session
) -> None:
    designer = signed_in(cast.designer)
    assert designer.get(f"/courses/{cast.course_id}/activities/new?launch={launch}").status_code == 404
    data = {"launch": launch, "csrf_token": token_for(designer)}
    assert designer.post(f"/activities/{activity_id}/placements", data=data).status_code == 404
    assert session.get_one(DeepLinkRequest, launch).answered_at is None


@pytest.mark.parametrize("name", ["nothing", "a\x00b", "x" * 5000])
def test_a_dialogue_that_never_was_is_not_here(teacher: FlaskClient, cast: Cast, name: str) -> None:
    address = f"/courses/{cast.course_id}/activities/new"
    assert teacher.get(address, query_string={"launch": name}).status_code == 404


def test_a_dialogue_that_waited_too_long_loses_nothing(
    teacher: FlaskClient, cast: Cast, launch: str, session: Session
) -> None:
    fields = form_of(teacher.get(f"/courses/{cast.course_id}/activities/new?launch={launch}"))
    session.get_one(DeepLinkRequest, launch).expires_at = datetime.now(UTC) - timedelta(minutes=1)
    session.flush()
    response = teacher.post(f"/courses/{cast.course_id}/activities", data=typed(fields, FOUR, do="publish"))
    assert response.status_code == 422
    assert "This dialogue was open too long" in response.text
    assert (the_one(session).title, the_one(session).published_at) == (FOUR["title"], None)
    activity = the_one(session)
    again = teacher.post(f"/activities/{activity.id}/design", data=typed(form_of(response), {}, do="publish"))
    assert again.status_code == 303


@pytest.fixture
def link(session: Session, cast: Cast) -> int:
    course = session.get_one(Course, cast.course_id)
    link = ResourceLink(context_id=course.context_id, resource_link_id="unconfigured", title="New tool", seen_at=NOON)
    session.add(link)
    session.flush()
    return link.id


def test_a_link_that_opened_nothing_opens_it_from_now_on(
    teacher: FlaskClient, cast: Cast, link: int, session: Session
) -> None:
    fields = form_of(teacher.get(f"/courses/{cast.course_id}/activities/new?link={link}"))
    data = typed(fields, FOUR, do="publish")
    for _press in range(2):
        assert teacher.post(f"/courses/{cast.course_id}/activities", data=data).status_code == 303
    placement = session.scalars(select(Placement)).one()
    assert (placement.resource_link_id, placement.activity_id) == (link, the_one(session).id)


def test_a_link_that_opens_another_one_is_not_moved(
    teacher: FlaskClient, cast: Cast, link: int, activity_id: int, session: Session
) -> None:
    token = token_for(teacher)
    first = teacher.post(f"/activities/{activity_id}/placements", data={"link": link, "csrf_token": token})
    assert first.status_code == 303
    assert teacher.get(f"/courses/{cast.course_id}/activities/new?link={link}").status_code == 409
    assert session.scalars(select(Placement.activity_id).where(Placement.resource_link_id == link)).one() == activity_id


def test_a_link_of_another_course_is_not_here(signed_in: SignedIn, cast: Cast, link: int) -> None:
    stone = signed_in(cast.other_teacher)
    assert stone.get(f"/courses/{cast.other_course_id}/activities/new?link={link}").status_code == 404


@pytest.mark.parametrize("name", ["x", "-1", "9" * 30, "1.5", "²"])
def test_a_link_that_is_no_number_is_not_here(teacher: FlaskClient, cast: Cast, name: str) -> None:
    address = f"/courses/{cast.course_id}/activities/new"
    assert teacher.get(address, query_string={"link": name}).status_code == 404


def test_a_draft_is_not_placed(teacher: FlaskClient, cast: Cast, link: int, draft_id: int) -> None:
    data = {"link": link, "csrf_token": token_for(teacher)}
    assert teacher.post(f"/activities/{draft_id}/placements", data=data).status_code == 409


# The preview


def test_the_preview_shows_what_students_see_and_no_own_idea_of_one(
    teacher: FlaskClient, cast: Cast, activity_id: int, session: Session
) -> None:
    activity = session.get_one(Activity, activity_id)
    session.add(Option(activity_id=activity_id, position=3, title="Amara’s card game", only_for_id=cast.student.id))
    session.flush()
    assert len(activity.options) == 3
    answer = teacher.get(f"/activities/{activity_id}/preview")
    assert answer.status_code == 200
    assert "This is what students see" in answer.text
    assert "Field poster" in answer.text
    assert "Amara" not in answer.text
    assert "Amara" not in teacher.get(f"/activities/{activity_id}/design").text


def test_a_draft_can_be_previewed_too(teacher: FlaskClient, draft_id: int, session: Session) -> None:
    assert teacher.get(f"/activities/{draft_id}/preview").status_code == 200
    assert the_one(session).published_at is None


# Bad input


HOSTILE = ["\x00", "a\x00b", "\x1b[31m", "\x7f"]


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize(
    "name", ["title", "shows", "options-0-title", "criteria-0-levels-1-text", "options-0-cover-1-how"]
)
def test_what_is_no_text_is_refused_and_the_rest_kept(
    teacher: FlaskClient, draft_id: int, session: Session, name: str, value: str
) -> None:
    fields = form_of(teacher.get(f"/activities/{draft_id}/design"))
    data = typed(fields, {"goal": "Kept", name: value}, do="save")
    assert teacher.post(f"/activities/{draft_id}/design", data=data).status_code == 422
    assert the_one(session).goal == "Kept"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("title", "x" * 256),
        ("goal", "x" * 20_001),
        ("criteria-0-name", "x" * 121),
        ("options-0-minutes", "0"),
        ("options-0-minutes", "-5"),
        ("options-0-minutes", "1e9"),
        ("options-0-minutes", "9" * 5_000),
        ("options-0-capacity", "²"),
        ("points", "NaN"),
        ("points", "sNaN"),
        ("points", "Infinity"),
        ("points", "1e999999"),
        ("points", "-1"),
        ("points", "0"),
        ("points", "1.234"),
        ("points", ""),
        ("criteria-0-levels-0-points", "9"),
        ("silence", "maybe"),
        ("work_due", "tomorrow"),
        ("work_due", "0001-01-01T00:00"),
        ("work_due", "9999-12-31T23:59"),
    ],
)
def test_wrong_values_are_refused_with_a_sentence(teacher: FlaskClient, draft_id: int, name: str, value: str) -> None:
    fields = form_of(teacher.get(f"/activities/{draft_id}/design"))
    response = teacher.post(f"/activities/{draft_id}/design", data=typed(fields, {name: value}, do="save"))
    assert response.status_code == 422
    assert page(response).find(role="alert")


def test_odd_row_names_and_presses_break_nothing(teacher: FlaskClient, draft_id: int, session: Session) -> None:
    fields = form_of(teacher.get(f"/activities/{draft_id}/design"))
    odd = {
        "options-²-title": "x",
        "options--1-title": "x",
        "options-99999999999-title": "x",
        "options-0-id": "999999999999999999999999",
        "criteria-0-key": "77",
        "default_option": "9" * 400,
    }
    for do in ("save", "remove-option-999", "remove-option-²", "add-nothing", "publish-all", ""):
        assert teacher.post(f"/activities/{draft_id}/design", data=typed(fields, odd, do=do)).status_code in {200, 303}
    activity = the_one(session)
    assert [o.title for o in activity.designed_options] == ["Field poster", "Data story"]
    assert activity.default_option is None


def test_an_option_of_another_activity_is_not_taken_over(
    teacher: FlaskClient, draft_id: int, activity_id: int, session: Session
) -> None:
    theirs = session.scalars(select(Option).where(Option.activity_id == activity_id)).first()
    assert theirs is not None
    fields = form_of(teacher.get(f"/activities/{draft_id}/design"))
    data = typed(fields, {"options-0-id": str(theirs.id), "options-0-title": "Stolen"}, do="save")
    teacher.post(f"/activities/{draft_id}/design", data=data)
    session.expire_all()
    assert theirs.title == "Field poster"
    assert theirs.activity_id == activity_id


@pytest.mark.parametrize("path", ["design", "preview"])
@pytest.mark.parametrize("number", [0, 999_999])
def test_an_activity_that_is_not_there_is_404(teacher: FlaskClient, path: str, number: int) -> None:
    assert teacher.get(f"/activities/{number}/{path}").status_code == 404


def test_a_press_without_its_token_does_nothing(teacher: FlaskClient, draft_id: int, session: Session) -> None:
    assert teacher.post(f"/activities/{draft_id}/design", data={"title": "Stones"}).status_code == 400
    assert the_one(session).title == "Rocks"


def test_looking_changes_nothing(teacher: FlaskClient, cast: Cast, session: Session) -> None:
    teacher.get(f"/courses/{cast.course_id}/activities/new")
    teacher.get(f"/courses/{cast.course_id}/activities")
    assert session.scalar(select(func.count()).select_from(Activity)) == 0
