"""What the page of one student's arrangement sends."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is newer than its stubs
    HiddenField,
    RadioField,
    SelectChoice,
    SelectMultipleField,
    StringField,
    ValidationError,
)

from personalization.accommodation.model import Terms
from personalization.activity.fields import Count, Points, Text
from personalization.activity.model import Activity
from personalization.people.model import Person

MOST_DAYS = 365
LEAST_FACTOR, MOST_FACTOR = Decimal("1.01"), Decimal(4)
CLASS, OWN = "class", "own"
PRESETS: dict[str, tuple[int, Decimal | None]] = {  # {value of the radio: (days, factor)}
    CLASS: (0, None),
    "two-days": (2, None),
    "quarter": (0, Decimal("1.25")),
    "half": (0, Decimal("1.5")),
    "double": (0, Decimal(2)),
}


class Factor(Points):
    """A factor, or nothing."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        if valuelist and valuelist[0].strip():
            super().process_formdata(valuelist)
        elif valuelist:
            self.data = None


class Ticks(SelectMultipleField):
    """Boxes to tick, by their values as text; what is none of them is left away."""

    def __init__(self, label: str, names: dict[str, str], **kwargs: Any) -> None:
        super().__init__(label, choices=names, validate_choice=False, **kwargs)
        self.names = names  # {value: what stands beside the box}

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = [value for value in self.names if value in valuelist]


class SeenForm(FlaskForm):
    """A press about what the page showed; `seen` is its version, 0 where nothing was arranged yet."""

    seen = HiddenField(default="0")

    @property
    def version(self) -> int:
        text = self.seen.data or ""
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


class TermsForm(SeenForm):
    """What is different for one student. `form_for` adds what has a label, and for each running activity the boxes of
    criteria that are not asked: `not-asked-<activity id>`."""

    do = StringField(default="save")

    activities: Sequence[Activity] = ()
    elsewhere: dict[int, tuple[int, ...]]  # not asked in activities that are not on the page

    @property
    def wants_preview(self) -> bool:
        return bool(self.do.data == "preview")

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        time, days, factor = self["time"], self["days"], self["factor"]
        typed = any(field.data or field.errors for field in (days, factor))
        if time.data == OWN and not typed:
            days.errors = [_("Write days, a factor, or both.")]
        if time.data == CLASS and typed:
            time.errors = [
                _("Numbers are written, and the class’s dates are picked. Pick “Something else”, or clear them.")
            ]
        for activity in self.activities:
            boxes = self[box_name(activity.id)]
            if boxes.data and len(boxes.data) == len(boxes.names):
                boxes.errors = [_("“%(title)s”: keep at least one thing asked.", title=activity.title)]
        return not any(field.errors for field in self)

    def validate_time(self, field: RadioField) -> None:
        if field.data not in {*PRESETS, OWN}:
            raise ValidationError(_("Pick how much time."))

    def terms(self) -> Terms:
        own = (self["days"].data or 0, self["factor"].data)
        days, factor = own if self["time"].data == OWN else PRESETS.get(self["time"].data or CLASS, (0, None))
        here = {a.id: tuple(int(key) for key in self[box_name(a.id)].data or ()) for a in self.activities}
        return Terms(
            days=days,
            factor=factor,
            formats=self["formats"].data or "",
            demands=self["demands"].data or "",
            goals=self["goals"].data or "",
            shown_to=tuple(int(value) for value in self["shown_to"].data or ()),
            not_asked={activity_id: keys for activity_id, keys in sorted({**self.elsewhere, **here}.items()) if keys},
        )

    def texts(self) -> list[str]:
        return [self[name].data or "" for name in ("formats", "demands", "goals")]


def box_name(activity_id: int) -> str:
    return f"not-asked-{activity_id}"


def form_for(
    terms: Terms, seen: int, student: Person, activities: Sequence[Activity], assistants: Sequence[Person]
) -> TermsForm:
    """The form of this arrangement: what was sent with the request, else what is arranged."""
    on_page = {activity.id for activity in activities}
    fields = {
        "activities": activities,
        "elsewhere": {key: keys for key, keys in terms.not_asked.items() if key not in on_page},
        "time": RadioField(_("How much"), choices=_times(), validate_choice=False),
        "days": Count(_("More days"), MOST_DAYS),
        "factor": Factor(_("Times the days of the class"), LEAST_FACTOR, MOST_FACTOR),
        "formats": Text(_("Other ways to give it or get it")),
        "demands": Text(_("What is asked less, or differently")),
        "goals": Text(_("%(name)s’s own goals, in plain words", name=student.short_name)),
        "shown_to": Ticks(_("Who else knows it"), {str(person.id): person.name for person in assistants}),
    }
    for activity in activities:
        fields[box_name(activity.id)] = Ticks(activity.title, {str(c.key): c.name for c in activity.criteria})
    form: TermsForm = type("TermsFormHere", (TermsForm,), fields)(**_kept(terms, seen, on_page))
    return form


def _times() -> list[SelectChoice]:
    words = {
        CLASS: _("The class’s dates"),
        "two-days": _("2 more days"),
        "quarter": _("1.25 times the days"),
        "half": _("1.5 times the days"),
        "double": _("2 times the days"),
        OWN: _("Something else:"),
    }
    return [SelectChoice(value, label) for value, label in words.items()]


def _kept(terms: Terms, seen: int, on_page: set[int]) -> dict[str, object]:
    preset = next((name for name, time in PRESETS.items() if time == (terms.days, terms.factor)), OWN)
    boxes = {box_name(a): [str(key) for key in terms.not_asked.get(a, ())] for a in on_page}
    own = {"days": terms.days or None, "factor": terms.factor} if preset == OWN else {}
    return {
        "seen": str(seen),
        "time": preset,
        "formats": terms.formats,
        "demands": terms.demands,
        "goals": terms.goals,
        "shown_to": [str(person_id) for person_id in terms.shown_to],
        **own,
        **boxes,
    }
