"""How each wants mail, and its end in one press by whoever holds a mail."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from engine.db import db
from lti.models.context import User
from personalization.notice.model import Mail
from personalization.notice.stopping import stop_key
from personalization.people.model import Person, Rhythm
from tests.cast import NOON, Cast, Member, writing
from tests.personalization.notice.posts import MakeApp, give_addresses, limit_to_sections
from tests.personalization.pressing import page_of, press, text_of

SignIn = Callable[[Member], FlaskClient]


def test_without_a_mail_server_the_page_says_so(app: Flask, cast: Cast, signed_in: SignIn) -> None:
    soup = page_of(signed_in(cast.student), f"/courses/{cast.course_id}/mail")
    assert "sends no mail" in text_of(soup, ".ask")


@pytest.mark.parametrize(
    ("who", "offered", "usual"),
    [("student", ["each", "off"], "each"), ("assistant", ["daily", "weekly", "off"], "daily")],
)
def test_each_says_how_they_want_mail(
    app: Flask, cast: Cast, signed_in: SignIn, who: str, offered: list[str], usual: str
) -> None:
    member: Member = getattr(cast, who)
    client, page = signed_in(member), f"/courses/{cast.course_id}/mail"
    soup = page_of(client, page)
    assert [box["value"] for box in soup.select("input[name=rhythm]")] == offered
    assert [box["value"] for box in soup.select("input[name=rhythm][checked]")] == [usual]
    for _twice in range(2):
        answer = press(client, page, {"rhythm": "off"})
        assert (answer.status_code, answer.location) == (303, page)
    assert [box["value"] for box in page_of(client, page).select("input[name=rhythm][checked]")] == ["off"]
    with app.app_context():
        assert db.session.get_one(Person, member.id).mail_rhythm is Rhythm.OFF


@pytest.mark.parametrize("rhythm", ["", "daily", "hourly", "each\0"])
def test_a_rhythm_that_is_not_offered_is_refused_on_the_page(
    app: Flask, cast: Cast, signed_in: SignIn, rhythm: str
) -> None:
    answer = press(signed_in(cast.student), f"/courses/{cast.course_id}/mail", {"rhythm": rhythm})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def test_staff_see_which_mail_was_refused_and_why(app: Flask, cast: Cast, activity_id: int, signed_in: SignIn) -> None:
    limit_to_sections(app, cast)
    give_addresses(app, cast)
    with writing(app):
        for who in (cast.student, cast.classmate):
            mail = Mail.to(db.session.get_one(Person, who.id), f"event {who.id}", None, NOON.replace(year=2025))
            db.session.add(mail)
            mail.give_up("550 5.1.1 no such mailbox" if who is cast.student else "broke off")
    page = f"/courses/{cast.course_id}/mail"
    whole = page_of(signed_in(cast.teacher), page).get_text()
    assert "550 5.1.1 no such mailbox" not in whole  # long ago by the real clock
    with writing(app):
        for mail in db.session.scalars(select(Mail)):
            mail.made_at = NOON.replace(year=2999)
    whole = page_of(signed_in(cast.teacher), page).get_text()
    assert "Amara Diallo" in whole
    assert "550 5.1.1 no such mailbox" in whole
    assert "Its sending broke off twice." in whole
    limited = page_of(signed_in(cast.assistant), page).get_text()
    assert "Amara Diallo" in limited
    assert "Noor" not in limited
    assert "550" not in page_of(signed_in(cast.student), page).get_text()


def key_of(app: Flask, who: Member) -> str:
    with app.app_context():
        return stop_key(db.session.get_one(Person, who.id))


def rhythms(app: Flask) -> dict[str, Rhythm | None]:
    with app.app_context():
        return {p.given_name: p.mail_rhythm for p in db.session.scalars(select(Person)) if p.mail_rhythm}


def test_one_press_ends_mail_without_signing_in(app: Flask, cast: Cast, client: FlaskClient) -> None:
    page = f"/mail/stop/{key_of(app, cast.student)}"
    first = client.get(page)
    assert first.status_code == 200
    assert rhythms(app) == {}  # looking changes nothing: scanners follow links
    for _twice in range(2):
        done = client.post(page, data={"List-Unsubscribe": "One-Click"})  # as a mail program presses it
        assert done.status_code == 200
        assert rhythms(app) == {"Amara": Rhythm.OFF}
    for answer in (first, done):
        assert "Amara" not in answer.text
        assert "Biology" not in answer.text
        assert "Set-Cookie" not in answer.headers


def test_the_button_of_that_page_does_the_same(app: Flask, cast: Cast, client: FlaskClient) -> None:
    soup = page_of(client, f"/mail/stop/{key_of(app, cast.teacher)}")
    form = soup.select_one("main form")
    assert form is not None
    assert client.post(str(form["action"])).status_code == 200
    assert rhythms(app) == {"Adaeze": Rhythm.OFF}


@pytest.mark.parametrize("key", ["1", "NQ.x", "a" * 2000, "%00", "..."])
def test_a_key_that_is_not_ours_ends_nothing(app: Flask, cast: Cast, client: FlaskClient, key: str) -> None:
    for answer in (client.get(f"/mail/stop/{key}"), client.post(f"/mail/stop/{key}")):
        assert answer.status_code == 404
    assert rhythms(app) == {}


def test_the_key_of_one_ends_nobody_elses_mail(app: Flask, cast: Cast, client: FlaskClient) -> None:
    """Another person under the same signature."""
    mine, theirs = key_of(app, cast.student), key_of(app, cast.classmate)
    mixed = f"{theirs.partition('.')[0]}.{mine.partition('.')[2]}"
    assert client.post(f"/mail/stop/{mixed}").status_code == 404
    assert rhythms(app) == {}


def test_a_key_outlives_a_change_of_the_secret(make_app: MakeApp, cast: Cast) -> None:
    old = make_app()
    key = key_of(old, cast.student)
    new = make_app(secret_key="another one, quite as long", secret_key_fallbacks=(old.config["SECRET_KEY"],))
    assert new.test_client().post(f"/mail/stop/{key}").status_code == 200
    without = make_app(secret_key="another one, quite as long")
    assert without.test_client().post(f"/mail/stop/{key}").status_code == 404


def test_a_key_of_somebody_who_is_erased_ends_calmly(app: Flask, cast: Cast, client: FlaskClient) -> None:
    with app.app_context():
        key = stop_key(Person(id=987654))
    assert client.post(f"/mail/stop/{key}").status_code == 200


def test_addresses_are_those_that_the_lms_gives(app: Flask, cast: Cast, signed_in: SignIn, make_app: MakeApp) -> None:
    with_mail = make_app(smtp_url="smtp://127.0.0.1:1", mail_from="office@example.edu")
    client = signed_in(cast.student)
    page = f"/courses/{cast.course_id}/mail"
    assert "sends no mail" in text_of(page_of(client, page), ".ask")
    other = with_mail.test_client()
    with client.session_transaction() as session, other.session_transaction() as copy:
        copy.update(session)
    assert "gives us no address" in text_of(page_of(other, page), ".ask")
    with writing(app):
        db.session.get_one(User, cast.student.user_id).email = "amara@example.edu"
    assert "never names a grade" in text_of(page_of(other, page), ".ask")
