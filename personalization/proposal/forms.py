"""What a student types about an own idea."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, IntegerField, RadioField, ValidationError
from wtforms.validators import NumberRange, Optional

from personalization.activity.rubric import Criterion
from personalization.proposal.model import Proposal
from personalization.proposal.typed import Line, Prose
from personalization.proposal.version import Words, line_name, unsure_name, words_missing

MOST_VERSIONS = 9_999


class VersionForm(FlaskForm):
    """A press of a button about one version."""

    version = IntegerField(
        validators=[NumberRange(0, MOST_VERSIONS, _l("The page was not whole. Open it again, please."))]
    )


class IdeaForm(FlaskForm):
    """An idea in words; `form_for` adds a line and a "not sure yet" for each criterion.

    `seen` is the newest version that the page showed, empty where that is not known.
    """

    seen = HiddenField()
    title = Line(_l("What do you call it?"))
    plan = Prose(_l("What will you make or do?"))
    tool = Line(_l("With what?"))
    message = Prose(_l("A word to your teacher"))
    plan_b = RadioField(_l("Your plan B"), validate_choice=False)

    criteria: Sequence[Criterion] = ()

    def validate_seen(self, field: HiddenField) -> None:
        if field.data and not (field.data.isascii() and field.data.isdecimal() and len(field.data) <= 4):
            raise ValidationError(_("The page was not whole. Open it again, please."))

    @property
    def seen_version(self) -> int | None:
        return int(self.seen.data) if self.seen.data else None

    def words(self) -> Words:
        return Words(
            title=self.title.data,
            plan=self.plan.data,
            tool=self.tool.data,
            message=self.message.data,
            lines={c.key: self[line_name(c.key)].data for c in self.criteria},
            unsure=frozenset(c.key for c in self.criteria if self[unsure_name(c.key)].data),
        )

    def is_whole(self) -> bool:
        """Whether it can be sent; what is missing is said at the fields."""
        missing = words_missing(self.words(), self.criteria)
        for name, sentence in missing.items():
            self[name].errors = [sentence]
        return not missing

    def written(self) -> int:
        """How many criteria have a line."""
        return sum(1 for c in self.criteria if (self[line_name(c.key)].data or "").strip())


def form_for(proposal: Proposal) -> IdeaForm:
    """The form of this idea: what was sent with the request, else what is written so far."""
    criteria = proposal.choice.activity.criteria
    kind = _with_lines(criteria)
    version = proposal.draft or proposal.latest
    start = {line_name(c.key): version.line(c.key) for c in criteria}
    start |= {unsure_name(c.key): version.is_unsure(c.key) for c in criteria}
    plan_b = proposal.choice.plan_b
    form: IdeaForm = kind(
        seen=str(proposal.sent[-1].number if proposal.sent else 0),
        title=version.title,
        plan=version.plan,
        tool=version.tool,
        message=version.message if proposal.draft else "",
        plan_b=str(plan_b.id) if plan_b else None,
        **start,
    )
    return form


def _with_lines(criteria: Sequence[Criterion]) -> type[IdeaForm]:
    fields: dict[str, object] = {"criteria": criteria}
    for criterion in criteria:
        fields[line_name(criterion.key)] = Prose(criterion.name)
        fields[unsure_name(criterion.key)] = BooleanField(_("Not sure yet"))
    return type("IdeaFormWithLines", (IdeaForm,), fields)
