"""Registering: by one invite, in Moodle's and Canvas's shapes; what is asked for; what a refusal says."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import responses
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from engine.clock import real_now
from engine.db import db
from lti import registration
from lti.models import Deployment, Invite, Platform
from tests.lti.platform import AGS, TOOL, pair

TOOL_CLAIM = "https://purl.imsglobal.org/spec/lti-tool-configuration"
CAPTURED = Path(__file__).parent / "captured"
CONFIGURATION = "https://platform.example/openid"


def captured(folder: str, name: str) -> Any:
    return json.loads((CAPTURED / folder / name).read_text())


class Office:
    """A platform's registration desk with a captured configuration and answer."""

    def __init__(self, wire: responses.RequestsMock, about: dict[str, Any], answer: Any, status: int = 200) -> None:
        self.about = {**about, "registration_endpoint": "https://platform.example/register"}
        self.answer, self.status, self.requests = answer, status, list[dict[str, Any]]()
        self.bearers: list[str] = []
        wire.add_callback(responses.GET, CONFIGURATION, self._configuration)
        wire.add_callback(responses.POST, "https://platform.example/register", self._register)
        wire.add(responses.GET, about["jwks_uri"], json={"keys": [pair("key-1").as_dict(private=False)]})

    def _configuration(self, request: Any) -> tuple[int, dict[str, str], str]:
        self.bearers.append(request.headers.get("Authorization", ""))
        return 200, {}, json.dumps(self.about)

    def _register(self, request: Any) -> tuple[int, dict[str, str], str]:
        self.bearers.append(request.headers.get("Authorization", ""))
        self.requests.append(json.loads(request.body))
        body = self.answer if isinstance(self.answer, str) else json.dumps(self.answer)
        return self.status, {"Content-Type": "text/html"}, body


def moodle(wire: responses.RequestsMock, **more: Any) -> Office:
    about, answer = captured("moodle-4.5", "openid-configuration.json"), captured("moodle-4.5", "registration.json")
    return Office(wire, about, answer["response"], **more)


def canvas(wire: responses.RequestsMock, **answer: Any) -> Office:
    about = captured("canvas", "openid_configuration.json")
    return Office(wire, about, {"client_id": "10000000000123", "scope": " ".join(about["scopes_supported"])} | answer)


@pytest.fixture
def invite(app: Flask) -> str:
    """The path and query of a fresh invite."""
    with app.test_request_context():
        address = registration.invite(real_now())
        db.session.commit()
    parts = urlsplit(address)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{TOOL}/lti/register"
    return f"{parts.path}?{parts.query}"


def register(client: FlaskClient, invite: str) -> Any:
    return client.get(f"{invite}&openid_configuration={CONFIGURATION}&registration_token=token-1&name=Full")


def platform(app: Flask) -> Platform:
    with app.app_context():
        row = db.session.scalars(select(Platform)).one()
        db.session.expunge(row)
        return row


def deployments(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(Deployment.deployment_id)))


def test_moodle_registers_by_itself(app: Flask, client: FlaskClient, invite: str, wire: responses.RequestsMock) -> None:
    office = moodle(wire)
    answer = register(client, invite)
    assert answer.status_code == 200
    assert "One switch is left, in Moodle" in answer.text
    assert office.bearers == ["Bearer token-1"] * 2
    row = platform(app)
    assert (row.issuer, row.client_id) == ("http://127.0.0.1:8101", "Jmsra00a2azcbJq")
    assert row.auth_login_url == "http://127.0.0.1:8101/mod/lti/auth.php"
    assert row.auth_token_url == "http://127.0.0.1:8101/mod/lti/token.php"
    assert (row.product_family, row.any_deployment, row.token_audience) == ("moodle", False, None)
    assert row.jwks is not None
    assert deployments(app) == ["1"]


def test_canvas_registers_by_itself_and_may_make_deployments_later(
    app: Flask, client: FlaskClient, invite: str, wire: responses.RequestsMock
) -> None:
    canvas(wire, deployment_id="106:8865aa")
    assert register(client, invite).status_code == 200
    row = platform(app)
    assert (row.issuer, row.product_family) == ("https://canvas.instructure.com", "canvas")
    assert (row.name, row.token_audience) == ("Riverbend School District", "sso.canvaslms.com")
    assert row.any_deployment is True
    assert deployments(app) == ["106:8865aa"]


def test_an_answer_without_deployment_takes_the_first_that_comes(
    app: Flask, client: FlaskClient, invite: str, wire: responses.RequestsMock
) -> None:
    office = moodle(wire)
    del office.answer[TOOL_CLAIM]["deployment_id"]
    register(client, invite)
    assert platform(app).any_deployment is True


