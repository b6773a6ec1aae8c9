"""What the page sends where a way is picked."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import RadioField, ValidationError

from personalization.activity.model import Activity, Option

OWN = "own"  # the third option


class PickForm(FlaskForm):
    """`option` is an option's id, or "own"."""

    option = RadioField(validate_choice=False)

    def validate_option(self, field: RadioField) -> None:
        if not field.data:
            raise ValidationError(_("Pick one of the ways first."))

    def offer(self, activity: Activity) -> None:
        """Name the cards, so that what is said about the form can lead to the first of them."""
        self.option.choices = [*((str(o.id), o.title) for o in activity.designed_options), (OWN, OWN)]

    @property
    def wants_own(self) -> bool:
        return bool(self.option.data == OWN)

    def picked(self, activity: Activity) -> Option | None:
        """One of the activity's options, or None: archived meanwhile, somebody's own, or never there."""
        return option_named(activity, self.option.data)


def option_named(activity: Activity, text: str | None) -> Option | None:
    """The teacher's option whose id a form sent as text; None where it names no such option."""
    return next((o for o in activity.designed_options if str(o.id) == text), None)
