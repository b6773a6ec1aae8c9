"""Ways from elsewhere into the design form, from the teacher's bank or a sheet; and from the form to the bank."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import flash
from flask_babel import gettext as _
from flask_babel import ngettext

from personalization.activity.bank import KEPT
from personalization.activity.forms import DesignForm
from personalization.activity.model import Activity, Option
from personalization.activity.sheet import Row, Sheet, read
from personalization.activity.shelf import bank_of, full, room_of, store
from personalization.errors import Refused
from personalization.people.model import Person

PRESS = re.compile(r"take-bank|read-sheet|take-sheet|bank-sheet|keep-option-[0-9]{1,3}", re.ASCII)
FIELDS = ("bank", "sheet", "sheet_row", "sheet_seen")  # said for one press, no part of the activity


@dataclass(frozen=True)
class Filled:
    """What a press brought. `sheet`: rows to tick; `focus`: the id of the control to go on from; `row`: which row of
    the form goes to the bank, `rows`: which of the sheet do."""

    sheet: Sheet | None = None
    focus: str = ""
    row: int | None = None
    rows: list[Row] = field(default_factory=list)


def fill(form: DesignForm, activity: Activity, me: Person, do: str, now: datetime) -> Filled:
    """What one of the presses does to the form, which was validated; what is in the way stands in its errors."""
    if do == "take-bank":
        return _take_bank(form, me)
    if do.startswith("keep-option-"):
        return Filled(row=int(do.rpartition("-")[2]))
    pasted = form.sheet.data or ""
    if not pasted.strip() or form.sheet.errors:
        form.sheet.errors = [*form.sheet.errors] or [_("Paste the rows first.")]
        return Filled(focus="sheet")
    sheet = read(pasted)
    seen, form.sheet_seen.data = form.sheet_seen.data, _mark(pasted)
    form.sheet.errors = [*sheet.problems]
    if do == "read-sheet" or seen != form.sheet_seen.data:
        form.sheet_row.data = [str(row.number) for row in sheet.rows]
        if do != "read-sheet":
            form.sheet.errors = [_("The rows changed since you looked at them. Look again."), *form.sheet.errors]
        elif not sheet.rows and not sheet.problems:
            form.sheet.errors = [_("There is no row below the headings.")]
        return Filled(sheet, focus="sheet-rows" if sheet.rows else "sheet")
    return _take_sheet(form, sheet, me, to_bank=do == "bank-sheet")


def _take_bank(form: DesignForm, me: Person) -> Filled:
    names = [row.form.name.data or "" for row in form.criteria]
    chosen = [entry for entry in bank_of(me) if str(entry.id) in (form.bank.data or [])]
    if not chosen:
        form.bank.errors = [_("Tick what you want to take.")]
        return Filled(focus="bank")
    if words := _put_in(form, [entry.row(names) for entry in chosen]):
        form.bank.errors = [words]
        return Filled(focus="bank")
    form.bank.data = []
    return Filled(focus="add-option")


def _take_sheet(form: DesignForm, sheet: Sheet, me: Person, to_bank: bool) -> Filled:
    """The ticked rows of a sheet that was looked at; the others are left away with their problems."""
    chosen = [row for row in sheet.rows if str(row.number) in (form.sheet_row.data or [])]
    form.sheet.errors = [] if chosen else [_("Tick the rows that you want.")]
    if to_bank and len(chosen) > room_of(me):
        form.sheet.errors = [f"{full().title}. {full().now}"]
    if chosen and not to_bank and (words := _put_in(form, [_as_row(row) for row in chosen])):
        form.sheet.errors = [words]
    if form.sheet.errors:
        return Filled(sheet, focus="sheet-rows")
    form.sheet.data, form.sheet_row.data, form.sheet_seen.data = "", [], ""
    return Filled(focus="add-option", rows=chosen if to_bank else [])


def _as_row(row: Row) -> dict[str, Any]:
    return {"title": row.title, "text": row.text, "minutes": row.minutes, "capacity": row.places}


def _put_in(form: DesignForm, ways: list[dict[str, Any]]) -> str:
    """Into the empty rows first, then into new ones; or a sentence where not all of them fit, and none is put in."""
    empty = [row for row in form.options if not (row.form.title.data or row.form.text.data)]
    most = form.options.max_entries or 0
    room = len(empty) + most - len(form.options)
    if len(ways) > room:
        return ngettext("Only one more way fits. Tick fewer.", "Only %(num)d more ways fit. Tick fewer.", room)
    for way, row in zip(ways, empty, strict=False):
        _write(row.form, way)
    for way in ways[len(empty) :]:
        form.options.append_entry(way)
    form.square_up()
    return ""


def _write(row: Any, way: Mapping[str, Any]) -> None:
    """Say this in a row that said nothing; it stays the row of its option."""
    for name, value in way.items():
        if name != "cover":
            _say(row[name], value)
    for cell, said in zip(row.cover, way.get("cover", ()), strict=False):
        _say(cell.form.shown, said["shown"])
        _say(cell.form.how, said["how"])


def _say(control: Any, value: Any) -> None:
    control.data, control.raw_data, control.errors = value, None, []


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


# To the bank


def keep(form: DesignForm, activity: Activity, me: Person, filled: Filled, now: datetime) -> None:
    """Put into the bank what the press said. In a draft the row's option is stored by now."""
    if filled.row is not None and filled.row < len(form.options):
        _keep_row(form, activity, me, filled.row, now)
    if filled.rows:
        for row in filled.rows:
            store(me, {"title": row.title, "text": row.text, "minutes": row.minutes}, {}, None, now)
        count = len(filled.rows)
        flash(ngettext("One way is in your bank.", "%(num)d ways are in your bank.", count))


def _keep_row(form: DesignForm, activity: Activity, me: Person, index: int, now: datetime) -> None:
    row = form.options[index].form
    said = {name: row[name].data for name in KEPT if not row[name].errors}
    if not said.get("title"):
        form.bank.errors = [_("Give this way a title first, then keep it.")]
        return
    covered = zip(form.criteria, row.cover, strict=False)
    showings = {
        c.form.name.data: {"shown": bool(cell.form.shown.data), "how": cell.form.how.data or ""}
        for c, cell in covered
        if c.form.name.data
    }
    try:
        store(me, said, showings, _option_of(row, activity, index), now)
    except Refused as refused:
        form.bank.errors = [f"{refused.title}. {refused.now}"]
    else:
        flash(_("“%(title)s” is in your bank.", title=said["title"]))


def _option_of(row: Any, activity: Activity, index: int) -> Option | None:
    """The option that a row is about; None where it is not stored yet."""
    named = (o for o in activity.designed_options if str(o.id) == (row.id.data or ""))
    placed = (o for o in activity.designed_options if activity.published_at is None and o.position == index + 1)
    return next(named, None) or next(placed, None)


def check_taken(form: DesignForm) -> None:
    """A sheet that was pasted and not taken would be lost with the page: say so before it goes."""
    if form.sheet.data and not form.sheet.errors:
        form.sheet.errors = [_("You pasted rows and did not take them yet. Look at them, or empty the box.")]
