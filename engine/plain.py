"""What mapped classes can do, without the ORM: for pages that read thousands of rows and write none of them.

The ORM keeps books about each row that it loads and about each value that is asked of it, which costs more than all
else on such a page. These are made from a plain query's values and can do what their class can do; what was not read of
them raises instead of being loaded.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Sequence
from functools import partial
from types import new_class
from typing import Any, Generic, TypeVar

from sqlalchemy import inspect
from sqlalchemy.orm import InstrumentedAttribute, QueryableAttribute

from engine.db import Base

Kind = TypeVar("Kind", bound=Base)


class NotRead(RuntimeError):
    """Something was asked of a plain row that its page did not read."""


class Plain(Generic[Kind]):
    """Makes what looks like instances of one class. The first of its columns is the primary key, by which a row that an
    outer join did not find is told."""

    def __init__(self, kind: type[Kind], *columns: InstrumentedAttribute[Any]) -> None:
        self._names = [column.key for column in columns]
        self._like = _like(kind, self._names)
        self.size = len(columns)
        # As `made`, of thousands: nobody counts the values, and what relationships hold is given to `__dict__`.
        self.bare: Callable[[Sequence[Any]], Any] = partial(tuple.__new__, self._like)
        self.columns: Sequence[InstrumentedAttribute[Any]] = columns

    def __len__(self) -> int:
        """How many values of a row are its own."""
        return self.size

    def of(self, alias: Any) -> list[QueryableAttribute[Any]]:
        """The same columns of an alias of the class."""
        return [getattr(alias, name) for name in self._names]

    def made(self, values: Sequence[Any], **related: Any) -> Kind:
        """`values` in the order of the columns, and as many; `related`: what its relationships hold."""
        if len(values) != self.size:
            raise ValueError(f"{len(values)} values for {self.size} columns of {self._like.__name__}")
        one: Any = tuple.__new__(self._like, values)
        if related:
            one.__dict__ = related
        return one  # type: ignore[no-any-return]  # a cast here would be called for each row


def _like(kind: type[Base], names: Sequence[str]) -> type[Any]:
    """A class that has all that `kind` and the classes it is made of define, but what is mapped; of that it has what is
    named. An instance is the tuple of its values, half of what an object with a dict takes to make and to keep; for all
    that it equals no other of the same values, and does not tell them to a log."""
    mapped = set(inspect(kind).attrs.keys())

    def fill(own: dict[str, Any]) -> None:
        own.update((name, getattr(object, name)) for name in ("__eq__", "__ne__", "__hash__", "__repr__"))
        own["__getattr__"] = _missing
        for name in mapped.difference(names).intersection(dir(tuple)):
            own[name] = property(partial(_missing, name=name))
        for base in reversed(kind.__mro__):
            if base is not object and base not in Base.__mro__:
                own.update(
                    (name, what)
                    for name, what in vars(base).items()
                    if name not in mapped and not name.startswith(("__", "_sa_"))
                )

    return new_class(kind.__name__, (namedtuple(kind.__name__, names),), exec_body=fill)


def _missing(one: object, name: str) -> Any:
    """
    Raises:
        NotRead: the class has it, and this page did not read it.
        AttributeError: for what the language itself looks for.
    """
    if name.startswith("__"):
        raise AttributeError(name)
    raise NotRead(f"{name} of {type(one).__name__} was not read")
