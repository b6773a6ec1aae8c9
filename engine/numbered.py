"""The migrations that this code brings along, by the numbers of their files."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent.parent / "migrations"
# Read as this code is: what lies there later belongs to other code.
KNOWN = frozenset(path.name[:4] for path in (FOLDER / "versions").glob("[0-9]*.py"))
NEWEST = max(KNOWN)
