"""A window of its own, where browsers keep cookies: two one-time codes of a minute lead there.

A login code carries the login itself and stands in a link. It starts that login over, so the LMS says anew who it is:
whoever sends somebody a code of theirs gains what a link to their own course page would, nothing.

A hand-over code carries a sign-in, after a launch that was proven but whose session the frame could not keep. It never
stands in an address: the frame's page gives it to the window that it opened, and only a page of ours may post it. A
link can plant nobody's session, nor can another site.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert
from sqlalchemy.exc import IntegrityError

from engine import clock
from engine.db import db
from lti import browser, sign_in
from lti.errors import OpenAgain
from lti.launch import SWEEPS
from lti.models.launch import Nonce, SignIn
from lti.sealed import Unreadable, seal, unseal

CODE_SECONDS = 60


def login_code(login: Mapping[str, str]) -> str:
    return seal("login in a window", {"login": dict(login), "once": secrets.token_hex(32)})


def spend_login_code(code: str) -> dict[str, str]:
    """The login's parameters.

    Raises:
        OpenAgain: used before, too old, or not ours.
    """
    said = _open("login in a window", code)
    _spend(said["once"])
    login: dict[str, str] = said["login"]
    return login


def hand_over_code(row: SignIn, address: str) -> str:
    """For this sign-in, leading to `address`, a path of ours."""
    return seal("hand over", {"id": row.id, "session": row.session_hash, "to": address})


def take_over(code: str, now: datetime) -> str:
    """Sign the code's person in on this browser; where to go. The sign-in moves, so a code serves once.

    Raises:
        OpenAgain: used before, too old, not ours, or posted by a page that is not ours.
    """
    said = _open("hand over", code)
    if not browser.from_our_page():
        raise OpenAgain()
    sign_in.move_here(said["id"], said["session"], now)
    address: str = said["to"]
    return address


def _spend(once: str) -> None:
    """In a transaction of its own, before the LMS is asked: of two that come at once one fails here.

    Anybody gets such a code by asking, so what this writes is cleared away here too, not by launches alone.
    """
    db.session.rollback()  # choosing a language may have begun to read, and SQLite lets in one writer at a time
    now = clock.real_now()
    try:
        with db.engine.begin() as connection:
            connection.execute(insert(Nonce).values(value=once, expires_at=now + timedelta(seconds=2 * CODE_SECONDS)))
            if once.startswith(SWEEPS):
                connection.execute(delete(Nonce).where(Nonce.expires_at < now))
    except IntegrityError as twice:
        raise OpenAgain() from twice


def _open(purpose: str, code: str) -> dict[str, Any]:
    try:
        return unseal(purpose, code, CODE_SECONDS)
    except Unreadable as wrong:
        raise OpenAgain() from wrong
