"""What Riverbend School remembers: people, courses, tools, activities, grades."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from demo.base import Base, Manner, Role


class Person(Base):
    """`uuid` is the subject of Canvas launches, `legacy_id` (40 hex) its login hint; Moodle uses the number."""

    __tablename__ = "person"
    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[str] = mapped_column(unique=True)
    legacy_id: Mapped[str] = mapped_column(unique=True)
    given_name: Mapped[str]
    family_name: Mapped[str]
    email: Mapped[str | None]
    locale: Mapped[str] = mapped_column(default="en")
    zone: Mapped[str] = mapped_column(default="America/Chicago")
    administrator: Mapped[bool] = mapped_column(default=False)
    enrolments: Mapped[list[Enrolment]] = relationship(back_populates="person", foreign_keys="Enrolment.person_id")

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()


class Course(Base):
    """`beginning` is what the front page says of it once it has an activity, `sourced_id` its number in the school's
    records."""

    __tablename__ = "course"
    id: Mapped[int] = mapped_column(primary_key=True)
    manner: Mapped[Manner]
    title: Mapped[str]
    label: Mapped[str]
    context_id: Mapped[str] = mapped_column(unique=True)
    beginning: Mapped[str]
    zone: Mapped[str] = mapped_column(default="America/Chicago")
    enrolments: Mapped[list[Enrolment]] = relationship(back_populates="course", order_by="Enrolment.id")
    activities: Mapped[list[Activity]] = relationship(back_populates="course", order_by="Activity.id")
    columns: Mapped[list[Column]] = relationship(back_populates="course", order_by="Column.id")
    copied: Mapped[Copied | None] = relationship(back_populates="course", foreign_keys="Copied.course_id")

    @property
    def history(self) -> str:
        """The context ids of the courses that it was copied from, the newest first, as both LMSs write them."""
        origin = self.copied.origin if self.copied else None
        return ",".join(filter(None, [origin.context_id, origin.history])) if origin else ""

    @property
    def sourced_id(self) -> str:
        return f"{self.label}-26"


class Copied(Base):
    """That a course was copied from another; `begins_at` where Moodle was told."""

    __tablename__ = "copied"
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), primary_key=True)
    origin_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    begins_at: Mapped[datetime | None]
    course: Mapped[Course] = relationship(back_populates="copied", foreign_keys=[course_id])
    origin: Mapped[Course] = relationship(foreign_keys=[origin_id])


class Enrolment(Base):
    """`limited` people see only their own section; an observer has `observes`."""

    __tablename__ = "enrolment"
    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    role: Mapped[Role]
    section: Mapped[str] = mapped_column(default="")
    limited: Mapped[bool] = mapped_column(default=False)
    observes_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    course: Mapped[Course] = relationship(back_populates="enrolments")
    person: Mapped[Person] = relationship(back_populates="enrolments", foreign_keys=[person_id])
    observes: Mapped[Person | None] = relationship(foreign_keys=[observes_id])


class Tool(Base):
    """One registration: made by dynamic registration, used by every course of its manner."""

    __tablename__ = "tool"
    id: Mapped[int] = mapped_column(primary_key=True)
    manner: Mapped[Manner]
    client_id: Mapped[str] = mapped_column(unique=True)
    deployment_id: Mapped[str]
    name: Mapped[str]
    domain: Mapped[str]
    login_url: Mapped[str]
    target_link_uri: Mapped[str]
    deep_link_uri: Mapped[str]
    jwks_uri: Mapped[str]
    redirect_uris: Mapped[list[str]]
    scopes: Mapped[list[str]]
    claims: Mapped[list[str]]
    custom: Mapped[dict[str, Any]]

    @property
    def origin(self) -> str:
        return "/".join(self.login_url.split("/", 3)[:3])


class Invitation(Base):
    """A registration token: good for one tool, once."""

    __tablename__ = "invitation"
    token: Mapped[str] = mapped_column(primary_key=True)
    manner: Mapped[Manner]
    tool_url: Mapped[str]
    made_at: Mapped[datetime]
    spent_at: Mapped[datetime | None]


class Renewal(Base):
    """A registration token that renews a tool instead of adding one."""

    __tablename__ = "renewal"
    token: Mapped[str] = mapped_column(ForeignKey("invitation.token"), primary_key=True)
    tool_id: Mapped[int] = mapped_column(ForeignKey("tool.id"))
    tool: Mapped[Tool] = relationship()


class Activity(Base):
    """A resource link on a course page. `resource_link_id` differs by manner: a UUID, or a number as text."""

    __tablename__ = "activity"
    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    tool_id: Mapped[int] = mapped_column(ForeignKey("tool.id"))
    resource_link_id: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    text: Mapped[str] = mapped_column(default="")
    url: Mapped[str]
    custom: Mapped[dict[str, Any]]
    opens_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    locks_at: Mapped[datetime | None]
    course: Mapped[Course] = relationship(back_populates="activities")
    tool: Mapped[Tool] = relationship()
    columns: Mapped[list[Column]] = relationship(back_populates="activity", order_by="Column.id")
    extensions: Mapped[list[Extension]] = relationship(cascade="all, delete-orphan")

    def due_for(self, person: Person) -> datetime | None:
        for extension in self.extensions:
            if extension.person_id == person.id:
                return extension.due_at
        return self.due_at


class Extension(Base):
    """One person's own due date for one activity."""

    __tablename__ = "extension"
    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    due_at: Mapped[datetime]


