"""Activities whose dates are known to the day, and the way from now to a moment between two of them."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from playwright.sync_api import expect

from tests.journeys.steps import SCHOOL, added, begin_activity, fill_design
from tests.journeys.visitor import Visitor

HOUR = time(18)
# Days from today, each at six in the evening, school time. Whoever sets the clock to noon stands clear of all of them.
DAYS = {"propose_by": 3, "answer_by": 5, "accept_by": 6, "pick_by": 8, "work_due": 14, "lock": 16}


def moment(day: int, hour: time = HOUR) -> datetime:
    return datetime.combine(datetime.now(SCHOOL).date() + timedelta(days=day), hour, SCHOOL)


def until(day: int) -> float:
    """How many days from now it is noon of that day."""
    return (moment(day, time(12)) - datetime.now(SCHOOL)) / timedelta(days=1)


def publish_dated(teacher: Visitor, title: str) -> None:
    """A new activity on the course page, with all of DAYS."""
    tool = begin_activity(teacher)
    fill_design(tool, title)
    tool.get_by_text("More, if you like").click()
    tool.get_by_text("Change a date").click()
    for name, day in DAYS.items():
        tool.locator(f"[name={name}]").fill(f"{moment(day):%Y-%m-%dT%H:%M}")
    tool.get_by_role("button", name="Publish").click()
    added(teacher, title)
    expect(teacher.page.get_by_role("link", name=title, exact=True)).to_be_visible()
