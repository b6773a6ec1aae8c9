"""Registering by one invite, at desks that answer as Moodle and Canvas do: what is asked, kept, shown, refused."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import responses
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from engine.clock import real_now
from engine.config import Config
from engine.db import db
from lti import registration
from lti.models import Deployment, Invite, Platform
from tests.lti.office import PREFIX, TOOL_CLAIM, Canvas, Moodle, Office, captured
from tests.lti.platform import AGS, TOOL, pair

ROSTER = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"


@pytest.fixture
def config(config: Config) -> Config:
    return replace(config, allowed_networks=(ip_network("127.0.0.0/8"),))


@pytest.fixture
def open_office() -> Iterator[Callable[..., Any]]:
    """A function that opens a desk; all are closed at the end."""
    opened: list[Office] = []

    def open_one(kind: type[Office], *words: str) -> Office:
        opened.append(kind(*words))
        return opened[-1]

    yield open_one
    for office in opened:
        office.close()


@pytest.fixture
def moodle(open_office: Callable[..., Any]) -> Moodle:
    found: Moodle = open_office(Moodle)
    return found


@pytest.fixture
def canvas(open_office: Callable[..., Any]) -> Canvas:
    found: Canvas = open_office(Canvas)
    return found


def new_invite(app: Flask) -> str:
    """The path and query of a fresh invite."""
    with app.test_request_context():
        address = registration.invite(real_now())
        db.session.commit()
    parts = urlsplit(address)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{TOOL}/lti/register"
    return f"{parts.path}?{parts.query}"


@pytest.fixture
def invite(app: Flask) -> str:
    return new_invite(app)


def register(client: FlaskClient, invite: str, office: Office, token: str | None = None) -> TestResponse:
    """Open the invite as Moodle (seen) does: its name beside the two parameters of the specification."""
    token = token or office.token(office.client_id)  # type: ignore[attr-defined]
    said = f"openid_configuration={office.configuration}&registration_token={token}"
    return client.get(f"{invite}&name=Full&{said}")


def platforms(app: Flask) -> list[Platform]:
    with app.app_context():
        rows = list(db.session.scalars(select(Platform).order_by(Platform.id)))
        db.session.expunge_all()
        return rows


def platform(app: Flask) -> Platform:
    (row,) = platforms(app)
    return row


def deployments(app: Flask) -> list[str]:
    with app.app_context():
        return sorted(db.session.scalars(select(Deployment.deployment_id)))


def whole(row: Platform) -> dict[str, Any]:
    return {name: value for name, value in vars(row).items() if not name.startswith("_")}


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


# What is asked for


@pytest.mark.one_database
def test_moodle_s_request_is_the_captured_one_member_by_member(
    client: FlaskClient, invite: str, moodle: Moodle
) -> None:
    """Nothing that Moodle was seen to take is missing, and each member is of the same kind."""
    register(client, invite, moodle)
    (asked,) = moodle.requests
    example = moodle.example["request"]
    assert set(example) - set(asked) == {"contacts"}  # nobody's address is given away
    for name in ("response_types", "application_type", "grant_types", "token_endpoint_auth_method"):
        assert asked[name] == example[name]
    for name, end in (("initiate_login_uri", "login"), ("jwks_uri", "jwks"), ("logo_uri", "icon.svg")):
        assert asked[name] == f"{TOOL}/lti/{end}"
    assert asked["redirect_uris"] == [f"{TOOL}/lti/launch"]
    tool, theirs = asked[TOOL_CLAIM], example[TOOL_CLAIM]
    assert set(theirs) == set(tool)
    assert tool["domain"] == urlsplit(tool["target_link_uri"]).netloc == "tool.example"
    assert set(theirs["claims"]) <= set(tool["claims"])
    assert [message["type"] for message in tool["messages"]] == [message["type"] for message in theirs["messages"]]
    assert set(theirs["custom_parameters"].values()) <= set(tool["custom_parameters"].values())
    assert tool["messages"][1]["placements"] == ["ContentArea"]
    assert asked["scope"].split() == [
        AGS + "lineitem", AGS + "lineitem.readonly", AGS + "result.readonly", AGS + "score", ROSTER,
    ]  # fmt: skip


@pytest.mark.one_database
def test_the_desk_answers_with_the_members_that_moodle_has(client: FlaskClient, invite: str, moodle: Moodle) -> None:
    register(client, invite, moodle)
    said, seen = moodle.answer(moodle.requests[0], moodle.client_id), moodle.example["response"]
    assert set(said) == set(seen)
    assert set(said[TOOL_CLAIM]) == set(seen[TOOL_CLAIM])
    assert set(said["scope"].split()) <= set(seen["scope"].split())


@pytest.mark.one_database
def test_everything_is_asked_for_once(client: FlaskClient, invite: str, canvas: Canvas) -> None:
    """All that the LMSs were seen to fill in: a later wish would mean that every school registers anew."""
    register(client, invite, canvas)
    (asked,) = canvas.requests
    tool = asked[TOOL_CLAIM]
    custom = tool["custom_parameters"]
    wanted = captured("canvas", "developer_key_config.json")["custom_fields"]
    assert wanted.items() <= custom.items()
    for variable in ("$Moodle.Person.userGroupIds", "$Context.id.history", "$CourseSection.timeFrame.begin",
                     "$CourseSection.timeFrame.end", "$ResourceLink.submission.endDateTime",
                     "$ResourceLink.available.startDateTime", "$ResourceLink.available.endDateTime"):  # fmt: skip
        assert variable in custom.values()
    assert all(name == name.lower() and name.isidentifier() for name in custom)
    assert all(variable.startswith("$") for variable in custom.values())
    assert len(set(custom.values())) == len(custom)
    assert asked["scope"].split()[-1] == "https://purl.imsglobal.org/spec/lti/scope/noticehandlers"
    assert (tool[PREFIX + "privacy_level"], tool[PREFIX + "tool_id"]) == ("public", "third-option")


@pytest.mark.one_database
def test_placements_are_named_as_the_platform_names_them(client: FlaskClient, invite: str, canvas: Canvas) -> None:
    register(client, invite, canvas)
    messages = {m["type"]: m for m in canvas.requests[0][TOOL_CLAIM]["messages"]}
    assert {kind: message["placements"] for kind, message in messages.items()} == {
        "LtiResourceLinkRequest": [PREFIX + "course_navigation"],
        "LtiDeepLinkingRequest": [
            PREFIX + name for name in ("assignment_selection", "course_assignments_menu", "module_index_menu_modal")
        ],
    }
    assert messages["LtiResourceLinkRequest"][PREFIX + "course_navigation/default_enabled"] is False


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
    shape = json.loads(captured("moodle-4.5", "registration-update.json")["response"])
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


# Takeovers: whoever holds an invite may name another school's issuer and client ID, which are no secrets


def elsewhere(office: Moodle, other: Moodle) -> str:
    """All of it true, but read from a server that the platform never named."""
    other.about = {**office.about, "registration_endpoint": f"{other.base}/register"}
    return other.configuration


def at_another_desk(office: Moodle, other: Moodle) -> str:
    office.about["registration_endpoint"] = f"{other.base}/register"
    return office.configuration


def changed(name: str, path: str | None = None) -> Callable[[Moodle, Moodle], str]:
    def change(office: Moodle, other: Moodle) -> str:
        office.about[name] = f"{office.base}{path}" if path else f"{other.base}{urlsplit(office.about[name]).path}"
        return office.configuration

    return change


TAKEOVERS = {
    "another key set": changed("jwks_uri"),
    "another token address": changed("token_endpoint"),
    "another login address": changed("authorization_endpoint"),
    "keys of another path of the host": changed("jwks_uri", "/school-b/certs.php"),
    "tokens of another path of the host": changed("token_endpoint", "/mod/lti/token.php?school=b"),
    "a copy of the configuration elsewhere": elsewhere,
    "another registration desk": at_another_desk,
}


@pytest.mark.parametrize("attempt", TAKEOVERS)
def test_an_invite_never_takes_a_platform_over(
    app: Flask, client: FlaskClient, invite: str, moodle: Moodle, open_office: Callable[..., Any], attempt: str
) -> None:
    other: Moodle = open_office(Moodle)
    register(client, invite, moodle)
    before = whole(platform(app))
    configuration = TAKEOVERS[attempt](moodle, other)
    for office in (moodle, other):
        office.about["authorization_server"] = "https://attacker.example"
        office.client_id = moodle.client_id
    second, token = new_invite(app), moodle.token(moodle.client_id)
    other.token(moodle.client_id)
    other.token(moodle.client_id)
    answer = client.get(f"{second}&openid_configuration={configuration}&registration_token={token}")
    assert answer.status_code == 400
    assert "at other addresses" in answer.text or "somebody else" in answer.text
    assert "add-platform" in answer.text
    assert whole(platform(app)) == before
    assert deployments(app) == ["1"]
    assert "Paste this address" in client.get(second).text  # the invite is still good


@pytest.mark.one_database
def test_a_platform_known_by_https_is_not_brought_down_to_http(
    app: Flask, client: FlaskClient, invite: str, moodle: Moodle
) -> None:
    register(client, invite, moodle)
    with app.app_context():
        row = db.session.scalars(select(Platform)).one()
        row.jwks_url = row.jwks_url.replace("http:", "https:")
        db.session.commit()
    assert register(client, new_invite(app), moodle).status_code == 400
    assert platform(app).jwks_url.startswith("https:")


@pytest.mark.one_database
@pytest.mark.parametrize("first", [True, False], ids=["it comes later", "it was there before"])
@pytest.mark.parametrize("name", ["authorization_server", "token_endpoint"])
def test_nobody_gets_tokens_in_another_s_name(
    app: Flask,
    client: FlaskClient,
    invite: str,
    moodle: Moodle,
    open_office: Callable[..., Any],
    name: str,
    first: bool,
) -> None:
    """With a client ID of its choice and another's token address as the audience, we would sign in that one's name."""
    hostile: Moodle = open_office(Moodle)
    hostile.client_id, hostile.about[name] = moodle.client_id, moodle.about["token_endpoint"]
    before, after = (moodle, hostile) if first else (hostile, moodle)
    register(client, invite, before)
    answer = register(client, new_invite(app), after)
    assert answer.status_code == 400
    assert "belongs to another LMS" in answer.text
    assert "add-platform" in answer.text
    assert platform(app).issuer == before.base


@pytest.mark.one_database
def test_two_may_have_one_client_id_where_each_takes_tokens_at_home(
    app: Flask, client: FlaskClient, invite: str, moodle: Moodle, open_office: Callable[..., Any]
) -> None:
    other: Moodle = open_office(Moodle)
    other.client_id = moodle.client_id
    for office, leave in ((moodle, invite), (other, new_invite(app))):
        assert register(client, leave, office).status_code == 200
    assert {found.issuer for found in platforms(app)} == {moodle.base, other.base}


# What a configuration must be


@pytest.mark.one_database
@pytest.mark.parametrize(
    "lacking", ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint"]
)
@pytest.mark.parametrize("value", [None, 7, "no address"])
def test_a_configuration_that_lacks_something_is_refused(
    client: FlaskClient, invite: str, moodle: Moodle, lacking: str, value: object
) -> None:
    moodle.about[lacking] = value
    answer = register(client, invite, moodle)
    assert answer.status_code == 400
    assert lacking in answer.text or "somebody else" in answer.text
    assert moodle.requests == []


@pytest.mark.one_database
@pytest.mark.parametrize("member", ["issuer", "jwks_uri"])
def test_an_address_too_long_to_keep_is_refused(client: FlaskClient, invite: str, moodle: Moodle, member: str) -> None:
    moodle.about[member] += "/" + "x" * 2000
    answer = register(client, invite, moodle)
    assert answer.status_code == 400
    assert "too long" in answer.text
    assert moodle.requests == []


@pytest.mark.one_database
def test_a_client_id_too_long_to_keep_is_refused(app: Flask, client: FlaskClient, invite: str, moodle: Moodle) -> None:
    answer = register(client, invite, moodle, moodle.token("x" * 256))
    assert answer.status_code == 400
    assert "too long" in answer.text
    assert platforms(app) == []


@pytest.mark.one_database
@pytest.mark.parametrize(
    "issuer",
    [
        "https://lms.other.example",
        "https://0.0.1",
        "https://1",
        "urn:school",
        "http://[",
        "https://canvas.instructure.com",
    ],
)
def test_nobody_calls_itself_by_another_s_name(
    app: Flask, client: FlaskClient, invite: str, moodle: Moodle, issuer: str
) -> None:
    """LTI Dynamic Registration 1.0, Issuer and OpenID Configuration URL Match. Canvas's name is Canvas's only."""
    moodle.about["issuer"] = issuer
    answer = register(client, invite, moodle)
    assert answer.status_code == 400
    assert "somebody else" in answer.text
    assert moodle.requests == []
    assert platforms(app) == []


def https_office(wire: responses.RequestsMock, **about: str) -> dict[str, Any]:
    """A Moodle at a school's https address."""
    base = "https://moodle.school.example"
    said: dict[str, Any] = json.loads(
        json.dumps(captured("moodle-4.5", "openid-configuration.json")).replace("http://127.0.0.1:8101", base)
    )
    answer = captured("moodle-4.5", "registration.json")["response"]
    wire.add(responses.GET, f"{base}/configuration", json=said | about)
    wire.add(responses.POST, f"{base}/mod/lti/openid-registration.php", json=answer, status=201)
    wire.add(responses.GET, f"{base}/mod/lti/certs.php", json={"keys": [pair("key-1").as_dict(private=False)]})
    return said


