"""What a download is to hold, and how."""

from __future__ import annotations

from typing import Any, cast

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectChoice  # type: ignore[attr-defined]  # SelectChoice is newer than its stubs

from personalization.archive.cells import Separator


def _(words: str, **values: Any) -> str:
    """Words for a label, in the language of the request that shows it; forms are written before there is one."""
    return cast(str, lazy_gettext(words, **values))


class TablesForm(FlaskForm):
    """`separator`: as the reader's spreadsheet wants it."""

    separator = RadioField(
        _("Columns are separated by"),
        choices=[
            SelectChoice(Separator.COMMA.value, _("Commas: LibreOffice, Google, Excel where numbers have a point")),
            SelectChoice(Separator.SEMICOLON.value, _("Semicolons: Excel where numbers have a decimal comma")),
        ],
        default=Separator.COMMA.value,
    )


class DownloadForm(TablesForm):
    """`what`: "table" or "work"."""

    what = RadioField(
        _("What you need"),
        choices=[
            SelectChoice("table", _("A table: a row for each student, for a spreadsheet")),
            SelectChoice("work", _("All work handed in: a folder for each student, and the table")),
        ],
        default="table",
    )
