"""The fields of the design form: what a person types becomes a value, or a sentence about what to type instead."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from wtforms import (
    BooleanField,
    DateField,
    DateTimeLocalField,
    DecimalField,
    FieldList,
    IntegerField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Optional, StopValidation, ValidationError
from wtforms.widgets import TextInput

LINE = 255  # characters
TEXT = 20_000  # characters
FIRST_YEAR, LAST_YEAR = 2000, 2100
ROW = re.compile(r"[0-9]{1,3}", re.ASCII)
LINE_END = re.compile(r"\r\n|[\r\v\f\x85\u2028\u2029]")  # word processors end lines and pages in their own ways
CONTROLS_KEPT = "\n\t"


class Line(StringField):
    """One line of text, without space around it; empty where nothing was sent."""

    def __init__(self, label: str = "", most: int = LINE, **kwargs: Any) -> None:
        super().__init__(label, [no_longer_than(most), storable], default="", **kwargs)

    def process_formdata(self, valuelist: list[Any]) -> None:
        if valuelist:
            self.data = re.sub(r"[\r\n\t\v\f\x85\u2028\u2029 ]+", " ", valuelist[0]).strip()


class Text(TextAreaField):
    """Several lines of text, with line ends as Python writes them; empty where nothing was sent."""

    def __init__(self, label: str = "", most: int = TEXT, **kwargs: Any) -> None:
        super().__init__(label, [no_longer_than(most), storable], default="", **kwargs)

    def process_formdata(self, valuelist: list[Any]) -> None:
        if valuelist:
            self.data = LINE_END.sub("\n", valuelist[0]).strip()


class Pasted(Text):
    """What was copied from a sheet: a tab at its beginning is an empty cell, no space to take away."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        if valuelist:
            self.data = LINE_END.sub("\n", valuelist[0]).strip("\n")


class Ticks(SelectMultipleField):
    """Boxes of one name, as the numbers on them; anything else is left away."""

    def __init__(self, label: str = "", **kwargs: Any) -> None:
        super().__init__(label, choices=[], validate_choice=False, **kwargs)

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = [value for value in valuelist if re.fullmatch(r"[0-9]{1,9}", value, re.ASCII)]


class Tick(BooleanField):
    """A box to tick. Its page sends a hidden "no" before it, so that a page that did not show it changes nothing."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        if valuelist:
            self.data = valuelist[-1] == "yes"

    def _value(self) -> str:
        return "yes"


class Count(IntegerField):
    """A whole number from 1 to `most`, or nothing. A plain field: number fields change under a turning wheel."""

    widget = TextInput()

    def __init__(self, label: str, most: int, **kwargs: Any) -> None:
        super().__init__(label, [Optional()], **kwargs)
        self.most = most

    def process_formdata(self, valuelist: list[Any]) -> None:
        typed = valuelist[0].strip() if valuelist else None
        if typed is None:
            return
        self.data = int(typed) if re.fullmatch(r"[0-9]{1,9}", typed) else None
        if typed and (self.data is None or not 1 <= self.data <= self.most):
            self.data = None
            raise ValueError(_("Write a whole number from 1 to %(most)s.", most=self.most))


class Points(DecimalField):
    """Points, none or more, with two decimals at most; a comma is as good as a full stop."""

    widget = TextInput()

    def __init__(self, label: str, least: Decimal, most: Decimal, **kwargs: Any) -> None:
        super().__init__(label, [], **kwargs)
        self.least, self.most = least, most

    def process_formdata(self, valuelist: list[Any]) -> None:
        if not valuelist:
            return
        typed = valuelist[0].strip().replace(",", ".")
        plain = re.fullmatch(r"[0-9]{1,9}(\.[0-9]{0,2})?", typed, re.ASCII)
        self.data = Decimal(typed) if plain else None
        if self.data is None or not self.least <= self.data <= self.most:
            self.data = None
            raise ValueError(_("Write a number from %(least)s to %(most)s.", least=self.least, most=self.most))

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else format(self.data.normalize(), "f")


class LocalTime(DateTimeLocalField):
    """A day and time on the wall clock of the course: naive here, since only the course knows its zone."""

    def __init__(self, label: str, **kwargs: Any) -> None:
        formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
        super().__init__(label, [Optional()], format=formats, **kwargs)  # it writes by the first

    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            if valuelist and valuelist[0].strip():
                raise ValueError(_("Pick a day and a time.")) from None
        if self.data is not None and not FIRST_YEAR <= self.data.year < LAST_YEAR:
            self.data = None
            raise ValueError(_("Pick a day in this century."))


class Day(DateField):
    """A day of this century, or nothing."""

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(label, [Optional()], **kwargs)

    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            if valuelist and valuelist[0].strip():
                raise ValueError(_("Pick a day.")) from None
        if self.data is not None and not FIRST_YEAR <= self.data.year < LAST_YEAR:
            self.data = None
            raise ValueError(_("Pick a day in this century."))


class Rows(FieldList):  # type: ignore[type-arg]  # generic for its stubs only
    """A list of rows, numbered from 0 in their names: `options-0-title`. Rows beyond `max_entries` are left away."""

    def _extract_indices(self, prefix: str, formdata: Iterable[str]) -> Iterator[int]:
        # WTForms takes "²" for a figure and then fails on it.
        for name in formdata:
            if name.startswith(f"{prefix}-"):
                row = name[len(prefix) + 1 :].split("-", 1)[0]
                if ROW.fullmatch(row):
                    yield int(row)

    @property
    def is_full(self) -> bool:
        return self.max_entries is not None and len(self.entries) >= self.max_entries


def storable(form: Any, field: Any) -> None:
    """Refuses what a database can't keep or a page can't show: control characters, halves of characters."""
    for sign in field.data or "":
        if unicodedata.category(sign) in {"Cc", "Cs"} and sign not in CONTROLS_KEPT:
            raise ValidationError(_("Something in here is no text. Type it anew, please."))


def no_longer_than(most: int) -> Callable[[Any, Any], None]:
    """Refuses more characters. No maxlength attribute goes with it: browsers cut what is pasted without a word."""

    def check(form: Any, field: Any) -> None:
        if len(field.data or "") > most:
            raise StopValidation(_("This is too long. %(most)s characters fit.", most=most))  # and look no further

    return check
