"""The audit log is written once: nothing in the sources changes or deletes a row of it."""

from __future__ import annotations

import re
from pathlib import Path

from engine.audit import Audit

ROOT = Path(__file__).parents[2]
ROOMS = ("engine", "lti", "personalization")
CHANGES = re.compile(r"\b(?:update|delete|merge)\(\s*(?:log\.|audit\.)?Audit\b")


def test_no_code_changes_or_deletes_a_row() -> None:
    sources = {path: path.read_text() for room in ROOMS for path in (ROOT / room).rglob("*.py")}
    assert any("Audit(" in text for text in sources.values())
    assert [path for path, text in sources.items() if CHANGES.search(text)] == []


def test_that_would_be_noticed() -> None:
    assert CHANGES.search("db.session.execute(delete(Audit).where(Audit.id == 1))")
    assert CHANGES.search("update(audit.Audit)")


def test_nothing_ties_a_row_to_what_it_names() -> None:
    """Else it would have to go with it."""
    assert not Audit.__table__.foreign_keys
