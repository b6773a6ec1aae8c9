"""The LMS of tests/faults/misbehaving.py as a process, and the hand that steers it from a test."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from http.client import HTTPConnection
from typing import Any, cast
from urllib.parse import urlsplit

from tests.faults.misbehaving import Fault

__all__ = ["Fault", "Lms", "running"]


class Lms:
    """One such process; `item` is the number of a column, made as it is first named."""

    def __init__(self, url: str, family: str) -> None:
        self.url, self.family = url, family

    def fails(self, fault: Fault) -> None:
        self._ask("POST", "/control", asdict(fault))

    def recovers(self) -> None:
        self._ask("DELETE", "/control")

    def type_in(self, sub: str, score: float | None, item: str = "1") -> None:
        self._ask("POST", "/type-in", {"item": item, "sub": sub, "score": score})

    def enrols(self, course: str, people: list[dict[str, Any]]) -> None:
        self._ask("POST", "/people", {"course": course, "people": people})

    def forgets_tokens(self) -> None:
        self._ask("POST", "/expire")

    def state(self) -> dict[str, Any]:
        return self._ask("GET", "/state")

    def accepted(self, item: str = "1") -> list[dict[str, Any]]:
        """Each score that it took, in the order in which it took them."""
        found = self.state()["items"].get(item, {"accepted": []})["accepted"]
        return cast(list[dict[str, Any]], found)

    def grades(self, item: str = "1") -> dict[str, float | None]:
        found = self.state()["items"].get(item, {"grades": {}})["grades"]
        return cast(dict[str, float | None], found)

    def _ask(self, method: str, path: str, said: Any = None) -> dict[str, Any]:
        connection = HTTPConnection(urlsplit(self.url).netloc, timeout=10)
        try:
            connection.request(method, path, json.dumps(said or {}))
            found: dict[str, Any] = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        return found


@contextmanager
def running(family: str) -> Iterator[Lms]:
    """Such a process, ended with the block."""
    command = [sys.executable, "-m", "tests.faults.misbehaving", family]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield Lms(process.stdout.readline().strip(), family)
        finally:
            process.kill()
