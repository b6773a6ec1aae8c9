"""What the laws share: the little world in an app of its own, and the database as a whole."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import responses
from flask import Flask

from engine import logs
from tests import logged, replay
from tests.laws.browsing import Database
from tests.laws.world import World, make_world

WORLDS: dict[str, tuple[World, replay.Rows]] = {}  # by address of the database: the first test of each makes them

TEXTS: set[str] = set()  # what somebody wrote in any of them


@pytest.fixture
def world(app: Flask, database_url: str) -> World:
    engine = replay.engine_of(database_url)
    if database_url in WORLDS:
        made, rows = WORLDS[database_url]
        replay.put(engine, rows)
        return made
    made = make_world(app)
    WORLDS[database_url] = made, replay.recorded(engine)
    TEXTS.update(logged.texts(WORLDS[database_url][1]))
    return made


@pytest.fixture(autouse=True)
def _no_line_of_the_log_quotes_the_world(
    caplog: pytest.LogCaptureFixture,
) -> Iterator[None]:
    """No name, title or text of the little world, whoever looks at or presses whatever in it."""
    yield
    lines = [record.getMessage() for record in caplog.get_records("call") if record.name == logs.OURS]
    assert logged.private(lines, TEXTS) == []


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
