"""What a rule did to one choice, written for all that stand exactly as it does: a few statements for thousands.

The rule itself runs on one choice that stands for the others, loaded apart, in a session that never writes. So there is
one rule, and no second wording of it in SQL that could say something else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, insert, inspect, select, update
from sqlalchemy.orm import Session, defer, joinedload, selectinload

from engine.db import Ids, among, db
from personalization.activity.model import Activity, Option
from personalization.choice.event import Event
from personalization.choice.model import HANDED_IN, RETURNED, Choice
from personalization.people.model import Person

# What the clock's and the dates' rules read of a choice's history; all else in it they leave unread.
READ = (*HANDED_IN, RETURNED)
# Of the many columns of these, what rules read; they would find another one too, by one more statement for each.
STUDENT = (Person.role, Person.left_at, Person.is_test, Person.first_seen_at, Person.away_since, Person.back_at)
OPTION = (Option.activity_id, Option.title, Option.capacity, Option.only_for_id, Option.archived_at)
OF = bindparam("of", type_=Ids())  # whom a statement is about


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
def standing_for(ids: Sequence[int]) -> Iterator[dict[int, Choice]]:
    """{id: choice} with all that rules read, to try them on; whatever becomes of these stays in memory."""
    query = select(Choice).where(among(Choice.id, ids)).options(
        joinedload(Choice.student, innerjoin=True).load_only(*STUDENT),
        joinedload(Choice.option),
        selectinload(Choice.events.and_(Event.verb.in_(READ))),
        selectinload(Choice.activity).options(defer(Activity.goal), defer(Activity.representations)),
        selectinload(Choice.activity).selectinload(Activity.options.and_(Option.only_for_id.is_(None))).load_only(*OPTION),
    )  # fmt: skip
    with Session(db.session.connection(), autoflush=False) as apart:
        yield {choice.id: choice for choice in apart.scalars(query)}


def write(effects: Iterable[tuple[Effect, Sequence[int]]]) -> None:
    """Let each effect happen to the choices with these ids; the caller holds their rows and commits.

    Their version rises as with any other change, so that whoever has an older one in hand does not write over it.
    """
    db.session.flush()
    changes: dict[str, tuple[dict[str, Any], list[int]]] = {}
    steps: dict[tuple[int, str], tuple[Event, list[int]]] = {}  # every first step goes before any second one
    for effect, ids in effects:
        changes.setdefault(repr(effect.changes), (effect.changes, []))[1].extend(ids)
        for number, event in enumerate(effect.events):
            said = f"{event.verb} {event.by_id} {event.at} {event.detail}"
            steps.setdefault((number, said), (event, []))[1].extend(ids)
    _change(changes.values())
    for number in sorted({number for number, _said in steps}):
        note([step for (nth, _said), step in steps.items() if nth == number])
    for row in db.session.identity_map.values():
        if isinstance(row, Choice):
            db.session.expire(row)


def note(steps: Iterable[tuple[Event, Sequence[int]]]) -> None:
    """Each of these steps into the histories of the choices with these ids."""
    said = {"verb": Event.verb, "by_id": Event.by_id, "at": Event.at, "detail": Event.detail}
    new = [bindparam(f"new_{name}", type_=column.type) for name, column in said.items()]
    rows = select(Choice.tenant_id, Choice.id, *new).where(among(Choice.id, OF)).order_by(Choice.id)
    noted = insert(Event).from_select(["tenant_id", "choice_id", *said], rows)
    values = [{"of": ids, **{f"new_{name}": getattr(event, name) for name in said}} for event, ids in steps]
    if values:
        db.session.connection().execute(noted, values)


def _change(changes: Iterable[tuple[dict[str, Any], list[int]]]) -> None:
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}  # by which columns: one statement for each such set
    for values, ids in changes:
        if values:
            alike.setdefault(tuple(sorted(values)), []).append(
                {"of": ids, **{f"new_{n}": v for n, v in values.items()}}
            )
    for names, rows in alike.items():
        put: dict[str, Any] = {name: bindparam(f"new_{name}", type_=getattr(Choice, name).type) for name in names}
        changed = update(Choice).where(among(Choice.id, OF)).values(**put, row_version=Choice.row_version + 1)
        db.session.connection().execute(changed, rows)