def register_at(client: FlaskClient, invite: str, configuration: str) -> TestResponse:
    return client.get(f"{invite}&openid_configuration={configuration}&registration_token=t")


@pytest.mark.one_database
def test_a_school_s_https_moodle_under_its_own_issuer_or_one_above(
    app: Flask, client: FlaskClient, invite: str, wire: responses.RequestsMock
) -> None:
    https_office(wire, issuer="https://school.example")
    answer = register_at(client, invite, "https://moodle.school.example/configuration")
    assert answer.status_code == 200, answer.text
    assert platform(app).name == "school.example"


@pytest.mark.one_database
@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint"])
def test_what_came_by_https_names_nothing_without_it(
    app: Flask, client: FlaskClient, invite: str, wire: responses.RequestsMock, name: str
) -> None:
    https_office(wire, **{name: "http://moodle.school.example/x"})
    answer = register_at(client, invite, "https://moodle.school.example/configuration")
    assert answer.status_code == 400
    assert "has no https" in answer.text
    assert platforms(app) == []


@pytest.mark.one_database
@pytest.mark.parametrize("configuration", ["https://10.0.0.1/x", "http://93.184.216.34/x", "https://[::1]/x"])
def test_an_address_that_may_not_be_called_is_named(client: FlaskClient, invite: str, configuration: str) -> None:
    answer = register_at(client, invite, configuration)
    assert answer.status_code == 400
    assert "is not an address this server may call" in answer.text


