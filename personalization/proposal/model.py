"""A student's own way to show the learning, and the talk about it, version by version.

The table of moves is PRODUCT §4's. Every guard reads the choice's own dates and the reply window given with an answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from flask_babel import gettext as _
from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db import Base, text_enum
from personalization.activity.model import Option
from personalization.activity.rubric import Criterion, Rubric
from personalization.choice.model import Choice, Way
from personalization.errors import BadInput, Refused, Stale
from personalization.people.model import Person


class Status(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    OFFERED = "offered"
    REVISING = "revising"
    ACCEPTED = "accepted"
    SENT_BACK = "sent back"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


OPEN = {Status.DRAFT, Status.SUBMITTED, Status.OFFERED, Status.REVISING}
STUDENTS_MOVE = {Status.DRAFT, Status.OFFERED, Status.REVISING}
OPEN_SQL = "status in ('draft', 'submitted', 'offered', 'revising')"
ROUNDS = 2  # after so many revisions the page suggests accept-with-edits or a talk


class Outcome(StrEnum):
    """What a teacher may answer."""

    ACCEPT = "accept"
    OFFER = "accept with edits"
    REVISE = "ask for revision"
    SEND_BACK = "send back"


RESULT = {
    Outcome.ACCEPT: Status.ACCEPTED,
    Outcome.OFFER: Status.OFFERED,
    Outcome.REVISE: Status.REVISING,
    Outcome.SEND_BACK: Status.SENT_BACK,
}


@dataclass(frozen=True)
class Words:
    """What one version says. `lines` = {criterion key: how it will show}; `unsure` = keys marked "not sure yet"."""

    title: str = ""
    plan: str = ""
    tool: str = ""
    message: str = ""
    lines: Mapping[int, str] | None = None
    unsure: frozenset[int] = frozenset()


class Proposal(Base):
    __tablename__ = "proposal"
    __table_args__ = (
        Index(
            "uq_proposal_one_open",
            "choice_id",
            unique=True,
            sqlite_where=text(OPEN_SQL),
            postgresql_where=text(OPEN_SQL),
        ),
        Index("ix_proposal_choice_id", "choice_id"),
        Index("ix_proposal_status", "status"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    choice_id: Mapped[int] = mapped_column(ForeignKey("choice.id"))
    choice: Mapped[Choice] = relationship()
    status: Mapped[Status] = mapped_column(text_enum(Status))
    started_at: Mapped[datetime]
    reply_until: Mapped[datetime | None]
    row_version: Mapped[int] = mapped_column(default=1)
    versions: Mapped[list[Version]] = relationship(order_by="Version.number", cascade="all, delete-orphan")
    decisions: Mapped[list[Decision]] = relationship(order_by="Decision.id", cascade="all, delete-orphan")

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012

    @classmethod
    def start(cls, choice: Choice, before: Sequence[Proposal], by: Person, now: datetime) -> Proposal:
        """Begin an own idea. `before`: the earlier ones of this choice, oldest first.

        A student who had picked an option keeps it as plan B.

        Raises:
            Refused: own ideas are off, the time for them is over, or one is open already.
        """
        choice.check_open(now)
        if not choice.activity.own_idea:
            raise Refused(_("This activity has set ways only"), now=_("Pick one of them."))
        if any(p.status in OPEN for p in before):
            raise Refused(_("You have an idea open already"), now=_("Go on with that one, or withdraw it first."))
        if any(p.status is Status.ACCEPTED for p in before) and choice.way is Way.AGREED:
            raise Refused(_("You two have agreed on a way already"), now=_("Talk to your teacher if it has to change."))
        window = _reply_window(before, now)
        if not choice.may_propose(now) and window is None:
            raise Refused(
                _("The time for ideas is over"),
                now=_("The ready-made ways are still there for you."),
            )
        if choice.option is not None:
            if not choice.may_change(now):
                raise Refused(_("The time for changing your way is over"), now=_("Ask your teacher if it has to change."))
            if choice.option.only_for_id is None:
                choice.plan_b = choice.option
            choice.leave(by, now)
        proposal = cls(choice=choice, status=Status.DRAFT, started_at=now, reply_until=window)
        proposal.versions = [Version.of(1, Words(), by, now)]
        choice.note("started an idea", by, now)
        return proposal

    # What it says

    @property
    def sent(self) -> list[Version]:
        return [v for v in self.versions if v.sent_at is not None]

    @property
    def latest(self) -> Version:
        """The newest version that was sent, or the draft where none was."""
        return self.sent[-1] if self.sent else self.versions[-1]

    @property
    def draft(self) -> Version | None:
        last = self.versions[-1]
        return last if last.sent_at is None else None

    @property
    def title(self) -> str:
        return self.latest.title

    @property
    def rounds(self) -> int:
        """How often a revision was asked for."""
        return sum(1 for d in self.decisions if d.outcome is Outcome.REVISE)

    @property
    def last_decision(self) -> Decision | None:
        return self.decisions[-1] if self.decisions else None

    def asked_about(self) -> str:
        """The reason of the newest decision, as the student reads it."""
        return self.last_decision.reason if self.last_decision else ""

    # The student's moves

    def save(self, words: Words, by: Person, now: datetime) -> None:
        """Keep what is being typed: the first version, or the next one while it is the student's move.

        Raises:
            Refused: it is not the student's move; what was typed is given back by the page.
        """
        self._must_be(STUDENTS_MOVE, words)
        self._check_window(now)
        draft = self.draft
        if draft is None:
            draft = Version.of(self.versions[-1].number + 1, words, by, now)
            self.versions.append(draft)
        else:
            draft.write(words, by, now)

    def submit(self, words: Words, criteria: Sequence[Criterion], by: Person, now: datetime) -> None:
        """Send it to the teacher.

        Raises:
            BadInput: it says nothing yet, or a criterion has neither a line nor "not sure yet".
            Refused: it is not the student's move, or their time for it is over.
        """
        self._must_be(STUDENTS_MOVE, words)
        if problems := words_missing(words, criteria):
            raise BadInput(next(iter(problems.values())), now=_("It is saved; finish it and send it again."))
        self.save(words, by, now)
        self.versions[-1].sent_at = now
        self.status, self.reply_until = Status.SUBMITTED, None
        self.choice.note("sent idea", by, now, version=self.versions[-1].number, title=self.versions[-1].title)

    def agree(self, version: int, rubric: Rubric, by: Person, now: datetime) -> Agreement:
        """Say yes to what the teacher offered."""
        if self.status is not Status.OFFERED or version != self.latest.number:
            raise self._stale()
        self._check_window(now)
        self._drop_draft()
        self.status = Status.ACCEPTED
        return self._settle(rubric, by, now)

    def withdraw(self, by: Person, now: datetime) -> None:
        """Stop this idea; its text is kept."""
        if self.status is Status.WITHDRAWN:
            return
        self._must_be(OPEN)
        self.status, self.reply_until = Status.WITHDRAWN, None
        self.choice.note("withdrew idea", by, now, title=self.title)

    def set_aside(self, by: Person, now: datetime) -> None:
        """An accepted idea left for an option; the agreement stays in the history."""
        self.status = Status.WITHDRAWN
        self.choice.note("left agreement", by, now, title=self.title)

    # The teacher's moves

    def accept(self, version: int, rubric: Rubric, by: Person, now: datetime, reason: str = "") -> Agreement | None:
        """Settle the choice on this idea, from now an option for this student alone. None: it was settled so before."""
        if self._decide(Outcome.ACCEPT, version, reason, by, now):
            return None
        return self._settle(rubric, by, now)

    def ask_for_revision(self, version: int, reason: str, by: Person, now: datetime) -> None:
        """The idea stays, one thing has to change; opens the reply window."""
        self._needs_reason(reason)
        if not self._decide(Outcome.REVISE, version, reason, by, now):
            self.reply_until = self.choice.open_reply_window(now)

    def send_back(self, version: int, reason: str, by: Person, now: datetime) -> None:
        """This idea is closed; a new one may start in the reply window."""
        self._needs_reason(reason)
        if not self._decide(Outcome.SEND_BACK, version, reason, by, now):
            self.reply_until = self.choice.open_reply_window(now)

    def offer(self, version: int, words: Words, reason: str, by: Person, now: datetime) -> None:
        """Say yes to an edited text: the teacher's version, for the student to agree to or answer.

        Raises:
            BadInput: nothing was edited; a plain yes says that better.
        """
        if self._same_before(Outcome.OFFER, version, by):
            return
        if self.status is Status.SUBMITTED and version == self.latest.number and words == self.latest.words(words.message):
            raise BadInput(_("Nothing is changed in your version"), now=_("Change a line, or just say yes to theirs."))
        self._decide(Outcome.OFFER, version, reason, by, now)
        edited = Version.of(self.versions[-1].number + 1, words, by, now)
        edited.sent_at = now
        self.versions.append(edited)
        self.reply_until = self.choice.open_reply_window(now)

    # Inside

    def _decide(self, outcome: Outcome, version: int, reason: str, by: Person, now: datetime) -> bool:
        """Record a decision about a version; True when the same person had decided the same before.

        Raises:
            Stale: something else happened meanwhile, told in the page.
        """
        if self._same_before(outcome, version, by):
            return True
        if self.status is not Status.SUBMITTED or version != self.latest.number:
            raise self._stale(kept=reason)
        self.status = RESULT[outcome]
        self.decisions.append(Decision(version=version, outcome=outcome, reason=reason.strip(), by=by, at=now))
        self.choice.note(outcome.value, by, now, version=version, title=self.title)
        return False

    def _same_before(self, outcome: Outcome, version: int, by: Person) -> bool:
        return any(d.outcome is outcome and d.version == version and d.by_id == by.id for d in self.decisions)

    def _settle(self, rubric: Rubric, by: Person, now: datetime) -> Agreement:
        version = self.latest
        option = self.choice.activity.add_option(version.title, version.plan, only_for=self.choice.student)
        self.choice.settle(option, Way.AGREED, by, now)
        self.reply_until = None
        return Agreement(
            choice=self.choice, proposal=self, version=version, option=option, rubric=rubric, agreed_at=now, agreed_by=by
        )

    def _drop_draft(self) -> None:
        if self.draft is not None:
            self.versions.remove(self.draft)

    def _needs_reason(self, reason: str) -> None:
        if not reason.strip():
            raise BadInput(
                _("%(name)s needs a reason", name=self.choice.student.short_name), now=_("One sentence will do.")
            )

    def _must_be(self, statuses: set[Status], words: Words | None = None) -> None:
        if self.status not in statuses:
            raise self._stale(kept=words.plan if words else "")

    def _check_window(self, now: datetime) -> None:
        """A first version comes by this student's propose_by, a reply within the window given with the answer."""
        until = self.reply_until if self.reply_until is not None or self.versions[-1].number > 1 else self.choice.propose_by
        if until is not None and now > until:
            raise Refused(
                _("The time for this idea is over"),
                _("Your text is kept."),
                now=_("The ready-made ways are still there for you."),
            )

    def _stale(self, kept: str = "") -> Stale:
        return Stale(what_happened(self), _("Your answer was not sent, and nothing else changed."),
                     now=_("Look at it as it stands now."), kept=kept)  # fmt: skip


