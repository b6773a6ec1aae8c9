"""The tool in both its ways, each with a Moodle of its own: started once for a file of tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import lms, processes
from tests.machines import lacking


@pytest.fixture(scope="module", params=["embedded", "celery"])
def motor(request: pytest.FixtureRequest) -> processes.Tool:
    tool: processes.Tool = request.getfixturevalue(request.param)
    return tool


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[processes.Tool]:
    yield from _running("embedded", tmp_path_factory.mktemp("embedded"))


@pytest.fixture(scope="module")
def celery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[processes.Tool]:
    if why := lacking():
        pytest.skip(why)
    yield from _running("celery", tmp_path_factory.mktemp("celery"))


def _running(kind: str, folder: Path) -> Iterator[processes.Tool]:
    with lms.running("moodle") as moodle, processes.running(kind, folder, moodle) as tool:
        yield tool
