"""A teacher at a desk at noon, and a draft."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import Babel

from engine import clock
from tests.cast import NOON, Cast, Member, make_activity, writing

SignedIn = Callable[[Member], FlaskClient]


@pytest.fixture(autouse=True)
def noon() -> Any:
    with clock.at(NOON):
        yield


@pytest.fixture
def teacher(signed_in: SignedIn, cast: Cast) -> FlaskClient:
    return signed_in(cast.teacher)


@pytest.fixture
def draft_id(app: Flask, cast: Cast) -> int:
    with writing(app):
        return make_activity(cast.course_id, cast.teacher.id, "Rocks", published=False)


@pytest.fixture
def words() -> Iterator[None]:
    """Sentences need a language; nothing else of an app."""
    app = Flask(__name__)
    Babel(app)
    with app.test_request_context():
        yield
