"""What app.py handed to this room, for whoever here needs it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flask import current_app
from werkzeug.wrappers import Response

from engine.config import Config
from lti.key_fetches import KeyFetches
from lti.models import Context

if TYPE_CHECKING:
    from lti.launch import Launch


@dataclass(frozen=True)
class Wiring:
    """`on_launch` turns a launch into the page to go to; `on_roster` is told that a context's members were read.

    `key_fetches` is how this process asked platforms for their keys of late: {platform id: …}.
    """

    config: Config
    on_launch: Callable[[Launch], Response]
    on_roster: Callable[[Context], None]
    key_fetches: dict[int, KeyFetches] = field(default_factory=dict)


def wiring() -> Wiring:
    found: Wiring = current_app.extensions["lti"]
    return found
