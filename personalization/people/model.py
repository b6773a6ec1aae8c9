"""A course and the people in it. LTI's contexts, users and memberships are translated into these at the door
(people/roster.py, arrival.py); nothing else in the domain knows them."""

from __future__ import annotations

import hashlib
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.audit import ONCE
from engine.db import text_enum
from engine.tenant import Tenanted


class Role(StrEnum):
    """What a person is in one course. LTI's Instructor, Learner and Mentor are translated at the door."""

    TEACHER = "teacher"
    ASSISTANT = "assistant"
    DESIGNER = "designer"
    STUDENT = "student"
    OBSERVER = "observer"
    ADMINISTRATOR = "administrator"


class Rhythm(StrEnum):
    """How often somebody has mail from a course."""

    EACH = "each"  # students: as it happens
    DAILY = "daily"  # staff: a digest in the morning, if something waits
    WEEKLY = "weekly"
    OFF = "off"


class Course(Tenanted):
    """A course as teachers know it. `zone` is the IANA zone that its dates are meant in."""

    __tablename__ = "course"
    __tenant_of__ = "context_id"
    __table_args__ = ONCE

    id: Mapped[int] = mapped_column(primary_key=True)
    context_id: Mapped[int] = mapped_column(ForeignKey("context.id"), unique=True)
    title: Mapped[str] = mapped_column(String(255), default="")
    label: Mapped[str] = mapped_column(String(255), default="")
    lms: Mapped[str] = mapped_column(String(40), default="")
    zone: Mapped[str] = mapped_column(String(64), default="UTC")
    people: Mapped[list[Person]] = relationship(back_populates="course", order_by="Person.sort_name")

    @property
    def name(self) -> str:
        return self.title or self.label

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @property
    def students(self) -> list[Person]:
        """Who counts: students still in the course, without test students."""
        return [p for p in self.people if p.role is Role.STUDENT and not p.is_test and p.left_at is None]


class Person(Tenanted):
    """A user in one course. `roles` are all roles they hold there, `role` the one they act in."""

    __tablename__ = "person"
    __tenant_of__ = "course_id"
    __table_args__ = (
        UniqueConstraint("course_id", "user_id"),
        CheckConstraint(
            "(away_since IS NULL) = (back_at IS NULL) AND (away_since IS NULL OR away_since <= back_at)", name="absence"
        ),
        CheckConstraint("news_seen_id >= 0", name="news"),
        ONCE,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    course: Mapped[Course] = relationship(back_populates="people")
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    role: Mapped[Role] = mapped_column(text_enum(Role))
    roles: Mapped[list[str]] = mapped_column(default=list)
    # Whoever both teaches and learns here is asked which it is today; an answer stands until they change it.
    role_chosen: Mapped[bool] = mapped_column(default=False)
    given_name: Mapped[str] = mapped_column(String(255), default="")
    full_name: Mapped[str] = mapped_column(String(255), default="")
    sort_name: Mapped[str] = mapped_column(String(255), default="")
    zone: Mapped[str | None] = mapped_column(String(64))
    is_test: Mapped[bool] = mapped_column(default=False)
    mentees: Mapped[list[str]] = mapped_column(default=list)
    in_sections: Mapped[list[PersonSection]] = relationship(
        cascade="all, delete-orphan", order_by="PersonSection.section"
    )
    # The LMS lets some who answer and mark see their own sections only, and so do we.
    sees_only_sections: Mapped[bool] = mapped_column(default=False, server_default=false())
    first_seen_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    # The last absence of somebody who came back: from when the class list missed them until it named them again.
    away_since: Mapped[datetime | None]
    back_at: Mapped[datetime | None]
    # Up to which event of the histories they have seen the news; how they want mail, None as long as they said nothing;
    # when the last digest for them was thought of, sent or not.
    news_seen_id: Mapped[int] = mapped_column(default=0, server_default="0")
    mail_rhythm: Mapped[Rhythm | None] = mapped_column(text_enum(Rhythm))
    digest_at: Mapped[datetime | None]
    # Since when this is nobody any more: they were erased, and what they did for others still says that somebody did.
    erased_at: Mapped[datetime | None]

    @property
    def name(self) -> str:
        """The full name; where the LMS gives none, a name that stays the same: "Student 7F3C"."""
        if self.full_name:
            return self.full_name
        if self.erased_at is not None:
            return self._former_name
        mark = hashlib.sha256(f"person {self.course_id} {self.user_id}".encode()).hexdigest()[:4].upper()
        return f"{self.role.value.capitalize()} {mark}"

    @property
    def _former_name(self) -> str:
        if self.role in {Role.TEACHER, Role.DESIGNER}:
            return _("A former teacher")
        return _("A former assistant") if self.role is Role.ASSISTANT else _("Somebody who was here")

    @property
    def short_name(self) -> str:
        """What one says: a student's given name, a grown-up's whole name, since no LMS tells how they are addressed."""
        return (self.given_name if self.is_student else "") or self.name

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone) if self.zone else self.course.tz

    def came_for(self, date: datetime | None) -> datetime:
        """When they came, as it counts for a date: first seen, or back, where they were away while it passed."""
        return came_for(date, self.first_seen_at, self.away_since, self.back_at)

    @property
    def sections(self) -> frozenset[str]:
        """The LMS's ids of the sections they are in; empty where it tells none."""
        return frozenset(row.section for row in self.in_sections)

    @property
    def staff_role(self) -> Role | None:
        """The first of their roles in which they teach, assist or design here; None where they hold no such role."""
        return next((role for role in (Role.TEACHER, Role.ASSISTANT, Role.DESIGNER) if role.value in self.roles), None)

    @property
    def has_two_roles(self) -> bool:
        """Whether they learn here and are staff too, so that they have to say which it is today."""
        return self.staff_role is not None and Role.STUDENT.value in self.roles

    def act_as(self, role: Role) -> None:
        """From now on, of the two roles that they hold."""
        self.role, self.role_chosen = role, True

    @property
    def is_student(self) -> bool:
        return self.role is Role.STUDENT

    @property
    def is_in_class(self) -> bool:
        """A student who is still there, test students too; whoever assists by now is none."""
        return self.role is Role.STUDENT and self.left_at is None

    @property
    def may_teach(self) -> bool:
        """Authors, decides, marks and releases."""
        return self.role is Role.TEACHER

    @property
    def may_answer(self) -> bool:
        """Answers proposals and marks; an assistant does not author or release."""
        return self.role in {Role.TEACHER, Role.ASSISTANT}

    @property
    def may_author(self) -> bool:
        return self.role in {Role.TEACHER, Role.DESIGNER}


class PersonSection(Tenanted):
    """That somebody is in a section of their course; `section` is the LMS's own id of it."""

    __tablename__ = "person_section"
    __tenant_of__ = "person_id"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    section: Mapped[str] = mapped_column(String(255), primary_key=True)


def came_for(date: datetime | None, first_seen: datetime, away: datetime | None, back: datetime | None) -> datetime:
    """As `Person.came_for`, from what a row says of somebody."""
    if date is not None and away is not None and back is not None and away <= date < back:
        return back
    return first_seen
