"""From an id_token to a Launch: believed first, then written down, then handed to whoever turns it into a page."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from flask_babel import gettext as _
from sqlalchemy import delete, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from engine import due
from engine.db import db
from lti import claims as read
from lti import login, notices, platform_keys, quirks
from lti.errors import LaunchRefused, OpenAgain
from lti.id_token import CLAIM, NAMES_AND_ROLES, SETTINGS
from lti.known import Known
from lti.launch_rows import in_step, is_course_page
from lti.library.message import Message, Proof
from lti.models.context import Context
from lti.models.launch import DeepLinkRequest, Nonce
from lti.models.platform import Platform
from lti.outgoing import origin_of
from lti.said import DEEP_LINKING_REQUEST, Said
from lti.way_in import Launch
from lti.wiring import wiring

DEEP_LINK_LIFE = timedelta(days=1)
ROSTER_AGE = timedelta(hours=1)
# A launch as a form, id_token and all: one that names 1,000 groups has 60 KB, and what is checked before anything is
# believed should cost no more than that.
MOST_BYTES = 256 * 1024
NONCE_LIFE = 2 * timedelta(seconds=login.STATE_SECONDS)
SPEND = insert(Nonce)
SWEEPS = "00"  # one nonce in 256 begins so: that launch clears away what is over


def believe(form: Mapping[str, str]) -> Message:
    """Check the launch that was posted with this request, as `form`. Nothing is written.

    Raises:
        LaunchRefused, OpenAgain, CookiesWithheld
    """

    def check_state(state: str) -> tuple[str, str, str]:
        promised = login.believe(state)
        return promised.issuer, promised.client_id, promised.nonce

    return Message(Proof(check_state, platform_keys.public_key), form).check()


def record(message: Message, now: datetime) -> Launch:
    """Use up a believed launch's nonce, and write down what it says. The caller commits.

    Raises:
        OpenAgain: the same launch was here before, or is at this very moment.
        LaunchRefused: a deep-linking request outside any course has nowhere to put an activity.
    """
    session, said = db.session, Said(message.claims, now)
    claims, custom = said.claims, said.custom
    _spend(session, claims["nonce"], now)
    rows = in_step(session, message.known, said)
    assert rows.deployment is not None and rows.user is not None  # noqa: S101, PT018  # they are there by now
    notices.want(session, rows.deployment, rows.platform.id, claims, now)
    if rows.context:
        _want_roster(session, rows.platform, rows.context, now)
    return Launch(
        message_type=claims[CLAIM + "message_type"],
        platform_id=rows.platform.id,
        product_family=rows.platform.product_family,
        user=rows.user,
        roles=frozenset(said.roles.in_course),
        other_roles=frozenset(said.roles.elsewhere),
        target_link_uri=_own_address(claims[CLAIM + "target_link_uri"]),
        custom=custom,
        context=rows.context,
        membership=rows.membership,
        resource_link=rows.link,
        is_course_page=is_course_page(rows),
        line_item=rows.line_item,
        deep_link=_deep_link(session, rows, claims, now),
        for_user_sub=read.text(read.part(claims, CLAIM + "for_user"), "user_id") or None,
        zone=read.zone(claims, custom),
        locale=read.locale(claims, custom),
        due_at=read.moment(custom, "due_at", "submission_end"),
        unlock_at=read.moment(custom, "unlock_at", "available_start"),
        lock_at=read.moment(custom, "lock_at", "available_end"),
        course_begins_at=read.moment(custom, "course_begins_at"),
        frame_origins=_frame_origins(claims),
        along=message.known.along,
    )


def _spend(session: Session, nonce: str, now: datetime) -> None:
    """Use the nonce up, in the transaction that writes the launch down: of two same launches the later one waits for
    the earlier one to commit and fails here, and one that is refused further on has used nothing up."""
    try:
        session.connection().execute(SPEND, {"value": nonce, "expires_at": now + NONCE_LIFE})
    except IntegrityError as twice:
        raise OpenAgain() from twice
    if nonce.startswith(SWEEPS):
        session.execute(delete(Nonce).where(Nonce.expires_at < now))
        session.execute(delete(DeepLinkRequest).where(DeepLinkRequest.expires_at < now))


def _own_address(target: str) -> str:
    """The address that the LMS signed, where it is this tool's, else "".

    OpenID Connect Core (third-party initiated login) has it verified, lest it lead elsewhere. Only hosts are compared:
    Moodle (seen) puts http:// before what a teacher typed. It is no reason to refuse a launch: links that were made
    before a tool moved to another host still name their activity in their custom parameters.
    """
    try:
        host = urlsplit(target).hostname
    except ValueError:
        return ""
    return target if host and host == urlsplit(wiring().config.public_url).hostname else ""


def _deep_link(session: Session, rows: Known, said: dict[str, Any], now: datetime) -> DeepLinkRequest | None:
    if said[CLAIM + "message_type"] != DEEP_LINKING_REQUEST:
        return None
    if rows.context is None or rows.user is None:
        raise LaunchRefused(
            _("The LMS asked for an activity outside any course."),
            now=_("Open the tool from inside a course."),
        )
    asked = DeepLinkRequest(
        id=secrets.token_urlsafe(16),
        context_id=rows.context.id,
        user_id=rows.user.id,
        settings=read.part(said, SETTINGS),
        placement=quirks.placement_of(said),
        created_at=now,
        expires_at=now + DEEP_LINK_LIFE,
    )
    session.add(asked)
    return asked


def _want_roster(session: Session, platform: Platform, context: Context, now: datetime) -> None:
    """Read the members soon, unless that was done within the hour."""
    if context.memberships_url and (not context.roster_synced_at or context.roster_synced_at < now - ROSTER_AGE):
        due.schedule(session, "roster", str(context.id), now, lane=f"platform:{platform.id}")


def _frame_origins(said: dict[str, Any]) -> tuple[str, ...]:
    """Who may frame our pages: the origins of what this launch signed (its return addresses and its roster)."""
    addresses = (
        read.text(read.part(said, CLAIM + "launch_presentation"), "return_url"),
        read.text(read.part(said, SETTINGS), "deep_link_return_url"),
        read.text(read.part(said, NAMES_AND_ROLES), "context_memberships_url"),
    )
    return tuple(dict.fromkeys(filter(None, map(origin_of, addresses))))
