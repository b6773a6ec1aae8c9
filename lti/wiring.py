"""What app.py handed to this room, for whoever here needs it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import current_app
from joserfc.jwk import RSAKey
from sqlalchemy import Select
from werkzeug.wrappers import Response

from engine.config import Config
from lti.key_fetches import KeyFetches
from lti.known import Lately
from lti.models.context import Context
from lti.way_in import Launch


@dataclass(frozen=True)
class Wiring:
    """`on_launch` turns a launch into the page to go to; `on_roster` is told that a context's members were read;
    `launch_query` reads what is here of a launch.

    This process's memory: `key_fetches` is how it asked platforms for their keys of late ({platform id: …}),
    `parsed_keys` are those that it parsed ({(platform id, when they were fetched, kid): …}), `lately` which platforms
    its logins found, `addresses` whole ones of our endpoints.
    """

    config: Config
    on_launch: Callable[[Launch], Response]
    on_roster: Callable[[Context], None]
    launch_query: Select[Any]
    key_fetches: dict[int, KeyFetches] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)
    parsed_keys: dict[tuple[int, datetime | None, str], RSAKey] = field(default_factory=dict)
    lately: Lately = field(default_factory=Lately)


def wiring() -> Wiring:
    found: Wiring = current_app.extensions["lti"]
    return found
