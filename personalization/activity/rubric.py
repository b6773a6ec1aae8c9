"""Success criteria and their levels, in versions: an agreement holds to the version it was made with."""

from __future__ import annotations

from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import CheckConstraint, ForeignKey, Numeric, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.tenant import Tenanted

LEVELS = 4


class Rubric(Tenanted):
    """One version of an activity's success criteria; the highest number is the one in force."""

    __tablename__ = "rubric"
    __tenant_of__ = "activity_id"
    __table_args__ = (
        UniqueConstraint("activity_id", "number"),
        CheckConstraint("number >= 1", name="number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id"))
    number: Mapped[int]
    criteria: Mapped[list[Criterion]] = relationship(order_by="Criterion.position", cascade="all, delete-orphan")

    def criterion(self, key: int) -> Criterion | None:
        return next((c for c in self.criteria if c.key == key), None)

    @property
    def points(self) -> Decimal:
        return sum((c.points for c in self.criteria), Decimal(0))

    def wording(self) -> list[tuple[int, str, str, list[tuple[str, Decimal]]]]:
        """What it says, for telling whether an edit changed anything."""
        return [c.wording() for c in self.criteria]

    def reword(self, criteria: list[Criterion]) -> None:
        """Take over what these say, key by key. Rows that stay are changed, not replaced: their key is unique."""
        present = {c.key: c for c in self.criteria}
        self.criteria = [present[c.key].reworded(c) if c.key in present else c for c in criteria]


class Criterion(Tenanted):
    """One success criterion. `key` is its number in the activity, the same in every version of the rubric."""

    __tablename__ = "criterion"
    __tenant_of__ = "rubric_id"
    __table_args__ = (
        UniqueConstraint("rubric_id", "key"),
        CheckConstraint("key >= 1 AND position >= 1", name="numbers"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    rubric_id: Mapped[int] = mapped_column(ForeignKey("rubric.id"))
    key: Mapped[int]
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(120))
    description: Mapped[str] = mapped_column(Text, default="")
    levels: Mapped[list[Level]] = relationship(order_by="Level.value", cascade="all, delete-orphan")

    @property
    def points(self) -> Decimal:
        """The most that can be earned here."""
        return max((level.points for level in self.levels), default=Decimal(0))

    def wording(self) -> tuple[int, str, str, list[tuple[str, Decimal]]]:
        return self.key, self.name, self.description, [(level.text, level.points) for level in self.levels]

    def reworded(self, like: Criterion) -> Criterion:
        self.position, self.name, self.description = like.position, like.name, like.description
        for mine, theirs in zip(self.levels, like.levels, strict=True):
            mine.text, mine.points = theirs.text, theirs.points
        return self

    def level(self, value: int) -> Level | None:
        return next((level for level in self.levels if level.value == value), None)


class Level(Tenanted):
    """A step of a criterion, 1 to 4, worth `points`."""

    __tablename__ = "level"
    __tenant_of__ = "criterion_id"
    __table_args__ = (
        UniqueConstraint("criterion_id", "value"),
        CheckConstraint("value BETWEEN 1 AND 4", name="value"),
        CheckConstraint("points >= 0", name="points"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    criterion_id: Mapped[int] = mapped_column(ForeignKey("criterion.id"))
    value: Mapped[int]
    text: Mapped[str] = mapped_column(Text, default="")
    points: Mapped[Decimal] = mapped_column(Numeric(8, 2))


def level_name(value: int) -> str:
    """The words for a level; one per number, so that students learn them once."""
    return [_("Starting"), _("Getting there"), _("Got it"), _("Goes further")][value - 1]


def make_criterion(
    key: int, name: str, description: str, levels: list[str], points: list[Decimal] | None = None, position: int = 0
) -> Criterion:
    """A criterion of four levels in the given words, lowest first; worth `points` each, 1 to 4 if nothing is said.

    `position` is its place in the rubric, as its key says if nothing is said.
    """
    worth = points or [Decimal(n) for n in range(1, LEVELS + 1)]
    return Criterion(
        key=key,
        position=position or key,
        name=name,
        description=description,
        levels=[Level(value=n, text=text, points=worth[n - 1]) for n, text in enumerate(levels, 1)],
    )


def generic_criteria() -> list[Criterion]:
    """Three criteria that fit most work, so that a first activity needs no rubric of its own."""
    return [
        make_criterion(1, _("Understanding"), _("You show that you understand the main ideas."), [
            _("Names some of the ideas."),
            _("Explains some ideas; others are missing or mixed up."),
            _("Explains the main ideas correctly."),
            _("Explains the main ideas and connects them to something new."),
        ]),
        make_criterion(2, _("Reasons"), _("You back up what you say with reasons or evidence."), [
            _("Says what, not why."),
            _("Gives a reason that fits in part."),
            _("Gives reasons that fit, from what was learned."),
            _("Weighs several reasons and says how sure they are."),
        ]),
        make_criterion(3, _("Clear"), _("Someone else can follow it without help."), [
            _("Hard to follow."),
            _("Can be followed with some questions."),
            _("Can be followed without help."),
            _("Is made for its audience and a pleasure to follow."),
        ]),
    ]  # fmt: skip