class Version(Base):
    """One wording of a proposal, by the student or (an offer) by the teacher; a draft until `sent_at`."""

    __tablename__ = "proposal_version"
    __table_args__ = (UniqueConstraint("proposal_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(255), default="")
    plan: Mapped[str] = mapped_column(Text, default="")
    tool: Mapped[str] = mapped_column(String(255), default="")
    message: Mapped[str] = mapped_column(Text, default="")
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
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


class Line(Base):
    """How one criterion will show, in the proposer's words, or that they are not sure yet."""

    __tablename__ = "proposal_line"
    __table_args__ = (UniqueConstraint("version_id", "criterion_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("proposal_version.id"))
    criterion_key: Mapped[int]
    text: Mapped[str] = mapped_column(Text, default="")
    unsure: Mapped[bool] = mapped_column(default=False)


class Decision(Base):
    """A teacher's answer to one version."""

    __tablename__ = "decision"

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"), index=True)
    version: Mapped[int]
    outcome: Mapped[Outcome] = mapped_column(text_enum(Outcome))
    reason: Mapped[str] = mapped_column(Text, default="")
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    by: Mapped[Person] = relationship()
    at: Mapped[datetime]


class Agreement(Base):
    """The frozen text and criteria that both sides hold to."""

    __tablename__ = "agreement"
    __table_args__ = (
        Index(
            "uq_agreement_one_live",
            "choice_id",
            unique=True,
            sqlite_where=text("ended_at is null"),
            postgresql_where=text("ended_at is null"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    choice_id: Mapped[int] = mapped_column(ForeignKey("choice.id"), index=True)
    choice: Mapped[Choice] = relationship()
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"))
    proposal: Mapped[Proposal] = relationship()
    version_id: Mapped[int] = mapped_column(ForeignKey("proposal_version.id"))
    version: Mapped[Version] = relationship()
    option_id: Mapped[int] = mapped_column(ForeignKey("option.id"))
    option: Mapped[Option] = relationship()
    rubric_id: Mapped[int] = mapped_column(ForeignKey("rubric.id"))
    rubric: Mapped[Rubric] = relationship()
    agreed_at: Mapped[datetime]
    agreed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    agreed_by: Mapped[Person] = relationship()
    ended_at: Mapped[datetime | None]

    def end(self, by: Person, now: datetime) -> None:
        """The student took an option instead."""
        self.ended_at = now
        self.option.archived_at = now
        self.proposal.set_aside(by, now)


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
            problems[f"criterion-{criterion.key}"] = _(
                "“%(name)s” has no line yet. Say where it shows, or tick “not sure yet”.", name=criterion.name
            )
    return problems


def what_happened(proposal: Proposal) -> str:
    """One sentence about where a proposal stands, for someone who had judged an older page."""
    name = proposal.choice.student.short_name
    decision = proposal.last_decision
    match proposal.status:
        case Status.SUBMITTED:
            return _("%(name)s changed the plan while you were reading", name=name)
        case Status.WITHDRAWN:
            return _("%(name)s withdrew this idea", name=name)
        case Status.EXPIRED:
            return _("The time for this idea ran out")
        case Status.DRAFT:
            return _("This idea has not been sent yet")
        case Status.ACCEPTED if decision is None or decision.outcome is Outcome.OFFER:
            return _("%(name)s agreed to the plan", name=name)
        case _other:
            by = decision.by.short_name if decision else name
            return _("%(by)s answered already: %(what)s", by=by, what=_outcome_words(decision))


def _outcome_words(decision: Decision | None) -> str:
    if decision is None:
        return ""
    return {
        Outcome.ACCEPT: _("yes"),
        Outcome.OFFER: _("yes, with edits"),
        Outcome.REVISE: _("change one thing"),
        Outcome.SEND_BACK: _("a new idea, please"),
    }[decision.outcome]


def _reply_window(before: Sequence[Proposal], now: datetime) -> datetime | None:
    """Until when a new idea may come in after one that was sent back; None where propose_by alone rules."""
    windows = [p.reply_until for p in before if p.status is Status.SENT_BACK and p.reply_until is not None]
    return max((until for until in windows if now <= until), default=None)
