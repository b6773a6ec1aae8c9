"""The import contracts of pyproject.toml hold, and each of them bites."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("engine", "ui", "lti", "personalization", "demo")
LINTER = Path(sys.executable).with_name("lint-imports")


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINTER, "--no-logo", "--no-cache"], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the house, to break."""
    copy = tmp_path_factory.mktemp("house")
    shutil.copy(ROOT / "pyproject.toml", copy)
    for room in ROOMS:
        shutil.copytree(ROOT / room, copy / room, ignore=shutil.ignore_patterns("static", "templates", "__pycache__"))
    return copy


def test_the_house_keeps_its_contracts() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout
    assert " 0 broken" in result.stdout


@pytest.mark.parametrize(
    ("contract", "file", "line"),
    [
        ("The staircase", "engine/clock.py", "import lti"),
        ("The staircase", "engine/clock.py", "import ui"),
        ("The staircase", "ui/text.py", "import engine.clock"),
        ("The staircase", "lti/models/platform.py", "import personalization.errors"),
        ("No room imports app", "lti/models/platform.py", "import app"),
        ("The demo LMS shares no code", "demo/store.py", "import engine.clock"),
        ("The tool knows nothing of the demo", "engine/clock.py", "import demo"),
        ("The slices stand in order", "personalization/people/model.py", "import personalization.activity.model"),
        ("The slices stand in order", "personalization/newcomer.py", ""),
        ("Nobody goes round in a circle", "lti/quirks.py", "from lti import launch"),
        ("Nobody goes round in a circle", "personalization/people/model.py", "import personalization.people.roster"),
        ("Only the doors import lti", "personalization/activity/model.py", "import lti"),
        ("Only the doors import lti", "personalization/grading/model.py", "from lti.models.platform import Platform"),
        ("Nobody imports a slice's views", "personalization/board/views.py", "import personalization.choice.views"),
        ("Only lti.library imports pylti1p3", "lti/launch.py", "from pylti1p3.grade import Grade"),
        ("Only engine.metrics imports prometheus_client", "engine/health.py", "import prometheus_client"),
        ("Only engine.celery_motor imports Celery", "engine/motor.py", "from celery import Celery"),
        ("Only engine.celery_motor imports Celery", "engine/worker.py", "import kombu"),
        ("Only the commands worker and beat", "engine/worker.py", "from engine import celery_motor"),
        (
            "Only engine.migrate and engine.online import Alembic",
            "engine/shape.py",
            "from alembic.script import Script",
        ),
        ("Only the commands of flask db", "engine/health.py", "from engine import migrate"),
        ("Only the commands of flask db", "engine/db.py", "import engine.online"),
        ("Models are told who and when", "personalization/people/model.py", "from flask import request"),
        ("Models are told who and when", "personalization/people/model.py", "from engine import clock"),
        ("Models are told who and when", "lti/models/platform.py", "import requests"),
    ],
)
def test_a_contract_bites(house: Path, contract: str, file: str, line: str) -> None:
    path = house / file
    before = path.read_text() if path.exists() else None
    path.write_text(f"{before or ''}\n{line}\n")
    try:
        result = lint(house)
    finally:
        path.unlink() if before is None else path.write_text(before)
    broken = [row for row in result.stdout.splitlines() if " BROKEN" in row]
    assert result.returncode == 1, result.stdout + result.stderr
    assert any(row.startswith(contract) for row in broken), result.stdout
