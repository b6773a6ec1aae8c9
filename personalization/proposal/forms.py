"""What a student types about an own idea."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, IntegerField, RadioField, ValidationError

from personalization.activity.fields import Line, Text
from personalization.activity.rubric import Criterion
from personalization.proposal.model import Proposal
from personalization.proposal.sharing import Sharing
from personalization.proposal.version import Words, line_name, unsure_name, words_missing

MOST_VERSIONS = 9_999


class VersionForm(FlaskForm):
    """A press of a button about one version."""

    version = IntegerField()

    def validate_version(self, field: IntegerField) -> None:
        if field.data is None or not 0 < field.data <= MOST_VERSIONS:
            raise ValidationError(_("The page was not whole. Open it again, please."))

    @property
    def number(self) -> int:
        return self.version.data or 0


class AnswerForm(FlaskForm):
    """Why an agreement should not change, or why its criteria move."""

    reason = Text()


class IdeaForm(FlaskForm):
    """An idea in words; `form_for` adds what has a label: title, plan, tool, message, and for each criterion a line and
    a "not sure yet".

    `seen` is the newest version that the page showed, empty where that is not known. `kept` are the lines of criteria
    that are not asked of this student any more: {criterion key: text}, written before and not lost.
    """

    seen = HiddenField()
    plan_b = RadioField(validate_choice=False)

    criteria: Sequence[Criterion] = ()
    kept: Mapping[int, str] = MappingProxyType({})

    def validate_seen(self, field: HiddenField) -> None:
        if field.data and not (field.data.isascii() and field.data.isdecimal() and len(field.data) <= 4):
            raise ValidationError(_("The page was not whole. Open it again, please."))

    @property
    def seen_version(self) -> int | None:
        return int(self.seen.data) if self.seen.data else None

    def words(self) -> Words:
        return Words(
            title=self._typed("title"),
            plan=self._typed("plan"),
            tool=self._typed("tool"),
            message=self._typed("message"),
            lines={**self.kept, **{c.key: self._typed(line_name(c.key)) for c in self.criteria}},
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
        return sum(1 for c in self.criteria if self._typed(line_name(c.key)))

    def _typed(self, name: str) -> str:
        return self[name].data or ""


def form_for(proposal: Proposal, teacher: str) -> IdeaForm:
    """The form of this idea: what was sent with the request, else what is written so far."""
    criteria = proposal.choice.asked(proposal.choice.activity.criteria)
    version, plan_b = proposal.draft or proposal.latest, proposal.choice.plan_b
    written: dict[str, object] = {
        "seen": str(proposal.sent[-1].number if proposal.sent else 0),
        "title": version.title,
        "plan": version.plan,
        "tool": version.tool,
        "message": version.message if proposal.draft else "",
        "plan_b": str(plan_b.id) if plan_b else None,
    }
    for criterion in criteria:
        written[line_name(criterion.key)] = version.line(criterion.key)
        written[unsure_name(criterion.key)] = version.is_unsure(criterion.key)
    form = idea_form(criteria, teacher)(**written)
    asked = {c.key for c in criteria}
    form.kept = {x.criterion_key: x.text for x in version.lines if x.text and x.criterion_key not in asked}
    return form


def idea_form(criteria: Sequence[Criterion], reader: str) -> type[IdeaForm]:
    """The form for an idea under these criteria; `reader` is whom its message goes to."""
    fields: dict[str, object] = {
        "criteria": criteria,
        "title": Line(_("What do you call it?")),
        "plan": Text(_("What will you make or do?")),
        "tool": Line(_("With what?")),
        "message": Text(_("A word to %(teacher)s", teacher=reader)),
    }
    for criterion in criteria:
        fields[line_name(criterion.key)] = Text(criterion.name)
        fields[unsure_name(criterion.key)] = BooleanField(_("Not sure yet"))
    return type("IdeaFormWithLines", (IdeaForm,), fields)


class SharedForm(FlaskForm):
    """All that others would see of an idea, in its student's words."""

    title, text, means = Line(), Text(), Line()


def shared_form(sharing: Sharing | None) -> SharedForm:
    """What was sent with the request, else the words so far."""
    said = {name: getattr(sharing, name) for name in ("title", "text", "means")} if sharing else {}
    form = SharedForm(**said)
    form.title.label.text, form.text.label.text = _("What is it called?"), _("What do you do?")
    form.means.label.text = _("Made with")
    return form
