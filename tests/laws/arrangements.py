"""What is arranged for some of the little world: one that the teacher has open, one that nobody has looked at, one that
has ended, one with fewer demands."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from engine.db import db
from personalization.accommodation.model import Accommodation, Look, Terms
from personalization.choice.keeping import retime
from personalization.people.model import Person
from tests.cast import NOON, Cast, Member

REASONS = 2  # a criterion's key
OPEN, UNSEEN, ENDED, LESS = "picked", "offered", "submitted", "drafted"  # whose they are, by where they stand


def arrange(cast: Cast, students: dict[str, Member], pond: int, opened_at: datetime) -> None:
    """`opened_at` is when the teacher opened the first."""
    teacher = db.session.get_one(Person, cast.teacher.id)
    terms = {
        students[OPEN]: Terms(
            days=2, factor=Decimal("1.5"), formats="Gets the texts read aloud.", goals="Asks for help."
        ),
        students[UNSEEN]: Terms(formats="Large print", demands="Half of the tasks"),
        students[ENDED]: Terms(factor=Decimal("1.75")),
        students[LESS]: Terms(not_asked={pond: (REASONS,)}),
        cast.student: Terms(days=1),
    }
    made = {}
    for student, said in terms.items():
        person = db.session.get_one(Person, student.id)
        made[student] = one = Accommodation.begin(person, said, teacher, NOON)
        db.session.add(one)
        db.session.flush()
        if student == students[ENDED]:
            one.end(1, teacher, NOON + timedelta(minutes=5))
        retime(person, NOON)
    db.session.add(Look(accommodation_id=made[students[OPEN]].id, by_id=teacher.id, at=opened_at, page="page"))
    db.session.flush()
