"""What the configuration of an LMS must be, and that whatever it says is registered or refused in words."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
import responses
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.lti.captures import captured
from tests.lti.office import TOOL_CLAIM, Moodle
from tests.lti.registering import (
    config,
    https_office,
    invite,
    moodle,
    new_invite,
    open_office,
    platform,
    platforms,
    register,
    register_at,
)

__all__ = ["config", "invite", "moodle", "open_office"]


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
    about = captured("moodle-4.5", "openid-configuration")
    answer = captured("moodle-4.5", "registration")["response"]
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
