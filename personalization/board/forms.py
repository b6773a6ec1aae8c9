"""What a teacher answers to an idea, and to dates that differ from the LMS's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import (
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    ValidationError,
)
from wtforms.validators import AnyOf, InputRequired, NumberRange, Optional

from engine.clock import parse_instant
from personalization.activity.fields import Line, Text
from personalization.activity.rubric import Criterion
from personalization.board.reply import LONGEST, Fits, Reply
from personalization.errors import BadInput
from personalization.proposal.forms import VersionForm
from personalization.proposal.model import Proposal
from personalization.proposal.version import Words, line_name, words_missing

ACCEPT, REVISE, BACK = "accept", "revise", "back"
NEXT, STAY, KEEP, ASK = "next", "stay", "keep", "ask"
THROW = "throw"
PAIR = re.compile(r"([1-9][0-9]{0,8}):([1-9][0-9]{0,3})", re.ASCII)
MOST_TOGETHER = 100  # ideas that are answered in one press
TAKE, IGNORE, DONE, UNDONE = "take", "ignore", "done", "undone"


class DecisionForm(VersionForm):
    """An answer to one version; `reply` (see `decision_form`) are the words that go with it.

    `insert` is the number of ready words to put into the box, where a page without scripts asks for them.
    """

    decision = RadioField(validate_choice=False)
    insert = StringField()
    go = StringField()
    knows = StringField()  # the person whose claim on the idea the page showed, by id

    needs_reason: str = ""

    def validate_decision(self, field: RadioField) -> None:
        if field.data not in {ACCEPT, REVISE, BACK}:
            raise ValidationError(_("Pick an answer: yes, change one thing, or a new idea."))

    def validate_reply(self, field: Text) -> None:
        if self.decision.data in {REVISE, BACK} and not field.data:
            raise ValidationError(self.needs_reason)

    @property
    def words(self) -> str:
        return self["reply"].data or ""

    def put_in(self, canned: Sequence[tuple[str, str]]) -> bool:
        """Add the ready words that were asked for to what stands in the box; whether any were."""
        asked = self.insert.data or ""
        chosen = next((words for i, (_name, words) in enumerate(canned, 1) if str(i) == asked), None)
        if chosen is not None:
            self["reply"].data = f"{self.words} {chosen}".strip()
        return chosen is not None


class OfferForm(VersionForm):
    """The teacher's own version of an idea: its texts, a line for each criterion, and a word to the student."""

    judged: Words
    criteria: Sequence[Criterion] = ()

    def edited(self) -> Words:
        """The idea as it is offered. A criterion stays "not sure yet" where its line was left as it was."""
        lines = {c.key: self._typed(line_name(c.key)) for c in self.criteria}
        before = self.judged.lines or {}
        return Words(
            title=self._typed("title"),
            plan=self._typed("plan"),
            tool=self._typed("tool"),
            lines=lines,
            unsure=frozenset(key for key in self.judged.unsure if lines.get(key, "") == before.get(key, "")),
        )

    def is_whole(self) -> bool:
        """Whether it can be offered; what is missing is said at the fields."""
        missing = words_missing(self.edited(), self.criteria)
        for name, sentence in missing.items():
            self[name].errors = [sentence]
        return not missing

    @property
    def words(self) -> str:
        return self._typed("reply")

    def _typed(self, name: str) -> str:
        return self[name].data or ""


def decision_form(proposal: Proposal, *, fresh: bool = False) -> DecisionForm:
    """As it was sent, where something was and not `fresh`."""
    name = proposal.choice.student.short_name
    fields = {
        "needs_reason": _("%(name)s needs a reason. One sentence will do.", name=name),
        "reply": Text(_("Your words to %(name)s", name=name)),
    }
    kind = type("DecisionFormHere", (DecisionForm,), fields)
    sent = {"formdata": None} if fresh else {}
    form: DecisionForm = kind(version=proposal.latest.number, **sent)
    return form


