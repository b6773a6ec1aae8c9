"""Riverbend School and the stand-in tool, both really served."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from demo.lms import create_lms
from demo.school import LmsConfig
from tests.demo.gradebook import Gradebook
from tests.demo.riverbend import BIOLOGY, HISTORY, Riverbend
from tests.demo.serving import Server
from tests.demo.stand_in import StandInTool


@pytest.fixture(scope="module")
def riverbend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Riverbend]:
    """Served, and registered once by each manner."""
    folder = tmp_path_factory.mktemp("riverbend")
    tool = StandInTool()
    tool_server = Server(tool.app)
    apps: list[Flask] = []

    def make(url: str) -> Flask:
        config = LmsConfig(folder=folder, base_url=url, secret_key="riverbend-tests", clock_file=folder / "clock")
        apps.append(create_lms(config))
        return apps[0]

    lms_server = Server(make)
    made = Riverbend(lms_server.url, apps[0], tool, folder)
    for manner in ("canvas", "moodle"):
        office = made.browser(made.person("Ines Okoro"))
        assert office.get(f"{made.invite(manner)}/open", timeout=5).status_code == 200
    yield made
    lms_server.stop()
    tool_server.stop()
    apps[0].extensions["riverbend"].engine.dispose()


@pytest.fixture
def canvas(riverbend: Riverbend) -> Gradebook:
    return Gradebook(riverbend, "canvas", BIOLOGY)


@pytest.fixture
def moodle(riverbend: Riverbend) -> Gradebook:
    return Gradebook(riverbend, "moodle", HISTORY)


@pytest.fixture(params=["canvas", "moodle"])
def either(request: pytest.FixtureRequest) -> Gradebook:
    book: Gradebook = request.getfixturevalue(request.param)
    return book
