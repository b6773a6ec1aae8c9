"""Whose row it is: every row that could be moved apart with its school says so, without a walk up to the school.

A tenant is an LMS (lti.models.platform.Platform); this room knows but its number. A row made through a session takes it
from the row it hangs on; `insert()` passes by all of this and has to name it, which the column's NOT NULL sees to.
"""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar

from sqlalchemy import Column, Connection, Table, event, inspect, select
from sqlalchemy.orm import Mapped, Mapper, Session, SessionTransaction, UOWTransaction, mapped_column, object_session
from sqlalchemy.sql.elements import ColumnElement

from engine.db import Base

TENANT = {"tenant": True}  # what the `info` of a table's column says that holds the tenant's number
MADE = "tenants of rows of this flush"  # {(table, id): tenant}, in a session's `info` while it flushes


class Tenanted(Base):
    """A row of one tenant, for ever: `__tenant_of__` names the foreign key of the row that it has it from."""

    __abstract__ = True
    __tenant_of__: ClassVar[str]

    # No foreign key: it would want an index of its own on each table, to guard what follows from the one that is there.
    tenant_id: Mapped[int] = mapped_column(info=TENANT, sort_order=1)


def tenant_column(table: Table) -> Column[Any] | None:
    """The column in which a table's rows say whose they are; None where they are nobody's."""
    return next((column for column in table.columns if column.info.get("tenant")), None)


@cache
def parent_of(kind: type[Tenanted]) -> tuple[Mapper[Any], Column[Any]]:
    """(mapper of the row that one of this kind has its tenant from, that row's column which says so)."""
    (key,) = inspect(kind).columns[kind.__tenant_of__].foreign_keys
    parent = next(mapper for mapper in Base.registry.mappers if mapper.local_table is key.column.table)
    column = tenant_column(key.column.table)
    if column is None:
        raise TypeError(f"{kind.__name__} hangs on {key.column.table}, which belongs to no tenant")
    return parent, column


@event.listens_for(Tenanted, "before_insert", propagate=True)
def _take(mapper: Mapper[Any], connection: Connection, row: Tenanted) -> None:
    if row.tenant_id is None:
        row.tenant_id = _tenant_for(row)


def _tenant_for(row: Tenanted) -> int | ColumnElement[int] | None:
    """That of the parent, from what the session holds of it; else the INSERT itself looks it up: no statement more."""
    parent, column = parent_of(type(row))
    parent_id, session = getattr(row, row.__tenant_of__), object_session(row)
    if parent_id is None or session is None:
        return None  # the database refuses it, and says what is missing
    if made := session.info.get(MADE, {}).get((parent.local_table, parent_id)):
        return int(made)
    held = session.identity_map.get(parent.identity_key_from_primary_key((parent_id,)))
    known = held.__dict__.get(column.key) if held is not None else None  # what was not loaded stays so amid a flush
    if known is not None:
        return int(known)
    return select(column).where(parent.primary_key[0] == parent_id).scalar_subquery()


@event.listens_for(Tenanted, "after_insert", propagate=True)
def _remember(mapper: Mapper[Any], connection: Connection, row: Tenanted) -> None:
    """For rows of the same flush that hang on this one: the session does not find it by its key before that ends."""
    session, tenant = object_session(row), row.__dict__.get("tenant_id")
    if session is not None and tenant is not None and len(mapper.primary_key) == 1:
        (own_id,) = mapper.primary_key_from_instance(row)
        session.info.setdefault(MADE, {})[mapper.local_table, own_id] = tenant


@event.listens_for(Session, "after_flush")
def _forget(session: Session, flushed: UOWTransaction) -> None:
    session.info.pop(MADE, None)


@event.listens_for(Session, "after_soft_rollback")
def _forget_what_failed(session: Session, undone: SessionTransaction) -> None:
    session.info.pop(MADE, None)
