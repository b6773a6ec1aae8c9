"""Whose name a page may say to whom."""

from __future__ import annotations

import re

from tests.laws.standings import HERS, NAMES, OBSERVED, World

SEES_EVERYBODY = {"teacher", "assistant", "both"}


def strangers(world: World, kind: str) -> list[str]:
    """The students whose names nobody of this kind may read, by the whole name."""
    if kind in SEES_EVERYBODY:
        return []
    mine = {"limited": HERS, "observer": OBSERVED}.get(kind, {kind})
    edge = {"student": world.cast.student, "classmate": world.cast.classmate, "tester": world.people["tester"]}
    found = [name for standing, name in NAMES.items() if standing not in mine]
    found += [who.name for of, who in edge.items() if of != kind]
    return [name for name in found if not (kind == "observer" and name == world.cast.student.name)]


def named(text: str, names: list[str]) -> list[str]:
    """Those of whom this text says the whole name, or the given name as a word of its own."""
    given = {name: name.split()[0] for name in names}
    there = (name for name in names if given[name] in text)  # to look for each as a word costs thirty times as much
    return [name for name in there if name in text or re.search(rf"\b{re.escape(given[name])}\b", text)]
