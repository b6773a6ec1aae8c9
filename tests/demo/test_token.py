"""Access tokens: an assertion must be the tool's, for here, new and never used; scopes are those registered."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests
from joserfc.jwk import RSAKey

from tests.demo.riverbend import BIOLOGY, Riverbend
from tests.demo.stand_in import AGS, ASSERTION_TYPE, MEMBERS, StandInTool

UNKNOWN = "https://example.test/scope/none"


def test_a_good_assertion_gets_what_it_asks(riverbend: Riverbend) -> None:
    answer = riverbend.tool.ask_token(riverbend.issuer(), f"{AGS}score", MEMBERS).json()
    assert answer["token_type"].lower() == "bearer"
    assert answer["expires_in"] == 3600
    assert set(answer["scope"].split()) == {f"{AGS}score", MEMBERS}


def test_moodle_answers_json_as_html(riverbend: Riverbend) -> None:
    answer = riverbend.tool.ask_token(riverbend.issuer("moodle"), f"{AGS}score")
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.json()["scope"] == f"{AGS}score"


def test_an_assertion_is_good_once(riverbend: Riverbend) -> None:
    assertion = riverbend.tool.assertion(riverbend.issuer())
    first, again = (riverbend.tool.ask_token(riverbend.issuer(), MEMBERS, assertion=assertion) for _ in range(2))
    assert first.status_code == 200
    assert (again.status_code, again.json()["error"]) == (400, "invalid_client")


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "https://elsewhere.example/token"},
        {"aud": None},
        {"sub": "somebody"},
        {"iss": "somebody"},
        {"jti": None},
        {"exp": None},
        {"exp": int(time.time()) - 60},
        {"iat": int(time.time()) - 3600},
        {"iat": int(time.time()) + 3600},
    ],
)
@pytest.mark.parametrize("manner", ["canvas", "moodle"])
def test_an_assertion_that_is_not_right_gets_nothing(
    riverbend: Riverbend, manner: str, changes: dict[str, Any]
) -> None:
    issuer = riverbend.issuer(manner)
    refused = riverbend.tool.ask_token(issuer, MEMBERS, assertion=riverbend.tool.assertion(issuer, **changes))
    assert refused.status_code == 400
    assert "access_token" not in refused.json()


def test_another_key_gets_nothing(riverbend: Riverbend) -> None:
    real = riverbend.tool
    forger = StandInTool(url=real.url, key=RSAKey.generate_key(2048, {"kid": real.kid}), registered=real.registered)
    issuer = riverbend.issuer()
    refused = real.ask_token(issuer, MEMBERS, assertion=forger.assertion(issuer))
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_client")


def test_canvas_takes_its_authorization_server_as_audience(riverbend: Riverbend) -> None:
    issuer = riverbend.issuer()
    server = riverbend.tool.registered[issuer].configuration["authorization_server"]
    assertion = riverbend.tool.assertion(issuer, aud=[server])
    assert riverbend.tool.ask_token(issuer, MEMBERS, assertion=assertion).status_code == 200


def test_a_scope_that_is_not_the_tool_s_is_refused_or_left_out(riverbend: Riverbend) -> None:
    canvas = riverbend.tool.ask_token(riverbend.issuer(), MEMBERS, UNKNOWN)
    assert (canvas.status_code, canvas.json()["error"]) == (400, "invalid_scope")
    moodle = riverbend.tool.ask_token(riverbend.issuer("moodle"), MEMBERS, UNKNOWN)
    assert moodle.json()["scope"] == MEMBERS
    assert riverbend.tool.ask_token(riverbend.issuer("moodle"), UNKNOWN).json()["error"] == "invalid_scope"


def test_only_client_credentials_with_a_jwt(riverbend: Riverbend) -> None:
    endpoint = riverbend.tool.registered[riverbend.issuer()].configuration["token_endpoint"]
    form = {"grant_type": "password", "client_assertion_type": ASSERTION_TYPE, "scope": MEMBERS}
    assert requests.post(endpoint, data=form, timeout=5).json()["error"] == "unsupported_grant_type"
    form = {"grant_type": "client_credentials", "client_secret": "x", "scope": MEMBERS}
    assert requests.post(endpoint, data=form, timeout=5).json()["error"] == "invalid_request"


def test_a_token_opens_only_what_its_scopes_name(riverbend: Riverbend) -> None:
    line_item = riverbend.line_item(riverbend.add_activity())
    roster = f"{riverbend.issuer()}/api/lti/courses/{BIOLOGY}/names_and_roles"
    only_roster = riverbend.tool.bearer(riverbend.issuer(), MEMBERS)
    only_score = riverbend.tool.bearer(riverbend.issuer(), f"{AGS}score")
    assert requests.get(roster, headers=only_roster, timeout=5).status_code == 200
    assert requests.get(roster, headers=only_score, timeout=5).status_code == 401
    for address in (line_item, f"{line_item}/results"):
        assert requests.get(address, headers=only_roster, timeout=5).status_code == 401
        assert requests.get(address, headers=only_score, timeout=5).status_code == 401
    assert requests.delete(line_item, headers=only_score, timeout=5).status_code == 401


def test_a_token_of_one_platform_opens_nothing_of_the_other(riverbend: Riverbend) -> None:
    roster = f"{riverbend.issuer()}/api/lti/courses/{BIOLOGY}/names_and_roles"
    assert requests.get(roster, headers=riverbend.tool.bearer(riverbend.issuer("moodle")), timeout=5).status_code == 401
    assert requests.get(roster, headers={"Authorization": "Bearer rubbish"}, timeout=5).status_code == 401
    assert requests.get(roster, timeout=5).status_code == 401
