"""Whoever holds an invite may name another school's issuer and client ID, which are no secrets: that gains nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from engine.db import db
from lti.models.platform import Platform
from tests.lti.office import Moodle
from tests.lti.registering import (
    config,
    deployments,
    invite,
    moodle,
    new_invite,
    open_office,
    platform,
    platforms,
    register,
    whole,
)

__all__ = ["config", "invite", "moodle", "open_office"]


def elsewhere(office: Moodle, other: Moodle) -> str:
    """All of it true, but read from a server that the platform never named."""
    other.about = {**office.about, "registration_endpoint": f"{other.base}/register"}
    return other.configuration


def at_another_office(office: Moodle, other: Moodle) -> str:
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
    "another registration office": at_another_office,
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
