"""Laws for every template of the house: looks and behaviour come from files of ours."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ui.assets import icons

ROOT = Path(__file__).parents[2]
ROOMS = ("ui", "lti", "personalization")
TEMPLATES = sorted(path for room in ROOMS for path in (ROOT / room).glob("**/templates/**/*.html"))
LINES = 120

FORBIDDEN = {
    "inline style": r"\sstyle\s*=|<style\b",
    "event handler": r"\son[a-z]+\s*=",
    "inline script": r"<script(?![^>]*\ssrc=)",
    "script address": r"javascript:",
    "third party": r"<(?:script|link|img|iframe|audio|video|source)\b[^>]*?(?:src|href)\s*=\s*[\"']?(?:https?:)?//",
    "evaluated attribute": r"\shx-(?:on|vals\s*=\s*[\"']js:)",
}
ICON = re.compile(r"\bicon\('([a-z]+)'\)|\b(?:state|note)\('[a-z]+',\s*'([a-z]+)'")


def faults(source: str) -> set[str]:
    """Names of the laws that a template breaks. Keyword arguments in tags look like attributes: tags are taken out."""
    html = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", "…", source, flags=re.DOTALL)
    return {name for name, pattern in FORBIDDEN.items() if re.search(pattern, html, re.IGNORECASE)}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_templates_hold_neither_style_nor_script(path: Path) -> None:
    assert faults(path.read_text(encoding="utf-8")) == set()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_templates_are_short_and_name_icons_that_exist(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert source.count("\n") <= LINES
    assert {name for pair in ICON.findall(source) for name in pair if name} <= set(icons())


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ('<p style="color:red">', "inline style"),
        ("<style>p{}</style>", "inline style"),
        ('<a href="#" onclick="x()">', "event handler"),
        ("<script>x()</script>", "inline script"),
        ('<script defer src="https://cdn.example/x.js"></script>', "third party"),
        ("<img src=//cdn.example/x.png>", "third party"),
        ('<a href="javascript:x()">', "script address"),
        ('<p hx-on:click="x()">', "evaluated attribute"),
    ],
)
def test_the_law_sees_each_fault(source: str, fault: str) -> None:
    assert fault in faults(source)


def test_the_law_lets_through_what_is_fine() -> None:
    assert faults("<script defer src=\"{{ url_for('ui.static', filename='a.js') }}\"></script>") == set()
    assert faults("{{ m.field(form.points, only='a', style='b') }}") == set()
