"""What makes a JWT of the tool good: signature, sender, receiver, age, and that it was never seen before."""

from __future__ import annotations

import time
from collections.abc import Set
from typing import Any

from sqlalchemy.exc import IntegrityError

from demo import library
from demo.library import Unproven
from demo.school import store
from demo.store import Tool
from demo.ticket import Spent

MAX_AGE = 300
LEEWAY = 30


def read(tool: Tool, token: str, audiences: Set[str], *, once: str) -> dict[str, Any]:
    """The claims of a JWT that this tool made for us just now. The claim named by `once` (jti, nonce) is spent by this.

    Raises:
        Unproven: with the first thing that is wrong.
    """
    claims = library.read_tool_jwt(tool, token)
    audience = claims.get("aud")
    if not (set(audience) if isinstance(audience, list) else {audience}) & audiences:
        raise Unproven("aud is not this platform")
    if claims.get("iss") != tool.client_id:
        raise Unproven("iss is not the client_id")
    if not isinstance(claims.get("exp"), int | float):
        raise Unproven("exp is missing")
    issued = claims.get("iat")
    if not isinstance(issued, int | float) or not -LEEWAY <= time.time() - issued <= MAX_AGE:
        raise Unproven("iat is missing, too old or in the future")
    _spend(tool, once, claims.get(once))
    return claims


def _spend(tool: Tool, kind: str, value: object) -> None:
    """Flushed at once, so that the primary key refuses a second use, also by a request beside this one."""
    if not isinstance(value, str) or not value:
        raise Unproven(f"{kind} is missing")
    store().add(Spent(client_id=tool.client_id, kind=kind, value=value))
    try:
        store().flush()
    except IntegrityError as again:
        store().rollback()
        raise Unproven(f"{kind} was used before") from again
