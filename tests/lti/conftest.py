"""An app of lti alone, its database, and a platform that signs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import responses
from flask import Flask, redirect
from flask.testing import FlaskClient
from flask_babel import Babel
from flask_wtf.csrf import CSRFProtect
from jinja2 import FileSystemBytecodeCache
from joserfc.jwk import RSAKey
from werkzeug.wrappers import Response

import lti
import ui
from app import create_app
from engine import clock, db, errors, headers, logs
from engine.config import Config
from engine.worker import Worker
from lti import keys
from lti.models.platform import Key
from tests.lti.desk import canvas, desk, moodle
from tests.lti.platform import TOOL, Lms, pair

__all__ = ["canvas", "desk", "moodle"]  # fixtures of another file

SECRET = "a secret that is long enough for tests"


@dataclass
class Landed:
    """What on_launch and on_roster were told, as plain values: rows do not outlive their session."""

    launches: list[dict[str, Any]] = field(default_factory=list)
    rosters: list[int] = field(default_factory=list)

    def arrive(self, launch: lti.Launch) -> Response:
        plain: dict[str, Any] = {
            name: value
            for name, value in vars(launch).items()
            if isinstance(value, str | int | frozenset | dict | tuple | datetime | None)
        }
        plain["sub"], plain["name"] = launch.user.sub, launch.user.name
        plain["context_id"] = launch.context and launch.context.context_id
        plain["link_id"] = launch.resource_link and launch.resource_link.resource_link_id
        plain["line_item_url"] = launch.line_item and launch.line_item.url
        plain["request_id"] = launch.deep_link and launch.deep_link.id
        self.launches.append(plain)
        return redirect("/landed", 303)

    def roster(self, context: lti.Context) -> None:
        self.rosters.append(context.id)

    @property
    def last(self) -> dict[str, Any]:
        return self.launches[-1]


@pytest.fixture
def landed() -> Landed:
    return Landed()


def make_app(config: Config, landed: Landed) -> Flask:
    """app.py's wiring of this room, without any domain."""
    app = Flask("lti_alone", static_folder=None)
    app.config.update(
        SECRET_KEY=config.secret_key,
        SERVER_NAME="tool.example",
        PREFERRED_URL_SCHEME="https",
        TESTING=True,
        PROPAGATE_EXCEPTIONS=False,
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_SAMESITE="None",
        SESSION_COOKIE_PARTITIONED=True,
    )
    app.extensions["config"] = config
    logs.init_app(app)
    clock.init_app(app, None)
    db.init_app(app, config.database_url)
    app.extensions["csrf"] = CSRFProtect(app)
    Babel(app)
    ui.init_app(app)
    lti.init_app(app, landed.arrive, landed.roster)
    headers.init_app(app, config)
    errors.init_app(app)

    @app.get("/who")
    def who() -> dict[str, list[str]]:
        return {"subs": [user.sub for user in lti.signed_in_users()]}

    @app.post("/out")
    def out() -> str:
        lti.sign_out()
        db.db.session.commit()
        return ""

    return app


@pytest.fixture(scope="session")
def key_values() -> dict[str, Any]:
    """One key of ours, made once for all tests, since making one is slow."""
    pair = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, private=True, auto_kid=True)
    sealed = keys.vault(Config(secret_key=SECRET, public_url=TOOL)).encrypt(pair.as_pem(private=True)).decode()
    public = dict(pair.as_dict(private=False))
    long_known = clock.real_now() - timedelta(days=30)
    return {"kid": public["kid"], "private_key": sealed, "public_jwk": public, "created_at": long_known}


@pytest.fixture
def config(database_url: str) -> Config:
    return Config(secret_key=SECRET, public_url=TOOL, database_url=database_url, testing=True, refusals_per_minute=0)


@pytest.fixture
def app_with(landed: Landed, bytecode: FileSystemBytecodeCache) -> Iterator[Callable[[Config], Flask]]:
    """A function that makes an app; what it opened is closed at the end."""
    made: list[Flask] = []

    def make(config: Config) -> Flask:
        app = make_app(config, landed)
        app.jinja_env.bytecode_cache = bytecode
        made.append(app)
        return app

    yield make
    for app in made:
        with app.app_context():
            db.db.engine.dispose()


@pytest.fixture
def app(app_with: Callable[[Config], Flask], config: Config, key_values: dict[str, Any]) -> Flask:
    app = app_with(config)
    with app.app_context():
        db.db.session.add(Key(**key_values))
        db.db.session.commit()
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def bare(app: Flask) -> FlaskClient:
    """A browser that keeps no cookies: one frame in one LMS."""
    return app.test_client(use_cookies=False)


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    """The network: whatever no test has put there refuses the connection."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mocked:
        yield mocked


@pytest.fixture
def lms(app: Flask, wire: responses.RequestsMock) -> Lms:
    """A registered platform with one deployment."""
    lms = Lms(wire)
    lms.register(app)
    return lms


@pytest.fixture
def house(config: Config, storage: Path, apps: dict[str, Flask], bytecode: FileSystemBytecodeCache) -> Flask:
    """The whole tool behind https, its pages and tables all there; one for all tests of a database."""
    name = f"{TOOL} on {config.database_url}"
    if name not in apps:
        whole = replace(config, storage_url=f"file://{storage}", refusals_per_minute=1_000_000)
        apps[name] = app = create_app(whole)
        app.config.update(SERVER_NAME="tool.example", PREFERRED_URL_SCHEME="https")
        app.jinja_env.bytecode_cache = bytecode
    return apps[name]


@pytest.fixture
def school(house: Flask, wire: responses.RequestsMock) -> Lms:
    """A platform that the whole tool knows, its keys too, so that none are asked for."""
    return known_to(house, Lms(wire))


def known_to(app: Flask, lms: Lms, **more: Any) -> Lms:
    """Register a platform whose keys were read a moment ago."""
    keys = {"keys": [pair(kid).as_dict(private=False) for kid in lms.published]}
    lms.register(app, jwks=json.loads(json.dumps(keys)), jwks_fetched_at=clock.real_now(), **more)
    return lms


@pytest.fixture
def visitor(house: Flask) -> FlaskClient:
    """One person's browser before the whole tool."""
    return house.test_client()


@pytest.fixture
def worker(app: Flask) -> Worker:
    return Worker(app, lti.HANDLERS)
