"""The files of docs/deploy/ fit each other and the house: what each of them is read by is asked where it is here."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import click
import pytest
from flask import Flask

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "docs" / "deploy"
UNITS = (
    "third-option-web.socket",
    "third-option-web.service",
    "third-option-worker@1.service",
    "third-option-beat.service",
)
MOST_EXPOSED = 2.0  # of systemd's 10; a service without a line of hardening has 9.6


def number(file: str, name: str) -> int:
    """A setting of one of the files, such as TimeoutStopSec=40."""
    found = re.search(rf"^{name} ?= ?(\d+)", (DEPLOY / file).read_text(), re.MULTILINE)
    assert found, f"{file} does not set {name}"
    return int(found[1])


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A root folder with our units where systemd looks, and the programs that they name."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze here")
    units = tmp_path / "etc/systemd/system"
    shutil.copytree(DEPLOY / "systemd", units)
    for program in ("opt/third-option/.venv/bin/gunicorn", "opt/third-option/.venv/bin/flask"):
        (tmp_path / program).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy("/bin/true", tmp_path / program)
    for name in ("sysinit", "basic", "shutdown", "network-online", "multi-user", "sockets"):
        (units / f"{name}.target").write_text("[Unit]\n")
    return tmp_path


def analyze(*arguments: str) -> str:
    done = subprocess.run(["systemd-analyze", "--no-pager", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_systemd_finds_no_fault_with_the_units(machine: Path) -> None:
    assert analyze(f"--root={machine}", "verify", *UNITS) == ""


@pytest.mark.parametrize("unit", [unit for unit in UNITS if unit.endswith(".service")])
def test_every_service_has_the_walls_that_all_share(machine: Path, unit: str) -> None:
    told = analyze(f"--root={machine}", "security", "--offline=yes", unit)
    exposed = re.search(r"exposure level for \S+: ([\d.]+)", told)
    assert exposed, told
    assert float(exposed[1]) <= MOST_EXPOSED


def test_systemd_waits_for_longer_than_what_it_stops() -> None:
    assert number("systemd/third-option-web.service", "TimeoutStopSec") > number("gunicorn.conf.py", "graceful_timeout")


def test_the_image_holds_every_room_that_the_app_is_made_of() -> None:
    text = (DEPLOY / "Containerfile").read_text()
    copied = set(re.findall(r"^COPY (\w\S*) /app", text, re.MULTILINE))
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")} & set(
        re.findall(r"^(?:from|import) (\w+)", (ROOT / "app.py").read_text(), re.MULTILINE)
    )
    assert rooms >= {"engine", "lti", "personalization", "ui"}
    assert copied == rooms | {"app.py", "migrations", "docs/deploy/gunicorn.conf.py"}


@pytest.mark.one_database
def test_the_commands_that_units_and_containers_start_are_there(app: Flask) -> None:
    texts = [path.read_text() for path in DEPLOY.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    commands = {
        tuple(re.split(r",? ", command))
        for text in texts
        for command in re.findall(r"flask,? --app,? app,? ([a-z ,]+?)\]?$", text, re.MULTILINE)
    }
    assert commands == {("worker",), ("beat",), ("db", "upgrade")}
    for first, *rest in commands:
        found = app.cli.commands[first]
        for name in rest:
            assert isinstance(found, click.Group)
            found = found.commands[name]
