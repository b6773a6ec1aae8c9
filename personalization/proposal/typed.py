"""Fields for what people type: bounded, free of what no database keeps, with the line breaks of one kind."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from wtforms import Field, Form, StringField, TextAreaField, ValidationError

LINE = 255
TEXT = 20_000


def one_kind_of_break(text: str | None) -> str:
    """Browsers send CRLF; kept so, every line would look changed beside a text that came another way."""
    return (text or "").replace("\r\n", "\n").replace("\r", "\n").strip()


def can_be_kept(form: Form, field: Field) -> None:
    """Neither NUL, which PostgreSQL refuses, nor half of a character, which no encoding knows."""
    if any(c == "\0" or "\ud800" <= c <= "\udfff" for c in field.data or ""):
        raise ValidationError(_("There is a character in here that can’t be kept. Type it again, please."))


def not_longer(most: int) -> Any:
    def check(form: Form, field: Field) -> None:
        over = len(field.data or "") - most
        if over > 0:
            raise ValidationError(
                _("“%(name)s” is %(over)s characters too long; %(most)s fit.",
                  name=field.label.text, over=over, most=most)
            )  # fmt: skip

    return check


class Line(StringField):
    """One line."""

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        super().__init__(label, [can_be_kept, not_longer(LINE)], [one_kind_of_break], **kwargs)


class Prose(TextAreaField):
    """As much as a person wants to say."""

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        super().__init__(label, [can_be_kept, not_longer(TEXT)], [one_kind_of_break], **kwargs)