class Column(Base):
    """A gradebook column; a line item, says LTI-AGS. `coupled`: it came with its activity, not by AGS."""

    __tablename__ = "column"
    __table_args__ = {"sqlite_autoincrement": True}  # a deleted column's number, its address, never comes again
    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    tool_id: Mapped[int] = mapped_column(ForeignKey("tool.id"))
    activity_id: Mapped[int | None] = mapped_column(ForeignKey("activity.id"))
    label: Mapped[str]
    maximum: Mapped[float]
    resource_id: Mapped[str] = mapped_column(default="")
    tag: Mapped[str] = mapped_column(default="")
    coupled: Mapped[bool] = mapped_column(default=False)
    course: Mapped[Course] = relationship(back_populates="columns")
    tool: Mapped[Tool] = relationship()
    activity: Mapped[Activity | None] = relationship(back_populates="columns")
    cells: Mapped[list[Cell]] = relationship(back_populates="column", cascade="all, delete-orphan")


class Cell(Base):
    """One person in one column. `sent` is what the tool last gave, `score` what people see (a teacher may differ).
    `scored_at` is the timestamp of the last score that counted."""

    __tablename__ = "cell"
    __table_args__ = (UniqueConstraint("column_id", "person_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    column_id: Mapped[int] = mapped_column(ForeignKey("column.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    score: Mapped[float | None]
    sent: Mapped[float | None]
    by_hand: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(default="not handed in")
    scored_at: Mapped[datetime | None]
    submitted_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    submission_type: Mapped[str] = mapped_column(default="")
    submission_data: Mapped[str] = mapped_column(default="")
    column: Mapped[Column] = relationship(back_populates="cells")
    person: Mapped[Person] = relationship()
    comments: Mapped[list[Comment]] = relationship(cascade="all, delete-orphan", order_by="Comment.id")

    @property
    def late(self) -> bool:
        due = self.column.activity.due_for(self.person) if self.column.activity else None
        return bool(due and self.submitted_at and self.submitted_at > due)


class Comment(Base):
    __tablename__ = "comment"
    id: Mapped[int] = mapped_column(primary_key=True)
    cell_id: Mapped[int] = mapped_column(ForeignKey("cell.id"))
    text: Mapped[str]


class ReceivedScore(Base):
    """Every score message as it came, refused ones too: the teacher's gradebook shows the end, this shows the way."""

    __tablename__ = "received_score"
    id: Mapped[int] = mapped_column(primary_key=True)
    column_id: Mapped[int]
    at: Mapped[datetime]
    body: Mapped[dict[str, Any]]
    status: Mapped[int]


class NoticeHandler(Base):
    """Where a tool wants to be told of one kind of thing (LTI Platform Notification Service 1.0)."""

    __tablename__ = "notice_handler"
    tool_id: Mapped[int] = mapped_column(ForeignKey("tool.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    url: Mapped[str]