def test_moodle_s_request_has_what_moodle_requires(
    client: FlaskClient, invite: str, wire: responses.RequestsMock
) -> None:
    office = moodle(wire)
    register(client, invite)
    (asked,) = office.requests
    tool = asked[TOOL_CLAIM]
    assert asked["response_types"] == ["id_token"]
    assert asked["token_endpoint_auth_method"] == "private_key_jwt"
    assert asked["application_type"] == "web"
    assert asked["redirect_uris"] == [f"{TOOL}/lti/launch"]
    assert asked["initiate_login_uri"] == f"{TOOL}/lti/login"
    assert asked["jwks_uri"] == f"{TOOL}/lti/jwks"
    assert asked["client_name"]
    assert tool["domain"] == urlsplit(tool["target_link_uri"]).netloc == "tool.example"
    assert {"name", "given_name", "family_name", "email", "locale", "zoneinfo"} <= set(tool["claims"])
    assert "LtiDeepLinkingRequest" in [message["type"] for message in tool["messages"]]
    assert asked["scope"].split() == [
        AGS + "lineitem", AGS + "lineitem.readonly", AGS + "result.readonly", AGS + "score",
        "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly",
    ]  # fmt: skip


def test_everything_is_asked_for_once(client: FlaskClient, invite: str, wire: responses.RequestsMock) -> None:
    """All that the LMSs were seen to fill in: a later wish would mean that every school registers anew."""
    office = canvas(wire)
    register(client, invite)
    (asked,) = office.requests
    custom = asked[TOOL_CLAIM]["custom_parameters"]
    wanted = captured("canvas", "developer_key_config.json")["custom_fields"]
    assert wanted.items() <= custom.items()
    for variable in ("$Moodle.Person.userGroupIds", "$Context.id.history", "$CourseSection.timeFrame.begin",
                     "$CourseSection.timeFrame.end", "$ResourceLink.submission.endDateTime",
                     "$ResourceLink.available.startDateTime", "$ResourceLink.available.endDateTime"):  # fmt: skip
        assert variable in custom.values()
    assert all(name == name.lower() and name.isidentifier() for name in custom)
    assert asked["scope"].split()[-1] == "https://purl.imsglobal.org/spec/lti/scope/noticehandlers"
    assert asked[TOOL_CLAIM]["https://canvas.instructure.com/lti/privacy_level"] == "public"


def test_placements_are_named_as_the_platform_names_them(
    client: FlaskClient, invite: str, wire: responses.RequestsMock
) -> None:
    office = canvas(wire)
    register(client, invite)
    messages = {m["type"]: m.get("placements") for m in office.requests[0][TOOL_CLAIM]["messages"]}
    prefix = "https://canvas.instructure.com/lti/"
    assert messages == {
        "LtiResourceLinkRequest": [prefix + "course_navigation"],
        "LtiDeepLinkingRequest": [
            prefix + name for name in ("assignment_selection", "course_assignments_menu", "module_index_menu_modal")
        ],
    }


def test_a_reload_shows_what_was_registered_and_registers_nothing(
    app: Flask, client: FlaskClient, invite: str, wire: responses.RequestsMock
) -> None:
    office = moodle(wire)
    register(client, invite)
    again = register(client, invite)
    assert again.status_code == 200
    assert "Jmsra00a2azcbJq" in again.text
    assert len(office.requests) == 1


def test_an_invite_never_changes_a_platform_that_is_there(
    app: Flask, client: FlaskClient, invite: str, wire: responses.RequestsMock
) -> None:
    """Whoever holds an invite may name another school's issuer and client ID, and would sign as its teachers."""
    office = moodle(wire)
    register(client, invite)
    with app.test_request_context():
        second = registration.invite(real_now()).removeprefix(TOOL)
        db.session.commit()
    before = platform(app)
    office.about |= {
        "jwks_uri": "https://attacker.example/jwks",
        "token_endpoint": "https://attacker.example/token",
        "authorization_server": before.auth_token_url,
    }
    wire.add(responses.GET, "https://attacker.example/jwks", json={"keys": [pair("key-9").as_dict(private=False)]})
    answer = register(client, second)
    assert answer.status_code == 400
    assert "already" in answer.text
    after = platform(app)
    assert (after.jwks_url, after.jwks) == (before.jwks_url, before.jwks)
    assert (after.auth_token_url, after.token_audience) == (before.auth_token_url, before.token_audience)
    assert deployments(app) == ["1"]


