"""What the laws share: the little world in an app of its own, and the database as a whole."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import responses
from flask import Flask

from tests import replay
from tests.laws.browsing import Database
from tests.laws.world import World, make_world

WORLDS: dict[str, tuple[World, replay.Rows]] = {}  # by address of the database: the first test of each makes them


@pytest.fixture
def world(app: Flask, database_url: str) -> World:
    engine = replay.engine_of(database_url)
    if database_url in WORLDS:
        made, rows = WORLDS[database_url]
        replay.put(engine, rows)
        return made
    made = make_world(app)
    WORLDS[database_url] = made, replay.recorded(engine)
    return made


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
