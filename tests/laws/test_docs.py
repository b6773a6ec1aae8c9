"""What the docs name is there: files, functions, links, settings. A rename that forgets them is noticed."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
ROOMS = ("engine", "lti", "personalization", "ui", "demo", "tests", "migrations")


@cache
def modules() -> dict[str, set[str]]:
    """{path from the root: the functions, classes, Class.methods and constants defined there}."""
    found = {}
    for path in [ROOT / "app.py", *(p for room in ROOMS for p in (ROOT / room).rglob("*.py"))]:
        tree = ast.parse(path.read_text())
        names = {target.id for node in tree.body for target in assigned(node) if isinstance(target, ast.Name)}
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                names.add(node.name)
            if isinstance(node, ast.ClassDef):
                names |= {f"{node.name}.{one.name}" for one in node.body if isinstance(one, ast.FunctionDef)}
        found[path.relative_to(ROOT).as_posix()] = names
    return found


def assigned(node: ast.stmt) -> list[ast.expr]:
    match node:
        case ast.Assign(targets=targets):
            return targets
        case ast.AnnAssign(target=target):
            return [target]
    return []


def files_called(name: str) -> list[str]:
    return [path for path in modules() if path == name or path.endswith(f"/{name}")]


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_docs_are_read_at_all() -> None:
    assert len(PAGES) > 5
    assert any(re.search(r"`[\w/]+\.py` `\w+", page.read_text()) for page in PAGES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_named_exists(page: Path) -> None:
    named = {name for name in re.findall(r"`([\w./-]+\.(?:py|html|toml|md))`", page.read_text()) if "0002" not in name}
    assert [name for name in sorted(named) if not (ROOT / name).exists() and not files_called(name)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_function_named_is_in_its_file(page: Path) -> None:
    flat = re.sub(r"\s+", " ", page.read_text())
    pairs = re.findall(r"`([\w/]+\.py)` `(\w+(?:\.\w+)?)`", flat)
    assert [pair for pair in pairs if not any(pair[1] in modules()[f] for f in files_called(pair[0]))] == []


@pytest.mark.parametrize("room", ["engine", "lti"])
def test_each_module_of_a_flat_room_has_its_place_on_the_map(room: str) -> None:
    text = (ROOT / "docs" / "developer.md").read_text()
    table = re.split(rf"`{room}/` is flat.*", text)[1].split("\n\n")[1]
    named = set(re.findall(r"`([\w.]+)(?:`|/`)", table)) - {"app.py"}
    folders = {one.parent.name for one in (ROOT / room).glob("*/__init__.py")}
    assert named == folders | {one.name for one in (ROOT / room).glob("*.py")} - {"__init__.py"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_test_named_is_there(page: Path) -> None:
    """`lti/test_keys.py::test_many_at_once_make_one_pair`, from tests/."""
    assert [pair for pair in cited(page) if pair[1] not in modules().get(f"tests/{pair[0]}", set())] == []


def test_each_thing_that_an_attacker_tries_has_its_test() -> None:
    page = ROOT / "docs" / "threat-model.md"
    rows = [
        line
        for line in page.read_text().splitlines()
        if line.startswith("| ") and not line.startswith(("| ---", "| tries"))
    ]
    assert len(rows) > 40
    assert [row for row in rows if "::test_" not in row.split(" | ")[-1]] == []


def cited(page: Path) -> list[tuple[str, str]]:
    return re.findall(r"`([\w/]+\.py)::(\w+)`", page.read_text())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    dead = []
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        file, _hash, anchor = link.partition("#")
        target = page.parent / file if file else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            dead.append(link)
    assert dead == []


def test_the_operators_table_has_every_setting() -> None:
    listed = set(re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs" / "operator.md").read_text(), re.MULTILINE))
    example = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert listed == example
