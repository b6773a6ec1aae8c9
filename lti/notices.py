"""What a platform tells by itself, while nobody is here: that a course was copied from another (LTI Platform
Notification Service 1.0, Context Copy Notice).

We ask for it once per deployment, after a launch that offers it; without an answer everything else works as before. A
notice is signed like a launch and believed by the same checks, but for the login, which there was none. It may come
before anybody opened the new course: then only the ids are known, as the platform has them.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

import structlog
from flask_babel import gettext as _
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from engine import clock, due
from engine.db import db
from engine.errors import ForPeople
from engine.worker import backoff
from lti import platform_keys, tokens
from lti.claims import part, text, texts
from lti.errors import LaunchRefused
from lti.id_token import CLAIM, Malformed, read
from lti.library.message import Message, Proof
from lti.models.context import Context, ContextOrigin
from lti.models.launch import Nonce
from lti.models.platform import Deployment
from lti.outgoing import NotAllowed, Unreachable, open_session, origin_of
from lti.records import add_missing
from lti.storable import MOST_CHARACTERS, MOST_OF_AN_ADDRESS
from lti.tool_configuration import address

log = structlog.get_logger()

SERVICE = CLAIM + "platformnotificationservice"
CONTEXT_COPY = "LtiContextCopyNotice"
ENDPOINT = "lti.take_notices"

ASK_AGAIN = timedelta(days=1)  # a platform that did not take our address is left alone for that long
MOST_ATTEMPTS = 3
MOST_NOTICES = 100  # in one post
MOST_ORIGINS = 100  # of one course
LIFE = timedelta(days=1)  # an older notice is not believed, so that its nonce need not be kept for longer
STEPS = 5  # of copies of copies


class NoticeRefused(ForPeople):
    """A notice that cannot be believed, and with it all that came in the same post. `status` as in LaunchRefused."""

    def __init__(self, message: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(_("This notice can’t be accepted"), message)
        self.status = status


class Notice(Message):
    """The chain of checks of a launch over a token that no browser brought: there is no login to compare it with."""

    def __init__(self, token: str) -> None:
        super().__init__(Proof(_no_login, platform_keys.public_key), {})
        self._token = token

    def validate_state(self) -> Notice:
        return self

    def validate_nonce(self) -> Notice:
        """It belongs to no login: that it is there is checked with the signature, that it is new when it is spent."""
        return self

    def validate_registration(self) -> Notice:
        super(Message, self).validate_registration()
        return self

    def validate_message(self) -> Notice:
        """The notice instead of the message type (LTI PNS 1.0, Notice claim)."""
        if self.claims.get(CLAIM + "version") != "1.3.0":
            raise Malformed(_("it is not of LTI 1.3.0"))
        if not self.kind or not text(part(self.claims, CLAIM + "notice"), "id"):
            raise Malformed(_("it does not say what kind of notice it is"))
        if self.kind == CONTEXT_COPY and not text(part(self.claims, CLAIM + "context"), "id"):
            raise Malformed(_("it names no course"))
        return self

    @property
    def kind(self) -> str:
        return text(part(self.claims, CLAIM + "notice"), "type")

    def _get_id_token(self) -> str:
        return self._token


# Asking for notices


def want(session: Session, deployment: Deployment, platform_id: int, said: dict[str, Any], now: datetime) -> None:
    """Have the platform asked soon, where a launch offers notices of copies and our address is not there yet."""
    offered = part(said, SERVICE)
    url = text(offered, "platform_notification_service_url")
    if CONTEXT_COPY not in texts(offered.get("notice_types_supported")) or not origin_of(url):
        return
    if tokens.NOTICES not in texts(offered.get("scope")) or len(url) > MOST_OF_AN_ADDRESS:
        return
    if (deployment.notices_url, deployment.notices_handler) == (url, address(ENDPOINT)):
        return
    if deployment.notices_asked_at and deployment.notices_asked_at > now - ASK_AGAIN:
        return
    row = session.get_one(Deployment, deployment.id)
    row.notices_url, row.notices_handler, row.notices_asked_at = url, "", now
    due.schedule(session, "notice", str(deployment.id), now, lane=f"platform:{platform_id}")


def handle(task: due.Task) -> datetime | None:
    """Put our address where a deployment takes those who want its notices. Nobody misses what it does not send, so a
    failure is noted and otherwise quiet."""
    deployment = db.session.get(Deployment, int(task.key))
    if deployment is None or not deployment.notices_url:
        return None
    now, platform, url = clock.real_now(), deployment.platform, deployment.notices_url
    if platform.paused_until and platform.paused_until > now:
        return platform.paused_until
    client, ours = tokens.Client.of(platform), address(ENDPOINT)
    db.session.rollback()  # nothing is held over the network
    try:
        with open_session() as http:
            asked = {"notice_type": CONTEXT_COPY, "handler": ours}
            answer = tokens.call(client, http, [tokens.NOTICES], "PUT", url, json=asked)
    except (tokens.NoToken, Unreachable) as failed:
        again = failed.again if isinstance(failed, tokens.NoToken) else not isinstance(failed, NotAllowed)
        return _failed(task, failed.reason.key, again=again)
    if not 200 <= answer.status_code < 300:  # a redirect is not followed, so it took nothing
        busy = answer.status_code in {HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS} or answer.status_code >= 500
        return _failed(task, str(answer.status_code), again=busy)
    deployment = db.session.get(Deployment, int(task.key))
    if deployment is not None:
        deployment.notices_handler = ours
        db.session.commit()
    return None


def _failed(task: due.Task, why: str, *, again: bool) -> datetime | None:
    log.info("no notices are sent to us", deployment=task.key, why=why)
    again = again and task.attempts + 1 < MOST_ATTEMPTS
    return clock.real_now() + backoff(task.attempts) if again else None


# Taking them


def take(body: bytes, now: datetime) -> None:
    """Write down what a post of notices says. Kinds that we do not know are believed and left. The caller commits.

    Raises:
        NoticeRefused: one of them is not to be believed, or was here before; then none counts.
    """
    believed = [_believe(token, now) for token in _tokens(body)]
    told = [(notice.platform.id, notice.kind, notice.claims) for notice in believed]
    db.session.rollback()  # what was read for the checks; the first write takes its turn
    for platform_id, kind, said in told:
        _spend(f"{platform_id} {said['nonce']}", now)
        if kind == CONTEXT_COPY:
            add_missing(db.session, ContextOrigin, _origins(platform_id, said, now))


def client_named(body: bytes) -> str:
    """The client ID that the first notice of a post says it is for, "" if none. Nothing of it is believed yet."""
    try:
        _header, said = read(_tokens(body)[0])
    except (NoticeRefused, Malformed):
        return ""
    return text(said, "aud") or text(said, "azp")


def origins_of(context: Context) -> set[str]:
    """The ids of the courses that this one was copied from, as notices told, copies of copies too."""
    platform_id, found, latest = context.platform.id, set[str](), {context.context_id}
    for _step in range(STEPS):
        query = select(ContextOrigin.origin_id).where(
            ContextOrigin.platform_id == platform_id, ContextOrigin.context_id.in_(sorted(latest))
        )
        latest = set(db.session.scalars(query.limit(MOST_ORIGINS))) - found - {context.context_id}
        if not latest:
            break
        found |= latest
    return found


def _tokens(body: bytes) -> list[str]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as bad:
        raise NoticeRefused(_("It is no JSON.")) from bad
    notices = said.get("notices") if isinstance(said, dict) else None
    if not isinstance(notices, list) or not 1 <= len(notices) <= MOST_NOTICES:
        raise NoticeRefused(_("It holds no list of 1 to %(most)s notices.", most=MOST_NOTICES))
    found = [one["jwt"] for one in notices if isinstance(one, dict) and isinstance(one.get("jwt"), str)]
    if len(found) < len(notices):
        raise NoticeRefused(_("A notice in it is no token (jwt)."))
    return found


def _believe(token: str, now: datetime) -> Notice:
    try:
        notice = Notice(token)
        notice.check()
    except LaunchRefused as refused:
        raise NoticeRefused(refused.message, refused.status) from refused
    if notice.claims["iat"] < (now - LIFE).timestamp():
        raise NoticeRefused(_("It is older than a day."), HTTPStatus.UNAUTHORIZED)
    return notice


def _spend(value: str, now: datetime) -> None:
    once = {"value": hashlib.sha256(f"notice {value}".encode()).hexdigest(), "expires_at": now + 2 * LIFE}
    try:
        db.session.execute(insert(Nonce).values(**once))
    except IntegrityError as twice:
        raise NoticeRefused(_("It was here before."), HTTPStatus.UNAUTHORIZED) from twice


def _origins(platform_id: int, said: dict[str, Any], now: datetime) -> list[dict[str, Any]]:
    """Rows of ContextOrigin; none where the platform says no origin, or ids that LTI does not allow."""
    context_id = text(part(said, CLAIM + "context"), "id")
    named = dict.fromkeys(texts(said.get(CLAIM + "origin_contexts"))[:MOST_ORIGINS])
    return [
        {"platform_id": platform_id, "context_id": context_id, "origin_id": origin, "told_at": now}
        for origin in named
        if len(origin) <= MOST_CHARACTERS and origin != context_id
    ]


def _no_login(state: str) -> tuple[str, str, str]:
    raise NotImplementedError(state)  # never asked: see Notice.validate_state
