"""What a database can keep of what a platform says. PostgreSQL takes no NUL, none takes half a character (a surrogate),
identifiers have 255 characters (LTI 1.3 Core: `sub`, deployment and context ids), and addresses must fit an index."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _

MOST_CHARACTERS = 255
MOST_OF_AN_ADDRESS = 2000  # characters; a row of a PostgreSQL index holds 2,700 bytes
MOST_PEOPLE = 50_000  # in one course; a list that goes on and on must not fill the worker's memory


def without_nul(said: str) -> str:
    return said.replace("\0", "")


def plain(said: str) -> str:
    """A text as it can be kept: without NUL, a question mark in the place of half a character."""
    if said.isascii():
        return without_nul(said) if "\0" in said else said
    return without_nul(said).encode("utf-8", "replace").decode()


def fault_in(
    said: dict[str, Any],
    identifiers: Iterable[tuple[str, ...]],
    addresses: Iterable[tuple[str, ...]] = (),
    kept_whole: str = "",
) -> str:
    """Why claims can't be kept as they are, in a few words; "" if they can.

    Names and titles are made plain by whoever reads them; identifiers and addresses (named by the way to them) and the
    claim `kept_whole`, which goes back to the platform, must not be changed.
    """
    try:
        json.dumps(said, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        return _("there is something in it that is neither text nor number")
    for ways, most in ((identifiers, MOST_CHARACTERS), (addresses, MOST_OF_AN_ADDRESS)):
        for way in ways:
            found = _at(said, way)
            if found is not None and not (isinstance(found, str) and len(found) <= most and _is_whole(found)):
                return _("%(name)s is too long, or no text", name=".".join(name.rpartition("/")[2] for name in way))
    if not _is_whole(said.get(kept_whole)):
        return _("there is a NUL in it")
    return ""


def _at(said: dict[str, Any], way: tuple[str, ...]) -> object:
    found: Any = said
    for name in way:
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _is_whole(found: object) -> bool:
    """Whether there is no NUL in it, however deep."""
    if found is None or isinstance(found, str):
        return "\0" not in (found or "")
    return "\\u0000" not in json.dumps(found).replace("\\\\", "")
