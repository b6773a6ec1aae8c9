"""Instances of mapped classes without a session: for pages that read thousands of rows and write none of them.

The ORM keeps books about each row that it loads, which costs more than all else on such a page. These are made from a
plain query's values and can do what their class can do; what was not read of them raises instead of being loaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import inspect
from sqlalchemy.orm import InstrumentedAttribute, QueryableAttribute
from sqlalchemy.orm.attributes import instance_state

from engine.db import Base

Kind = TypeVar("Kind", bound=Base)


class Plain(Generic[Kind]):
    """Makes instances of one class. The first of its columns is the primary key, by which a row that an outer join did
    not find is told."""

    def __init__(self, kind: type[Kind], *columns: InstrumentedAttribute[Any]) -> None:
        mapper = inspect(kind)
        self._kind, self._make = kind, mapper.class_manager.new_instance
        self._names = [column.key for column in columns]
        self._unread = {attribute.key for attribute in mapper.column_attrs} - set(self._names)
        self.columns: Sequence[InstrumentedAttribute[Any]] = columns

    def __len__(self) -> int:
        """How many values of a row are its own."""
        return len(self._names)

    def of(self, alias: Any) -> list[QueryableAttribute[Any]]:
        """The same columns of an alias of the class."""
        return [getattr(alias, name) for name in self._names]

    def made(self, values: Sequence[Any], **related: Any) -> Kind:
        """`values` in the order of the columns; `related`: what its relationships hold."""
        one = cast(Kind, self._make())
        state = instance_state(one)
        # As an instance that has left its session: then what it lacks is asked for, which raises.
        state.key, state.expired_attributes = (self._kind, (values[0],), None), self._unread
        vars(one).update(zip(self._names, values, strict=True), **related)
        return one
