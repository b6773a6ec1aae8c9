"""Addresses of many: what `url_for` says of rows that differ in one number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import url_for

MARK = 7_340_981_265  # no row has it, and no address says it of itself


def address(endpoint: str, name: str) -> Callable[[int], str]:
    """`address('board.line', 'choice_id')(7)` is `url_for('board.line', choice_id=7)`; what routes and rules say of
    that is found once, and not for each row of a list."""
    given: dict[str, Any] = {name: MARK}
    before, after = url_for(endpoint, **given).split(str(MARK))
    return lambda number: f"{before}{number}{after}"
