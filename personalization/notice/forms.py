"""What the pages of news and mail send."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import IntegerField, RadioField
from wtforms.validators import InputRequired, NumberRange

from personalization.people.model import Rhythm

MOST = 2**31 - 1  # a column holds 32 bits on PostgreSQL


def number(text: str | None) -> int | None:
    """A row's number from an address; None where it says none that a column could hold."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < len(str(MOST)) else None


class SeenForm(FlaskForm):
    """`until`: the newest event that the page showed."""

    until = IntegerField(validators=[InputRequired(), NumberRange(0, MOST)])


class MailForm(FlaskForm):
    """How I want mail from this course."""

    rhythm = RadioField()

    def offer(self, choices: dict[Rhythm, str]) -> None:
        self.rhythm.choices = [(rhythm.value, words) for rhythm, words in choices.items()]
