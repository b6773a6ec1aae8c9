"""An activity once more, in this or another course: the design comes, people's data never. Pure: no database."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from personalization.activity.dates import Dates
from personalization.activity.fields import LINE
from personalization.activity.model import Activity, LearningTarget
from personalization.activity.option import Option, Showing
from personalization.activity.rubric import Criterion, Rubric, make_criterion
from personalization.people.model import Course, Person

# Every column of an activity is of one of these kinds; a test holds it, so that a new rule is not forgotten here.
DESIGN = {"shows", "goal", "representations", "graded", "points", "own_idea", "silence", "least_filled"}
OPTION_DESIGN = {"title", "text", "minutes", "means", "capacity", "audience", "supports"}


def copy_into(
    activity: Activity, course: Course, by: Person, now: datetime, opens: datetime | None, form_key: str | None = None
) -> Activity:
    """A draft of the same design in `course`, begun by `by`, who is somebody there.

    The teacher's options, the newest rubric, targets and rules come along. What was made for one student, choices,
    placements, the key and what was typed and not published stay.

    Args:
        opens: when the copy opens; its other dates keep their distance from it in days, and their time of day in the
            zone of `course`. None: it has no dates.
        form_key: the page that asked; the same page asks for one copy.
    """
    copy = Activity.draft(course, by, now, form_key)
    for name in DESIGN:
        setattr(copy, name, getattr(activity, name))
    copy.title = _copy_title(activity.title) if course is activity.course else activity.title
    copy.targets = [LearningTarget(position=t.position, code=t.code, text=t.text) for t in activity.targets]
    copy.rubrics = [Rubric(number=1, criteria=[_criterion(c) for c in activity.criteria])]
    twins = {option: _option(option, place) for place, option in enumerate(activity.designed_options, 1)}
    copy.options = list(twins.values())
    copy.default_option = twins.get(activity.default_option) if activity.default_option else None
    if opens is not None:
        tz = activity.course.tz
        copy.note_dates(shifted(activity.dates, tz, activity.opens or now, opens, course.tz))
    return copy


def shifted(dates: Dates, tz: ZoneInfo, before: datetime, opens: datetime, to: ZoneInfo) -> Dates:
    """The dates as far from `opens` as they were from `before`, in whole days; each at the time of day that it had.

    Args:
        tz: whose wall clock the dates were meant on.
        to: whose wall clock they are meant on now: 23:59 stays 23:59, also over a DST change.
    """
    days = opens.astimezone(to).date() - before.astimezone(tz).date()
    given = {f.name: getattr(dates, f.name) for f in fields(Dates)}
    moved = {name: _on(at, days, tz, to) for name, at in given.items() if at is not None and name != "opens"}
    return Dates(**{**moved, "opens": opens})


def opening(activity: Activity, day: date, course: Course, now: datetime) -> datetime:
    """When a copy into `course` opens that is to open on this day: at the time of day that the activity opened at."""
    time = (activity.opens or now).astimezone(activity.course.tz).time()
    return datetime.combine(day, time, course.tz).astimezone(UTC)


def _on(at: datetime, days: timedelta, tz: ZoneInfo, to: ZoneInfo) -> datetime:
    local = at.astimezone(tz)
    return datetime.combine(local.date() + days, local.time(), to).astimezone(UTC)


def _copy_title(title: str) -> str:
    """In the same course the two must be told apart; what does not fit is cut from the title."""
    room = LINE - len(_("%(title)s (copy)", title=""))
    return _("%(title)s (copy)", title=title[:room])


def _criterion(criterion: Criterion) -> Criterion:
    """Under the same number, by which options say where they show it."""
    texts, points = [level.text for level in criterion.levels], [level.points for level in criterion.levels]
    return make_criterion(
        criterion.key, criterion.name, criterion.description, texts, points, position=criterion.position
    )


def _option(option: Option, place: int) -> Option:
    twin = Option.blank(place)
    for name in OPTION_DESIGN:
        setattr(twin, name, getattr(option, name))
    twin.showings = [Showing(criterion_key=s.criterion_key, shown=s.shown, how=s.how) for s in option.showings]
    return twin
