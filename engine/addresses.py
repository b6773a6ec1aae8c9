"""The addresses of what the tool works with: the database, the broker, the store of files.

Each function returns what it was given, made whole, or raises ValueError in words for an operator. They hold no piece
of the address but the names of its options: what Python and the drivers say may hold a piece of a password.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import SplitResult, urlsplit

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from engine.pooler import THRESHOLD

T = TypeVar("T")

BROKERS = {"redis", "rediss", "amqp", "amqps"}
# Those of Python's sqlite3.connect that can stand in an address.
SQLITE_OPTIONS = {"timeout", "detect_types", "check_same_thread", "cached_statements", "isolation_level"}


def database(text: str) -> str:
    """Name the driver that is installed, so that a plain postgresql:// address works."""
    for plain in ("postgresql://", "postgres://"):
        if text.startswith(plain):
            text = "postgresql+psycopg://" + text.removeprefix(plain)
    if not text.startswith(("sqlite:", "postgresql+psycopg:")):
        raise ValueError("it starts with sqlite: or postgresql:")
    url = _unless_odd(lambda: make_url(text))
    if text.startswith("sqlite:"):
        _check_sqlite(url)
    else:
        _check_postgresql(url)
    return text


def _check_sqlite(url: URL) -> None:
    if unknown := sorted(set(url.query) - SQLITE_OPTIONS):
        raise ValueError(f"{unknown[0]} is no option of SQLite; leave it out.")
    _options(url)
    if Path(url.database or "").is_absolute():
        _must_be_writable(Path(url.database or "").parent)


def _check_postgresql(url: URL) -> None:
    """What the driver would say at the first connection only, and then of a database that does not answer."""
    from psycopg import ProgrammingError, conninfo  # whoever has SQLite needs to hold no driver

    if not str(url.query.get(THRESHOLD, 0)).isdecimal():
        raise ValueError(f"{THRESHOLD} in it is a number, such as 5")
    if "@" in (url.host or ""):
        raise ValueError("percent-encode odd signs in user and password: @ is %40")
    options = {name: value for name, value in _options(url).items() if name != THRESHOLD}
    try:
        conninfo.make_conninfo(**options)
    except ProgrammingError as wrong:
        raise ValueError(str(wrong).strip()) from None
    if not str(options.get("connect_timeout", 1)).isdecimal():
        raise ValueError("connect_timeout in it is a number of seconds, such as 5")
    ports = [port for port in str(options.get("port", "")).split(",") if port]
    if not all(port.isdecimal() and 0 < int(port) < 65_536 for port in ports):
        raise ValueError("its port is a number from 1 to 65535")


def _options(url: URL) -> Mapping[str, Any]:
    """What the driver is given, by name."""
    return _unless_odd(lambda: url.get_dialect()().create_connect_args(url))[1]


def _unless_odd(read: Callable[[], T]) -> T:
    try:
        return read()
    except (ArgumentError, TypeError, ValueError):
        raise ValueError("it is no address such as postgresql://user:password@host/database") from None


def broker(text: str) -> str:
    parts = _parts(text)
    if parts is None or parts.scheme not in BROKERS or not parts.hostname or not has_possible_port(parts):
        raise ValueError(
            "it is an address such as redis://host:6379/0, rediss://…, amqp://user:password@host or amqps://…; odd"
            " signs in user and password are percent-encoded."
        )
    if parts.query or parts.fragment:
        raise ValueError("leave out its options, what follows ? or #: times and encryption are set without them.")
    if parts.scheme in {"redis", "rediss"} and not (parts.path.strip("/") or "0").isdecimal():
        raise ValueError("what follows the host is the number of a Redis database, such as /0")
    return text


def storage(text: str) -> str:
    parts = _parts(text)
    if parts is None or parts.scheme not in {"file", "s3", "gs", "az", "memory"}:
        raise ValueError("it starts with file://, s3://, gs:// or az://")
    if parts.scheme in {"s3", "gs", "az"} and not parts.hostname:
        raise ValueError(f"it names what files go to, such as {parts.scheme}://bucket/folder")
    if text.startswith("file://"):
        folder = Path(text.removeprefix("file://")).absolute()
        _must_be_writable(next(part for part in (folder, *folder.parents) if part.exists()))  # the rest is made
    return text


def _parts(text: str) -> SplitResult | None:
    """None where it is no address: what Python says of that may hold a piece of a password."""
    try:
        return urlsplit(text)
    except ValueError:
        return None


def _must_be_writable(folder: Path) -> None:
    if not folder.is_dir():
        raise ValueError(f"{folder} is no folder.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ValueError(f"the folder {folder} cannot be written to.")


def has_possible_port(parts: SplitResult) -> bool:
    try:
        return parts.port != 0
    except ValueError:
        return False
