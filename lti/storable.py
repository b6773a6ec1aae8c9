"""What a database can keep of what a platform says. PostgreSQL takes no NUL, none takes half a character (a surrogate),
and identifiers have 255 characters (LTI 1.3 Core: `sub`, deployment and context ids)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

MOST_CHARACTERS = 255


def without_nul(said: str) -> str:
    return said.replace("\0", "")


def plain(said: str) -> str:
    """A text as it can be kept: without NUL, a question mark in the place of half a character."""
    return without_nul(said).encode("utf-8", "replace").decode()


def fault_in(said: dict[str, Any], identifiers: Iterable[tuple[str, ...]]) -> str:
    """Why claims can't be kept as they are, in a few words; "" if they can.

    Names and titles are made plain by whoever reads them; an identifier (named by the way to it) must not be changed.
    """
    try:
        json.dumps(said, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        return "there is something in it that is neither text nor number"
    for way in identifiers:
        found: Any = said
        for name in way:
            found = found.get(name) if isinstance(found, dict) else None
        if isinstance(found, str) and (len(found) > MOST_CHARACTERS or "\0" in found):
            return f"{' '.join(way)} is too long, or no text"
    return ""
