"""Every view of the domain asks people/access.py who it is, itself or through what it calls: read from the sources.

The laws of test_access.py try every address with the rows of one world; this one needs no rows.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ACCESS = "personalization.people.access"
OPEN = "personalization.notice.stop"  # asked by the signed key in its address: whoever holds the mail
ROUTES = ("bp.get(", "bp.post(", "bp.route(")
ASKS = {f"{ACCESS}.{name}" for name in ("me_in", "require")} | {
    f"{ACCESS}.require_{who}"
    for who in (
        "teacher",
        "answerer",
        "teacher_of",
        "answerer_of",
        "author",
        "student",
        "student_or_answerer",
        "reader",
        "observer_of",
    )
}


@dataclass
class Module:
    """`known`: {name in this file: full name}, of imports and its own functions; `calls`: {function: what it calls}."""

    name: str
    known: dict[str, str] = field(default_factory=dict)
    calls: dict[str, set[str]] = field(default_factory=dict)
    views: list[str] = field(default_factory=list)


def read(name: str, source: str) -> Module:
    module, tree = Module(name), ast.parse(source)
    for node in tree.body:
        match node:
            case ast.ImportFrom(module=str(package), names=names):
                module.known.update({a.asname or a.name: f"{package}.{a.name}" for a in names})
            case ast.FunctionDef():
                module.known[node.name] = f"{name}.{node.name}"
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            module.calls[node.name] = {full_name(inner, module.known) for inner in ast.walk(node)}
            if any(ast.unparse(decorator).startswith(ROUTES) for decorator in node.decorator_list):
                module.views.append(node.name)
    return module


def full_name(node: ast.AST, known: dict[str, str]) -> str:
    """The full name of what a call names: `mine(…)`, `access.require(…)`; "" for anything else."""
    match node:
        case ast.Call(func=ast.Name(id=name)):
            return known.get(name, "")
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attribute)):
            return f"{known[name]}.{attribute}" if name in known else ""
    return ""


def domain() -> Iterator[Module]:
    for path in sorted((ROOT / "personalization").rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        if name != ACCESS:
            yield read(name, path.read_text())


def that_ask_nobody(modules: list[Module]) -> list[str]:
    """The views from which no call leads to one of ASKS."""
    calls = {f"{m.name}.{function}": called for m in modules for function, called in m.calls.items()}
    views = [f"{m.name}.{view}" for m in modules for view in m.views]
    return [view for view in views if not reaches(view, calls)]


def reaches(start: str, calls: dict[str, set[str]]) -> bool:
    seen, waiting = set(), [start]
    while waiting:
        name = waiting.pop()
        if name in ASKS:
            return True
        if name not in seen:
            seen.add(name)
            waiting.extend(calls.get(name, ()))
    return False


def test_every_view_asks_who_it_is() -> None:
    modules = [module for module in domain() if module.name != OPEN]
    assert sum(len(m.views) for m in modules) >= 35
    assert that_ask_nobody(modules) == []


@pytest.mark.parametrize(
    ("body", "asks"),
    [
        ("access.require_teacher(course_id)", True),
        ("me = access.me_in(course_id)", True),
        ("mine(course_id)", True),
        ("page = access.course(course_id)", False),
        ("return find(course_id)", False),
        ("return access.require_teacher", False),
        ("nobody(course_id)", False),
    ],
)
def test_a_view_that_does_not_ask_is_found(body: str, asks: bool) -> None:
    source = f"""
from personalization.people import access
from personalization.people.access import find

@bp.get("/courses/<int:course_id>/secrets")
def secrets(course_id):
    {body}

def mine(course_id):
    return access.require_student(course_id)

def nobody(course_id):
    return course_id
"""
    module = read("personalization.secrets", source)
    assert module.views == ["secrets"]
    assert (that_ask_nobody([module]) == []) is asks
