"""What staff send about one student: more time, a way, an excuse, a word."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any, cast

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is newer than its stubs
    HiddenField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
)
from wtforms.validators import NumberRange, Optional, ValidationError

from personalization.activity.dates import date_name
from personalization.activity.fields import LocalTime, Text, Tick
from personalization.board.more_time import as_sent
from personalization.board.watch import STILL, span
from personalization.choice.message import LONGEST
from personalization.choice.model import OWN_DATES, Choice

OWN = "own"  # dates typed one by one
DAYS = re.compile(r"[1-9][0-9]{0,2}", re.ASCII)
WATCH_DAYS = (1, 2, 3, 5, 7, 14)  # to choose from
LONGEST_REASON = 2_000  # characters


def _(words: str, **values: Any) -> str:
    """Words for a label, in the language of the request that shows it; forms are written before there is one."""
    return cast(str, lazy_gettext(words, **values))


class PressForm(FlaskForm):
    """`back` names the page that the press came from."""

    back = HiddenField()


class RosterForm(PressForm):
    """`activity`: whose page it was pressed on; none on the page of the whole class."""

    activity = IntegerField(validators=[Optional(), NumberRange(min=1, max=2**31 - 1)])


class ReasonForm(PressForm):
    reason = Text(_("Why? The student reads it"), most=LONGEST_REASON)


class ExcuseForm(ReasonForm):
    """Why this student need not do it."""


class ZeroForm(ReasonForm):
    """Why there is a zero, where nothing came."""


class MessageForm(PressForm):
    text = Text(_("Your words"), most=LONGEST)


class PlacementForm(ReasonForm):
    """`option` is the id of one of the teacher's options; `anyway`: also where it is full."""

    option = SelectField(_("Way"), validate_choice=False)
    anyway = Tick(_("Also where it is full"))

    def offer(self, choice: Choice, left: dict[int, int]) -> None:
        """Name the ways, with the places left in those that have a limit. `left` = {option id: places}."""
        self.option.choices = [
            SelectChoice(str(option.id), self._said(option.title, left.get(option.id)))
            for option in choice.activity.designed_options
            if option is not choice.option
        ]

    @staticmethod
    def _said(title: str, left: int | None) -> str:
        if left is None:
            return title
        return (
            _("%(title)s (full)", title=title) if left <= 0 else _("%(title)s (%(left)s left)", title=title, left=left)
        )


class ExtensionForm(ReasonForm):
    """`days` is a number of days, or "own": then the dates typed one by one hold, on the course's wall clock.

    `had_…` are the dates as the page showed them; `of` is "work" where the days are for the work alone; `revive` opens
    an idea again whose time had run out.
    """

    days = RadioField(
        _("How much more time?"),
        choices=[
            SelectChoice("1", _("A day")),
            SelectChoice("2", _("2 days")),
            SelectChoice("3", _("3 days")),
            SelectChoice("7", _("A week")),
            SelectChoice(OWN, _("Until days that I name")),
        ],
        default="2",
        validate_choice=False,
    )
    of = HiddenField()
    had_propose_by, had_accept_by, had_pick_by, had_work_due, had_lock = (HiddenField() for _n in range(5))
    propose_by, accept_by, pick_by = LocalTime(""), LocalTime(""), LocalTime("")
    work_due, lock = LocalTime(""), LocalTime("")
    revive = Tick(_("Open the idea again whose time ran out"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in OWN_DATES:
            self[name].label.text = date_name(name)

    def validate_days(self, field: RadioField) -> None:
        if field.data != OWN and not DAYS.fullmatch(field.data or ""):
            raise ValidationError(_("Pick how much more time."))
        if field.data == OWN and not any(self.typed.values()):
            raise ValidationError(_("Name a day for at least one date."))

    @property
    def preset(self) -> int | None:
        """Days, or None where dates were typed."""
        return None if self.days.data == OWN else int(self.days.data)

    @property
    def typed(self) -> dict[str, datetime | None]:
        return {name: self[name].data for name in OWN_DATES}

    @property
    def had(self) -> dict[str, datetime]:
        return as_sent({name: self[f"had_{name}"].data or "" for name in OWN_DATES})


class WatchForm(FlaskForm):
    """When one teacher or assistant wants to be told that somebody is stuck."""

    unopened_days, idea_days, reply_days = (SelectField(coerce=int) for _n in range(3))
    still_minutes = SelectField(coerce=int)

    def offer(self) -> None:
        """The words of the labels and choices, in the language of the request."""
        for field in (self.unopened_days, self.idea_days, self.reply_days):
            field.choices = {str(days): span(timedelta(days=days)) for days in WATCH_DAYS}
        self.still_minutes.choices = {str(minutes): span(timedelta(minutes=minutes)) for minutes in STILL}
        self.unopened_days.label.text = _("Not opened for")
        self.idea_days.label.text = _("No idea this long before the end")
        self.reply_days.label.text = _("No reply to you for")
        self.still_minutes.label.text = _("Nothing new in a draft for")


class SameForm(FlaskForm):
    """`person` is the id of the student on the class list who is the same as one who left."""

    person = StringField()
