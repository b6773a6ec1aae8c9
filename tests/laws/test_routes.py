"""The addresses are those of the table: one that vanishes breaks links in every LMS, a new one needs a stance."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from tests.laws.endpoints import ENDPOINTS

ROOT = Path(__file__).parents[2]
# {% set %} in a template or a variable may hold an endpoint's name too, hence any text of this shape.
NAMED = re.compile(r"""url_for\(\s*["'](\.?[a-z_.]+)["']""")

pytestmark = pytest.mark.one_database


def addresses(app: Flask) -> dict[str, tuple[set[str], set[str]]]:
    """{endpoint: (its rules, their methods)}."""
    found: dict[str, tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
    for rule in app.url_map.iter_rules():
        found[rule.endpoint][0].add(rule.rule)
        found[rule.endpoint][1].update((rule.methods or set()) - {"HEAD", "OPTIONS"})
    return found


def test_every_address_is_in_the_table_and_every_line_of_the_table_is_an_address(app: Flask) -> None:
    table = {name: ({line.rule}, set(line.methods.split())) for name, line in ENDPOINTS.items()}
    assert addresses(app) == table


def test_no_address_says_more_than_ids(app: Flask) -> None:
    """An address lands in logs and histories: ids, a random key and a file's own name are all it may hold."""
    arguments = {argument for rule in app.url_map.iter_rules() for argument in rule.arguments}
    assert {a for a in arguments if not a.endswith("_id")} == {"key", "name", "filename"}


def test_every_link_in_the_sources_names_an_endpoint() -> None:
    """A misspelt name is a 500 on the page that holds it, perhaps in a state that nobody opened."""
    unknown = set()
    for room in ("lti", "personalization", "ui"):
        for path in [*(ROOT / room).rglob("*.py"), *(ROOT / room).rglob("*.html")]:
            for name in NAMED.findall(path.read_text()):
                whole = f"{blueprint_of(path)}{name}" if name.startswith(".") else name
                if whole not in ENDPOINTS:
                    unknown.add(f"{path.relative_to(ROOT)}: {name}")
    assert unknown == set()


def blueprint_of(path: Path) -> str:
    """Whose endpoints `.name` means in this file: the slice's, or the room's."""
    parts = path.relative_to(ROOT).parts
    return parts[1] if parts[0] == "personalization" else parts[0]


def test_a_missing_line_would_be_noticed(make_app: Callable[..., Flask]) -> None:
    app = make_app()
    app.add_url_rule("/courses/<int:course_id>/secrets", "board.secrets", lambda course_id: "", methods=["GET"])
    assert addresses(app).keys() - ENDPOINTS.keys() == {"board.secrets"}
