"""What a hostile platform, or a stranger with a forged token, may send: refused in words, kept harmless, soon over."""

from __future__ import annotations

import json
import time
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
import requests
import responses
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jws
from sqlalchemy import select

from engine.db import db
from lti import column, tokens
from lti.models.context import Context, Membership, User
from lti.models.platform import Platform
from lti.outgoing import Unreachable, ask, json_of, may_call, open_session, origin_of
from tests.lti.platform import MEMBERSHIP, TOOL, Lms, pair
from tests.lti.serving import Server, loopback, server

__all__ = ["loopback", "server"]


def launch(client: FlaskClient, lms: Lms, claims: dict[str, Any], kid: str = "key-1") -> Any:
    """As Lms.launch, with JSON that may hold half characters and numbers that are none, and a key of any name."""
    asked = lms.login(client)
    payload = json.dumps({**claims, "nonce": asked["nonce"]}).encode()
    token = jws.serialize_compact({"alg": "RS256", "kid": kid}, payload, pair(lms.kid))
    return client.post("/lti/launch", data={"id_token": token, "state": asked["state"]})


# Claims


def test_a_nul_in_what_is_only_shown_is_left_out(app: Flask, client: FlaskClient, lms: Lms) -> None:
    roles = [MEMBERSHIP + "Learner", "urn:\0"]
    over: dict[str, Any] = {"context": {"id": "c", "type": ["a\0b"]}, "role_scope_mentor": ["\0user-2"], "roles": roles}
    assert launch(client, lms, lms.claims(name="Ama\0ra", **over)).status_code == 303
    with app.app_context():
        assert db.session.scalars(select(User.name)).one() == "Amara"
        assert db.session.scalars(select(Context.type)).one() == ["ab"]
        assert db.session.scalars(select(Membership.mentees)).one() == ["user-2"]


@pytest.mark.parametrize("name", ["iss", "client_id"])
def test_a_login_with_a_nul_is_refused_in_words(client: FlaskClient, lms: Lms, name: str) -> None:
    asked = {"iss": "nobody", "client_id": "c", "login_hint": "h", "target_link_uri": f"{TOOL}/"}
    assert client.post("/lti/login", data={**asked, name: "a\0b"}).status_code == 403


# Addresses that go into headers and forms


@pytest.mark.one_database
@pytest.mark.parametrize(
    "address",
    [
        "https://lms.example; script-src *",
        "https://lms.example'x",
        "https://lms example",
        "https://a.example,b.example",
        "https://*",
        "https://\u2603.example",
        "https://[v1.a;b]/",
    ],
)
def test_a_host_that_would_change_a_header_is_no_origin(client: FlaskClient, lms: Lms, address: str) -> None:
    assert origin_of(address) == ""
    assert launch(client, lms, lms.claims(launch_presentation={"return_url": address})).status_code == 303
    policy = client.get("/who").headers["Content-Security-Policy"]
    assert policy.endswith("frame-ancestors 'self'")


@pytest.mark.parametrize("address", ["::127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b:1::7f00:1", "fec0::1", "5f00::1"])
def test_other_ways_to_write_an_address_inside_are_not_called(address: str) -> None:
    assert not may_call(ip_address(address), (), encrypted=True)
    assert may_call(ip_address(address), (ip_network("::/0"),), encrypted=True)


# Keys


def test_of_a_key_set_only_what_checks_signatures_is_kept(app: Flask, client: FlaskClient, lms: Lms) -> None:
    good = pair("key-1").as_dict(private=False)
    hostile = {"keys": [{**good, "x5c": ["\0"], "kid": "key-1"}, {"kid": "\ud800", "kty": "RSA"}], "more": "\0"}
    lms.wire.replace(responses.GET, f"{lms.host}/jwks", json=hostile)
    assert lms.launch(client).status_code == 303
    with app.app_context():
        kept = db.session.scalars(select(Platform.jwks)).one()
    assert kept == {"keys": [{name: good[name] for name in ("kty", "kid", "use", "alg", "n", "e") if name in good}]}


# Answers of services


@pytest.mark.parametrize("body", ["[" * 100_000, "1" * 5_000, '{"a":' * 100_000, "\ufeff{", ""])
def test_json_that_cannot_be_read_is_none(body: str) -> None:
    answer = requests.Response()
    answer._content = body.encode()
    assert json_of(answer) is None


@pytest.mark.parametrize("score", [10**400, float("nan"), float("inf"), True, "9", None])
def test_a_result_that_is_no_number_is_none(score: object) -> None:
    assert column._number(score) is None


def test_a_token_that_lasts_for_ever_is_asked_anew_tomorrow() -> None:
    assert tokens._seconds(10**400) == tokens._seconds("9" * 30) == tokens.LONGEST_SECONDS


@pytest.mark.one_database
@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize("where", ["headers", "body", "body without a length"])
def test_a_server_that_drips_byte_by_byte_is_not_waited_for(server: str, where: str) -> None:
    """No single wait is long, so that a limit of each would never be reached, and one platform held all others up."""
    opening = {"headers": b"HTTP/1.1 200 OK\r\nX-A: ", "body": b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n"}

    def drip(s: Server) -> None:
        s.wfile.write(opening.get(where, b"HTTP/1.1 200 OK\r\n\r\n"))
        for _byte in range(100):
            s.wfile.write(b"x")
            time.sleep(0.05)

    def quietly(s: Server) -> None:
        try:
            drip(s)
        except OSError:
            s.close_connection = True  # whoever asked hung up

    Server.replies["/"] = quietly
    started = time.monotonic()
    with open_session(seconds=0.3) as http, pytest.raises(Unreachable, match="in time"):
        ask(http, "GET", server + "/")
    assert time.monotonic() - started < 2
