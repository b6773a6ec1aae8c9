"""May others do this too? An accepted idea becomes a way for others if its student says yes to the very words."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from flask_babel import gettext as _
from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db import text_enum
from engine.tenant import Tenanted
from personalization.activity.forms import OPTIONS
from personalization.activity.model import Option
from personalization.errors import BadInput, Refused, Stale
from personalization.people.model import Person
from personalization.proposal.agreement import Agreement


class Consent(StrEnum):
    YES = "yes"
    NO = "no"
    TAKEN_BACK = "taken back"


class Sharing(Tenanted):
    """The question about one agreement, asked once, and what its student says to it.

    `title`, `text` and `means` are all that others would see; the student may change them before saying yes. `option`
    is the way that others see since `shared_at`, `banked_id` what the teacher keeps of it for later.
    """

    __tablename__ = "sharing"
    __tenant_of__ = "agreement_id"
    __table_args__ = (
        CheckConstraint("(consent IS NULL) = (answered_at IS NULL)", name="answered"),
        CheckConstraint("shared_at IS NULL OR consent IS NOT NULL", name="shared"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"), unique=True)
    agreement: Mapped[Agreement] = relationship()
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    asked_by: Mapped[Person] = relationship()
    asked_at: Mapped[datetime]
    consent: Mapped[Consent | None] = mapped_column(text_enum(Consent))
    answered_at: Mapped[datetime | None]
    title: Mapped[str] = mapped_column(String(255))
    text: Mapped[str] = mapped_column(Text)
    means: Mapped[str] = mapped_column(String(255), default="")
    option_id: Mapped[int | None] = mapped_column(ForeignKey("option.id"), index=True)
    option: Mapped[Option | None] = relationship()
    shared_at: Mapped[datetime | None]
    banked_id: Mapped[int | None] = mapped_column(ForeignKey("banked.id", ondelete="SET NULL"), index=True)
    row_version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": row_version}

    @classmethod
    def ask(cls, agreement: Agreement, by: Person, now: datetime) -> Sharing:
        """Ask the student, with their own words for a beginning.

        Raises:
            Refused: the agreement has ended, or the student has left and could not answer.
        """
        student = agreement.choice.student
        if agreement.ended_at is not None:
            raise Refused(_("This agreement has ended"), now=_("Look at what holds now."))
        if not student.is_in_class:
            raise Refused(_("%(name)s has left the course", name=student.short_name), now=_("Nobody could say yes."))
        said = agreement.version
        agreement.choice.note("sharing asked", by, now, title=said.title)
        return cls(
            agreement=agreement,
            asked_by=by,
            asked_at=now,
            title=said.title,
            text=said.plan,
            means=said.tool,
        )

    @property
    def is_waiting(self) -> bool:
        return self.consent is None

    @property
    def may_share(self) -> bool:
        return self.consent is Consent.YES

    @property
    def is_shared(self) -> bool:
        """Whether others see it now."""
        return self.option is not None and self.option.archived_at is None

    def agree(self, title: str, text: str, means: str, by: Person, now: datetime) -> None:
        """Yes, in these words. The same twice is once; another mind may be changed as long as nobody sees it.

        Raises:
            BadInput: there is no title or no text.
            Stale: others see it already, in the words said before.
        """
        words = (title.strip(), text.strip(), means.strip())
        if self.may_share and words == (self.title, self.text, self.means):
            return
        if not words[0] or not words[1]:
            raise BadInput(_("Others need a title and what to do"), now=_("Write both, or say no."), kept=text)
        if self.is_shared or self.banked_id is not None:
            raise Stale(
                _("Your teacher took it already, as you said yes to it"), now=_("You can take it back."), kept=text
            )
        self.title, self.text, self.means = words
        self._answer(Consent.YES, "sharing agreed", by, now)

    def decline(self, by: Person, now: datetime) -> None:
        """No; nobody is owed a reason. Twice is once.

        Raises:
            Stale: yes was said before, so there is something to take back.
        """
        if self.may_share:
            raise Stale(_("You said yes before"), now=_("Take it back, if you like."))
        if self.consent is not Consent.NO:
            self._answer(Consent.NO, "sharing declined", by, now)

    def take_back(self, taken: int, by: Person, now: datetime) -> None:
        """Not any more. `taken`: how many are on the way that it became. Twice is once.

        Raises:
            Refused: somebody is on it; or there was no yes to take back.
        """
        if self.consent is Consent.TAKEN_BACK:
            return
        if not self.may_share:
            raise Refused(_("There is nothing to take back"), now=_("You have not said yes."))
        if taken:
            raise Refused(_("Somebody works on it already"), now=_("Talk to your teacher, please."))
        if self.option is not None:
            self.option.activity.drop_option(self.option, now)
        self._answer(Consent.TAKEN_BACK, "sharing taken back", by, now)

    def share(self, by: Person, now: datetime) -> Option:
        """One of the activity's ways from now on. Twice is once.

        Raises:
            Refused: the student has not said yes, the activity is full, or has changes that nobody published yet, which
                know nothing of this way and would take it away again.
        """
        self.must_be_agreed()
        if self.option is not None and self.is_shared:
            return self.option
        activity = self.agreement.choice.activity
        if len(activity.designed_options) >= OPTIONS:
            raise Refused(_("This activity has as many ways as fit"), now=_("Take one away first."))
        if activity.typed is not None:
            raise Refused(
                _("You have changes of this activity that students don’t see yet"),
                now=_("Publish them, or go back to what students see; then add this way."),
            )
        option = activity.add_option(self.title, self.text)
        option.means = self.means
        activity.saved_at, activity.saved_by = now, by
        self.option, self.shared_at = option, now
        self.agreement.choice.note("idea shared", by, now, title=self.title)
        return option

    def must_be_agreed(self) -> None:
        """
        Raises:
            Refused: the student has not said yes, or not any more.
        """
        if not self.may_share:
            name = self.agreement.choice.student.short_name
            raise Refused(_("%(name)s has not said yes", name=name), now=_("Nothing was shown to others."))

    def _answer(self, consent: Consent, verb: str, by: Person, now: datetime) -> None:
        self.consent, self.answered_at = consent, now
        self.agreement.choice.note(verb, by, now, title=self.title)
