"""Launches under way, and what was used up by those that arrived."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from demo.base import Base
from demo.store import Activity, Course, Person, Tool


class Ticket(Base):
    """A launch under way: what `lti_message_hint`, or a deep-linking return URL, stands for. Good once."""

    __tablename__ = "ticket"
    key: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    tool_id: Mapped[int] = mapped_column(ForeignKey("tool.id"))
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    activity_id: Mapped[int | None] = mapped_column(ForeignKey("activity.id"))
    target: Mapped[str]
    made_at: Mapped[datetime]
    spent_at: Mapped[datetime | None]
    person: Mapped[Person] = relationship()
    tool: Mapped[Tool] = relationship()
    course: Mapped[Course] = relationship()
    activity: Mapped[Activity | None] = relationship()
    review: Mapped[Review | None] = relationship(back_populates="ticket")


class Review(Base):
    """Whose work a launch from the gradebook is to show."""

    __tablename__ = "review"
    ticket_key: Mapped[str] = mapped_column(ForeignKey("ticket.key"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    ticket: Mapped[Ticket] = relationship(back_populates="review")
    person: Mapped[Person] = relationship()


class Spent(Base):
    """A `jti` or nonce that a tool has used: the primary key refuses the second use."""

    __tablename__ = "spent"
    client_id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
