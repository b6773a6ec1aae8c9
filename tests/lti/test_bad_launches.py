"""Launches with wrong claims, in the words of the LTI Advantage certification suite: refused on a page that says what
is wrong; no session, no row. Every token is really signed and comes after a real login."""

from __future__ import annotations

from typing import Any

import pytest
import responses
from flask import Flask
from flask.testing import FlaskClient

from tests.lti.conftest import known_to
from tests.lti.platform import DEEP_LINKING, ENDPOINT, GONE, LTI, FromNow, Lms
from tests.lti.traces import assert_refused, everything
from tests.statements import statements_of

pytestmark = pytest.mark.one_database

REVIEW = "LtiSubmissionReviewRequest"


def bad(case: str, status: int, words: str, /, sign: dict[str, Any] | None = None, **claims: Any) -> Any:
    return pytest.param(claims, sign or {}, status, words, id=case)


@pytest.mark.parametrize(
    ("claims", "sign", "status", "words"),
    [
        bad("no KID sent in JWT header", 401, "(kid)", sign={"kid_member": GONE}),
        bad("empty KID in JWT header", 401, "(kid)", sign={"kid_member": ""}),
        bad("KID in JWT header is a number", 401, "(kid)", sign={"kid_member": 7}),
        bad("incorrect KID in JWT header", 401, "not in its key set", sign={"kid": "key-9"}),
        bad("wrong LTI version", 400, "version", version="1.1.0"),
        bad("LTI version is a number", 400, "version", version=1.3),
        bad("no LTI version", 400, "version", version=GONE),
        bad("invalid LTI message", 400, "message type", message_type="LtiSomethingElse"),
        bad("message_type claim missing", 400, "message type", message_type=GONE),
        bad("message_type claim empty", 400, "message type", message_type=""),
        bad("deployment_id claim missing", 400, "deployment_id", deployment_id=GONE),
        bad("deployment_id claim null", 400, "deployment_id", deployment_id=None),
        bad("target_link_uri claim missing", 400, "target_link_uri", target_link_uri=GONE),
        bad("resource_link claim missing", 400, "Resource Link", resource_link=GONE),
        bad("resource_link claim null", 400, "Resource Link", resource_link=None),
        bad("resource_link.id claim missing", 400, "Resource Link", resource_link={"title": "x"}),
        bad("resource_link.id claim empty", 400, "Resource Link", resource_link={"id": ""}),
        bad("role claim missing", 400, "Roles", roles=GONE),
        bad("role claim null", 400, "Roles", roles=None),
        bad("user claim missing", 400, "(sub)", sub=GONE),
        bad("user claim empty", 400, "(sub)", sub=""),
        bad("timestamps incorrect: exp past", 401, "expired", exp=FromNow(-3600), iat=FromNow(-7200)),
        bad("timestamps incorrect: iat in the future", 401, "in the future", iat=FromNow(3600), exp=FromNow(7200)),
        bad("timestamps incorrect: nbf in the future", 401, "not yet valid", nbf=FromNow(3600)),
        bad("timestamps incorrect: exp missing", 401, "exp", exp=GONE),
        bad("timestamps incorrect: iat missing", 401, "iat", iat=GONE),
        bad("timestamps incorrect: exp before iat", 401, "exp is before iat", iat=FromNow(0), exp=FromNow(-10)),
        bad("timestamps incorrect: exp is text", 401, "exp", exp="4000000000"),
        bad("timestamps incorrect: iat is true", 401, "iat", iat=True),
        bad("timestamps incorrect: iat is a list", 401, "iat", iat=[1_700_000_000]),
        bad("timestamps incorrect: nbf is text", 401, "nbf", nbf="yesterday"),
        bad("wrong aud", 403, "Nobody registered", aud="other"),
        bad("no aud", 400, "aud is missing", aud=GONE),
        bad("empty aud", 400, "aud is missing", aud=[]),
        bad("aud is an object", 400, "aud is missing", aud={"client-1": 1}),
        bad("several aud without azp", 400, "no azp", aud=["client-1", "other"]),
        bad("several aud, foreign azp", 403, "Nobody registered", aud=["client-1", "other"], azp="other"),
        bad("foreign azp", 400, "azp is not among aud", azp="other"),
        bad("azp is a list", 400, "azp is not among aud", azp=["client-1"]),
        bad("wrong issuer", 403, "Nobody registered", iss="https://nobody.example"),
        bad("issuer in other letters", 403, "Nobody registered", iss="https://LMS.example"),
        bad("no issuer", 400, "iss", iss=GONE),
        bad("unknown deployment", 403, "is not registered here", deployment_id="other"),
        bad("wrong nonce", 400, "another login", nonce="f" * 64),
        bad("no nonce", 400, "nonce", nonce=GONE),
        bad("empty nonce", 400, "nonce", nonce=""),
        bad("jti is a number", 401, "jti", jti=5),
        bad("submission review without services", 400, "Grade services", message_type=REVIEW),
        bad("submission review without line item", 400, "lineitem", message_type=REVIEW, **{ENDPOINT: {"scope": []}}),
        bad(
            "submission review without for_user", 400, "For user", message_type=REVIEW, **{ENDPOINT: {"lineitem": "x"}}
        ),
        bad("deep linking without settings", 400, "Deep Linking", message_type="LtiDeepLinkingRequest"),
    ],
)
def test_a_bad_launch_is_refused_and_leaves_nothing(
    house: Flask, visitor: FlaskClient, school: Lms, claims: dict[str, Any], sign: dict[str, Any],
    status: int, words: str,
) -> None:  # fmt: skip
    before = everything(house)
    if "kid_member" in sign:
        answer = launch_with_header(visitor, school, {"alg": "RS256", "kid": sign["kid_member"]})
    else:
        answer = school.launch(visitor, school.claims(**claims), **sign)
    assert_refused(house, answer, before, status, words)