@pytest.mark.one_database
@pytest.mark.parametrize(
    "configuration", ["nonsense", "javascript:alert(1)", "file:///etc/passwd", "https://", "//x", "\0"]
)
def test_a_configuration_address_that_is_none(client: FlaskClient, invite: str, configuration: str) -> None:
    answer = client.get(invite.partition("?")[0], query_string={
        "invite": invite.partition("=")[2], "openid_configuration": configuration, "registration_token": "t",
    })  # fmt: skip
    assert answer.status_code == 400
    assert "Registration did not work" in answer.text


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((200, "<html>a page</html>"), "is no configuration"),
        ((200, "[]"), "is no configuration"),
        ((404, "<html>gone</html>"), "used already, or is too old (answer 404)"),
        ((500, ""), "has a fault (answer 500)"),
    ],
)
def test_a_configuration_that_cannot_be_read(
    client: FlaskClient, invite: str, moodle: Moodle, answer: tuple[int, str], words: str
) -> None:
    moodle.configuration_answer = answer
    refused = register(client, invite, moodle)
    assert refused.status_code == 400
    assert words in refused.text


# What a platform refuses

REFUSALS = [
    (f"moodle-{version}: {one['note']}", one["response"]["status"], one["response"]["body"])
    for version in ("4.2", "4.5")
    for one in captured(f"moodle-{version}", "registration-errors.json")
    if one["response"]["status"] >= 400
] + [
    ("oauth", 400, '{"error": "invalid_client_metadata", "error_description": "too many scopes"}'),
    ("canvas, a text", 422, '{"errors": "registration token is invalid"}'),
    ("canvas, a list", 401, '{"errors": [{"message": "JWT signature is off"}]}'),
    ("canvas, by field", 422, '{"errors": {"redirect_uris": [{"message": "must be valid URIs"}]}}'),
    ("nested without end", 400, '{"errors":' * 200 + "1" + "}" * 200),
    ("a page", 403, "<!DOCTYPE html><html>x</html>"),
    ("a redirect", 302, ""),
    ("fault", 500, ""),
    ("fault with a word", 503, "Database down"),
]
SAID = {
    "token_already_used": "used already, or is too old (answer 401). token_already_used",
    "missing_registration_token": "used already, or is too old (answer 401). missing_registration_token",
    "oauth": "refused: too many scopes (answer 400)",
    "canvas, a text": "refused: registration token is invalid (answer 422)",
    "canvas, a list": "refused: JWT signature is off (answer 401)",
    "canvas, by field": "refused: redirect_uris: must be valid URIs (answer 422)",
    "nested without end": "refused: no reason given (answer 400)",
    "a page": "used already, or is too old (answer 403)",
    "a redirect": "sent us on to another address",
    "fault": "has a fault (answer 500)",
    "fault with a word": "has a fault (answer 503). Database down",
}


