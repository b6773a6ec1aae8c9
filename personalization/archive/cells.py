"""A table as a file that Excel and LibreOffice open as it is meant, and that runs nothing there. Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

BOM = "\N{BOM}"  # without it Excel takes UTF-8 for the letters of the machine's own language
# What a spreadsheet takes for the beginning of a formula, in ASCII and in the wide forms of East Asia.
FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
BREAKS = ("\t", "\r", "\n")
# Where a spreadsheet begins a new cell that was told the other separator, or none: what comes there and could call
# anything, by a bracket, a bar or another sheet's name, must not be a formula either. A dash before words is left.
AMID = re.compile(r"(?<=[,;\t\r\n])([ \"]*)(?=[=+\-@＝＋－＠][^\r\n]*[(|!])")


class Separator(StrEnum):
    """Excel reads what its country writes: where numbers have a decimal comma, it wants semicolons."""

    COMMA = "comma"
    SEMICOLON = "semicolon"


Cell = str | int | Decimal | None


def harmless(text: str) -> str:
    """A text that no spreadsheet calculates: an apostrophe before it, which Excel shows as text and nothing else.

    So too amid it, where one that is set to another separator takes it apart.
    """
    text = AMID.sub(r"\1'", text)
    return f"'{text}" if text.startswith(BREAKS) or text.lstrip().startswith(FORMULA) else text


def moment(at: datetime | None, tz: ZoneInfo) -> str:
    """Day and time as every spreadsheet reads them, on the wall of the course: "2026-11-20 18:00"."""
    return f"{at.astimezone(tz):%Y-%m-%d %H:%M}" if at is not None else ""


def written(rows: Iterable[Sequence[Cell]], separator: Separator) -> str:
    """These rows as lines of a CSV; the first of a file begins with BOM."""
    lines = io.StringIO(newline="")
    writer = csv.writer(lines, delimiter=";" if separator is Separator.SEMICOLON else ",", lineterminator="\r\n")
    for row in rows:
        writer.writerow([_cell(value, separator) for value in row])
    return lines.getvalue()


def _cell(value: Cell, separator: Separator) -> str:
    match value:
        case None:
            return ""
        case str():
            return harmless(value.replace("\x00", ""))
        case int():
            return str(value)
        case Decimal():
            plain = format(value.normalize(), "f")
            return plain.replace(".", ",") if separator is Separator.SEMICOLON else plain
