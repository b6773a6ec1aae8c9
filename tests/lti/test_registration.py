"""Registering by one invite, at offices that answer as Moodle and Canvas do: what is kept, renewed, shown."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from engine.clock import real_now
from engine.db import db
from lti.models.platform import Invite, Platform
from tests.lti.captures import captured
from tests.lti.office import PREFIX, TOOL_CLAIM, Canvas, Moodle
from tests.lti.platform import AGS, TOOL
from tests.lti.registering import (
    canvas,
    config,
    deployments,
    invite,
    moodle,
    new_invite,
    open_office,
    platform,
    register,
    whole,
)

__all__ = ["canvas", "config", "invite", "moodle", "open_office"]

ROSTER = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"


# What is kept


@pytest.mark.parametrize("version", ["4.2", "4.5"])
def test_moodle_registers_by_itself(
    app: Flask, client: FlaskClient, invite: str, open_office: Callable[..., Any], version: str
) -> None:
    office: Moodle = open_office(Moodle, version)
    answer = register(client, invite, office)
    assert answer.status_code == 200, answer.text
    assert "One switch is left, in Moodle" in answer.text
    assert office.bearers[:2] == ["Bearer token-1"] * 2
    assert office.bearers[2:] == [""]  # the key set is public
    row = platform(app)
    assert (row.issuer, row.client_id, row.name) == (office.base, office.client_id, "127.0.0.1")
    assert row.auth_login_url == f"{office.base}/mod/lti/auth.php"
    assert row.auth_token_url == f"{office.base}/mod/lti/token.php"
    assert row.jwks_url == f"{office.base}/mod/lti/certs.php"
    assert (row.product_family, row.any_deployment, row.token_audience) == ("moodle", False, None)
    assert row.jwks is not None
    assert {AGS + "lineitem", AGS + "score", ROSTER} <= set(row.scopes)
    assert deployments(app) == [office.example["response"][TOOL_CLAIM]["deployment_id"]]


def test_canvas_registers_by_itself_and_may_make_deployments_later(
    app: Flask, client: FlaskClient, invite: str, canvas: Canvas
) -> None:
    answer = register(client, invite, canvas)
    assert answer.status_code == 200, answer.text
    row = platform(app)
    assert (row.issuer, row.product_family) == ("https://canvas.instructure.com", "canvas")
    assert (row.name, row.token_audience) == ("Riverbend School District", "sso.canvaslms.com")
    assert row.guid.endswith(":canvas-lms")
    assert row.any_deployment is True
    assert deployments(app) == [canvas.deployment_id]


@pytest.mark.one_database
def test_an_answer_without_deployment_takes_the_first_that_comes(
    app: Flask, client: FlaskClient, invite: str, moodle: Moodle
) -> None:
    moodle.omitted = {"deployment_id"}
    register(client, invite, moodle)
    assert platform(app).any_deployment is True
    assert deployments(app) == []


@pytest.mark.one_database
def test_an_answer_without_scopes_grants_what_was_asked_for(
    app: Flask, client: FlaskClient, invite: str, moodle: Moodle
) -> None:
    """RFC 7591: what the answer leaves out is as it was asked for; what it empties is not."""
    moodle.omitted = {"scope"}
    register(client, invite, moodle)
    assert platform(app).scopes == moodle.requests[0]["scope"].split()


@pytest.mark.one_database
def test_keys_that_cannot_be_fetched_yet_do_not_stop_a_registration(
    app: Flask, client: FlaskClient, invite: str, moodle: Moodle
) -> None:
    moodle.keys_answer = (500, "")
    assert "Could not be fetched yet" in register(client, invite, moodle).text
    assert platform(app).jwks is None


# Reloads, updates


@pytest.mark.one_database
def test_a_reload_shows_what_was_registered_and_registers_nothing(
    app: Flask, client: FlaskClient, invite: str, moodle: Moodle
) -> None:
    token = moodle.token(moodle.client_id)
    first = register(client, invite, moodle, token)
    calls = len(moodle.bearers)
    again = register(client, invite, moodle, token)
    assert (again.status_code, again.text) == (200, first.text)
    assert len(moodle.bearers) == calls
    assert client.get(invite).text == first.text


@pytest.mark.parametrize("invites", ["the same invite", "another invite"])
def test_an_update_from_moodle_renews_what_it_may(
    app: Flask, client: FlaskClient, invite: str, moodle: Moodle, invites: str
) -> None:
    """Captured: the admin adds the tool once more and chooses "update"; the same client ID comes back."""
    shape = json.loads(captured("moodle-4.5", "registration-update")["response"])
    assert shape["client_id"] == moodle.client_id
    register(client, invite, moodle)
    with app.app_context():
        db.session.execute(update(Platform).values(name="Our Moodle", scopes=[], jwks=None, jwks_fetched_at=None))
        db.session.commit()
    before = platform(app)
    answer = register(client, invite if invites == "the same invite" else new_invite(app), moodle)
    assert answer.status_code == 200, answer.text
    assert "Updated at Our Moodle" in answer.text
    assert "Activate" not in answer.text  # Moodle (seen) leaves an active tool active
    after = platform(app)
    assert after.jwks is not None
    assert {AGS + "score", ROSTER} <= set(after.scopes)
    renewed = {"scopes", "jwks", "jwks_fetched_at"}
    assert {k: v for k, v in whole(after).items() if k not in renewed} == {
        k: v for k, v in whole(before).items() if k not in renewed
    }
    assert deployments(app) == ["1"]


@pytest.mark.one_database
def test_a_reload_of_an_update_shows_it_again(client: FlaskClient, invite: str, moodle: Moodle) -> None:
    register(client, invite, moodle)
    token = moodle.token(moodle.client_id)
    first = register(client, invite, moodle, token)
    calls = len(moodle.bearers)
    assert register(client, invite, moodle, token).text == first.text
    assert len(moodle.bearers) == calls


@pytest.mark.one_database
def test_a_spent_invite_asks_no_other_server(
    app: Flask, client: FlaskClient, invite: str, moodle: Moodle, open_office: Callable[..., Any]
) -> None:
    register(client, invite, moodle)
    other: Moodle = open_office(Moodle)
    answer = register(client, invite, other)
    assert moodle.base in answer.text
    assert other.bearers == []


@pytest.mark.one_database
def test_a_spent_invite_registers_no_second_client(
    app: Flask, client: FlaskClient, invite: str, moodle: Moodle
) -> None:
    """The admin pastes the address again and chooses "new" where "update" was meant."""
    register(client, invite, moodle)
    answer = register(client, invite, moodle, moodle.token("another-client"))
    assert answer.status_code == 400
    assert "used up by another registration" in answer.text
    assert platform(app).client_id == moodle.client_id


# The invite


@pytest.mark.one_database
def test_an_invite_opened_by_a_person_says_where_to_paste_it(app: Flask, client: FlaskClient, invite: str) -> None:
    answer = client.get(invite)
    assert answer.status_code == 200
    assert "Paste this address into your LMS" in answer.text
    assert f"{TOOL}{invite}" in answer.text
    with app.app_context():
        assert db.session.scalars(select(Invite.spent_at)).one() is None


@pytest.mark.one_database
@pytest.mark.parametrize("query", ["", "?invite=", "?invite=nonsense", "?invite=%00", "?invite=%ED%A0%80"])
def test_without_a_good_invite_nothing_happens(client: FlaskClient, moodle: Moodle, query: str) -> None:
    joint = "&" if query else "?"
    for more in ("", f"{joint}openid_configuration={moodle.configuration}&registration_token={moodle.token('x')}"):
        answer = client.get(f"/lti/register{query}{more}")
        assert answer.status_code == 400
        assert "invite is unknown" in answer.text
    assert moodle.bearers == []


@pytest.mark.one_database
def test_an_invite_ends_but_not_what_it_registered(
    app: Flask, client: FlaskClient, invite: str, moodle: Moodle
) -> None:
    unused = new_invite(app)
    register(client, invite, moodle)
    with app.app_context():
        db.session.execute(update(Invite).values(expires_at=real_now() - timedelta(minutes=1)))
        db.session.commit()
    ended = register(client, unused, moodle)
    assert ended.status_code == 400
    assert "too old: it was good for 14 days" in ended.text
    assert "Ask whoever runs this tool" in ended.text
    assert client.get(invite).status_code == 200


@pytest.mark.one_database
def test_neither_the_invite_nor_the_token_is_kept(app: Flask, client: FlaskClient, invite: str, moodle: Moodle) -> None:
    register(client, invite, moodle)
    with app.app_context():
        kept = str(vars(db.session.scalars(select(Invite)).one()))
    assert invite.partition("invite=")[2] not in kept
    assert "token-1" not in kept


# What the admin is shown


@pytest.mark.one_database
def test_the_page_says_what_was_not_granted_and_what_follows(client: FlaskClient, invite: str, moodle: Moodle) -> None:
    moodle.about["scopes_supported"] = [AGS + "score"]
    moodle.omitted = {"claims"}
    page = register(client, invite, moodle).text
    assert "Only people who have opened the tool are listed and counted." in page
    assert "Teachers copy released grades" not in page
    assert page.count("Asked for</span>") == 2  # name, e-mail: Moodle did not answer to that


@pytest.mark.one_database
def test_the_page_says_that_names_are_withheld(client: FlaskClient, invite: str, canvas: Canvas) -> None:
    said = canvas.answer

    def anonymous(asked: dict[str, Any], client_id: str) -> dict[str, Any]:
        answer = said(asked, client_id)
        answer[TOOL_CLAIM][PREFIX + "privacy_level"] = "anonymous"
        answer[TOOL_CLAIM]["messages"] = answer[TOOL_CLAIM]["messages"][:1]
        return answer

    canvas.answer = anonymous  # type: ignore[method-assign]
    page = register(client, invite, canvas).text
    assert "Students are shown as “Student 7F3C”." in page
    assert page.count("Not allowed</span>") == 5  # name, e-mail, three places
    assert "Teachers add activities from the other places." in page


@pytest.mark.one_database
def test_each_lms_s_page_says_what_to_do_next(
    app: Flask, client: FlaskClient, invite: str, canvas: Canvas, moodle: Moodle
) -> None:
    page = register(client, invite, canvas).text
    assert "go on through Canvas’s own steps" in page
    assert "Course navigation" in page
    page = register(client, new_invite(app), moodle).text
    assert "Press <strong>Activate</strong> on its card" in page
    assert "Course navigation" not in page
    moodle.about["https://purl.imsglobal.org/spec/lti-platform-configuration"]["product_family_code"] = "sakai"
    page = register(client, new_invite(app), moodle, moodle.token("client-9")).text
    assert "switch the tool on in your LMS, if it asks" in page
    assert "Notices of copied courses" not in page


@pytest.mark.one_database
def test_any_lms_may_frame_the_page_and_its_closing_is_a_script_of_ours(
    client: FlaskClient, invite: str, moodle: Moodle
) -> None:
    answer = register(client, invite, moodle)
    assert "frame-ancestors 'self' *" in answer.headers["Content-Security-Policy"]
    assert "data-close" in answer.text
    with client.get("/lti/static/close.js") as script:
        assert b"org.imsglobal.lti.close" in script.data
