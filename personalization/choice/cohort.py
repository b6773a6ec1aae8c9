"""What a rule did to one choice, written for all that stand exactly as it does: a few statements for thousands.

The rule itself runs on one choice that stands for the others, loaded apart, in a session that never writes. So there is
one rule, and no second wording of it in SQL that could say something else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, String, insert, inspect, literal, select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from engine.db import db
from personalization.activity.model import Activity, Option
from personalization.choice.event import Event
from personalization.choice.model import HANDED_IN, RETURNED, Choice

# What the clock's and the dates' rules read of a choice's history; all else in it they leave unread.
READ = (*HANDED_IN, RETURNED)


@dataclass(frozen=True)
class Effect:
    """What a rule did: {column: its value from then on}, and the steps that it added to the history, in their order."""

    changes: dict[str, Any]
    events: Sequence[Event]

    @classmethod
    def of(cls, choice: Choice, rule: Callable[[Choice], object]) -> Effect:
        """Run `rule` on a choice that `standing_for` gave, which is spoilt by it."""
        before = len(choice.events)
        rule(choice)
        state = inspect(choice)
        put = state.committed_state  # also what was the same before: another of the cohort may have stood otherwise
        changes = {c.key: getattr(choice, c.key) for c in state.mapper.column_attrs if c.key in put}
        if "option" in put:  # its key follows at a flush only
            changes["option_id"] = choice.option.id if choice.option else None
        return cls(changes, choice.events[before:])


@contextmanager
def standing_for(ids: Iterable[int]) -> Iterator[dict[int, Choice]]:
    """{id: choice} with all that rules read, to try them on; whatever becomes of these stays in memory."""
    query = select(Choice).where(Choice.id.in_(list(ids))).options(
        joinedload(Choice.student, innerjoin=True),
        joinedload(Choice.option),
        selectinload(Choice.events.and_(Event.verb.in_(READ))),
        selectinload(Choice.activity).selectinload(Activity.options.and_(Option.only_for_id.is_(None))),
    )  # fmt: skip
    with Session(db.session.connection(), autoflush=False) as apart:
        yield {choice.id: choice for choice in apart.scalars(query)}


def write(effects: Iterable[tuple[Effect, Sequence[int]]]) -> None:
    """Let each effect happen to the choices with these ids; the caller holds their rows and commits.

    Their version rises as with any other change, so that whoever has an older one in hand does not write over it.
    """
    db.session.flush()
    rows: dict[str, tuple[dict[str, Any], list[int]]] = {}
    steps: dict[str, tuple[Event, list[int]]] = {}
    for effect, ids in effects:
        if effect.changes:
            rows.setdefault(repr(sorted(effect.changes.items())), (effect.changes, []))[1].extend(ids)
        for number, event in enumerate(effect.events):  # every first step before any second one: ids tell their order
            said = f"{number} {event.verb} {event.by_id} {event.at} {event.detail}"
            steps.setdefault(said, (event, []))[1].extend(ids)
    for changes, ids in rows.values():
        changed = update(Choice).where(Choice.id.in_(ids)).values(**changes, row_version=Choice.row_version + 1)
        db.session.execute(changed, execution_options={"synchronize_session": False})
    for _said, (event, ids) in sorted(steps.items(), key=lambda step: int(step[0].partition(" ")[0])):
        note(event, ids)
    for row in db.session.identity_map.values():
        if isinstance(row, Choice):
            db.session.expire(row)


def note(event: Event, ids: Sequence[int]) -> None:
    """This step into the history of each of these choices."""
    said = {
        "tenant_id": Choice.tenant_id,
        "choice_id": Choice.id,
        "verb": literal(event.verb, String),
        "by_id": literal(event.by_id, Integer),
        "at": literal(event.at, Event.at.type),
        "detail": literal(event.detail, Event.detail.type),
    }
    rows = select(*said.values()).where(Choice.id.in_(ids)).order_by(Choice.id)
    db.session.execute(insert(Event).from_select(list(said), rows))
