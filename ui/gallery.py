"""Every part with its states on one page, for those who build pages and for the tests; not there in production."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import abort, current_app, render_template
from wtforms import BooleanField, Form, MultipleFileField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired

NOW = datetime(2026, 11, 11, 0, 0, tzinfo=UTC)  # 6:00 pm of Nov 10 in Chicago

LEVELS = [
    (1, "Starting", "Says that something changes"),
    (2, "Getting there", "Says what changes"),
    (3, "Got it", "Says what changes and one cause"),
    (4, "Goes further", "Follows a change through the web"),
]

FIRST = "The cards have energy points. The rules fit on one page."
SECOND = "Each card shows its energy in kJ. The rules fit on one page with a picture for each step."


class Sample(Form):
    """One field of each kind that pages use."""

    plan = TextAreaField("What will you make or do?", [InputRequired("Write at least one sentence.")])
    numbers = StringField("2. Numbers", [InputRequired("Say where numbers show.")])
    tool = StringField("With what?")
    plan_b = RadioField("Your plan B", choices={"1": "Field poster", "2": "Data story"}, default="2")
    move_to = SelectField("Kofi Mensah to", choices={"n": "Newts", "d": "Dragonflies"}, default="n")
    files = MultipleFileField("Photos, sound, video or a document")
    in_person = BooleanField("I show it in person")


def show() -> str:
    """The gallery, with a form that was sent empty."""
    if not (current_app.debug or current_app.testing):
        abort(404)
    form = Sample()
    form.validate()
    days = {name: NOW + timedelta(days=n) for name, n in {"opened": -1, "propose": 3, "pick": 10, "due": 24}.items()}
    texts = {"first": FIRST, "second": SECOND}
    return render_template("ui/gallery.html", form=form, now=NOW, days=days, levels=LEVELS, **texts)