@pytest.mark.one_database
@pytest.mark.parametrize(("note", "status", "body"), REFUSALS, ids=[name for name, *_rest in REFUSALS])
def test_a_refusal_is_said_in_words_and_the_invite_stays_good(
    app: Flask, client: FlaskClient, invite: str, moodle: Moodle, note: str, status: int, body: str
) -> None:
    moodle.refusal = (status, body)
    refused = register(client, invite, moodle)
    assert refused.status_code == 400
    bare = f"refused: {body} (answer {status})" if "<" not in body else "used already, or is too old (answer 404)"
    assert SAID.get(note) or SAID.get(body, bare) in refused.text
    assert SAID.get(note, "") in refused.text
    assert "Moodle" not in refused.text
    assert "DOCTYPE html><html>x" not in refused.text
    assert platforms(app) == []
    moodle.refusal = None
    assert register(client, invite, moodle).status_code == 200


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("not JSON", "no registration"),
        ("[]", "no registration"),
        ("{}", "without a client ID"),
        ('{"client_id": "a\\u0000b"}', "without a client ID"),
    ],
)
def test_an_answer_that_is_no_registration(
    app: Flask, client: FlaskClient, invite: str, moodle: Moodle, body: str, words: str
) -> None:
    moodle.refusal = (200, body)
    refused = register(client, invite, moodle)
    assert refused.status_code == 400
    assert words in refused.text
    assert platforms(app) == []


