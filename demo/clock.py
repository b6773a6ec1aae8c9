"""The clock control: the tool's time of day, moved by a file that it reads. The LMS itself stays on real time."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from demo.school import now, school

bp = Blueprint("clock", __name__)
SCHOOL_ZONE = ZoneInfo("America/Chicago")
STEPS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}


def read_offset(clock_file: Path | None) -> timedelta:
    """How far the tool's time is moved; none where the file is absent, empty or no number."""
    try:
        return timedelta(seconds=float(clock_file.read_text())) if clock_file else timedelta()
    except (OSError, ValueError, OverflowError):
        return timedelta()


def write_offset(clock_file: Path, offset: timedelta) -> None:
    """A signed number of seconds, or an empty file for real time; put in place at once, never half written."""
    seconds = int(offset.total_seconds())
    beside = clock_file.with_suffix(".new")
    beside.write_text(f"{seconds:+d}\n" if seconds else "")
    beside.replace(clock_file)


def tool_now() -> datetime:
    """The tool's time, in the school's zone."""
    return (now() + read_offset(school().config.clock_file)).astimezone(SCHOOL_ZONE)


@bp.get("/clock")
def show() -> ResponseReturnValue:
    return render_template("demo/clock.html", steps=STEPS, real=now().astimezone(SCHOOL_ZONE))


@bp.post("/clock")
def move() -> ResponseReturnValue:
    """One step further, to a given date and time, or back to now."""
    clock_file = school().config.clock_file or abort(404)
    step, to = request.form.get("step", ""), request.form.get("to", "")
    if step == "now":
        offset = timedelta()
    elif step in STEPS:
        offset = read_offset(clock_file) + STEPS[step]
    else:
        offset = _until(to)
    write_offset(clock_file, offset)
    flash(f"In the tool it is now {tool_now():%a, %b %-d, %Y, %-I:%M %p}.")
    return redirect(url_for(".show"), 303)


def _until(text: str) -> timedelta:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=SCHOOL_ZONE) - now()
    except ValueError:
        abort(400, "Choose a step, or a date and time such as 2026-12-04T18:00.")
