"""Who a browser is: one person per platform, revocable, never planted beforehand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import responses
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from engine.clock import real_now
from engine.db import db
from lti.models.launch import SignIn
from lti.sign_in import LIFE
from tests.lti.framed import who
from tests.lti.platform import ROSTER_CLAIM, TOOL, Lms


def other_platform(app: Flask, wire: responses.RequestsMock) -> Lms:
    other = Lms(wire, issuer="https://other.example", host="https://other.example", client_id="o")
    other.register(app)
    return other


def test_a_stranger_is_nobody(client: FlaskClient) -> None:
    assert who(client) == []


def test_a_launch_signs_in(client: FlaskClient, lms: Lms) -> None:
    lms.launch(client)
    assert who(client) == ["user-1"]


def test_another_person_of_the_same_platform_takes_the_place(app: Flask, client: FlaskClient, lms: Lms) -> None:
    lms.launch(client)
    lms.launch(client, lms.claims(sub="user-2"))
    assert who(client) == ["user-2"]
    with app.app_context():
        assert len(db.session.scalars(select(SignIn)).all()) == 1


def test_a_person_of_another_platform_stays_beside(
    app: Flask, client: FlaskClient, lms: Lms, wire: responses.RequestsMock
) -> None:
    other = other_platform(app, wire)
    lms.launch(client)
    other.launch(client, other.claims(sub="elsewhere"))
    assert set(who(client)) == {"user-1", "elsewhere"}


def cookie_keeps(client: FlaskClient, mark: str) -> bool:
    """Whether the cookie still holds the token of the pages opened before; afterwards it holds `mark`."""
    with client.session_transaction(base_url=TOOL) as held:
        kept = "csrf_token" in held
        held["csrf_token"] = mark
    return kept


def test_a_page_left_open_by_one_person_cannot_write_as_the_next(
    app: Flask, client: FlaskClient, lms: Lms, wire: responses.RequestsMock
) -> None:
    """Its token against forged forms ends with the person; the same person's other tabs go on, also beside an LMS."""
    app.config["WTF_CSRF_ENABLED"] = False
    other = other_platform(app, wire)
    cookie_keeps(client, "planted")
    lms.launch(client)
    assert not cookie_keeps(client, "of user-1")
    lms.launch(client)
    assert cookie_keeps(client, "of user-1")
    other.launch(client)
    assert cookie_keeps(client, "of user-1")
    lms.launch(client, lms.claims(sub="user-2"))
    assert not cookie_keeps(client, "of user-2")
    client.post("/out")
    assert not cookie_keeps(client, "of nobody")


def test_the_id_changes_at_every_launch_so_that_none_can_be_planted(app: Flask, client: FlaskClient, lms: Lms) -> None:
    lms.launch(client)
    planted = client.get_cookie("session", domain="tool.example")
    assert planted is not None
    lms.launch(client, lms.claims(sub="victim"))
    thief = app.test_client()
    thief.set_cookie("session", planted.value, domain="tool.example")
    assert who(thief) == []


def test_signing_out_ends_it_also_for_a_copy_of_the_cookie(app: Flask, client: FlaskClient, lms: Lms) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    lms.launch(client)
    cookie = client.get_cookie("session", domain="tool.example")
    assert cookie is not None
    client.post("/out")
    client.set_cookie("session", cookie.value, domain="tool.example")
    assert who(client) == []


@pytest.mark.parametrize(("failure", "status"), [(OperationalError, 503), (IntegrityError, 500)])
def test_a_launch_that_could_not_be_written_down_changes_nobody_s_sign_in(
    app: Flask, client: FlaskClient, lms: Lms, failure: type[DBAPIError], status: int
) -> None:
    """The disk is full, say: whoever is signed in stays so, for tabs with words in them are open."""
    lms.launch(client)
    with app.app_context():
        engine = db.engine

    def fail(_connection: object) -> None:
        raise failure(None, None, Exception("disk full"))

    event.listen(engine, "commit", fail)
    for browser in (client, app.test_client()):
        answer = lms.launch(browser, lms.claims(sub="user-2"))
        assert answer.status_code == status
        assert answer.headers.getlist("Set-Cookie") == []
    event.remove(engine, "commit", fail)
    assert who(client) == ["user-1"]


def test_a_sign_in_ends_by_itself(app: Flask, client: FlaskClient, lms: Lms) -> None:
    lms.launch(client)
    with app.app_context():
        db.session.execute(update(SignIn).values(seen_at=real_now() - LIFE - timedelta(minutes=1)))
        db.session.commit()
    assert who(client) == []


def test_pages_may_be_framed_by_the_origins_that_the_launch_signed(client: FlaskClient, lms: Lms) -> None:
    roster: dict[str, Any] = {ROSTER_CLAIM: {"context_memberships_url": "https://services.example:8443/roster"}}
    presentation = {"return_url": "https://LMS.example:443/return?x=1"}
    lms.launch(client, lms.claims(launch_presentation=presentation, **roster))
    policy = client.get("/who").headers["Content-Security-Policy"]
    assert "frame-ancestors 'self' https://lms.example https://services.example:8443" in policy


def test_a_return_address_that_is_none_frames_nothing(client: FlaskClient, lms: Lms) -> None:
    hostile = lms.claims(launch_presentation={"return_url": "javascript:alert(1); frame-ancestors *"})
    assert lms.launch(client, hostile).status_code == 303
    policy = client.get("/who").headers["Content-Security-Policy"]
    assert policy.endswith("frame-ancestors 'self'")


def test_the_cookie_holds_no_name_and_no_id_of_the_lms(client: FlaskClient, lms: Lms) -> None:
    lms.launch(client)
    with client.session_transaction(base_url=TOOL) as held:
        assert "user-1" not in str(dict(held))