def offer_form(proposal: Proposal) -> OfferForm:
    name, latest, choice = proposal.choice.student.short_name, proposal.latest, proposal.choice
    criteria = choice.asked(choice.activity.criteria)
    fields: dict[str, object] = {
        "criteria": criteria,
        "judged": latest.words(),
        "title": Line(_("Title")),
        "plan": Text(_("Plan")),
        "tool": Line(_("With what")),
        **{line_name(c.key): Text(c.name) for c in criteria},
        "reply": Text(_("Your words to %(name)s", name=name)),
    }
    start = {line_name(c.key): latest.line(c.key) for c in criteria}
    form: OfferForm = type("OfferFormHere", (OfferForm,), fields)(
        version=latest.number, title=latest.title, plan=latest.plan, tool=latest.tool, **start
    )
    return form


def canned(proposal: Proposal, own: Sequence[Reply] = ()) -> list[tuple[str, str]]:
    """Ready words: [(name on the button, sentence)], about the first criterion that is not sure yet, else the last;
    then the teacher's own."""
    criteria = proposal.choice.asked(proposal.choice.activity.criteria)
    unsure = [c.name for c in criteria if proposal.latest.is_unsure(c.key)]
    about = (unsure or [c.name for c in criteria[-1:]] or [_("it")])[0]
    return [
        (_("How will I see …?"), _("I like where this is going. How will I see “%(name)s” in it?", name=about)),
        (_("Smaller, please"), _("This is a lot for the time you have. Which half of it would you keep?")),
        (_("Yes, gladly"), _("Yes. I look forward to it.")),
        *((reply.name, reply.words) for reply in own),
    ]


class ReplyForm(FlaskForm):
    """One of a teacher's own ready words; `reply_id` names it, empty for a new one."""

    reply_id = IntegerField(validators=[Optional(), NumberRange(min=1, max=2**31 - 1)])
    fits = SelectField(validators=[])
    words = Text(most=LONGEST)
    do = HiddenField()  # anything but THROW keeps the words

    def offer(self) -> None:
        """Name what is labelled, in the language of the request."""
        self.fits.label.text, self.words.label.text = _("Goes with"), _("Your words")
        self.fits.choices = [(fits.value, word) for fits, word in fit_names().items()]

    @property
    def number(self) -> int | None:
        return self.reply_id.data

    @property
    def throws_away(self) -> bool:
        return bool(self.do.data == THROW)

    @property
    def fitting(self) -> Fits:
        return Fits(self.fits.data)


def fit_names() -> dict[Fits, str]:
    """The answers that words may go with, as their buttons say it."""
    return {
        Fits.ACCEPT: _("Yes"),
        Fits.REVISE: _("Change one thing"),
        Fits.BACK: _("New idea"),
        Fits.OFFER: _("Yes, with edits"),
    }


class TogetherForm(FlaskForm):
    """One answer to several ideas; `idea` = "proposal:version" of each that is ticked."""

    idea = SelectMultipleField(validate_choice=False)
    decision = RadioField(validate_choice=False)
    reply = Text()

    def validate_idea(self, field: SelectMultipleField) -> None:
        if not self.judged:
            raise ValidationError(_("Tick the ideas that this answer goes to."))

    def validate_decision(self, field: RadioField) -> None:
        if field.data not in {ACCEPT, REVISE, BACK}:
            raise ValidationError(_("Pick an answer: yes, change one thing, or a new idea."))

    def validate_reply(self, field: Text) -> None:
        if self.decision.data in {REVISE, BACK} and not field.data:
            raise ValidationError(_("They need a reason. One sentence will do."))

    @property
    def judged(self) -> dict[int, int]:
        """{proposal id: the version that was judged}, of those that are written as ours are."""
        pairs = (PAIR.fullmatch(text) for text in (self.idea.data or [])[:MOST_TOGETHER])
        return {int(pair[1]): int(pair[2]) for pair in pairs if pair}

    @property
    def words(self) -> str:
        return self.reply.data or ""


class DateForm(FlaskForm):
    """`date`: the instant that the page showed and that this is about, in ISO 8601."""

    date = HiddenField(validators=[InputRequired()])

    def moment(self) -> datetime:
        """Raises BadInput: the form is none of ours."""
        try:
            if self.validate():
                return parse_instant(self.date.data or "")
        except (ValueError, OverflowError):
            pass
        raise BadInput(_("That didn’t work"), now=_("Reload the page and try again."))


class ClassDateForm(DateForm):
    do = HiddenField(validators=[AnyOf([TAKE, IGNORE])])


class StudentDateForm(DateForm):
    do = HiddenField(validators=[AnyOf([DONE, UNDONE])])