def launch_with_header(visitor: FlaskClient, lms: Lms, header: dict[str, Any]) -> Any:
    """A good launch under a header of one's own, which the signature covers."""
    asked = lms.login(visitor)
    whole = {name: value for name, value in header.items() if value is not GONE}
    token = lms.forge(whole, {**lms.claims(), "nonce": asked["nonce"]})
    return visitor.post("/lti/launch", data={"id_token": token, "state": asked["state"]})


@pytest.mark.parametrize("role", ["Instructor", "Learner"])
def test_the_same_launch_unspoilt_is_taken(house: Flask, visitor: FlaskClient, school: Lms, role: str) -> None:
    """Else the tests above would prove nothing."""
    before = everything(house)
    answer = school.launch(visitor, school.claims(role, azp="client-1", nbf=FromNow(-5)))
    assert answer.status_code in {200, 303}
    assert everything(house) != before


def test_a_failed_launch_uses_up_nothing(house: Flask, visitor: FlaskClient, school: Lms) -> None:
    """What an LMS sends wrong and then right, within the same login, arrives."""
    asked = school.login(visitor)
    for version, status in (("1.1", 400), ("1.3.0", 303)):
        token = school.sign({**school.claims("Instructor", version=version), "nonce": asked["nonce"]})
        answer = visitor.post("/lti/launch", data={"id_token": token, "state": asked["state"]})
        assert answer.status_code == status


@pytest.mark.parametrize("spoil", [{"version": GONE}, {"roles": GONE}, {"resource_link": GONE}])
def test_a_new_deployment_is_not_kept_where_the_launch_is_bad(
    house: Flask, visitor: FlaskClient, wire: responses.RequestsMock, spoil: dict[str, Any]
) -> None:
    lms = known_to(house, Lms(wire), any_deployment=True)
    before = everything(house)
    answer = lms.launch(visitor, lms.claims(deployment_id="another", **spoil))
    assert_refused(house, answer, before, 400, "not a whole LTI 1.3 launch")


def test_a_student_in_a_deep_linking_dialogue_is_refused(house: Flask, visitor: FlaskClient, school: Lms) -> None:
    """Every check of the launch passes; it is the tool behind it that refuses."""
    before = everything(house)
    said = school.deep_linking() | {LTI + "roles": ["Learner"]}
    assert_refused(house, school.launch(visitor, said), before, 403, "Only teachers add activities here")


def test_deep_linking_outside_a_course_is_refused(house: Flask, visitor: FlaskClient, school: Lms) -> None:
    before = everything(house)
    said = {name: value for name, value in school.deep_linking().items() if name != LTI + "context"}
    assert_refused(house, school.launch(visitor, said), before, 400, "outside any course")


@pytest.mark.parametrize(
    "address", [GONE, "", "javascript:alert(1)", "data:text/html,x", "/relative", "https://a.example; x", 7, None]
)
def test_deep_linking_with_no_address_to_answer_to_is_refused(
    house: Flask, visitor: FlaskClient, school: Lms, address: object
) -> None:
    before = everything(house)
    said = school.deep_linking(deep_link_return_url=address)
    if address is GONE:
        del said[DEEP_LINKING]["deep_link_return_url"]
    assert_refused(house, school.launch(visitor, said), before, 400, "deep_link_return_url")


def test_1_mb_of_claims_is_refused_before_anything_is_looked_up(
    house: Flask, visitor: FlaskClient, school: Lms
) -> None:
    asked, before = school.login(visitor), everything(house)
    token = school.sign({**school.claims(name="x" * 1024 * 1024), "nonce": asked["nonce"]})
    with statements_of(house) as seen:
        answer = visitor.post("/lti/launch", data={"id_token": token, "state": asked["state"]})
    assert seen == []
    assert_refused(house, answer, before, 413, "too large")
    assert visitor.post("/lti/login", data={"iss": school.issuer, "login_hint": "x" * 1024 * 1024}).status_code == 413
