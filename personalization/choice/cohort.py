"""What a rule did to one choice, written for all that stand exactly as it does: a few statements for thousands.

The rule itself runs on one choice that stands for the others, loaded apart, in a session that never writes. So there is
one rule, and no second wording of it in SQL that could say something else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, insert, inspect, select
from sqlalchemy.orm import Session, defer, joinedload, selectinload

from engine import many
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
# What a step says, beside whose it is.
SAID = ("verb", "by_id", "at", "detail")

Step = tuple[int, Event, Sequence[int]]  # of which tenant, what, of which choices


@dataclass(frozen=True)
class Effect:
    """What a rule did to choices of one tenant: {column: its value from then on}, and the steps that it added to the
    history, in their order."""

    tenant_id: int
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
        return cls(choice.tenant_id, changes, choice.events[before:])


@contextmanager
def standing_for(ids: Sequence[int]) -> Iterator[dict[int, Choice]]:
    """{id: choice} with all that rules read, to try them on; whatever becomes of these stays in memory."""
    connection = db.session.connection()
    with Session(connection, autoflush=False) as apart:
        yield {choice.id: choice for choice in apart.scalars(_standing(connection.dialect.name), {"of": ids})}


@cache
def _standing(dialect: str) -> Select[Choice]:
    """The choices `of`, with what rules read. Once for a `dialect`, which `among` takes its words from: to put it
    together anew takes SQLAlchemy a part of each batch."""
    return select(Choice).where(among(Choice.id, bindparam("of", type_=Ids()))).options(
        joinedload(Choice.student, innerjoin=True).load_only(*STUDENT),
        joinedload(Choice.option),
        selectinload(Choice.events.and_(Event.verb.in_(READ))),
        selectinload(Choice.activity).options(defer(Activity.goal), defer(Activity.representations)),
        selectinload(Choice.activity).selectinload(Activity.options.and_(Option.only_for_id.is_(None))).load_only(*OPTION),
    )  # fmt: skip


def write(effects: Iterable[tuple[Effect, Sequence[int]]]) -> None:
    """Let each effect happen to the choices with these ids; the caller holds their rows and commits.

    Their version rises as with any other change, so that whoever has an older one in hand does not write over it.
    """
    db.session.flush()
    changes: dict[str, tuple[dict[str, Any], list[int]]] = {}
    steps: dict[int, list[Step]] = defaultdict(list)  # every first step goes before any second one
    for effect, ids in effects:
        changes.setdefault(repr(effect.changes), (effect.changes, []))[1].extend(ids)
        for number, event in enumerate(effect.events):
            steps[number].append((effect.tenant_id, event, ids))
    for _number, same in sorted(steps.items()):
        note(same)
    _change(changes.values())
    for row in db.session.identity_map.values():
        if isinstance(row, Choice):
            db.session.expire(row)


def note(steps: Iterable[Step]) -> None:
    """Each of these steps into the histories of its choices."""
    alike: dict[str, tuple[dict[str, Any], list[int]]] = {}
    for tenant_id, event, ids in steps:
        row = {"tenant_id": tenant_id, **{name: getattr(event, name) for name in SAID}}
        alike.setdefault(repr(row), (row, []))[1].extend(ids)
    if alike:
        said = many.each(db.session, Event, list(alike.values()))
        names = ["tenant_id", *SAID]
        rows = select(said.c.of, *(said.c[name] for name in names)).order_by(said.c.of)
        db.session.connection().execute(insert(Event).from_select(["choice_id", *names], rows))


def _change(changes: Iterable[tuple[dict[str, Any], list[int]]]) -> None:
    alike: dict[tuple[str, ...], list[many.Group]] = {}  # a statement for each set of columns
    for values, ids in changes:
        if values:
            alike.setdefault(tuple(sorted(values)), []).append((values, ids))
    for groups in alike.values():
        many.change(db.session, Choice, groups, row_version=Choice.row_version + 1)
