"""Rows pasted on the design page: looked at first, ticked, then ways; nothing is lost on the way."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from personalization.activity import shelf
from personalization.activity.bank import Banked
from personalization.activity.model import Activity
from tests.cast import Cast
from tests.personalization.activity.designing import FOUR, form_of, page, the_one, typed

SHEET = 'Title\tWhat you do\tMinutes\tPlaces\r\nSong\tSing it.\t30\t\r\nPlay\t"Act it.\r\nThree roles."\t90\t6'


def look(client: FlaskClient, activity_id: int, text: str) -> TestResponse:
    fields = form_of(client.get(f"/activities/{activity_id}/design"))
    return client.post(f"/activities/{activity_id}/design", data=typed(fields, {"sheet": text, "do": "read-sheet"}))


def send(client: FlaskClient, activity_id: int, fields: MultiDict[str, str], do: str) -> TestResponse:
    return client.post(f"/activities/{activity_id}/design", data=typed(fields, {"do": do}))


def ways(session: Session, activity_id: int) -> list[str]:
    session.expire_all()
    return [o.title for o in session.get_one(Activity, activity_id).designed_options]


def test_rows_are_looked_at_before_anything_changes(teacher: FlaskClient, draft_id: int, session: Session) -> None:
    answer = look(teacher, draft_id, SHEET)
    assert answer.status_code == 200
    assert [box["value"] for box in page(answer).select("#sheet-rows input:checked")] == ["2", "3"]
    assert "Play" in answer.text
    assert ways(session, draft_id) == ["Field poster", "Data story"]


def test_the_ticked_ones_become_ways(teacher: FlaskClient, draft_id: int, session: Session) -> None:
    fields = form_of(look(teacher, draft_id, SHEET))
    fields.setlist("sheet_row", ["3"])
    answer = send(teacher, draft_id, fields, "take-sheet")
    assert answer.status_code == 200
    assert form_of(answer)["sheet"] == ""
    assert ways(session, draft_id) == ["Field poster", "Data story", "Play"]
    play = session.get_one(Activity, draft_id).designed_options[2]
    assert (play.text, play.minutes, play.capacity) == ("Act it.\nThree roles.", 90, 6)


def test_the_same_press_twice_makes_them_once(teacher: FlaskClient, draft_id: int, session: Session) -> None:
    fields = form_of(look(teacher, draft_id, SHEET))
    for _n in range(2):
        send(teacher, draft_id, fields, "take-sheet")
    assert ways(session, draft_id) == ["Field poster", "Data story", "Song", "Play"]


def test_the_two_empty_ways_of_a_new_activity_are_filled(teacher: FlaskClient, cast: Cast, session: Session) -> None:
    address = f"/courses/{cast.course_id}/activities"
    fields = form_of(teacher.get(f"{address}/new"))
    looked = teacher.post(address, data=typed(fields, {"sheet": SHEET, "do": "read-sheet"}))
    number = the_one(session).id
    send(teacher, number, form_of(looked), "take-sheet")
    assert ways(session, number) == ["Song", "Play"]


def test_a_published_activity_shows_students_nothing_until_it_is_published_again(
    teacher: FlaskClient, activity_id: int, session: Session
) -> None:
    answer = send(teacher, activity_id, form_of(look(teacher, activity_id, SHEET)), "take-sheet")
    assert form_of(answer)["options-3-title"] == "Play"
    assert ways(session, activity_id) == ["Field poster", "Data story"]
    send(teacher, activity_id, form_of(answer), "publish")
    assert ways(session, activity_id) == ["Field poster", "Data story", "Song", "Play"]


def test_a_bad_row_is_named_with_the_text_kept_and_the_good_ones_to_tick(
    teacher: FlaskClient, draft_id: int, session: Session
) -> None:
    answer = look(teacher, draft_id, SHEET + "\r\nDance\tDance it.\tlong\t")
    assert answer.status_code == 422
    assert "Row 4: “long” is no number of minutes." in answer.text
    assert "Dance it." in form_of(answer)["sheet"]
    assert len(page(answer).select("#sheet-rows input:checked")) == 2
    assert send(teacher, draft_id, form_of(answer), "take-sheet").status_code == 200
    assert ways(session, draft_id) == ["Field poster", "Data story", "Song", "Play"]


@pytest.mark.parametrize(("text", "words"), [("", "Paste the rows first."), ("Title\tMinutes", "There is no row")])
def test_nothing_pasted_is_said(teacher: FlaskClient, draft_id: int, text: str, words: str) -> None:
    answer = look(teacher, draft_id, text)
    assert answer.status_code == 422
    assert words in answer.text


@pytest.mark.parametrize("text", ["Song\tSi\0ng", "Song\t" + "x" * 100_001])
def test_what_no_column_keeps_is_refused_and_comes_back(
    teacher: FlaskClient, draft_id: int, session: Session, text: str
) -> None:
    answer = look(teacher, draft_id, text)
    assert answer.status_code == 422
    assert page(answer).select_one("#sheet-error") is not None
    assert form_of(answer)["sheet"].startswith("Song\t")
    assert ways(session, draft_id) == ["Field poster", "Data story"]


def test_rows_that_changed_are_looked_at_again(teacher: FlaskClient, draft_id: int, session: Session) -> None:
    fields = form_of(look(teacher, draft_id, SHEET))
    answer = send(teacher, draft_id, typed(fields, {"sheet": "Dance\tDance it."}), "take-sheet")
    assert answer.status_code == 422
    assert "The rows changed since you looked at them." in answer.text
    assert ways(session, draft_id) == ["Field poster", "Data story"]
    send(teacher, draft_id, form_of(answer), "take-sheet")
    assert ways(session, draft_id) == ["Field poster", "Data story", "Dance"]


def test_more_than_fit_are_not_made_and_none_is_lost(teacher: FlaskClient, draft_id: int, session: Session) -> None:
    looked = look(teacher, draft_id, "\n".join(f"Way {n}\tDo {n}" for n in range(7)))
    answer = send(teacher, draft_id, form_of(looked), "take-sheet")
    assert answer.status_code == 422
    assert "Only 6 more ways fit." in answer.text
    assert "Way 6" in form_of(answer)["sheet"]
    assert len(ways(session, draft_id)) == 2


@pytest.mark.parametrize("do", ["take-sheet", "bank-sheet"])
def test_nothing_ticked_is_nothing_taken(teacher: FlaskClient, draft_id: int, session: Session, do: str) -> None:
    fields = form_of(look(teacher, draft_id, SHEET))
    del fields["sheet_row"]
    answer = send(teacher, draft_id, fields, do)
    assert answer.status_code == 422
    assert "Tick the rows that you want." in answer.text
    assert len(ways(session, draft_id)) == 2


def test_they_may_go_to_the_bank_instead(
    teacher: FlaskClient, draft_id: int, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = form_of(look(teacher, draft_id, SHEET))
    monkeypatch.setattr(shelf, "MOST", 1)
    full = send(teacher, draft_id, fields, "bank-sheet")
    assert full.status_code == 422
    assert "Three roles." in form_of(full)["sheet"]
    monkeypatch.undo()
    for _n in range(2):
        assert send(teacher, draft_id, fields, "bank-sheet").status_code == 200
    assert [(b.title, b.minutes) for b in session.scalars(select(Banked).order_by(Banked.id))] == [
        ("Song", 30),
        ("Play", 90),
    ]
    assert len(ways(session, draft_id)) == 2


@pytest.mark.parametrize("do", ["save", "publish"])
def test_rows_that_were_not_taken_are_not_lost_by_saving(
    teacher: FlaskClient, draft_id: int, session: Session, do: str
) -> None:
    fields = typed(form_of(teacher.get(f"/activities/{draft_id}/design")), FOUR, sheet=SHEET)
    answer = send(teacher, draft_id, fields, do)
    assert answer.status_code == 422
    assert "did not take them yet" in answer.text
    assert "Three roles." in form_of(answer)["sheet"]
    kept = the_one(session)
    assert (kept.title, kept.published_at) == (FOUR["title"], None)
