"""What the hand-in page posts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import request
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from werkzeug.datastructures import FileStorage
from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is newer than its stubs
    Field,
    MultipleFileField,
    RadioField,
    SelectChoice,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import Length, Optional

from personalization.submission.model import Again

if TYPE_CHECKING:  # WTForms' stubs know no lazy strings
    from flask_babel import gettext as _l
else:
    from flask_babel import lazy_gettext as _l

LONGEST_TEXT = 20_000  # characters
LONGEST_URL = 2_000
MOST_FILES = 10  # in one post
WITH_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def _without_nul(form: FlaskForm, field: Field) -> None:
    """PostgreSQL stores no NUL; nobody types one."""
    if "\x00" in (field.data or ""):
        raise ValidationError(_("There is a character in it that can’t be kept. Type it anew."))


def _text(label: str) -> TextAreaField:
    return TextAreaField(label, [Length(max=LONGEST_TEXT, message=_l("20,000 characters fit.")), _without_nul])


class DraftForm(FlaskForm):
    """What saves itself: words and ticks."""

    text = _text(_l("Your text"))
    reflection = _text(_l("How did you learn it?"))

    def shows(self) -> dict[int, list[int]]:
        """{evidence id: keys of the criteria ticked for it}, for the evidence that was on the page."""
        return {item: _numbers(f"shows-{item}") for item in _numbers("item")}


class WorkForm(DraftForm):
    """The whole page: a link and files may come with every press, so that nothing chosen is lost."""

    link = StringField(
        _l("A link"), [Length(max=LONGEST_URL, message=_l("This link is too long. Shorten it first.")), _without_nul]
    )
    link_title = StringField(_l("What is it?"), [Length(max=255, message=_l("255 characters fit.")), _without_nul])
    files = MultipleFileField(_l("Photos, sound, video or a document"))

    def validate_link(self, field: Field) -> None:
        """Only what opens in a browser; a missing https:// is put there."""
        field.data = (field.data or "").strip()
        if not field.data:
            return
        if not WITH_SCHEME.match(field.data):
            field.data = f"https://{field.data}"
        if not _opens(field.data):
            raise ValidationError(_("This is no web address. Copy it from your browser’s address line."))

    def validate_files(self, field: Field) -> None:
        if len(self.uploads()) > MOST_FILES:
            raise ValidationError(_("%(count)d files fit at once. Choose the rest after these.", count=MOST_FILES))

    def uploads(self) -> list[FileStorage]:
        """The files chosen; a browser sends an empty part where none was."""
        return [f for f in self.files.data or [] if isinstance(f, FileStorage) and f.filename]


def _again(value: object) -> Again | None:
    """None for no answer, and for one that no page of ours offers."""
    return next((again for again in Again if again == value), None)


class ReflectionForm(FlaskForm):
    reflection = _text(_l("What made it click?"))
    again = RadioField(
        _l("Would you take this way again?"),
        [Optional()],
        choices=[
            SelectChoice(Again.YES, _l("Yes")),
            SelectChoice(Again.SOMETIMES, _l("Sometimes")),
            SelectChoice(Again.NO, _l("No, another one")),
        ],
        coerce=_again,
        validate_choice=False,
    )


class ShowingForm(FlaskForm):
    about = StringField(_l("What did you see?"), [Length(max=255, message=_l("255 characters fit.")), _without_nul])


def _numbers(name: str) -> list[int]:
    """The whole numbers among a field's values; anything else did not come from our page."""
    values = request.form.getlist(name)
    return [int(value) for value in values if value.isascii() and value.isdigit() and len(value) < 19]


def _opens(url: str) -> bool:
    if any(c.isspace() or not c.isprintable() for c in url):
        return False
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return False
    return parts.scheme.lower() in {"http", "https"} and bool(host) and "." in str(host) and parts.username is None
