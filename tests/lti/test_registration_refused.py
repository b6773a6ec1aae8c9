"""What an LMS refuses, in its own words or none, and what the page makes of it."""

from __future__ import annotations

import pytest
import requests
import responses
from flask import Flask
from flask.testing import FlaskClient

from tests.lti.captures import captured
from tests.lti.office import Moodle
from tests.lti.registering import config, https_office, invite, moodle, open_office, platforms, register, register_at

__all__ = ["config", "invite", "moodle", "open_office"]


REFUSALS = [
    (f"moodle-{version}: {one['note']}", one["response"]["status"], one["response"]["body"])
    for version in ("4.2", "4.5")
    for one in captured(f"moodle-{version}", "registration-errors")
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
    assert "give whoever runs this tool this number" in refused.text  # the reader is the admin
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
