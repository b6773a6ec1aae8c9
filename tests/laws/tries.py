"""Every closed address with every row of the little world in it, and who may ask it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from flask import Flask

from tests.laws.endpoints import CLOSED
from tests.laws.standings import HERS, NAMES, OBSERVED, World

KINDS = (
    "teacher",
    "assistant",
    "limited",
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
SOME = ("writing", "submitted", "working", "handed in", "released", "refused", "change wanted")
# What the table says is for students means those of the course, and the row's own; "both" is a teacher today.
LIKE = {"tester": "classmate", "both": "teacher", "limited": "assistant"}
ROWS = ("choice", "proposal", "submission", "score", "agreement", "change")  # each student's own: `world.choices`, …
OF_OBSERVED = {"accommodation.look", "notice.history", "submission.file"}  # an observer opens their own student's
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
        seen = {"student": world.cast.student, **{who: world.students[who] for who in OBSERVED}}
        return {who: {"student_id": member.id, "activity_id": pond} for who, member in seen.items()}
    if "activity_id" in rule:
        return {name: {"activity_id": row} for name, row in world.activities.items()}
    if rule.endswith("/same"):
        return {"left": {"person_id": world.people["left"].id}}
    if "person_id" in rule:
        return {who: {"person_id": member.id} for who, member in world.students.items()}
    if "banked_id" in rule:
        return {"": {"course_id": world.cast.course_id, "banked_id": world.banked[0]}}
    if "offer_id" in rule:
        return {"": {"offer_id": world.offers[0]}}
    if "option_id" in rule:
        return {"": {"option_id": world.options[0]}}
    if "course_id" in rule:
        return {"": {"course_id": world.cast.course_id}}
    kind = next(kind for kind in ROWS if f"{kind}_id" in rule)
    return {who: {f"{kind}_id": row} for who, row in getattr(world, f"{kind}s").items()}


def may(kind: str, one: Try) -> bool:
    """Whether an address is for someone of this kind; "student" is whose row it names.

    What a student has not handed in yet is nobody else's to look at, and nothing of a student of another section is
    for who is limited to one; an observer opens what their own student handed in.
    """
    if kind == "limited" and one.row in NAMES and one.row not in HERS:
        return False
    if kind == "observer" and one.endpoint in OF_OBSERVED:
        return one.row in OBSERVED
    if one.endpoint == "submission.file" and one.row in {"working", "saved"} and kind != "student":
        return False
    return bool({kind, LIKE.get(kind, kind)} & CLOSED[one.endpoint].who)
