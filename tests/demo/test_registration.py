"""Dynamic registration: its two documents, its one-time token, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.demo.riverbend import Riverbend
from tests.demo.stand_in import AGS, ALL_SCOPES

TOOL_PART = "https://purl.imsglobal.org/spec/lti-tool-configuration"
PLATFORM_PART = "https://purl.imsglobal.org/spec/lti-platform-configuration"


def _register(riverbend: Riverbend, manner: str, token: str, **changes: Any) -> requests.Response:
    body = {name: value for name, value in riverbend.tool.registration_request(**changes).items() if value is not None}
    return requests.post(
        f"{riverbend.issuer(manner)}/registration",
        json=body,
        headers={"Authorization": f"Bearer {token}"},
        timeout=5,
    )


def _token(riverbend: Riverbend, manner: str = "canvas", way: str = "new") -> str:
    return riverbend.invite(manner, way).rsplit("/", 1)[1]


@pytest.mark.parametrize("manner", ["canvas", "moodle"])
def test_the_configuration_names_endpoints_under_its_own_issuer(riverbend: Riverbend, manner: str) -> None:
    issuer = riverbend.issuer(manner)
    said = requests.get(f"{issuer}/.well-known/openid-configuration", timeout=5).json()
    assert said["issuer"] == issuer
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint"):
        assert said[name].startswith(f"{issuer}/"), name
    assert set(ALL_SCOPES) <= set(said["scopes_supported"])
    assert said[PLATFORM_PART]["product_family_code"] == manner


def test_each_manner_gives_its_own_client_and_deployment(riverbend: Riverbend) -> None:
    canvas, moodle = (riverbend.tool.registered[riverbend.issuer(manner)] for manner in ("canvas", "moodle"))
    assert canvas.client_id != moodle.client_id
    assert canvas.client_id.isdecimal()
    assert len(canvas.deployment_id.partition(":")[2]) == 40
    assert moodle.deployment_id.isdecimal()


def test_a_token_is_good_once(riverbend: Riverbend) -> None:
    token = _token(riverbend)
    assert _register(riverbend, "canvas", token).status_code == 200
    again = _register(riverbend, "canvas", token)
    assert (again.status_code, again.text) == (401, "token_already_used")


def test_a_token_is_good_for_its_platform_only(riverbend: Riverbend) -> None:
    assert _register(riverbend, "moodle", _token(riverbend, "canvas")).status_code == 401
    assert _register(riverbend, "canvas", "made-up").status_code == 401


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"jwks_uri": None}, "missing required attribute jwks_uri"),
        ({"redirect_uris": None}, "missing required attribute redirect_uris"),
        ({"initiate_login_uri": None}, "missing required attribute initiate_login_uri"),
        ({"response_types": ["code"]}, "invalid_response_types"),
        ({"token_endpoint_auth_method": "none"}, "invalid_token_endpoint_auth_method"),
        ({TOOL_PART: {"target_link_uri": "http://localhost/lti/launch"}}, "missing_domain"),
        ({TOOL_PART: {"domain": "x", "target_link_uri": "http://localhost/"}}, "domain_targetlinkuri_mismatch"),
    ],
)
def test_a_request_that_lacks_something_is_refused_and_the_token_kept(
    riverbend: Riverbend, changes: dict[str, Any], word: str
) -> None:
    token = _token(riverbend)
    refused = _register(riverbend, "canvas", token, **changes)
    assert (refused.status_code, refused.text) == (400, word)
    assert _register(riverbend, "canvas", token).status_code == 200


def test_moodle_claims_more_scopes_than_it_gives(riverbend: Riverbend) -> None:
    answer = _register(riverbend, "moodle", _token(riverbend, "moodle"), scope=f"{AGS}score").json()
    assert f"{AGS}lineitem" in answer["scope"].split()


def test_moodle_asks_about_a_known_domain_and_an_update_keeps_client_and_deployment(riverbend: Riverbend) -> None:
    known = _register(riverbend, "moodle", _token(riverbend, "moodle")).json()
    form = {"registration_url": f"{riverbend.tool.url}/lti/register?invite=i1", "manner": "moodle"}
    asked = riverbend.browser(riverbend.person("Ines Okoro")).post(f"{riverbend.url}/tools", data=form, timeout=5)
    assert "is known already" in asked.text
    answer = _register(riverbend, "moodle", _token(riverbend, "moodle", "update"), client_name="Renewed").json()
    assert answer["client_id"] == known["client_id"]
    assert answer[TOOL_PART]["deployment_id"] == known[TOOL_PART]["deployment_id"]
    assert answer["client_name"] == "Renewed"
    added = _register(riverbend, "moodle", _token(riverbend, "moodle", "new")).json()
    assert added["client_id"] != known["client_id"]


def test_only_the_administrator_adds_tools(riverbend: Riverbend) -> None:
    form = {"registration_url": f"{riverbend.tool.url}/lti/register", "manner": "canvas"}
    assert riverbend.teacher().post(f"{riverbend.url}/tools", data=form, timeout=5).status_code == 403
    assert requests.post(f"{riverbend.url}/tools", data=form, timeout=5).status_code == 403
