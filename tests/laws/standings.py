"""Who is in the little world of the laws, where each of them stands, and when it is looked at. Plain values only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from tests.cast import NOON, Cast, Member

POND_DUE, LMS_DUE = NOON + timedelta(days=20), NOON + timedelta(days=17)  # ours, and the LMS's
# Where a student stands, and what the family is called there.
NAMES = {
    "picked": "Priya Raman",
    "writing": "Zoë Øberg",
    "submitted": "Linh Tran",
    "revising": "Kofi Mensah",
    "offered": "Mateo Ruiz",
    "sent back": "Ana Novak",
    "accepted": "Jun Sato",
    "asked": "Rio Vega",
    "consented": "Ada Quist",
    "working": "Ida Lund",
    "handed in": "Sam Okoro",
    "shown": "Tia Moss",
    "returned": "Leo Marsh",
    "again": "Uma Shah",
    "drafted": "Ola Berg",
    "ready": "Nia Cole",
    "released": "Max Weber",
    "refused": "Eli Stein",
    "changed": "Yara Aziz",
    "withdrawn": "Bo Chen",
    "excused": "Ivo Brandt",
    "closed": "Gus Moor",
    "saved": "Ines Kahn",
    "must pick": "Nils Bauer",
    "last call": "Emi Tanaka",
    "expired": "Ravi Nair",
    "unplaced": "Rosa Pike",
    "plan b": "Cleo Marin",
    "placed": "Otto Falk",
    "extended": "Lena Fuchs",
    "told": "Abel Cruz",
    "claimed": "Ewa Kos",  # by the assistant
    "change wanted": "Mina Park",  # by the student
    "change offered": "Tom Reed",  # by the teacher
}
# Whom the LMS puts into the section that one assistant, Pia Lind, is limited to; everybody else is in another.
HERS = {"submitted", "working", "handed in", "expired", "change wanted"}
OBSERVED = {"released"}  # whom Olu observes besides Amara
MOMENTS = {  # PRODUCT §4's dates of the activity fall between these
    "ideas": NOON + timedelta(hours=6),
    "answers": NOON + timedelta(days=6),
    "must pick": NOON + timedelta(days=9),
    "work": NOON + timedelta(days=12),
    "late": NOON + timedelta(days=22),
    "closed": NOON + timedelta(days=40),
}


@dataclass(frozen=True)
class World:
    """Ids by state. `activities`: "pond", where everybody is; "ways", ungraded, without own ideas and dates; "draft".

    `files` = {state: (key, name)} of the picture in each hand-in; `link` is one of the course that opens nothing yet.
    `offers` are of activities of History 8A, which the LMS says the course was copied from.
    """

    cast: Cast
    link: int
    people: dict[str, Member] = field(default_factory=dict)
    students: dict[str, Member] = field(default_factory=dict)
    activities: dict[str, int] = field(default_factory=dict)
    choices: dict[str, int] = field(default_factory=dict)
    proposals: dict[str, int] = field(default_factory=dict)
    submissions: dict[str, int] = field(default_factory=dict)
    evidence: dict[str, int] = field(default_factory=dict)
    scores: dict[str, int] = field(default_factory=dict)
    files: dict[str, tuple[str, str]] = field(default_factory=dict)
    replies: list[int] = field(default_factory=list)
    grades: dict[str, int] = field(default_factory=dict)
    agreements: dict[str, int] = field(default_factory=dict)
    changes: dict[str, int] = field(default_factory=dict)
    options: list[int] = field(default_factory=list)
    banked: list[int] = field(default_factory=list)
    offers: list[int] = field(default_factory=list)

    def person(self, kind: str) -> Member:
        """By what they are: "teacher", "classmate", "left"; by where they stand: "revising"."""
        everyone: dict[str, Member] = {**vars(self.cast), **self.people, **self.students}
        return everyone[kind]
