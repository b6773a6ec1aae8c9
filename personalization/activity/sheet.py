"""Rows as they come out of a spreadsheet, by copying or as a CSV file, become ways to show it. Pure: no database.

What Excel, Google Sheets and LibreOffice put on the clipboard is tab-separated, with cells that hold a line break or a
tab in quotation marks, and marks inside them doubled; their CSV files have commas or semicolons instead.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field

from flask_babel import gettext as _

from personalization.activity.fields import LINE, TEXT
from personalization.activity.forms import MOST_MINUTES, MOST_PLACES

MOST_ROWS = 200
DELIMITERS = "\t;,"  # the clipboard's first
COLUMNS = ("title", "text", "minutes", "places")
SPACE = re.compile(r"\s+")
# A sheet writes 45 also as "45.0", people as "45 min".
NUMBER = re.compile(r"([0-9]{1,9})(?:[.,]0+)?\s*(?:min\.?|mins|minutes)?", re.ASCII | re.IGNORECASE)
HEADINGS = {
    "title": {"title", "name", "option", "way"},
    "text": {"what you do", "what to do", "description", "text", "instructions", "task", "details"},
    "minutes": {"minutes", "min", "mins", "minutes, about", "time", "duration"},
    "places": {"places", "capacity", "seats", "spots", "room for", "max"},
}


@dataclass(frozen=True)
class Row:
    """One way. `number` is the row's place in what was pasted, from 1, as a sheet counts; `minutes`, `places`: None
    where nothing was said."""

    number: int
    title: str
    text: str = ""
    minutes: int | None = None
    places: int | None = None


@dataclass(frozen=True)
class Sheet:
    """`problems`: a sentence for each row that cannot become a way, naming it; `rows` are the others."""

    rows: list[Row] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def read(text: str) -> Sheet:
    """The rows of a pasted sheet, under the delimiter that makes the most sense of it.

    Columns are title, what you do, minutes, places; a first row of headings may put them in another order.
    """
    text = text.removeprefix("\ufeff")
    tables = {delimiter: cells(text, delimiter) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=lambda delimiter: _sense(tables[delimiter], delimiter))  # of equals the first
    return _sheet(tables[best])


def cells(text: str, delimiter: str) -> list[list[str]]:
    """Rows of cells, blank ones included so that rows keep their number. Where quotation marks do not close as CSV
    has it, they are only quotation marks."""
    try:
        found = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        plain = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=csv.QUOTE_NONE)
        found = list(plain)
    return [[_lines(cell) for cell in row] for row in found]


def _lines(cell: str) -> str:
    return cell.replace("\r\n", "\n").replace("\r", "\n").strip()


def _sense(table: list[list[str]], delimiter: str) -> tuple[int, ...]:
    """How much sense a delimiter makes of it; more is better.

    A comma here and there is a comma: half of the rows have columns, or none have. Nobody types tabs, so columns by
    tabs are columns; between the others count headings, then how few rows are wrong, then how many numbers there are.
    """
    rows = [row for row in table if any(row)]
    wide = sum(1 for row in rows if len(row) > 1)
    if not wide or 2 * wide < len(rows):
        return (0,)
    sheet = _sheet(table)
    counts = sum(1 for row in sheet.rows for count in (row.minutes, row.places) if count)
    return 1, delimiter == "\t", bool(_headings(rows[0])), -len(sheet.problems), counts, wide


def _headings(row: list[str]) -> list[str]:
    """The columns that a row of headings names; empty where it is none."""
    words = [SPACE.sub(" ", cell).casefold() for cell in row]
    known = {word: column for column, names in HEADINGS.items() for word in names}
    known |= {_("Title").casefold(): "title", _("What you do").casefold(): "text"}
    known |= {_("Minutes, about").casefold(): "minutes", _("Places").casefold(): "places"}
    columns = [known.get(word, "") for word in words if word]
    whole = all(columns) and "title" in columns and len(set(columns)) == len(columns)
    return [known.get(word, "") for word in words] if whole else []


def _sheet(table: list[list[str]]) -> Sheet:
    numbered = [(number, row) for number, row in enumerate(table, 1) if any(row)]
    columns = list(COLUMNS)
    if numbered and (headings := _headings(numbered[0][1])):
        columns, numbered = headings, numbered[1:]
    sheet = Sheet()
    for number, row in numbered[:MOST_ROWS]:
        found = _row(number, row, columns)
        if isinstance(found, Row):
            sheet.rows.append(found)
        else:
            sheet.problems.append(found)
    if len(numbered) > MOST_ROWS:
        rest = len(numbered) - MOST_ROWS
        sheet.problems.append(_("Only the first %(most)s rows are read; %(rest)s are not.", most=MOST_ROWS, rest=rest))
    return sheet


def _row(number: int, row: list[str], columns: list[str]) -> Row | str:
    """The way that a row says, or what is wrong with it."""
    if any(row[len(columns) :]):
        return _("Row %(number)s has more than %(count)s columns.", number=number, count=len(columns))
    said = {column: cell for column, cell in zip(columns, row, strict=False) if column}
    title, text = SPACE.sub(" ", said.get("title", "")).strip(), said.get("text", "")
    if not title:
        return _("Row %(number)s has no title.", number=number)
    if len(title) > LINE:
        return _("Row %(number)s: the title is too long. %(most)s characters fit.", number=number, most=LINE)
    if len(text) > TEXT:
        return _("Row %(number)s: the text is too long. %(most)s characters fit.", number=number, most=TEXT)
    minutes, places = _count(said.get("minutes", ""), MOST_MINUTES), _count(said.get("places", ""), MOST_PLACES)
    if minutes == 0:
        return _("Row %(number)s: “%(cell)s” is no number of minutes.", number=number, cell=said["minutes"][:40])
    if places == 0:
        return _("Row %(number)s: “%(cell)s” is no number of places.", number=number, cell=said["places"][:40])
    return Row(number, title, text, minutes, places)


def _count(cell: str, most: int) -> int | None:
    """A whole number from 1 to `most`, None where nothing is said, 0 where it is none."""
    if not cell:
        return None
    found = NUMBER.fullmatch(cell)
    count = int(found[1]) if found else 0
    return count if count <= most else 0
