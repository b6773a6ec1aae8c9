"""Which registration a login is of: schools share an issuer, and LTI lets a login leave its client_id out."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
import responses
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.lti.conftest import Landed
from tests.lti.platform import Lms

pytestmark = pytest.mark.one_database


@pytest.fixture
def other(app: Flask, lms: Lms, wire: responses.RequestsMock) -> Lms:
    """Another school of the same issuer, with a deployment of its own."""
    other = Lms(wire, issuer=lms.issuer, client_id="client-2", host="https://other.example")
    other.deployment_id = "dep-2"
    other.register(app)
    return other


def begin(client: FlaskClient, lms: Lms, **more: str) -> TestResponse:
    return client.post("/lti/login", data={"iss": lms.issuer, "login_hint": "h", **more})


def client_id_of(answer: TestResponse) -> str:
    assert answer.status_code == 302, answer.text
    return parse_qs(urlsplit(answer.location).query)["client_id"][0]


@pytest.mark.parametrize("name", ["lti_deployment_id", "deployment_id"])  # Canvas (seen) says the latter
def test_the_deployment_says_which_where_the_client_id_does_not(
    client: FlaskClient, lms: Lms, other: Lms, name: str
) -> None:
    assert client_id_of(begin(client, lms, **{name: "dep-1"})) == "client-1"
    assert client_id_of(begin(client, lms, **{name: "dep-2"})) == "client-2"


def test_a_login_without_a_client_id_goes_on_to_a_launch(
    client: FlaskClient, lms: Lms, other: Lms, landed: Landed
) -> None:
    address = begin(client, lms, lti_deployment_id="dep-2").location
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    token = other.sign({**other.claims(), "nonce": asked["nonce"]})
    assert client.post("/lti/launch", data={"id_token": token, "state": asked["state"]}).status_code == 303
    assert landed.last["platform_id"] == other.platform_id


@pytest.mark.usefixtures("other")
@pytest.mark.parametrize(
    "more", [{}, {"lti_deployment_id": "unknown"}, {"client_id": ""}, {"lti_deployment_id": "a\0b"}]
)
def test_an_issuer_of_several_says_what_an_admin_can_do(client: FlaskClient, lms: Lms, more: dict[str, str]) -> None:
    answer = begin(client, lms, **more)
    assert answer.status_code == 400
    for words in ("registered more than once", "client_id", "LMS admin:", "lti_deployment_id"):
        assert words in answer.text


def test_a_deployment_that_both_have_says_nothing(
    app: Flask, client: FlaskClient, lms: Lms, wire: responses.RequestsMock
) -> None:
    Lms(wire, issuer=lms.issuer, client_id="client-2", host="https://other.example").register(app)
    answer = begin(client, lms, lti_deployment_id="dep-1")
    assert answer.status_code == 400
    assert "registered more than once" in answer.text


def test_a_client_id_counts_for_more_than_a_deployment(client: FlaskClient, lms: Lms, other: Lms) -> None:
    assert client_id_of(begin(client, lms, client_id="client-2", lti_deployment_id="dep-1")) == "client-2"


def test_without_another_the_only_one_serves_whatever_deployment_is_named(client: FlaskClient, lms: Lms) -> None:
    """The launch is refused where that is not known."""
    assert client_id_of(begin(client, lms, lti_deployment_id="unknown")) == "client-1"
