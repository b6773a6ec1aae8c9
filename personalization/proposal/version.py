"""What a proposal says, wording by wording, and what differs between two of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.tenant import Tenanted
from personalization.activity.rubric import Criterion
from personalization.people.model import Person


@dataclass(frozen=True)
class Words:
    """What one version says. `lines` = {criterion key: how it will show}; `unsure` = keys marked "not sure yet"."""

    title: str = ""
    plan: str = ""
    tool: str = ""
    message: str = ""
    lines: Mapping[int, str] | None = None
    unsure: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Part:
    """One part of a version beside the same part of the one before.

    `field` is its form field; `key` its criterion's, None for title, plan and tool.
    """

    field: str
    name: str
    old: str
    new: str
    key: int | None = None
    unsure: bool = False

    @property
    def changed(self) -> bool:
        return self.old != self.new


DRAFT = text("sent_at is null")


class Version(Tenanted):
    """One wording of a proposal, by the student or (an offer) by the teacher; a draft until `sent_at`."""

    __tablename__ = "proposal_version"
    __tenant_of__ = "proposal_id"
    __table_args__ = (
        UniqueConstraint("proposal_id", "number"),
        Index("uq_proposal_version_one_draft", "proposal_id", unique=True, sqlite_where=DRAFT, postgresql_where=DRAFT),
        CheckConstraint("number >= 1", name="number"),
        CheckConstraint("sent_at IS NULL OR saved_at <= sent_at", name="sent_as_saved"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(255), default="")
    plan: Mapped[str] = mapped_column(Text, default="")
    tool: Mapped[str] = mapped_column(String(255), default="")
    message: Mapped[str] = mapped_column(Text, default="")
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    by: Mapped[Person] = relationship()
    saved_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    lines: Mapped[list[Line]] = relationship(order_by="Line.criterion_key", cascade="all, delete-orphan")

    @classmethod
    def of(cls, number: int, words: Words, by: Person, now: datetime) -> Version:
        version = cls(number=number, lines=[])
        version.write(words, by, now)
        return version

    def write(self, words: Words, by: Person, now: datetime) -> None:
        self.title, self.plan, self.tool, self.message = words.title, words.plan, words.tool, words.message
        self.by, self.saved_at = by, now
        kept = {line.criterion_key: line for line in self.lines}
        keys = sorted({*(words.lines or {}), *words.unsure})
        self.lines = [kept.get(key) or Line(criterion_key=key) for key in keys]
        for line in self.lines:
            line.text = (words.lines or {}).get(line.criterion_key, "")
            line.unsure = line.criterion_key in words.unsure

    def line(self, criterion_key: int) -> str:
        return next((x.text for x in self.lines if x.criterion_key == criterion_key), "")

    def is_unsure(self, criterion_key: int) -> bool:
        return any(x.unsure for x in self.lines if x.criterion_key == criterion_key)

    def words(self, message: str = "") -> Words:
        """What it says, for comparing and for copying into the next version."""
        return Words(
            title=self.title,
            plan=self.plan,
            tool=self.tool,
            message=message,
            lines={x.criterion_key: x.text for x in self.lines},
            unsure=frozenset(x.criterion_key for x in self.lines if x.unsure),
        )

    def parts(self, before: Version | None, criteria: Sequence[Criterion]) -> list[Part]:
        """Plan, tool and each criterion, beside what `before` said; without one nothing counts as changed."""
        older = before or self
        return [
            Part("title", _("Title"), older.title, self.title),
            Part("plan", _("Plan"), older.plan, self.plan),
            Part("tool", _("With"), older.tool, self.tool),
            *(
                Part(line_name(c.key), c.name, older.line(c.key), self.line(c.key), c.key, self.is_unsure(c.key))
                for c in criteria
            ),
        ]


class Line(Tenanted):
    """How one criterion will show, in the proposer's words, or that they are not sure yet."""

    __tablename__ = "proposal_line"
    __tenant_of__ = "version_id"
    __table_args__ = (
        UniqueConstraint("version_id", "criterion_key"),
        CheckConstraint("criterion_key >= 1", name="criterion"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("proposal_version.id"))
    criterion_key: Mapped[int]
    text: Mapped[str] = mapped_column(Text, default="")
    unsure: Mapped[bool] = mapped_column(default=False)


def line_name(key: int) -> str:
    """The form field of a criterion's line."""
    return f"criterion-{key}"


def unsure_name(key: int) -> str:
    """The form field of a criterion's "not sure yet"."""
    return f"unsure-{key}"


def words_missing(words: Words, criteria: Sequence[Criterion]) -> dict[str, str]:
    """What a version still lacks before it can be sent: {form field: sentence}."""
    problems = {}
    if not words.title.strip():
        problems["title"] = _("Give your idea a name.")
    if not words.plan.strip():
        problems["plan"] = _("Say what you will make or do.")
    lines = words.lines or {}
    for criterion in criteria:
        if not lines.get(criterion.key, "").strip() and criterion.key not in words.unsure:
            problems[line_name(criterion.key)] = _(
                "“%(name)s” has no line yet. Say where it shows, or tick “Not sure yet”.", name=criterion.name
            )
    return problems
