"""What a clean clone relies on: the locks, the Makefile, .ci/run, the settings, and what may never be committed."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from engine.config import Config

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")
PYTHONS = ("python3.14", "python3.13", "python3.12", "python3.11", "python3")
PINNED = re.compile(r"^([a-z0-9._-]+)(?:\[[a-z,]+\])?==(\S+)", re.MULTILINE)
# Addresses of package registries, and of the machine this was written on.
UNWANTED = re.compile(
    r"\b(pypi|pythonhosted|registry\.npmjs|deb\.debian|security\.debian|archive\.ubuntu|proxy\.golang)\.(org|com)\b"
    r"|--(extra-)?index-url [a-z]|(?<![\w.])/(work|opt)/(main|shared|pypi|wheels)\b"
)


def committed() -> Iterator[tuple[str, str]]:
    """(name, text) of every committed file that is text."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, names.split("\0")):
        path = ROOT / name
        if path.is_file():
            try:
                yield name, path.read_text()
            except UnicodeDecodeError:
                continue


def stub(folder: Path, name: str, script: str) -> None:
    """Put a program of ours first on a PATH."""
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run there with `folder`/bin first on PATH, and as if no make were running these tests."""
    env = {name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}}
    env["PATH"] = f"{folder / 'bin'}:{env['PATH']}"
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=60, check=False)


def test_no_committed_file_names_a_registry_or_this_machine() -> None:
    found = {name: match.group() for name, text in committed() if (match := UNWANTED.search(text))}
    assert found == {}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_of_a_lock_has_hashes(lock: str) -> None:
    text = (ROOT / lock).read_text()
    blocks = re.split(r"\n(?=[a-z])", text)[1:]
    assert len(blocks) > 20
    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block or "==" not in block] == []


def test_the_locks_agree_and_hold_what_pyproject_asks_for() -> None:
    runtime, everything = (dict(PINNED.findall((ROOT / lock).read_text())) for lock in LOCKS)
    assert runtime.items() <= everything.items()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())

    def names(group: list[object]) -> set[str]:
        return {re.split(r"[\[<>=]", entry)[0] for entry in group if isinstance(entry, str)}

    assert names(project["project"]["dependencies"]) <= runtime.keys()
    for group in project["dependency-groups"].values():
        assert names(group) <= everything.keys()


def test_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    result = run(["make"], ROOT)
    assert result.returncode == 0
    assert {line.split()[1] for line in result.stdout.splitlines()} == targets
    assert targets >= {"demo", "test", "setup", "dev", "check", "help"}


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A clone without its .venv."""
    for name in ("Makefile", "requirements-dev.lock"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def test_setup_without_a_venv_module_says_so_in_one_sentence(bare: Path) -> None:
    for name in PYTHONS:
        stub(bare / "bin", name, 'case "$2" in *ensurepip*) exit 1 ;; esac')
    result = run(["make", "setup"], bare)
    assert result.returncode != 0
    assert "cannot make a virtual environment: install its venv module" in result.stderr.splitlines()[0]
    assert not (bare / ".venv").exists()


def test_setup_without_a_new_enough_python_says_so_in_one_sentence(bare: Path) -> None:
    for name in PYTHONS:
        stub(bare / "bin", name, "exit 1")
    result = run(["make", "setup"], bare)
    assert result.returncode != 0
    assert "needs Python 3.11 or newer" in result.stderr.splitlines()[0]


def test_setup_takes_the_newest_python_that_works_then_rests_until_the_lock_changes(bare: Path) -> None:
    makes_venv = f"""
        [ "$1 $2" != "-m venv" ] || {{ mkdir -p .venv/bin; cp {bare}/inner .venv/bin/python; }}
        [ "$1" != --version ] || echo "Python of $(basename "$0")"
    """
    stub(bare, "inner", 'echo "$@" >> pip-calls')
    for name in PYTHONS:
        works = name in {"python3.12", "python3.11"}
        stub(bare / "bin", name, makes_venv if works else "exit 127")

    first = run(["make", "setup"], bare)
    assert first.returncode == 0, first.stderr
    assert "Python of python3.12" in first.stdout
    assert "--require-hashes -r requirements-dev.lock" in (bare / "pip-calls").read_text()
    assert run(["make", "setup"], bare).stdout == ""

    with (bare / "requirements-dev.lock").open("a") as lock:
        lock.write("# changed\n")
    again = run(["make", "setup"], bare)
    assert "Installing" in again.stdout
    assert "Making" not in again.stdout


@pytest.mark.parametrize(
    ("closing", "make_status", "expected"),
    [
        ("===== 3 passed in 1.00s =====", 0, 0),
        ("===== 300 passed, 2 warnings in 65.10s (0:01:05) =====", 0, 0),
        ("===== 3 passed, 1 skipped in 1.00s =====", 0, 1),
        ("===== 3 passed, 1 xfailed in 1.00s =====", 0, 1),
        ("===== 3 passed, 1 xpassed in 1.00s =====", 0, 1),
        ("===== 3 passed, 1 deselected in 1.00s =====", 0, 1),
        ("===== no tests ran in 0.01s =====", 0, 1),
        ("nothing at all", 0, 1),
        ("===== 1 failed, 3 passed in 1.00s =====", 2, 1),
        ("===== 3 passed in 1.00s =====", 2, 1),
    ],
)
def test_ci_passes_only_when_every_test_ran(tmp_path: Path, closing: str, make_status: int, expected: int) -> None:
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci/run", tmp_path / ".ci/run")
    for name in ("python3", "chromium", "redis-server", "systemd-analyze", "initdb"):
        stub(tmp_path / "bin", name, "exit 0")  # nothing is missing, so nothing is installed
    stub(tmp_path / "bin", "make", f'[ "$1" != test ] || {{ echo "{closing}"; exit {make_status}; }}')
    result = run(["bash", ".ci/run"], tmp_path)
    assert bool(result.returncode) == bool(expected), result.stdout + result.stderr
    if " in " in closing and "no tests" not in closing:
        assert result.stdout.splitlines()[-1] == closing


class Recorder(Mapping[str, str]):
    """An environment that remembers which names were asked for."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def test_the_example_settings_are_those_that_config_reads_with_their_defaults() -> None:
    example = dict(re.findall(r"^#?([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))
    needed = {"SECRET_KEY": "0123456789abcdef", "PUBLIC_URL": "https://third-option.example.edu"}
    environ = Recorder({**example, **needed})
    written_out = Config.from_env(environ)
    assert environ.asked == example.keys()
    assert written_out == Config.from_env(needed)


def test_only_app_and_config_know_the_environment() -> None:
    readers = set()
    for name, text in committed():
        if name.endswith(".py") and name.split("/")[0] not in {"tests", "demo", "migrations", "benchmarks"}:
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}:
                    readers.add(name)
    assert readers <= {"app.py"}
