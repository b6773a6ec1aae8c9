"""A commit is seen where it happens: in views, commands and the worker's handlers, never below them."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("engine", "lti", "personalization", "ui")
# Besides views and commands: the worker's handlers, which talk to a platform between two transactions.
ALLOWED = {
    "engine/lanes.py",  # after each try to take a row: who tries holds one lane's lock
    "engine/worker.py",
    "lti/column.py",  # what a column is when it was read
    "lti/comparing.py",  # what is lost and queued again, once the column was read
    "lti/delivery.py",
    "lti/held.py",  # what it held
    "lti/keys.py",  # our first pair, for whoever goes on to call a platform
    "lti/notices.py",
    "lti/outcome.py",
    "lti/pausing.py",  # that a platform wants to be left alone, whoever asked it
    "lti/roster.py",
    "lti/sending.py",
    "lti/tokens.py",
    "lti/traffic.py",
    "personalization/archive/retention.py",  # a course, batch by batch
    "personalization/notice/posting.py",
    "personalization/proposal/sweep.py",  # batch by batch, so that nobody waits for all of them
    "personalization/submission/orphans.py",  # what no row names is to be deleted
}


def committing_files() -> set[str]:
    found = set()
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Attribute) and node.attr == "commit":
                    found.add(path.relative_to(ROOT).as_posix())
    return found


def test_models_and_rules_never_commit() -> None:
    for name in committing_files() - ALLOWED:
        source = (ROOT / name).read_text()
        is_view = "bp." in source or Path(name).name in {"views.py", "commands.py"}
        assert is_view, f"{name} commits, but is neither a view nor a command"


def test_the_exceptions_are_still_needed() -> None:
    assert committing_files() >= ALLOWED
