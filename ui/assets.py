"""The static files, read once at start: a page costs no file access, an address changes with the content behind it."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

STATIC = Path(__file__).parent / "static"
SYMBOL = re.compile(r'<symbol id="([a-z]+)" viewBox="0 0 24 24"><path d="([^"]+)"/></symbol>')


def icons() -> dict[str, str]:
    """{icon name: path data on a grid of 24}, from icons.svg."""
    return dict(SYMBOL.findall((STATIC / "icons.svg").read_text(encoding="utf-8")))


def fingerprints() -> dict[str, str]:
    """{path below static/: first 12 hex digits of the content's SHA-256}."""
    files = [path for path in STATIC.rglob("*") if path.is_file()]
    return {path.relative_to(STATIC).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()[:12] for path in files}
