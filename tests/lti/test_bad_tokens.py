"""id_tokens that are none, or that somebody else made: refused on a page that says what is wrong, leaving nothing."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
import responses
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jws
from joserfc.jwk import RSAKey

from lti.id_token import read
from tests.lti.conftest import known_to
from tests.lti.platform import LTI, MEMBERSHIP, Lms, pair
from tests.lti.traces import assert_refused, everything

MALFORMED = "not a whole LTI 1.3 launch"


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def post(visitor: FlaskClient, lms: Lms, make: Callable[[dict[str, Any]], str]) -> Any:
    """Log in, then launch with the token that `make` makes of good claims."""
    asked = lms.login(visitor)
    token = make({**lms.claims("Instructor"), "nonce": asked["nonce"]})
    return visitor.post("/lti/launch", data={"id_token": token, "state": asked["state"]})


def header(**members: Any) -> dict[str, Any]:
    return {"alg": "RS256", "typ": "JWT", "kid": "key-1", **members}


# Signatures


def unsigned(lms: Lms, said: dict[str, Any]) -> str:
    return (
        f"{b64(json.dumps({'alg': 'none', 'typ': 'JWT', 'kid': 'key-1'}).encode())}.{b64(json.dumps(said).encode())}."
    )


def none_with_a_signature(lms: Lms, said: dict[str, Any]) -> str:
    return lms.forge(header(alg="none"), said)


def hs256_with_the_public_key(lms: Lms, said: dict[str, Any]) -> str:
    signed = lms.forge(header(alg="HS256"), said).rpartition(".")[0]
    public = pair("key-1").as_pem(private=False)
    return f"{signed}.{b64(hmac.new(public, signed.encode(), hashlib.sha256).digest())}"


def other_algorithm(name: str) -> Callable[[Lms, dict[str, Any]], str]:
    key = RSAKey.import_key(pair("key-1").as_pem(private=True))  # the same pair, tied to no algorithm
    return lambda lms, said: jws.serialize_compact(header(alg=name), json.dumps(said), key, algorithms=[name])


def another_key_under_our_name(lms: Lms, said: dict[str, Any]) -> str:
    return lms.forge(header(), said, kid="key-2")


def signature_left_out(lms: Lms, said: dict[str, Any]) -> str:
    return lms.forge(header(), said).rpartition(".")[0] + "."


def signature_of_another_launch(lms: Lms, said: dict[str, Any]) -> str:
    signed = lms.forge(header(), {**said, LTI + "roles": ["Learner"]}).rpartition(".")[0]
    return f"{signed}.{lms.forge(header(), said).rpartition('.')[2]}"


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("make", "status", "words"),
    [
        pytest.param(unsigned, 401, "RS256", id="alg none"),
        pytest.param(none_with_a_signature, 401, "RS256", id="alg none with a signature"),
        pytest.param(hs256_with_the_public_key, 401, "RS256", id="HS256 with the public key"),
        pytest.param(other_algorithm("RS512"), 401, "RS256", id="RS512"),
        pytest.param(other_algorithm("PS256"), 401, "RS256", id="PS256"),
        pytest.param(another_key_under_our_name, 401, "signature", id="bad signature: another key"),
        pytest.param(signature_left_out, 401, "signature", id="bad signature: none"),
        pytest.param(signature_of_another_launch, 401, "signature", id="bad signature: claims changed"),
    ],
)
def test_a_token_that_proves_nothing_is_refused(
    house: Flask, visitor: FlaskClient, school: Lms, make: Callable[[Lms, dict[str, Any]], str], status: int, words: str
) -> None:
    before = everything(house)
    assert_refused(house, post(visitor, school, lambda said: make(school, said)), before, status, words)


@pytest.mark.one_database
@pytest.mark.parametrize(("kid", "words"), [("key-3", "not in its key set"), ("key-1", "signature")])
def test_another_platform_s_key_is_refused(
    house: Flask, visitor: FlaskClient, school: Lms, wire: responses.RequestsMock, kid: str, words: str
) -> None:
    """Under its own name, or under that of ours: what one school signs is no launch of another."""
    other = Lms(wire, issuer="https://other.example", client_id="o", host="https://other.example")
    other.published = ["key-3"]
    known_to(house, other)
    before = everything(house)
    answer = post(visitor, school, lambda said: school.forge(header(kid=kid), said, kid="key-3"))
    assert_refused(house, answer, before, 401, words)


@pytest.mark.one_database
@pytest.mark.parametrize("name", ["jku", "x5u", "jwk", "x5c"])
def test_a_key_that_the_token_brings_along_is_not_looked_at(
    house: Flask, visitor: FlaskClient, school: Lms, wire: responses.RequestsMock, name: str
) -> None:
    """Neither believed nor fetched: the network of these tests answers nobody."""
    public = pair("key-2").as_dict(private=False)
    brought = {"jwk": public, "x5c": [b64(b"x")]}.get(name, "https://evil.example/keys")
    before = everything(house)
    answer = post(visitor, school, lambda said: school.forge(header(**{name: brought}), said, kid="key-2"))
    assert_refused(house, answer, before, 401, "signature")
    assert [call.request.url for call in wire.calls] == []


# Form


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("x", "three parts"),
        ("a.b.c.d", "three parts"),
        ("..", "header can’t be read"),
        ("a.b.c", "header can’t be read"),
        ("é.é.é", "header can’t be read"),
        (f"{b64(b'null')}.{b64(b'null')}.x", "header is no JSON object"),
        (f"{b64(b'[1]')}.{b64(b'{}')}.x", "header is no JSON object"),
        (f"{b64(b'not JSON')}.{b64(b'{}')}.x", "header can’t be read"),
        (f"{b64(b'{}')}.{b64(b'[]')}.x", "payload is no JSON object"),
        (f"{b64(b'{}')}.{b64(b'17')}.x", "payload is no JSON object"),
        (f"{b64(b'{}')}.{b64(b'{')}.x", "payload can’t be read"),
        (f"{b64(b'{}')}.{b64(bytes([255, 254]))}.x", "payload can’t be read"),
        (f"{b64(b'{}')}=.{b64(b'{}')}.x", "header can’t be read"),
        (f"{b64(b'{}')}\n.{b64(b'{}')}.x", "header can’t be read"),
    ],
)
def test_what_is_no_token_is_refused(house: Flask, visitor: FlaskClient, school: Lms, token: str, words: str) -> None:
    before = everything(house)
    assert_refused(house, post(visitor, school, lambda said: token), before, 400, words)


def spoilt(said: dict[str, Any], old: str, new: str) -> bytes:
    """The claims as JSON, with something in them that Python itself would not write so."""
    text = json.dumps(said)
    assert old in text
    return text.replace(old, new, 1).encode()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        pytest.param('"aud":', '"aud": "other", "aud":', "says the same thing twice", id="a claim twice"),
        pytest.param('{"id": "link-1"', '{"id": "x", "id": "link-1"', "twice", id="a member twice"),
        pytest.param('"name": "Amara Diallo"', '"name": NaN', "neither text nor number", id="NaN"),
        pytest.param('"name": "Amara Diallo"', '"name": 1e999', "neither text nor number", id="a number beyond all"),
        pytest.param('"name": "Amara Diallo"', '"name": ' + "9" * 5000, "can’t be read", id="5,000 figures"),
        pytest.param('"name": "Amara Diallo"', '"x": ' + "[" * 50_000, "can’t be read", id="nested without end"),
        pytest.param('"name": "Amara Diallo"', '"x": ' + "[" * 900 + "]" * 900, "", id="nested deep"),
        pytest.param('"Amara Diallo"', '"\\ud800"', "neither text nor number", id="half a character"),
        pytest.param('"sub": "user-1"', '"sub": "a\\u0000b"', "sub is too long, or no text", id="NUL in sub"),
        pytest.param('"dep-1"', '"\\u0000"', "deployment_id is too long, or no text", id="NUL in deployment_id"),
        pytest.param('"sub": "user-1"', f'"sub": "{"x" * 256}"', "sub is too long", id="sub of 256"),
        pytest.param('"course-1"', f'"{"x" * 256}"', "context.id is too long", id="context.id of 256"),
        pytest.param('"link-1"', f'"{"x" * 256}"', "resource_link.id is too long", id="resource_link.id of 256"),
        pytest.param('"link-1"', "7", "resource_link.id is too long, or no text", id="resource_link.id a number"),
        pytest.param('"course-1"', "[7]", "context.id is too long, or no text", id="context.id a list"),
        pytest.param('"sub": "user-1"', '"sub": {}', "sub is no text", id="sub an object"),
        pytest.param('"https://lms.example"', "[]", "iss is no text", id="iss a list"),
        pytest.param('{"id": "link-1", "title": "Energy project"}', "[]", "resource_link is no object", id="a list"),
        pytest.param(f'["{MEMBERSHIP}Instructor"]', '"Learner"', "roles is no list", id="roles a text"),
    ],
)
def test_claims_that_cannot_be_kept_are_refused_in_words(
    house: Flask, visitor: FlaskClient, school: Lms, old: str, new: str, words: str
) -> None:
    """Signed by the platform itself. On PostgreSQL too: it takes no NUL, where SQLite does."""
    before = everything(house)
    answer = post(visitor, school, lambda said: school.forge(header(), spoilt(said, old, new)))
    if words:
        assert_refused(house, answer, before, 400, words)
        assert MALFORMED in answer.text
    else:
        assert answer.status_code == 303


@pytest.mark.parametrize("where", ["data", "title", "a\0name"])
def test_a_nul_in_what_goes_back_to_the_platform_is_refused(
    house: Flask, visitor: FlaskClient, school: Lms, where: str
) -> None:
    """Nothing of a dialogue's settings may be changed, and PostgreSQL keeps none with a NUL."""
    before = everything(house)
    answer = school.launch(visitor, school.deep_linking(**{where: "a\0b"}))
    assert_refused(house, answer, before, 400, "NUL")


def test_an_address_that_no_index_holds_is_refused(house: Flask, visitor: FlaskClient, school: Lms) -> None:
    before = everything(house)
    answer = school.launch(visitor, school.claims(**school.services("items/" + "x" * 2000)))
    assert_refused(house, answer, before, 400, "endpoint.lineitem is too long")


@pytest.mark.one_database
@pytest.mark.parametrize("members", [{"crit": ["exp"]}, {"crit": []}, {"b64": False, "crit": ["b64"]}])
def test_a_header_that_asks_for_more_than_we_know_is_refused(
    house: Flask, visitor: FlaskClient, school: Lms, members: dict[str, Any]
) -> None:
    before = everything(house)
    answer = post(visitor, school, lambda said: school.forge(header(**members), said))
    assert_refused(house, answer, before, 400, "crit")


def test_a_good_token_is_read_as_it_stands() -> None:
    said = {"sub": "é", "n": 1.5, "context": None}
    assert read(f"{b64(b'{}')}.{b64(json.dumps(said).encode())}.x") == ({}, said)
