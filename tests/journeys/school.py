"""What the school's office does meanwhile: somebody comes, goes, or comes back."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from demo.base import Role
from demo.roster import newcomer
from demo.run import Demo
from demo.store import Course, Enrolment, Person


class Office:
    """The enrolments of one course."""

    def __init__(self, demo: Demo, course: str) -> None:
        self._demo, self._course = demo, course

    def enrol(self, name: str, role: Role = Role.STUDENT) -> None:
        """Somebody who was not at the school before."""
        with Session(self._demo.school.engine) as session, session.begin():
            newcomer(session, self._found(session), name, role)

    def drop(self, name: str) -> None:
        """They leave the course; the school still knows them."""
        with Session(self._demo.school.engine) as session, session.begin():
            given, _space, family = name.partition(" ")
            session.delete(
                session.scalars(
                    select(Enrolment)
                    .join(Enrolment.course)
                    .join(Enrolment.person)
                    .where(Course.title == self._course, Person.given_name == given, Person.family_name == family)
                ).one()
            )

    def take_back(self, name: str) -> None:
        """They are a student of the course again."""
        with Session(self._demo.school.engine) as session, session.begin():
            given, _space, family = name.partition(" ")
            person = session.scalars(
                select(Person).where(Person.given_name == given, Person.family_name == family)
            ).one()
            course = self._found(session)
            course.enrolments.append(Enrolment(person=person, role=Role.STUDENT, section="Period 3"))

    def _found(self, session: Session) -> Course:
        return session.scalars(select(Course).where(Course.title == self._course)).one()
