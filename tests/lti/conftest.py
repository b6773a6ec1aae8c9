"""An app of lti alone, its database, and a platform that signs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import responses
from flask import Flask, redirect
from flask.testing import FlaskClient
from flask_babel import Babel
from flask_wtf.csrf import CSRFProtect
from werkzeug.wrappers import Response

import lti
import ui
from engine import clock, db, errors, headers
from engine.config import Config
from engine.worker import Worker
from lti import keys
from tests.lti.platform import TOOL, Lms

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
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every table, and one key of ours: copied for each test, since making them is slow."""
    path = tmp_path_factory.mktemp("schema") / "empty.sqlite3"
    app = make_app(Config(secret_key=SECRET, public_url=TOOL, database_url=f"sqlite:///{path}"), Landed())
    with app.app_context():
        db.Base.metadata.create_all(db.db.engine)
        keys.signing_key(db.db.session, clock.real_now())
        db.db.session.commit()
        db.db.engine.dispose()
    return path


@pytest.fixture
def config(tmp_path: Path, empty_database: Path) -> Config:
    path = tmp_path / "tool.sqlite3"
    shutil.copy(empty_database, path)
    return Config(secret_key=SECRET, public_url=TOOL, database_url=f"sqlite:///{path}", testing=True)


@pytest.fixture
def app(config: Config, landed: Landed) -> Iterator[Flask]:
    app = make_app(config, landed)
    yield app
    with app.app_context():
        for engine in db.db.engines.values():
            engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


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
def worker(app: Flask) -> Worker:
    return Worker(app, lti.HANDLERS)
