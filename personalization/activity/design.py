"""Between an activity and its form: what the page shows of it, and what it takes from the page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from personalization.activity.dates import Dates
from personalization.activity.forms import DATES, OPTIONS, DesignForm
from personalization.activity.model import Activity, LearningTarget, Option, Silence
from personalization.activity.rubric import LEVELS, Criterion, make_criterion
from personalization.people.model import Person

Row = TypeVar("Row")

WORDS = ("title", "shows", "goal", "representations")
SWITCHES = ("own_idea", "least_filled", "graded")
OPTION_FIELDS = ("title", "text", "minutes", "means", "audience", "capacity", "supports")


def shown(activity: Activity) -> dict[str, Any]:
    """The activity as the form's data; times on the wall clock of the course."""
    options = activity.designed_options
    chosen = activity.default_option
    return {
        **{name: getattr(activity, name) for name in (*WORDS, *SWITCHES, "points")},
        **{name: local(getattr(activity, name), activity.course.tz) for name in DATES},
        "form_key": activity.form_key,
        "opened": activity.saved_at.isoformat(),
        "gaps_seen": gaps_mark(activity),
        "silence": activity.silence.value,
        "default_option": str(options.index(chosen)) if chosen in options else "",
        "targets": [{"code": t.code, "text": t.text} for t in activity.targets],
        "criteria": [_criterion(c) for c in activity.criteria],
        "options": [_option(o, activity.criteria) for o in options],
    }


def _criterion(criterion: Criterion) -> dict[str, Any]:
    levels = [{"text": level.text, "points": level.points} for level in criterion.levels]
    return {"key": criterion.key, "name": criterion.name, "description": criterion.description, "levels": levels}


def _option(option: Option, criteria: list[Criterion]) -> dict[str, Any]:
    cover = [{"shown": option.can_show(c.key), "how": option.how(c.key)} for c in criteria]
    return {"id": option.id, "cover": cover, **{name: getattr(option, name) for name in OPTION_FIELDS}}


def gaps_mark(activity: Activity) -> str:
    """The gaps in short: a page that sends it back has named them."""
    return " ".join(f"{option.position}.{criterion.key}" for option, criterion in activity.gaps())


def is_zone(name: str) -> bool:
    return name in available_timezones()


def local(instant: datetime | None, tz: ZoneInfo) -> datetime | None:
    return instant.astimezone(tz).replace(tzinfo=None) if instant else None


def take(form: DesignForm, activity: Activity, by: Person, now: datetime, keep_rubric: bool = False) -> None:
    """Write what was typed into the activity; a field that makes no sense yet leaves its value as it was.

    `keep_rubric`: someone holds to the present rubric, so an edit of it makes a new version.
    """
    for name in (*WORDS, *SWITCHES, "points"):
        _set(activity, name, form[name])
    if form.silence.data in set(Silence):
        activity.silence = Silence(form.silence.data)
    activity.note_dates(_dates(form, activity))
    _take_targets(form, activity)
    keys = _take_criteria(form, activity, keep_rubric)
    _take_options(form, activity, keys, now)
    activity.saved_at, activity.saved_by, activity.saved_by_id = now, by, by.id


def _set(row: Any, name: str, field: Any) -> None:
    if not field.errors:
        setattr(row, name, field.data)


def _dates(form: DesignForm, activity: Activity) -> Dates:
    """What was typed, in UTC. Pages show minutes: a time that still reads the same is the same to the second."""
    tz, found = activity.course.tz, {}
    for name in DATES:
        stored, field = getattr(activity, name), form[name]
        before = local(stored, tz)
        same = before is not None and field.data is not None and _minute(before) == _minute(field.data)
        keep = bool(field.errors) or same
        found[name] = stored if keep else field.data and field.data.replace(tzinfo=tz).astimezone(UTC)
    return Dates(**found)


def _minute(time: datetime) -> datetime:
    return time.replace(second=0, microsecond=0)


