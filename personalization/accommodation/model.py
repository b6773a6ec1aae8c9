"""What changes for one student in a course, in plain words; who may know it, and who has looked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.tenant import Tenanted
from personalization.accommodation.allowance import Allowance
from personalization.errors import BadInput, Stale
from personalization.people.model import Person, Role

OPEN_FOR = timedelta(minutes=30)  # how long one look lasts: reading a page again, or typing on it, is no second one


@dataclass(frozen=True)
class Terms:
    """What is arranged. `shown_to`: ids of assistants who know it too. `not_asked` = {activity id: criterion keys}."""

    days: int = 0
    factor: Decimal | None = None
    formats: str = ""
    demands: str = ""
    goals: str = ""
    shown_to: tuple[int, ...] = ()
    not_asked: Mapping[int, tuple[int, ...]] = field(default_factory=dict)

    @property
    def allowance(self) -> Allowance:
        return Allowance(self.days, self.factor)

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all would be different."""
        return not (self.allowance or self.formats or self.demands or self.goals or any(self.not_asked.values()))

    def as_json(self) -> dict[str, Any]:
        return {
            "days": self.days,
            "factor": None if self.factor is None else str(self.factor),
            "formats": self.formats,
            "demands": self.demands,
            "goals": self.goals,
            "shown_to": list(self.shown_to),
            "not_asked": {str(activity_id): list(keys) for activity_id, keys in self.not_asked.items()},
        }

    @classmethod
    def of_json(cls, said: Mapping[str, Any]) -> Terms:
        return cls(
            days=said["days"],
            factor=None if said["factor"] is None else Decimal(said["factor"]),
            formats=said["formats"],
            demands=said["demands"],
            goals=said["goals"],
            shown_to=tuple(said["shown_to"]),
            not_asked={int(activity_id): tuple(keys) for activity_id, keys in said["not_asked"].items()},
        )


class Accommodation(Tenanted):
    """The one of a person; a Person is one in each course. Ended, it holds nothing any more but its history.

    `shown_to`: ids of assistants. `not_asked` = {activity id as text: keys of the criteria not asked there}.
    """

    __tablename__ = "accommodation"
    __tenant_of__ = "person_id"
    __table_args__ = (CheckConstraint("days >= 0 AND (factor IS NULL OR factor >= 1)", name="takes_no_time_away"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), unique=True)
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    days: Mapped[int] = mapped_column(default=0)
    factor: Mapped[Decimal | None] = mapped_column(Numeric(4, 2))
    formats: Mapped[str] = mapped_column(Text, default="")
    demands: Mapped[str] = mapped_column(Text, default="")
    goals: Mapped[str] = mapped_column(Text, default="")
    shown_to: Mapped[list[int]] = mapped_column(default=list)
    not_asked: Mapped[dict[str, Any]] = mapped_column(default=dict)
    written_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    written_by: Mapped[Person] = relationship(foreign_keys=[written_by_id])
    written_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    row_version: Mapped[int] = mapped_column(default=1)
    changes: Mapped[list[Change]] = relationship(order_by="Change.id", cascade="all, delete-orphan")

    __mapper_args__ = {"version_id_col": row_version}

    @classmethod
    def begin(cls, person: Person, terms: Terms, by: Person, now: datetime) -> Accommodation:
        """The first arrangement of this student.

        Raises:
            BadInput: nothing in it is different.
        """
        one = cls(person=person, person_id=person.id, changes=[])
        one._put(terms, by, now)
        return one

    @property
    def terms(self) -> Terms:
        said = {name: getattr(self, name) for name in ("days", "formats", "demands", "goals", "shown_to", "not_asked")}
        return Terms.of_json(said | {"factor": self.factor})

    @property
    def in_force(self) -> bool:
        return self.ended_at is None

    @property
    def allowance(self) -> Allowance:
        """The time it gives; none once it has ended."""
        return self.terms.allowance if self.in_force else Allowance()

    def write(self, terms: Terms, seen: int, by: Person, now: datetime) -> bool:
        """Arrange it so from now on; what was before is kept. False: it is so already.

        `seen`: the `row_version` that the page showed.

        Raises:
            BadInput: nothing in it is different.
            Stale: somebody changed it meanwhile.
        """
        if self.in_force and terms == self.terms:
            return False
        self._check_seen(seen)
        before = self._as_it_was()
        self._put(terms, by, now)
        self.changes.append(Change(by=by, at=now, before=before))
        return True

    def end(self, seen: int, by: Person, now: datetime) -> bool:
        """From now on everything is as for the class. False: it had ended before.

        Raises:
            Stale: somebody changed it meanwhile.
        """
        if not self.in_force:
            return False
        self._check_seen(seen)
        self.changes.append(Change(by=by, at=now, before=self._as_it_was()))
        self.ended_at, self.written_by, self.written_at = now, by, now
        return True

    def may_be_read_by(self, me: Person) -> bool:
        """Teachers, and the assistants named in it while it holds. Sections are people/access.py's to ask; the student
        and who observes them have a page of their own."""
        named = me.role is Role.ASSISTANT and me.id in self.shown_to and self.in_force
        return me.course_id == self.person.course_id and (me.may_teach or named)

    def _put(self, terms: Terms, by: Person, now: datetime) -> None:
        if terms.is_empty:
            raise BadInput(_("Nothing is different yet"), now=_("Say at least one thing that is, or end it below."))
        for name, value in terms.as_json().items():
            setattr(self, name, terms.factor if name == "factor" else value)
        self.written_by, self.written_at, self.ended_at = by, now, None

    def _as_it_was(self) -> dict[str, Any]:
        ended = self.ended_at.isoformat() if self.ended_at else None
        return self.terms.as_json() | {"ended_at": ended}

    def _check_seen(self, seen: int) -> None:
        if seen != self.row_version:
            raise Stale(
                _("%(name)s changed this while you were reading", name=self.written_by.name),
                _("Yours was not saved. What you typed is below, and how it stands now is above it."),
                now=_("Look at both, then save again."),
            )


class Change(Tenanted):
    """Who changed it, when; `before` is what it said until then, as `Terms.as_json` with `ended_at`."""

    __tablename__ = "accommodation_change"
    __tenant_of__ = "accommodation_id"

    id: Mapped[int] = mapped_column(primary_key=True)
    accommodation_id: Mapped[int] = mapped_column(ForeignKey("accommodation.id"), index=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    by: Mapped[Person] = relationship()
    at: Mapped[datetime]
    before: Mapped[dict[str, Any]]

    @property
    def terms(self) -> Terms:
        return Terms.of_json(self.before)


class Look(Tenanted):
    """Somebody other than the student has read it. `page`: "page", "list" or "observer"."""

    __tablename__ = "accommodation_look"
    __tenant_of__ = "accommodation_id"
    __table_args__ = (Index("ix_accommodation_look_whose", "accommodation_id", "by_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    accommodation_id: Mapped[int] = mapped_column(ForeignKey("accommodation.id"))
    accommodation: Mapped[Accommodation] = relationship()
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    by: Mapped[Person] = relationship()
    at: Mapped[datetime]
    page: Mapped[str] = mapped_column(String(20))
