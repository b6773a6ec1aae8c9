"""An app that may ask offices on this machine, those of Moodle and Canvas, an invite, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit

import pytest
import responses
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from engine.clock import real_now
from engine.config import Config
from engine.db import db
from lti import registration
from lti.models.platform import Deployment, Platform
from tests.lti.captures import captured
from tests.lti.office import Canvas, Moodle, Office
from tests.lti.platform import TOOL, pair


@pytest.fixture
def config(config: Config) -> Config:
    return replace(config, allowed_networks=(ip_network("127.0.0.0/8"),))


@pytest.fixture
def open_office() -> Iterator[Callable[..., Any]]:
    """A function that opens an office; all are closed at the end."""
    opened: list[Office] = []

    def open_one(kind: type[Office], *words: str) -> Office:
        opened.append(kind(*words))
        return opened[-1]

    yield open_one
    for office in opened:
        office.close()


@pytest.fixture
def moodle(open_office: Callable[..., Any]) -> Moodle:
    found: Moodle = open_office(Moodle)
    return found


@pytest.fixture
def canvas(open_office: Callable[..., Any]) -> Canvas:
    found: Canvas = open_office(Canvas)
    return found


def new_invite(app: Flask) -> str:
    """The path and query of a fresh invite."""
    with app.test_request_context():
        address = registration.invite(real_now())
        db.session.commit()
    parts = urlsplit(address)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{TOOL}/lti/register"
    return f"{parts.path}?{parts.query}"


@pytest.fixture
def invite(app: Flask) -> str:
    return new_invite(app)


def register(client: FlaskClient, invite: str, office: Office, token: str | None = None) -> TestResponse:
    """Open the invite as Moodle (seen) does: its name beside the two parameters of the specification."""
    token = token or office.token(office.client_id)  # type: ignore[attr-defined]
    said = f"openid_configuration={office.configuration}&registration_token={token}"
    return client.get(f"{invite}&name=Full&{said}")


def platforms(app: Flask) -> list[Platform]:
    with app.app_context():
        rows = list(db.session.scalars(select(Platform).order_by(Platform.id)))
        db.session.expunge_all()
        return rows


def platform(app: Flask) -> Platform:
    (row,) = platforms(app)
    return row


def deployments(app: Flask) -> list[str]:
    with app.app_context():
        return sorted(db.session.scalars(select(Deployment.deployment_id)))


def whole(row: Platform) -> dict[str, Any]:
    return {name: value for name, value in vars(row).items() if not name.startswith("_")}


def https_office(wire: responses.RequestsMock, **about: str) -> dict[str, Any]:
    """A Moodle at a school's https address."""
    base = "https://moodle.school.example"
    said: dict[str, Any] = json.loads(
        json.dumps(captured("moodle-4.5", "openid-configuration")).replace("http://127.0.0.1:8101", base)
    )
    answer = captured("moodle-4.5", "registration")["response"]
    wire.add(responses.GET, f"{base}/configuration", json=said | about)
    wire.add(responses.POST, f"{base}/mod/lti/openid-registration.php", json=answer, status=201)
    wire.add(responses.GET, f"{base}/mod/lti/certs.php", json={"keys": [pair("key-1").as_dict(private=False)]})
    return said


def register_at(client: FlaskClient, invite: str, configuration: str) -> TestResponse:
    return client.get(f"{invite}&openid_configuration={configuration}&registration_token=t")