def _take_targets(form: DesignForm, activity: Activity) -> None:
    typed = [(row.form.code, row.form.text) for row in form.targets]
    if any(code.errors or text.errors for code, text in typed):
        return
    said = [(code.data or "", text.data or "") for code, text in typed if code.data or text.data]
    if said != [(t.code, t.text) for t in activity.targets]:
        activity.targets = [LearningTarget(position=n, code=code, text=text) for n, (code, text) in enumerate(said, 1)]


def _take_criteria(form: DesignForm, activity: Activity, keep_rubric: bool) -> list[int]:
    """Put the typed criteria in force; their keys, in the order of the rows."""
    if not len(form.criteria):  # the short page has none
        return [c.key for c in activity.criteria]
    known = {str(c.key): c for c in activity.criteria}
    matched = _match(form.criteria, known, lambda row: row.form.key.data, activity.published_at is None)
    fresh, keys, criteria = activity.next_criterion_key(), [], []
    for place, (row, present) in enumerate(matched, 1):
        key = present.key if present else fresh
        fresh += present is None
        keys.append(key)
        criteria.append(_typed_criterion(row.form, key, place, present))
    named = [c for c in criteria if c.name or activity.published_at is None]
    activity.revise_rubric(named, keep_rubric)
    return keys


def _typed_criterion(row: Any, key: int, place: int, present: Criterion | None) -> Criterion:
    before = present or make_criterion(key, "", "", [""] * LEVELS)
    texts = [_or(level.form.text, was.text) for level, was in zip(row.levels, before.levels, strict=True)]
    points = [_or(level.form.points, was.points) for level, was in zip(row.levels, before.levels, strict=True)]
    name, description = _or(row.name, before.name), _or(row.description, before.description)
    return make_criterion(key, name, description, texts, points, place)


def _or(field: Any, before: Any) -> Any:
    """What was typed, or what was there before where that makes no sense."""
    return before if field.errors or field.data is None else field.data


def _take_options(form: DesignForm, activity: Activity, keys: list[int], now: datetime) -> None:
    if not len(form.options):
        return
    designed = activity.designed_options
    known = {str(o.id): o for o in designed}
    matched = _match(form.options, known, lambda row: row.form.id.data, activity.published_at is None)
    taken = [(row.form, present or activity.add_option("", "")) for row, present in matched]
    for place, (row, option) in enumerate(taken, 1):
        option.position = place
        for name in OPTION_FIELDS:
            _set(option, name, row[name])
        for key, cell in zip(keys, row.cover, strict=False):
            if not cell.form.how.errors:
                option.set_showing(key, cell.form.shown.data, cell.form.how.data or "")
    kept = [option for _row, option in taken]
    for option in designed:
        if option not in kept and (_was_there(form, option) or len(kept) >= OPTIONS):
            activity.drop_option(option, now)
        elif option not in kept:
            kept.append(option)
            option.position = len(kept)
    activity.default_option = next((o for n, o in enumerate(kept) if form.default_option.data == str(n)), None)


def _was_there(form: DesignForm, option: Option) -> bool:
    """Whether the page was made with this option, so that it was taken away there.

    One that was added meanwhile, such as a student's idea that became a way for others, is no business of that page.
    Pages of drafts know all that there are.
    """
    return not form.known.data or str(option.id) in form.known.data.split()


def _match(
    rows: Iterable[Any], known: dict[str, Row], name_of: Callable[[Any], str | None], reuse: bool
) -> list[tuple[Any, Row | None]]:
    """Which stored thing each typed row is about; None: a new one.

    A row that was added on a page has no name until that page is loaded anew, and is sent at every autosave: with
    `reuse`, nameless rows are about the stored things that no row names, in their order.
    """
    rows = list(rows)
    names = [str(name_of(row) or "") for row in rows]
    unnamed = iter([thing for name, thing in known.items() if name not in names] if reuse else [])
    things = [known[name] if name in known else next(unnamed, None) for name in names]
    return list(zip(rows, things, strict=True))
