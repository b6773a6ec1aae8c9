"""From a draft to what students see: what is still missing, and the step itself. Pure."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _

from personalization.activity.dates import date_name
from personalization.activity.model import Activity
from personalization.errors import Refused


def missing(activity: Activity, now: datetime) -> list[tuple[str, str]]:
    """What still keeps it from being published: pairs of form field and sentence."""
    problems = []
    if not activity.title.strip():
        problems.append(("title", _("Give it a title.")))
    if not activity.shows.strip():
        problems.append(("shows", _("Say what it should show.")))
    blank = [n for n, o in enumerate(activity.designed_options) if not o.title.strip()]
    if len(activity.designed_options) - len(blank) < 2:
        field = f"options-{blank[0] if blank else 0}-title"
        problems.append((field, _("Write two ways to show it, a few words each.")))
    if not any(c.name.strip() for c in activity.criteria):
        problems.append(("criteria", _("Keep at least one thing to look for.")))
    if activity.default_option is not None and activity.default_option.capacity is not None:
        words = _("“%(title)s” must have room for everyone. Clear its number of places, or choose another way.",
                  title=activity.default_option.title)  # fmt: skip
        problems.append(("default_option", words))
    return problems + _date_problems(activity, now)


def publish(activity: Activity, now: datetime) -> None:
    """Show it to students as it is now; empty dates are filled in. Doing it again without an edit changes nothing.

    Raises:
        Refused: something in `missing()` is still open.
    """
    if problems := missing(activity, now):
        raise Refused(_("Not published yet"), " ".join(words for _field, words in problems))
    for option in activity.designed_options:
        if not option.title.strip():
            activity.drop_option(option, now)
    if not all(c.name.strip() for c in activity.criteria):
        activity.rubric.criteria = [c for c in activity.criteria if c.name.strip()]
    activity.set_dates(activity.suggested(now))
    activity.published_at = activity.published_at or now
    activity.typed = None


def _date_problems(activity: Activity, now: datetime) -> list[tuple[str, str]]:
    dates = activity.suggested(now)
    opens_now = activity.opens is None and activity.published_at is None
    if opens_now and activity.work_due is not None and activity.work_due < now:
        return [("work_due", _("The hand-in date is over already."))]
    if clash := dates.clash():
        # Point to a date that somebody typed, not to one that was suggested around it.
        field = next((name for name in reversed(clash) if getattr(activity, name) is not None), clash[0])
        words = _("“%(first)s” comes after “%(second)s”.", first=date_name(clash[0]), second=date_name(clash[1]))
        return [(field, words)]
    if name := dates.unbound():
        return [(name, _("“%(date)s” needs a hand-in date. Set one, or clear this date.", date=date_name(name)))]
    return []
