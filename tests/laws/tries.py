"""Every closed address with every row of the little world in it, and who may ask it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from flask import Flask

from tests.laws.endpoints import CLOSED
from tests.laws.world import World

KINDS = (
    "teacher",
    "assistant",
    "designer",
    "observer",
    "administrator",
    "both",
    "classmate",
    "tester",
    "left",
    "other_teacher",
    "other_school_teacher",
)
# Rows of these students stand for all of them, where trying each would only take longer.
SOME = ("writing", "submitted", "working", "handed in", "released", "refused")
# What the table says is for students means those of the course, and the row's own; "both" is a teacher today.
LIKE = {"tester": "classmate", "both": "teacher"}
UNSENT = {"working", "again", "saved"}  # whose newest go is a draft


@dataclass(frozen=True)
class Try:
    """One address with real ids in it. `row`: the student whose row it names, or the activity; "" for the course."""

    endpoint: str
    method: str
    address: str
    row: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.address} ({self.endpoint} {self.row})"


def tries(app: Flask, world: World, only: Collection[str] = CLOSED, rows: Collection[str] = SOME) -> Iterator[Try]:
    """Those of the endpoints `only`, with the rows of the students `rows`."""
    urls = app.url_map.bind("localhost")
    for name in only:
        for row, values in _ids(world, CLOSED[name].rule).items():
            if row in rows or row not in world.students:
                for method in CLOSED[name].methods.split():
                    yield Try(name, method, urls.build(name, values), row)


def _ids(world: World, rule: str) -> Mapping[str, Mapping[str, object]]:
    """{row: the values of a rule's arguments}."""
    if "<key>" in rule:
        return {who: {"key": key, "name": name} for who, (key, name) in world.files.items()}
    if "evidence_id" in rule:
        pond = world.activities["pond"]
        return {who: {"activity_id": pond, "evidence_id": row} for who, row in world.evidence.items()}
    if "student_id" in rule:
        pond = world.activities["pond"]
        return {"student": {"student_id": world.cast.student.id, "activity_id": pond}}
    if "activity_id" in rule:
        return {name: {"activity_id": row} for name, row in world.activities.items()}
    if rule.endswith("/same"):
        return {"left": {"person_id": world.people["left"].id}}
    if "person_id" in rule:
        return {who: {"person_id": member.id} for who, member in world.students.items()}
    if "banked_id" in rule:
        return {"": {"course_id": world.cast.course_id, "banked_id": world.banked[0]}}
    if "option_id" in rule:
        return {"": {"option_id": world.options[0]}}
    if "course_id" in rule:
        return {"": {"course_id": world.cast.course_id}}
    kind = next(kind for kind in ("choice", "proposal", "submission", "score") if f"{kind}_id" in rule)
    return {who: {f"{kind}_id": row} for who, row in getattr(world, f"{kind}s").items()}


def may(kind: str, one: Try) -> bool:
    """Whether an address is for someone of this kind; "student" is whose row it names.

    What a student has not handed in yet is nobody else's to look at.
    """
    if one.endpoint == "submission.file" and one.row == "working" and kind != "student":
        return False
    return bool({kind, LIKE.get(kind, kind)} & CLOSED[one.endpoint].who)