@pytest.mark.parametrize("long", ["issuer", "client_id"])
def test_an_identifier_too_long_to_keep_is_refused(
    app: Flask, client: FlaskClient, invite: str, wire: responses.RequestsMock, long: str
) -> None:
    office = moodle(wire)
    (office.about if long == "issuer" else office.answer)[long] = "https://platform.example/" + "x" * 250
    answer = register(client, invite)
    assert answer.status_code == 400
    assert "too long" in answer.text


@pytest.mark.one_database
@pytest.mark.parametrize("issuer", ["http://[", "urn:school"])
def test_an_issuer_that_is_no_address_names_the_platform_itself(
    app: Flask, client: FlaskClient, invite: str, wire: responses.RequestsMock, issuer: str
) -> None:
    moodle(wire).about["issuer"] = issuer
    assert register(client, invite).status_code == 200
    assert platform(app).name == issuer


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (401, "token_already_used", "token_already_used"),
        (400, "missing_domain", "missing_domain"),
        (404, "<!DOCTYPE html><html>" + "x" * 300, "no reason given"),
        (400, '{"error": "invalid_client_metadata", "error_description": "too many scopes"}', "too many scopes"),
        (200, "not JSON", "not JSON"),
        (200, "{}", "without a client ID"),
        (500, "", "answer 500"),
    ],
)
def test_a_refusal_is_said_in_words_and_the_invite_stays_good(
    app: Flask, client: FlaskClient, invite: str, wire: responses.RequestsMock, status: int, body: str, words: str
) -> None:
    office = moodle(wire)
    good, office.answer, office.status = office.answer, body, status
    refused = register(client, invite)
    assert refused.status_code == 400
    assert words in refused.text
    assert "<!DOCTYPE html><html>x" not in refused.text
    with app.app_context():
        assert db.session.scalars(select(Platform)).all() == []
    office.answer, office.status = good, 200
    assert register(client, invite).status_code == 200


@pytest.mark.one_database
@pytest.mark.parametrize("lacking", ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"])
def test_a_configuration_that_lacks_something_is_refused(
    client: FlaskClient, invite: str, wire: responses.RequestsMock, lacking: str
) -> None:
    office = moodle(wire)
    del office.about[lacking]
    answer = register(client, invite)
    assert answer.status_code == 400
    assert lacking in answer.text
    assert office.requests == []


def test_a_platform_that_cannot_be_reached_is_named(client: FlaskClient, invite: str) -> None:
    answer = client.get(f"{invite}&openid_configuration=https://10.0.0.1/x")
    assert answer.status_code == 400
    assert "10.0.0.1 is not an address this server may call" in answer.text


def test_keys_that_cannot_be_fetched_yet_do_not_stop_a_registration(
    app: Flask, client: FlaskClient, invite: str, wire: responses.RequestsMock
) -> None:
    office = moodle(wire)
    wire.replace(responses.GET, office.about["jwks_uri"], status=500)
    assert "Could not be fetched yet" in register(client, invite).text
    assert platform(app).jwks is None


def test_an_invite_opened_by_a_person_says_where_to_paste_it(client: FlaskClient, invite: str) -> None:
    answer = client.get(invite)
    assert answer.status_code == 200
    assert "Paste this address into your LMS" in answer.text


@pytest.mark.parametrize("query", ["", "?invite=", "?invite=nonsense"])
def test_without_a_good_invite_nothing_happens(client: FlaskClient, query: str) -> None:
    answer = client.get(f"/lti/register{query}")
    assert answer.status_code == 400
    assert "invite is unknown" in answer.text


def test_an_invite_ends(app: Flask, client: FlaskClient, invite: str) -> None:
    with app.app_context():
        db.session.execute(update(Invite).values(expires_at=real_now() - timedelta(minutes=1)))
        db.session.commit()
    assert client.get(invite).status_code == 400


def test_the_invite_itself_is_not_kept(app: Flask, invite: str) -> None:
    token = invite.partition("invite=")[2]
    with app.app_context():
        assert token not in str(db.session.scalars(select(Invite.token_hash)).one())


def test_the_canvas_key_is_a_whole_one(client: FlaskClient) -> None:
    key = client.get("/lti/config.json").get_json()
    example = captured("canvas", "developer_key_config.json")
    assert set(example) <= set(key)
    assert set(example["scopes"]) <= set(key["scopes"])
    assert example["custom_fields"].items() <= key["custom_fields"].items()
    (extension,) = key["extensions"]
    assert extension["domain"] == "tool.example"
    assert extension["privacy_level"] == "public"
    assert {p["placement"]: p["message_type"] for p in extension["settings"]["placements"]} == {
        p["placement"]: p["message_type"] for p in example["extensions"][0]["settings"]["placements"]
    }
