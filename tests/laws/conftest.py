"""What the laws share: the little world in an app of its own, and the database as a whole."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import responses
from flask import Flask

from tests.laws.browsing import Database
from tests.laws.world import World, make_world


@pytest.fixture
def world(app: Flask) -> World:
    return make_world(app)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture(autouse=True)
def _no_lms_answers() -> Iterator[None]:
    """The laws hold with an LMS that is down, and no test of them waits for one."""
    with responses.RequestsMock(assert_all_requests_are_fired=False):
        yield
