"""How an activity is designed, every word of it, as plain values for the export."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from personalization.activity.model import Activity, Option
from personalization.activity.rubric import Criterion, Rubric

Plain = dict[str, Any]


def design(activity: Activity) -> Plain:
    """What students see and by what they are marked; `typed` is what was typed since and nobody published."""
    return {
        "id": activity.id,
        "key": activity.key,
        "title": activity.title,
        "shows": activity.shows,
        "goal": activity.goal,
        "representations": activity.representations,
        "graded": activity.graded,
        "points": number(activity.points),
        "own_idea": activity.own_idea,
        "silence": activity.silence.value,
        "least_filled": activity.least_filled,
        "default_option": activity.default_option_id,
        "targets": [{"code": target.code, "text": target.text} for target in activity.targets],
        "rubrics": [_rubric(rubric) for rubric in activity.rubrics],
        "options": [_option(activity, option) for option in activity.options],
        "typed": activity.typed,
    }


def number(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _rubric(rubric: Rubric) -> Plain:
    return {"number": rubric.number, "criteria": [_criterion(criterion) for criterion in rubric.criteria]}


def _criterion(criterion: Criterion) -> Plain:
    levels = [{"value": x.value, "points": number(x.points), "text": x.text} for x in criterion.levels]
    return {"key": criterion.key, "name": criterion.name, "description": criterion.description, "levels": levels}


def _option(activity: Activity, option: Option) -> Plain:
    return {
        "id": option.id,
        "letter": activity.letter(option) or None,
        "title": option.title,
        "text": option.text,
        "minutes": option.minutes,
        "means": option.means,
        "capacity": option.capacity,
        "audience": option.audience,
        "supports": option.supports,
        "only_for": option.only_for_id,
        "archived_at": option.archived_at.isoformat() if option.archived_at else None,
        "showings": [{"criterion": s.criterion_key, "shown": s.shown, "how": s.how} for s in option.showings],
    }
