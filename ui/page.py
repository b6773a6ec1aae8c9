"""What the html element says: language, direction, and the person's own choice of light or dark."""

from __future__ import annotations

from typing import NamedTuple

from flask import g

from ui.words import locale

THEMES = {"light", "dark"}


class Language(NamedTuple):
    """A BCP 47 tag, and "ltr" or "rtl"."""

    tag: str
    direction: str


def page_language() -> Language:
    spoken = locale()
    return Language(str(spoken).replace("_", "-"), spoken.text_direction)


def theme() -> str:
    """`g.theme` if it is "light" or "dark", "" where the device decides."""
    chosen = g.get("theme")
    return chosen if chosen in THEMES else ""
