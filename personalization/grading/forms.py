"""What the marking page sends."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is newer than its stubs
    BooleanField,
    DecimalField,
    Field,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import AnyOf, Length, Optional, ValidationError

from personalization.activity.rubric import Criterion, Rubric, level_name

TEXT = 20_000
MOST = 9_999
SAVE, READY, RELEASE = "save", "ready", "release"


def plain(form: FlaskForm, field: Field) -> None:
    """No NUL: PostgreSQL keeps none, and no keyboard types one."""
    if "\0" in (field.data or ""):
        raise ValidationError(_("There is a character in here that can’t be kept. Type it again, please."))


class Points(DecimalField):
    """A number of points; what is none is said in one sentence, and "1,5" is one."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        text = "".join(valuelist[:1]).strip().replace(",", ".").replace("−", "-")
        if not text:
            self.data = None
            return
        try:
            number = Decimal(text)
        except ArithmeticError:
            number = Decimal("NaN")
        if not number.is_finite() or abs(number) > MOST:
            self.data = None
            raise ValueError(_("Give a number of points, such as -1 or 0.5."))
        self.data = number.quantize(Decimal("0.01"))


class MarkForm(FlaskForm):
    """Levels by criterion (`c-<key>`, see `form_for`), the comment, an adjustment with its reason, what to do.

    `seen` is the version of the marks that the page showed, 0 where there were none.
    """

    seen = HiddenField(default="0", validators=[Length(max=18)])
    do = StringField(default=SAVE, validators=[AnyOf([SAVE, READY, RELEASE])])
    comment = TextAreaField(validators=[Length(max=TEXT), plain])
    adjustment = Points(places=None, validators=[Optional()])
    adjustment_reason = TextAreaField(validators=[Length(max=2_000), plain])

    rubric: Rubric
    asked: Sequence[Criterion]  # of this student: the rows

    def validate(self, extra_validators: Any = None) -> bool:
        """A draft may be unfinished; what is to be ready must have a level in every row."""
        fine: bool = super().validate(extra_validators)
        return self._complete() and fine if self.do.data in {READY, RELEASE} else fine

    def _complete(self) -> bool:
        bare = [c for c in self.asked if self[row_name(c.key)].data is None]
        for criterion in bare:
            self[row_name(criterion.key)].errors = [_("“%(name)s” has no level yet. Pick one.", name=criterion.name)]
        unexplained = bool(self.adjustment.data) and not (self.adjustment_reason.data or "").strip()
        if unexplained:
            self.adjustment_reason.errors = [_("An adjustment needs a reason. One sentence will do.")]
        return not bare and not unexplained

    @property
    def levels(self) -> dict[int, int]:
        """{criterion key: level} of the rows that have one."""
        chosen = {c.key: self[row_name(c.key)].data for c in self.asked}
        return {key: level for key, level in chosen.items() if level is not None}

    @property
    def version(self) -> int:
        text = self.seen.data or ""
        return int(text) if text.isascii() and text.isdecimal() else 0


def form_for(rubric: Rubric, asked: Sequence[Criterion], **kept: Any) -> MarkForm:
    """The form with one row of radios per criterion asked, filled with `kept` where nothing was sent."""
    rows = {row_name(c.key): _row(c.name, [level.value for level in c.levels]) for c in asked}
    form = type("RubricForm", (MarkForm,), rows)(**kept)
    form.rubric, form.asked = rubric, asked
    form.adjustment.label.text, form.adjustment_reason.label.text = _("Points more or less"), _("Why")
    assert isinstance(form, MarkForm)  # noqa: S101  # for the type checker: the class was made just now
    return form


def row_name(criterion_key: int) -> str:
    return f"c-{criterion_key}"


def _row(name: str, values: list[int]) -> RadioField:
    choices = [SelectChoice(value, f"{value} {level_name(value)}") for value in values]
    return RadioField(name, coerce=_whole, choices=choices, validators=[Optional()])


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)


class ReturnForm(FlaskForm):
    """Back for another go, with a reason."""

    reason = TextAreaField(validators=[Length(max=TEXT), plain])

    def validate_reason(self, field: Field) -> None:
        if not (field.data or "").strip():
            raise ValidationError(_("A reason is needed. One sentence will do."))


class ReleaseForm(FlaskForm):
    """The grades to release by id; none means all that are ready, unless `some` says that they were to be ticked."""

    some = BooleanField()
    grade = SelectMultipleField(coerce=int, choices=[], validate_choice=False)


class PressForm(FlaskForm):
    """A press of a button: nothing but the CSRF token."""