@pytest.mark.one_database
def test_an_answer_that_never_comes_says_what_may_be_left_behind(
    client: FlaskClient, invite: str, moodle: Moodle
) -> None:
    moodle.about["registration_endpoint"] = "http://127.0.0.1:9/register"
    refused = register(client, invite, moodle)
    assert refused.status_code == 400
    assert "127.0.0.1 could not be reached" in refused.text
    assert "delete it there" in refused.text


@pytest.mark.one_database
@pytest.mark.parametrize("method", [responses.GET, responses.POST])
def test_an_lms_that_takes_too_long_is_named(
    app: Flask, client: FlaskClient, invite: str, wire: responses.RequestsMock, method: str
) -> None:
    said = https_office(wire)
    address = (
        "https://moodle.school.example/configuration" if method == responses.GET else said["registration_endpoint"]
    )
    wire.replace(method, address, body=requests.Timeout())
    refused = register_at(client, invite, "https://moodle.school.example/configuration")
    assert refused.status_code == 400
    assert "oodle.school.example did not answer in time" in refused.text
    assert ("delete it there" in refused.text) == (method == responses.POST)
    assert platforms(app) == []


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
    assert "Press Activate on its card" in page
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


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
MEMBERS = {
    "about": (
        "issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint", "scopes_supported",
        "authorization_server", "https://purl.imsglobal.org/spec/lti-platform-configuration",
        "https://purl.imsglobal.org/spec/lti-platform-configuration messages_supported",
        "https://purl.imsglobal.org/spec/lti-platform-configuration product_family_code",
    ),
    "answer": (
        "client_id", "scope", "deployment_id", TOOL_CLAIM, f"{TOOL_CLAIM} messages", f"{TOOL_CLAIM} claims",
        f"{TOOL_CLAIM} deployment_id",
    ),
}  # fmt: skip
ODD = st.sampled_from([(kind, name) for kind, names in MEMBERS.items() for name in names])


@pytest.mark.one_database("postgresql")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(odd=ODD, value=JSON)
@example(odd=("about", MEMBERS["about"][8]), value=5)
@example(odd=("answer", f"{TOOL_CLAIM} messages"), value=5)
@example(odd=("answer", f"{TOOL_CLAIM} claims"), value=["a\0b", "\ud800"])
@example(odd=("answer", "scope"), value="a\0b \ud800")
@example(odd=("answer", "client_id"), value="a\0b")
def test_whatever_a_platform_says_it_is_registered_or_refused_in_words(
    app: Flask, client: FlaskClient, odd: tuple[str, str], value: object
) -> None:
    """Any one member of what it says is any JSON at all."""
    about = captured("moodle-4.5", "openid-configuration.json")
    answer = captured("moodle-4.5", "registration.json")["response"]
    kind, way = odd
    inner: dict[str, Any] = about if kind == "about" else answer
    *outer, name = way.split()
    for step in outer:
        inner = inner[step]
    inner[name] = value
    answer["client_id"] = answer["client_id"] if name == "client_id" else secrets.token_hex(8)
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        wire.add(responses.GET, "http://127.0.0.1:8101/configuration", json=about)
        wire.add(responses.POST, "http://127.0.0.1:8101/mod/lti/openid-registration.php", json=answer)
        said = register_at(client, new_invite(app), "http://127.0.0.1:8101/configuration")
    assert said.status_code in {200, 400}, said.text
