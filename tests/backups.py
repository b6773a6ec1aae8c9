"""A copy of a database as docs/operator.md says to make one, and the database that it is restored into."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from tests.conftest import CLUSTER_HOME
from tests.postgresql import Cluster


def copy_of(url: str, folder: Path) -> str:
    """The address of a database of its own that holds what that one held at one moment."""
    name = f"copy_{uuid4().hex}"
    if url.startswith("sqlite"):
        target = folder / f"{name}.sqlite3"
        with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
            connection.execute(f"VACUUM INTO '{target}'")
        connection.close()
        return f"sqlite:///{target}"
    dump, restored = folder / f"{name}.dump", Cluster(Path(os.environ[CLUSTER_HOME])).create(name)
    run("pg_dump", "-Fc", f"--file={dump}", f"--dbname={plain(url)}")
    run("pg_restore", "--no-owner", "--exit-on-error", f"--dbname={plain(restored)}", str(dump))
    return restored


def plain(url: str) -> str:
    """As PostgreSQL's own programs take it."""
    return url.replace("postgresql+psycopg", "postgresql")


def run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True)


@contextmanager
def others_at_work(write: Callable[[int], None]) -> Iterator[None]:
    """`write(n)` over and over in a thread of its own, from when it was done twice on.

    Raises:
        Exception: what it raised.
    """
    stop, going, failed = threading.Event(), threading.Event(), list[Exception]()

    def work() -> None:
        number = 0
        try:
            while not stop.is_set():
                write(number)
                number += 1
                if number == 2:
                    going.set()
        except Exception as error:  # it is raised again below
            failed.append(error)
            going.set()

    thread = threading.Thread(target=work)
    thread.start()
    going.wait(30)
    try:
        yield
    finally:
        stop.set()
        thread.join()
    if failed:
        raise failed[0]
