"""Whatever is sent to any address of this room: never an error of ours; and from whoever has proved nothing, never a
session and never a row."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from lti.id_token import OBJECTS, TEXTS
from tests.lti.platform import LTI, TOOL, Lms
from tests.lti.traces import counts, everything, session_cookie

pytestmark = pytest.mark.one_database("postgresql")  # the stricter one: no NUL, no text too long, no broken transaction

THOROUGH = settings(
    max_examples=60,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)

METHODS = ["GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"]
PARAMETERS = [
    "iss", "client_id", "login_hint", "target_link_uri", "lti_message_hint", "lti_deployment_id", "deployment_id",
    "lti_storage_target", "probed", "code", "state", "id_token", "error", "error_description", "proof", "invite",
    "openid_configuration", "registration_token", "JWT", "notices", "csrf_token",
]  # fmt: skip
HEADERS = [
    "Origin", "Referer", "Cookie", "Authorization", "Accept", "Accept-Language", "Range", "If-None-Match", "Host",
    "Sec-Fetch-Dest", "Sec-Fetch-Site", "Sec-Fetch-Mode", "X-Forwarded-For", "X-Forwarded-Host", "X-Autosave",
    "HX-Request", "X-HTTP-Method-Override", "Content-Encoding", "Transfer-Encoding",
]  # fmt: skip
KINDS = [
    "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "multipart/form-data", "application/json",
    "text/plain", "application/x-www-form-urlencoded; charset=utf-7", "", "x", "application/jwt",
]  # fmt: skip
# Values that lead further than noise would.
FAMILIAR = [
    "https://lms.example", "client-1", "dep-1", "hint", "_parent", "iframe", "document", "cross-site", "same-origin",
    TOOL, f"{TOOL}/lti/launch", "null", "bytes=0-5", "a.b.c", "state-a.b.c", "e30.e30.x", "login_required", "1", "",
    "https://lms.example/.well-known/openid-configuration", "http://127.0.0.1:1/", "//evil.example", "javascript:0",
]  # fmt: skip

odd = st.characters(exclude_categories=["Cs"]) | st.sampled_from("\0\n\r\t\u2028\u202e\ufeff\uffff%&=<>\"'\\/.-_:;")
texts = st.sampled_from(FAMILIAR) | st.text(odd, max_size=40) | st.builds(lambda c, n: c * n, odd, st.integers(0, 9000))
bodies = st.binary(max_size=200) | st.builds(
    lambda d: urlencode(d).encode(), st.dictionaries(st.sampled_from(PARAMETERS), texts, max_size=8)
)
# A header cannot hold everything: WSGI hands it over as Latin-1, and no server lets a line break through.
in_header = st.sampled_from(FAMILIAR) | st.text(
    st.characters(max_codepoint=255, exclude_categories=["Cc"]), max_size=40
)

json_values: SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.integers(10**30, 10**40) | st.text(max_size=30)
    | st.text(st.characters(), max_size=10) | st.sampled_from([*FAMILIAR, "\0", "\ud800", "$X", "x" * 300]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=6,
)  # fmt: skip


def rules(app: Flask) -> list[Rule]:
    """Every address of this room, those made after this test too."""
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("lti.")]


def assert_no_fault_of_ours(answer: TestResponse) -> None:
    assert answer.status_code < 500, answer.text
    assert "Traceback" not in answer.text


def laid_over(said: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """The claims with others in their place; members go into the objects that are there."""
    mixed = dict(said)
    for name, value in over.items():
        mixed[name] = {**said[name], **value} if isinstance(value, dict) and isinstance(said.get(name), dict) else value
    return mixed


def test_any_request_to_any_address(house: Flask, school: Lms) -> None:
    client = house.test_client()
    assert client.get("/lti/jwks").status_code == 200  # the first one to ask makes the tool's key
    before, rows = everything(house), counts(house)

    @THOROUGH
    @given(
        rule=st.sampled_from(rules(house)),
        method=st.sampled_from(METHODS),
        filled=st.text(st.characters(min_codepoint=33, exclude_categories=["Cs"]), min_size=1, max_size=20),
        query=st.dictionaries(st.sampled_from(PARAMETERS) | st.text(odd, max_size=5), texts, max_size=6),
        body=bodies,
        headers=st.dictionaries(st.sampled_from(HEADERS), in_header, max_size=4),
        kind=st.sampled_from(KINDS),
    )
    def ask(
        rule: Rule, method: str, filled: str, query: dict[str, str], body: bytes, headers: dict[str, str], kind: str
    ) -> None:
        path = str(rule.rule) if not rule.arguments else str(rule.rule).partition("<")[0] + filled
        visitor = house.test_client()
        said = {name: value.encode("latin-1", "ignore").decode("latin-1") for name, value in headers.items()}
        answer = visitor.open(
            path, method=method, query_string=query, data=body, headers=said, content_type=kind, base_url=TOOL
        )
        assert_no_fault_of_ours(answer)
        assert session_cookie(house, answer) == ""
        assert counts(house) == rows

    ask()
    assert everything(house) == before


def test_any_claims_that_a_platform_signs(house: Flask, school: Lms) -> None:
    """Refused without a trace, or taken and led to a page."""
    members = st.dictionaries(
        st.sampled_from(["id", "title", "type", "user_id", "locale", "return_url", "scope", "lineitem", "lineitems",
                         "context_memberships_url", "deep_link_return_url", "data", "accept_types", "due_at", "guid",
                         "activity_key", "section_ids", "timezone", "product_family_code", "person_sourcedid"]),
        json_values, max_size=5,
    )  # fmt: skip
    names = [*OBJECTS, *TEXTS, "aud", "azp", "exp", "iat", "nbf", "name", "given_name", "email", "locale", "zoneinfo",
             LTI + "roles", LTI + "version", LTI + "role_scope_mentor", LTI + "lti1p1", "picture"]  # fmt: skip
    spoilt = st.dictionaries(st.sampled_from(names) | st.text(max_size=5), json_values | members, max_size=4)
    kinds = [
        "LtiResourceLinkRequest",
        "LtiDeepLinkingRequest",
        "LtiSubmissionReviewRequest",
        "DataPrivacyLaunchRequest",
    ]

    @THOROUGH
    @given(kind=st.sampled_from(kinds), role=st.sampled_from(["Instructor", "Learner"]), over=spoilt)
    def launch(kind: str, role: str, over: dict[str, Any]) -> None:
        visitor, before = house.test_client(), counts(house)
        said = school.deep_linking() if kind == "LtiDeepLinkingRequest" else school.claims(role, **school.services())
        said |= {LTI + "message_type": kind, LTI + "for_user": {"user_id": "user-2"}}
        asked = school.login(visitor)
        token = school.forge({"alg": "RS256", "kid": school.kid}, laid_over({**said, "nonce": asked["nonce"]}, over))
        answer = visitor.post("/lti/launch", data={"id_token": token, "state": asked["state"]})
        assert_no_fault_of_ours(answer)
        if answer.status_code >= 400:
            assert session_cookie(house, answer) == ""
            assert counts(house) == before
        elif answer.status_code == 303:
            assert answer.location.startswith("/")
            assert visitor.get(answer.location).status_code == 200

    launch()


def test_any_token(house: Flask, school: Lms) -> None:
    """Headers and parts that nobody signed, within a real login."""
    client = house.test_client()
    before, rows = everything(house), counts(house)
    headers = st.dictionaries(
        st.sampled_from(["alg", "kid", "typ", "crit", "jku", "x5u", "jwk", "b64", "zip", "cty"]),
        json_values,
        max_size=5,
    )
    parts = st.builds(lambda said: json.dumps(said).encode(), json_values | headers) | st.binary(max_size=60)

    @THOROUGH
    @given(
        header=headers | parts,
        payload=parts,
        glue=st.sampled_from([".", "..", "", ".\n", "%2e"]),
        cut=st.integers(0, 9),
    )
    def launch(header: dict[str, Any] | bytes, payload: bytes, glue: str, cut: int) -> None:
        asked = school.login(client)
        token = school.forge(header, payload).replace(".", glue, cut % 3)[cut:]
        answer = client.post("/lti/launch", data={"id_token": token, "state": asked["state"]})
        assert 400 <= answer.status_code < 500
        assert session_cookie(house, answer) == ""
        assert counts(house) == rows

    launch()
    assert everything(house) == before
