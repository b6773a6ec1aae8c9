"""Who this browser is: a random id in Flask's signed cookie, rows in SQL that can be revoked.

The session says who; it says nothing of courses, so two tabs in two courses cannot be mixed up.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import g, session
from sqlalchemy import and_, bindparam, case, delete, insert, select, update
from sqlalchemy.orm import joinedload

from engine import clock, logs
from engine.db import Json, db
from engine.plain import Plain
from lti.errors import OpenAgain
from lti.models.context import User
from lti.models.launch import SignIn
from lti.way_in import Launch

LIFE = timedelta(days=7)  # since the last launch: a student's tab may stay open over a weekend
NAME = "sid"
MOVED = (SignIn.platform_id, SignIn.user_id, SignIn.frame_origins, SignIn.zone)
# The whole session moves to a new id; the row of whoever comes in again, if it is still good, is theirs anew.
_again = and_(
    SignIn.platform_id == bindparam("platform"),
    SignIn.user_id == bindparam("user"),
    SignIn.seen_at >= bindparam("since"),
)
_MOVE = (
    update(SignIn)
    .where(SignIn.session_hash == bindparam("old"))
    .values(
        {
            SignIn.session_hash: bindparam("new"),
            SignIn.frame_origins: case((_again, bindparam("origins", type_=Json)), else_=SignIn.frame_origins),
            SignIn.zone: case((_again, bindparam("in_zone")), else_=SignIn.zone),
            SignIn.created_at: case((_again, bindparam("now")), else_=SignIn.created_at),
            SignIn.seen_at: case((_again, bindparam("now")), else_=SignIn.seen_at),
        }
    )
    .returning(SignIn.id, SignIn.platform_id, SignIn.user_id, SignIn.seen_at)
)
# Made once: to put a statement together costs more than to ask it, and every request asks this one.
_READ = (
    select(SignIn)
    .options(joinedload(SignIn.user))
    .where(SignIn.session_hash == bindparam("mine"), SignIn.seen_at > bindparam("since"))
    .order_by(SignIn.seen_at.desc())
)
_ADD = insert(SignIn).returning(SignIn.id)
SIGN_IN = Plain(
    SignIn, SignIn.id, SignIn.platform_id, SignIn.user_id, SignIn.frame_origins, SignIn.zone, SignIn.session_hash,
    SignIn.created_at, SignIn.seen_at,
)  # fmt: skip


def remember(launch: Launch, now: datetime) -> SignIn:
    """Sign the launch's person in on this browser, in place of whoever was signed in on the same platform.

    The id changes at every launch, so that nobody can plant one beforehand; other platforms' rows move along. What else
    the cookie holds goes with the person: a page that somebody before them left open must not write in their name.

    The row is to be read; no session knows it.
    """
    return _put(launch.platform_id, launch.user.id, list(launch.frame_origins), launch.zone or "", now)


def move_here(sign_in_id: int, session_hash: str, now: datetime) -> SignIn:
    """Take a sign-in over from a browser frame that could not keep it, as `remember` would have done here.

    Raises:
        OpenAgain: it ended meanwhile, or went elsewhere.
    """
    named = (SignIn.id == sign_in_id, SignIn.session_hash == session_hash)
    gone = delete(SignIn).where(*named).returning(*MOVED)  # one statement: of two that come at once one finds it
    found = db.session.execute(gone).one_or_none()
    if found is None:
        raise OpenAgain()
    return _put(*found, now)


def mark() -> str:
    """Names the session that this request came with, to compare; "" if with none. Leads back to no session."""
    sid = session.get(NAME)
    return digest(digest(sid))[:16] if isinstance(sid, str) else ""


def _put(platform_id: int, user_id: int, frame_origins: list[str], zone: str, now: datetime) -> SignIn:
    old, new = session.get(NAME), secrets.token_urlsafe(24)
    said: dict[str, Any] = {
        "platform_id": platform_id,
        "user_id": user_id,
        "frame_origins": frame_origins,
        "zone": zone,
    }
    said |= {"session_hash": digest(new), "created_at": now, "seen_at": now}
    before: dict[int, int] = {}
    row_id: int | None = None
    if isinstance(old, str):
        before, row_id = _move(digest(old), said, now)
    else:  # somebody new here clears away what is over
        db.session.execute(delete(SignIn).where(SignIn.seen_at < now - LIFE))
    if not before or before.get(platform_id, user_id) != user_id:
        session.clear()  # the token against forged forms, and messages not shown yet
    if row_id is None:
        row_id = db.session.connection().execute(_ADD, said).scalar_one()
    session[NAME] = new
    g.pop("sign_ins", None)
    logs.of_launch(digest(said["session_hash"])[:16], platform=platform_id)
    return SIGN_IN.made((row_id, *said.values()))


def _move(old: str, wanted: dict[str, Any], now: datetime) -> tuple[dict[int, int], int | None]:
    """Take a session's rows along under its new id, but for that of this platform: it becomes as `wanted`, or makes
    room for it. {platform id: user id} of all that were still good, and the id of the one that is as wanted."""
    asked = {"old": old, "new": wanted["session_hash"], "platform": wanted["platform_id"], "user": wanted["user_id"]}
    asked |= {"now": now, "since": now - LIFE, "origins": wanted["frame_origins"], "in_zone": wanted["zone"]}
    rows = db.session.connection().execute(_MOVE, asked).all()
    again = None
    for row in rows:
        if (row.platform_id, row.user_id, row.seen_at) == (wanted["platform_id"], wanted["user_id"], now):
            again = row.id
        elif row.platform_id == wanted["platform_id"]:
            db.session.execute(delete(SignIn).where(SignIn.id == row.id))
    return {row.platform_id: row.user_id for row in rows if row.seen_at >= now - LIFE}, again


def current() -> Sequence[SignIn]:
    """The sign-ins of this request, read once; [] for a stranger. Tells the headers who may frame the answer."""
    if "sign_ins" not in g:
        sid = session.get(NAME)
        g.sign_ins = _read(sid) if isinstance(sid, str) else []
        if g.sign_ins:
            logs.of_launch(mark())
        g.frame_origins = sorted({origin for row in g.sign_ins for origin in row.frame_origins})
    found: Sequence[SignIn] = g.sign_ins
    return found


def signed_in_users() -> list[User]:
    """The persons this browser is, one per platform, the latest launch first."""
    return [row.user for row in current()]


def framed_for(user_id: int) -> None:
    """The answer is about this person: only the LMS that they came from may frame it, however many others this browser
    comes from. Any page can send a browser through a login of a hostile one, unseen."""
    g.frame_origins = [origin for row in current() if row.user_id == user_id for origin in row.frame_origins]


def sign_out() -> None:
    """End this browser's sign-ins everywhere. The caller commits."""
    sid = session.get(NAME)
    session.clear()
    if isinstance(sid, str):
        db.session.execute(delete(SignIn).where(SignIn.session_hash == digest(sid)))
    g.pop("sign_ins", None)


def _read(sid: str) -> Sequence[SignIn]:
    return db.session.scalars(_READ, {"mine": digest(sid), "since": clock.real_now() - LIFE}).all()


def digest(sid: str) -> str:
    return hashlib.sha256(sid.encode()).hexdigest()
