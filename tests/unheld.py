"""Nothing is held over the network: whoever calls an LMS, a mail server or the store of files, or waits for what comes
back, has no transaction open. Watched in every test of this process, by thread: others may write meanwhile."""

from __future__ import annotations

import smtplib
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any
from weakref import WeakSet

import pytest
from sqlalchemy import Connection, Engine, event

from lti.connections import Adapter
from lti.senders import Senders
from personalization.submission import storage

WAYS_OUT: tuple[tuple[object, str], ...] = (
    (Adapter, "send"),
    (Senders, "outcomes"),
    (smtplib.SMTP, "connect"),
    (smtplib.SMTP, "send_message"),
    (storage, "read"),
    (storage, "delete"),
)


class _Begun(threading.local):
    """The connections of one thread that began a transaction."""

    def __init__(self) -> None:
        self.connections: WeakSet[Connection] = WeakSet()


_begun = _Begun()


@contextmanager
def watch() -> Iterator[list[str]]:
    """Yields the list in which it notes each call that somebody makes amid a transaction, with who it was."""
    found: list[str] = []
    event.listen(Engine, "begin", _note)
    with pytest.MonkeyPatch.context() as patch:
        for owner, name in WAYS_OUT:
            patch.setattr(owner, name, _watched(getattr(owner, name), found))
        yield found
    event.remove(Engine, "begin", _note)


def _note(connection: Connection) -> None:
    if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":  # so a test looks at its rows
        _begun.connections.add(connection)


def _watched(call: Callable[..., Any], found: list[str]) -> Callable[..., Any]:
    @wraps(call)
    def watched(*args: Any, **options: Any) -> Any:
        if any(connection.in_transaction() for connection in _begun.connections):
            found.append(f"{call.__qualname__}, called by\n{''.join(traceback.format_stack(limit=12)[:-1])}")
        return call(*args, **options)

    return watched
