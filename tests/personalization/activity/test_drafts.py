"""Drafts: saved as typed, grown and shrunk row by row, seen by nobody."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from bs4 import Tag
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from personalization.activity.model import Option, Silence
from personalization.choice.model import Choice
from tests.cast import Cast, Member
from tests.personalization.activity.designing import form_of, page, the_one, typed

SignedIn = Callable[[Member], FlaskClient]


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
    assert (activity.title, activity.points) == ("Stones", Decimal(100))
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
