"""The live board: who needs a look, renewed by itself, with thresholds of one's own."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient

from engine import clock
from engine.db import db
from personalization.board.watch import Watch
from personalization.choice.model import Rule
from personalization.people.model import Person, PersonSection
from tests.cast import NOON, Cast, Member, writing
from tests.personalization.arranging import choice_of, hand_in
from tests.personalization.pressing import look, page_of, press, text_of

SignedIn = Callable[[Member], FlaskClient]
DAY = timedelta(days=1)
OTHERS = ["student", "classmate", "designer", "observer", "other_teacher", "other_school_teacher"]
LIMITS = {"unopened_days": "5", "idea_days": "2", "reply_days": "3", "still_minutes": "15"}


@pytest.fixture
def address(activity_id: int) -> str:
    return f"/activities/{activity_id}/live"


def rows_of(soup: BeautifulSoup) -> list[str]:
    return [" ".join(row.get_text(" ").split()) for row in soup.select("[aria-labelledby=needs] .rows > li")]


def soup_at(client: FlaskClient, address: str, after: timedelta) -> BeautifulSoup:
    return BeautifulSoup(look(client, address, now=NOON + after).text, "html.parser")


@pytest.mark.parametrize("who", OTHERS)
def test_others_see_nothing_live(cast: Cast, address: str, signed_in: SignedIn, who: str) -> None:
    client = signed_in(getattr(cast, who))
    for answer in (look(client, address), press(client, f"{address}/watch", LIMITS), press(client, f"{address}/seen")):
        assert answer.status_code == HTTPStatus.FORBIDDEN
        assert "Noor" not in answer.text


def test_a_stranger_sees_nothing(client: FlaskClient, address: str) -> None:
    assert look(client, address).status_code == HTTPStatus.UNAUTHORIZED


def test_help_comes_first_and_what_just_happened_is_said(
    cast: Cast, activity_id: int, address: str, signed_in: SignedIn
) -> None:
    press(signed_in(cast.student), f"/activities/{activity_id}/messages", {"text": "Where does it go?"})
    soup = page_of(signed_in(cast.assistant), address)
    first = rows_of(soup)[0]
    assert "Amara Diallo" in first
    assert "Asks for help" in first
    assert "“Where does it go?”" in first
    assert text_of(soup, "#live-said") == "Amara asked for help."
    assert "Asks for help" in text_of(soup, ".chip.hot")


def test_what_i_did_myself_is_no_news(cast: Cast, activity_id: int, address: str, signed_in: SignedIn) -> None:
    press(signed_in(cast.student), f"/activities/{activity_id}/messages", {"text": ""})
    soup = soup_at(signed_in(cast.teacher), address, timedelta(minutes=11))
    assert text_of(soup, "#live-said") == ""


def test_the_part_that_renews_itself_comes_alone_and_says_only_what_is_new(
    cast: Cast, activity_id: int, address: str, signed_in: SignedIn
) -> None:
    teacher = signed_in(cast.teacher)
    page = page_of(teacher, address)
    part = page.select_one("#live")
    assert part is not None
    assert part["hx-get"] == address
    since = json.loads(str(part["hx-vals"]))
    press(signed_in(cast.student), f"/activities/{activity_id}/messages", now=NOON + timedelta(seconds=5))
    answers = []
    for after in (10, 20):
        with clock.at(NOON + timedelta(seconds=after)):
            answer = teacher.get(address, query_string=since, headers={"HX-Request": "true"})
        fragment = BeautifulSoup(answer.text, "html.parser")
        assert fragment.select_one("h1") is None
        renewed = fragment.select_one("#live")
        assert renewed is not None
        assert fragment.select_one("#live-at[hx-swap-oob]") is not None
        since = json.loads(str(renewed["hx-vals"]))
        said = fragment.select_one("#live-said")
        answers.append(said.text if said is not None else None)
    assert answers == ["Amara asked for help.", None]


@pytest.mark.parametrize(
    "since",
    [
        "",
        "soon",
        "2026-11-10",
        "9999-12-31T23:59:59+00:00",
        "2026-11-10T18:00:00%2B99:00",
        "0001-01-01T00:00:00%2B14:00",
        "9999-12-31T23:59:00-14:00",
    ],
)
def test_any_since_is_answered(cast: Cast, address: str, signed_in: SignedIn, since: str) -> None:
    assert look(signed_in(cast.teacher), f"{address}?since={since}").status_code == HTTPStatus.OK


def test_looking_writes_nothing_and_ones_own_thresholds_are_kept_for_oneself(
    app: Flask, cast: Cast, address: str, signed_in: SignedIn
) -> None:
    teacher, assistant = signed_in(cast.teacher), signed_in(cast.assistant)
    assert len(rows_of(soup_at(teacher, address, 3 * DAY))) == 2  # two who have not opened it
    with app.app_context():
        assert db.session.get(Watch, cast.teacher.id) is None
    assert press(teacher, f"{address}/watch", LIMITS).status_code == HTTPStatus.SEE_OTHER
    assert rows_of(soup_at(teacher, address, 3 * DAY)) == []
    assert len(rows_of(soup_at(assistant, address, 3 * DAY))) == 2


@pytest.mark.parametrize("name", list(LIMITS))
@pytest.mark.parametrize("value", ["0", "-1", "4000000000", "²", "", "2 days"])
def test_a_threshold_that_is_not_offered_is_not_taken(
    app: Flask, cast: Cast, address: str, signed_in: SignedIn, name: str, value: str
) -> None:
    answer = press(signed_in(cast.teacher), f"{address}/watch", {**LIMITS, name: value})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    with app.app_context():
        assert db.session.get(Watch, cast.teacher.id) is None


def test_who_was_placed_automatically_is_shown_until_seen(
    app: Flask, cast: Cast, activity_id: int, address: str, signed_in: SignedIn
) -> None:
    with writing(app):
        choice = choice_of(activity_id, cast.student.id)
        choice.place_by_rule(choice.activity.designed_options[0], Rule.DEFAULT, NOON)
    teacher = signed_in(cast.teacher)
    assert "Placed automatically" in rows_of(page_of(teacher, address))[0]
    press(teacher, f"{address}/seen", {"until": "not a moment"})
    assert "Placed automatically" in rows_of(page_of(teacher, address))[0]
    press(teacher, f"{address}/seen", {"until": NOON.isoformat()})
    assert rows_of(page_of(teacher, address)) == []


def test_a_row_leads_to_what_is_next_and_acts_at_once(
    app: Flask, cast: Cast, activity_id: int, address: str, signed_in: SignedIn
) -> None:
    with writing(app):
        work = hand_in(activity_id, cast.student.id)
        choice_of(activity_id, cast.classmate.id).unplace(NOON)
        nowhere = choice_of(activity_id, cast.classmate.id).id
    teacher, assistant = signed_in(cast.teacher), signed_in(cast.assistant)
    soup = page_of(teacher, address)
    assert soup.select_one(f'.rows a[href="/submissions/{work}/grade"]') is not None
    place = soup.select_one(f'form[action="/choices/{nowhere}/placement"]')
    assert place is not None
    option = place.select_one("option")
    assert option is not None
    assert page_of(assistant, address).select_one(f'form[action="/choices/{nowhere}/placement"]') is None
    fields = {"option": str(option["value"]), "reason": "We spoke.", "back": "live"}
    assert press(teacher, f"/choices/{nowhere}/placement", fields).location == address
    assert not any("Noor" in row for row in rows_of(page_of(teacher, address)))


def test_whoever_sees_only_sections_sees_only_those_live(
    app: Flask, cast: Cast, address: str, signed_in: SignedIn
) -> None:
    with writing(app):
        limited = db.session.get_one(Person, cast.assistant.id)
        limited.sees_only_sections, limited.in_sections = True, [PersonSection(section="red")]
        db.session.get_one(Person, cast.classmate.id).in_sections = [PersonSection(section="red")]
    answer = look(signed_in(cast.assistant), address, now=NOON + 3 * DAY)
    assert "Noor" in answer.text
    assert "Amara" not in answer.text


def test_everyone_is_found_by_name_and_by_pages(app: Flask, cast: Cast, activity_id: int, signed_in: SignedIn) -> None:
    teacher = signed_in(cast.teacher)
    soup = page_of(teacher, f"/activities/{activity_id}?name=aMAr")
    names = [name.text for name in soup.select("[aria-labelledby=everyone] .rows > li strong a")]
    assert names == ["Amara Diallo"]
    for page in ("0", "-3", "99999999999999999999", "x"):
        assert look(teacher, f"/activities/{activity_id}?page={page}").status_code == HTTPStatus.OK
