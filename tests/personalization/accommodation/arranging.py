"""Arranging something for a student without the page, and pressing the page's buttons."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from engine.db import db
from personalization.accommodation.finding import accommodation_of
from personalization.accommodation.model import Accommodation, Look, Terms
from personalization.people.model import Person
from tests.cast import NOON, Member
from tests.personalization.pressing import press

AUDIO = "Gets the texts read aloud."
FORM = {
    "seen": "0",
    "time": "half",
    "days": "",
    "factor": "",
    "formats": AUDIO,
    "demands": "",
    "goals": "Asks for help once a lesson.",
    "do": "save",
}


def arrange(student: Member, by: Member, **terms: Any) -> int:
    """Something is arranged, if nothing else is said two days more and audio, and nobody has looked yet; its id."""
    person, teacher = db.session.get_one(Person, student.id), db.session.get_one(Person, by.id)
    one = Accommodation.begin(person, Terms(**(terms or {"days": 2, "formats": AUDIO})), teacher, NOON)
    db.session.add(one)
    db.session.flush()
    return one.id


def page(student: Member) -> str:
    return f"/people/{student.id}/accommodation"


def save(client: FlaskClient, student: Member, **fields: Any) -> TestResponse:
    return press(client, page(student), {**FORM, **fields})


def look(client: FlaskClient, student: Member) -> TestResponse:
    """Press “Show them”."""
    return press(client, f"{page(student)}/looks")


def arranged(student: Member) -> Terms | None:
    """What holds for them, as the clock finds it."""
    one = accommodation_of(student.id)
    return one.terms if one is not None and one.in_force else None


def looks() -> list[tuple[int, str]]:
    """[(who, at which page)] of every look, in their order."""
    return [(by, page) for by, page in db.session.execute(select(Look.by_id, Look.page).order_by(Look.id))]
