"""A step of a history as a sentence that a person would say, to whoever reads it. Pure but for the words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from flask_babel import gettext as _

from engine import clock
from personalization.activity.dates import date_name
from personalization.choice.model import Event
from personalization.notice.phrases import BY_RULE, BY_STAFF, BY_STUDENT, ICONS
from personalization.people.model import Person

IN_SILENCE = "silence"  # the rule by which an idea ends though its student had done everything


@dataclass(frozen=True)
class Sentence:
    """`quote`: a person's own words that go with it; `until`: by when something is wanted; `dates`: what moved."""

    words: str
    quote: str = ""
    until: datetime | None = None
    dates: list[tuple[str, datetime]] = field(default_factory=list)
    icon: str = "info"


def sentence(event: Event, student: Person, reader: Person, reasons: Mapping[tuple[str, datetime], str]) -> Sentence:
    """`student`: whose history it is. `reasons` = {(verb, when): why}, for events that do not say it themselves."""
    detail = event.detail or {}
    words = str(_phrase(event, student, reader)) % {
        "by": _("You") if event.by_id == reader.id else event.by.short_name if event.by is not None else "",
        "name": student.short_name,
        "idea": _("the idea “%(title)s”", title=detail["title"]) if detail.get("title") else _("the idea"),
        "way": detail.get("option") or detail.get("title") or _("a way"),
    }
    return Sentence(
        words=words[:1].upper() + words[1:],
        quote=str(detail.get("reason") or detail.get("text") or reasons.get((event.verb, event.at), "")),
        until=_instant(detail.get("until")),
        dates=_dates(detail.get("dates")),
        icon=ICONS.get(event.verb, "info"),
    )


def _phrase(event: Event, student: Person, reader: Person) -> object:
    """The phrase by who did it. A verb that this version does not know is said as it is: a newer one wrote it."""
    verb = event.verb
    if event.by_id is None:
        table, named = BY_RULE, _by_rule(event)
    elif event.by_id == student.id:
        table, named = BY_STUDENT, _handed_in(event)
    else:
        table, named = BY_STAFF, _handed_in(event)
    pair = table.get(named) or table.get(verb) or BY_STAFF.get(verb) or BY_STUDENT.get(verb) or BY_RULE.get(verb)
    if pair is None:
        return verb.replace("%", "%%")
    return pair[0] if reader.id == student.id else pair[1]


def _by_rule(event: Event) -> str:
    detail = event.detail or {}
    if event.verb == "expired" and detail.get("rule") == IN_SILENCE:
        return "expired in silence"
    if event.verb == "placed":
        return f"placed by {detail.get('rule')}"
    if event.verb == "reminded":
        return f"reminded of {detail.get('date')}"
    return event.verb


def _handed_in(event: Event) -> str:
    late = event.verb == "handed in" and (event.detail or {}).get("late")
    return "handed in late" if late else event.verb


def _instant(text: object) -> datetime | None:
    try:
        return clock.parse_instant(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _dates(moved: object) -> list[tuple[str, datetime]]:
    """[(a date's name, when it is now)], in the order in which they come."""
    if not isinstance(moved, Mapping):
        return []
    found = [(str(name), instant) for name, text in moved.items() if (instant := _instant(text)) is not None]
    return [(_date_name(name), instant) for name, instant in sorted(found, key=lambda pair: pair[1])]


def _date_name(name: str) -> str:
    try:
        return date_name(name)
    except KeyError:
        return name
