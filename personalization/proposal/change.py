"""Changing what two agreed: one side asks, the other agrees or declines; the old agreement holds until then.

No clock ends an agreement, and nothing is asked once the work is handed in.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db import some, text_enum
from engine.tenant import Tenanted
from personalization.activity.rubric import Criterion
from personalization.errors import BadInput, Refused, Stale, must_say_why
from personalization.people.model import Person
from personalization.proposal.agreement import Agreement
from personalization.proposal.model import Version, Words
from personalization.proposal.version import words_missing


class State(StrEnum):
    ASKED = "asked"
    AGREED = "agreed"
    DECLINED = "declined"
    TAKEN_BACK = "taken back"


class AgreementChange(Tenanted):
    """A new text for an agreement. `lines` = {criterion key as text: how it will show}, `unsure` the keys left open."""

    __tablename__ = "agreement_change"
    __tenant_of__ = "agreement_id"
    __table_args__ = (
        Index(
            "uq_agreement_change_one_open",
            "agreement_id",
            unique=True,
            sqlite_where=text("state = 'asked'"),
            postgresql_where=text("state = 'asked'"),
        ),
        CheckConstraint(
            "(state = 'asked') = (answered_at IS NULL) AND (state = 'asked') = (answered_by_id IS NULL)",
            name="answered",
        ),
        some("ix_agreement_change_answered_by_id", "answered_by_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"), index=True)
    agreement: Mapped[Agreement] = relationship()
    state: Mapped[State] = mapped_column(text_enum(State))
    title: Mapped[str] = mapped_column(String(255))
    plan: Mapped[str] = mapped_column(Text)
    tool: Mapped[str] = mapped_column(String(255), default="")
    lines: Mapped[dict[str, Any]]
    unsure: Mapped[list[int]]
    reason: Mapped[str] = mapped_column(Text)
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    asked_by: Mapped[Person] = relationship(foreign_keys=[asked_by_id])
    asked_at: Mapped[datetime]
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    answered_by: Mapped[Person | None] = relationship(foreign_keys=[answered_by_id])
    answered_at: Mapped[datetime | None]
    row_version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": row_version}

    @classmethod
    def ask(
        cls,
        agreement: Agreement,
        latest: AgreementChange | None,
        words: Words,
        criteria: Sequence[Criterion],
        by: Person,
        now: datetime,
    ) -> AgreementChange:
        """Ask the other side for another text; the same asked twice by the same person is asked once.

        `latest`: the newest change of this agreement.

        Raises:
            BadInput: nothing is changed, no reason is given, or the text is not whole.
            Refused: the work is handed in, the agreement has ended, another change waits for an answer, or the student
                is excused or has left.
        """
        if latest is not None and latest.is_open:
            if latest.asked_by_id == by.id and latest.words() == words:
                return latest
            raise Refused(_("A change waits for an answer already"), now=_("Settle that one first."), kept=words.plan)
        _must_hold(agreement, words.plan)
        _must_say_something_else(agreement, words, criteria)
        change = cls(
            agreement=agreement,
            state=State.ASKED,
            title=words.title,
            plan=words.plan,
            tool=words.tool,
            lines={str(key): line for key, line in (words.lines or {}).items()},
            unsure=sorted(words.unsure),
            reason=words.message.strip(),
            asked_by_id=by.id,
            asked_by=by,
            asked_at=now,
            answer="",
        )
        agreement.choice.note("change asked", by, now, title=words.title, reason=change.reason)
        return change

    @property
    def is_open(self) -> bool:
        return self.state is State.ASKED

    def words(self) -> Words:
        return Words(
            title=self.title,
            plan=self.plan,
            tool=self.tool,
            message=self.reason,
            lines={int(key): line for key, line in self.lines.items()},
            unsure=frozenset(self.unsure),
        )

    def may_answer(self, who: Person) -> bool:
        """Whether it is theirs to answer: the student what a teacher asked, whoever answers what the student asked."""
        return self.is_open and (who.is_student if self.asked_by.may_answer else who.may_answer)

    def agree(self, by: Person, now: datetime) -> bool:
        """End the old agreement; `renewed` makes the new one after that is written down. False: agreed so before.

        Raises:
            Refused: it is not theirs to answer, or nothing may be asked any more, as `ask`.
            Stale: it was settled otherwise.
        """
        if self.state is State.AGREED:
            return False
        self._answer(State.AGREED, "", by, now)
        _must_hold(self.agreement)
        self.agreement.ended_at = now
        self.agreement.option.archived_at = now
        return True

    def renewed(self, by: Person, now: datetime) -> Agreement:
        """The new agreement: this text, the rubric of the old one."""
        old = self.agreement
        choice, idea = old.choice, old.proposal
        version = Version.of(idea.versions[-1].number + 1, self.words(), self.asked_by, self.asked_at)
        version.sent_at = self.asked_at
        idea.versions.append(version)
        choice.note("change agreed", by, now, title=version.title)
        return Agreement.on(idea, version, old.rubric, by, now)

    def decline(self, answer: str, by: Person, now: datetime) -> None:
        """The old agreement holds on. Twice is once.

        Raises:
            BadInput: no reason was given.
            Refused, Stale: as `agree`.
        """
        must_say_why(answer, self.asked_by.short_name)
        if self.state is State.DECLINED:
            return
        self._answer(State.DECLINED, answer.strip(), by, now)
        self.agreement.choice.note("change declined", by, now, title=self.title, reason=self.answer)

    def take_back(self, by: Person, now: datetime) -> None:
        """Whoever asked does not ask any more. Twice is once.

        Raises:
            Refused: somebody else asked.
            Stale: it was settled otherwise.
        """
        if self.state is State.TAKEN_BACK:
            return
        if self.asked_by.is_student is not by.is_student:
            raise Refused(_("This is not yours to take back"), now=_("Agree, or decline it with a reason."))
        self._must_be_open()
        self.state, self.answered_by, self.answered_at = State.TAKEN_BACK, by, now
        self.agreement.choice.note("change taken back", by, now, title=self.title)

    def _answer(self, state: State, answer: str, by: Person, now: datetime) -> None:
        self._must_be_open(answer)
        if not self.may_answer(by):
            raise Refused(_("The other side answers this"), now=_("You can take it back."), kept=answer)
        self.state, self.answer, self.answered_by, self.answered_at = state, answer, by, now

    def _must_be_open(self, kept: str = "") -> None:
        if not self.is_open:
            raise Stale(
                _("This change was settled already"),
                _("Nothing was changed twice."),
                now=_("Look at it as it stands now."),
                kept=kept,
            )


def _must_say_something_else(agreement: Agreement, words: Words, criteria: Sequence[Criterion]) -> None:
    if not words.message.strip():
        raise BadInput(_("Say why it should change"), now=_("One sentence will do."), kept=words.plan)
    if problems := words_missing(words, criteria):
        raise BadInput(next(iter(problems.values())), now=_("Finish it and ask again."), kept=words.plan)
    if words == agreement.version.words(words.message):
        raise BadInput(_("Nothing is changed in this text"), now=_("Change a line first."), kept=words.message)


def _must_hold(agreement: Agreement, kept: str = "") -> None:
    choice = agreement.choice
    if agreement.ended_at is not None:
        raise Refused(_("This agreement has ended"), now=_("Look at what holds now."), kept=kept)
    if choice.is_handed_in:
        raise Refused(_("The work is handed in"), now=_("It is marked by what you two agreed."), kept=kept)
    if choice.is_excused:
        raise Refused(_("This one need not be done"), now=_("What you two agreed stays written here."), kept=kept)
    if not choice.student.is_in_class:
        raise Refused(_("%(name)s has left the course", name=choice.student.short_name),
                      now=_("Nobody would go on with it."), kept=kept)  # fmt: skip


def move_rubric(agreement: Agreement, reason: str, by: Person, now: datetime) -> None:
    """Hold the agreement to the rubric in force. Doing it again changes nothing.

    Raises:
        BadInput: no reason was given; the student reads it.
        Refused: the agreement has ended.
    """
    rubric = agreement.choice.activity.rubric
    if agreement.rubric is rubric:
        return
    must_say_why(reason, agreement.choice.student.short_name)
    if agreement.ended_at is not None:
        raise Refused(_("This agreement has ended"), now=_("Look at what holds now."), kept=reason)
    agreement.rubric = rubric
    agreement.choice.note("rubric moved", by, now, reason=reason.strip())
